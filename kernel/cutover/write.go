package cutover

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"motcua/base/db"
	"motcua/base/fault"
	"motcua/base/id"
	"motcua/kernel/dossier"
	"motcua/kernel/who"
)

// done is what became of a line.
type done int

const (
	opened done = iota
	updated
	conflict
)

// few is how many lines are stored at once while persons write.
const few = 4

// write stores some lines in one transaction, or in several while others write.
// Where one of them cannot be, each is tried in its own, so that it alone is refused.
func (x *Dossiers) write(ctx context.Context, some []*taking) error {
	if len(some) == 0 {
		return nil
	}
	var what []done
	n := 0
	err := x.App.DB.Yield(ctx, func(tx *db.Tx) error {
		if n = len(some); tx.Hurry() {
			n = min(n, few)
		}
		what = what[:0]
		for _, t := range some[:n] {
			d, err := x.store(tx, t)
			if err != nil {
				return err
			}
			what = append(what, d)
		}
		return nil
	})
	var f *fault.Error
	switch {
	case err == nil:
		for i, t := range some[:n] {
			x.tell(t, what[i])
		}
		return x.write(ctx, some[n:])
	case !errors.As(err, &f) || f.Kind != fault.Conflict && f.Kind != fault.Invalid:
		return err
	case n == 1:
		bad := f.Fields
		if bad == nil {
			bad = wrong("", f.Code, f.Args...)
		}
		x.refuse(some[0].Line, bad)
		return x.write(ctx, some[1:])
	}
	for i := range n {
		if err := x.write(ctx, some[i:i+1]); err != nil {
			return err
		}
	}
	return x.write(ctx, some[n:])
}

// store writes one line: who asks, the act that takes the case over, the files, the journal.
func (x *Dossiers) store(tx *db.Tx, t *taking) (done, error) {
	e := x.App.Engine
	entry, o := t.entry, *t.entry.Open
	entry.Open = &o
	before := &dossier.Dossier{}
	if t.known.dossier != 0 {
		d, err := e.Within(tx, t.known.dossier)
		if err != nil {
			return 0, err
		}
		if d.Void || d.Worked(t.known.version) {
			return conflict, nil
		}
		before = d
	}
	if err := x.who(tx, t, &o); err != nil {
		return 0, err
	}
	fresh := sameFiles(entry.Papers, before.Papers)
	d, err := e.TakeOver(tx, x.By, t.known.dossier, entry)
	if err != nil {
		return 0, err
	}
	if err := e.Keep(tx, d, fresh); err != nil {
		return 0, err
	}
	_, err = tx.Exec(`insert into cutover_case (code, dossier, version, hash, batch) values ($1, $2, $3, $4, $5)
		on conflict (code) do update set version = excluded.version, hash = excluded.hash`, t.Code, d.ID, d.Version, t.hash, x.batch)
	if t.known.dossier != 0 {
		return updated, err
	}
	return opened, err
}

// who finds or registers the person and the organisation that ask.
func (x *Dossiers) who(tx *db.Tx, t *taking, o *dossier.Opening) error {
	if p := t.Applicant; p.Name != "" {
		found, err := x.App.Book.Helped(tx, x.By, who.Person{Name: p.Name, Number: p.Number, Phone: p.Phone, Email: p.Email, Born: p.Born})
		if err != nil {
			return err
		}
		o.Applicant = found.ID
	}
	if p := t.Organisation; p.Name != "" {
		n, err := x.App.Book.AddOrg(tx, x.By, p.Name, p.Number)
		if err != nil {
			return err
		}
		o.Org = n
	}
	return nil
}

// tell counts what became of a line and says what is to be looked at.
func (x *Dossiers) tell(t *taking, what done) {
	switch what {
	case opened:
		x.Fresh++
	case updated:
		x.Updated++
	case conflict:
		x.Conflicts++
		x.Reject(Reject{t.at, t.Code, "", x.Voice.T("cutover.conflict")})
		return
	}
	if len(t.notes) > 0 {
		x.Warnings++
		for _, r := range say(x.Voice, t.at, t.Code, t.notes) {
			r.Reason = x.Voice.T("cutover.warning", r.Reason)
			x.Reject(r)
		}
	}
}

// rehearse says what writing would do.
func (x *Dossiers) rehearse(ctx context.Context, some []*taking) error {
	for _, t := range some {
		what := opened
		err := x.App.DB.Read(ctx, func(tx *db.Tx) error {
			if t.known.dossier == 0 {
				var other id.ID
				err := tx.Row(`select id from dossier where code = $1`, t.Code).Scan(&other)
				if err == nil {
					err = fault.New(fault.Conflict, "dossier.codetaken", t.Code)
				} else if errors.Is(err, fault.NotFound) {
					err = nil
				}
				return err
			}
			d, err := x.App.Engine.Within(tx, t.known.dossier)
			if what = updated; err == nil && d.Worked(t.known.version) {
				what = conflict
			}
			return err
		})
		var f *fault.Error
		if errors.As(err, &f) && f.Kind == fault.Conflict {
			x.refuse(t.Line, wrong("/code", f.Code, f.Args...))
			continue
		}
		if err != nil {
			return err
		}
		x.tell(t, what)
	}
	return nil
}

// Undo takes back what a batch took over, but for what somebody worked on since:
// those codes are given back. Each dossier's undoing is an act; the batch may be
// undone in several goes.
func (x *Dossiers) Undo(ctx context.Context, batch id.ID) (undone int, kept []string, err error) {
	var began db.Time
	err = x.App.DB.Read(ctx, func(tx *db.Tx) error {
		return tx.Row(`select began from cutover_batch where id = $1`, batch).Scan(&began)
	})
	if errors.Is(err, fault.NotFound) {
		err = fmt.Errorf("batch %s: %w", batch, fault.New(fault.NotFound, "cutover.batch"))
	}
	if err != nil {
		return 0, nil, err
	}
	for after := ""; ; {
		var some []known
		err := x.App.DB.Read(ctx, func(tx *db.Tx) (err error) {
			some, err = db.List(tx, func(into func(...any) error) (k known, err error) { return k, into(&k.code, &k.dossier, &k.version) },
				`select code, dossier, version from cutover_case where batch = $1 and code > $2 order by code limit 200`, batch, after)
			return err
		})
		if err != nil {
			return undone, kept, err
		}
		if len(some) == 0 {
			break
		}
		after = some[len(some)-1].code
		var n int
		var left []string
		err = x.App.DB.Write(ctx, func(tx *db.Tx) error {
			n, left = 0, nil
			for _, k := range some {
				d, err := x.App.Engine.Within(tx, k.dossier)
				if err != nil {
					return err
				}
				if !x.App.Country.Rules(x.By, d.Body) || d.Worked(k.version) {
					left = append(left, k.code)
					continue
				}
				if err := x.App.Engine.Undo(tx, x.By, k.dossier); err != nil {
					return err
				}
				if _, err := tx.Exec(`delete from cutover_case where code = $1`, k.code); err != nil {
					return err
				}
				n++
			}
			return nil
		})
		if err != nil {
			return undone, kept, err
		}
		undone, kept = undone+n, append(kept, left...)
	}
	err = x.App.DB.Write(ctx, func(tx *db.Tx) error {
		if _, err := tx.Exec(`update cutover_batch set undone = $1 where id = $2`, db.At(x.App.Now()), batch); err != nil {
			return err
		}
		return x.App.Engine.Record(tx, x.By, "cutover.undo", batch, map[string]int{"undone": undone, "kept": len(kept)})
	})
	return undone, slices.Clip(kept), err
}
