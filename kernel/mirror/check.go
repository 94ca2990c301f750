package mirror

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"slices"

	"motcua/base/db"
	"motcua/base/id"
	"motcua/kernel/dossier"
	"motcua/kernel/figure"
	"motcua/kernel/ledger"
)

// Check compares every row with its line, every line with the hash that its
// batch recorded, and the number of rows with what the batches stored; it tells
// add what each row counts in the figures. With mend, columns are written anew
// from the line; a line that is not what was recorded cannot be mended.
func (s *Store) Check(ctx context.Context, mend bool, add func(figure.Delta)) (found []dossier.Finding, err error) {
	c := check{s: s, mend: mend, add: add, lists: map[id.ID][]byte{}}
	for from := id.ID(0); ; {
		some, err := s.checked(ctx, from)
		if err != nil {
			return c.found, err
		}
		if len(some) == 0 {
			break
		}
		for _, r := range some {
			if err := c.row(ctx, r); err != nil {
				return c.found, err
			}
		}
		from = some[len(some)-1].ID
	}
	return c.found, c.total(ctx)
}

// A check is the walk along the rows.
type check struct {
	s     *Store
	mend  bool
	add   func(figure.Delta)
	lists map[id.ID][]byte // hashes by batch: neighbours share one
	parse Parser
	rows  int64
	found []dossier.Finding
}

// checked is a row with all its columns as they stand.
type checked struct {
	Row
	values string
}

func (s *Store) checked(ctx context.Context, from id.ID) (all []checked, err error) {
	err = s.DB.Read(ctx, func(tx *db.Tx) error {
		all, err = db.List(tx, func(into func(...any) error) (r checked, err error) {
			var opened, due, ended db.Time
			var sum, owner int64
			var name string
			err = into(&r.ID, &r.Body, &r.Code, &r.Version, &sum, &r.State, &r.Procedure, &r.Channel, &owner, &name, &opened, &due, &ended, &r.Batch, &r.Salt, &r.Line)
			r.values = fmt.Sprint([]any{r.ID, r.Body, r.Code, r.Version, sum, int64(r.State), r.Procedure, r.Channel, owner, name, opened, due, ended})
			return r, err
		}, `select id, body, code, version, sum, state, procedure, channel, owner, name, opened, due, ended, batch, salt, line
			from mirror where id > $1 order by id limit 500`, from)
		return err
	})
	return all, err
}

func (c *check) find(n id.ID, what, detail string) {
	c.found = append(c.found, dossier.Finding{What: what, Dossier: n, Detail: detail})
}

func (c *check) row(ctx context.Context, r checked) error {
	c.rows++
	hashes, err := c.list(ctx, r.Batch)
	if err != nil {
		return err
	}
	leaf := ledger.Leaf(r.Salt, []byte(r.Line))
	if !slices.ContainsFunc(slices.Collect(slices.Chunk(hashes, len(leaf))), func(h []byte) bool { return string(h) == string(leaf[:]) }) {
		c.find(r.ID, "row", "a reported dossier was changed: its line is not what batch "+r.Batch.String()+" recorded")
	}
	l, wrong := c.parse.Parse([]byte(r.Line))
	if wrong != nil {
		c.find(r.ID, "row", "a reported dossier cannot be read: "+wrong.Error())
		return nil
	}
	c.add(c.s.delta(l.Body, counts(&l), 1))
	if fmt.Sprint(l.values(r.ID)) == r.values {
		return nil
	}
	c.find(r.ID, "row", "a reported dossier differs from its line")
	if !c.mend {
		return nil
	}
	return c.s.DB.Write(ctx, func(tx *db.Tx) error {
		_, err := tx.Exec(`update mirror set body = $2, code = $3, version = $4, sum = $5, state = $6, procedure = $7, channel = $8, owner = $9, name = $10,
			opened = $11, due = $12, ended = $13 where id = $1`, l.values(r.ID)...)
		return err
	})
}

// list is the hashes that a batch recorded; none where there is no such batch.
func (c *check) list(ctx context.Context, n id.ID) ([]byte, error) {
	if h, ok := c.lists[n]; ok {
		return h, nil
	}
	if len(c.lists) > 1000 {
		clear(c.lists)
	}
	err := c.s.DB.Read(ctx, func(tx *db.Tx) error {
		all, err := db.List(tx, scanBatch, `select id, body from act where id = $1 and act = $2`, n, act)
		for _, b := range all {
			c.lists[n], _ = base64.StdEncoding.DecodeString(b.Lines)
		}
		return err
	})
	return c.lists[n], err
}

func scanBatch(into func(...any) error) (b struct {
	id id.ID
	batch
}, err error) {
	var body []byte
	if err = into(&b.id, &body); err != nil {
		return b, err
	}
	var said struct{ Body batch }
	if json.Unmarshal(body, &said) == nil { // one that cannot be read is named by History, and its rows here
		b.batch = said.Body
	}
	return b, nil
}

// total compares the number of rows with what all batches stored: a row that
// was deleted or slipped in with an old salt is missed there.
func (c *check) total(ctx context.Context) error {
	stored := int64(0)
	for from := id.ID(0); ; {
		n := 0
		err := c.s.DB.Read(ctx, func(tx *db.Tx) error {
			all, err := db.List(tx, scanBatch, `select id, body from act where act = $2 and id > $1 order by id limit 200`, from, act)
			for _, b := range all {
				from, stored = b.id, stored+int64(b.Fresh)
			}
			n = len(all)
			return err
		})
		if err != nil {
			return err
		}
		if n == 0 {
			break
		}
	}
	if stored != c.rows {
		c.find(0, "row", fmt.Sprintf("%d reported dossiers are here, the batches stored %d", c.rows, stored))
	}
	return nil
}
