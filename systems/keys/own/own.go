// Package own is a person's own certificates: what he has, asking for one,
// renewing, revoking, bringing one from outside, and every use of his keys.
package own

import (
	"errors"
	"io"
	"slices"
	"time"

	"motcua/base/cert"
	"motcua/base/db"
	"motcua/base/fault"
	"motcua/base/id"
	"motcua/base/web"
	"motcua/kernel"
	"motcua/kernel/sign"
	"motcua/kernel/signed"
	"motcua/kernel/who"
)

// years is how long a person's certificate holds.
const years = 2

// Routes are the pages.
func Routes() []kernel.Route {
	me := kernel.SignedIn()
	return []kernel.Route{
		{Pattern: "GET /me/keys", Who: me, Do: show},
		{Pattern: "POST /me/keys", Who: me, Limit: 128 << 10, Do: ask},
		{Pattern: "POST /me/keys/wish", Who: me, Do: wish},
		{Pattern: "GET /me/keys/wishes/{wish}", Who: me, Do: csr},
		{Pattern: "POST /me/keys/wishes/{wish}", Who: me, Limit: 128 << 10, Do: bring},
		{Pattern: "POST /me/keys/offers", Who: me, Limit: 128 << 10, Do: offered},
		{Pattern: "GET /me/keys/offers/{offer}", Who: me, Do: showOffer},
		{Pattern: "GET /me/keys/offers/{offer}/says.txt", Who: me, Do: says},
		{Pattern: "POST /me/keys/offers/{offer}", Who: me, Limit: 256 << 10, Do: prove},
		{Pattern: "GET /me/keys/certificates/{certificate}", Who: me, Do: certificate},
		{Pattern: "POST /me/keys/certificates/{certificate}/renew", Who: me, Do: renew},
		{Pattern: "POST /me/keys/certificates/{certificate}/revoke", Who: me, Do: revoke},
	}
}

// A capacity is in what a person may sign: for himself, or in a role of a body.
type capacity struct {
	Body string // "": himself
	Role who.Role
}

func (c capacity) value() string {
	if c.Body == "" {
		return "self"
	}
	return string(c.Role) + "@" + c.Body
}

// capacities are those of a person now, the official ones first.
func capacities(p who.Person) (all []capacity) {
	for _, g := range p.Grants {
		c := capacity{g.Body, g.Role}
		if g.Body != "" && g.For == 0 && (g.Role == who.Leader || g.Role == who.Officer || g.Role == who.Clerk) && !slices.Contains(all, c) {
			all = append(all, c)
		}
	}
	return append(all, capacity{})
}

// request is the certificate for a capacity. The names are the node's own: it
// knows who he is and what he does.
func request(r *kernel.Request, c capacity, at time.Time) (sign.Request, error) {
	if c.Body == "" {
		return signed.Own(r.App, r.Me)
	}
	q := sign.Request{Kind: sign.Person, Name: r.Me.Name, Serial: r.Me.ID.String(), From: at, Until: at.AddDate(years, 0, 0)}
	v := r.App.Voice("", "")
	b, _ := r.App.Country.Body(c.Body)
	q.Body, q.Code, q.Role = v.Of(b.Name), c.Body, v.T("who.role."+string(c.Role))
	return q, nil
}

func find(r *kernel.Request, value string) (capacity, error) {
	for _, c := range capacities(r.Me) {
		if c.value() == value {
			return c, nil
		}
	}
	return capacity{}, fault.New(fault.Forbidden, "web.notyours")
}

// ask issues a certificate: with a key made here or, to a request that the
// person sent (PKCS #10), for a key that stays with him.
func ask(r *kernel.Request) (web.Answer, error) {
	v, file, err := Parcel(r)
	if err != nil {
		return web.Answer{}, err
	}
	c, err := find(r, v["capacity"])
	if err != nil {
		return web.Answer{}, err
	}
	q, err := request(r, c, r.App.Now())
	if err != nil {
		return web.Answer{}, err
	}
	if v["where"] == "mine" {
		if q.Public, err = cert.Asked(file); err != nil {
			return web.Answer{}, err
		}
	}
	err = r.App.DB.Write(r.Context(), func(tx *db.Tx) error { _, err := issue(tx, r, q); return err })
	if err != nil {
		return web.Answer{}, err
	}
	return web.Goto("/me/keys")
}

func issue(tx *db.Tx, r *kernel.Request, q sign.Request) (sign.Key, error) {
	k, err := r.App.Keys.Issue(tx, q)
	if err != nil {
		return k, err
	}
	if err := told(tx, r, k); err != nil {
		return k, err
	}
	return k, r.App.Engine.Record(tx, r.Me, "keys.issue", k.ID, map[string]any{"number": sign.Number(k.Certificate), "body": q.Code, "until": k.Certificate.NotAfter, "held": k.Held()})
}

// mine is the key in the address, if it is r's person's.
func mine(tx *db.Tx, r *kernel.Request) (sign.Key, error) {
	none := fault.New(fault.NotFound, "sign.nokey")
	n, err := id.Parse(r.PathValue("certificate"))
	if err != nil {
		return sign.Key{}, none
	}
	k, err := r.App.Keys.Get(tx, n)
	if errors.Is(err, fault.NotFound) || err == nil && (k.Kind != sign.Person || k.Serial != r.Me.ID.String()) {
		return k, none
	}
	return k, err
}

// renew issues one with a new key for the same capacity, and revokes the old one.
func renew(r *kernel.Request) (web.Answer, error) {
	at := r.App.Now()
	err := r.App.DB.Write(r.Context(), func(tx *db.Tx) error {
		k, err := mine(tx, r)
		if err != nil {
			return err
		}
		if k.Issuer == 0 || !k.Held() {
			return fault.New(fault.Conflict, "sign.elsewhere")
		}
		i := slices.IndexFunc(capacities(r.Me), func(c capacity) bool { return c.Body == k.Body })
		if i < 0 {
			return fault.New(fault.Forbidden, "web.notyours")
		}
		q, err := request(r, capacities(r.Me)[i], at)
		if err != nil {
			return err
		}
		if _, err := issue(tx, r, q); err != nil {
			return err
		}
		return End(tx, r.App, r.Me, k, sign.Replaced)
	})
	if err != nil {
		return web.Answer{}, err
	}
	return web.Goto("/me/keys")
}

// End revokes the certificate of k, now, by the word of by.
func End(tx *db.Tx, a *kernel.App, by who.Person, k sign.Key, cause sign.Cause) error {
	at := a.Now()
	if _, err := a.Keys.Revoke(tx, k.ID, at, cause, ""); err != nil {
		return err
	}
	return a.Engine.Record(tx, by, "keys.revoke", k.ID, map[string]any{"number": sign.Number(k.Certificate), "body": k.Body, "at": at, "cause": int(cause)})
}

// causes are those that a person may give.
var causes = map[string]sign.Cause{"lost": sign.Lost, "left": sign.Left, "ended": sign.Ended}

func revoke(r *kernel.Request) (web.Answer, error) {
	cause, ok := causes[r.PostFormValue("cause")]
	if !ok {
		return web.Answer{}, fault.New(fault.Invalid, "keys.nocause")
	}
	err := r.App.DB.Write(r.Context(), func(tx *db.Tx) error {
		k, err := mine(tx, r)
		if err == nil {
			err = End(tx, r.App, r.Me, k, cause)
		}
		return err
	})
	if err != nil {
		return web.Answer{}, err
	}
	return web.Goto("/me/keys")
}

// certificate gives one as a file.
func certificate(r *kernel.Request) (web.Answer, error) {
	var k sign.Key
	err := r.App.DB.Read(r.Context(), func(tx *db.Tx) (err error) {
		k, err = mine(tx, r)
		return err
	})
	if err != nil {
		return web.Answer{}, err
	}
	return web.File(sign.Number(k.Certificate)+".cer", "application/pkix-cert", k.Certificate.Raw, true), nil
}

// Parcel reads a form with one file in it.
func Parcel(r *kernel.Request) (values map[string]string, file []byte, err error) {
	values = map[string]string{}
	parts, err := r.MultipartReader()
	if err != nil {
		return nil, nil, fault.Wrong()
	}
	for {
		part, err := parts.NextPart()
		if errors.Is(err, io.EOF) {
			return values, file, nil
		}
		if err != nil {
			return nil, nil, err
		}
		b, err := io.ReadAll(part)
		if err != nil {
			return nil, nil, err
		}
		if part.FileName() != "" {
			file = b
		} else {
			values[part.FormName()] = string(b)
		}
	}
}
