package seals

import (
	"encoding/hex"
	"errors"
	"slices"
	"strings"
	"time"

	"motcua/base/db"
	"motcua/base/fault"
	"motcua/base/id"
	"motcua/base/sheet"
	"motcua/base/ui"
	"motcua/base/web"
	"motcua/kernel"
	"motcua/kernel/rights"
	"motcua/kernel/sight"
	"motcua/kernel/sign"
	"motcua/kernel/who"
	"motcua/systems/keys/signing"
)

// How many uses a page and a file have.
const (
	shown = 50
	most  = 20_000
)

// A page is one body's seal: what is in force, what is asked, its journal.
type page struct {
	*kernel.Request
	body   who.Body
	seals  []sign.Key // newest first
	asked  *rights.Ask
	why    string // why me does not agree to it; "": he may
	wish   *sign.Wish
	stops  []sign.Stopped
	uses   []sign.Use
	names  map[id.ID]string
	gone   map[id.ID]bool // of what was sealed so long ago that the document is erased
	before id.ID
	next   id.ID
}

// open reads what belongs to the body in the address, with n uses.
func open(r *kernel.Request, n int) (*page, error) {
	b, err := place(r, reads)
	if err != nil {
		return nil, err
	}
	p := &page{Request: r, body: b}
	if text := r.URL.Query().Get("before"); text != "" {
		if p.before, err = id.Parse(text); err != nil {
			return nil, fault.New(fault.NotFound, "who.body")
		}
	}
	return p, r.App.DB.Read(r.Context(), func(tx *db.Tx) error { return p.read(tx, n) })
}

func (p *page) read(tx *db.Tx, n int) (err error) {
	a := p.App.Keys
	p.names, p.asked, p.wish, p.why, p.next = map[id.ID]string{}, nil, nil, "", 0
	if p.seals, err = a.Seals(tx, p.body.Code); err != nil {
		return err
	}
	slices.Reverse(p.seals)
	stops, err := a.Stops(tx)
	if err != nil {
		return err
	}
	p.stops = over(stops, p.body.Code)
	if p.uses, err = a.Journal(tx, p.body.Code, p.before, n+1); err != nil {
		return err
	}
	if len(p.uses) > n {
		p.uses, p.next = p.uses[:n], p.uses[n-1].ID
	}
	x, err := waiting(tx, p.App, p.body.Code)
	switch {
	case err == nil:
		p.asked = &x
		var f *fault.Error
		if why := rights.May(tx, p.App, p.Me, x); errors.As(why, &f) {
			p.why = p.T(f.Code, f.Args...)
		} else if why != nil {
			return why
		}
	case !errors.Is(err, fault.NotFound):
		return err
	}
	w, err := wished(tx, p.Request, p.body)
	switch {
	case err == nil:
		p.wish = &w
	case !errors.Is(err, fault.NotFound):
		return err
	}
	p.gone = map[id.ID]bool{}
	for _, u := range p.uses[:min(len(p.uses), shown)] { // a file of all has no links
		if u.By != 0 {
			var there int
			if err := tx.Row(`select count(*) from keys_signing where id = $1`, u.About).Scan(&there); err != nil {
				return err
			}
			p.gone[u.About] = there == 0
		}
	}
	for _, u := range p.uses {
		if err := rights.Named(tx, p.names, u.By); err != nil {
			return err
		}
	}
	return rights.Named(tx, p.names, x.By)
}

func show(r *kernel.Request) (web.Answer, error) {
	p, err := open(r, shown)
	if err != nil {
		return web.Answer{}, err
	}
	return web.Show(p.view())
}

// journal is the same as a table for who calculates.
func journal(as string) func(*kernel.Request) (web.Answer, error) {
	return func(r *kernel.Request) (web.Answer, error) {
		p, err := open(r, most)
		if err != nil {
			return web.Answer{}, err
		}
		rows := [][]any{}
		for _, u := range p.uses {
			rows = append(rows, []any{u.At.In(p.Voice.Zone).Format(time.RFC3339), p.by(u), u.What, hex.EncodeToString(sum(u)), p.number(u), p.state(u)})
		}
		head := []string{p.T("keys.seal.when"), p.T("keys.seal.by"), p.T("keys.col.document"), "SHA-256", p.T("keys.fact.number"), p.T("keys.col.state")}
		return sight.File(sheet.Sheet{Name: p.T("keys.seal.journal"), Head: head, Rows: sheet.Of(rows)}, "journal-"+p.body.Code, as)
	}
}

// sum is the digest by which the document is known: of the sealed file, or of
// what was to be sealed.
func sum(u sign.Use) []byte {
	if u.File != [32]byte{} {
		return u.File[:]
	}
	return u.Digest[:]
}

// by is who had the seal set: the node itself, on what the body decided, or its keeper.
func (p *page) by(u sign.Use) string {
	if u.By == 0 {
		return p.T("keys.seal.auto")
	}
	return p.names[u.By]
}

// number is that of the certificate in force at a use.
func (p *page) number(u sign.Use) string {
	for _, k := range p.seals {
		if k.ID == u.Key {
			return sign.Number(k.Certificate)
		}
	}
	return ""
}

func (p *page) state(u sign.Use) string {
	if u.Done.IsZero() {
		return p.T("keys.seal.not")
	}
	return p.T("keys.seal.done")
}

func (p *page) table() ui.Table {
	t := ui.Table{Caption: p.T("keys.seal.journal"), Told: true, Empty: p.T("keys.seal.unused"),
		Columns: []ui.Column{{Title: p.T("keys.col.document")}, {Title: p.T("keys.seal.by")}, {Title: p.T("keys.seal.when")}}}
	for _, u := range p.uses {
		about := ui.Cell{Body: line(u.What, p.link(u), signing.Grouped(hex.EncodeToString(sum(u))[:16])+" …")}
		by := p.by(u)
		if u.Done.IsZero() {
			by += " · " + p.state(u)
		}
		t.Rows = append(t.Rows, ui.Row{Cells: []ui.Cell{about, {Text: by}, {Text: p.Voice.Moment(u.At), Soft: true}}})
	}
	return t
}

// link is where the document is: what was decided at /verify, what its keeper
// sealed where he confirmed it.
func (p *page) link(u sign.Use) string {
	switch {
	case u.About == 0:
		return ""
	case u.By == 0:
		return "/verify/" + u.About.String()
	case p.gone[u.About]:
		return ""
	}
	return signing.Path(u.About)
}

func (p *page) facts(k sign.Key) []ui.Answer {
	c := k.Certificate
	return []ui.Answer{{Ask: p.T("keys.fact.issuer"), Say: c.Issuer.CommonName}, {Ask: p.T("keys.seal.from"), Say: p.Voice.Moment(c.NotBefore)},
		{Ask: p.T("keys.fact.until"), Say: p.Voice.Day(c.NotAfter)}, {Ask: p.T("keys.fact.number"), Say: signing.Grouped(sign.Number(c))}}
}

// standing is how a seal stands.
func (p *page) standing(i int) ui.Tag {
	k, now := p.seals[i], p.App.Now()
	switch {
	case !k.Revoked.IsZero():
		return ui.Tag{Text: p.T("keys.state.revoked", p.Voice.Moment(k.Revoked)), Tone: ui.Bad}
	case now.After(k.Certificate.NotAfter):
		return ui.Tag{Text: p.T("keys.state.expired"), Tone: ui.Plain}
	case len(p.stops) > 0:
		return ui.Tag{Text: p.T("keys.seal.stopped"), Tone: ui.Bad}
	case p.force() != k.ID:
		return ui.Tag{Text: p.T("keys.seal.older"), Tone: ui.Plain}
	}
	return ui.Tag{Text: p.T("keys.state.good"), Tone: ui.Good}
}

// force is the seal that is set now, 0 when the body has none.
func (p *page) force() id.ID {
	for _, k := range p.seals {
		if k.Live(p.App.Now()) {
			return k.ID
		}
	}
	return 0
}

func (p *page) pager() ui.Pager {
	g := ui.Pager{}
	if p.before != 0 {
		g.Prev = Path(p.body.Code) + "#journal"
	}
	if p.next != 0 {
		g.Next = Path(p.body.Code) + "?before=" + p.next.String() + "#journal"
	}
	return g
}

// A book is the bodies whose seals me may see: those that have one or for which
// one is asked, and all of who has few.
type book struct {
	*kernel.Request
	rows  []ui.Row
	typed string
	wrong string
}

// few is how many bodies are listed though they have no seal.
const few = 20

// list leads to the seals. Who has one body only sees its own at once.
func list(r *kernel.Request) (web.Answer, error) {
	v := &book{Request: r, typed: strings.TrimSpace(r.URL.Query().Get("body"))}
	if b, ok := r.App.Country.Body(v.typed); ok && reads(r, b.Code) {
		return back(b)
	}
	if v.typed != "" {
		v.wrong = r.T("keys.seal.nobody")
	}
	mine := r.App.Country.Bodies(func(b who.Body) bool { return reads(r, b.Code) }, few+1)
	if len(mine) == 1 && v.typed == "" {
		return back(mine[0])
	}
	if len(mine) > few {
		mine = nil
	}
	err := r.App.DB.Read(r.Context(), func(tx *db.Tx) error { return v.read(tx, mine) })
	if err != nil {
		return web.Answer{}, err
	}
	return web.Show(v.view())
}

func (v *book) read(tx *db.Tx, mine []who.Body) error {
	seals, err := v.App.Keys.Seals(tx, "")
	if err != nil {
		return err
	}
	stops, err := v.App.Keys.Stops(tx)
	if err != nil {
		return err
	}
	open, err := rights.Everywhere(tx, v.App)
	if err != nil {
		return err
	}
	var waits []string
	for _, k := range open {
		if k.Role == rights.Seal {
			waits = append(waits, k.Body)
		}
	}
	codes := slices.Clone(waits)
	has := map[string][]sign.Key{}
	for _, k := range seals {
		has[k.Body] = append([]sign.Key{k}, has[k.Body]...)
		codes = append(codes, k.Body)
	}
	for _, b := range mine {
		codes = append(codes, b.Code)
	}
	slices.Sort(codes)
	v.rows = nil
	for _, code := range slices.Compact(codes) {
		b, ok := v.App.Country.Body(code)
		if !ok || !reads(v.Request, code) {
			continue
		}
		p := &page{Request: v.Request, body: b, seals: has[code], stops: over(stops, code)}
		tag := ui.Tag{Text: v.T("keys.seal.none"), Tone: ui.Plain}
		switch {
		case slices.Contains(waits, code):
			tag = ui.Tag{Text: v.T("keys.seal.waits"), Tone: ui.Soon}
		case len(p.seals) > 0:
			tag = p.standing(0)
		}
		v.rows = append(v.rows, ui.Row{Cells: []ui.Cell{{Text: v.Voice.Of(b.Name), Href: Path(code)}, {Text: code, Soft: true}, {Body: tag}}})
	}
	return nil
}

// over are the stops under which nothing is sealed for a body.
func over(all []sign.Stopped, body string) []sign.Stopped {
	return slices.DeleteFunc(slices.Clone(all), func(s sign.Stopped) bool { return s.What == sign.Issuing || s.Body != "" && s.Body != body })
}
