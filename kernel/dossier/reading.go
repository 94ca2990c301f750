package dossier

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"motcua/base/db"
	"motcua/base/id"
	"motcua/kernel/who"
)

// A Way is by what somebody read.
type Way string

// The ways.
const (
	Page    Way = "page"
	Listed  Way = "list"   // a row of a list: name and matter, none of the answers
	Sheet   Way = "paper"  // a paper of the applicant or of the State
	Program Way = "api"    // another machine
	Export  Way = "export" // a table to take away
	Party   Way = "party"  // a portal or app that the person signed in to
	Console Way = "console"
)

// A Purpose is what a reading was for, as far as the acts tell: nobody is asked.
type Purpose string

// The purposes of officials. Those of parties and consoles say what was taken.
const (
	Work   Purpose = "work"   // it waited at his desk, or he had it
	Acted  Purpose = "acted"  // he had acted on it before
	Search Purpose = "search" // he looked for words
	Browse Purpose = "browse" // he looked through what does not wait for him
	Beyond Purpose = "beyond" // none of these: worth a question
)

// A Reading is one opening of a dossier by an official, or of what is known of a
// person without a dossier.
type Reading struct {
	ID      id.ID
	Dossier id.ID // 0: none
	Person  id.ID // who read; 0: a machine
	Body    string
	Role    string
	At      time.Time
	Way     Way
	Purpose Purpose
	About   id.ID // where no dossier was read: of whom; 0: of everybody
}

type wayKey struct{}

// Through notes by what way the readings under ctx are made; without, by a page.
func Through(ctx context.Context, w Way) context.Context {
	return context.WithValue(ctx, wayKey{}, w)
}

func wayOf(ctx context.Context) Way {
	if w, ok := ctx.Value(wayKey{}).(Way); ok {
		return w
	}
	return Page
}

// WayOf is by what the route lets an official read a
func WayOf(pattern string, api bool) Way {
	has := func(part string) bool { return strings.Contains(pattern, part) }
	switch {
	case has("/register/"), has(".csv"), has("/tables/"):
		return Export
	case has("/papers/"), has(".pdf"), has("/letter/"):
		return Sheet
	case api:
		return Program
	}
	return Page
}

// Note records a reading inside tx. What is read is not shown before tx is committed.
func (e *Engine) Note(tx *db.Tx, all ...Reading) error {
	var rows [][]any
	for _, r := range all {
		rows = append(rows, []any{e.IDs.New(), r.Dossier, r.Person, r.Body, r.Role, db.At(e.Now()), string(r.Way), string(r.Purpose), r.About})
	}
	return tx.Insert("reading", `id, dossier, person, body, role, at, way, purpose, about`, rows)
}

// Told records a reading durably, for who is about to tell what was read.
func (e *Engine) Told(ctx context.Context, r Reading) error {
	return e.DB.Write(ctx, func(tx *db.Tx) error { return e.Note(tx, r) })
}

// roleIn is the role under which p reads what belongs to a body.
func roleIn(p who.Person, body string) (role string) {
	for _, g := range p.Grants {
		if g.Body == body && g.Role.Desk() {
			role = string(g.Role)
		}
	}
	return role
}

// purpose is what p reads d for.
func purpose(p who.Person, d *Dossier, k *Kind) Purpose {
	desk := k.Stands[d.State].Desk
	switch {
	case d.Holder == p.ID, desk != "" && p.Is(desk, d.Body):
		return Work
	case slices.ContainsFunc(d.Acts, func(a Act) bool { return a.By == p.ID }):
		return Acted
	}
	return Beyond
}

// Glance records that official p was shown rows of dossiers: who filed and what
// about. A row is recorded once a day, however often it is listed.
func (e *Engine) Glance(ctx context.Context, p who.Person, why Purpose, rows ...*Dossier) error {
	way := wayOf(ctx)
	if way == Page || way == Program {
		way = Listed
	}
	var all []Reading
	var about []id.ID
	for _, d := range rows {
		if d.Asked(p, who.Follow) {
			continue
		}
		all = append(all, Reading{Dossier: d.ID, Person: p.ID, Body: d.Body, Role: roleIn(p, d.Body), Way: way, Purpose: why})
		about = append(about, d.ID)
	}
	if len(all) == 0 {
		return nil
	}
	in, args := db.In(about, p.ID, db.At(e.Now().Add(-24*time.Hour)), string(way))
	err := e.DB.Read(ctx, func(tx *db.Tx) error {
		known, err := db.List(tx, func(into func(...any) error) (n id.ID, err error) { return n, into(&n) },
			`select dossier from reading where person = $1 and at > $2 and way = $3 and dossier in `+in, args...)
		all = slices.DeleteFunc(all, func(r Reading) bool { return slices.Contains(known, r.Dossier) })
		return err
	})
	if err != nil || len(all) == 0 {
		return err
	}
	return e.DB.Write(ctx, func(tx *db.Tx) error { return e.Note(tx, all...) })
}

// looksUp says what for a list shows an official more than what waits for his own
// desk, everything of the body or what his words find; "": it does not.
func (l List) looksUp() Purpose {
	switch {
	case l.Inbox == "":
		return ""
	case strings.TrimSpace(l.Words) != "":
		return Search
	case l.Inbox == "all", l.Inbox == "book", l.Inbox == "seen":
		return Browse
	}
	return ""
}

const readingColumns = `r.id, r.dossier, r.person, r.body, r.role, r.at, r.way, r.purpose, r.about`

func scanReading(into func(...any) error) (r Reading, err error) {
	var at db.Time
	var way, why string
	err = into(&r.ID, &r.Dossier, &r.Person, &r.Body, &r.Role, &at, &way, &why, &r.About)
	r.At, r.Way, r.Purpose = at.Time, Way(way), Purpose(why)
	return r, err
}

// sealed is true of readings that a seal keeps from the person at $1.
const sealed = `exists (select 1 from reading_seal s where s.dossier = r.dossier and s.person = r.person and r.at >= s.since and s.until > $1)`

// Readings are the latest openings of dossier n, newest first, without those
// under a seal; the caller asks whether they may be seen.
func (e *Engine) Readings(ctx context.Context, n id.ID, limit int) (all []Reading, err error) {
	err = e.DB.Read(ctx, func(tx *db.Tx) error {
		all, err = db.List(tx, scanReading, `select `+readingColumns+` from reading r
			where r.dossier = $2 and r.way <> 'list' and not `+sealed+` order by r.id desc limit $3`, db.At(e.Now()), n, limit)
		return err
	})
	return all, err
}

// A Look asks for the readings of dossiers, and of what is known of a person
// without one.
type Look struct {
	Dossiers []id.ID
	About    id.ID // 0: of dossiers alone
	Body     string
	Opened   bool  // without rows of lists
	Before   id.ID // older than this reading; 0: the newest
	Limit    int
}

// Looked are the readings that l asks for, newest first, without those under a seal.
func (e *Engine) Looked(tx *db.Tx, l Look) ([]Reading, error) {
	w := where{args: []any{db.At(e.Now())}}
	args := make([]any, len(l.Dossiers))
	for i, n := range l.Dossiers {
		args[i] = n
	}
	of := "r.dossier in " + in(len(args))
	if len(args) == 0 {
		of = "1 = 0"
	}
	if l.About != 0 {
		of, args = of+" or r.dossier = 0 and r.about in (0, ?)", append(args, l.About)
	}
	w.and("("+of+")", args...)
	if l.Body != "" {
		w.and("r.body = ?", l.Body)
	}
	if l.Opened {
		w.and("r.way <> ?", string(Listed))
	}
	if l.Before != 0 {
		w.and("r.id < ?", l.Before)
	}
	return db.List(tx, scanReading, `select `+readingColumns+` from reading r where `+strings.Join(w.conds, " and ")+
		` and not `+sealed+fmt.Sprintf(` order by r.id desc limit %d`, l.Limit), w.args...)
}

// ReadingAt is one reading; no permission is asked.
func (e *Engine) ReadingAt(ctx context.Context, n id.ID) (r Reading, err error) {
	err = e.DB.Read(ctx, func(tx *db.Tx) error {
		r, err = scanReading(tx.Row(`select `+readingColumns+` from reading r where r.id = $1`, n).Scan)
		return err
	})
	return r, err
}
