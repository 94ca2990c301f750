//go:build linux

package prove

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"

	"motcua/base/db/dbtest"
)

// TestABackupUnderLoadRestores backs a node up while a crowd files, destroys
// it, and restores it on the same or the other database: all that was
// acknowledged before the backup began is there, the ledger continues the root
// that was published then, and the crowd can go on.
func TestABackupUnderLoadRestores(t *testing.T) {
	t.Parallel()
	lite := func(t *testing.T) string { return filepath.Join(t.TempDir(), "node.db") }
	big := func(t *testing.T) string { return dbtest.Postgres(t) }
	for _, x := range []struct {
		name       string
		from, to   func(*testing.T) string
		withSecret bool
	}{
		{"sqlite to sqlite", lite, lite, false},
		{"sqlite to postgres", lite, big, true},
		{"postgres to sqlite", big, lite, false},
	} {
		t.Run(x.name, func(t *testing.T) {
			t.Parallel()
			s := found(t, x.from(t), "0")
			p := s.serve(t)
			p.ready()
			c := newCrowd(t, s, p.url)
			c.begin(4)
			time.Sleep(1200 * time.Millisecond)
			then := checkpoint(t, c.call, p.url)
			c.mu.Lock()
			before := len(c.told)
			c.mu.Unlock()
			file := filepath.Join(t.TempDir(), "friday.motcua")
			words := s.flags("backup", file)
			if x.withSecret {
				words = append(words, "--with-secret")
			}
			if r := run(t, words...); r.code != 0 {
				t.Fatalf("backup: %s", r)
			}
			c.end()
			p.kill()

			to := &site{dir: filepath.Join(t.TempDir(), "again"), db: x.to(t), address: s.address, tokens: s.tokens}
			secret, err := os.ReadFile(filepath.Join(s.dir, "secret"))
			if err != nil {
				t.Fatal(err)
			}
			root, err := os.ReadFile(filepath.Join(s.dir, "root-key.pem"))
			if err != nil {
				t.Fatal(err)
			}
			if err := os.RemoveAll(s.dir); err != nil {
				t.Fatal(err)
			}
			for _, bad := range damaged(t, file) {
				if r := run(t, to.flags("restore", bad)...); r.code != 1 || !strings.Contains(r.err, "cut or damaged") || strings.Contains(r.err, "Restored") {
					t.Errorf("%s: %s", filepath.Base(bad), r)
				}
			}
			if !x.withSecret { // it was kept apart
				os.MkdirAll(to.dir, 0o700)
				write(t, filepath.Join(to.dir, "secret"), string(secret))
			}
			if r := run(t, to.flags("restore", file)...); r.code != 0 {
				t.Fatalf("restore: %s", r)
			}
			if now, err := os.ReadFile(filepath.Join(to.dir, "root-key.pem")); err != nil || !bytes.Equal(now, root) {
				t.Errorf("the root's key is another: %v", err)
			}
			to.sound(t)
			if r := run(t, to.flags("restore", file)...); r.code != 1 || !strings.Contains(r.err, "in use") && !strings.Contains(r.err, "is there already") {
				t.Errorf("restored twice: %s", r)
			}

			p = to.serve(t)
			p.ready()
			v := c.judgeFirst(before, p.url)
			v.clean(t)
			if now := checkpoint(t, c.call, p.url); now.key != then.key || now.tree.N < then.tree.N {
				t.Errorf("the ledger was at %d under %s, is at %d under %s", then.tree.N, then.key, now.tree.N, now.key)
			}
			if hash, err := tlog.TreeHash(then.tree.N, tlog.TileHashReader(checkpoint(t, c.call, p.url).tree, tiles{t, c.call, p.url})); err != nil || hash != then.tree.Hash {
				t.Errorf("the root at %d was %v, is %v: %v", then.tree.N, then.tree.Hash, hash, err)
			}
			old := c.told[slices.IndexFunc(c.told, func(a *ask) bool { return a.sort == "file" })]
			r, err := c.as(old.role).post(t.Context(), p.url+old.path, old.key, old.body)
			if err != nil || r.header.Get("Idempotency-Replayed") != "true" || !strings.Contains(string(r.body), old.code) {
				t.Errorf("who asks once more with his old key %s: %v %s", old.key, err, r)
			}
			more := newCrowd(t, to, p.url)
			more.first = 500
			more.begin(2)
			time.Sleep(300 * time.Millisecond)
			more.end()
			c.told = append(c.told[:len(c.told):len(c.told)], more.told...)
			c.judgeFirst(before, p.url).clean(t) // codes go on where they were
			if code := p.stop(); code != 0 {
				t.Errorf("exit code %d", code)
			}
			to.sound(t)
			t.Logf("%d promises before the backup began, all kept: %+v", before, v)
		})
	}
}

// damaged are copies of a backup that were cut or changed by one bit.
func damaged(t *testing.T, file string) (all []string) {
	t.Helper()
	b, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	keep := func(name string, b []byte) {
		name = filepath.Join(t.TempDir(), name)
		write(t, name, string(b))
		all = append(all, name)
	}
	for _, n := range []int{0, 100, len(b) / 3, len(b) - 1} {
		keep(fmt.Sprintf("cut-%d", n), b[:n])
	}
	const head = 10 // the dates and flags of gzip, which nobody reads
	for _, n := range []int{head + 5, head + rand.IntN(len(b)-head), head + rand.IntN(len(b)-head), len(b) - 6, len(b) - 2} {
		c := bytes.Clone(b)
		c[n] ^= 1 << rand.IntN(8)
		keep(fmt.Sprintf("flipped-%d", n), c)
	}
	return all
}

// A published is what a node says of its ledger.
type published struct {
	tree tlog.Tree
	key  string
}

// checkpoint reads the newest checkpoint and checks its signature.
func checkpoint(t *testing.T, c caller, url string) (p published) {
	t.Helper()
	key, err := c.get(t.Context(), url+"/ledger/key")
	if err != nil {
		t.Fatal(err)
	}
	text, err := c.get(t.Context(), url+"/ledger/checkpoint")
	if err != nil {
		t.Fatal(err)
	}
	p.key = strings.TrimSpace(string(key.body))
	v, err := note.NewVerifier(p.key)
	if err != nil {
		t.Fatal(err)
	}
	n, err := note.Open(text.body, note.VerifierList(v))
	if err != nil {
		t.Fatalf("%v: %s", err, text)
	}
	lines := strings.Split(n.Text, "\n")
	if _, err := fmt.Sscan(lines[1], &p.tree.N); err != nil {
		t.Fatal(err)
	}
	if p.tree.Hash, err = tlog.ParseHash(lines[2]); err != nil {
		t.Fatal(err)
	}
	return p
}

// tiles are the hashes of a ledger, read as anybody may.
type tiles struct {
	t   *testing.T
	c   caller
	url string
}

func (x tiles) Height() int                     { return 8 }
func (x tiles) SaveTiles([]tlog.Tile, [][]byte) {}
func (x tiles) ReadTiles(all []tlog.Tile) (data [][]byte, err error) {
	for _, tile := range all {
		path := "tile/" + strings.TrimPrefix(tile.Path(), "tile/8/")
		r, err := x.c.get(x.t.Context(), x.url+"/ledger/"+path)
		if err != nil || r.status != 200 {
			return nil, fmt.Errorf("%s: %v %s", path, err, r)
		}
		data = append(data, r.body)
	}
	return data, nil
}
