package rights

import (
	"cmp"
	"time"

	"motcua/base/db"
	"motcua/base/id"
	"motcua/base/post"
	"motcua/kernel"
	"motcua/kernel/outbox"
	"motcua/kernel/who"
)

// lull is how long somebody is not written to again: who asks for a hundred roles,
// or answers them, sends one mail.
const lull = 10 * time.Minute

// tellAble writes to those who may approve k that a role waits, unless they were
// just written to for who asked.
func tellAble(tx *db.Tx, a *kernel.App, k Ask) error {
	all, err := Able(tx, a, k)
	for _, p := range all {
		if err == nil {
			err = tell(tx, a, k, p, "rights.mail.asked", `select count(*) from right_ask where id <> $1 and by = $2 and hand = $3 and at > $4`)
		}
	}
	return err
}

// tellAsker writes to who asked for k that it was answered, unless he did so himself.
func tellAsker(tx *db.Tx, a *kernel.App, by id.ID, k Ask) error {
	n := cmp.Or(k.Hand, k.By)
	if n == by {
		return nil
	}
	p, err := a.Book.Find(tx, n)
	if err != nil {
		return err
	}
	return tell(tx, a, k, p, "rights.mail.answered", `select count(*) from right_ask where id <> $1 and by = $2 and hand = $3 and decided > $4`)
}

// tell names the body alone: whose role it is stands on the page, behind a sign-in.
func tell(tx *db.Tx, a *kernel.App, k Ask, p who.Person, key, lately string) error {
	told := 0
	if err := tx.Row(lately, k.ID, k.By, k.Hand, db.At(a.Now().Add(-lull))).Scan(&told); err != nil || told > 0 {
		return err
	}
	v := a.Voice(p.Lang, "")
	of := v.T("rights.node")
	if b, ok := a.Country.Body(k.Body); ok {
		of = v.Of(b.Name)
	}
	return outbox.Tell(tx, a, post.Message{Kind: post.Mail, To: p.Email, Subject: v.T(key + ".subject"), Body: v.T(key, of, a.URL+cmp.Or(k.Page, "/admin/rights"))})
}
