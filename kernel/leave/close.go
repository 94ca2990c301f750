package leave

import (
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"motcua/base/db"
	"motcua/base/fault"
	"motcua/base/web"
	"motcua/kernel"
	"motcua/kernel/device"
	"motcua/kernel/door"
	"motcua/kernel/dossier"
	"motcua/kernel/held"
	"motcua/kernel/who"
)

// An account that somebody asked to close.
type account struct {
	asked, closes time.Time
}

// asked is the request of p, if there is one that was not carried out.
func asked(tx *db.Tx, p who.Person) (x account, ok bool, err error) {
	var at, closes db.Time
	err = tx.Row(`select asked, closes from leave_account where person = $1 and closed = 0`, p.ID).Scan(&at, &closes)
	if errors.Is(err, fault.NotFound) {
		return x, false, nil
	}
	return account{at.Time, closes.Time}, err == nil, err
}

// A kept line says how many of a person's dossiers of one rule stay, and until when.
type kept struct {
	rule  Rule
	n     int
	until time.Time // of the last; zero: for ever
}

// A view is the page.
type view struct {
	*kernel.Request
	account
	waits bool // a request stands
	open  []*dossier.Dossier
	kept  []kept
	book  Rule
	wait  int
	staff bool // who works for a body leaves it first
}

// own are a person's own dossiers that are open, and what stays of those that ended.
func (h *house) own(tx *db.Tx, p who.Person) (open []*dossier.Dossier, stays []kept, err error) {
	type row struct {
		dossier.Dossier
		ended db.Time
	}
	all, err := db.List(tx, func(into func(...any) error) (r row, err error) {
		return r, into(&r.ID, &r.Code, &r.Kind, &r.KindVersion, &r.ended)
	}, `select id, code, kind, kind_version, ended from dossier where applicant = $1 and org = 0 order by id`, p.ID)
	for _, r := range all {
		if r.ended.IsZero() {
			d := r.Dossier
			open = append(open, &d)
			continue
		}
		rule := h.rules.Of(r.Kind)
		i := slices.IndexFunc(stays, func(k kept) bool { return k.rule.Kind == rule.Kind })
		if i < 0 {
			i, stays = len(stays), append(stays, kept{rule: rule})
		}
		stays[i].n++
		if until, never := rule.Until(r.ended.Time); !never && until.After(stays[i].until) {
			stays[i].until = until
		}
	}
	return open, stays, err
}

func (h *house) look(r *kernel.Request) (*view, error) {
	v := &view{Request: r, book: h.rules.Book, wait: h.rules.Wait, staff: len(r.Me.Grants) > 0}
	err := r.App.DB.Read(r.Context(), func(tx *db.Tx) (err error) {
		if v.account, v.waits, err = asked(tx, r.Me); err != nil {
			return err
		}
		v.open, v.kept, err = h.own(tx, r.Me)
		return err
	})
	return v, err
}

func (h *house) show(r *kernel.Request) (web.Answer, error) {
	v, err := h.look(r)
	if err != nil {
		return web.Answer{}, err
	}
	return web.Show(v.page())
}

// may asks that nothing of the person's is open and that he works for no body.
func (v *view) may() error {
	switch {
	case v.staff:
		return fault.New(fault.Conflict, "leave.staff")
	case len(v.open) > 0:
		return fault.New(fault.Conflict, "leave.open", len(v.open))
	}
	return nil
}

// ask notes that a person leaves, and tells him at every contact he has.
func (h *house) ask(r *kernel.Request) (web.Answer, error) {
	if a, ok, err := door.Lately(r, "/me/close"); !ok || err != nil {
		return a, err
	}
	v, err := h.look(r)
	if err == nil {
		err = v.may()
	}
	if err != nil {
		return web.Answer{}, err
	}
	now := r.App.Now()
	closes := now.AddDate(0, 0, h.rules.Wait)
	err = r.App.DB.Write(r.Context(), func(tx *db.Tx) error {
		n, err := tx.Exec(`insert into leave_account (person, asked, closes, closed, erased) values ($1, $2, $3, 0, 0) on conflict (person) do nothing`,
			r.Me.ID, db.At(now), db.At(closes))
		if err != nil || n == 0 {
			return err
		}
		if err := r.App.Engine.Record(tx, r.Me, "account.leave", r.Me.ID, map[string]any{"closes": closes.UTC()}); err != nil {
			return err
		}
		return device.Notify(r.App, tx, r.Me, "leave.notice", r.Voice.Day(closes), r.App.URL+"/me/close")
	})
	if err != nil {
		return web.Answer{}, err
	}
	return web.Goto("/me/close")
}

func (h *house) undo(r *kernel.Request) (web.Answer, error) {
	err := r.App.DB.Write(r.Context(), func(tx *db.Tx) error {
		n, err := tx.Exec(`delete from leave_account where person = $1 and closed = 0`, r.Me.ID)
		if err != nil || n == 0 {
			return err
		}
		return r.App.Engine.Record(tx, r.Me, "account.stay", r.Me.ID, nil)
	})
	if err != nil {
		return web.Answer{}, err
	}
	return web.Goto("/me/close")
}

// closeDue closes the accounts whose days of waiting are over. One whose owner filed
// something meanwhile stays until that has ended.
func (h *house) closeDue(ctx context.Context) error {
	now := h.app.Now()
	people, err := h.people(ctx, `select person from leave_account where closed = 0 and closes <= $1 order by person limit 1000`, db.At(now))
	if err != nil {
		return err
	}
	for _, n := range people {
		err := h.app.DB.Write(ctx, func(tx *db.Tx) error {
			p, err := h.app.Book.Find(tx, n)
			if err != nil {
				return err
			}
			open, _, err := h.own(tx, p)
			if err != nil || len(open) > 0 || len(p.Grants) > 0 {
				return err
			}
			for _, sort := range []web.Sort{web.Browser, web.Token, web.OneTime} {
				if err := h.app.Sessions.EndAll(tx, sort, n); err != nil {
					return err
				}
			}
			_, err = tx.Exec(`delete from post where recipient <> '' and (recipient in ($1, $2) or recipient in (select recipient from contact_left where person = $3))`,
				p.Email, strings.ReplaceAll(p.Phone, " ", ""), n)
			for _, s := range h.app.Systems {
				if err == nil && s.Keeps != nil && s.Keeps(h.app).End != nil {
					err = s.Keeps(h.app).End(tx, p)
				}
				if err == nil {
					err = held.Drop(tx, s.Held, held.Closed, n)
				}
			}
			if err != nil {
				return err
			}
			if err := h.app.Book.Close(tx, p); err != nil {
				return err
			}
			_, err = tx.Exec(`update leave_account set closed = $1 where person = $2`, db.At(now), n)
			return err
		})
		if err != nil {
			return err
		}
	}
	return nil
}
