package dossier

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"

	"motcua/base/db"
	"motcua/base/fault"
	"motcua/base/id"
	"motcua/kernel/form"
	"motcua/kernel/who"
)

// Words that every act may carry beside the answers of its form.
const (
	wordReasons = "reasons" // [{ref, text, fix}]
	wordNote    = "note"    // for colleagues, or why
	wordHolder  = "holder"  // id of the colleague who gets it
)

// take reads the answers of the order into p: reasons, note and holder apart,
// the rest checked by the form.
func (p *plan) take(e *Engine, d *Dossier) error {
	rest := maps.Clone(p.Answers)
	var wrong []fault.Field
	if v, ok := rest[wordReasons]; ok && p.step.Form == nil || p.step.Reasons {
		delete(rest, wordReasons)
		p.reasons, wrong = p.readReasons(v, d)
	}
	if v, ok := rest[wordNote].(string); ok {
		delete(rest, wordNote)
		var why string
		if p.note, why = form.Words(v); len(v) > 4000 {
			wrong = append(wrong, fault.Field{Pointer: "/answers/note", Code: "form.long", Args: []any{4000}})
		} else if why != "" {
			wrong = append(wrong, fault.Field{Pointer: "/answers/note", Code: why})
		}
	}
	if v, ok := rest[wordHolder].(string); ok {
		delete(rest, wordHolder)
		n, err := id.Parse(v)
		if err != nil {
			wrong = append(wrong, fault.Field{Pointer: "/answers/holder", Code: "dossier.holder"})
		}
		p.holder = n
	}
	var err error
	switch f := p.kind.opening(); {
	case p.step.Form != nil:
		p.answers, err = p.step.Form.Check(rest, e.env(p, d))
	case p.step.Act == "correct" || p.step.Papers && d.Open:
		p.answers, err = p.change(f, rest, e.env(p, d), d)
	default:
		for name := range rest {
			wrong = append(wrong, fault.Field{Pointer: "/answers/" + name, Code: "form.unknown"})
		}
	}
	if len(wrong) > 0 {
		err = both(err, fault.Wrong(wrong...))
	}
	return err
}

// opening is the form of the kind's opening act.
func (k *Kind) opening() *form.Form {
	if s := k.Opening(); s != nil {
		return s.Form
	}
	return nil
}

// Opening is the step that opens a dossier of the kind.
func (k *Kind) Opening() *Step { return k.step(func(s Step) bool { return len(s.From) == 0 }) }

// Step is the first step of this act; nil: the act is of no service, or of one that is past.
func (k *Kind) Step(act string) *Step { return k.step(func(s Step) bool { return s.Act == act }) }

func (k *Kind) step(is func(Step) bool) *Step {
	if i := slices.IndexFunc(k.Steps, is); i >= 0 {
		return &k.Steps[i]
	}
	return nil
}

// change takes answers that correct earlier ones: the whole must hold again.
// Of the applicant it takes only what he was asked to change.
func (p *plan) change(f *form.Form, rest form.Answers, env form.Env, d *Dossier) (form.Answers, error) {
	if f == nil {
		return nil, nil
	}
	var wrong []fault.Field
	if d.Open {
		for name := range rest {
			_, answered := d.Answers[name] // a question that the new answers open was not answered before
			if answered && !slices.ContainsFunc(d.Reasons, func(r Reason) bool { return field(r.Ref) == name }) {
				wrong = append(wrong, fault.Field{Pointer: "/answers/" + name, Code: "dossier.notasked"})
			}
		}
		for _, r := range d.Reasons {
			if _, ok := rest[field(r.Ref)]; !ok && !p.kind.hasPaper(r.Ref) {
				wrong = append(wrong, fault.Field{Pointer: "/answers/" + r.Ref, Code: "form.required"})
			}
		}
	}
	if wrong != nil {
		return nil, fault.Wrong(wrong...)
	}
	all := maps.Clone(d.Answers)
	maps.Copy(all, rest)
	all, err := f.Check(all, env)
	if err = d.forgive(err); err != nil {
		return nil, err
	}
	changed := form.Answers{}
	for name, v := range all {
		if !reflect.DeepEqual(v, d.Answers[name]) {
			changed[name] = v
		}
	}
	for name := range d.Answers {
		if _, ok := all[name]; !ok { // no longer shown
			changed[name] = nil
		}
	}
	return changed, nil
}

// field is the first part of a reference such as children/0/name.
func field(ref string) string {
	name, _, _ := strings.Cut(ref, "/")
	return name
}

func (k *Kind) hasPaper(name string) bool {
	return slices.ContainsFunc(k.Papers, func(x Paper) bool { return x.ID == name })
}

// readReasons reads the structured reasons. Without them an act that needs
// them cannot be done, whoever asks and by whatever door.
func (p *plan) readReasons(v any, d *Dossier) (all []Reason, wrong []fault.Field) {
	rows, _ := v.([]any)
	for i, row := range rows {
		m, _ := row.(map[string]any)
		get := func(key string) string { s, _ := m[key].(string); return strings.TrimSpace(s) }
		r := Reason{Ref: get("ref"), Text: get("text"), Fix: get("fix")}
		if r == (Reason{}) {
			continue // an empty row of the page
		}
		at := func(key, code string) {
			wrong = append(wrong, fault.Field{Pointer: fmt.Sprintf("/answers/reasons/%d/%s", i, key), Code: code})
		}
		switch {
		case p.step.Opens && !p.kind.hasPaper(r.Ref) && !p.kind.opening().Has(field(r.Ref)):
			at("ref", "dossier.ref")
		case p.step.Grounds && len(p.kind.Grounds) > 0 && !slices.Contains(p.kind.Grounds, r.Ref):
			at("ref", "dossier.ground")
		}
		switch {
		case r.Text == "":
			at("text", "form.required")
		case len(r.Text) > 2000 || len(r.Fix) > 2000:
			at("text", "form.long")
		default:
			for _, x := range []struct {
				key  string
				said *string
			}{{"text", &r.Text}, {"fix", &r.Fix}} {
				var why string
				if *x.said, why = form.Words(*x.said); why != "" {
					at(x.key, why)
				}
			}
		}
		all = append(all, r)
	}
	if len(all) == 0 && p.step.Reasons {
		wrong = append(wrong, fault.Field{Pointer: "/answers/reasons", Code: "dossier.reasons"})
	}
	return all, wrong
}

// env is what the form may ask of the world.
func (e *Engine) env(p *plan, d *Dossier) form.Env {
	b, _ := e.Body(d.Body)
	who := p.Me
	if h := p.Helped; h != nil {
		who = h.person()
	}
	return e.Env(e.day(b.Zone, p.at), who, d.Org)
}

func (h *Helped) person() who.Person {
	return who.Person{Name: h.Name, Number: h.Number, Phone: h.Phone, Email: h.Email, Born: h.Born}
}

// givePapers resolves the files of the order and checks that every paper asked for is there.
func (e *Engine) givePapers(ctx context.Context, p *plan, d *Dossier) error {
	takes := p.Dossier == 0 || p.step.Papers && d.Open
	if len(p.Papers) == 0 && (!takes || len(p.kind.Papers) == 0) {
		return nil
	}
	var wrong []fault.Field
	bad := func(paper, code string, args ...any) {
		wrong = append(wrong, fault.Field{Pointer: "/papers/" + paper, Code: code, Args: args})
	}
	for name := range p.Papers {
		if !takes || !p.kind.hasPaper(name) {
			bad(name, "dossier.paper")
		}
	}
	answers := merged(d.Answers, p.answers) // of a correction, only what changed is in the plan
	if p.answers == nil {
		answers = merged(d.Answers, p.Answers)
	}
	err := e.DB.Read(ctx, func(tx *db.Tx) error {
		p.papers, p.claims, wrong = map[string][]File{}, nil, wrong[:len(wrong):len(wrong)]
		found, err := findFiles(tx, slices.Concat(slices.Collect(maps.Values(p.Papers))...)...)
		if err != nil {
			return err
		}
		for _, paper := range p.kind.Papers {
			asked := p.Dossier == 0 || takes && slices.ContainsFunc(d.Reasons, func(r Reason) bool { return r.Ref == paper.ID })
			given := p.Papers[paper.ID]
			switch {
			case !asked && len(given) > 0:
				bad(paper.ID, "dossier.notasked")
				continue
			case !asked || paper.When != nil && !paper.When(answers):
				continue
			case len(given) == 0:
				if !paper.Optional {
					bad(paper.ID, "dossier.papermissing", paper.Name)
				}
				continue
			case len(given) > paper.Most():
				bad(paper.ID, "dossier.papermany", paper.Most())
				continue
			}
			for _, n := range given {
				f, ok := found[n]
				if !ok || f.owner != p.Me.ID && (f.draft == 0 || f.draft != p.Draft) && (f.in == 0 || f.owner != d.Applicant) {
					bad(paper.ID, "dossier.file")
					continue
				}
				p.papers[paper.ID] = append(p.papers[paper.ID], f.File)
				if f.in == 0 {
					p.claims = append(p.claims, claim{f.ID, paper.Reuse})
				}
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	if len(p.papers) == 0 {
		p.papers = nil
	}
	if wrong != nil {
		return fault.Wrong(wrong...)
	}
	return nil
}

func merged(old, fresh form.Answers) form.Answers {
	all := form.Answers{}
	maps.Copy(all, old)
	maps.Copy(all, fresh)
	return all
}

// both joins two errors; when both name wrong fields, into one that names all.
func both(a, b error) error {
	var x, y *fault.Error
	if errors.As(a, &x) && errors.As(b, &y) && x.Kind == fault.Invalid && y.Kind == fault.Invalid {
		return fault.Wrong(append(slices.Clip(x.Fields), y.Fields...)...)
	}
	if a != nil {
		return a
	}
	return b
}
