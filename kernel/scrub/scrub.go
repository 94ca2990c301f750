// Package scrub reads everything that was recorded again, a little at a time, and
// compares it with the ledger: every act with its leaf, every file that an act
// names with its hash, and at the end of a round the ledger with its own
// checkpoints. A disk that forgets and a hand that forges are found within a day,
// also in what nobody asks for.
//
// A round goes on where it stopped, whichever program does it, and is spread over
// the day: a minute's part is as large as it must be to end in time, and no larger.
package scrub

import (
	"context"
	"embed"
	"errors"
	"io/fs"
	"log/slog"
	"time"

	"motcua/base/db"
	"motcua/base/lang"
	"motcua/base/post"
	"motcua/kernel"
	"motcua/kernel/digest"
	"motcua/kernel/dossier"
	"motcua/kernel/outbox"
)

//go:embed texts.yaml
var texts embed.FS

//go:embed schema/*.sql
var files embed.FS

const (
	every = time.Minute    // between two parts of a round
	round = 20 * time.Hour // that a round may take, so that one ends each day
	least = 100            // acts of a part, however few there are
	rest  = 4 * time.Hour  // between two rounds
)

// System is the work and its page.
func System() kernel.System {
	schema, _ := fs.Sub(files, "schema")
	return kernel.System{Name: "scrub", Texts: []fs.FS{texts}, Schema: schema, Routes: routes,
		Links: []kernel.Link{{At: kernel.Admin, Path: "/admin/scrub", Text: "scrub.title", Icon: "shield", About: "scrub.about", Who: admins}},
		Every: []kernel.Task{{Name: "scrub", Pause: every, Do: part}}}
}

// A State is how far the round is, and what came of the last.
type State struct {
	At                   int64 // the next entry
	Began                time.Time
	Acts, Files          int64
	LastBegan, LastEnded time.Time
	LastActs, LastFiles  int64
	Found                []Found // what the round or the last one saw
}

// A Found is something that is not as it was recorded.
type Found struct {
	What  string
	First time.Time
	Seen  time.Time // when the round began that saw it last
}

// Read is how far the round is.
func Read(ctx context.Context, d *db.DB) (s State, err error) {
	err = d.Read(ctx, func(tx *db.Tx) (err error) {
		s, err = load(tx)
		return err
	})
	return s, err
}

func load(tx *db.Tx) (s State, err error) {
	var began, lastBegan, lastEnded db.Time
	err = tx.Row(`select n, began, acts, files, last_began, last_ended, last_acts, last_files from scrub where one = 1`).
		Scan(&s.At, &began, &s.Acts, &s.Files, &lastBegan, &lastEnded, &s.LastActs, &s.LastFiles)
	s.Began, s.LastBegan, s.LastEnded = began.Time, lastBegan.Time, lastEnded.Time
	if err != nil {
		return s, err
	}
	s.Found, err = db.List(tx, func(into func(...any) error) (f Found, err error) {
		var first, seen db.Time
		err = into(&f.What, &first, &seen)
		f.First, f.Seen = first.Time, seen.Time
		return f, err
	}, `select what, first, seen from scrub_found where seen >= $1 order by first, what limit 100`, lastBegan)
	return s, err
}

// part does a minute's part of the round, or begins one when it is time: at once
// after one that found nothing to read yet.
func part(ctx context.Context, a *kernel.App) error {
	s, err := Read(ctx, a.DB)
	if err != nil || s.Began.IsZero() && s.LastActs > 0 && a.Now().Before(s.LastEnded.Add(rest)) {
		return err
	}
	state, err := a.Log.State(ctx)
	if err != nil {
		return err
	}
	_, err = Step(ctx, a, max(least, state.Size*int64(every)/int64(round)))
	return err
}

// Step reads the next most acts of the round, and begins one when none is under
// way. ended: it was the round's last.
func Step(ctx context.Context, a *kernel.App, most int64) (ended bool, err error) {
	was, err := Read(ctx, a.DB)
	if err != nil {
		return false, err
	}
	now := was
	if now.Began.IsZero() {
		now.At, now.Acts, now.Files, now.Began = 0, 0, 0, a.Now().UTC().Truncate(time.Microsecond)
	}
	var found []string
	for entry, err := range a.Log.Leaves(ctx, now.At) {
		if err != nil {
			return false, err
		}
		act, f, err := a.Engine.Recorded(ctx, entry)
		if err != nil {
			return false, err
		}
		if f != nil {
			found = append(found, f.String())
		}
		if act != nil {
			now.Files += int64(len(act.Entry.Files()))
			found = append(found, said(act.Stored(a.Blobs))...)
		}
		now.At, now.Acts = entry.N+1, now.Acts+1
		if most--; most == 0 {
			return false, keep(ctx, a, was, now, found)
		}
	}
	whole, err := ends(ctx, a)
	if err != nil {
		return false, err
	}
	now.LastBegan, now.LastEnded, now.LastActs, now.LastFiles = now.Began, a.Now(), now.Acts, now.Files
	now.Began = time.Time{}
	return true, keep(ctx, a, was, now, append(found, whole...))
}

// ends is what can be asked of the whole alone.
func ends(ctx context.Context, a *kernel.App) (found []string, err error) {
	tree, err := a.Log.Check(ctx)
	if err != nil {
		return nil, err
	}
	v := a.Voice(lang.EN, "")
	for _, f := range tree {
		found = append(found, "ledger: "+v.T(f.Code, f.Args...))
	}
	loose, err := a.Engine.Loose(ctx)
	if err != nil {
		return nil, err
	}
	readings, err := digest.Check(ctx, a)
	return append(append(found, said(loose)...), readings...), err
}

func said(all []dossier.Finding) (words []string) {
	for _, f := range all {
		words = append(words, f.String())
	}
	return words
}

// keep writes how far the round is, unless another program did this part, and
// raises the alarm over what was not known before.
func keep(ctx context.Context, a *kernel.App, was, now State, found []string) error {
	began := now.Began
	if began.IsZero() {
		began = now.LastBegan
	}
	var fresh []string
	err := a.DB.Write(ctx, func(tx *db.Tx) error {
		fresh = nil
		n, err := tx.Exec(`update scrub set n = $1, began = $2, acts = $3, files = $4, last_began = $5, last_ended = $6, last_acts = $7, last_files = $8
			where one = 1 and n = $9 and began = $10`, now.At, db.At(now.Began), now.Acts, now.Files, db.At(now.LastBegan), db.At(now.LastEnded), now.LastActs, now.LastFiles, was.At, db.At(was.Began))
		if err != nil || n == 0 {
			return err
		}
		for _, what := range found {
			n, err := tx.Exec(`update scrub_found set seen = $1 where what = $2`, db.At(began), what)
			if err == nil && n == 0 {
				fresh = append(fresh, what)
				_, err = tx.Exec(`insert into scrub_found (what, first, seen) values ($1, $2, $3)`, what, db.At(a.Now()), db.At(began))
			}
			if err != nil {
				return err
			}
		}
		if len(fresh) > 0 {
			return alarm(tx, a, len(fresh))
		}
		return nil
	})
	for _, what := range fresh {
		slog.Error("what is stored is not what was recorded", "found", what)
	}
	return err
}

// alarm writes to every administrator of the whole node. The mail says that
// something was found and where to look; what it was stands on the page alone.
func alarm(tx *db.Tx, a *kernel.App, found int) error {
	type admin struct {
		mail string
		lang lang.Lang
	}
	all, err := db.List(tx, func(into func(...any) error) (x admin, err error) { return x, into(&x.mail, &x.lang) },
		`select distinct p.email, p.lang from person p join grants g on g.person = p.id where g.role = 'admin' and g.body = '' and (g.until = 0 or g.until > $1) and p.email <> ''`, db.At(a.Now()))
	for _, x := range all {
		v := a.Voice(x.lang, "")
		err = errors.Join(err, outbox.Tell(tx, a, post.Message{Kind: post.Mail, To: x.mail, Subject: v.T("scrub.mail.subject"), Body: v.T("scrub.mail", found, a.URL+"/admin/scrub")}))
	}
	return err
}
