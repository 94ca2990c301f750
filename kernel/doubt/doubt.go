// Package doubt is what was filed under a proof of identity that was wrong, and
// taken back since. It stays as it was filed, for each body judges its own; but
// whoever handles it is told, and sees it on its page before he decides.
//
// Nothing of this is kept with a dossier: who doubts, why and when is read from the
// two acts that took the proof back, and that somebody looked at it since from the
// dossier's own acts.
package doubt

import (
	"context"
	"embed"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"time"

	"motcua/base/db"
	"motcua/base/fault"
	"motcua/base/id"
	"motcua/base/job"
	"motcua/base/ui"
	"motcua/kernel"
	"motcua/kernel/dossier"
	"motcua/kernel/held"
	"motcua/kernel/who"
)

//go:embed texts.yaml schema/*.sql
var files embed.FS

// System tells whoever handles what is in doubt. Officials find it in the inbox.
func System() kernel.System {
	schema, _ := fs.Sub(files, "schema")
	return kernel.System{Name: "doubt", Texts: []fs.FS{files}, Schema: schema,
		Held: []held.Table{{Name: "doubt", Of: "person = $1", Tell: "said", Times: "since, ended",
			Stays: "that a proof was wrong is answered for by acts: numbers alone"}},
		Jobs: func(a *kernel.App) map[string]job.Do {
			return map[string]job.Do{jobName: func(ctx context.Context, body []byte) error {
				var said id.ID
				if err := json.Unmarshal(body, &said); err != nil {
					return fmt.Errorf("doubt to be told: %w", err)
				}
				return tell(ctx, a, said)
			}}
		}}
}

const jobName = "doubt.tell"

// A Doubt is a proof that two officials took back as wrong.
type Doubt struct {
	Said, Agreed id.ID // the acts of both
	Person       id.ID // whose proof it was
	Since, Ended db.Time
	Why, Body    string // by the acts: the reason, and the body that says so
	At           time.Time
}

// Cast lets whoever handles what d.Person filed from d.Since to d.Ended be told,
// once tx is committed.
func Cast(tx *db.Tx, a *kernel.App, d Doubt) error {
	if _, err := tx.Exec(`insert into doubt (said, agreed, person, since, ended, told) values ($1, $2, $3, $4, $5, 0)`, d.Said, d.Agreed, d.Person, d.Since, d.Ended); err != nil {
		return err
	}
	return job.Add(tx, jobName, d.Said.String(), a.Now(), d.Said)
}

const columns = `select t.said, t.agreed, t.person, t.since, t.ended from doubt t `

// list reads doubts, each with what its acts say.
func list(tx *db.Tx, where string, args ...any) ([]Doubt, error) {
	all, err := db.List(tx, func(into func(...any) error) (d Doubt, err error) {
		return d, into(&d.Said, &d.Agreed, &d.Person, &d.Since, &d.Ended)
	}, columns+where, args...)
	for i := range all {
		if err == nil {
			err = all[i].read(tx)
		}
	}
	return all, err
}

// read reads the acts. Of an act that was erased nothing but its time is left.
func (d *Doubt) read(tx *db.Tx) error {
	var at db.Time
	var text string
	err := tx.Row(`select b.at, coalesce(a.body, '') from act a, act b where a.id = $1 and b.id = $2`, d.Said, d.Agreed).Scan(&at, &text)
	if errors.Is(err, fault.NotFound) { // doctor names what is missing
		return nil
	}
	var act struct {
		Body struct{ Why, Body string }
	}
	if err == nil && text != "" {
		err = json.Unmarshal([]byte(text), &act)
	}
	d.At, d.Why, d.Body = at.Time, act.Body.Why, act.Body.Body
	return err
}

// On are the doubts about who filed x, or for whom.
func On(ctx context.Context, a *kernel.App, x *dossier.Dossier) (all []Doubt, err error) {
	at := db.At(x.Opened)
	err = a.DB.Read(ctx, func(tx *db.Tx) error {
		all, err = list(tx, `where t.person in ($1, $2) and t.person > 0 and t.since <= $3 and t.ended >= $3 order by t.said`, x.Applicant, x.Org, at)
		return err
	})
	return all, err
}

// Marked reports which of some dossiers, of which their rows are enough, are under a doubt.
func Marked(ctx context.Context, a *kernel.App, some []*dossier.Dossier) (map[id.ID]bool, error) {
	marked, people := map[id.ID]bool{}, []id.ID(nil)
	for _, d := range some {
		for _, p := range [...]id.ID{d.Applicant, d.Org} {
			if p > 0 && !slices.Contains(people, p) {
				people = append(people, p)
			}
		}
	}
	if len(people) == 0 {
		return marked, nil
	}
	in, args := db.In(people)
	err := a.DB.Read(ctx, func(tx *db.Tx) error {
		all, err := db.List(tx, func(into func(...any) error) (d Doubt, err error) { return d, into(&d.Person, &d.Since, &d.Ended) },
			`select person, since, ended from doubt where person in `+in, args...)
		for _, t := range all {
			for _, d := range some {
				if (d.Applicant == t.Person || d.Org == t.Person) && !d.Opened.Before(t.Since.Time) && !d.Opened.After(t.Ended.Time) {
					marked[d.ID] = true
				}
			}
		}
		return err
	})
	return marked, err
}

// Told says of the dossiers of me's bodies that he did not ask for himself which are
// under a doubt. Of others he is told nothing: they are not in the map.
func Told(ctx context.Context, a *kernel.App, me who.Person, some ...*dossier.Dossier) (map[id.ID]*bool, error) {
	some = slices.DeleteFunc(slices.Clone(some), func(d *dossier.Dossier) bool { return !dossier.Official(me, d) || d.Asked(me, who.Follow) })
	marked, err := Marked(ctx, a, some)
	all := map[id.ID]*bool{}
	for _, d := range some {
		all[d.ID] = new(marked[d.ID])
	}
	return all, err
}

// Note says on the page of a dossier who doubts who filed it, why and since when.
func (d Doubt) Note(r *kernel.Request) ui.Note {
	return ui.Note{Tone: ui.Bad, Title: r.T("doubt.note", r.Voice.Moment(d.At)), Text: r.T("doubt.note.text", r.BodyName(d.Body), d.Why)}
}
