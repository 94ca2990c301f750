package dossier

import (
	"context"
	"encoding/json"
	"fmt"

	"motcua/base/db"
	"motcua/base/fault"
	"motcua/base/id"
)

// AddFile records a stored document; it belongs to who sent it, and to the draft if there is one.
func (e *Engine) AddFile(ctx context.Context, owner, draft id.ID, f File) (File, error) {
	f.ID = e.IDs.New()
	return f, e.DB.Write(ctx, func(tx *db.Tx) error { return e.addFile(tx, owner, draft, f) })
}

func (e *Engine) addFile(tx *db.Tx, owner, draft id.ID, f File) error {
	_, err := tx.Exec(`insert into file (id, owner, draft, dossier, sort, name, type, size, sum, at)
		values ($1, $2, $3, 0, '', $4, $5, $6, $7, $8)`, f.ID, owner, draft, f.Name, f.Type, f.Size, f.Sum, db.At(e.Now()))
	return err
}

// AddFileOnce is AddFile under an idempotency key; sent is the hash of what was
// sent. When the key was used before, the file is the one recorded then.
func (e *Engine) AddFileOnce(ctx context.Context, owner id.ID, key, sent string, f File) (_ File, replayed bool, err error) {
	if key == "" {
		f, err = e.AddFile(ctx, owner, 0, f)
		return f, false, err
	}
	f.ID = e.IDs.New()
	answer, replayed, err := e.DB.Once(ctx, owner.String(), key, sent, func(tx *db.Tx) ([]byte, error) {
		if err := e.addFile(tx, owner, 0, f); err != nil {
			return nil, err
		}
		return json.Marshal(f)
	})
	if err == nil {
		err = json.Unmarshal(answer, &f)
	}
	return f, replayed, err
}

// kept is a file's row with the rights on it: its owner, the draft it came
// with, the dossier that has it.
type kept struct {
	File
	owner, draft, in id.ID
}

// findFiles reads the files numbered all; those that do not exist are left out.
func findFiles(tx *db.Tx, all ...id.ID) (map[id.ID]kept, error) {
	found := make(map[id.ID]kept, len(all))
	if len(all) == 0 {
		return found, nil
	}
	in, args := db.In(all)
	rows, err := db.List(tx, func(into func(...any) error) (f kept, err error) {
		return f, into(&f.ID, &f.owner, &f.draft, &f.in, &f.Name, &f.Type, &f.Size, &f.Sum)
	}, `select id, owner, draft, dossier, name, type, size, sum from file where id in `+in, args...)
	for _, f := range rows {
		found[f.ID] = f
	}
	return found, err
}

// File reads a file that owner sent, or that lies in draft.
func (e *Engine) File(ctx context.Context, n, owner, draft id.ID) (f File, err error) {
	err = e.DB.Read(ctx, func(tx *db.Tx) error {
		all, err := findFiles(tx, n)
		k, ok := all[n]
		if err == nil && (!ok || (owner == 0 || k.owner != owner) && (draft == 0 || k.draft != draft)) {
			err = fmt.Errorf("file %s: %w", n, fault.New(fault.NotFound, "dossier.file"))
		}
		f = k.File
		return err
	})
	return f, err
}

// claimFiles gives the files of the act to the dossier, so that they are never
// swept and may be used again by their owner. What a clerk scanned becomes the
// citizen's.
func claimFiles(tx *db.Tx, p *plan, d *Dossier) error {
	for _, c := range p.claims {
		if _, err := tx.Exec(`update file set dossier = $1, sort = $2, owner = $3 where id = $4 and dossier = 0`,
			d.ID, c.sort, d.Applicant, c.file); err != nil {
			return err
		}
	}
	return nil
}

// A claim is a file that the act gives to the dossier, and its sort.
type claim struct {
	file id.ID
	sort string
}

// Mine are the latest files of sort that owner gave with earlier dossiers: papers he need not bring again.
func (e *Engine) Mine(ctx context.Context, owner id.ID, sort string) (all []File, err error) {
	if owner == 0 || sort == "" {
		return nil, nil
	}
	err = e.DB.Read(ctx, func(tx *db.Tx) error {
		all, err = db.List(tx, func(into func(...any) error) (f File, err error) {
			return f, into(&f.ID, &f.Name, &f.Type, &f.Size, &f.Sum)
		}, `select id, name, type, size, sum from file where owner = $1 and sort = $2 and dossier > 0 order by id desc limit 5`, owner, sort)
		return err
	})
	return all, err
}

// Sweep forgets the files that no dossier or draft took before the given time and returns their content sums.
func (e *Engine) Sweep(ctx context.Context, before db.Time) (sums []string, err error) {
	err = e.DB.Write(ctx, func(tx *db.Tx) error {
		sums, err = db.List(tx, func(into func(...any) error) (s string, err error) { return s, into(&s) },
			`delete from file where dossier = 0 and at < $1 and draft not in (select id from draft where dossier = 0) returning sum`, before)
		return err
	})
	return sums, err
}

// Holds reports whether any row still names the content sum.
func (e *Engine) Holds(ctx context.Context, sum string) (held bool, err error) {
	err = e.DB.Read(ctx, func(tx *db.Tx) error {
		return tx.Row(`select count(*) > 0 from file where sum = $1`, sum).Scan(&held)
	})
	return held, err
}

// FilesOf are all documents of a dossier, those that its acts made too, by age; no
// permission is asked.
func (e *Engine) FilesOf(ctx context.Context, n id.ID) (all []File, err error) {
	err = e.DB.Read(ctx, func(tx *db.Tx) error {
		all, err = db.List(tx, func(into func(...any) error) (f File, err error) {
			return f, into(&f.ID, &f.Name, &f.Type, &f.Size, &f.Sum)
		}, `select id, name, type, size, sum from file where dossier = $1 order by id`, n)
		return err
	})
	return all, err
}
