// Package reported is what people see of dossiers that other bodies carry in
// their own software and report here: the applicant his whole story, officials
// of the body their list, everybody else with the code how far it is.
package reported

import (
	"embed"
	"encoding/json"
	"fmt"
	"io/fs"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"motcua/base/fault"
	"motcua/base/id"
	"motcua/base/ui"
	"motcua/base/web"
	"motcua/kernel"
	"motcua/kernel/dossier"
	"motcua/kernel/mirror"
	"motcua/kernel/track"
	"motcua/kernel/who"
)

//go:embed texts.yaml
var texts embed.FS

// System is the pages of reported dossiers.
func System() kernel.System {
	tries := &track.Limiter{Most: 20, Per: time.Minute}
	return kernel.System{Name: "reported", Texts: []fs.FS{texts}, Routes: func(*kernel.App) []kernel.Route {
		return []kernel.Route{
			{Pattern: "GET /reported", Who: kernel.Anyone(), Do: func(r *kernel.Request) (web.Answer, error) { return follow(r, tries) }},
			{Pattern: "GET /work/reported", Who: kernel.Roles(who.Clerk, who.Officer, who.Leader), Do: list},
		}
	}}
}

// A said is what a page reads of a line.
type said struct {
	ProcedureName string `json:"procedure_name"`
	Subject       string
	Applicant     string
	Number        string `json:"applicant_number"`
	Unit          string
	Fees          []struct {
		Name   string
		Amount int64
	}
	Results  []struct{ Name string }
	Progress []struct {
		By, Title, Unit, Content string
		At                       time.Time
	}
	Supplements []struct {
		Content string
		AskedAt time.Time `json:"asked_at"`
		State   string
	}
}

func read(row mirror.Row) (s said, err error) {
	if err = json.Unmarshal([]byte(row.Line), &s); err != nil {
		err = fmt.Errorf("reported dossier %s: %w", row.ID, err)
	}
	return s, err
}

// numbers are those under which r's own dossiers and those of his organisations are found.
func numbers(p who.Person) []string {
	all := []string{p.Number}
	for _, m := range p.Mandates {
		if !m.Allows(who.Follow, "") { // what is reported bears no kind of ours
			continue
		}
		all = append(all, m.Number)
	}
	return slices.DeleteFunc(all, func(n string) bool { return n == "" })
}

// follow shows the dossier of a code, whole to its applicant.
func follow(r *kernel.Request, tries *track.Limiter) (web.Answer, error) {
	code := r.URL.Query().Get("code")
	if code == "" {
		return web.Goto("/my")
	}
	if !tries.Allow(r.RemoteAddr, r.App.Now()) {
		return web.Answer{}, fault.New(fault.TooMany, "track.many")
	}
	rows, err := r.App.Mirror.Coded(r.Context(), code)
	if err != nil {
		return web.Answer{}, err
	}
	if len(rows) == 0 {
		return web.Answer{}, fault.New(fault.NotFound, "dossier.code")
	}
	tries.Right(r.RemoteAddr)
	var all []view
	for _, row := range rows {
		s, err := read(row)
		if err != nil {
			return web.Answer{}, err
		}
		all = append(all, view{r: r, row: row, said: s, whole: s.Number != "" && slices.Contains(numbers(r.Me), s.Number)})
	}
	return web.Show(onePage(r, code, all))
}

// A view is one dossier as its page shows it.
type view struct {
	r     *kernel.Request
	row   mirror.Row
	said  said
	whole bool // to its applicant
}

// facts are what whoever has the code may know, or all.
func (v view) facts() ui.Facts {
	r := v.r
	f := ui.Facts{{Term: r.T("reported.state"), Text: r.T("track.national." + strconv.Itoa(v.row.State))}, {Term: r.T("reported.body"), Text: r.BodyName(v.row.Body)},
		{Term: r.T("reported.done"), Text: v.done()}}
	if !v.whole {
		return f
	}
	f = append(f, ui.Fact{Term: r.T("reported.opened"), Text: r.Voice.Day(v.row.Opened)})
	if !v.row.Due.IsZero() {
		f = append(f, ui.Fact{Term: r.T("reported.due"), Text: r.Voice.Day(v.row.Due)})
	}
	if !v.row.Ended.IsZero() {
		f = append(f, ui.Fact{Term: r.T("reported.ended"), Text: r.Voice.Day(v.row.Ended)})
	}
	if v.said.Unit != "" {
		f = append(f, ui.Fact{Term: r.T("reported.unit"), Text: v.said.Unit})
	}
	return f
}

// done is the degree of completion: filed, received, examined, done.
func (v view) done() string {
	n := map[int]int{1: 1, 2: 2, 4: 3, 5: 2, 6: 3, 9: 4, 10: 4}[v.row.State]
	if n == 0 {
		return v.r.T("reported.stopped")
	}
	return v.r.T("reported.of", n, 4)
}

// steps is the progress that the body told, the latest first.
func (v view) steps() ui.Table {
	r := v.r
	t := ui.Table{Caption: r.T("reported.progress"), Shown: true, Columns: []ui.Column{{Title: r.T("reported.when")}, {Title: r.T("reported.what")}, {Title: r.T("reported.who"), Hide: true}}}
	for _, p := range slices.Backward(v.said.Progress) {
		by := strings.Trim(strings.Join([]string{p.By, p.Title, p.Unit}, ", "), ", ")
		t.Rows = append(t.Rows, ui.Row{Cells: []ui.Cell{{Text: r.Voice.Day(p.At)}, {Text: p.Content, Under: by}, {Text: by}}})
	}
	return t
}

// A Line is a reported dossier as a list of its applicant shows it.
type Line struct {
	ID   id.ID
	Show ui.Result
}

// Mine are the dossiers reported of the person who is signed in and of his
// organisations, told to the public as state ("": any), numbered below after
// (0: all), the newest first, at most limit.
func Mine(r *kernel.Request, state dossier.Public, after id.ID, limit int) (all []Line, err error) {
	mine := numbers(r.Me)
	rows, err := r.App.Mirror.Of(r.Context(), mine, state, after, limit)
	if err != nil {
		return nil, err
	}
	for _, row := range rows {
		s, err := read(row)
		if err != nil {
			return nil, err
		}
		if !slices.Contains(mine, s.Number) {
			continue // another number with the same hash
		}
		all = append(all, Line{row.ID, ui.Result{Title: s.ProcedureName, Href: "/reported?" + url.Values{"code": {row.Code}}.Encode(), Text: s.Subject,
			Facts: []string{row.Code, r.BodyName(row.Body)}, Tags: []ui.Tag{r.Tag(mirror.Public(row.State))}}})
	}
	return all, nil
}

func cursor(r *kernel.Request) (n id.ID, err error) {
	from := r.URL.Query().Get("from")
	if from == "" {
		return 0, nil
	}
	if n, err = id.Parse(from); err != nil {
		return 0, fault.Wrong(fault.Field{Pointer: "/from", Code: "dossier.cursor"})
	}
	return n, nil
}

// list is an official's: the open ones of his bodies by their due date, or those that answer a search.
func list(r *kernel.Request) (web.Answer, error) {
	q := r.URL.Query()
	l := mirror.List{Bodies: r.Me.Bodies(), Words: q.Get("q"), Limit: 51}
	if q.Get("late") != "" {
		l.Late = r.App.Now()
	}
	from, err := cursor(r)
	if err != nil {
		return web.Answer{}, err
	}
	if from != 0 {
		last, err := r.App.Mirror.One(r.Context(), from)
		if err != nil {
			return web.Answer{}, err
		}
		if len(last) == 1 {
			l.After = last[0]
		}
	}
	rows, err := r.App.Mirror.Open(r.Context(), l)
	if err != nil {
		return web.Answer{}, err
	}
	next := ""
	if len(rows) > 50 {
		rows = rows[:50]
		v := url.Values{"from": {rows[49].ID.String()}}
		for _, key := range []string{"q", "late"} {
			if s := q.Get(key); s != "" {
				v.Set(key, s)
			}
		}
		next = "/work/reported?" + v.Encode()
	}
	t := ui.Table{Caption: r.T("reported.list"), Empty: r.T("reported.none"), Columns: []ui.Column{{Title: r.T("reported.code")}, {Title: r.T("reported.applicant"), Hide: true}, {Title: r.T("reported.state")}, {Title: r.T("reported.due")}}}
	for _, row := range rows {
		s, err := read(row)
		if err != nil {
			return web.Answer{}, err
		}
		due := ""
		if !row.Due.IsZero() {
			due = r.Voice.Day(row.Due)
		}
		t.Rows = append(t.Rows, ui.Row{Cells: []ui.Cell{{Text: row.Code, Under: s.ProcedureName}, {Text: s.Applicant}, {Body: r.Tag(mirror.Public(row.State))}, {Text: due}}})
	}
	return web.Show(listPage(r, q.Get("q"), t, next))
}
