package dossier

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"motcua/base/blob"
	"motcua/base/db"
	"motcua/base/fault"
	"motcua/base/id"
	"motcua/base/lang"
	"motcua/kernel/figure"
)

// A Finding is something that is not as the acts say.
type Finding struct {
	What    string // row, figures, act, ledger, file
	Dossier id.ID
	Act     id.ID
	Detail  string
}

func (f Finding) String() string {
	s := f.What
	if f.Dossier != 0 {
		s += " of dossier " + f.Dossier.String()
	}
	if f.Act != 0 {
		s += ", act " + f.Act.String()
	}
	return s + ": " + f.Detail
}

// Projections folds every dossier anew from its acts and names each row and
// figure that differs; with mend it writes what the acts say. Where acts cannot
// be read nobody knows the figures, and they are left as they are.
func (e *Engine) Projections(ctx context.Context, mend bool) (found []Finding, err error) {
	recount, whole := figure.NewRecount(), true
	defer recount.Close()
	for from := id.ID(0); ; {
		var some, off []id.ID
		var wrong []Finding
		var right []figure.Delta
		unread := false
		err := e.DB.Read(ctx, func(tx *db.Tx) (err error) {
			off, wrong, right, unread = nil, nil, nil, false
			some, err = db.List(tx, func(into func(...any) error) (n id.ID, err error) { return n, into(&n) },
				`select dossier from act where version = 1 and dossier > $1 order by dossier limit 200`, from)
			if err != nil || len(some) == 0 {
				return err
			}
			told, err := histories(tx, some)
			if err != nil {
				return err
			}
			rows, err := db.List(tx, scan, `select `+columns+` from dossier where id >= $1 and id <= $2`, some[0], some[len(some)-1])
			if err != nil {
				return err
			}
			stand := make(map[id.ID]*Dossier, len(rows))
			for _, d := range rows {
				stand[d.ID] = d
			}
			for _, n := range some {
				if why := told[n].unread; why != nil {
					wrong, unread = append(wrong, Finding{"row", n, 0, why.Error()}), true
					continue
				}
				f, mine, err := e.projection(told[n].acts, stand[n])
				if err != nil {
					return err
				}
				if len(f) > 0 {
					off = append(off, n)
				}
				wrong, right = append(wrong, f...), append(right, mine...)
			}
			return nil
		})
		if err != nil {
			return found, err
		}
		if len(some) == 0 {
			break
		}
		from, whole, found = some[len(some)-1], whole && !unread, append(found, wrong...)
		for _, f := range right {
			recount.Add(f)
		}
		if mend {
			if err := e.mend(ctx, off); err != nil {
				return found, err
			}
		}
	}
	none, err := e.orphans(ctx, mend)
	if err != nil {
		return found, err
	}
	if e.Others != nil {
		others, err := e.Others(ctx, mend, recount.Add)
		if found = append(found, others...); err != nil {
			return found, err
		}
	}
	more, err := e.figures(ctx, recount, mend && whole)
	return append(append(found, none...), more...), err
}

// orphans are rows of dossiers without acts.
func (e *Engine) orphans(ctx context.Context, mend bool) (found []Finding, err error) {
	const none = ` from dossier where id not in (select dossier from act)`
	err = e.DB.Read(ctx, func(tx *db.Tx) error {
		found, err = db.List(tx, func(into func(...any) error) (f Finding, err error) {
			f.What, f.Detail = "row", "was slipped in: it has no acts"
			return f, into(&f.Dossier)
		}, `select id`+none)
		return err
	})
	if err != nil || !mend || len(found) == 0 {
		return found, err
	}
	return found, e.DB.Write(ctx, func(tx *db.Tx) error {
		_, err := tx.Exec(`delete` + none)
		return err
	})
}

// A history is a dossier's acts in their order, or why they cannot be read.
type history struct {
	acts   []Act
	unread error
}

// histories reads the acts of dossiers that follow one another.
func histories(tx *db.Tx, some []id.ID) (map[id.ID]history, error) {
	told := make(map[id.ID]history, len(some))
	_, err := db.List(tx, func(into func(...any) error) (none struct{}, err error) {
		a, err := scanAct(into)
		h := told[a.Dossier]
		if errors.Is(err, errUnread) {
			h.unread, err = err, nil
		}
		h.acts = append(h.acts, a)
		told[a.Dossier] = h
		return none, err
	}, `select id, dossier, version, act, by, at, salt, body from act where dossier >= $1 and dossier <= $2 order by dossier, version`, some[0], some[len(some)-1])
	return told, err
}

// projection compares one dossier's row, nil if it has none, with the fold of
// its acts, and counts what they add to the figures.
func (e *Engine) projection(all []Act, row *Dossier) (found []Finding, deltas []figure.Delta, err error) {
	if all[0].Entry.Open == nil {
		return nil, nil, nil // the act of a register
	}
	n := all[0].Dossier
	k, err := e.Kind(all[0].Entry.Open.Kind, all[0].Entry.Open.Version)
	if err != nil {
		return nil, nil, err
	}
	d := new(Dossier)
	for i, a := range all {
		if a.Version != i+1 {
			found = append(found, Finding{"act", n, a.ID, fmt.Sprintf("is number %d where %d should stand", a.Version, i+1)})
		}
		was := *d
		d.apply(a, k.Stands)
		if a.Entry.Erased != 0 {
			deltas = append(deltas, a.Entry.Counted...)
		} else {
			deltas = append(deltas, e.deltas(&was, d, &a, k)...)
		}
	}
	want, got := d.values(), []any(nil)
	if row != nil {
		got = row.values()
	}
	if d.Void {
		want = nil
	}
	if fmt.Sprint(want) != fmt.Sprint(got) {
		found = append(found, Finding{"row", n, 0, differ(want, got)})
	}
	return found, deltas, nil
}

// mend writes the rows of these dossiers anew, each in a transaction of its own.
func (e *Engine) mend(ctx context.Context, off []id.ID) error {
	for _, n := range off {
		err := e.DB.Write(ctx, func(tx *db.Tx) error {
			d, k, err := e.find(tx, n)
			if err != nil {
				return err
			}
			if _, err := tx.Exec(`delete from dossier where id = $1`, n); err != nil {
				return err
			}
			if d.Void {
				return nil
			}
			return e.project(tx, d, k.Stands[d.State], true)
		})
		if err != nil {
			return err
		}
	}
	return nil
}

func differ(want, got []any) string {
	switch {
	case got == nil:
		return "is missing"
	case want == nil:
		return "stands although its being taken over was undone"
	}
	names := strings.Split(strings.Join(strings.Fields(columns), " "), ", ")
	var all []string
	for i := range want {
		if fmt.Sprint(want[i]) != fmt.Sprint(got[i]) {
			all = append(all, names[i])
		}
	}
	return "differs from its acts in " + strings.Join(all, ", ")
}

// figures compares all figures with the recount.
func (e *Engine) figures(ctx context.Context, want *figure.Recount, mend bool) (found []Finding, err error) {
	err = e.DB.Read(ctx, func(tx *db.Tx) error {
		wrong, err := want.Compare(tx)
		found = nil
		for _, w := range wrong {
			found = append(found, Finding{"figures", 0, 0, w})
		}
		return err
	})
	if err != nil || !mend || len(found) == 0 {
		return found, err
	}
	return found, e.DB.Write(ctx, want.Store)
}

// Ahead reports whether the latest act is later than the clock: the clock was set back.
func (e *Engine) Ahead(ctx context.Context) (ahead bool) {
	var at db.Time
	err := e.DB.Read(ctx, func(tx *db.Tx) error {
		return tx.Row(`select coalesce(max(at), 0) from (select at from act order by id desc limit 100) as latest`).Scan(&at)
	})
	return err == nil && at.After(e.Now().Add(time.Minute))
}

// Documents compares every file that an act names with what is stored.
func (e *Engine) Documents(ctx context.Context, store *blob.Store) (found []Finding, err error) {
	seen := map[string]bool{}
	for from := id.ID(0); ; {
		var some []Act
		err := e.DB.Read(ctx, func(tx *db.Tx) (err error) {
			some, err = db.List(tx, func(into func(...any) error) (a Act, err error) {
				if a, err = scanAct(into); errors.Is(err, errUnread) {
					err = nil // which History names
				}
				return a, err
			}, `select id, dossier, version, act, by, at, salt, body from act
				where id > $1 and body like '%"sha256"%' order by id limit 500`, from)
			return err
		})
		if err != nil {
			return found, err
		}
		if len(some) == 0 {
			return found, nil
		}
		for _, a := range some {
			from = a.ID
			for _, f := range a.Entry.Files() {
				if seen[f.Sum] {
					continue
				}
				seen[f.Sum] = true
				if why := harm(store, f.Sum); why != "" {
					found = append(found, Finding{"file", a.Dossier, a.ID, why})
				}
			}
		}
	}
}

// Stored compares the files that an act names with what is stored.
func (a *Act) Stored(store *blob.Store) (found []Finding) {
	for _, f := range a.Entry.Files() {
		if why := harm(store, f.Sum); why != "" {
			found = append(found, Finding{"file", a.Dossier, a.ID, why})
		}
	}
	return found
}

// Files are all that an entry names.
func (e *Entry) Files() []File {
	all := slices.Concat(slices.Collect(maps.Values(e.Papers))...)
	if e.File != nil {
		all = append(all, *e.File)
	}
	return all
}

// harm is what is wrong with a stored file, "" nothing.
func harm(store *blob.Store, text string) string {
	sum, err := blob.Parse(text)
	if err == nil {
		err = store.Check(sum)
	}
	switch {
	case err == nil:
		return ""
	case fault.Of(err) == fault.NotFound:
		return text[:min(12, len(text))] + " is missing"
	}
	return text[:min(12, len(text))] + " is damaged or was swapped"
}

// foldName is what the row keeps for searching in lists.
func foldName(d *Dossier) string { return lang.Fold(d.Name + " " + d.Subject) }
