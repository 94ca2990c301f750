package main

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"

	"motcua/base/db"
	"motcua/base/id"
	"motcua/kernel/ledger"
)

// proofPath is the proof of the first act of one of two dossiers of the citizen.
func proofPath(k *child, n int) string {
	return "/api/v1/dossiers/" + (k.First + id.ID(n%2*5000)).String() + "/proof"
}

func readProof(k *child) (string, func(int, int) string) {
	return "Authorization: Bearer " + k.Token + "\r\n", func(client, n int) string { return proofPath(k, client+n) }
}

// audit measures what the ledger costs who reads it and who writes to it: an
// act's proof, read over HTTP, at n dossiers against 10,000; its verification
// by who has nothing but the proof and the key; and numbering an act durably
// against tlog and a file.
func audit(b *bench) error {
	acts := b.flags.Int("acts", 20_000, "how many acts are appended")
	few, many, err := b.grow(b.start, readProof)
	if err != nil {
		return err
	}
	short, err := verifying(few)
	if err != nil {
		return err
	}
	long, err := verifying(many)
	if err != nil {
		return err
	}
	b.More["verify_us"], b.More["verify_vs_small"] = long, long/short
	ours, limit, err := b.append("ledger", *acts, 200)
	if err != nil {
		return err
	}
	b.More["append_us"], b.More["append_vs_tlog"] = ours, ours/limit
	return nil
}

// verifying is the CPU of checking a proof, in microseconds: that the act is
// the leaf's, the leaf in the tree and the tree signed.
func verifying(k *child) (us float64, err error) {
	header, path := readProof(k)
	b, _, err := fetch(k.URL+path(0, 1), header)
	if err != nil {
		return 0, err
	}
	var said struct {
		Index, Size                      int64
		Leaf                             tlog.Hash
		Hashes                           []tlog.Hash
		Checkpoint, Key, Salt, Canonical string
	}
	if err := json.Unmarshal(b, &said); err != nil {
		return 0, err
	}
	v, err := note.NewVerifier(said.Key)
	if err != nil {
		return 0, err
	}
	salt, err := base64.StdEncoding.DecodeString(said.Salt)
	if err != nil {
		return 0, err
	}
	p := ledger.Proof{Index: said.Index, Size: said.Size, Leaf: said.Leaf, Hashes: said.Hashes, Checkpoint: said.Checkpoint}
	const times = 2000
	before := used()
	for range times {
		if err := p.Verify(v); err != nil {
			return 0, err
		}
		ledger.Leaf(salt, []byte(said.Canonical))
	}
	return float64((used() - before).Microseconds()) / times, nil
}

// memory is the tree of tlog as plain hashes: what appending costs at least.
type memory []tlog.Hash

func (m memory) ReadHashes(at []int64) ([]tlog.Hash, error) {
	all := make([]tlog.Hash, len(at))
	for i, n := range at {
		all[i] = m[n]
	}
	return all, nil
}

// append is the CPU of one act's way into the ledger, in microseconds: noted in
// a transaction, numbered, hashed and signed; against tlog and a file.
func (b *bench) append(name string, n, group int) (ours, limit float64, err error) {
	d, log, err := b.log(name)
	if err != nil {
		return 0, 0, err
	}
	defer d.Close()
	leaves := random(n)
	all, err := b.enter(d, log, leaves, 0, group)
	if err != nil {
		return 0, 0, err
	}
	bare, err := hashing(leaves, filepath.Join(b.dir, name+"-hashes"))
	if err != nil {
		return 0, 0, err
	}
	return float64(all.Microseconds()) / float64(n), float64(bare.Microseconds()) / float64(n), nil
}

// log is an empty ledger in a database of its own.
func (b *bench) log(name string) (d *db.DB, log *ledger.Log, err error) {
	ctx, url := context.Background(), filepath.Join(b.dir, name+".db")
	if b.pg != nil {
		if url, err = b.pg.database(name); err != nil {
			return nil, nil, err
		}
	}
	if d, err = db.Open(ctx, url); err != nil {
		return nil, nil, err
	}
	key, err := ledger.NewKey("bench.example/ledger")
	if err == nil {
		log, err = ledger.Open(ctx, d, key)
	}
	return d, log, err
}

func random(n int) [][32]byte {
	leaves := make([][32]byte, n)
	for i := range leaves {
		rand.Read(leaves[i][:])
	}
	return leaves
}

// enter notes leaves as the acts after the first from, group of them in a transaction, and
// lets the ledger number and sign them. It gives the CPU of all that.
func (b *bench) enter(d *db.DB, log *ledger.Log, leaves [][32]byte, from, group int) (time.Duration, error) {
	ctx, n := context.Background(), len(leaves)
	spent := func() time.Duration { return used() + b.pg.used() }
	before := spent()
	for at := 0; at < n; at += group {
		err := d.Write(ctx, func(tx *db.Tx) error {
			for i := at; i < min(n, at+group); i++ {
				if err := ledger.Note(tx, id.ID(from+i+1), leaves[i]); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			return 0, err
		}
	}
	if err := log.Advance(ctx); err != nil {
		return 0, err
	}
	all := spent() - before
	if s, err := log.State(ctx); err != nil || s.Signed != int64(from+n) {
		return 0, fmt.Errorf("%d of %d acts are signed: %v", s.Signed, from+n, err)
	}
	return all, nil
}

// hashing is the CPU of the least that makes leaves durable in a tree: tlog in
// memory, its hashes appended to a file that is synced for every 500.
func hashing(leaves [][32]byte, name string) (time.Duration, error) {
	f, err := os.Create(name)
	if err != nil {
		return 0, err
	}
	defer f.Close()
	before := used()
	var tree memory
	for i, leaf := range leaves {
		hashes, err := tlog.StoredHashesForRecordHash(int64(i), tlog.RecordHash(leaf[:]), tree)
		if err != nil {
			return 0, err
		}
		tree = append(tree, hashes...)
		for _, h := range hashes {
			if _, err := f.Write(h[:]); err != nil {
				return 0, err
			}
		}
		if i%500 == 499 {
			if err := f.Sync(); err != nil {
				return 0, err
			}
		}
	}
	return used() - before, nil
}
