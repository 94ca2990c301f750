// Package ledger makes history provable: a Merkle tree whose leaves are the
// fingerprints of acts, its root signed about once a second.
//
// A leaf is SHA-256(salt ‖ canonical act) and nothing else, so no personal
// data is ever in the tree, and erasing an act with its salt leaves the tree
// whole. The tree is that of RFC 6962; checkpoints and tiles are those of
// c2sp.org/tlog-checkpoint and c2sp.org/tlog-tiles, so that programs which
// are not ours can verify it. Its hashes live in the database of the acts.
//
// An act's transaction leaves a row in ledger_open (Note). A sequencer numbers
// the rows afterwards (Advance), in whatever order it finds them: the order of
// the tree is the order of the proof, not of time.
package ledger

import (
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/sha256"
	"embed"
	"encoding/base64"
	"fmt"
	"io/fs"
	"iter"
	"log/slog"
	"strings"
	"time"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"

	"motcua/base/db"
	"motcua/base/id"
)

//go:embed texts.yaml
var Texts embed.FS

//go:embed schema/*.sql
var files embed.FS

// A Log is the ledger of one database. Several programs may run one each.
type Log struct {
	d        *db.DB
	signer   note.Signer
	verifier note.Verifier
	vkey     string
}

// NewKey makes the secret key of a new log. origin names the log for ever,
// like a URL without its scheme: dvc.example.vn/ledger.
func NewKey(origin string) (secret string, err error) {
	secret, _, err = note.GenerateKey(rand.Reader, origin)
	if err != nil {
		return "", fmt.Errorf("key of ledger %q: %w", origin, err)
	}
	_, err = note.NewSigner(secret) // refuses names with spaces or a plus
	if err != nil {
		return "", fmt.Errorf("key of ledger %q: %w", origin, err)
	}
	return secret, nil
}

// Open is the log of d, whose tables it makes if need be, signing with a key of NewKey.
func Open(ctx context.Context, d *db.DB, secret string) (*Log, error) {
	schema, err := fs.Sub(files, "schema")
	if err != nil {
		return nil, err
	}
	if err := d.Migrate(ctx, "ledger", schema); err != nil {
		return nil, err
	}
	l := &Log{d: d}
	if l.signer, err = note.NewSigner(secret); err != nil {
		return nil, fmt.Errorf("ledger: secret key: %w", err)
	}
	// NewSigner accepted it, so its fifth part is the algorithm's byte and an Ed25519 seed.
	raw, err := base64.StdEncoding.DecodeString(strings.SplitN(secret, "+", 5)[4])
	if err != nil || len(raw) != 1+ed25519.SeedSize {
		return nil, fmt.Errorf("ledger: secret key: not Ed25519")
	}
	public := ed25519.NewKeyFromSeed(raw[1:]).Public().(ed25519.PublicKey)
	if l.vkey, err = note.NewEd25519VerifierKey(l.signer.Name(), public); err != nil {
		return nil, fmt.Errorf("ledger: public key: %w", err)
	}
	if l.verifier, err = note.NewVerifier(l.vkey); err != nil {
		return nil, fmt.Errorf("ledger: public key: %w", err)
	}
	return l, nil
}

// PublicKey is what others need to verify the log: name+hash+key, as note.NewVerifier reads it.
func (l *Log) PublicKey() string { return l.vkey }

// Verifier checks the log's signatures.
func (l *Log) Verifier() note.Verifier { return l.verifier }

// Leaf is what the tree holds of an act: the hash of its salt and its canonical text.
func Leaf(salt, canonical []byte) [32]byte {
	h := sha256.New()
	h.Write(salt)
	h.Write(canonical)
	return [32]byte(h.Sum(nil))
}

// Note enters an act that has just been written; tx is the act's own transaction.
func Note(tx *db.Tx, act id.ID, leaf [32]byte) error {
	_, err := tx.Exec(`insert into ledger_open (act, leaf) values ($1, $2)`, act, leaf[:])
	return err
}

// Run advances the log about once a second until ctx ends. A fault that lasts is logged once.
func (l *Log) Run(ctx context.Context) {
	tick := time.NewTicker(time.Second)
	defer tick.Stop()
	said := ""
	for {
		switch err := l.Advance(ctx); {
		case ctx.Err() != nil:
			return
		case err == nil:
			said = ""
		case err.Error() != said:
			said = err.Error()
			slog.Error("the ledger does not advance", "error", err)
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return
		}
	}
}

// Advance numbers every act that waits and signs a checkpoint when the tree grew.
func (l *Log) Advance(ctx context.Context) error {
	for {
		n, err := l.Sequence(ctx)
		if err != nil {
			return err
		}
		if n < batch {
			return l.Checkpoint(ctx)
		}
	}
}

// A State is how far the log is.
type State struct {
	Open, Size, Signed int64     // acts without a number; entries; entries under the last checkpoint
	At                 time.Time // of the last checkpoint
}

// State reads how far the log is.
func (l *Log) State(ctx context.Context) (s State, err error) {
	err = l.d.Read(ctx, func(tx *db.Tx) error {
		if err := tx.Row(`select count(*) from ledger_open`).Scan(&s.Open); err != nil {
			return err
		}
		var at db.Time
		if err := tx.Row(`select coalesce(max(size), 0), coalesce(max(at), 0) from ledger_checkpoint`).Scan(&s.Signed, &at); err != nil {
			return err
		}
		s.At = at.Time
		s.Size, err = size(tx)
		return err
	})
	return s, err
}

func size(tx *db.Tx) (n int64, err error) {
	err = tx.Row(`select n from ledger_size where one = 1`).Scan(&n)
	return n, err
}

// An Entry is one leaf of the tree.
type Entry struct {
	N    int64
	Act  id.ID
	Leaf tlog.Hash
}

// Leaves gives the entries from number from on, in the tree's order, for
// whoever compares them with the acts themselves.
func (l *Log) Leaves(ctx context.Context, from int64) iter.Seq2[Entry, error] {
	return func(yield func(Entry, error) bool) {
		for {
			var some []Entry
			err := l.d.Read(ctx, func(tx *db.Tx) (err error) {
				some, err = entries(tx, from, from+4096)
				return err
			})
			if err != nil {
				yield(Entry{}, err)
				return
			}
			for _, e := range some {
				if !yield(e, nil) {
					return
				}
				from = e.N + 1
			}
			if len(some) == 0 {
				return
			}
		}
	}
}

// entries are those with from ≤ n < to.
func entries(tx *db.Tx, from, to int64) ([]Entry, error) {
	return db.List(tx, func(scan func(...any) error) (e Entry, err error) {
		var leaf []byte
		if err = scan(&e.N, &e.Act, &leaf); err == nil && copy(e.Leaf[:], leaf) != len(e.Leaf) {
			err = fmt.Errorf("ledger entry %d: leaf of %d bytes", e.N, len(leaf))
		}
		return e, err
	}, `select n, act, leaf from ledger_entry where n >= $1 and n < $2 order by n`, from, to)
}
