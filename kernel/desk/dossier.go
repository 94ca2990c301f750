package desk

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"motcua/base/fault"
	"motcua/base/id"
	"motcua/base/lang"
	"motcua/base/ui"
	"motcua/base/web"
	"motcua/kernel"
	"motcua/kernel/dossier"
	"motcua/kernel/doubt"
	"motcua/kernel/file"
	"motcua/kernel/form"
	"motcua/kernel/inbox"
	"motcua/kernel/signed"
	"motcua/kernel/who"
)

// A dossierPage is one dossier as an official reads it.
type dossierPage struct {
	*kernel.Request
	in inbox.Place // of the inbox
	*dossier.Dossier
	kind     *dossier.Kind
	kin      []relative
	due      ui.State
	used     int // percent of the time given; -1: no clock runs
	acts     []inbox.Offered
	signed   *signed.Shown // by the applicant; nil: nothing
	waits    string        // why nothing, or nothing more, can be done now
	holder   string
	sections []answers
	revised  *dossier.Act
	papers   []sheet
	at       int // of papers: the one that is read
	checks   []string
	numbers  map[id.ID]int64
	names    map[id.ID]string
	readings []dossier.Reading
	doubts   []doubt.Doubt // about who filed it
	told     string        // what was just done
}

// An answers card is one section of what was filed, or what officials added.
type answers struct {
	title string
	rows  []ui.Answer
}

// A sheet is one file of the dossier.
type sheet struct {
	dossier.File
	title string
	about string
	href  string
	fresh bool // came with the last change
	mark  *file.Mark
}

func show(r *kernel.Request) (web.Answer, error) {
	n, err := inbox.Parse(r.PathValue("id"))
	if err != nil {
		return web.Answer{}, err
	}
	d, k, err := r.App.Engine.See(r.Context(), r.Me, n)
	if err != nil {
		return web.Answer{}, err
	}
	if !dossier.Official(r.Me, d) { // one's own, asked for at home
		return web.Answer{}, fault.New(fault.NotFound, "dossier.missing")
	}
	p := &dossierPage{Request: r, in: inbox.PlaceOf(r.URL.Query()), Dossier: d, kind: k}
	if err := p.fill(r.Context()); err != nil {
		return web.Answer{}, err
	}
	return web.Show(p.page())
}

// fill gathers what stands around the dossier.
func (p *dossierPage) fill(ctx context.Context) (err error) {
	a, d := p.App, p.Dossier
	cal := a.Calendars.For(d.Body)
	p.due, p.used = inbox.Stands(p.Request, d), inbox.Spent(cal, a.Now(), d)
	possible := a.Engine.Possible(p.Me, d, p.kind)
	if d.Holder == p.Me.ID { // who has it need not take it
		possible = slices.DeleteFunc(possible, func(s *dossier.Step) bool { return s.Act == "claim" })
	}
	p.acts = inbox.Offer(p.Request, p.kind, possible)
	if p.holder, err = inbox.NameOf(p.Request, d.Holder); err != nil {
		return err
	}
	if p.readings, err = a.Engine.Readings(ctx, d.ID, 20); err != nil {
		return err
	}
	ids := make([]id.ID, len(d.Acts))
	people := []id.ID{}
	for i, act := range d.Acts {
		ids[i] = act.ID
		people = append(people, act.Entry.For, act.Entry.Holder)
	}
	for _, x := range p.readings {
		people = append(people, x.Person)
	}
	if p.numbers, err = a.Log.Numbers(ctx, ids); err != nil {
		return err
	}
	p.names = map[id.ID]string{}
	for _, n := range people {
		if _, known := p.names[n]; !known {
			if p.names[n], err = inbox.NameOf(p.Request, n); err != nil {
				return err
			}
		}
	}
	if err := p.said(); err != nil {
		return err
	}
	if err := p.sheets(ctx); err != nil {
		return err
	}
	if p.signed, err = signed.Show(ctx, a, d); err != nil {
		return err
	}
	if p.doubts, err = doubt.On(ctx, a, d); err != nil {
		return err
	}
	if s := service(p.kind); s != nil {
		for _, step := range s.Steps {
			if dossier.State(step.ID) == d.State {
				for _, c := range step.Checks {
					p.checks = append(p.checks, p.Voice.Of(c))
				}
			}
		}
	}
	p.waits = p.waiting()
	if p.kin, err = p.family(ctx); err != nil {
		return err
	}
	return p.tell(ctx)
}

// said are the answers by section, with what they were before the last change,
// then what officials added.
func (p *dossierPage) said() error {
	var was form.Answers
	p.revised, was, _ = revised(p.Acts, p.kind.Stands)
	applicant, err := who.Person{}, error(nil)
	if p.Applicant != 0 { // 0: the node itself opened it, such as an apology to be signed
		applicant, err = p.App.Book.Person(p.Context(), p.Applicant)
	}
	if err != nil {
		return err
	}
	env := p.App.Env(p.App.Today(p.Body), applicant, p.Org)
	row := func(q form.Field, v any) ui.Answer {
		return ui.Answer{Ask: p.Voice.Of(q.Label), Say: form.Show(q, v, p.Voice, p.App.Country.UnitName)}
	}
	if f := p.kind.Opening(); f != nil && f.Form != nil {
		for _, s := range f.Form.Shown(p.Answers, env) {
			c := answers{title: p.Voice.Of(s.Title)}
			for _, page := range s.Pages {
				for _, q := range page.Fields {
					x := row(q, p.Answers[q.Name])
					if old, changed := was[q.Name]; changed {
						x.Was = cmp.Or(form.Show(q, old, p.Voice, p.App.Country.UnitName), p.T("desk.wasempty"))
						x.Strong = true
					}
					if x.Say == "" && p.Taken != nil && slices.Contains(p.Taken.Missing, q.Name) {
						x.Say = p.T("desk.notasked")
					}
					if x.Say != "" || x.Was != "" {
						c.rows = append(c.rows, x)
					}
				}
			}
			if c.rows != nil {
				p.sections = append(p.sections, c)
			}
		}
	}
	added := answers{title: p.T("desk.added")}
	for _, name := range slices.Sorted(maps.Keys(p.Desk)) {
		for _, s := range p.kind.Steps {
			if len(s.From) > 0 && s.Form != nil && s.Form.Has(name) {
				added.rows = append(added.rows, row(*s.Form.Field(name), p.Desk[name]))
				break
			}
		}
	}
	if added.rows != nil {
		p.sections = append(p.sections, added)
	}
	return nil
}

// sheets lists the files in the order the kind asks for them, then those that acts
// made, with what the scanner has to say of them.
func (p *dossierPage) sheets(ctx context.Context) error {
	_, _, fresh := revised(p.Acts, p.kind.Stands)
	add := func(title, paper string, n, of int, f dossier.File) {
		about := p.T("desk.paper.about", n+1, of, int(f.Size+1023)/1024)
		href := fmt.Sprintf("/work/d/%s/papers/%s/%d", p.ID, paper, n)
		p.papers = append(p.papers, sheet{File: f, title: title, about: about, href: href, fresh: slices.Contains(fresh, paper)})
	}
	for _, x := range p.kind.Papers {
		for i, f := range p.Papers[x.ID] {
			add(p.Voice.Of(x.Name), x.ID, i, len(p.Papers[x.ID]), f)
		}
	}
	for i, a := range p.Acts {
		if a.Entry.File != nil {
			title := p.T("desk.paper.made", a.Entry.File.Name)
			if a.Entry.Signed != nil {
				title = p.T("desk.signed.paper")
			}
			add(title, made, i, 1, *a.Entry.File)
		}
	}
	if at, err := strconv.Atoi(p.URL.Query().Get("paper")); err == nil && at > 0 && at < len(p.papers) {
		p.at = at
	}
	sums := make([]string, len(p.papers))
	for i, s := range p.papers {
		sums[i] = s.Sum
	}
	marks, err := p.App.Files.Marks(ctx, sums...)
	for i, s := range p.papers {
		if m, ok := marks[s.Sum]; ok {
			p.papers[i].mark = &m
		}
	}
	return err
}

// made stands in the address of a file that act number n made, where others have the paper's name.
const made = "made"

// waiting says in one line why nothing more can be done: whose turn it is, or
// what opens after the main act.
func (p *dossierPage) waiting() string {
	stand := p.kind.Stands[p.State]
	if len(p.acts) > 0 && p.acts[0].Weight == "" && p.acts[0].To != "" {
		var later []string
		for i := range p.kind.Steps {
			s := &p.kind.Steps[i]
			if slices.Contains(s.From, p.acts[0].To) && !s.Reasons && !inbox.Beside(s.Act) && len(s.From) == 1 &&
				slices.ContainsFunc(s.By, func(by dossier.By) bool { return strings.HasSuffix(string(by), "@body") }) {
				if title := p.ActTitle(p.kind, s); !slices.Contains(later, title) {
					later = append(later, title)
				}
			}
		}
		if later != nil {
			return p.T("desk.waits.later", strings.Join(later, ", "), p.acts[0].Title)
		}
		return ""
	}
	switch {
	case stand.Ends:
		return p.T("desk.waits.ended")
	case stand.Waits != "":
		return p.T("desk.waits.applicant")
	case stand.Desk != "" && !p.Me.Is(stand.Desk, p.Body):
		return p.T("desk.waits.role", p.T("who.role."+string(stand.Desk)))
	}
	return ""
}

// tell says what this official did last to the dossier that ?done= names, by its acts.
func (p *dossierPage) tell(ctx context.Context) error {
	n, err := id.Parse(p.URL.Query().Get("done"))
	if err != nil {
		return nil
	}
	d, err := p.App.Engine.Find(ctx, n)
	if err != nil || !dossier.Official(p.Me, d) {
		return err
	}
	if last := d.Acts[len(d.Acts)-1]; last.By == p.Me.ID {
		p.told = p.T("desk.did", actTitle(p.Voice, inbox.KindOf(p.Request, d), last.Act), inbox.Short(d.Code))
	}
	return nil
}

// actTitle is the title of an act that was done.
func actTitle(v lang.Voice, k *dossier.Kind, act string) string {
	if s := k.Step(act); s != nil {
		return kernel.ActTitle(v, k, s)
	}
	if key := "kernel.act." + act; v.Catalogue.Has(key) { // of no service: who keeps the dossier changed
		return v.T(key)
	}
	return act
}

// document answers one file of a dossier.
func document(r *kernel.Request) (web.Answer, error) {
	n, err := inbox.Parse(r.PathValue("id"))
	if err != nil {
		return web.Answer{}, err
	}
	d, _, err := r.App.Engine.See(r.Context(), r.Me, n)
	if err != nil {
		return web.Answer{}, err
	}
	at, err := strconv.Atoi(r.PathValue("n"))
	files := d.Papers[r.PathValue("paper")]
	if r.PathValue("paper") == made && err == nil && at >= 0 && at < len(d.Acts) && d.Acts[at].Entry.File != nil {
		files, at = []dossier.File{*d.Acts[at].Entry.File}, 0
	}
	if err != nil || at < 0 || at >= len(files) {
		return web.Answer{}, fault.New(fault.NotFound, "dossier.file")
	}
	return r.App.Files.Document(r.Context(), files[at], r.URL.Query().Has("small"), false)
}
