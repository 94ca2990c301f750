package witness_test

import (
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"motcua/base/db"
	"motcua/base/fault"
	"motcua/base/id"
	"motcua/kernel/ledger"
	"motcua/kernel/witness"
)

// A node is a ledger with its database.
type node struct {
	log *ledger.Log
	d   *db.DB
	ids *id.Source
}

func found(t *testing.T, secret, text string, entries int) *node {
	t.Helper()
	d, err := db.Open(t.Context(), filepath.Join(t.TempDir(), "ledger.db"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { d.Close() })
	l, err := ledger.Open(t.Context(), d, secret)
	if err != nil {
		t.Fatal(err)
	}
	n := &node{l, d, id.NewSource(1, time.Now)}
	n.enter(t, text, entries)
	return n
}

func (n *node) enter(t *testing.T, text string, entries int) {
	t.Helper()
	err := n.d.Write(t.Context(), func(tx *db.Tx) error {
		for i := range entries {
			if err := ledger.Note(tx, n.ids.New(), ledger.Leaf([]byte("salt"), fmt.Appendf(nil, "%s %d", text, i))); err != nil {
				return err
			}
		}
		return nil
	})
	if err == nil {
		err = n.log.Advance(t.Context())
	}
	if err != nil {
		t.Fatal(err)
	}
}

// TestWitness looks at an honest ledger while it grows, and at three that cheat.
func TestWitness(t *testing.T) {
	secret, err := ledger.NewKey("dvc.example.vn/ledger")
	if err != nil {
		t.Fatal(err)
	}
	honest := found(t, secret, "honest", 300)
	shown, swap := honest, ""
	site := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		path := strings.TrimPrefix(r.URL.Path, "/ledger/")
		if path == "key" {
			fmt.Fprintln(w, shown.log.PublicKey())
			return
		}
		x, err := shown.log.Serve(r.Context(), path)
		if err != nil {
			http.Error(w, err.Error(), map[bool]int{true: 404, false: 503}[errors.Is(err, fault.NotFound)])
			return
		}
		b := []byte(string(x.Body))
		if swap != "" && strings.HasPrefix(path, swap) {
			b[len(b)-1] ^= 1
		}
		w.Write(b)
	}))
	defer site.Close()
	name := filepath.Join(t.TempDir(), "seen.json")
	look := func() error {
		w, err := witness.Load(name, site.URL, "")
		if err != nil {
			t.Fatal(err)
		}
		err = w.Look(t.Context())
		if err == nil {
			err = w.Save(name)
		}
		return err
	}
	for _, more := range []int{0, 0, 1, 211, 256, 1000} {
		if more > 0 {
			honest.enter(t, fmt.Sprint("more", more), more)
		}
		if err := look(); err != nil {
			t.Fatalf("an honest ledger after %d more: %v", more, err)
		}
	}
	caught := func(how, what string) {
		t.Helper()
		alarm := new(witness.Alarm)
		if err := look(); !errors.As(err, &alarm) || alarm.What != what {
			t.Errorf("%s: got %v, want %s", how, err, what)
		} else if alarm.Before == "" || alarm.Then == "" || alarm.Before == alarm.Then && what != "entries" {
			t.Errorf("%s: the two checkpoints are not kept", how)
		}
	}
	shown = found(t, secret, "honest", 300)
	caught("an older tree", "rollback")
	shown = found(t, secret, "other", 1768)
	caught("another tree of the same size", "fork")
	shown.enter(t, "more", 5)
	caught("another tree that grew", "fork")
	shown = honest
	honest.enter(t, "last", 3)
	swap = "tile/entries/"
	caught("an entry that is not in the tree", "entries")
	swap = "tile/0/"
	alarm := new(witness.Alarm)
	if err := look(); !errors.As(err, &alarm) {
		t.Errorf("a hash that is not in the tree: %v", err)
	}
	swap = ""
	if err := look(); err != nil {
		t.Errorf("the honest ledger after all that: %v", err)
	}
	stranger, err := ledger.NewKey("dvc.example.vn/ledger")
	if err != nil {
		t.Fatal(err)
	}
	shown = found(t, stranger, "honest", 2000)
	if err := look(); err == nil {
		t.Error("a checkpoint under another key was believed")
	}
	site.Close()
	if err := look(); err == nil || errors.As(err, &alarm) {
		t.Errorf("a ledger that is away: %v", err)
	}
}
