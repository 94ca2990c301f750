package deeds

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"motcua/base/db"
	"motcua/base/fault"
	"motcua/base/id"
	"motcua/base/sheet"
	"motcua/base/ui"
	"motcua/base/web"
	"motcua/kernel"
	"motcua/kernel/ledger"
	"motcua/kernel/rights"
	"motcua/kernel/who"
)

// How many deeds a page and a file have.
const (
	shown = 50
	most  = 20_000
)

// A page is what was asked for: of a body and those below it, by somebody, on days.
type page struct {
	*kernel.Request
	body     who.Body
	bodies   []string // whose matters are listed; nil: all
	kinds    []Kind
	by       string // a sign-in name
	what     string
	from, to time.Time // zero: no bound
	before   int64     // entries before this one; 0: the last
	all      []Deed
	names    map[id.ID]string
	next     int64
}

// reads reports whether me may read what was done in a body: its administrator or
// leader, and those of the bodies above it.
func reads(r *kernel.Request, code string) bool {
	return r.App.Country.Rules(r.Me, code) || slices.ContainsFunc(r.App.Country.Path(code), func(b who.Body) bool { return r.Me.Is(who.Leader, b.Code) })
}

// asked reads what the address asks for. Without a body it is one's own.
func asked(r *kernel.Request) (*page, error) {
	q := r.URL.Query()
	p := &page{Request: r, kinds: Kinds(r.App.Systems), by: strings.ToLower(strings.TrimSpace(q.Get("by"))), what: q.Get("what"), names: map[id.ID]string{}}
	code := strings.TrimSpace(q.Get("body"))
	if code == "" && !r.Me.Is(who.Admin, "") {
		i := slices.IndexFunc(r.Me.Grants, func(g who.Grant) bool { return g.Role == who.Admin || g.Role == who.Leader })
		code = r.Me.Grants[i].Body
	}
	var ok bool
	if p.body, ok = r.App.Country.Body(code); code != "" && !ok || !reads(r, code) {
		return nil, fault.New(fault.NotFound, "who.body")
	}
	if code != "" {
		p.bodies = append(p.bodies, code)
		p.under(code)
	}
	if p.what != "" && text(p.kinds, p.what) == "" {
		return nil, fault.New(fault.NotFound, "deeds.none")
	}
	day := func(name string) (time.Time, error) {
		if q.Get(name) == "" {
			return time.Time{}, nil
		}
		t, err := time.ParseInLocation(time.DateOnly, q.Get(name), r.App.Zone)
		if err != nil {
			err = fault.Wrong(fault.Field{Pointer: "/" + name, Code: "deeds.day"})
		}
		return t, err
	}
	var err error
	if p.from, err = day("from"); err == nil {
		p.to, err = day("to")
	}
	p.before, _ = strconv.ParseInt(q.Get("before"), 10, 64)
	return p, err
}

// under adds the bodies below.
func (p *page) under(code string) {
	for _, b := range p.App.Country.Below(code) {
		if !slices.Contains(p.bodies, b.Code) {
			p.bodies = append(p.bodies, b.Code)
			p.under(b.Code)
		}
	}
}

// read takes the last n that were asked for. Where a body has so many below it that
// a list of them is none, those of all bodies are gone through.
func (p *page) read(n int) error {
	where, args := "", []any(nil)
	and := func(text string, arg any) {
		args = append(args, arg)
		where += fmt.Sprintf(" and "+text, len(args))
	}
	some := len(p.bodies) > 0 && len(p.bodies) <= 400
	if some {
		where, args = db.In(p.bodies)
		where = " and body in " + where
	}
	if p.by != "" {
		and("by in (select id from person where login = $%d)", p.by)
	}
	if p.what != "" {
		and("what = $%d", p.what)
	}
	if !p.from.IsZero() {
		and("at >= $%d", db.At(p.from))
	}
	if !p.to.IsZero() {
		and("at < $%d", db.At(p.to.AddDate(0, 0, 1)))
	}
	return p.App.DB.Read(p.Context(), func(tx *db.Tx) error {
		p.all, p.next = nil, 0
		for before := p.before; ; {
			text, args := `select `+columns+` from deed where 1 = 1`+where, args
			if before > 0 {
				text, args = text+fmt.Sprintf(" and n < $%d", len(args)+1), append(slices.Clip(args), before)
			}
			found, err := db.List(tx, scan, text+fmt.Sprintf(" order by n desc limit %d", n+1), args...)
			if err != nil {
				return err
			}
			for _, d := range found {
				if before = d.N; p.bodies != nil && !some && !slices.Contains(p.bodies, d.Body) {
					continue
				}
				if len(p.all) == n {
					p.next = p.all[n-1].N
					break
				}
				p.all = append(p.all, d)
			}
			if p.next > 0 || len(found) <= n {
				break
			}
		}
		for _, d := range p.all {
			if err := rights.Named(tx, p.names, d.By, d.About); err != nil {
				return err
			}
		}
		return nil
	})
}

func show(r *kernel.Request) (web.Answer, error) {
	p, err := asked(r)
	if err == nil {
		err = p.read(shown)
	}
	if err != nil {
		return web.Answer{}, err
	}
	return web.Show(p.view())
}

// download is the same as a table for who calculates.
func download(r *kernel.Request) (web.Answer, error) {
	p, err := asked(r)
	if err == nil {
		err = p.read(most)
	}
	if err != nil {
		return web.Answer{}, err
	}
	rows := [][]any{}
	for _, d := range p.all {
		rows = append(rows, []any{d.At.In(p.Voice.Zone).Format(time.RFC3339), p.doer(d), p.T(text(p.kinds, d.What)), p.role(d), p.names[d.About], d.Body, d.Note, d.N, d.Act.String()})
	}
	var b bytes.Buffer
	head := []string{p.T("deeds.when"), p.T("deeds.by"), p.T("deeds.what"), p.T("deeds.role"), p.T("deeds.about"), p.T("deeds.body"), p.T("deeds.note"), p.T("deeds.entry"), p.T("deeds.number")}
	if err := (sheet.Sheet{Name: p.T("deeds.title"), Head: head, Rows: sheet.Of(rows)}).CSV(&b); err != nil {
		return web.Answer{}, err
	}
	return web.File("acts.csv", sheet.TypeCSV, b.Bytes(), true), nil
}

// proof is the act as the ledger hashed it, with the path to a signed root.
func proof(r *kernel.Request) (web.Answer, error) {
	n, err := id.Parse(r.PathValue("id"))
	none := fault.New(fault.NotFound, "deeds.none")
	if err != nil {
		return web.Answer{}, none
	}
	var d Deed
	err = r.App.DB.Read(r.Context(), func(tx *db.Tx) error {
		all, err := db.List(tx, scan, `select `+columns+` from deed where act = $1`, n)
		if err == nil && len(all) == 0 {
			err = none
		}
		if err == nil {
			d = all[0]
		}
		return err
	})
	if err == nil && !reads(r, d.Body) {
		err = none
	}
	if err != nil {
		return web.Answer{}, err
	}
	act, _, err := r.App.Engine.Recorded(r.Context(), ledger.Entry{Act: n})
	if err == nil && act == nil {
		err = none
	}
	if err != nil {
		return web.Answer{}, err
	}
	path, err := r.App.Log.Proof(r.Context(), n)
	if err != nil {
		return web.Answer{}, err
	}
	b, err := json.MarshalIndent(map[string]any{"act": string(act.Canonical()), "salt": base64.StdEncoding.EncodeToString(act.Salt), "proof": path, "key": r.App.Log.PublicKey()}, "", "  ")
	return web.File("proof-"+n.String()+".json", "application/json", b, true), err
}

// doer is who did it: the node itself, or who has its machine, where nobody is named.
func (p *page) doer(d Deed) string {
	switch {
	case d.By != 0:
		return p.names[d.By]
	case d.User != "":
		return p.T("deeds.machine.as", d.User)
	case slices.Contains(clockwork, d.What), !slices.Contains(own, d.What): // systems name whoever was at the machine
		return p.T("deeds.clock")
	}
	return p.T("deeds.machine")
}

func (p *page) role(d Deed) string {
	if d.Role == "" {
		return ""
	}
	return p.T("who.role." + string(d.Role))
}

func (p *page) table() ui.Table {
	t := ui.Table{Caption: p.T("deeds.title"), Empty: p.T("deeds.empty"), Columns: []ui.Column{{Title: p.T("deeds.when"), Hide: true}, {Title: p.T("deeds.what")}, {Title: p.T("deeds.about")},
		{Title: p.T("deeds.body"), Hide: true}, {Title: p.T("deeds.by"), Hide: true}, {Title: p.T("deeds.entry"), Right: true}}}
	for _, d := range p.all {
		what := p.T(text(p.kinds, d.What))
		if d.Role != "" {
			what += ": " + p.role(d)
		}
		when := p.Voice.Moment(d.At)
		t.Rows = append(t.Rows, ui.Row{Cells: []ui.Cell{{Text: when, Soft: true}, {Text: what, Under: p.doer(d) + " · " + when}, {Text: strings.Trim(p.names[d.About]+" · "+d.Note, " ·")},
			{Text: rights.Place(p.Request, d.Body), Soft: true}, {Text: p.doer(d)}, {Text: p.Voice.Number(d.N), Num: true, Href: "/admin/acts/" + d.Act.String() + "/proof.json"}}})
	}
	return t
}

// turn is the address of the same with another start, or of the file.
func (p *page) turn(path string, before int64) string {
	q := p.URL.Query()
	q.Del("before")
	if before > 0 {
		q.Set("before", strconv.FormatInt(before, 10))
	}
	if len(q) == 0 {
		return path
	}
	return path + "?" + q.Encode()
}

func (p *page) pager() ui.Pager {
	g := ui.Pager{}
	if p.before > 0 {
		g.Prev = p.turn("/admin/acts", 0)
	}
	if p.next > 0 {
		g.Next = p.turn("/admin/acts", p.next)
	}
	return g
}

func (p *page) options() (all []ui.Option) {
	all = append(all, ui.Option{Label: p.T("deeds.any")})
	for _, k := range p.kinds {
		all = append(all, ui.Option{Value: k.Act, Label: p.T(k.Text)})
	}
	return all
}
