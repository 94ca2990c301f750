package desk

import (
	"context"
	"crypto/rand"
	"fmt"
	"io"
	"net/http"
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
)

// fresh is the name of one click: the same form sent twice acts once.
func fresh() string { return rand.Text() }

// direct reports whether a step is done by its button alone: it asks nothing,
// and nothing of weight follows that somebody should read first.
func direct(k *dossier.Kind, s *dossier.Step) bool {
	to := k.Stands[s.To]
	return inbox.Ready(s) && s.Form == nil && (s.To == "" || !to.Ends && !to.Result)
}

// An actPage is the small form of one act.
type actPage struct {
	*kernel.Request
	in inbox.Place // of the inbox
	*dossier.Dossier
	kind     *dossier.Kind
	step     *dossier.Step
	title    string
	sheet    ask.Sheet      // of the step's own questions
	sections []form.Section // as they are asked now
	reasons  *form.Form     // the rows of reasons, or nil
	rows     ask.Sheet      // of reasons
	note     string
	holder   string
	staff    []ui.Option
	papers   []dossier.Paper // that may come with it
	given    map[string][]dossier.File
	version  int
	key      string
	wrong    map[string]string
	news     []dossier.Act // what happened since the form was opened
	preview  bool
	asksMore bool // the answers brought up questions not asked before
}

// open reads the dossier for an act; what cannot be done now is a fault.
func openAct(r *kernel.Request) (*actPage, error) {
	n, err := inbox.Parse(r.PathValue("id"))
	if err != nil {
		return nil, err
	}
	d, k, err := r.App.Engine.See(r.Context(), r.Me, n)
	if err != nil {
		return nil, err
	}
	if !dossier.Official(r.Me, d) {
		return nil, fault.New(fault.NotFound, "dossier.missing")
	}
	p := &actPage{Request: r, in: inbox.PlaceOf(r.URL.Query()), Dossier: d, kind: k, version: d.Version, key: fresh(), given: map[string][]dossier.File{}, wrong: map[string]string{}}
	act := r.PathValue("act")
	for _, s := range r.App.Engine.Possible(r.Me, d, k) {
		if s.Act == act {
			p.step = s
		}
	}
	for i := range k.Steps { // not now, or not by this person: still shown with what was typed
		if s := &k.Steps[i]; p.step == nil && s.Act == act && len(s.From) > 0 {
			p.step = s
		}
	}
	if p.step == nil {
		return nil, fault.New(fault.NotFound, "dossier.act")
	}
	p.title = r.ActTitle(k, p.step)
	for _, x := range k.Papers {
		if p.step.Papers && d.Open && slices.ContainsFunc(d.Reasons, func(y dossier.Reason) bool { return y.Ref == x.ID }) {
			p.papers = append(p.papers, x)
		}
	}
	if act == "assign" {
		p.staff, err = inbox.Colleagues(r, d.Body)
	}
	return p, err
}

// possible reports the fault of doing the act now, or nil.
func (p *actPage) possible() error {
	switch {
	case slices.ContainsFunc(p.App.Engine.Possible(p.Me, p.Dossier, p.kind), func(s *dossier.Step) bool { return s.Act == p.step.Act }):
		return nil
	case slices.ContainsFunc(p.kind.Steps, func(s dossier.Step) bool {
		return s.Act == p.step.Act && slices.ContainsFunc(s.By, func(by dossier.By) bool { return by.Does(p.Me, p.Dossier) })
	}):
		return fault.New(fault.Conflict, "dossier.notnow")
	}
	return fault.New(fault.Forbidden, "dossier.notyours")
}

func askAct(r *kernel.Request) (web.Answer, error) {
	p, err := openAct(r)
	if err == nil {
		err = p.possible()
	}
	if err != nil {
		return web.Answer{}, err
	}
	p.questions(nil, nil)
	return web.Show(p.page())
}

// form is the form that the act answers, with what is known of its answers (a
// question that the applicant was asked too begins with what he said), and
// which of its questions are asked (nil: all).
func (p *actPage) form() (f *form.Form, known form.Answers, only func(name string) bool) {
	switch {
	case p.step.Form != nil:
		known = form.Answers{}
		for _, said := range []form.Answers{p.Answers, p.Desk} {
			for name, v := range said {
				if p.step.Form.Has(name) {
					known[name] = v
				}
			}
		}
		return p.step.Form, known, nil
	case p.kind.Opening() == nil || p.kind.Opening().Form == nil:
	case p.step.Act == "correct":
		return p.kind.Opening().Form, p.Answers, nil
	case p.step.Papers && p.Open:
		return p.kind.Opening().Form, p.Answers, func(name string) bool {
			return slices.ContainsFunc(p.Reasons, func(x dossier.Reason) bool { return x.Ref == name })
		}
	}
	return nil, nil, nil
}

// questions makes ready what the page asks, with what was typed in it.
func (p *actPage) questions(typed, reasons form.Answers) {
	f, known, only := p.form()
	if f != nil {
		if typed == nil {
			typed = known
		}
		env := p.App.Env(p.App.Today(p.Body), p.Me, p.Org)
		p.sections = limited(f.Shown(typed, env), only)
		p.sheet = ask.Sheet{Voice: p.Voice, Country: p.App.Country, Form: f, Answers: typed, Env: env, In: ask.Values(f, typed), Wrong: p.wrong, Units: "/units"}
	}
	if p.step.Reasons {
		p.reasons = p.reasonForm()
		p.rows = ask.Sheet{Voice: p.Voice, Country: p.App.Country, Form: p.reasons, Answers: reasons, In: ask.Values(p.reasons, reasons), Wrong: p.wrong}
	}
}

// limited keeps of the sections only the questions that are asked.
func limited(sections []form.Section, only func(string) bool) (out []form.Section) {
	if only == nil {
		return sections
	}
	for _, s := range sections {
		pages := s.Pages
		s.Pages = nil
		for _, page := range pages {
			page.Fields = slices.DeleteFunc(slices.Clone(page.Fields), func(q form.Field) bool { return !only(q.Name) })
			if len(page.Fields) > 0 {
				s.Pages = append(s.Pages, page)
			}
		}
		if len(s.Pages) > 0 {
			out = append(out, s)
		}
	}
	return out
}

func doAct(r *kernel.Request) (web.Answer, error) {
	p, err := openAct(r)
	if err != nil {
		return web.Answer{}, err
	}
	v, err := p.receive()
	if err != nil {
		return web.Answer{}, err
	}
	p.note, p.holder, p.key = v.Get("note"), v.Get("holder"), v.Get("key")
	p.version, _ = strconv.Atoi(v.Get("version"))
	f, known, only := p.form()
	var typed form.Answers
	again := v.Has("preview") || v.Has("update")
	if f != nil {
		typed = ask.Read(f, v["asked"], v, known)
		for _, page := range v["asked"] {
			again = again || f.Button(page, v)
		}
		for _, page := range ask.Pages(limited(f.Shown(typed, p.App.Env(p.App.Today(p.Body), r.Me, p.Org)), only)) {
			if !slices.Contains(v["asked"], page.ID()) {
				p.asksMore = true
			}
		}
	}
	var reasons form.Answers
	if p.step.Reasons {
		rf := p.reasonForm()
		reasons = rf.ReadPage("reasons", v)
		again = again || rf.Button("reasons", v)
		if !again {
			reasons = p.wordings(reasons)
		}
	}
	p.preview = v.Has("preview")
	if again || p.asksMore && len(v["asked"]) > 0 {
		p.questions(typed, reasons)
		return web.Show(p.page())
	}
	o := dossier.Order{Me: r.Me, Dossier: p.ID, Act: p.step.Act, Version: p.version, Key: p.key, Answers: form.Answers{}, Papers: map[string][]id.ID{}}
	for name, x := range ask.Given(typed) {
		if only == nil || only(name) {
			o.Answers[name] = x
		}
	}
	if reasons != nil {
		o.Answers["reasons"] = reasons["reasons"]
	}
	if p.note != "" {
		o.Answers["note"] = p.note
	}
	if p.holder != "" {
		o.Answers["holder"] = p.holder
	}
	for paper, files := range p.given {
		for _, x := range files {
			o.Papers[paper] = append(o.Papers[paper], x.ID)
		}
	}
	var done *dossier.Dossier
	if err = p.missing(); err == nil {
		done, err = r.App.Engine.Act(r.Context(), o)
	}
	switch fault.Of(err) {
	case "":
		if err != nil {
			return web.Answer{}, err
		}
		return p.leave(done)
	case fault.Invalid:
		wrong := ask.Wrong(r.Voice, err)
		if wrong == nil {
			return web.Answer{}, err
		}
		for name, say := range wrong {
			p.wrong[strings.TrimPrefix(name, "papers.")] = say
		}
		p.questions(typed, reasons)
		return web.ShowWrong(p.page())
	case fault.Stale, fault.Conflict:
		p.news = since(p.Acts, p.version)
		if len(p.news) == 0 {
			return web.Answer{}, err
		}
		p.version, p.key = p.Version, fresh()
		p.questions(typed, reasons)
		a, err := web.Show(p.page())
		return a.Status(http.StatusConflict), err
	}
	return web.Answer{}, err
}

// since are the acts after version n.
func since(acts []dossier.Act, n int) []dossier.Act {
	if n < 1 || n >= len(acts) {
		return nil
	}
	return acts[n:]
}

// missing is what this page asks although the act could be done without.
func (p *actPage) missing() error {
	switch {
	case len(p.wrong) > 0: // a file was refused
		return fault.Wrong(fault.Field{Pointer: "/papers", Code: "desk.paper.refused"})
	case p.step.Act == "note" && p.note == "":
		return fault.Wrong(fault.Field{Pointer: "/answers/note", Code: "desk.note.empty"})
	case p.step.Act == "assign" && !slices.ContainsFunc(p.staff, func(o ui.Option) bool { return o.Value == p.holder }):
		return fault.Wrong(fault.Field{Pointer: "/answers/holder", Code: "dossier.holder"})
	}
	return nil
}

// leave goes on: to the next dossier of the inbox where this one has moved on,
// else back to its page.
func (p *actPage) leave(done *dossier.Dossier) (web.Answer, error) {
	to := fmt.Sprintf("/work/d/%s?%s", p.ID, p.in.Query("done", p.ID.String()))
	if done.State != p.State && p.URL.Query().Has("view") {
		l := p.in.List(p.Me)
		l.After, l.Limit = p.Dossier.Cursor(), 1
		rows, _, err := p.App.Engine.Rows(p.Context(), l)
		if err != nil {
			return web.Answer{}, err
		}
		to = "/work?" + p.in.Query()
		if len(rows) > 0 {
			to = fmt.Sprintf("/work/d/%s?%s", rows[0].ID, p.in.Query("done", p.ID.String()))
		}
	}
	return web.Goto("%s", to)
}

// receive reads what was sent; files are kept at once, and stay with the form
// when something else is wrong with it.
func (p *actPage) receive() (url.Values, error) {
	room := func(paper string) (left, most int) {
		if i := slices.IndexFunc(p.papers, func(x dossier.Paper) bool { return x.ID == paper }); i >= 0 {
			most = ask.Files(p.papers[i])
		}
		return most, most
	}
	t := ask.Taker{Voice: p.Voice, Room: room, Keep: func(ctx context.Context, r io.Reader, name string) (dossier.File, error) {
		return p.App.Keep(ctx, p.Me.ID, 0, r, name)
	}}
	parcel, err := t.Receive(p.Request.Request.Request)
	if err != nil {
		return nil, err
	}
	for _, kept := range parcel.Values["kept"] {
		paper, s, _ := strings.Cut(kept, "/")
		n, err := id.Parse(s)
		if _, most := room(paper); err != nil || most == 0 || len(parcel.Files[paper]) > 0 { // sent anew
			continue
		}
		f, err := p.App.Engine.File(p.Context(), n, p.Me.ID, 0)
		if err != nil {
			return nil, err
		}
		p.given[paper] = append(p.given[paper], f)
	}
	for paper, files := range parcel.Files {
		p.given[paper] = files
	}
	for paper, say := range parcel.Wrong {
		p.wrong[paper] = say
	}
	return parcel.Values, nil
}
