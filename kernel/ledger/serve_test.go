package ledger_test

import (
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"
	"time"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"

	"motcua/base/db"
	"motcua/base/db/dbtest"
	"motcua/base/fault"
	"motcua/base/id"
	"motcua/kernel/ledger"
)

func TestConsistency(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		ids := id.NewSource(1, time.Now)
		l := open(t, d)
		var trees []tlog.Tree
		for _, n := range []int{1, 2, 252, 1, 1, 400} {
			enter(t, d, ids, n)
			advance(t, l)
			trees = append(trees, tree(t, l))
		}
		for i, old := range trees {
			for _, now := range trees[i:] {
				p, err := l.Consistency(t.Context(), old.N, now.N)
				if err != nil {
					t.Fatal(err)
				}
				if err := tlog.CheckTree(p, now.N, now.Hash, old.N, old.Hash); err != nil {
					t.Errorf("%d to %d: %v", old.N, now.N, err)
				}
				wrong := old.Hash
				wrong[0] ^= 1
				if tlog.CheckTree(p, now.N, now.Hash, old.N, wrong) == nil {
					t.Errorf("%d to %d: another root was accepted", old.N, now.N)
				}
			}
		}
		for _, bad := range [][2]int64{{0, 1}, {5, 4}, {1, 658}, {-1, -1}} {
			if _, err := l.Consistency(t.Context(), bad[0], bad[1]); !errors.Is(err, fault.Invalid) {
				t.Errorf("%v: %v, want invalid", bad, err)
			}
		}
	})
}

// tree is what the served checkpoint says.
func tree(t *testing.T, l *ledger.Log) (tr tlog.Tree) {
	t.Helper()
	r, err := l.Serve(t.Context(), "checkpoint")
	if err != nil {
		t.Fatal(err)
	}
	n, err := note.Open(r.Body, note.VerifierList(l.Verifier()))
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(n.Text, "\n")
	tr.N, _ = strconv.ParseInt(lines[1], 10, 64)
	if tr.Hash, err = tlog.ParseHash(lines[2]); err != nil {
		t.Fatal(err)
	}
	return tr
}

// A client is a reader of tiles over HTTP, as a stranger would write it with x/mod.
type client struct {
	t   *testing.T
	url string
}

func (c client) Height() int                     { return 8 }
func (c client) SaveTiles([]tlog.Tile, [][]byte) {}
func (c client) ReadTiles(ts []tlog.Tile) (data [][]byte, err error) {
	for _, tile := range ts {
		// C2SP's paths are those of x/mod without the height.
		b := c.get(strings.Replace(tile.Path(), "tile/8/", "tile/", 1))
		data = append(data, b)
	}
	return data, nil
}

func (c client) get(path string) []byte {
	c.t.Helper()
	res, err := http.Get(c.url + "/" + path)
	if err != nil {
		c.t.Fatal(err)
	}
	defer res.Body.Close()
	b, err := io.ReadAll(res.Body)
	if err != nil || res.StatusCode != 200 {
		c.t.Fatalf("%s: %s %v", path, res.Status, err)
	}
	return b
}

func TestTilesOverHTTP(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		ids := id.NewSource(1, time.Now)
		l := open(t, d)
		web := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			res, err := l.Serve(r.Context(), strings.TrimPrefix(r.URL.Path, "/"))
			if err != nil {
				http.Error(w, err.Error(), http.StatusNotFound)
				return
			}
			w.Header().Set("Content-Type", res.Type)
			w.Write(res.Body)
		}))
		defer web.Close()
		c := client{t, web.URL}
		if _, err := l.Serve(t.Context(), "checkpoint"); !errors.Is(err, fault.NotYet) {
			t.Errorf("checkpoint of nothing: %v, want not yet", err)
		}
		var trees []tlog.Tree
		for _, n := range []int{1, 254, 1, 1, 443} {
			enter(t, d, ids, n)
			advance(t, l)
			trees = append(trees, tree(t, l))
		}
		all := leaves(t, l)
		for _, tr := range trees { // older trees too: their partial tiles are still served
			hashes, err := tlog.TileHashReader(tr, c).ReadHashes([]int64{0, tlog.StoredHashIndex(0, tr.N-1)})
			if err != nil {
				t.Fatalf("tree of %d: %v", tr.N, err)
			}
			if want := tlog.RecordHash(all[tr.N-1].Leaf[:]); hashes[1] != want {
				t.Errorf("tree of %d: last hash %v, want %v", tr.N, hashes[1], want)
			}
		}
		full, part := c.get("tile/entries/000"), c.get("tile/entries/002.p/188")
		if len(full) != 256*34 || len(part) != 188*34 {
			t.Fatalf("bundles of %d and %d bytes", len(full), len(part))
		}
		for i := range 188 {
			e := part[i*34 : i*34+34]
			if e[0] != 0 || e[1] != 32 || tlog.Hash(e[2:]) != all[512+i].Leaf {
				t.Fatalf("entry %d of the bundle is %x", 512+i, e)
			}
		}
		for _, path := range []string{"", "tile", "tile/", "tile/0/003", "tile/0/002.p/189", "tile/0/002", "tile/0/0", "tile/0/000.p/0",
			"tile/0/000.p/256", "tile/00/000", "tile/8/0/000", "tile/data/000", "tile/3/000", "tile/-1/000", "tile/63/000", "tile/0/x001/000",
			"tile/entries/x999/x999/x999/x999/x999/x999/999", "tile/entries/003", "tile/entries/", "tile/0/../0/000", "checkpoint/"} {
			if r, err := l.Serve(t.Context(), path); !errors.Is(err, fault.NotFound) {
				t.Errorf("%q: %d bytes, %v; want not found", path, len(r.Body), err)
			}
		}
	})
}
