package ledger

import (
	"fmt"
	"slices"

	"golang.org/x/mod/sumdb/tlog"

	"motcua/base/db"
)

// The tree is kept as tiles of c2sp.org/tlog-tiles: 256 hashes of one level
// side by side, from every eighth level. The hashes between are computed when
// they are needed. A tile only ever grows at its end until it is full.
const (
	height = 8
	width  = 1 << height
	full   = width * tlog.HashSize // bytes
)

// tileID is where a tile stands in ledger_tile.
func tileID(level int, n int64) int64 { return int64(level)<<48 | n }

// A tiles is some tiles of a tree by their tileID. It implements
// tlog.HashReader for the hashes that lie in them.
type tiles map[int64][]byte

// ReadHashes finds stored hashes by tlog's numbering.
func (ts tiles) ReadHashes(indexes []int64) ([]tlog.Hash, error) {
	out := make([]tlog.Hash, len(indexes))
	for i, x := range indexes {
		t := tlog.TileForIndex(height, x)
		data := ts[tileID(t.L, t.N)]
		h, err := tlog.HashFromTile(t, data, x)
		if err != nil {
			return nil, fmt.Errorf("ledger: %w", err)
		}
		out[i] = h
	}
	return out, nil
}

// A reader finds hashes in the database: one query for all that a proof needs.
type reader struct{ tx *db.Tx }

func (r reader) ReadHashes(indexes []int64) ([]tlog.Hash, error) {
	var ids []int64
	for _, x := range indexes {
		t := tlog.TileForIndex(height, x)
		ids = append(ids, tileID(t.L, t.N))
	}
	ts, err := load(r.tx, ids)
	if err != nil {
		return nil, err
	}
	return ts.ReadHashes(indexes)
}

// load reads the tiles of ids; one that is not there is left out.
func load(tx *db.Tx, ids []int64) (tiles, error) {
	slices.Sort(ids)
	ids = slices.Compact(ids)
	ts := tiles{}
	if len(ids) == 0 {
		return ts, nil
	}
	in, args := db.In(ids)
	type row struct {
		id     int64
		hashes []byte
	}
	rows, err := db.List(tx, func(scan func(...any) error) (r row, err error) {
		err = scan(&r.id, &r.hashes)
		return r, err
	}, `select id, hashes from ledger_tile where id in `+in, args...)
	for _, r := range rows {
		ts[r.id] = r.hashes
	}
	return ts, err
}

// An edge is the right edge of a growing tree: per level the last tile, which
// is never full. It is all that is needed to append and to know the root.
type edge struct {
	size  int64
	right tiles
	done  func(id int64, hashes []byte) // given each tile that became full
}

// edgeIDs are the tiles an edge of a tree of n entries consists of.
func edgeIDs(n int64) (ids []int64) {
	for level := 0; n>>(height*level) > 0; level++ {
		ids = append(ids, tileID(level, n>>(height*level)>>height))
	}
	return ids
}

// loadEdge reads the edge of the stored tree of n entries.
func loadEdge(tx *db.Tx, n int64) (*edge, error) {
	ts, err := load(tx, edgeIDs(n))
	if err != nil {
		return nil, err
	}
	for level := 0; n>>(height*level) > 0; level++ {
		have := n >> (height * level)
		want := int(have&(width-1)) * tlog.HashSize
		at := tileID(level, have>>height)
		if len(ts[at]) != want {
			return nil, fmt.Errorf("ledger: tile %d of level %d has %d bytes, want %d: the stored tree is damaged", have>>height, level, len(ts[at]), want)
		}
	}
	return &edge{size: n, right: ts}, nil
}

// add appends a leaf's hash. Full tiles move up one level as a single hash.
func (e *edge) add(h tlog.Hash) {
	for level := 0; ; level++ {
		at := tileID(level, e.size>>(height*level)>>height)
		tile := append(e.right[at], h[:]...)
		e.right[at] = tile
		if len(tile) < full {
			break
		}
		delete(e.right, at)
		e.done(at, tile)
		h = treeOf(tile)
	}
	e.size++
}

// root is the hash of the whole tree.
func (e *edge) root() (tlog.Hash, error) { return tlog.TreeHash(e.size, e.right) }

// treeOf is the hash over a full tile.
func treeOf(tile []byte) tlog.Hash {
	if len(tile) == tlog.HashSize {
		return tlog.Hash(tile)
	}
	half := len(tile) / 2
	return tlog.NodeHash(treeOf(tile[:half]), treeOf(tile[half:]))
}
