package doubt

import (
	"context"
	"strings"

	"motcua/base/db"
	"motcua/base/id"
	"motcua/base/post"
	"motcua/kernel"
	"motcua/kernel/outbox"
	"motcua/kernel/who"
)

// Path is the list of what is to be looked at again.
const Path = "/work/doubts"

// tell writes to whoever handles what was filed under a doubt: who has it, else
// everybody of its desk; of a result, or where no desk has it, the heads of the
// body. The mail names codes alone: nothing of the citizen.
func tell(ctx context.Context, a *kernel.App, said id.ID) error {
	cases, err := Under(ctx, a, said)
	if err != nil {
		return err
	}
	codes, people := map[id.ID][]string{}, []who.Person{}
	for _, c := range cases {
		staff, err := handle(ctx, a, c)
		if err != nil {
			return err
		}
		for _, p := range staff {
			if codes[p.ID] == nil {
				people = append(people, p)
			}
			codes[p.ID] = append(codes[p.ID], c.Code)
		}
	}
	return a.DB.Write(ctx, func(tx *db.Tx) error {
		n, err := tx.Exec(`update doubt set told = $1 where said = $2 and told = 0`, db.At(a.Now()), said)
		if err != nil || n == 0 { // told before: a job may come twice
			return err
		}
		for _, p := range people {
			v := a.Voice(p.Lang, "")
			if err := outbox.Tell(tx, a, post.Message{Kind: post.Mail, To: p.Email, Subject: v.T("doubt.mail.subject", len(codes[p.ID])),
				Body: v.T("doubt.mail", strings.Join(codes[p.ID], "\n"), a.URL+Path)}); err != nil {
				return err
			}
		}
		return nil
	})
}

// handle are those who handle c.
func handle(ctx context.Context, a *kernel.App, c Case) ([]who.Person, error) {
	desk := c.Kind.Stands[c.State].Desk
	switch {
	case !c.Granted() && c.Holder != 0:
		p, err := a.Book.Person(ctx, c.Holder)
		return []who.Person{p}, err
	case !c.Granted() && desk != "":
		return a.Book.Staff(ctx, c.Body, desk)
	}
	return a.Book.Staff(ctx, c.Body, who.Leader)
}
