package ledger_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"

	"motcua/base/db"
	"motcua/base/db/dbtest"
	"motcua/base/fault"
	"motcua/base/id"
	"motcua/base/lang"
	"motcua/kernel/ledger"
)

const origin = "dvc.example.vn/ledger"

func open(t testing.TB, d *db.DB) *ledger.Log {
	t.Helper()
	secret, err := ledger.NewKey(origin)
	if err != nil {
		t.Fatal(err)
	}
	l, err := ledger.Open(t.Context(), d, secret)
	if err != nil {
		t.Fatal(err)
	}
	return l
}

func text(act id.ID) []byte { return fmt.Appendf(nil, `{"act":%d}`, act) }

// enter writes acts in one transaction and gives their ids.
func enter(t testing.TB, d *db.DB, ids *id.Source, n int) (acts []id.ID) {
	t.Helper()
	for range n {
		acts = append(acts, ids.New())
	}
	err := d.Write(t.Context(), func(tx *db.Tx) error {
		for _, act := range acts {
			if err := ledger.Note(tx, act, ledger.Leaf([]byte("salt"), text(act))); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return acts
}

func advance(t testing.TB, l *ledger.Log) {
	t.Helper()
	if err := l.Advance(t.Context()); err != nil {
		t.Fatal(err)
	}
}

// leaves collects the tree and fails when a number is missing or doubled.
func leaves(t *testing.T, l *ledger.Log) (all []ledger.Entry) {
	t.Helper()
	for e, err := range l.Leaves(t.Context(), 0) {
		if err != nil {
			t.Fatal(err)
		}
		if e.N != int64(len(all)) {
			t.Fatalf("entry %d where %d should stand", e.N, len(all))
		}
		all = append(all, e)
	}
	return all
}

// outsider verifies a proof with x/mod alone, from the JSON that leaves the house.
func outsider(t *testing.T, p ledger.Proof, vkey string, leaf [32]byte) error {
	t.Helper()
	b, err := json.Marshal(p)
	if err != nil {
		t.Fatal(err)
	}
	var got struct {
		Index, Size int64
		Hashes      []tlog.Hash
		Checkpoint  string
	}
	if err := json.Unmarshal(b, &got); err != nil {
		t.Fatal(err)
	}
	v, err := note.NewVerifier(vkey)
	if err != nil {
		t.Fatal(err)
	}
	n, err := note.Open([]byte(got.Checkpoint), note.VerifierList(v))
	if err != nil {
		return err
	}
	lines := strings.Split(n.Text, "\n")
	root, err := tlog.ParseHash(lines[2])
	if err != nil {
		return err
	}
	if lines[0] != origin || lines[1] != strconv.FormatInt(got.Size, 10) {
		return fmt.Errorf("checkpoint says %q", lines[:2])
	}
	return tlog.CheckRecord(got.Hashes, got.Size, root, got.Index, tlog.RecordHash(leaf[:]))
}

// Sixteen writers and three sequencers, each with a handle of its own, as in
// three programs on one database: every act gets one number, none is lost.
func TestManyWritersManySequencers(t *testing.T) {
	dbtest.EachURL(t, func(t *testing.T, url string) {
		const writers, each, programs = 16, 40, 3
		secret, err := ledger.NewKey(origin)
		if err != nil {
			t.Fatal(err)
		}
		var logs []*ledger.Log
		var dbs []*db.DB
		for range programs {
			d := dbtest.Open(t, url)
			l, err := ledger.Open(t.Context(), d, secret)
			if err != nil {
				t.Fatal(err)
			}
			dbs, logs = append(dbs, d), append(logs, l)
		}
		ctx, stop := context.WithCancel(t.Context())
		var writing, running sync.WaitGroup
		for _, l := range logs {
			running.Go(func() {
				for ctx.Err() == nil {
					if err := l.Advance(ctx); err != nil && ctx.Err() == nil {
						t.Error(err)
						return
					}
					time.Sleep(3 * time.Millisecond)
				}
			})
		}
		wrote := make([][]id.ID, writers)
		for w := range writers {
			writing.Go(func() {
				ids := id.NewSource(w, time.Now)
				for range each {
					act := ids.New()
					err := dbs[w%programs].Write(t.Context(), func(tx *db.Tx) error {
						return ledger.Note(tx, act, ledger.Leaf([]byte("salt"), text(act)))
					})
					if err != nil {
						t.Error(err)
						return
					}
					wrote[w] = append(wrote[w], act)
				}
			})
		}
		writing.Wait()
		stop()
		running.Wait()
		advance(t, logs[0])

		var want []id.ID
		for _, some := range wrote {
			want = append(want, some...)
		}
		var got []id.ID
		for _, e := range leaves(t, logs[1]) {
			got = append(got, e.Act)
			if e.Leaf != ledger.Leaf([]byte("salt"), text(e.Act)) {
				t.Fatalf("entry %d holds the leaf of another act", e.N)
			}
		}
		slices.Sort(want)
		slices.Sort(got)
		if !slices.Equal(got, want) {
			t.Fatalf("%d entries for %d acts, or others", len(got), len(want))
		}
		found, err := logs[2].Check(t.Context())
		if err != nil || len(found) > 0 {
			t.Errorf("check: %v %v", found, err)
		}
		for _, act := range want[:50] {
			p, err := logs[2].Proof(t.Context(), act)
			if err != nil {
				t.Fatal(err)
			}
			if err := outsider(t, p, logs[0].PublicKey(), ledger.Leaf([]byte("salt"), text(act))); err != nil {
				t.Errorf("proof of %s: %v", act, err)
			}
		}
	})
}

func TestProof(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		ids := id.NewSource(1, time.Now)
		l := open(t, d)
		act := enter(t, d, ids, 1)[0]
		if _, err := l.Proof(t.Context(), act); !errors.Is(err, fault.NotYet) {
			t.Errorf("before its number: %v, want not yet", err)
		}
		if n, err := l.Sequence(t.Context()); n != 1 || err != nil {
			t.Fatalf("sequence: %d %v", n, err)
		}
		if _, err := l.Proof(t.Context(), act); !errors.Is(err, fault.NotYet) {
			t.Errorf("before a checkpoint: %v, want not yet", err)
		}
		if _, err := l.Proof(t.Context(), 17); !errors.Is(err, fault.NotFound) {
			t.Errorf("of no act: %v, want not found", err)
		}
		advance(t, l)
		others := enter(t, d, ids, 700)
		advance(t, l)
		leaf := ledger.Leaf([]byte("salt"), text(act))
		p, err := l.Proof(t.Context(), act)
		if err != nil {
			t.Fatal(err)
		}
		if p.Size != 701 || p.Leaf != leaf {
			t.Errorf("size %d leaf %v, want 701 %v", p.Size, p.Leaf, leaf)
		}
		if err := p.Verify(l.Verifier()); err != nil {
			t.Error(err)
		}
		if err := outsider(t, p, l.PublicKey(), leaf); err != nil {
			t.Error(err)
		}

		other, err := l.Proof(t.Context(), others[300])
		if err != nil {
			t.Fatal(err)
		}
		for name, forge := range map[string]func(p *ledger.Proof){
			"leaf":       func(p *ledger.Proof) { p.Leaf[0] ^= 1 },
			"index":      func(p *ledger.Proof) { p.Index++ },
			"negative":   func(p *ledger.Proof) { p.Index = -1 },
			"size":       func(p *ledger.Proof) { p.Size++ },
			"hash":       func(p *ledger.Proof) { p.Hashes = slices.Clone(p.Hashes); p.Hashes[2][5] ^= 1 },
			"short":      func(p *ledger.Proof) { p.Hashes = p.Hashes[1:] },
			"long":       func(p *ledger.Proof) { p.Hashes = append(slices.Clone(p.Hashes), tlog.Hash{}) },
			"path":       func(p *ledger.Proof) { p.Hashes = other.Hashes },
			"checkpoint": func(p *ledger.Proof) { p.Checkpoint = strings.Replace(p.Checkpoint, "701", "702", 1); p.Size = 702 },
			"origin":     func(p *ledger.Proof) { p.Checkpoint = "x" + p.Checkpoint },
			"nothing":    func(p *ledger.Proof) { p.Checkpoint = "" },
		} {
			q := p
			forge(&q)
			if q.Verify(l.Verifier()) == nil {
				t.Errorf("a proof with another %s was accepted", name)
			}
		}
		secret, _ := ledger.NewKey(origin)
		stranger, err := ledger.Open(t.Context(), d, secret)
		if err != nil {
			t.Fatal(err)
		}
		if p.Verify(stranger.Verifier()) == nil {
			t.Error("a proof was accepted with the key of another log of the same name")
		}
	})
}

// Whatever stops a sequencer half way leaves the acts waiting and the tree as it was.
func TestHalfWay(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		ids := id.NewSource(1, time.Now)
		l := open(t, d)
		enter(t, d, ids, 3)
		exec := func(q string) {
			t.Helper()
			if err := d.Write(t.Context(), func(tx *db.Tx) error { _, err := tx.Exec(q); return err }); err != nil {
				t.Fatal(err)
			}
		}
		exec(`insert into ledger_entry (n, act, leaf) select 2, 7, leaf from ledger_open limit 1`)
		if err := l.Advance(t.Context()); err == nil {
			t.Fatal("a number was given twice")
		}
		s, err := l.State(t.Context())
		if err != nil || s.Open != 3 || s.Size != 0 || s.Signed != 0 {
			t.Errorf("state %+v %v, want three open and nothing else", s, err)
		}
		exec(`delete from ledger_entry where act = 7`)
		advance(t, l)
		s, err = l.State(t.Context())
		if err != nil || s.Open != 0 || s.Size != 3 || s.Signed != 3 || time.Since(s.At) > time.Minute {
			t.Errorf("state %+v %v, want three signed", s, err)
		}
		// Undone with its act.
		undo := errors.New("undo")
		err = d.Write(t.Context(), func(tx *db.Tx) error {
			if err := ledger.Note(tx, ids.New(), [32]byte{1}); err != nil {
				return err
			}
			return undo
		})
		if !errors.Is(err, undo) {
			t.Fatal(err)
		}
		advance(t, l)
		if s, _ := l.State(t.Context()); s.Size != 3 {
			t.Errorf("%d entries after an act was undone, want 3", s.Size)
		}
	})
}

func TestRun(t *testing.T) {
	d := dbtest.Open(t, dbtest.SQLite(t))
	l := open(t, d)
	ctx, stop := context.WithCancel(t.Context())
	done := make(chan struct{})
	go func() { l.Run(ctx); close(done) }()
	act := enter(t, d, id.NewSource(1, time.Now), 1)[0]
	late := time.Now().Add(10 * time.Second)
	for {
		_, err := l.Proof(t.Context(), act)
		if err == nil {
			break
		}
		if !errors.Is(err, fault.NotYet) || time.Now().After(late) {
			t.Fatal(err)
		}
		time.Sleep(20 * time.Millisecond)
	}
	stop()
	<-done
}

func TestKeys(t *testing.T) {
	if s, err := ledger.NewKey("two words"); err == nil {
		t.Errorf("got %q, want an error", s)
	}
	d := dbtest.Open(t, dbtest.SQLite(t))
	for _, bad := range []string{"", "PRIVATE+KEY+x+00000000+AQ==", "nonsense"} {
		if _, err := ledger.Open(t.Context(), d, bad); err == nil {
			t.Errorf("key %q was taken", bad)
		}
	}
}

func TestTexts(t *testing.T) {
	if _, err := lang.Load(ledger.Texts); err != nil {
		t.Error(err)
	}
}
