// Package mydata gives a person all that the node holds of him: one ZIP with a page
// to read, the data for programs, his papers, and the hash of everything.
package mydata

import (
	"context"
	"embed"
	"encoding/json"
	"io/fs"
	"os"
	"time"

	"motcua/base/blob"
	"motcua/base/db"
	"motcua/base/fault"
	"motcua/base/id"
	"motcua/base/job"
	"motcua/base/web"
	"motcua/kernel"
	"motcua/kernel/device"
	"motcua/kernel/door"
	"motcua/kernel/held"
	"motcua/kernel/who"
)

//go:embed texts.yaml schema/*.sql
var files embed.FS

const (
	keep = 7 * 24 * time.Hour // how long a copy is kept
	most = 4 << 30            // bytes of one
)

// System is the download.
func System() kernel.System {
	schema, _ := fs.Sub(files, "schema")
	me := kernel.SignedIn()
	return kernel.System{Name: "mydata", Texts: []fs.FS{files}, Schema: schema,
		Links: []kernel.Link{{At: kernel.Told, Path: "/me/data", Text: "mydata.title", Who: me}},
		Jobs:  func(a *kernel.App) map[string]job.Do { return map[string]job.Do{"mydata": maker(a)} },
		Every: []kernel.Task{{Name: "sweep copies of data", Pause: time.Hour, Do: Sweep}},
		Held:  []held.Table{{Name: "mydata_copy", Files: "sum", Told: "the downloads themselves, swept after a week", Stays: "forget deletes rows and files"}},
		Keeps: func(*kernel.App) held.Keeps { return held.Keeps{Forget: forget} },
		Routes: func(*kernel.App) []kernel.Route {
			return []kernel.Route{
				{Pattern: "GET /me/data", Who: me, Do: show},
				{Pattern: "POST /me/data", Who: me, Do: ask},
				{Pattern: "GET /me/data/{copy}", Who: me, Do: give},
			}
		}}
}

// A copyOf is one copy of a person's data.
type copyOf struct {
	id, person  id.ID
	made, ready db.Time
	sum         string
	size        int64
}

func scan(into func(...any) error) (c copyOf, err error) {
	return c, into(&c.id, &c.person, &c.made, &c.ready, &c.sum, &c.size)
}

const columns = `id, person, made, ready, sum, size`

func copies(ctx context.Context, a *kernel.App, q string, args ...any) (all []copyOf, err error) {
	err = a.DB.Read(ctx, func(tx *db.Tx) error {
		all, err = db.List(tx, scan, `select `+columns+` from mydata_copy where `+q, args...)
		return err
	})
	return all, err
}

func show(r *kernel.Request) (web.Answer, error) {
	all, err := copies(r.Context(), r.App, `person = $1 order by id desc limit 10`, r.Me.ID)
	if err != nil {
		return web.Answer{}, err
	}
	return web.Show(page(r, all))
}

// ask has a copy made: at once where there is little, in a while where there is
// much. Nobody asks for a second one while the first is being made.
func ask(r *kernel.Request) (web.Answer, error) {
	if a, ok, err := door.Lately(r, "/me/data"); !ok || err != nil {
		return a, err
	}
	now := r.App.Now()
	err := r.App.DB.Write(r.Context(), func(tx *db.Tx) error {
		var waits int
		if err := tx.Row(`select count(*) from mydata_copy where person = $1 and ready = 0 and made > $2`, r.Me.ID, db.At(now.Add(-time.Hour))).Scan(&waits); err != nil || waits > 0 {
			return err
		}
		n := r.App.IDs.New()
		if _, err := tx.Exec(`insert into mydata_copy (id, person, made, ready, sum, size) values ($1, $2, $3, 0, '', 0)`, n, r.Me.ID, db.At(now)); err != nil {
			return err
		}
		if err := r.App.Engine.Record(tx, r.Me, "mydata.copy", r.Me.ID, nil); err != nil {
			return err
		}
		return job.Add(tx, "mydata", n.String(), now, n)
	})
	if err != nil {
		return web.Answer{}, err
	}
	return web.Goto("/me/data")
}

// maker makes a copy, outside any transaction, and tells the person.
func maker(a *kernel.App) job.Do {
	return func(ctx context.Context, body []byte) error {
		var n id.ID
		if err := json.Unmarshal(body, &n); err != nil {
			return err
		}
		all, err := copies(ctx, a, `id = $1 and ready = 0`, n)
		if err != nil || len(all) == 0 {
			return err
		}
		p, err := a.Book.Person(ctx, all[0].person)
		if err != nil {
			return err
		}
		f, err := os.CreateTemp(a.Dir, "mydata-*")
		if err != nil {
			return err
		}
		defer os.Remove(f.Name())
		defer f.Close()
		if err := write(ctx, a, p, f); err != nil {
			return err
		}
		if _, err := f.Seek(0, 0); err != nil {
			return err
		}
		sum, size, err := a.Blobs.Put(ctx, f, most)
		if err != nil {
			return err
		}
		return a.DB.Write(ctx, func(tx *db.Tx) error {
			_, err := tx.Exec(`update mydata_copy set ready = $1, sum = $2, size = $3 where id = $4`, db.At(a.Now()), sum.String(), size, n)
			if err != nil {
				return err
			}
			return device.Notify(a, tx, p, "mydata.notice", a.URL+"/me/data")
		})
	}
}

// give answers a copy to its owner, who signed in lately.
func give(r *kernel.Request) (web.Answer, error) {
	if a, ok, err := door.Lately(r, "/me/data"); !ok || err != nil {
		return a, err
	}
	none := fault.New(fault.NotFound, "mydata.none")
	n, err := id.Parse(r.PathValue("copy"))
	if err != nil {
		return web.Answer{}, none
	}
	all, err := copies(r.Context(), r.App, `id = $1 and person = $2 and ready > 0`, n, r.Me.ID)
	if err != nil || len(all) == 0 {
		if err == nil {
			err = none
		}
		return web.Answer{}, err
	}
	sum, err := blob.Parse(all[0].sum)
	if err != nil {
		return web.Answer{}, err
	}
	f, err := r.App.Blobs.Get(sum)
	if err != nil {
		return web.Answer{}, err
	}
	return web.Stream("motcua-"+r.Voice.Day(all[0].made.Time)+".zip", "application/zip", f), nil
}

// Sweep deletes the copies whose time is over.
func Sweep(ctx context.Context, a *kernel.App) error {
	old, err := copies(ctx, a, `made < $1 order by id limit 1000`, db.At(a.Now().Add(-keep)))
	if err != nil {
		return err
	}
	for _, c := range old {
		if sum, err := blob.Parse(c.sum); err == nil {
			if err := a.Blobs.Remove(sum, a.Now()); err != nil {
				return err
			}
		}
		err := a.DB.Write(ctx, func(tx *db.Tx) error {
			_, err := tx.Exec(`delete from mydata_copy where id = $1`, c.id)
			return err
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// forget deletes the copies that were made for a person.
func forget(tx *db.Tx, p who.Person, d id.ID) ([]string, error) {
	if d != 0 {
		return nil, nil
	}
	return db.List(tx, func(into func(...any) error) (sum string, err error) { return sum, into(&sum) }, `delete from mydata_copy where person = $1 returning sum`, p.ID)
}
