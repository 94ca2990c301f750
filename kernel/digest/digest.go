// Package digest enters into the ledger what the readings of each hour hash to. A
// reading is a row and no act, or every page that an official opens would be an
// entry of its own; one entry an hour proves them all: a reading that was deleted,
// changed or slipped in among them no longer fits it.
package digest

import (
	"context"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io/fs"
	"time"

	"motcua/base/db"
	"motcua/base/id"
	"motcua/kernel"
	"motcua/kernel/who"
)

//go:embed schema/*.sql
var files embed.FS

// Act is the entry of the ledger.
const Act = "readings.digest"

const (
	pause  = time.Hour
	settle = 10 * time.Minute // far more than lies between the number of a reading and its commit
	chunk  = 5000
)

// System is the work.
func System() kernel.System {
	schema, _ := fs.Sub(files, "schema")
	return kernel.System{Name: "digest", Schema: schema,
		Every: []kernel.Task{{Name: "digest readings", Pause: pause, Do: func(ctx context.Context, a *kernel.App) error {
			return Take(ctx, a, a.Now().Add(-settle))
		}}}}
}

// A span is the body of the act: the readings above From, up to To.
type span struct {
	From     id.ID  `json:"from"`
	To       id.ID  `json:"to"`
	Readings int64  `json:"readings"`
	Sum      string `json:"sha256"`
}

// Take enters all readings made before a time that no entry speaks for yet. Of
// programs that do so at once, one does.
func Take(ctx context.Context, a *kernel.App, before time.Time) error {
	var from id.ID
	err := a.DB.Read(ctx, func(tx *db.Tx) error { return tx.Row(`select upto from digest where one = 1`).Scan(&from) })
	if err != nil {
		return err
	}
	s, err := sum(ctx, a.DB, from, id.First(before)-1)
	if err != nil || s.Readings == 0 {
		return err
	}
	return a.DB.Write(ctx, func(tx *db.Tx) error {
		n, err := tx.Exec(`update digest set upto = $1 where one = 1 and upto = $2`, s.To, s.From)
		if err != nil || n == 0 {
			return err
		}
		return a.Engine.Record(tx, who.Person{}, Act, s.To, s)
	})
}

// sum hashes the readings above from, up to to, in their order, each a line of
// JSON of its columns. It reads them a chunk at a time.
func sum(ctx context.Context, d *db.DB, from, to id.ID) (span, error) {
	s, h := span{From: from, To: from}, sha256.New()
	lines := json.NewEncoder(h)
	for more := true; more; {
		var rows [][]any
		err := d.Read(ctx, func(tx *db.Tx) (err error) {
			rows, err = db.List(tx, func(into func(...any) error) ([]any, error) {
				var n, dossier, person, at, about int64
				var body, role, way, purpose string
				err := into(&n, &dossier, &person, &body, &role, &at, &way, &purpose, &about)
				return []any{n, dossier, person, body, role, at, way, purpose, about}, err
			}, `select id, dossier, person, body, role, at, way, purpose, about from reading where id > $1 and id <= $2 order by id limit $3`, s.To, to, chunk)
			return err
		})
		if err != nil {
			return s, err
		}
		for _, r := range rows {
			if err := lines.Encode(r); err != nil {
				return s, err
			}
			s.To = id.ID(r[0].(int64))
		}
		s.Readings, more = s.Readings+int64(len(rows)), len(rows) == chunk
	}
	s.Sum = hex.EncodeToString(h.Sum(nil))
	return s, nil
}

// Check compares the readings with what the ledger has of them. The acts themselves
// are compared with the ledger by who reads all acts.
func Check(ctx context.Context, a *kernel.App) (found []string, err error) {
	var said []string
	err = a.DB.Read(ctx, func(tx *db.Tx) error {
		said, err = db.List(tx, func(into func(...any) error) (s string, err error) { return s, into(&s) },
			`select body from act where act = $1 and body is not null order by id`, Act)
		return err
	})
	for _, body := range said {
		var was struct{ Body span }
		if err := json.Unmarshal([]byte(body), &was); err != nil {
			continue // it is named as changed
		}
		now, err := sum(ctx, a.DB, was.Body.From, was.Body.To)
		if err != nil {
			return found, err
		}
		if now.Readings != was.Body.Readings || now.Sum != was.Body.Sum {
			found = append(found, fmt.Sprintf("readings from %s to %s: are not the %d that the ledger recorded, but %d: some were deleted, changed or slipped in",
				(was.Body.From+1).At().UTC().Format(time.RFC3339), was.Body.To.At().UTC().Format(time.RFC3339), was.Body.Readings, now.Readings))
		}
	}
	return found, err
}
