package ledger

import (
	"context"
	"encoding/binary"
	"fmt"
	"strings"

	"golang.org/x/mod/sumdb/tlog"

	"motcua/base/db"
	"motcua/base/fault"
)

// A Resource is one answer of the log to the outside.
type Resource struct {
	Body  []byte
	Type  string // media type
	Fixed bool   // never changes: may be cached for ever
}

// Serve is what stands at path below the log's prefix, by
// c2sp.org/tlog-tiles: checkpoint, tile/<L>/<N>[.p/<W>], tile/entries/<N>[.p/<W>].
// A partial tile is served at every width the tree has ever had there.
func (l *Log) Serve(ctx context.Context, path string) (Resource, error) {
	if path == "checkpoint" {
		return l.serveCheckpoint(ctx)
	}
	// tlog's own paths also name the height, and call entries data.
	rest, ok := strings.CutPrefix(path, "tile/")
	if after, is := strings.CutPrefix(rest, "entries/"); is {
		rest = "data/" + after
	} else if strings.HasPrefix(rest, "data/") {
		ok = false
	}
	t, err := tlog.ParseTilePath(fmt.Sprintf("tile/%d/%s", height, rest))
	if !ok || err != nil || t.L > 5 || t.N >= 1<<40 {
		return Resource{}, fault.New(fault.NotFound, "ledger.path")
	}
	r := Resource{Type: "application/octet-stream", Fixed: true}
	err = l.d.Read(ctx, func(tx *db.Tx) (err error) {
		if t.L < 0 {
			r.Body, err = bundle(tx, t)
		} else {
			r.Body, err = hashes(tx, t)
		}
		return err
	})
	return r, err
}

func (l *Log) serveCheckpoint(ctx context.Context) (Resource, error) {
	var c signed
	err := l.d.Read(ctx, func(tx *db.Tx) (err error) {
		c, err = l.last(tx)
		return err
	})
	if err == nil && c.note == "" {
		err = fault.New(fault.NotYet, "ledger.notyet")
	}
	return Resource{Body: []byte(c.note), Type: "text/plain; charset=utf-8"}, err
}

func hashes(tx *db.Tx, t tlog.Tile) ([]byte, error) {
	at := tileID(t.L, t.N)
	ts, err := load(tx, []int64{at})
	if err != nil {
		return nil, err
	}
	if len(ts[at]) < t.W*tlog.HashSize {
		return nil, fault.New(fault.NotFound, "ledger.path")
	}
	return ts[at][:t.W*tlog.HashSize], nil
}

// bundle is entries, each after its length in two bytes.
func bundle(tx *db.Tx, t tlog.Tile) ([]byte, error) {
	from := t.N * width
	some, err := entries(tx, from, from+int64(t.W))
	if err != nil {
		return nil, err
	}
	if len(some) < t.W {
		return nil, fault.New(fault.NotFound, "ledger.path")
	}
	var b []byte
	for _, e := range some {
		b = binary.BigEndian.AppendUint16(b, uint16(len(e.Leaf)))
		b = append(b, e.Leaf[:]...)
	}
	return b, nil
}
