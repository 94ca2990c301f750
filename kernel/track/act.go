package track

import (
	"context"
	"errors"
	"io"
	"maps"
	"slices"
	"strconv"
	"strings"

	"motcua/base/fault"
	"motcua/base/id"
	"motcua/base/ui"
	"motcua/base/upload"
	"motcua/base/web"
	"motcua/kernel"
	"motcua/kernel/ask"
	"motcua/kernel/dossier"
	"motcua/kernel/form"
)

// A doing is an act on the page that does it.
type doing struct {
	*story
	step   *dossier.Step
	form   *form.Form // whose questions are asked; nil: none
	fields []form.Field
	papers []dossier.Paper
	files  map[string][]dossier.File // sent with an earlier try, by paper
	sheet  ask.Sheet
	wrong  ui.ErrorSummary
	note   string
}

// keptName is the hidden box of files sent with an earlier try of paper.
func keptName(paper string) string { return "_kept." + paper }

// find makes the doing of the act in the address; nil when it is not possible now.
func find(r *kernel.Request) (*doing, *story, error) {
	s, err := newStory(r)
	if err != nil {
		return nil, nil, err
	}
	i := slices.IndexFunc(s.steps, func(x *dossier.Step) bool { return x.Act == r.PathValue("act") })
	if i < 0 {
		return nil, s, nil
	}
	x := &doing{story: s, step: s.steps[i], files: map[string][]dossier.File{}}
	switch o := s.k.Opening(); {
	case x.step.Form != nil:
		x.form = x.step.Form
		x.ask(nil)
	case x.supplies() && o != nil && o.Form != nil:
		x.form = o.Form
		for _, q := range o.Form.Fields() {
			if len(x.reasons(q.Name)) > 0 {
				x.fields = append(x.fields, *q)
			}
		}
	}
	if x.supplies() {
		for _, p := range s.k.Papers {
			if len(x.reasons(p.ID)) > 0 {
				x.papers = append(x.papers, p)
			}
		}
	}
	x.show(s.d.Answers, nil)
	return x, s, nil
}

// supplies reports whether the act brings what the open reasons name, and nothing else.
func (x *doing) supplies() bool { return x.step.Form == nil && x.step.Papers && x.d.Open }

func (x *doing) env() form.Env {
	return x.r.App.Env(x.r.App.Today(x.d.Body), x.r.Me, x.d.Org)
}

// reasons are those that name a question or paper.
func (x *doing) reasons(name string) (all []dossier.Reason) {
	for _, y := range x.d.Reasons {
		if ref, _, _ := strings.Cut(y.Ref, "/"); ref == name {
			all = append(all, y)
		}
	}
	return all
}

// ask asks what the act's own form asks, given these answers.
func (x *doing) ask(a form.Answers) {
	x.fields = nil
	for _, p := range ask.Pages(x.form.Shown(a, x.env())) {
		x.fields = append(x.fields, p.Fields...)
	}
}

// show fills the page.
func (x *doing) show(a form.Answers, wrong map[string]string) {
	if x.form == nil {
		x.form = &form.Form{}
	}
	x.sheet = ask.Sheet{Voice: x.r.Voice, Country: x.r.App.Country, Form: x.form, Answers: a, Env: x.env(), In: ask.Values(x.form, a), Wrong: wrong, Units: "/units"}
	x.wrong = x.sheet.Errors(x.fields)
}

// file is a paper to give.
func (x *doing) file(p dossier.Paper) ui.Field {
	f := ui.Field{Type: ui.File, Name: p.ID, Label: x.r.Voice.Of(p.Name), Hint: x.r.Voice.Of(p.Hint), Accept: upload.Accept, Many: ask.Files(p) > 1,
		Error: x.sheet.Wrong[p.ID]}
	for _, g := range x.files[p.ID] {
		f.Given = append(f.Given, ui.Given{Name: g.Name, About: x.r.T("track.size", (g.Size+1023)>>10), Tone: ui.Good, Check: x.r.T("track.kept")})
	}
	return f
}

func showAct(r *kernel.Request) (web.Answer, error) {
	x, s, err := find(r)
	if err != nil {
		return web.Answer{}, err
	}
	if x == nil {
		return web.Goto("%s", s.path(""))
	}
	return web.Show(actPage(x))
}

// act does it. What was typed and sent stays on the page when it is refused.
func act(r *kernel.Request) (web.Answer, error) {
	x, s, err := find(r)
	if err != nil {
		return web.Answer{}, err
	}
	if x == nil { // done a moment ago, by a second press or by somebody else
		return web.Goto("%s", s.path(""))
	}
	p, err := x.receive()
	if err != nil {
		return web.Answer{}, err
	}
	seen, _ := strconv.Atoi(p.Values.Get("version"))
	typed := form.Answers{}
	for _, page := range ask.Pages(x.form.Sections) {
		for name, v := range x.form.ReadPage(page.ID(), p.Values) {
			if slices.ContainsFunc(x.fields, func(q form.Field) bool { return q.Name == name }) || x.step.Form != nil {
				typed[name] = v
			}
		}
	}
	if x.step.Form != nil {
		x.ask(typed)
	}
	now := form.Answers{}
	maps.Copy(now, x.d.Answers)
	maps.Copy(now, typed)
	switch x.show(now, p.Wrong); {
	case len(p.Wrong) > 0:
		return web.ShowWrong(actPage(x))
	case pressed(x.form, p.Values):
		return web.Show(actPage(x))
	}
	order := dossier.Order{Me: r.Me, Dossier: s.d.ID, Act: x.step.Act, Version: seen, Answers: ask.Given(typed), Papers: map[string][]id.ID{}}
	for paper, files := range x.files {
		for _, f := range files {
			order.Papers[paper] = append(order.Papers[paper], f.ID)
		}
	}
	if x.note = strings.TrimSpace(p.Values.Get("note")); x.note != "" {
		order.Answers["note"] = x.note
	}
	_, err = r.App.Engine.Act(r.Context(), order)
	wrong := ask.Wrong(r.Voice, err)
	switch {
	case err == nil:
		return web.Goto("%s", s.path(""))
	case errors.Is(err, fault.Stale):
		wrong = map[string]string{"": r.T("dossier.stale")}
	case wrong == nil:
		return web.Answer{}, err
	}
	for paper, say := range wrong {
		if name, ok := strings.CutPrefix(paper, "papers."); ok {
			delete(wrong, paper)
			wrong[name] = say
		}
	}
	x.show(now, wrong)
	return web.ShowWrong(actPage(x))
}

// pressed reports whether a button was pressed that only changes the page.
func pressed(f *form.Form, v map[string][]string) bool {
	if _, ok := v["units"]; ok {
		return true
	}
	return slices.ContainsFunc(ask.Pages(f.Sections), func(p form.Page) bool { return f.Button(p.ID(), v) })
}

// receive reads what the page sent, with the files of earlier tries.
func (x *doing) receive() (ask.Parcel, error) {
	t := ask.Taker{Voice: x.r.Voice,
		Room: func(paper string) (left, most int) {
			if i := slices.IndexFunc(x.papers, func(p dossier.Paper) bool { return p.ID == paper }); i >= 0 {
				most = ask.Files(x.papers[i])
			}
			return most, most
		},
		Keep: func(ctx context.Context, r io.Reader, name string) (dossier.File, error) {
			return x.r.App.Keep(ctx, x.r.Me.ID, 0, r, name)
		}}
	p, err := t.Receive(x.r.Request.Request)
	if err != nil {
		return p, err
	}
	for _, paper := range x.papers {
		for _, s := range p.Values[keptName(paper.ID)] {
			n, err := id.Parse(s)
			if err != nil {
				continue
			}
			f, err := x.r.App.Engine.File(x.r.Context(), n, x.r.Me.ID, 0)
			if err != nil {
				return p, err
			}
			x.files[paper.ID] = append(x.files[paper.ID], f)
		}
		x.files[paper.ID] = append(x.files[paper.ID], p.Files[paper.ID]...)
	}
	return p, nil
}
