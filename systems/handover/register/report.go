package register

import (
	"context"
	"fmt"
	"time"

	"motcua/base/db"
	"motcua/base/id"
	"motcua/kernel/dossier"
	"motcua/kernel/mirror"
	"motcua/kernel/who"
)

// Claim says that line l about dossier n is to be turned into acts, and answers
// at once where it is not: its version, or a newer one, has been or is being.
// The dossier is read before, and acted on at the version read: then of two
// versions that come at once the newer has the last word.
func (r *Register) Claim(ctx context.Context, n id.ID, l *mirror.Line) (a mirror.Answer, err error) {
	err = r.app.DB.Write(ctx, func(tx *db.Tx) error {
		a = mirror.Answer{}
		_, err := tx.Exec(`insert into handover_report (dossier, body, code, opened, version, sum, state, claimed) values ($1, $2, $3, $4, 0, 0, 0, 0)
			on conflict (dossier) do nothing`, n, l.Body, l.Code, db.At(l.Opened))
		if err != nil {
			return err
		}
		var version, sum, claimed int64
		if err := tx.Row(`select version, sum, claimed from handover_report where dossier = $1`, n).Scan(&version, &sum, &claimed); err != nil {
			return err
		}
		switch {
		case l.Version < max(version, claimed):
			a.Status = mirror.Stale
		case l.Version > version:
			_, err = tx.Exec(`update handover_report set claimed = $2 where dossier = $1`, n, l.Version)
		case l.Sum == sum:
			a.Status = mirror.Unchanged
		default:
			a = mirror.Answer{Status: mirror.Rejected, Wrong: &mirror.Wrong{At: "version", Code: "mirror.wrong.version", Args: []any{l.Version}}}
		}
		return err
	})
	if err != nil {
		return a, fmt.Errorf("report on dossier %s: %w", n, err)
	}
	return a, nil
}

// Settle keeps that the dossier is as line l says: the same line again changes nothing.
func (r *Register) Settle(ctx context.Context, n id.ID, l *mirror.Line) error {
	return r.app.DB.Write(ctx, func(tx *db.Tx) error {
		_, err := tx.Exec(`update handover_report set body = $3, code = $4, opened = $5, version = $2, sum = $6, state = $7
			where dossier = $1 and claimed = $2`, n, l.Version, l.Body, l.Code, db.At(l.Opened), l.Sum, l.State)
		return err
	})
}

// Disclaim forgets a line that was refused, so that a better one of its version is taken.
func (r *Register) Disclaim(ctx context.Context, n id.ID, l *mirror.Line) error {
	return r.app.DB.Write(ctx, func(tx *db.Tx) error {
		_, err := tx.Exec(`update handover_report set claimed = version where dossier = $1 and claimed = $2`, n, l.Version)
		return err
	})
}

// Stands are the dossiers filed here on which a body reported by lines: those
// of these codes or, without any, those of the body that it opened in the span.
func (r *Register) Stands(ctx context.Context, body string, from, to time.Time, codes []string) (all []mirror.Stand, err error) {
	cond, args := `body = $1 and opened >= $2 and opened < $3`, []any{body, db.At(from), db.At(to)}
	if len(codes) > 0 {
		cond, args = db.In(codes)
		cond = `code in ` + cond
	}
	err = r.app.DB.Read(ctx, func(tx *db.Tx) error {
		all, err = db.List(tx, func(into func(...any) error) (x mirror.Stand, err error) {
			return x, into(&x.Code, &x.Body, &x.Version, &x.State)
		}, `select code, body, version, state from handover_report where version > 0 and `+cond, args...)
		return err
	})
	return all, err
}

// Reporter is under whose name a line of by moves d: his own if he takes
// dossiers in at its body, else that of the body's software. Nobody (ID 0): the
// body is not connected.
func (r *Register) Reporter(ctx context.Context, by who.Person, d *dossier.Dossier) (who.Person, error) {
	if by.Is(who.Clerk, d.Body) {
		return by, nil
	}
	all, err := r.All(ctx)
	if err != nil {
		return who.Person{}, err
	}
	for i := len(all) - 1; i >= 0; i-- {
		p, err := r.app.Book.Person(ctx, all[i].Account)
		if err != nil || p.Is(who.Clerk, d.Body) {
			return p, err
		}
	}
	return who.Person{}, nil
}
