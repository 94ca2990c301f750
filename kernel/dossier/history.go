package dossier

import (
	"context"
	"errors"
	"fmt"

	"motcua/base/db"
	"motcua/base/id"
	"motcua/kernel/ledger"
)

// Recorded compares the act of one entry of the ledger with what the entry
// recorded. The act is nil when it cannot be read; f is set when it is another.
func (e *Engine) Recorded(ctx context.Context, entry ledger.Entry) (a *Act, f *Finding, err error) {
	err = e.DB.Read(ctx, func(tx *db.Tx) error {
		stand, found, err := recorded(tx, []ledger.Entry{entry})
		a, f = stand[entry.Act], nil
		if len(found) > 0 {
			f = &found[0]
		}
		return err
	})
	return a, f, err
}

// recorded compares the acts of some entries, one at least, as Recorded does.
// stand are those that can be read.
func recorded(tx *db.Tx, some []ledger.Entry) (stand map[id.ID]*Act, found []Finding, err error) {
	names := make([]id.ID, len(some))
	for i, entry := range some {
		names[i] = entry.Act
	}
	in, args := db.In(names)
	unread := map[id.ID]bool{}
	stand = make(map[id.ID]*Act, len(some))
	_, err = db.List(tx, func(into func(...any) error) (none struct{}, err error) {
		a, err := scanAct(into)
		if unread[a.ID] = errors.Is(err, errUnread); unread[a.ID] {
			return none, nil
		}
		stand[a.ID] = &a
		return none, err
	}, `select id, dossier, version, act, by, at, salt, coalesce(body, '') from act where id in `+in, args...)
	if err != nil {
		return nil, nil, err
	}
	for _, entry := range some {
		switch a := stand[entry.Act]; {
		case unread[entry.Act]:
			found = append(found, Finding{"act", 0, entry.Act, fmt.Sprintf("was changed: it cannot be read, entry %d of the ledger recorded another", entry.N)})
		case a == nil:
			found = append(found, Finding{"act", 0, entry.Act, fmt.Sprintf("was deleted: entry %d of the ledger has no act", entry.N)})
		case isErased(tx, a):
		case ledger.Leaf(a.Salt, a.Canonical()) != [32]byte(entry.Leaf):
			found = append(found, Finding{"act", a.Dossier, entry.Act, fmt.Sprintf("was changed: it is not what entry %d of the ledger recorded", entry.N)})
		}
	}
	return stand, found, nil
}

// Loose names the acts that the ledger does not know.
func (e *Engine) Loose(ctx context.Context) (found []Finding, err error) {
	err = e.DB.Read(ctx, func(tx *db.Tx) error {
		found, err = db.List(tx, func(into func(...any) error) (f Finding, err error) {
			f.What, f.Detail = "act", "was slipped in: the ledger does not know it"
			return f, into(&f.Dossier, &f.Act)
		}, `select dossier, id from act where id not in (select act from ledger_entry) and id not in (select act from ledger_open)`)
		return err
	})
	return found, err
}

// History compares every act with its leaf in the ledger, both ways: an act
// that was edited, deleted or slipped in is named.
func (e *Engine) History(ctx context.Context, log *ledger.Log) (found []Finding, err error) {
	var some []ledger.Entry
	compare := func() error {
		if len(some) == 0 {
			return nil
		}
		var wrong []Finding
		err := e.DB.Read(ctx, func(tx *db.Tx) (err error) {
			_, wrong, err = recorded(tx, some)
			return err
		})
		found, some = append(found, wrong...), some[:0]
		return err
	}
	for entry, err := range log.Leaves(ctx, 0) {
		if err != nil {
			return found, err
		}
		if some = append(some, entry); len(some) == 200 {
			if err := compare(); err != nil {
				return found, err
			}
		}
	}
	if err := compare(); err != nil {
		return found, err
	}
	loose, err := e.Loose(ctx)
	return append(found, loose...), err
}
