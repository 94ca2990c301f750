// Package deeds is what administrators did: who, what, to whom, when, and where
// the ledger has it. It is read from the ledger itself, a moment behind it, so
// nobody writes it and nobody leaves anything out; dropping it loses nothing.
package deeds

import (
	"cmp"
	"context"
	"embed"
	"encoding/json"
	"errors"
	"io/fs"
	"strings"
	"time"

	"motcua/base/db"
	"motcua/base/fault"
	"motcua/base/id"
	"motcua/kernel"
	"motcua/kernel/held"
	"motcua/kernel/who"
)

//go:embed texts.yaml schema/*.sql
var files embed.FS

// part is how many entries are read at once.
const part = 500

// System is the list and its pages: for administrators, and for the leaders of
// the bodies whose matters they are, and of those above.
func System() kernel.System {
	schema, _ := fs.Sub(files, "schema")
	readers := kernel.Roles(who.Admin, who.Leader)
	return kernel.System{Name: "deeds", Texts: []fs.FS{files}, Schema: schema,
		Held: []held.Table{{Name: "deed", Of: "about = $1", Goes: held.Erased, Told: "acts of administrators, by the ledger"}},
		Links: []kernel.Link{{At: kernel.Admin, Path: "/admin/acts", Text: "deeds.title", Icon: "paper", About: "deeds.tile", Who: readers},
			{At: kernel.Office, Path: "/admin/acts", Text: "deeds.short", Who: kernel.Roles(who.Leader)}},
		Routes: func(*kernel.App) []kernel.Route {
			return []kernel.Route{{Pattern: "GET /admin/acts", Who: readers, Do: show}, {Pattern: "GET /admin/acts.csv", Who: readers, Do: download},
				{Pattern: "GET /admin/acts/{id}/proof.json", Who: readers, Do: proof}}
		},
		Every: []kernel.Task{{Name: "read deeds from the ledger", Pause: 2 * time.Second, Do: Fold}}}
}

// A Kind of act that is administrators' doing.
type Kind struct{ Act, Text string } // Text is a key

// own are those of the kernel's registers and of who has the machine.
var own = []string{"role.ask", "role.grant", "role.refuse", "role.lapse", "role.withdraw", "review.open", "review.confirm", "review.overdue", "review.suspend", "review.end",
	"person.add", "person.change", "password.allow", "password.link", "provider.allow", "body.add", "body.end", "calendar.edit", "calendar.undo",
	"cutover.begin", "cutover.end", "cutover.undo", "merge.begin", "merge.end", "token.create", "console.backup"}

// clockwork are those that the node does by itself when nobody is named.
var clockwork = []string{"role.lapse", "review.open", "review.overdue", "review.suspend", "review.end"}

// Kinds are the acts that are administrators' doing, in the order of the list to
// choose from: the kernel's, then those that each system declares.
func Kinds(all []kernel.System) (kinds []Kind) {
	for _, act := range own {
		kinds = append(kinds, Kind{act, "deeds.act." + act})
	}
	for _, s := range all {
		for _, act := range s.Deeds {
			kinds = append(kinds, Kind{act, s.Name + ".deed." + act})
		}
	}
	return kinds
}

// text is the key of what an act is called; "": it is no administrator's.
func text(kinds []Kind, act string) string {
	for _, k := range kinds {
		if k.Act == act {
			return k.Text
		}
	}
	return ""
}

// A Deed is one of them.
type Deed struct {
	Act   id.ID
	N     int64 // of the entry in the ledger
	What  string
	At    time.Time
	By    id.ID // 0: who has the machine, or the node by the clock
	About id.ID // a person, or 0
	Body  string
	Role  who.Role
	Note  string
	User  string // of the machine
}

const columns = `act, n, what, at, by, about, body, says`

// says is what of an act's own words the list shows.
type says struct {
	Role who.Role `json:"role,omitempty"`
	Note string   `json:"note,omitempty"`
	User string   `json:"user,omitempty"`
}

func scan(into func(...any) error) (d Deed, err error) {
	var at db.Time
	var words string
	err = into(&d.Act, &d.N, &d.What, &at, &d.By, &d.About, &d.Body, &words)
	d.At = at.Time
	var s says
	if err == nil {
		err = json.Unmarshal([]byte(words), &s)
	}
	d.Role, d.Note, d.User = s.Role, s.Note, s.User
	return d, err
}

// Fold reads what the ledger has since. Of several programs that do it at the same
// moment one does.
func Fold(ctx context.Context, a *kernel.App) error {
	more, kinds := false, Kinds(a.Systems)
	err := a.DB.Read(ctx, func(tx *db.Tx) error {
		from, size, err := ahead(tx)
		more = from != size
		return err
	})
	for err == nil && more {
		err = a.DB.Yield(ctx, func(tx *db.Tx) (err error) {
			more, err = fold(tx, kinds)
			return err
		})
	}
	return err
}

// ahead is how far the list is, and the ledger.
func ahead(tx *db.Tx) (from, size int64, err error) {
	err = errors.Join(tx.Row(`select n from deed_at where one = 1`).Scan(&from), tx.Row(`select n from ledger_size where one = 1`).Scan(&size))
	return from, size, err
}

func fold(tx *db.Tx, kinds []Kind) (more bool, err error) {
	from, size, err := ahead(tx)
	if err != nil {
		return false, err
	}
	if from > size { // the ledger is another one: of a backup that was restored
		_, err := tx.Exec(`delete from deed`)
		if err == nil {
			_, err = tx.Exec(`update deed_at set n = 0 where one = 1`)
		}
		return err == nil, err
	}
	to := min(size, from+part)
	if to == from {
		return false, nil
	}
	n, err := tx.Exec(`update deed_at set n = $1 where one = 1 and n = $2`, to, from)
	if err != nil || n == 0 {
		return false, err
	}
	all, err := db.List(tx, func(into func(...any) error) (d struct {
		Deed
		body string
	}, err error) {
		var at db.Time
		err = into(&d.N, &d.Act, &d.What, &d.By, &at, &d.body)
		d.At = at.Time
		return d, err
	}, `select e.n, a.id, a.act, a.by, a.at, coalesce(a.body, '') from ledger_entry e join act a on a.id = e.act
		where e.n >= $1 and e.n < $2 and a.dossier = a.id order by e.n`, from, to)
	for _, d := range all {
		if err == nil && text(kinds, d.What) != "" {
			err = d.keep(tx, d.body)
		}
	}
	return to < size, err
}

// keep writes one deed, unless a person did it for himself, or had no dangerous
// role then. What changes who may do what, and what is done at the machine, always
// is one.
func (d Deed) keep(tx *db.Tx, text string) error {
	var c struct {
		About id.ID           `json:"about"`
		Body  json.RawMessage `json:"body"`
	}
	var b struct {
		says
		Body string `json:"body"`
		Code string `json:"code"`
		Why  string `json:"why"`
		What string `json:"detail"`
	}
	_, _ = json.Unmarshal([]byte(text), &c), json.Unmarshal(c.Body, &b) // an erased or harmed act still was one
	role := strings.HasPrefix(d.What, "role.") || strings.HasPrefix(d.What, "review.") || strings.HasPrefix(d.What, "staffing.")
	himself := d.By != 0 && d.By == c.About || d.By == 0 && strings.HasPrefix(d.What, "person.") // nobody was signed in: he registered
	if himself && !role {
		return nil
	}
	var his string // in which body he had a dangerous role then
	err := tx.Row(`select body from grants where person = $1 and role not in ('clerk', 'officer') and since <= $2 and (until = 0 or until >= $2) order by role, id limit 1`, d.By, db.At(d.At)).Scan(&his)
	switch {
	case fault.Of(err) == fault.NotFound && !role && d.By != 0: // a clerk's, a citizen's
		return nil
	case err != nil && fault.Of(err) != fault.NotFound:
		return err
	}
	if d.Body = b.Body; b.Code != "" {
		d.Body = b.Code
	}
	if d.Body == "" && !role { // it concerns no one body
		d.Body = his
	}
	if b.Note == "" {
		b.Note = cmp.Or(b.Why, b.What)
	}
	words, err := json.Marshal(b.says)
	if err == nil {
		_, err = tx.Exec(`insert into deed (`+columns+`) values ($1, $2, $3, $4, $5, $6, $7, $8) on conflict (act) do nothing`,
			d.Act, d.N, d.What, db.At(d.At), d.By, c.About, d.Body, string(words))
	}
	return err
}
