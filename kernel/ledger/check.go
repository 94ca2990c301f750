package ledger

import (
	"bytes"
	"context"
	"math"

	"golang.org/x/mod/sumdb/tlog"

	"motcua/base/db"
)

// A Finding is something wrong in the stored ledger: the key of a sentence and its values.
type Finding struct {
	Code string
	Args []any
}

// findings is how many are listed; a ruined ledger has one per row.
const findings = 100

// Check computes the whole tree again from the entries and compares it with
// the stored hashes and with every checkpoint ever signed: that each root is
// found on the way to the next proves that they continue one another. No
// finding means that the entries are those that were signed; whether the acts
// are those of the entries is seen by comparing Leaves.
func (l *Log) Check(ctx context.Context) ([]Finding, error) {
	c := check{l: l, edge: edge{right: tiles{}}}
	c.edge.done = func(at int64, hashes []byte) { c.full[at] = hashes }
	err := l.d.Read(ctx, func(tx *db.Tx) (err error) {
		if c.want, err = size(tx); err != nil {
			return err
		}
		ahead, err := checkpoints(tx, c.want, math.MaxInt64)
		for _, s := range ahead {
			c.find("ledger.ahead", s.N, c.want)
		}
		if err != nil {
			return err
		}
		var twice int
		if err := tx.Row(`select count(*) from ledger_open o join ledger_entry e on e.act = o.act`).Scan(&twice); err != nil {
			return err
		}
		if twice > 0 {
			c.find("ledger.twice", twice)
		}
		return nil
	})
	for err == nil && c.edge.size < c.want && len(c.found) < findings {
		err = l.d.Read(ctx, c.chunk)
	}
	if err != nil {
		return nil, err
	}
	return c.found, nil
}

// checkpoints are those of sizes over from up to to.
func checkpoints(tx *db.Tx, from, to int64) ([]signed, error) {
	return db.List(tx, func(scan func(...any) error) (s signed, err error) {
		err = scan(&s.N, &s.note)
		return s, err
	}, `select size, note from ledger_checkpoint where size > $1 and size <= $2 order by size limit 100000`, from, to)
}

// A check is the walk along the entries.
type check struct {
	l      *Log
	edge   edge
	full   tiles // that became full in this chunk
	want   int64
	signed []signed // of this chunk, not reached yet
	found  []Finding
}

func (c *check) find(code string, args ...any) {
	if len(c.found) < findings {
		c.found = append(c.found, Finding{code, args})
	}
}

// chunk reads the next entries, a multiple of a tile.
func (c *check) chunk(tx *db.Tx) error {
	from := c.edge.size
	to := min(from+16*width, c.want)
	some, err := entries(tx, from, to)
	if err != nil {
		return err
	}
	if c.signed, err = checkpoints(tx, from, to); err != nil {
		return err
	}
	c.full = tiles{}
	for _, e := range some {
		for c.edge.size < e.N { // the place of a lost entry is kept, so that what follows is still compared
			c.find("ledger.gap", c.edge.size)
			c.add(tlog.Hash{})
		}
		c.add(tlog.RecordHash(e.Leaf[:]))
	}
	for c.edge.size < to {
		c.find("ledger.gap", c.edge.size)
		c.add(tlog.Hash{})
	}
	if to == c.want {
		for at, hashes := range c.edge.right {
			c.full[at] = hashes
		}
	}
	var ids []int64
	for at := range c.full {
		ids = append(ids, at)
	}
	stored, err := load(tx, ids)
	if err != nil {
		return err
	}
	for _, at := range ids {
		// Acts go on being numbered meanwhile: a last tile may have grown.
		if have := stored[at]; len(have) < len(c.full[at]) || !bytes.Equal(have[:len(c.full[at])], c.full[at]) {
			c.find("ledger.tile", at>>48, at&(1<<48-1))
		}
	}
	return nil
}

// add appends a leaf and compares the root when a checkpoint was signed there.
func (c *check) add(h tlog.Hash) {
	c.edge.add(h)
	for len(c.signed) > 0 && c.signed[0].N == c.edge.size {
		s := c.signed[0]
		c.signed = c.signed[1:]
		t, err := ReadCheckpoint(s.note, c.l.verifier)
		if err != nil || t.N != s.N {
			c.find("ledger.forged", s.N)
			continue
		}
		if root, err := c.edge.root(); err != nil || root != t.Hash {
			c.find("ledger.root", s.N)
		}
	}
}
