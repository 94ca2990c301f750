package own

import (
	"cmp"
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509"
	"encoding/hex"
	"errors"
	"time"

	"motcua/base/cert"
	"motcua/base/db"
	"motcua/base/fault"
	"motcua/base/id"
	"motcua/base/lang"
	"motcua/base/web"
	"motcua/kernel"
	"motcua/kernel/lists"
	"motcua/kernel/sign"
	"motcua/systems/keys/signing"
)

// An offer is a certificate of an authority outside that somebody says is his, whose
// key stays with him. It is used here once he has shown that he has the key: by his
// signature over a text that was made for this one offer, says what it is for, and
// can be taken for nothing else.
type offer struct {
	ID   id.ID
	Body string              // for which he will sign; "": for himself
	Some []*x509.Certificate // his first
	Says string
	Made time.Time
}

// How many offers a person may have open, and for how long.
const (
	mostOffers = 5
	OfferLife  = 24 * time.Hour
)

// check says why what is offered cannot be used, as of now.
func (o *offer) check(tx *db.Tx, r *kernel.Request) error {
	if err := his(tx, r, o.Some[0], o.Body); err != nil {
		return err
	}
	chain, err := r.App.Keys.Vouched(tx, o.Some[0], o.Some[1:], r.App.Now())
	if err != nil {
		return err
	}
	at, gone, err := lists.Revoked(tx, chain)
	if err == nil && gone {
		err = fault.New(fault.Conflict, "sign.revoked", at)
	}
	return err
}

// offered takes a certificate with those above it and makes the text to be signed.
func offered(r *kernel.Request) (web.Answer, error) {
	v, file, err := Parcel(r)
	if err != nil {
		return web.Answer{}, err
	}
	c, err := find(r, cmp.Or(v["post"], "self"))
	if err != nil {
		return web.Answer{}, err
	}
	o := offer{ID: r.App.IDs.New(), Body: c.Body, Made: r.App.Now()}
	if o.Some, err = cert.Read(file); err != nil {
		return web.Answer{}, err
	}
	o.first()
	official := lang.Voice{Lang: lang.All()[0], Zone: r.App.Zone, Catalogue: r.App.Texts}
	o.Says = official.T("keys.offer.says", r.Me.Name, sign.Number(o.Some[0]), r.App.URL, official.Moment(o.Made), rand.Text()) + "\n"
	err = r.App.DB.Write(r.Context(), func(tx *db.Tx) error {
		if err := o.check(tx, r); err != nil {
			return err
		}
		var open int
		if err := tx.Row(`select count(*) from keys_offer where person = $1 and made > $2`, r.Me.ID, db.At(o.Made.Add(-OfferLife))).Scan(&open); err != nil {
			return err
		}
		if open >= mostOffers {
			return fault.New(fault.Conflict, "keys.offers")
		}
		var certs []byte
		for _, c := range o.Some {
			certs = append(certs, c.Raw...)
		}
		_, err := tx.Exec(`insert into keys_offer (id, person, body, certs, says, made) values ($1, $2, $3, $4, $5, $6)`, o.ID, r.Me.ID, o.Body, certs, o.Says, db.At(o.Made))
		return err
	})
	if err != nil {
		return web.Answer{}, err
	}
	return web.Goto("%s", o.path())
}

// first puts the person's certificate before those above it: authorities write
// chains in either order.
func (o *offer) first() {
	for i, c := range o.Some {
		if !c.IsCA {
			o.Some[0], o.Some[i] = c, o.Some[0]
			return
		}
	}
}

func (o *offer) path() string { return "/me/keys/offers/" + o.ID.String() }

func (o *offer) digest() [32]byte { return sha256.Sum256([]byte(o.Says)) }

// open is the offer in the address, if it is r's person's and its time is not over.
func open(tx *db.Tx, r *kernel.Request) (o offer, err error) {
	none := fault.New(fault.NotFound, "keys.nooffer")
	if o.ID, err = id.Parse(r.PathValue("offer")); err != nil {
		return o, none
	}
	var certs []byte
	var made db.Time
	err = tx.Row(`select body, certs, says, made from keys_offer where id = $1 and person = $2 and made > $3`, o.ID, r.Me.ID, db.At(r.App.Now().Add(-OfferLife))).Scan(&o.Body, &certs, &o.Says, &made)
	if errors.Is(err, fault.NotFound) {
		err = none
	}
	o.Made = made.Time
	if err == nil {
		o.Some, err = x509.ParseCertificates(certs)
	}
	return o, err
}

func opened(r *kernel.Request) (o offer, err error) {
	err = r.App.DB.Read(r.Context(), func(tx *db.Tx) error {
		o, err = open(tx, r)
		return err
	})
	return o, err
}

// says is the text to be signed, as a file.
func says(r *kernel.Request) (web.Answer, error) {
	o, err := opened(r)
	return web.File("says.txt", "text/plain; charset=utf-8", []byte(o.Says), true), err
}

// prove takes the signature over the text. An offer is taken once.
func prove(r *kernel.Request) (web.Answer, error) {
	_, message, err := Parcel(r)
	if err != nil {
		return web.Answer{}, err
	}
	err = r.App.DB.Write(r.Context(), func(tx *db.Tx) error {
		o, err := open(tx, r)
		if err == nil {
			err = sign.Signed(message, o.Some[0], o.digest())
		}
		if err == nil {
			err = o.check(tx, r)
		}
		if err != nil {
			return err
		}
		n, err := tx.Exec(`delete from keys_offer where id = $1`, o.ID)
		if err == nil && n == 0 {
			err = fault.New(fault.NotFound, "keys.nooffer")
		}
		if err != nil {
			return err
		}
		k, err := r.App.Keys.Bring(tx, owner(r, o.Body), o.Some, r.App.Now())
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

// An offerPage is where its person shows that he has the key.
type offerPage struct {
	*kernel.Request
	offer
}

func showOffer(r *kernel.Request) (web.Answer, error) {
	o, err := opened(r)
	if err != nil {
		return web.Answer{}, err
	}
	p := &offerPage{r, o}
	return web.Show(p.view())
}

func (p *offerPage) sum() string {
	sum := p.digest()
	return signing.Grouped(hex.EncodeToString(sum[:]))
}
