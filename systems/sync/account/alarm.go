package account

import (
	"context"
	"errors"
	"time"

	"motcua/base/db"
	"motcua/base/post"
	"motcua/kernel"
	"motcua/kernel/outbox"
	"motcua/kernel/who"
)

// Round is how often it is looked whether somebody is silent or drifts.
const Round = 5 * time.Minute

// late is how long after a body was last heard its lines may still come: it is
// noted at the beginning of a stream.
const late = time.Hour

// A Standing is how it stands with one body.
type Standing struct {
	Body           string
	Heard          time.Time     // zero: never
	Rhythm         time.Duration // its longest silence of late, in office hours
	Statement      *Statement    // the last one
	Differences    int           // of all its accounts, not settled
	Silent, Drifts bool
}

// Stands are all bodies that ever reported or gave an account.
func Stands(ctx context.Context, a *kernel.App) (map[string]Standing, error) {
	all := map[string]Standing{}
	senders, err := a.Heard.Senders(ctx)
	if err != nil {
		return nil, err
	}
	for _, s := range senders {
		all[s.Body] = Standing{Body: s.Body, Heard: s.At, Rhythm: s.Rhythm, Silent: a.Heard.Silent(s)}
	}
	given, err := Statements(ctx, a, "")
	if err != nil {
		return nil, err
	}
	for i := range given {
		s := given[i]
		x := all[s.Body]
		x.Body = s.Body
		if x.Statement == nil {
			x.Statement = &s
		}
		x.Differences += s.Open + s.Rest
		x.Drifts = x.Drifts || s.Drifts()
		all[s.Body] = x
	}
	return all, nil
}

// Look settles what later lines settled, raises alarms and ends those that are over.
func Look(ctx context.Context, a *kernel.App) error {
	given, err := Statements(ctx, a, "")
	if err != nil {
		return err
	}
	before, err := Stands(ctx, a)
	if err != nil {
		return err
	}
	for _, x := range given {
		if x.Open > 0 && a.Now().Sub(before[x.Body].Heard) < late+Round {
			if err := settle(ctx, a, x); err != nil {
				return err
			}
		}
	}
	now, err := Stands(ctx, a)
	if err != nil {
		return err
	}
	var bad []error // one body's mail holds up no other's
	for _, x := range now {
		bad = append(bad, set(ctx, a, x, Silence, x.Silent), set(ctx, a, x, Drift, x.Drifts))
	}
	return errors.Join(bad...)
}

// set makes the open alarm of a body be there or not, and tells the body of either.
func set(ctx context.Context, a *kernel.App, x Standing, what string, on bool) error {
	people, err := a.Book.Staff(ctx, x.Body, who.Leader, who.Admin)
	if err != nil {
		return err
	}
	return a.DB.Write(ctx, func(tx *db.Tx) error {
		q, args := `update sync_alarm set ended = $3 where body = $1 and what = $2 and ended = 0`, []any{x.Body, what, db.At(a.Now())}
		if on {
			q, args = `insert into sync_alarm (id, body, what, since, ended) values ($4, $1, $2, $3, 0) on conflict do nothing`, append(args, a.IDs.New())
		}
		n, err := tx.Exec(q, args...)
		if err != nil || n == 0 {
			return err
		}
		for _, p := range people {
			if err := tell(tx, a, p, x, what, on); err != nil {
				return err
			}
		}
		return nil
	})
}

// tell writes to who leads or administers the body. No dossier is named in a mail.
func tell(tx *db.Tx, a *kernel.App, to who.Person, x Standing, what string, on bool) error {
	if to.Email == "" {
		return nil
	}
	v := a.Voice(to.Lang, "")
	b, _ := a.Country.Body(x.Body)
	if z, err := time.LoadLocation(b.Zone); err == nil {
		v.Zone = z
	}
	key := "sync.mail." + what
	if !on {
		key = "sync.mail.over." + what
	}
	args := []any{v.Of(b.Name), a.URL + "/work/sync/" + x.Body, x.Differences, v.Moment(x.Heard)}
	return outbox.Tell(tx, a, post.Message{Kind: post.Mail, To: to.Email, Subject: v.T(key+".subject", args...), Body: v.T(key, args...)})
}
