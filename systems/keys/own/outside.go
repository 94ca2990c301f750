package own

import (
	"cmp"
	"crypto/x509"
	"crypto/x509/pkix"
	"errors"
	"maps"
	"slices"

	"motcua/base/cert"
	"motcua/base/db"
	"motcua/base/fault"
	"motcua/base/id"
	"motcua/base/web"
	"motcua/kernel"
	"motcua/kernel/device"
	"motcua/kernel/sign"
	"motcua/kernel/who"
)

// known says why nobody here can tell whether a certificate from outside is p's: it
// is by his number in the register, and that has to be proved.
func known(p who.Person) error {
	if p.Number == "" || !p.Level.Reaches(who.Substantial) {
		return fault.New(fault.Forbidden, "keys.unknown")
	}
	return nil
}

// his says why c is no certificate by which r's person, as he is known now, may
// sign for body ("": for himself).
func his(tx *db.Tx, r *kernel.Request, c *x509.Certificate, body string) error {
	p, err := r.App.Book.Find(tx, r.Me.ID)
	if err == nil {
		err = known(p)
	}
	if err != nil {
		return err
	}
	if !cert.OfPerson(c, r.App.Land, p.Number, p.Name) {
		return fault.New(fault.Invalid, "keys.other.person", c.Subject.CommonName)
	}
	b, _ := r.App.Country.Body(body)
	if body != "" && !cert.OfBody(c, body, slices.Collect(maps.Values(b.Name))...) {
		return fault.New(fault.Invalid, "keys.other.body", r.Voice.Of(b.Name))
	}
	return nil
}

// entered records that a certificate of an authority outside is used here.
func entered(tx *db.Tx, r *kernel.Request, k sign.Key) error {
	if err := told(tx, r, k); err != nil {
		return err
	}
	return r.App.Engine.Record(tx, r.Me, "keys.import", k.ID, map[string]any{"number": sign.Number(k.Certificate), "issuer": k.Certificate.Issuer.CommonName, "body": k.Body, "until": k.Certificate.NotAfter, "held": k.Held()})
}

// told tells the person of a new certificate in his name: whoever is in his account
// could have brought it.
func told(tx *db.Tx, r *kernel.Request, k sign.Key) error {
	return device.Notify(r.App, tx, r.Me, "keys.notice", sign.Number(k.Certificate), r.App.URL+"/me/keys")
}

// owner is r's person as one whose keys these are, with the body for which he signs.
func owner(r *kernel.Request, body string) sign.Owner {
	return sign.Owner{Serial: r.Me.ID.String(), Body: body}
}

// wish makes a key here for a certificate that an authority outside will issue.
func wish(r *kernel.Request) (web.Answer, error) {
	c, err := find(r, cmp.Or(r.PostFormValue("as"), "self"))
	if err != nil {
		return web.Answer{}, err
	}
	if err := known(r.Me); err != nil {
		return web.Answer{}, err
	}
	subject := pkix.Name{CommonName: r.Me.Name, SerialNumber: cert.Serial(r.App.Land, r.Me.Number), Country: []string{r.App.Land}}
	if c.Body != "" {
		q, err := request(r, c, r.App.Now())
		if err != nil {
			return web.Answer{}, err
		}
		subject.Organization = []string{q.Body}
	}
	err = r.App.DB.Write(r.Context(), func(tx *db.Tx) error {
		if some, err := r.App.Keys.Wishes(tx, owner(r, "")); err != nil || len(some) > 4 {
			return errors.Join(err, fault.New(fault.Conflict, "keys.wishes"))
		}
		w, err := r.App.Keys.Wish(tx, owner(r, c.Body), subject, r.App.Now())
		if err != nil {
			return err
		}
		return r.App.Engine.Record(tx, r.Me, "keys.wish", w.ID, map[string]any{"csr": string(w.CSR), "body": c.Body})
	})
	if err != nil {
		return web.Answer{}, err
	}
	return web.Goto("/me/keys#outside")
}

func csr(r *kernel.Request) (web.Answer, error) {
	n, err := id.Parse(r.PathValue("wish"))
	var all []sign.Wish
	if err == nil {
		err = r.App.DB.Read(r.Context(), func(tx *db.Tx) (err error) {
			all, err = r.App.Keys.Wishes(tx, owner(r, ""))
			return err
		})
	}
	i := slices.IndexFunc(all, func(w sign.Wish) bool { return w.ID == n })
	if err != nil || i < 0 {
		return web.Answer{}, fault.New(fault.NotFound, "sign.nokey")
	}
	return web.File(n.String()+".csr", "application/pkcs10", all[i].CSR, true), nil
}

// bring takes the certificate for a wish.
func bring(r *kernel.Request) (web.Answer, error) {
	_, file, err := Parcel(r)
	if err != nil {
		return web.Answer{}, err
	}
	n, err := id.Parse(r.PathValue("wish"))
	if err != nil {
		return web.Answer{}, fault.New(fault.NotFound, "sign.nokey")
	}
	some, err := cert.Read(file)
	if err != nil {
		return web.Answer{}, err
	}
	err = r.App.DB.Write(r.Context(), func(tx *db.Tx) error {
		k, err := r.App.Keys.Import(tx, owner(r, ""), n, some, r.App.Now())
		if err == nil {
			err = his(tx, r, k.Certificate, k.Body)
		}
		if err != nil {
			return err
		}
		return entered(tx, r, k)
	})
	if err != nil {
		return web.Answer{}, err
	}
	return web.Goto("/me/keys")
}
