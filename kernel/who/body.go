package who

import (
	"context"
	"encoding/json"
	"fmt"

	"motcua/base/db"
	"motcua/base/fault"
	"motcua/base/lang"
)

// Bodies are those that administrators added, in the order of their codes, so
// that each comes after the one above it.
func Bodies(tx *db.Tx) ([]Body, error) {
	return db.List(tx, func(into func(...any) error) (b Body, err error) {
		name := ""
		if err = into(&b.Code, &name, &b.Level, &b.Parent, &b.Unit, &b.Zone, &b.Address, &b.Phone, &b.From, &b.To, &b.Next); err != nil {
			return b, err
		}
		return b, json.Unmarshal([]byte(name), &b.Name)
	}, `select code, name, level, parent, unit, zone, address, phone, from_day, to_day, next from body order by code`)
}

// Read lays the bodies that administrators added over those of the pack. The
// database calls it (Watch "body").
func (c *Country) Read(ctx context.Context, d *db.DB) error {
	c.mu.Lock() // what was read later is not laid under what was read before
	defer c.mu.Unlock()
	var all []Body
	err := d.Read(ctx, func(tx *db.Tx) (err error) {
		all, err = Bodies(tx)
		return err
	})
	if err != nil {
		return fmt.Errorf("bodies: %w", err)
	}
	c.added.Store(c.indexed(all))
	return nil
}

// AddBody adds a body. Its caller has seen that it fits the directory; that
// nobody added it meanwhile is seen here.
func (b *Book) AddBody(tx *db.Tx, by Person, x Body) error {
	var n int
	if err := tx.Row(`select count(*) from body where code = $1`, x.Code).Scan(&n); err != nil {
		return err
	}
	if n > 0 {
		return fault.Wrong(fault.Field{Pointer: "/code", Code: "who.bodycode", Args: []any{x.Code}})
	}
	name, err := json.Marshal(x.Name)
	if err != nil {
		return err
	}
	row := b.IDs.New()
	_, err = tx.Exec(`insert into body (code, id, parent, name, level, unit, zone, address, phone, from_day, to_day, next, by, made)
		values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, '', '', $11, $12)`,
		x.Code, row, x.Parent, string(name), x.Level, x.Unit, x.Zone, x.Address, x.Phone, x.From, by.ID, db.At(b.Now()))
	if err != nil {
		return err
	}
	if err := tx.Bump("body"); err != nil {
		return err
	}
	return b.Record(tx, by, "body.add", row, map[string]any{"code": x.Code, "name": x.Name, "level": x.Level, "parent": x.Parent, "unit": x.Unit,
		"zone": x.Zone, "address": x.Address, "phone": x.Phone, "from": x.From})
}

// EndBody ends an added body after its last day; next carries on its work. What
// it still has is given to next by a merger.
func (b *Book) EndBody(tx *db.Tx, by Person, code, last, next string) error {
	n, err := tx.Exec(`update body set to_day = $1, next = $2 where code = $3 and next = ''`, last, next, code)
	if err != nil {
		return err
	}
	if n == 0 {
		return fault.Wrong(fault.Field{Pointer: "/code", Code: "who.bodycode", Args: []any{code}})
	}
	if err := tx.Bump("body"); err != nil {
		return err
	}
	return b.Record(tx, by, "body.end", 0, map[string]any{"code": code, "to": last, "next": next})
}

// Same reports whether two bodies are described alike, apart from how and when they end.
func (b Body) Same(x Body) bool {
	for _, l := range lang.All() {
		if b.Name[l] != x.Name[l] {
			return false
		}
	}
	return b.Code == x.Code && b.Parent == x.Parent && b.Level == x.Level && b.Unit == x.Unit && b.Zone == x.Zone &&
		b.Address == x.Address && b.Phone == x.Phone && b.From == x.From
}
