package filing

import (
	"errors"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"motcua/base/fault"
	"motcua/base/ui"
	"motcua/base/web"
	"motcua/kernel"
	"motcua/kernel/ask"
	"motcua/kernel/dossier"
	"motcua/kernel/draft"
	"motcua/kernel/form"
	"motcua/kernel/track"
)

// Names of what a page of questions sends besides answers. Names of questions
// begin with a letter.
const (
	askedName = "_asked" // the questions that were on the page
	laterName = "_later" // the button that saves without asking for more
	nextName  = "_next"  // the button that goes on
	unitsName = "units"  // the button that brings the next list of an address
)

// An asking is one page of questions with where it stands.
type asking struct {
	*filing
	page     form.Page
	part, of int    // the section among the tasks
	q, qs    int    // the page in its section
	back     string // address of the page before
	next     string // title of what comes after
	tasks    []task
	sheet    ask.Sheet
	wrong    ui.ErrorSummary
}

// find makes the page of this id as it is asked now; false when it is not asked.
func (d *filing) find(id string) (*asking, bool) {
	sections := d.Form.Shown(d.Answers, d.Env)
	for s := range sections {
		pages := sections[s].Pages
		for p := range pages {
			if pages[p].ID() != id {
				continue
			}
			x := &asking{filing: d, page: pages[p], part: s + 1, q: p + 1, qs: len(pages), back: d.Path(""), tasks: d.tasks()}
			x.of = len(x.tasks)
			if p > 0 {
				x.back = d.Path("/q/%s", pages[p-1].ID())
			}
			if d.checking() {
				x.back = d.Path("/check")
			}
			switch {
			case p+1 < len(pages):
				x.next = d.title(pages[p+1])
			case s+1 < len(x.tasks):
				x.next = x.tasks[s+1].title
			}
			return x, true
		}
	}
	return nil, false
}

// title is what a page of questions is called.
func (d *filing) title(p form.Page) string {
	if len(p.Title) > 0 {
		return d.R.Voice.Of(p.Title)
	}
	return d.R.Voice.Of(p.Fields[0].Label)
}

// checking reports whether the page was opened to change one answer from the check.
func (d *filing) checking() bool { return d.R.URL.Query().Get("back") == "check" }

// onward keeps in an address where the page leads back to.
func (d *filing) onward() string {
	if d.checking() {
		return "?back=check"
	}
	return ""
}

// ask fills the page with these answers and the sentences of what is wrong.
func (x *asking) ask(a form.Answers, wrong map[string]string) {
	first := x.Form.First(x.Env)
	x.sheet = ask.Sheet{Voice: x.R.Voice, Country: x.R.App.Country, Form: x.Form, Answers: a, Env: x.Env, In: x.Form.Values(x.page.ID(), a),
		Wrong: wrong, Notes: map[string]string{}, Units: "/units"}
	if x.title(x.page) == x.R.Voice.Of(x.page.Fields[0].Label) {
		x.sheet.Head = x.page.Fields[0].Name
	}
	for _, q := range x.page.Fields {
		if v := first[q.Name]; v != nil && v == a[q.Name] {
			x.sheet.Notes[q.Name] = x.R.T("filing.mine")
		}
	}
	x.wrong = x.sheet.Errors(x.page.Fields)
}

func showQuestion(d *filing) (web.Answer, error) {
	x, ok := d.find(d.R.PathValue("page"))
	if !ok {
		return web.Goto("%s", d.Path(""))
	}
	x.ask(d.Answers, nil)
	return web.Show(questionPage(x))
}

// read reads the form that a page sent.
func read(r *kernel.Request) (url.Values, error) {
	err := r.ParseForm()
	var large *http.MaxBytesError
	switch {
	case errors.As(err, &large):
		return nil, err
	case err != nil:
		return nil, fault.New(fault.Invalid, "fault.invalid")
	}
	return r.PostForm, nil
}

// question saves what was typed, right or wrong; then it goes on, or says what is wrong.
func question(d *filing) (web.Answer, error) {
	r, page := d.R, d.R.PathValue("page")
	v, err := read(r)
	if err != nil {
		return web.Answer{}, err
	}
	if d.Form.Page(page) == nil {
		return web.Answer{}, fault.New(fault.NotFound, "form.page")
	}
	auto := r.Header.Get("X-Autosave") != ""
	again := v.Has(unitsName) || d.Form.Button(page, v)
	typed := d.Form.ReadPage(page, v)
	if asked := strings.Split(v.Get(askedName), " "); v.Has(askedName) {
		maps.DeleteFunc(typed, func(name string, _ any) bool { return !slices.Contains(asked, name) })
	}
	var wrong error
	err = d.Change(func(x *dossier.Draft) error {
		now := typed
		quiet := auto || again || v.Has(laterName)
		if quiet { // what was left empty may still be answered
			now = maps.Clone(typed)
			maps.DeleteFunc(now, func(name string, y any) bool { return y == nil && x.Answers[name] == nil })
		}
		all := draft.Merged(x.Answers, now)
		checked, err := d.Form.CheckPage(page, all, d.Env)
		switch {
		case checked == nil:
			return err
		case quiet:
			x.Answers = all
		default:
			x.Answers, wrong = checked, err
		}
		return nil
	})
	if fault.Of(err) == fault.Invalid { // too much to keep: show it, so that it can be shortened
		return d.refuse(page, draft.Merged(d.Answers, typed), ask.Wrong(r.Voice, err))
	}
	if err != nil {
		return web.Answer{}, err
	}
	switch {
	case auto:
		return web.Raw("text/plain; charset=utf-8", []byte(d.saved())), nil
	case again:
		return d.GoTo(d.Path("/q/%s%s", page, d.onward()) + ui.Anchor(touched(v)))
	case v.Has(laterName):
		return d.GoTo(d.Path(""))
	}
	says := ask.Wrong(r.Voice, wrong)
	x, shown := d.find(page)
	fresh := ""
	if shown && v.Has(askedName) { // an answer brought a question to this very page
		for _, q := range x.page.Fields {
			if _, seen := typed[q.Name]; !seen {
				fresh = q.Name
				maps.DeleteFunc(says, func(name string, _ string) bool { return name == q.Name || strings.HasPrefix(name, q.Name+".") })
			}
		}
	}
	switch {
	case len(says) > 0 && shown:
		return d.refuse(page, d.Answers, says)
	case fresh != "":
		return d.GoTo(d.Path("/q/%s%s", page, d.onward()) + ui.Anchor(fresh))
	case d.checking():
		return d.GoTo(d.Path("/check"))
	case shown && x.q < x.qs:
		pages := d.Form.Shown(d.Answers, d.Env)[x.part-1].Pages
		return d.GoTo(d.Path("/q/%s", pages[x.q].ID()))
	}
	return d.GoTo(d.Path(""))
}

// refuse shows the page again with everything that was typed and what is wrong with it.
func (d *filing) refuse(page string, a form.Answers, wrong map[string]string) (web.Answer, error) {
	x, ok := d.find(page)
	if !ok || !d.Shown() {
		return d.GoTo(d.Path(""))
	}
	x.ask(a, wrong)
	return web.ShowWrong(questionPage(x))
}

// touched is the question whose button was pressed.
func touched(v url.Values) string {
	if v.Has(unitsName) {
		return v.Get(unitsName)
	}
	for name := range v {
		if group, ok := strings.CutSuffix(name, ".add"); ok {
			return group
		}
		if group, _, ok := strings.Cut(name, ".remove."); ok {
			return group
		}
	}
	return ""
}

// saved says when the draft was kept.
func (d *filing) saved() string {
	return d.R.T("filing.saved", track.When(d.R.Voice, d.R.App.Now(), d.Saved))
}

// names are the questions of the page, for askedName.
func (x *asking) names() string {
	var all []string
	for _, q := range x.page.Fields {
		all = append(all, q.Name)
	}
	return strings.Join(all, " ")
}
