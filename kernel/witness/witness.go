// Package witness watches a ledger from outside: it trusts neither the program
// nor those who run it, only a public key and its own memory.
//
// Each look reads the signed checkpoint. A tree that became smaller was rolled
// back; one in which the remembered tree is not contained was forked or
// rewritten. Both are proven by the two checkpoints, signed by the ledger itself.
package witness

import (
	"context"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"time"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"

	"motcua/base/fault"
	"motcua/kernel/ledger"
)

// height of the tiles, by c2sp.org/tlog-tiles.
const height = 8

// entriesAtOnce bounds how many new entries a look reads whole; of more it reads
// the first and the last.
const entriesAtOnce = 64 << 8

// A Memory is what a witness knows of a ledger. It is kept in a file.
type Memory struct {
	URL        string    `json:"url"`
	Key        string    `json:"key"` // of the ledger: trusted at the first look, unless given
	Size       int64     `json:"size"`
	Root       tlog.Hash `json:"root"`
	Checkpoint string    `json:"checkpoint"` // the signed note
	Seen       time.Time `json:"seen"`
}

// An Alarm is a ledger caught: the two checkpoints that cannot both be true.
type Alarm struct {
	What         string // "rollback", "fork" or "entries"
	Before, Then string // signed notes
	Detail       error
}

// Error says what was found.
func (a *Alarm) Error() string { return fmt.Sprintf("%s: %v", a.What, a.Detail) }

// A Witness looks at one ledger.
type Witness struct {
	Memory
	Client *http.Client
	Now    func() time.Time
}

// Load reads the memory of an earlier witness; a file that does not exist is a first look.
func Load(name, url, key string) (*Witness, error) {
	w := &Witness{Memory: Memory{URL: strings.TrimSuffix(url, "/"), Key: key}, Client: &http.Client{Timeout: 30 * time.Second}, Now: time.Now}
	b, err := os.ReadFile(name)
	if errors.Is(err, os.ErrNotExist) {
		return w, nil
	}
	if err != nil {
		return nil, err
	}
	var m Memory
	if err := json.Unmarshal(b, &m); err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	if m.URL != w.URL {
		return nil, fmt.Errorf("%s remembers %s, not %s", name, m.URL, w.URL)
	}
	if key != "" && key != m.Key {
		return nil, fmt.Errorf("%s remembers another key: %s", name, m.Key)
	}
	w.Memory = m
	return w, nil
}

// Save keeps the memory in a file that survives power loss.
func (w *Witness) Save(name string) error {
	b, err := json.MarshalIndent(w.Memory, "", "  ")
	if err != nil {
		return err
	}
	f, err := os.CreateTemp(filepath.Dir(name), filepath.Base(name)+".*")
	if err != nil {
		return err
	}
	_, err = f.Write(append(b, '\n'))
	if err = errors.Join(err, f.Sync(), f.Close()); err != nil {
		return errors.Join(err, os.Remove(f.Name()))
	}
	if err := os.Rename(f.Name(), name); err != nil {
		return err
	}
	d, err := os.Open(filepath.Dir(name))
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}

// Look reads the ledger once and remembers what it saw. An *Alarm leaves the
// memory as it was: the ledger must explain itself to what was seen before.
func (w *Witness) Look(ctx context.Context) error {
	if w.Key == "" {
		b, err := w.get(ctx, "key", 1<<10)
		if err != nil {
			return err
		}
		w.Key = strings.TrimSpace(string(b))
	}
	v, err := note.NewVerifier(w.Key)
	if err != nil {
		return fmt.Errorf("key %q: %w", w.Key, err)
	}
	text, err := w.get(ctx, "checkpoint", 64<<10)
	if err != nil {
		return err
	}
	t, err := ledger.ReadCheckpoint(string(text), v)
	if err != nil {
		return err
	}
	alarm := func(what string, err error) error { return &Alarm{what, w.Checkpoint, string(text), err} }
	if t.N < w.Size {
		return alarm("rollback", fmt.Errorf("%d entries were shown, now %d", w.Size, t.N))
	}
	read := tlog.TileHashReader(t, &tiles{ctx, w})
	if w.Size > 0 {
		if err := contains(t, tlog.Tree{N: w.Size, Hash: w.Root}, read); err != nil {
			if away := new(awayError); errors.As(err, &away) {
				return err
			}
			return alarm("fork", err)
		}
	}
	if err := w.entries(ctx, t, read); err != nil {
		if away := new(awayError); errors.As(err, &away) {
			return err
		}
		return alarm("entries", err)
	}
	w.Size, w.Root, w.Checkpoint, w.Seen = t.N, t.Hash, string(text), w.Now().UTC().Truncate(time.Second)
	return nil
}

// contains asks that the tree old be the beginning of t, by t's own tiles.
func contains(t, old tlog.Tree, read tlog.HashReader) error {
	if t.N == old.N {
		if t.Hash != old.Hash {
			return fmt.Errorf("two trees of %d entries are signed", t.N)
		}
		return nil
	}
	root, err := tlog.TreeHash(old.N, read)
	if err != nil {
		return err
	}
	if root != old.Hash {
		return fmt.Errorf("the first %d entries are not those that were shown before", old.N)
	}
	return nil
}

// entries reads the new entries and asks that each be the one its tree has.
func (w *Witness) entries(ctx context.Context, t tlog.Tree, read tlog.HashReader) error {
	from, to := w.Size>>height, (t.N+1<<height-1)>>height
	for n := from; n < to; n++ {
		if (to-from)<<height > entriesAtOnce && n == from+1 {
			n = to - 1
		}
		width := min(t.N-n<<height, 1<<height)
		b, err := w.get(ctx, (&tiles{}).path(tlog.Tile{H: height, L: -1, N: n, W: int(width)}), 1<<20)
		if err != nil {
			return err
		}
		indexes := make([]int64, width)
		for i := range indexes {
			indexes[i] = tlog.StoredHashIndex(0, n<<height+int64(i))
		}
		want, err := read.ReadHashes(indexes)
		if err != nil {
			return err
		}
		for i := range width {
			if len(b) < 2 || len(b)-2 < int(binary.BigEndian.Uint16(b)) {
				return fmt.Errorf("entry %d is cut short", n<<height+i)
			}
			end := 2 + int(binary.BigEndian.Uint16(b))
			if tlog.RecordHash(b[2:end]) != want[i] {
				return fmt.Errorf("entry %d is not the one in the tree", n<<height+i)
			}
			b = b[end:]
		}
	}
	return nil
}

// tiles reads the ledger's tiles; tlog checks each against the root.
type tiles struct {
	ctx context.Context
	w   *Witness
}

func (t *tiles) Height() int { return height }

func (t *tiles) SaveTiles([]tlog.Tile, [][]byte) {}

func (t *tiles) ReadTiles(all []tlog.Tile) (data [][]byte, err error) {
	for _, x := range all {
		b, err := t.w.get(t.ctx, t.path(x), 1<<16)
		if err != nil {
			return nil, err
		}
		if len(b) != x.W*tlog.HashSize {
			return nil, fmt.Errorf("tile %s has %d bytes", t.path(x), len(b))
		}
		data = append(data, b)
	}
	return data, nil
}

// path is where a tile stands by c2sp.org/tlog-tiles: without the height that
// tlog's own paths name, and with entries for what those call data.
func (t *tiles) path(x tlog.Tile) string {
	p := strings.TrimPrefix(x.Path(), fmt.Sprintf("tile/%d/", height))
	if rest, ok := strings.CutPrefix(p, "data/"); ok {
		p = "entries/" + rest
	}
	return "tile/" + p
}

// awayError is a ledger that did not answer, which proves nothing.
type awayError struct{ error }

func (e *awayError) Unwrap() []error {
	return []error{e.error, fault.New(fault.Unavailable, "ledger.notyet")}
}

func (w *Witness) get(ctx context.Context, path string, most int64) ([]byte, error) {
	q, err := http.NewRequestWithContext(ctx, http.MethodGet, w.URL+"/ledger/"+path, nil)
	if err != nil {
		return nil, err
	}
	a, err := w.Client.Do(q)
	if err != nil {
		return nil, &awayError{err}
	}
	defer a.Body.Close()
	b, err := io.ReadAll(io.LimitReader(a.Body, most))
	if err == nil && a.StatusCode != http.StatusOK {
		err = fmt.Errorf("%s: %s", path, a.Status)
	}
	if err != nil {
		return nil, &awayError{err}
	}
	return b, nil
}
