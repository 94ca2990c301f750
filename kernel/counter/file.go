package counter

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"motcua/base/fault"
	"motcua/base/id"
	"motcua/base/ui"
	"motcua/base/web"
	"motcua/kernel"
	"motcua/kernel/ask"
	"motcua/kernel/dossier"
	"motcua/kernel/form"
	"motcua/kernel/inbox"
	"motcua/kernel/procedure"
	"motcua/kernel/who"
)

// A filing is the long page: who is helped, every question, every paper.
type filing struct {
	*kernel.Request
	kind     *dossier.Kind
	body     who.Body
	draft    *dossier.Draft
	person   ask.Sheet
	sheet    ask.Sheet
	sections []form.Section
	papers   []dossier.Paper // that are asked now
	wrong    map[string]string
	form     *form.Form // of the person
}

// begin shows an empty page of a service, or the services to choose from.
func (c *counter) begin(r *kernel.Request) (web.Answer, error) {
	q := r.URL.Query()
	if q.Get("kind") == "" {
		return home(r)
	}
	d := &dossier.Draft{Owner: r.Me.ID, Kind: q.Get("kind"), Body: q.Get("body"), Helped: &dossier.Helped{}, Answers: form.Answers{}}
	p, err := c.open(r, d)
	if err != nil {
		return web.Answer{}, err
	}
	p.ready()
	return web.Show(p.page())
}

func (c *counter) show(r *kernel.Request) (web.Answer, error) {
	d, err := own(r)
	if err != nil {
		return web.Answer{}, err
	}
	if d.Dossier != 0 {
		return web.Goto("/counter/done/%s", d.Dossier)
	}
	p, err := c.open(r, d)
	if err != nil {
		return web.Answer{}, err
	}
	p.ready()
	return web.Show(p.page())
}

// open finds the service of a draft; a body that does not take it, or is not
// the clerk's, is as if there were none.
func (c *counter) open(r *kernel.Request, d *dossier.Draft) (*filing, error) {
	k, err := r.App.Kind(d.Kind, d.KindVersion)
	if err != nil {
		return nil, err
	}
	b, ok := r.App.Country.Body(d.Body)
	if s := k.Opening(); !ok || !r.Me.Is(who.Clerk, b.Code) || s == nil || s.Form == nil || k.Takes != nil && !k.Takes(b) {
		return nil, fault.New(fault.NotFound, "dossier.body")
	}
	d.KindVersion = k.Version
	return &filing{Request: r, kind: k, body: b, draft: d, wrong: map[string]string{}, form: c.person}, nil
}

// env is what the questions are checked against: who is helped, not who helps.
func (p *filing) env() form.Env {
	h := p.draft.Helped
	return p.App.Env(p.App.Today(p.body.Code), who.Person{Name: h.Name, Number: h.Number, Phone: h.Phone, Email: h.Email, Born: h.Born}, 0)
}

// ready makes what the page shows of the draft.
func (p *filing) ready() {
	d, h := p.draft, p.draft.Helped
	about := form.Answers{number: h.Number, name: h.Name, born: h.Born, phone: h.Phone, email: h.Email}
	p.person = ask.Sheet{Voice: p.Voice, Country: p.App.Country, Form: p.form, Answers: about, Env: p.env(), In: ask.Values(p.form, about), Wrong: p.wrong}
	f := p.kind.Opening().Form
	p.sections = f.Shown(d.Answers, p.env())
	p.sheet = ask.Sheet{Voice: p.Voice, Country: p.App.Country, Form: f, Answers: d.Answers, Env: p.env(), In: ask.Values(f, d.Answers), Wrong: p.wrong, Units: "/units"}
	p.papers = nil
	for _, x := range p.kind.Papers {
		if x.When == nil || x.When(ask.Given(d.Answers)) {
			p.papers = append(p.papers, x)
		}
	}
}

// save keeps what was typed and sent, whatever is wrong with it, and files when
// that button was pressed.
func (c *counter) save(r *kernel.Request) (web.Answer, error) {
	var d *dossier.Draft
	var err error
	if r.PathValue("draft") != "" {
		if d, err = own(r); err != nil {
			return web.Answer{}, err
		}
		if d.Dossier != 0 { // the same click again
			return web.Goto("/counter/done/%s", d.Dossier)
		}
	} else {
		q := r.URL.Query()
		d = &dossier.Draft{Owner: r.Me.ID, Kind: q.Get("kind"), Body: q.Get("body"), Helped: &dossier.Helped{}, Answers: form.Answers{}}
	}
	p, err := c.open(r, d)
	if err != nil {
		return web.Answer{}, err
	}
	v, err := p.receive()
	if err != nil {
		return web.Answer{}, err
	}
	f := p.kind.Opening().Form
	d.Answers = ask.Read(f, v["asked"], v, d.Answers)
	p.remove(v.Get("remove"))
	said, err := p.people(v)
	if err != nil {
		return web.Answer{}, err
	}
	if err := r.App.Engine.Save(r.Context(), d); err != nil {
		return web.Answer{}, err
	}
	p.ready()
	switch {
	case r.Header.Get("X-Autosave") != "":
		return web.Raw("text/plain; charset=utf-8", []byte(r.T("counter.saved", r.Voice.Hour(d.Saved)))), nil
	case !v.Has("file"):
		return web.Goto("/counter/d/%s%s%s", d.ID, said, p.next(v))
	}
	for _, page := range ask.Pages(p.sections) {
		if !slices.Contains(v["asked"], page.ID()) {
			return web.Goto("/counter/d/%s?more=1%s", d.ID, ui.Anchor(page.Fields[0].Name))
		}
	}
	done, err := p.file()
	if errors.Is(err, fault.Invalid) {
		for name, say := range ask.Wrong(r.Voice, err) {
			p.wrong[strings.TrimPrefix(name, "papers.")] = say
		}
		if len(p.wrong) == 0 {
			return web.Answer{}, err
		}
		p.ready()
		return web.ShowWrong(p.page())
	}
	if err != nil {
		return web.Answer{}, err
	}
	return web.Goto("/counter/done/%s", done.ID)
}

// people reads who is helped. A number that the register knows fills in the
// rest, and the answers that the person gave before.
func (p *filing) people(v url.Values) (said string, err error) {
	if !v.Has(number) {
		return "", nil
	}
	h, was := p.draft.Helped, p.draft.Helped.Number
	a := p.form.ReadPage(number, v)
	good, _ := p.form.Check(ask.Given(a), p.env()) // what is right of it, as it is stored
	maps.Copy(a, good)
	typed := func(name string) string { s, _ := a[name].(string); return s }
	*h = dossier.Helped{Number: typed(number), Name: typed(name), Born: typed(born), Phone: typed(phone), Email: typed(email)}
	if h.Number == "" || h.Number == was || p.Header.Get("X-Autosave") != "" || p.App.Pack.Person != nil && !p.App.Pack.Person(h.Number) {
		return "", nil
	}
	person, known, err := find(p.Request, h.Number)
	if err != nil {
		return "", err
	}
	said = "?known=no"
	f, first := p.kind.Opening().Form, form.Answers{}
	if known {
		fill(h, person)
		again, code, err := before(p.Request, person, f, p.kind.Name)
		if err != nil {
			return "", err
		}
		maps.Copy(first, again)
		said = "?" + url.Values{"known": {"yes"}, "reused": {strconv.Itoa(len(again))}, "code": {code}}.Encode()
	}
	maps.Copy(first, f.First(p.env()))
	for name, v := range first {
		if p.draft.Answers[name] == nil {
			p.draft.Answers[name] = v
		}
	}
	return said, nil
}

// next is the place of the page where something is still to be typed.
func (p *filing) next(v url.Values) string {
	if v.Has("remove") || len(p.wrong) > 0 {
		return "#papers"
	}
	if p.draft.Helped.Name == "" {
		return ui.Anchor(name)
	}
	for _, page := range ask.Pages(p.sections) {
		if _, err := p.sheet.Form.CheckPage(page.ID(), ask.Given(p.draft.Answers), p.env()); err != nil {
			return ui.Anchor(page.Fields[0].Name)
		}
	}
	return "#papers"
}

// file checks who is helped, and files; where the law's clock starts with the
// clerk's own next act, that is done too: he has the papers in his hand.
func (p *filing) file() (*dossier.Dossier, error) {
	d, h := p.draft, *p.draft.Helped
	about := form.Answers{}
	for key, s := range map[string]string{number: h.Number, name: h.Name, born: h.Born, phone: h.Phone, email: h.Email} {
		if s != "" {
			about[key] = s
		}
	}
	good, err := p.form.Check(about, p.env())
	if len(p.wrong) > 0 { // a file was refused
		err = errors.Join(err, fault.Wrong())
	}
	if err == nil {
		get := func(key string) string { s, _ := good[key].(string); return s }
		h = dossier.Helped{Number: get(number), Name: get(name), Born: get(born), Phone: get(phone), Email: get(email)}
	}
	o := dossier.Order{Me: p.Me, Kind: p.kind.Name, KindVersion: d.KindVersion, Body: p.body.Code, Helped: &h, Draft: d.ID, Key: d.ID.String(), Channel: "counter",
		Answers: ask.Given(d.Answers), Papers: map[string][]id.ID{}}
	for _, x := range p.papers {
		for _, f := range d.Papers[x.ID] {
			o.Papers[x.ID] = append(o.Papers[x.ID], f.ID)
		}
	}
	if err != nil {
		_, also := p.kind.Opening().Form.Check(o.Answers, p.env())
		return nil, both(err, also)
	}
	x, err := p.App.Engine.Act(p.Context(), o)
	if err != nil {
		return nil, err
	}
	for _, s := range p.App.Engine.Possible(p.Me, x, p.kind) {
		if s.Starts && inbox.Ready(s) {
			if y, err := p.App.Engine.Act(p.Context(), dossier.Order{Me: p.Me, Dossier: x.ID, Act: s.Act, Version: x.Version}); err == nil {
				return y, nil
			}
		}
	}
	return x, nil
}

// both names the wrong places of two checks.
func both(a, b error) error {
	var x, y *fault.Error
	all := []fault.Field{}
	if errors.As(a, &x) {
		all = append(all, x.Fields...)
	}
	if errors.As(b, &y) {
		all = append(all, y.Fields...)
	}
	return fault.Wrong(all...)
}

// receive reads what was sent; files are kept at once and belong to the draft.
func (p *filing) receive() (url.Values, error) {
	room := func(paper string) (left, most int) {
		if i := slices.IndexFunc(p.kind.Papers, func(x dossier.Paper) bool { return x.ID == paper }); i >= 0 {
			most = ask.Files(p.kind.Papers[i])
		}
		return most - len(p.draft.Papers[paper]), most
	}
	t := ask.Taker{Voice: p.Voice, Room: room, Keep: func(ctx context.Context, r io.Reader, name string) (dossier.File, error) {
		return p.App.Keep(ctx, p.Me.ID, p.draft.ID, r, name)
	}}
	parcel, err := t.Receive(p.Request.Request.Request)
	if p.draft.Papers == nil {
		p.draft.Papers = map[string][]dossier.File{}
	}
	for paper, files := range parcel.Files {
		p.draft.Papers[paper] = append(p.draft.Papers[paper], files...)
	}
	maps.Copy(p.wrong, parcel.Wrong)
	return parcel.Values, err
}

// remove takes a file PAPER/ID away.
func (p *filing) remove(what string) {
	paper, n, _ := strings.Cut(what, "/")
	p.draft.Papers[paper] = slices.DeleteFunc(p.draft.Papers[paper], func(f dossier.File) bool { return f.ID.String() == n })
	if len(p.draft.Papers[paper]) == 0 {
		delete(p.draft.Papers, paper)
	}
}

// given are the files of a paper that are there.
func (p *filing) given(paper string) (all []ui.Given) {
	for _, f := range p.draft.Papers[paper] {
		all = append(all, ui.Given{Name: f.Name, About: p.T("counter.size", int(f.Size+1023)>>10), Tone: ui.Good, Check: p.T("counter.readable"), Remove: paper + "/" + f.ID.String()})
	}
	return all
}

// action is where the page is sent.
func (p *filing) action() string {
	if p.draft.ID != 0 {
		return fmt.Sprintf("/counter/d/%s", p.draft.ID)
	}
	return "/counter/new?" + url.Values{"kind": {p.kind.Name}, "body": {p.body.Code}}.Encode()
}

// terms are what the citizen asks first: how long, how much.
func (p *filing) terms() (all []ui.Answer) {
	a := ask.Given(p.draft.Answers)
	if p.kind.Limit != nil {
		all = append(all, ui.Answer{Ask: p.T("counter.limit"), Say: p.kind.Limit(a, p.body.Code).Say(p.Voice), Strong: true})
	}
	if s, ok := p.kind.Service.(*procedure.Procedure); ok {
		for _, c := range s.Fee(procedure.Case{Answers: a, Body: p.body.Code, Channel: "counter", Today: p.App.Today(p.body.Code)}) {
			all = append(all, ui.Answer{Ask: p.Voice.Of(c.Name), Say: p.T("form.money", c.Amount), Strong: true})
		}
	}
	return all
}
