// Package register is the book in which a body follows its dossiers: form 06 of
// Circular 01/2018/TT-VPCP, 07 since 2025.
//
// A register is drawn up by an official for some days. Its lines are stored as
// they stood then, under their hash, which an act holds in the ledger; the
// signed paper is made of them when first asked for, and is the same bytes from
// then on.
package register

import (
	"context"
	"embed"
	"fmt"
	"io/fs"
	"slices"
	"time"

	"motcua/base/blob"
	"motcua/base/db"
	"motcua/base/fault"
	"motcua/base/id"
	"motcua/base/lang"
	"motcua/base/web"
	"motcua/kernel"
	"motcua/kernel/dossier"
	"motcua/kernel/held"
	"motcua/kernel/who"
)

//go:embed texts.yaml
var texts embed.FS

//go:embed schema/*.sql
var files embed.FS

// most is how many lines a register has: more is a book that nobody carries.
const most = 5000

// System is the register's page.
func System() kernel.System {
	b := &books{turn: make(chan struct{}, 1)}
	schema, _ := fs.Sub(files, "schema")
	return kernel.System{Name: "register", Texts: []fs.FS{texts}, Schema: schema,
		Held: []held.Table{{Name: "register", Files: "data, sum", Told: "the books of bodies are theirs", Stays: "book of retention.yaml: row and file go then (kernel/leave)"}},
		Routes: func(*kernel.App) []kernel.Route {
			keepers := kernel.Roles(who.Clerk, who.Leader)
			return []kernel.Route{
				{Pattern: "GET /work/register", Who: keepers, Do: show},
				{Pattern: "POST /work/register", Who: keepers, Do: draw},
				{Pattern: "GET /work/register/{id}/register.pdf", Who: keepers, Do: b.paper, Writes: "the paper is made and kept when it is first asked for"},
				{Pattern: "GET /work/register/{id}/register.csv", Who: keepers, Do: table},
			}
		}}
}

// books makes one paper at a time: a long one is a minute of nobody else's.
type books struct{ turn chan struct{} }

// A Book is a register that was drawn up.
type Book struct {
	ID          id.ID // of the act that holds its lines' hash
	Body        string
	First, Last string // days, YYYY-MM-DD
	Lines       int
	Person      id.ID
	Name        string // of who drew it up
	At          time.Time
	Data, Sum   string // hashes: of the lines; of the signed paper, "" until it is made
}

const columns = `id, body, first, last, lines, person, name, at, data, sum`

func scan(into func(...any) error) (b Book, err error) {
	var at db.Time
	err = into(&b.ID, &b.Body, &b.First, &b.Last, &b.Lines, &b.Person, &b.Name, &at, &b.Data, &b.Sum)
	b.At = at.Time
	return b, err
}

// a span is the body and the days that a page is about.
type span struct {
	body        who.Body
	first, last string
}

// asked reads body and days of a request; a body that is not one's own is refused.
func asked(r *kernel.Request) (s span, err error) {
	codes := keeps(r.Me)
	code := r.FormValue("body")
	if code == "" {
		code = codes[0]
	}
	if !slices.Contains(codes, code) {
		return s, fault.New(fault.Forbidden, "web.notyours")
	}
	s.body, _ = r.App.Country.Body(code)
	today := r.App.Today(code)
	s.first, s.last = r.FormValue("from"), r.FormValue("to")
	if _, err := time.Parse(time.DateOnly, s.last); err != nil || s.last > today {
		s.last = today
	}
	if _, err := time.Parse(time.DateOnly, s.first); err != nil || s.first > s.last {
		s.first = s.last[:8] + "01"
	}
	return s, nil
}

// keeps are the bodies whose register a person keeps.
func keeps(p who.Person) []string { return p.Bodies(who.Clerk, who.Leader) }

// rows are the dossiers that the body received in those days, in the order of
// receipt; more says that there are others beyond limit.
func rows(r *kernel.Request, s span, limit int) (all []*dossier.Dossier, more bool, err error) {
	zone, err := time.LoadLocation(s.body.Zone)
	if err != nil {
		zone = r.App.Zone
	}
	from, err := time.ParseInLocation(time.DateOnly, s.first, zone)
	if err != nil {
		return nil, false, err
	}
	until, err := time.ParseInLocation(time.DateOnly, s.last, zone)
	if err != nil {
		return nil, false, err
	}
	l := dossier.List{Me: r.Me, Inbox: "book", Body: s.body.Code, Received: from, Until: until.AddDate(0, 0, 1), Limit: 200}
	for len(all) <= limit {
		page, next, err := r.App.Engine.Rows(r.Context(), l)
		if err != nil {
			return nil, false, err
		}
		all = append(all, page...)
		if l.After = next; next.ID == 0 {
			break
		}
	}
	slices.SortStableFunc(all, func(a, b *dossier.Dossier) int { return a.Started.Compare(b.Started) })
	if len(all) > limit {
		return all[:limit], true, nil
	}
	return all, false, nil
}

// draw draws up a register: its lines are stored, and an act holds their hash.
func draw(r *kernel.Request) (web.Answer, error) {
	s, err := asked(r)
	if err != nil {
		return web.Answer{}, err
	}
	all, more, err := rows(r, s, most)
	if err != nil {
		return web.Answer{}, err
	}
	if more {
		return web.Answer{}, fault.New(fault.Invalid, "register.long", most)
	}
	v := voice(r.App, s.body)
	data, err := write(lines(r.App, v, all))
	if err != nil {
		return web.Answer{}, err
	}
	sum, err := r.App.Blobs.PutBytes(r.Context(), data)
	if err != nil {
		return web.Answer{}, err
	}
	err = r.App.DB.Write(r.Context(), func(tx *db.Tx) error {
		n, err := r.App.Engine.RecordAs(tx, r.Me, "register.draw", 0,
			map[string]any{"body": s.body.Code, "from": s.first, "to": s.last, "lines": len(all), "sha256": sum.String()})
		if err != nil {
			return err
		}
		_, err = tx.Exec(`insert into register (`+columns+`) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, '')`,
			n, s.body.Code, s.first, s.last, len(all), r.Me.ID, r.Me.Name, db.At(r.App.Now()), sum.String())
		return err
	})
	if err != nil {
		return web.Answer{}, err
	}
	return web.Goto("/work/register?body=%s&from=%s&to=%s#drawn", s.body.Code, s.first, s.last)
}

// drawn are the latest registers of a body.
func drawn(ctx context.Context, a *kernel.App, body string) (all []Book, err error) {
	err = a.DB.Read(ctx, func(tx *db.Tx) error {
		all, err = db.List(tx, scan, `select `+columns+` from register where body = $1 order by id desc limit 24`, body)
		return err
	})
	return all, err
}

// find is a register of a body whose register one keeps; another's does not exist.
func find(r *kernel.Request) (b Book, err error) {
	none := fault.New(fault.NotFound, "register.none")
	n, err := id.Parse(r.PathValue("id"))
	if err != nil {
		return b, none
	}
	err = r.App.DB.Read(r.Context(), func(tx *db.Tx) error {
		b, err = scan(tx.Row(`select `+columns+` from register where id = $1`, n).Scan)
		return err
	})
	if err == nil && !slices.Contains(keeps(r.Me), b.Body) {
		err = none
	}
	return b, err
}

// table answers the lines as they stood.
func table(r *kernel.Request) (web.Answer, error) {
	b, err := find(r)
	if err != nil {
		return web.Answer{}, err
	}
	if err := took(r, b); err != nil {
		return web.Answer{}, err
	}
	data, err := stored(r.App, b.Data)
	return web.File(name(b)+".csv", "text/csv; charset=utf-8", data, true), err
}

// took records that a register was taken away, by the dossiers of its days.
func took(r *kernel.Request, b Book) error {
	body, _ := r.App.Country.Body(b.Body)
	_, _, err := rows(r, span{body: body, first: b.First, last: b.Last}, most)
	return err
}

func stored(a *kernel.App, sum string) ([]byte, error) {
	s, err := blob.Parse(sum)
	if err != nil {
		return nil, err
	}
	return a.Blobs.Bytes(s)
}

func name(b Book) string { return fmt.Sprintf("register-%s-%s-%s", b.Body, b.First, b.Last) }

// voice is the country's first language at the body: a register is an official paper.
func voice(a *kernel.App, b who.Body) lang.Voice { return a.Voice("", b.Zone) }
