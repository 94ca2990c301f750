package procedure

import (
	"context"
	"database/sql"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"time"

	"motcua/base/data"
	"motcua/base/db"
	"motcua/base/fault"
)

//go:embed schema/*.sql
var schema embed.FS

// Schema holds the tables of sources and of information pages.
func Schema() fs.FS { sub, _ := fs.Sub(schema, "schema"); return sub }

// Store keeps the source of every procedure in use by its version. It is never
// deleted: an open dossier keeps the version it was filed under.
func (s *Set) Store(ctx context.Context, d *db.DB, now time.Time) error {
	return d.Write(ctx, func(tx *db.Tx) error {
		for _, p := range s.all {
			_, err := tx.Exec(`insert into procedure_source (code, version, source, overlays, at) values ($1, $2, $3, $4, $5)
				on conflict (code, version) do nothing`, p.Code, p.Version, string(p.Source), string(p.overlaySource), db.At(now))
			if err != nil {
				return fmt.Errorf("procedure %s: %w", p.Code, err)
			}
		}
		return nil
	})
}

// reload compiles a stored source. It was checked when it was first loaded;
// what it refers to in the pack may be gone since, and it still holds.
func (s *Set) reload(ctx context.Context, d *db.DB, code, version string) (*Procedure, error) {
	var source, overlays string
	err := d.Read(ctx, func(tx *db.Tx) error {
		return tx.Row(`select source, overlays from procedure_source where code = $1 and version = $2`, code, version).Scan(&source, &overlays)
	})
	if errors.Is(err, sql.ErrNoRows) {
		return nil, fmt.Errorf("version %s: %w", version, fault.New(fault.NotFound, "procedure.missing", code))
	}
	if err != nil {
		return nil, err
	}
	return recompile(code, version, []byte(source), []byte(overlays), s.Pack)
}

func recompile(code, version string, source, overlays []byte, pack Pack) (*Procedure, error) {
	p := &Procedure{Source: source, File: code + "@" + version, pack: pack}
	if err := data.Read(p.File, source, p); err != nil {
		return nil, err
	}
	c := &checker{p: p, lines: func() data.Lines { return nil }}
	if !c.check() {
		return nil, fmt.Errorf("procedure %s: the stored source of version %s: %w", code, version, c.faults[0])
	}
	if len(overlays) > 0 {
		if err := data.Read(p.File, overlays, &p.Overlays); err != nil {
			return nil, err
		}
		for i := range p.Overlays {
			p.overlay(&overlay{Overlay: p.Overlays[i]})
		}
	}
	if p.version(); p.Version != version {
		return nil, fmt.Errorf("procedure %s: the stored source of version %s was changed", code, version)
	}
	p.kind = p.compile()
	return p, nil
}
