package start

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"motcua/base/fault"
	"motcua/base/ui"
	"motcua/base/web"
	"motcua/kernel"
	"motcua/kernel/dossier"
	"motcua/kernel/draft"
	"motcua/kernel/filing"
	"motcua/kernel/form"
	"motcua/kernel/procedure"
	"motcua/kernel/who"
)

// A choice is where somebody is on the way to the body that decides.
type choice struct {
	r      *kernel.Request
	kind   *dossier.Kind
	draft  string   // whose body is to change; "": a new one
	body   who.Body // chosen
	last   who.Body // where one filed before
	words  string
	found  []who.Body
	path   []who.Unit // from the province down to where one looks
	inside []who.Unit // with a body that takes it, somewhere in them
	here   []who.Body // that take it
	wrong  string
	open   *dossier.Draft // of this kind, already begun
}

// shown is how many bodies a search or a list without territories shows.
const shown = 20

func (c *choice) takes(b who.Body) bool { return c.kind.Takes == nil || c.kind.Takes(b) }

// serves reports whether a body that takes the kind serves a territory or one inside it.
func (c *choice) serves(u who.Unit) bool {
	return slices.ContainsFunc(c.r.App.Country.Serving(u.Code), c.takes) || slices.ContainsFunc(c.r.App.Country.Inside(u.Code), c.serves)
}

func (c *choice) at(key, value string) string {
	to := fmt.Sprintf("/start/%s?%s=%s", c.kind.Name, key, value)
	if c.draft != "" {
		to += "&draft=" + c.draft
	}
	return to
}

// place is where a body is: the names of the bodies above it.
func (c *choice) place(b who.Body) string {
	var all []string
	for _, above := range c.r.App.Country.Path(b.Code) {
		if above.Code != b.Code {
			all = append(all, c.r.Voice.Of(above.Name))
		}
	}
	return strings.Join(all, ", ")
}

func newChoice(r *kernel.Request) (*choice, error) {
	k, err := r.App.Kind(r.PathValue("system")+"/"+r.PathValue("name"), "")
	if err != nil {
		return nil, err
	}
	if person, org := draft.By(k); !person && !org {
		return nil, fault.New(fault.NotFound, "kernel.kind")
	}
	return &choice{r: r, kind: k}, nil
}

func show(r *kernel.Request) (web.Answer, error) {
	c, err := newChoice(r)
	if err != nil {
		return web.Answer{}, err
	}
	q := r.URL.Query()
	c.draft = q.Get("draft")
	if b, ok := r.App.Country.Body(q.Get("body")); ok && c.takes(b) {
		c.body = b
	} else if q.Get("body") != "" {
		c.wrong = r.T("dossier.body")
	}
	if c.draft == "" {
		all, err := draft.Mine(r)
		if err != nil {
			return web.Answer{}, err
		}
		if i := slices.IndexFunc(all, func(d *dossier.Draft) bool { return d.Kind == c.kind.Name }); i >= 0 {
			c.open = all[i]
		}
	}
	if c.body.Code == "" {
		c.look(q.Get("q"), q.Get("in"))
	}
	return web.Show(startPage(c))
}

// look finds bodies by words, or inside a territory.
func (c *choice) look(words, in string) {
	country := c.r.App.Country
	c.words = strings.TrimSpace(words)
	if c.words != "" {
		c.found = country.Seek(c.words, c.takes, shown)
	}
	if all := country.Bodies(c.takes, 2); len(all) == 1 {
		c.body = all[0]
		return
	}
	c.last = c.before()
	for u, ok := country.Unit(in); ok; u, ok = country.Unit(u.Parent) {
		c.path = slices.Insert(c.path, 0, u)
	}
	if len(c.path) == 0 {
		in = ""
	}
	for _, u := range country.Inside(in) {
		if c.serves(u) {
			c.inside = append(c.inside, u)
		}
	}
	if in == "" && len(c.inside) == 0 { // bodies without territories, such as ministries
		c.here = country.Bodies(c.takes, shown)
	}
	for _, b := range country.Serving(in) {
		if c.takes(b) {
			c.here = append(c.here, b)
		}
	}
	if len(c.here) == 1 && len(c.inside) == 0 && in != "" {
		c.body = c.here[0]
	}
}

// before is the body that takes the kind where one filed last.
func (c *choice) before() (none who.Body) {
	b, ok := c.r.App.Country.Body(c.r.Kept(office))
	if !ok {
		return none
	}
	if c.takes(b) {
		return b
	}
	for u, ok := c.r.App.Country.Unit(b.Unit); ok; u, ok = c.r.App.Country.Unit(u.Parent) {
		all := c.r.App.Country.Serving(u.Code)
		if i := slices.IndexFunc(all, c.takes); i >= 0 {
			return all[i]
		}
	}
	return none
}

// office is the cookie that remembers the body one filed at.
const office = "office"

// facts are what everybody asks before beginning.
func (c *choice) facts() (all ui.Facts) {
	r := c.r
	if c.kind.Limit != nil {
		if l := c.kind.Limit(form.Answers{}, c.body.Code); !l.IsZero() {
			all = append(all, ui.Fact{Term: r.T("start.limit"), Text: l.Say(r.Voice)})
		}
	}
	if p := filing.Service(c.kind); p != nil {
		if most := mostFee(p.TermsAt(c.body.Code).Fees); most == 0 {
			all = append(all, ui.Fact{Term: r.T("filing.fee"), Text: r.T("filing.free")})
		} else {
			all = append(all, ui.Fact{Term: r.T("filing.fee"), Text: r.T("start.atmost", r.T("form.money", most))})
		}
		if p.Minutes > 0 {
			all = append(all, ui.Fact{Term: r.T("start.takes"), Text: r.T("start.minutes", p.Minutes)})
		}
	}
	return all
}

// begin makes the draft, or gives the one named another body.
func begin(r *kernel.Request) (web.Answer, error) {
	c, err := newChoice(r)
	if err != nil {
		return web.Answer{}, err
	}
	if err := r.ParseForm(); err != nil {
		return web.Answer{}, fault.New(fault.Invalid, "fault.invalid")
	}
	b, ok := r.App.Country.Body(r.PostForm.Get("body"))
	if !ok || !c.takes(b) {
		c.wrong = r.T("dossier.body")
		c.look("", "")
		return web.ShowWrong(startPage(c))
	}
	var a web.Answer
	if which := r.PostForm.Get("draft"); which != "" {
		a, err = draft.Move(r, which, b.Code)
	} else {
		a, err = draft.Begin(r, c.kind, b.Code, r.PostForm.Get("org"))
	}
	return a.Cookie(r.Keep(office, b.Code, 365*24*time.Hour)), err
}

func mostFee(fees []procedure.Fee) (most int64) {
	for _, f := range fees {
		most = max(most, f.Amount)
	}
	return most
}
