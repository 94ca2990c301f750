package ledger

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"time"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"

	"motcua/base/db"
	"motcua/base/fault"
	"motcua/base/id"
)

// batch is how many acts one transaction numbers at most.
const batch = 1000

// errRace undoes a transaction that another sequencer overtook.
var errRace = errors.New("another sequencer was faster")

// Sequence numbers up to a batch of waiting acts in one transaction and tells
// how many. Another sequencer that was faster is not an error: the work is done.
func (l *Log) Sequence(ctx context.Context) (n int, err error) {
	some := 0
	err = l.d.Read(ctx, func(tx *db.Tx) error {
		return tx.Row(`select count(*) from (select act from ledger_open limit 1) as o`).Scan(&some)
	})
	if err != nil || some == 0 {
		return 0, err
	}
	err = l.d.Write(ctx, func(tx *db.Tx) error {
		n, err = sequence(tx)
		return err
	})
	if errors.Is(err, errRace) {
		return 0, nil
	}
	if err != nil {
		return 0, err
	}
	return n, nil
}

func sequence(tx *db.Tx) (int, error) {
	from, err := size(tx)
	if err != nil {
		return 0, err
	}
	type open struct {
		act  id.ID
		leaf []byte
	}
	// Any rows that are there, never those after the last seen: acts commit in
	// another order than their ids were given out.
	some, err := db.List(tx, func(scan func(...any) error) (o open, err error) {
		err = scan(&o.act, &o.leaf)
		return o, err
	}, `delete from ledger_open where act in (select act from ledger_open limit $1) returning act, leaf`, batch)
	if err != nil || len(some) == 0 {
		return 0, err
	}
	slices.SortFunc(some, func(a, b open) int { return cmp.Compare(a.act, b.act) })

	to := from + int64(len(some))
	won, err := tx.Exec(`update ledger_size set n = $1 where one = 1 and n = $2`, to, from)
	if err != nil {
		return 0, err
	}
	if won != 1 {
		return 0, errRace
	}
	e, err := loadEdge(tx, from)
	if err != nil {
		return 0, err
	}
	written := tiles{}
	e.done = func(at int64, hashes []byte) { written[at] = hashes }
	rows := make([][]any, len(some))
	for i, o := range some {
		e.add(tlog.RecordHash(o.leaf))
		rows[i] = []any{from + int64(i), o.act, o.leaf}
	}
	if err := tx.Insert("ledger_entry", "n, act, leaf", rows); err != nil {
		return 0, err
	}
	for level := 0; from>>(height*level) != to>>(height*level); level++ {
		at := tileID(level, to>>(height*level)>>height)
		if e.right[at] != nil {
			written[at] = e.right[at]
		}
	}
	for at, hashes := range written {
		_, err := tx.Exec(`insert into ledger_tile (id, hashes) values ($1, $2)
			on conflict (id) do update set hashes = excluded.hashes`, at, hashes)
		if err != nil {
			return 0, err
		}
	}
	return len(some), nil
}

// Checkpoint signs the tree as it stands, unless that has been done. It signs
// nothing that does not continue the last checkpoint.
func (l *Log) Checkpoint(ctx context.Context) error {
	var now tlog.Tree
	var last signed
	err := l.d.Read(ctx, func(tx *db.Tx) (err error) {
		if now.N, err = size(tx); err != nil {
			return err
		}
		if last, err = l.last(tx); err != nil || last.N == now.N {
			return err
		}
		if now.Hash, err = tlog.TreeHash(now.N, reader{tx}); err != nil {
			return err
		}
		if last.N == 0 {
			return nil
		}
		p, err := tlog.ProveTree(now.N, last.N, reader{tx})
		if err != nil {
			return err
		}
		return tlog.CheckTree(p, now.N, now.Hash, last.N, last.Hash)
	})
	if err != nil || now.N == last.N {
		return err
	}
	text, err := note.Sign(&note.Note{Text: format(l.signer.Name(), now)}, l.signer)
	if err != nil {
		return err
	}
	return l.d.Write(ctx, func(tx *db.Tx) error {
		_, err := tx.Exec(`insert into ledger_checkpoint (size, note, at) values ($1, $2, $3) on conflict (size) do nothing`,
			now.N, string(text), db.At(time.Now()))
		return err
	})
}

// A signed is a checkpoint that was verified; its zero value is that of the empty tree.
type signed struct {
	tlog.Tree
	note string
}

// last is the newest checkpoint.
func (l *Log) last(tx *db.Tx) (c signed, err error) {
	err = tx.Row(`select note from ledger_checkpoint order by size desc limit 1`).Scan(&c.note)
	if errors.Is(err, fault.NotFound) {
		return c, nil
	}
	if err == nil {
		c.Tree, err = ReadCheckpoint(c.note, l.verifier)
	}
	return c, err
}
