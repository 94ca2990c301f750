package filing

import (
	"strconv"
	"strings"

	"motcua/base/ui"
	"motcua/base/web"
	"motcua/kernel/dossier"
	"motcua/kernel/form"
)

// A task is one part of a filing.
type task struct {
	title string
	href  string // "" is not open yet
	state string
	tone  ui.Tone
	done  bool
}

// states say how far a section is.
var states = map[form.Progress]struct {
	text string
	tone ui.Tone
}{
	form.None: {"filing.none", ui.Info},
	form.Some: {"filing.some", ui.Soon},
	form.All:  {"filing.done", ui.Good},
}

// tasks are the parts of the filing: sections of the form, papers, the check.
func (d *filing) tasks() (all []task) {
	r := d.R
	for _, s := range d.Form.Shown(d.Answers, d.Env) {
		p := d.Form.Done(s.ID, d.Answers, d.Env)
		all = append(all, task{title: r.Voice.Of(s.Title), href: d.Path("/q/%s", d.next(s).ID()), state: r.T(states[p].text), tone: states[p].tone, done: p == form.All})
	}
	if asked := d.Asked(); len(asked) > 0 {
		p, optional := d.given(asked)
		t := task{title: r.T("filing.papers"), href: d.Path("/papers"), state: r.T(states[p].text), tone: states[p].tone, done: p == form.All}
		if optional && p == form.None {
			t.state, t.tone, t.done = r.T("filing.optional"), ui.Plain, true
		}
		all = append(all, t)
	}
	var open []string
	for i, t := range all {
		if !t.done {
			open = append(open, strconv.Itoa(i+1))
		}
	}
	check := task{title: r.T("filing.check"), state: r.T("filing.locked", strings.Join(open, ", "))}
	if len(open) == 0 {
		check.href, check.state, check.tone = d.Path("/check"), r.T("filing.none"), ui.Info
	}
	return append(all, check)
}

// next is the first page of a section with something open, or the first one.
func (d *filing) next(s form.Section) *form.Page {
	for i := range s.Pages {
		if d.open(s.Pages[i]) {
			return &s.Pages[i]
		}
	}
	return &s.Pages[0]
}

// open reports whether a question of the page was not seen, or is not right.
func (d *filing) open(p form.Page) bool {
	for _, q := range p.Fields {
		if _, seen := d.Answers[q.Name]; !seen {
			return true
		}
	}
	_, err := d.Form.CheckPage(p.ID(), d.Answers, d.Env)
	return err != nil
}

// given says how far the papers are, and whether all of them are optional.
func (d *filing) given(asked []dossier.Paper) (p form.Progress, optional bool) {
	p, optional = form.All, true
	some := false
	for _, x := range asked {
		has := len(d.Papers[x.ID]) > 0
		some = some || has
		if !x.Optional {
			optional = false
			if !has {
				p = form.Some
			}
		}
	}
	if !some {
		p = form.None
	}
	return p, optional
}

// A hubView is the hub as its page shows it.
type hubView struct {
	*filing
	tasks []task
	done  int
}

func (h hubView) list() (all ui.Tasks) {
	for _, t := range h.tasks {
		all = append(all, ui.Task{Text: t.title, Href: t.href, State: t.state, Tone: t.tone})
	}
	return all
}

// button is the one thing to do next.
func (h hubView) button() ui.Button {
	r := h.R
	for i, t := range h.tasks {
		switch {
		case t.done:
		case i == len(h.tasks)-1:
			return ui.Button{Text: r.T("filing.go.check"), Href: t.href, Big: true, After: "right"}
		case h.done == 0 && t.tone == ui.Info:
			return ui.Button{Text: r.T("filing.go.first"), Href: t.href, Big: true, After: "right"}
		default:
			return ui.Button{Text: r.T("filing.go", i+1), Href: t.href, Big: true, After: "right"}
		}
	}
	return ui.Button{}
}

func hub(d *filing) (web.Answer, error) {
	h := hubView{filing: d, tasks: d.tasks()}
	for _, t := range h.tasks {
		if t.done {
			h.done++
		}
	}
	return web.Show(hubPage(h))
}
