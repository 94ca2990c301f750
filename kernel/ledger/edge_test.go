package ledger

import (
	"encoding/binary"
	"testing"

	"golang.org/x/mod/sumdb/tlog"
)

// The edge must agree with tlog's own way of storing a tree, over three levels of tiles.
func TestEdgeAgreesWithTlog(t *testing.T) {
	var stored []tlog.Hash
	read := tlog.HashReaderFunc(func(indexes []int64) (out []tlog.Hash, err error) {
		for _, x := range indexes {
			out = append(out, stored[x])
		}
		return out, nil
	})
	all := tiles{}
	e := edge{right: tiles{}, done: func(at int64, hashes []byte) { all[at] = hashes }}
	look := map[int64]bool{1: true, 255: true, 256: true, 257: true, 511: true, 512: true, 65535: true, 65536: true, 65537: true, 66049: true, 70000: true}
	for n := range int64(70000) {
		leaf := binary.BigEndian.AppendUint64(nil, uint64(n))
		hs, err := tlog.StoredHashes(n, leaf, read)
		if err != nil {
			t.Fatal(err)
		}
		stored = append(stored, hs...)
		e.add(tlog.RecordHash(leaf))
		if !look[n+1] {
			continue
		}
		want, err := tlog.TreeHash(n+1, read)
		if err != nil {
			t.Fatal(err)
		}
		if got, err := e.root(); err != nil || got != want {
			t.Errorf("root of %d: %v %v, want %v", n+1, got, err, want)
		}
	}
	for at, hashes := range e.right {
		all[at] = hashes
	}
	for x, want := range stored {
		got, err := all.ReadHashes([]int64{int64(x)})
		if err != nil || got[0] != want {
			t.Fatalf("stored hash %d: %v %v, want %v", x, got, err, want)
		}
	}
}
