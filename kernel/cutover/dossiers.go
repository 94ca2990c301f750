package cutover

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"os"
	"time"

	"motcua/base/db"
	"motcua/base/fault"
	"motcua/base/id"
	"motcua/base/lang"
	"motcua/kernel"
	"motcua/kernel/who"
)

// Dossiers takes open cases over from a file of other software.
type Dossiers struct {
	App     *kernel.App
	By      who.Person // an administrator of every body named
	Voice   lang.Voice // of who reads the rejects
	Mapping Mapping
	Files   *os.Root // the papers' folder, or nil
	DryRun  bool     // nothing is written
	Delta   bool     // what was taken over before is brought up to date
	Reject  func(Reject)
	Step    func(Report) // after each transaction, or nil

	zones map[string]*time.Location
	staff map[string]id.ID
	seen  map[string]bool // codes of this file
	batch id.ID
	Report
}

// A Report counts what happened to the lines of a file.
type Report struct {
	Batch     id.ID `json:"batch,omitzero"`
	Lines     int   `json:"lines"`
	Fresh     int   `json:"new"`
	Updated   int   `json:"updated"`
	Unchanged int   `json:"unchanged"`
	Newer     int   `json:"newer"`     // changed since, and not asked to bring up to date
	Conflicts int   `json:"conflicts"` // changed there and worked on here: left alone
	Rejected  int   `json:"rejected"`
	Warnings  int   `json:"warnings"` // taken, but look at it
}

// Run reads the file. It stops at the first fault of the machine; what was
// written until then stays, and running again goes on from there.
func (x *Dossiers) Run(ctx context.Context, f io.ReadSeeker, name string) error {
	x.zones, x.staff, x.seen, x.Report = map[string]*time.Location{}, map[string]id.ID{}, map[string]bool{}, Report{}
	h := sha256.New()
	if _, err := io.Copy(h, f); err != nil {
		return err
	}
	if _, err := f.Seek(0, io.SeekStart); err != nil {
		return err
	}
	lines, err := NewReader(f, name, x.Mapping.sum)
	if err != nil {
		return err
	}
	if err := x.begin(ctx, name, hex.EncodeToString(h.Sum(nil))); err != nil {
		return err
	}
	for {
		var some []*Line
		for len(some) < chunk {
			l, bad, err := lines.Next()
			if err == io.EOF {
				break
			}
			if err != nil {
				return err
			}
			x.Lines++
			if len(bad) == 0 {
				bad = x.once(l)
			}
			if len(bad) > 0 {
				x.refuse(l, bad)
				continue
			}
			some = append(some, l)
		}
		if len(some) == 0 {
			break
		}
		if err := x.take(ctx, some); err != nil {
			return err
		}
		if x.Step != nil {
			x.Step(x.Report)
		}
	}
	return x.end(ctx)
}

// once refuses a code that stood in the file before.
func (x *Dossiers) once(l *Line) []fault.Field {
	if !printed(l.Code) {
		return wrong("/code", "cutover.code")
	}
	if x.seen[l.Code] {
		return wrong("/code", "cutover.twice")
	}
	x.seen[l.Code] = true
	return nil
}

func (x *Dossiers) refuse(l *Line, bad []fault.Field) {
	x.Rejected++
	for _, r := range say(x.Voice, l.at, l.Code, bad) {
		x.Reject(r)
	}
}

// begin finds the batch that a run of the same file did not finish, or makes one.
func (x *Dossiers) begin(ctx context.Context, name, sum string) error {
	if x.DryRun {
		return nil
	}
	err := x.App.DB.Write(ctx, func(tx *db.Tx) error {
		err := tx.Row(`select id from cutover_batch where sum = $1 and ended = 0 order by id desc limit 1`, sum).Scan(&x.batch)
		if !errors.Is(err, fault.NotFound) {
			return err
		}
		x.batch = x.App.IDs.New()
		_, err = tx.Exec(`insert into cutover_batch (id, file, sum, by, began, ended, undone) values ($1, $2, $3, $4, $5, 0, 0)`,
			x.batch, name, sum, x.By.ID, db.At(x.App.Now()))
		if err != nil {
			return err
		}
		return x.App.Engine.Record(tx, x.By, "cutover.begin", x.batch, map[string]any{"sha256": sum, "mapping": x.Mapping.sum})
	})
	x.Batch = x.batch
	return err
}

func (x *Dossiers) end(ctx context.Context) error {
	if x.DryRun {
		return nil
	}
	return x.App.DB.Write(ctx, func(tx *db.Tx) error {
		if _, err := tx.Exec(`update cutover_batch set ended = $1 where id = $2`, db.At(x.App.Now()), x.batch); err != nil {
			return err
		}
		return x.App.Engine.Record(tx, x.By, "cutover.end", x.batch, x.Report)
	})
}

// A known is what the journal says of a code.
type known struct {
	code    string
	dossier id.ID
	version int
	hash    string
}

// journal reads what is known of the lines' codes.
func (x *Dossiers) journal(ctx context.Context, some []*Line) (map[string]known, error) {
	m := map[string]known{}
	err := x.App.DB.Read(ctx, func(tx *db.Tx) error {
		clear(m)
		codes := make([]string, len(some))
		for i, l := range some {
			codes[i] = l.Code
		}
		in, args := db.In(codes)
		all, err := db.List(tx, func(into func(...any) error) (k known, err error) {
			return k, into(&k.code, &k.dossier, &k.version, &k.hash)
		}, `select code, dossier, version, hash from cutover_case where code in `+in, args...)
		for _, k := range all {
			m[k.code] = k
		}
		return err
	})
	return m, err
}

// take checks some lines, keeps their papers, and writes them in one transaction.
func (x *Dossiers) take(ctx context.Context, some []*Line) error {
	before, err := x.journal(ctx, some)
	if err != nil {
		return err
	}
	var ready []*taking
	for _, l := range some {
		k, known := before[l.Code]
		switch {
		case known && k.hash == l.hash:
			x.Unchanged++
			continue
		case known && !x.Delta:
			x.Newer++
			continue
		}
		r, bad, err := x.read(ctx, l)
		if err != nil {
			return err
		}
		if len(bad) > 0 {
			x.refuse(l, bad)
			continue
		}
		r.known = k
		ready = append(ready, r)
	}
	if x.DryRun {
		return x.rehearse(ctx, ready)
	}
	return x.write(ctx, ready)
}
