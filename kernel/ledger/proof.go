package ledger

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"

	"motcua/base/db"
	"motcua/base/fault"
	"motcua/base/id"
)

// A Proof shows that a leaf stands in a tree whose root the log signed. With
// the act, its salt and the log's public key anyone can check it, offline and
// for ever.
type Proof struct {
	Index      int64       `json:"index"` // number of the entry
	Size       int64       `json:"size"`  // of the signed tree
	Leaf       tlog.Hash   `json:"leaf"`
	Hashes     []tlog.Hash `json:"hashes"`     // RFC 6962 audit path, from the leaf up
	Checkpoint string      `json:"checkpoint"` // the signed note
}

// Proof proves that act is in the ledger. Until a checkpoint covers it, which
// takes about a second, it is a fault.NotYet.
func (l *Log) Proof(ctx context.Context, act id.ID) (Proof, error) {
	all, err := l.Proofs(ctx, []id.ID{act})
	if err != nil {
		return Proof{}, err
	}
	return all[0], nil
}

// Proofs proves that acts are in the ledger, in their order and all under the same checkpoint.
func (l *Log) Proofs(ctx context.Context, acts []id.ID) (all []Proof, err error) {
	err = l.d.Read(ctx, func(tx *db.Tx) error {
		c, err := l.last(tx)
		if err != nil {
			return err
		}
		all = make([]Proof, len(acts))
		for i, act := range acts {
			if all[i], err = prove(tx, c, act); err != nil {
				return fmt.Errorf("proof of act %s: %w", act, err)
			}
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return all, nil
}

// prove proves one act under the checkpoint c.
func prove(tx *db.Tx, c signed, act id.ID) (p Proof, err error) {
	var leaf []byte
	err = tx.Row(`select n, leaf from ledger_entry where act = $1`, act).Scan(&p.Index, &leaf)
	if errors.Is(err, fault.NotFound) {
		return p, waiting(tx, act)
	}
	if err != nil {
		return p, err
	}
	if p.Index >= c.N {
		return p, fault.New(fault.NotYet, "ledger.notyet")
	}
	copy(p.Leaf[:], leaf)
	p.Size, p.Checkpoint = c.N, c.note
	p.Hashes, err = tlog.ProveRecord(p.Size, p.Index, reader{tx})
	return p, err
}

// waiting tells an act that has no number yet from one that was never entered.
func waiting(tx *db.Tx, act id.ID) error {
	var n int
	if err := tx.Row(`select count(*) from ledger_open where act = $1`, act).Scan(&n); err != nil {
		return err
	}
	if n == 0 {
		return fault.New(fault.NotFound, "ledger.unknown")
	}
	return fault.New(fault.NotYet, "ledger.notyet")
}

// Verify checks the proof with the log's public key alone. That the leaf is
// the act's is for the caller to see: p.Leaf == Leaf(salt, canonical).
func (p Proof) Verify(v note.Verifier) error {
	t, err := ReadCheckpoint(p.Checkpoint, v)
	if err != nil {
		return err
	}
	if t.N != p.Size {
		return fmt.Errorf("proof for a tree of %d, checkpoint of %d", p.Size, t.N)
	}
	return tlog.CheckRecord(p.Hashes, t.N, t.Hash, p.Index, tlog.RecordHash(p.Leaf[:]))
}

// Consistency proves that the first from entries of the tree of to entries are
// those of the tree of from entries: nothing was rewritten between two checkpoints.
func (l *Log) Consistency(ctx context.Context, from, to int64) (p tlog.TreeProof, err error) {
	err = l.d.Read(ctx, func(tx *db.Tx) error {
		n, err := size(tx)
		if err != nil {
			return err
		}
		if from < 1 || to < from || to > n {
			return fault.New(fault.Invalid, "ledger.sizes", from, to, n)
		}
		p, err = tlog.ProveTree(to, from, reader{tx})
		return err
	})
	return p, err
}

// format is the text of a checkpoint: c2sp.org/tlog-checkpoint.
func format(origin string, t tlog.Tree) string {
	return fmt.Sprintf("%s\n%d\n%s\n", origin, t.N, t.Hash)
}

// ReadCheckpoint verifies a checkpoint of the log that v belongs to.
func ReadCheckpoint(text string, v note.Verifier) (tlog.Tree, error) {
	n, err := note.Open([]byte(text), note.VerifierList(v))
	if err != nil {
		return tlog.Tree{}, fmt.Errorf("checkpoint: %w", err)
	}
	lines := strings.Split(n.Text, "\n")
	if len(lines) < 4 || lines[0] != v.Name() {
		return tlog.Tree{}, fmt.Errorf("checkpoint: not of %s", v.Name())
	}
	t := tlog.Tree{}
	// tlog's arithmetic ends below 2^62; no ledger comes near.
	if t.N, err = strconv.ParseInt(lines[1], 10, 64); err != nil || t.N < 0 || t.N >= 1<<56 || lines[1] != strconv.FormatInt(t.N, 10) {
		return tlog.Tree{}, fmt.Errorf("checkpoint: size %q", lines[1])
	}
	if t.Hash, err = tlog.ParseHash(lines[2]); err != nil {
		return tlog.Tree{}, fmt.Errorf("checkpoint: %w", err)
	}
	return t, nil
}
