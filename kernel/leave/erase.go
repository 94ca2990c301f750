package leave

import (
	"context"
	"fmt"
	"time"

	"motcua/base/db"
	"motcua/base/id"
	"motcua/kernel"
	"motcua/kernel/held"
	"motcua/kernel/sign"
	"motcua/kernel/who"
)

// hourly closes what is due to be closed and, in the small hours, does the rest:
// writing the database anew holds up whoever files meanwhile.
func (h *house) hourly(ctx context.Context, a *kernel.App) error {
	if hour := a.Now().In(a.Zone).Hour(); hour >= 1 && hour < 4 {
		return Nightly(ctx, a)
	}
	return h.closeDue(ctx)
}

// Nightly closes what is due to be closed, erases what is due to be erased, and
// then writes the database anew, so that nothing of it is left in the file.
func Nightly(ctx context.Context, a *kernel.App) error {
	rules, err := ReadRules(a.Pack.Files)
	if err != nil {
		return err
	}
	h := &house{a, rules}
	if err := h.closeDue(ctx); err != nil {
		return err
	}
	erased, err := h.erase(ctx)
	if err != nil {
		return err
	}
	books, err := h.eraseBooks(ctx)
	if err != nil {
		return err
	}
	sealed, err := h.eraseSealed(ctx)
	if err != nil {
		return err
	}
	if err := h.removeFiles(ctx); err != nil || erased+books+sealed == 0 {
		return err
	}
	return a.DB.Scrub(ctx)
}

func (h *house) people(ctx context.Context, q string, args ...any) (all []id.ID, err error) {
	err = h.app.DB.Read(ctx, func(tx *db.Tx) error {
		all, err = db.List(tx, func(into func(...any) error) (n id.ID, err error) { return n, into(&n) }, q, args...)
		return err
	})
	return all, err
}

const over = "the time for which it was kept is over" // why, in the act

// erase takes the content out of the dossiers of who left, as the time of each is
// over, and at last what is known of the person. It says how much it erased.
func (h *house) erase(ctx context.Context) (n int, err error) {
	people, err := h.people(ctx, `select person from leave_account where closed > 0 and erased = 0 order by person`)
	if err != nil {
		return 0, err
	}
	for _, p := range people {
		some, err := h.erasePerson(ctx, p)
		n += some
		if err != nil {
			return n, fmt.Errorf("person %s: %w", p, err)
		}
	}
	return n, nil
}

func (h *house) erasePerson(ctx context.Context, person id.ID) (n int, err error) {
	type row struct {
		id    id.ID
		kind  string
		ended db.Time
	}
	var all []row
	var certificates []sign.Key
	err = h.app.DB.Read(ctx, func(tx *db.Tx) error {
		all, err = db.List(tx, func(into func(...any) error) (r row, err error) { return r, into(&r.id, &r.kind, &r.ended) },
			`select id, kind, ended from dossier where applicant = $1 and org = 0 and id not in (select dossier from leave_erased) order by id`, person)
		if err == nil {
			certificates, err = h.app.Keys.Of(tx, person.String())
		}
		return err
	})
	if err != nil {
		return 0, err
	}
	now, waits := h.app.Now(), false
	for _, k := range certificates {
		waits = waits || k.Body == "" && k.Certificate.NotAfter.After(now) // the list of what was revoked names it until then
	}
	for _, d := range all {
		until, never := h.rules.Of(d.kind).Until(d.ended.Time)
		if never || d.ended.IsZero() || until.After(now) {
			waits = true
			continue
		}
		if err := h.forget(ctx, person, d.id, now); err != nil {
			return n, err
		}
		n++
	}
	if waits {
		return n, nil
	}
	return n + 1, h.forget(ctx, person, 0, now)
}

// forget erases one dossier or, with 0, the person, in one transaction.
func (h *house) forget(ctx context.Context, person, d id.ID, now time.Time) error {
	return h.app.DB.Write(ctx, func(tx *db.Tx) error {
		p, err := h.app.Book.Find(tx, person)
		if err != nil {
			return err
		}
		var gone []string
		if d != 0 {
			gone, err = h.app.Engine.Erase(tx, who.Person{}, d, over)
		} else {
			err = h.nobody(tx, p, now)
		}
		for _, s := range h.app.Systems {
			if err == nil && s.Keeps != nil && s.Keeps(h.app).Forget != nil {
				var some []string
				some, err = s.Keeps(h.app).Forget(tx, p, d)
				gone = append(gone, some...)
			}
			if err == nil && d != 0 {
				err = held.DropDossier(tx, s.Held, d)
			} else if err == nil {
				err = held.Drop(tx, s.Held, held.Erased, person)
			}
		}
		if err == nil && d != 0 {
			_, err = tx.Exec(`insert into leave_erased (dossier, person, at) values ($1, $2, $3)`, d, person, db.At(now))
		}
		if err != nil {
			return err
		}
		return later(tx, gone)
	})
}

// nobody takes out what is known of the person beside his dossiers.
func (h *house) nobody(tx *db.Tx, p who.Person, now time.Time) error {
	if err := h.app.Book.Forget(tx, p.ID); err != nil {
		return err
	}
	if err := h.app.Keys.Erase(tx, p.ID.String()); err != nil {
		return err
	}
	if err := h.app.Engine.EraseRegister(tx, who.Person{}, p.ID, over); err != nil {
		return err
	}
	_, err := tx.Exec(`update leave_account set erased = $1 where person = $2`, db.At(now), p.ID)
	return err
}

// eraseBooks erases the registers that bodies drew up, when their own time is over.
func (h *house) eraseBooks(ctx context.Context) (n int, err error) {
	if h.rules.Book.Years == 0 {
		return 0, nil
	}
	last := h.app.Now().AddDate(-h.rules.Book.Years, 0, 0).Format(time.DateOnly)
	err = h.app.DB.Write(ctx, func(tx *db.Tx) error {
		type book struct {
			id        id.ID
			data, sum string
		}
		all, err := db.List(tx, func(into func(...any) error) (b book, err error) { return b, into(&b.id, &b.data, &b.sum) },
			`delete from register where last < $1 returning id, data, sum`, last)
		if err != nil {
			return err
		}
		n = len(all)
		for _, b := range all {
			gone := []string{b.data}
			if b.sum != "" {
				gone = append(gone, b.sum)
			}
			if err := h.app.Engine.EraseFiles(tx, who.Person{}, b.id, over, gone...); err != nil {
				return err
			}
			if err := later(tx, gone); err != nil {
				return err
			}
		}
		return nil
	})
	return n, err
}

// eraseSealed erases what bodies had sealed beside their dossiers, when its time is over.
func (h *house) eraseSealed(ctx context.Context) (n int, err error) {
	then := h.app.Now().AddDate(-h.rules.Sealed.Years, 0, 0)
	for _, s := range h.app.Systems {
		if s.Keeps == nil || s.Keeps(h.app).Lapse == nil || h.rules.Sealed.Years == 0 {
			continue
		}
		for more := true; more && err == nil; {
			var all []held.Lapsed
			err = h.app.DB.Write(ctx, func(tx *db.Tx) error {
				all, err = s.Keeps(h.app).Lapse(tx, then)
				for _, x := range all {
					if err == nil {
						err = h.app.Engine.EraseFiles(tx, who.Person{}, x.ID, over, x.Files...)
					}
					if err == nil {
						err = later(tx, x.Files)
					}
				}
				return err
			})
			n, more = n+len(all), len(all) > 0
		}
	}
	return n, err
}

// later has files removed once the transaction is committed: no file is touched
// inside one, and what was not removed is tried again.
func later(tx *db.Tx, sums []string) error {
	for _, s := range sums {
		if _, err := tx.Exec(`insert into leave_file (sum) values ($1) on conflict (sum) do nothing`, s); err != nil {
			return err
		}
	}
	return nil
}

// removeFiles removes what nothing names any more.
func (h *house) removeFiles(ctx context.Context) error {
	var sums []string
	err := h.app.DB.Read(ctx, func(tx *db.Tx) (err error) {
		sums, err = db.List(tx, func(into func(...any) error) (s string, err error) { return s, into(&s) }, `select sum from leave_file`)
		return err
	})
	for _, s := range sums {
		e := h.app.Remove(ctx, []string{s}, h.app.Now().Add(-time.Hour)) // not one that somebody just put
		if e != nil {
			return e
		}
		e = h.app.DB.Write(ctx, func(tx *db.Tx) error {
			_, err := tx.Exec(`delete from leave_file where sum = $1`, s)
			return err
		})
		if e != nil {
			return e
		}
	}
	return err
}
