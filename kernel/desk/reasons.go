package desk

import (
	"cmp"

	"motcua/base/lang"
	"motcua/kernel"
	"motcua/kernel/dossier"
	"motcua/kernel/form"
)

// wordings are prepared sentences for what is often missing: the texts
// desk.ready.NAME and desk.ready.NAME.fix.
var wordings = []string{"unreadable", "part", "differs", "expired", "unsigned", "wrong", "copy", "translation"}

// reasonForm asks for reasons as rows: on what, why, how to mend it. The engine
// reads and checks them; this is only how the page asks.
func (p *actPage) reasonForm() *form.Form {
	say := func(key string) lang.Text { return lang.Say(p.T("desk.reason." + key)) }
	row := []form.Field{}
	switch {
	case p.step.Opens:
		ref := form.Field{Name: "ref", Type: form.Choice, Label: say("ref"), Options: p.refs()}
		ready := form.Field{Name: "ready", Type: form.Choice, Label: say("ready"), Hint: say("ready.hint"), Optional: true}
		for _, w := range wordings {
			ready.Options = append(ready.Options, form.Option{Value: w, Label: lang.Say(p.T("desk.ready." + w))})
		}
		row = append(row, ref, ready)
	case p.step.Grounds && len(p.kind.Grounds) > 0:
		ref := form.Field{Name: "ref", Type: form.Choice, Label: say("ground")}
		for _, g := range p.kind.Grounds {
			ref.Options = append(ref.Options, form.Option{Value: g, Label: lang.Say(refLabel(p.Request, p.kind, g))})
		}
		row = append(row, ref)
	}
	row = append(row, form.Field{Name: "text", Type: form.Long, Label: say("text"), Optional: len(row) > 0},
		form.Field{Name: "fix", Type: form.Text, Label: say("fix"), Optional: true})
	return form.Of(say("title"), form.Field{Name: "reasons", Type: form.Group, Label: say("title"), Hint: say("title.hint"), Fields: row})
}

// refs are what a supplement may be about: the papers, then the questions that were asked.
func (p *actPage) refs() (all []form.Option) {
	for _, x := range p.kind.Papers {
		if x.When == nil || x.When(p.Answers) {
			all = append(all, form.Option{Value: x.ID, Label: lang.Say(p.T("desk.reason.paper", p.Voice.Of(x.Name)))})
		}
	}
	if s := p.kind.Opening(); s != nil && s.Form != nil {
		for _, q := range s.Form.Fields() {
			if _, answered := p.Answers[q.Name]; answered || q.Optional {
				all = append(all, form.Option{Value: q.Name, Label: q.Label})
			}
		}
	}
	return all
}

// wordings fills in the prepared sentence, or that of the ground, where the
// official wrote none of his own.
func (p *actPage) wordings(a form.Answers) form.Answers {
	rows, _ := a["reasons"].([]any)
	for _, x := range rows {
		row, _ := x.(map[string]any)
		ready, _ := row["ready"].(string)
		ref, _ := row["ref"].(string)
		set := func(key, text string) {
			if row[key] == nil {
				row[key] = text
			}
		}
		switch {
		case ready != "" && p.App.Texts.Has("desk.ready."+ready):
			set("text", p.T("desk.ready."+ready))
			set("fix", p.T("desk.ready."+ready+".fix"))
		case p.step.Grounds && ref != "":
			set("text", refLabel(p.Request, p.kind, ref))
		}
	}
	return a
}

// refLabel says what a reason is about: a ground with its law, a paper, a question.
func refLabel(r *kernel.Request, k *dossier.Kind, ref string) string {
	if s := service(k); s != nil {
		for _, g := range s.Refusals {
			if g.ID == ref {
				return r.Voice.Of(g.Say) + law(r, g.Law)
			}
		}
	}
	return cmp.Or(kernel.About(r.Voice, k, ref), ref)
}

// law names a source such as "act-id article 16" by the number of the legal act.
func law(r *kernel.Request, source string) string {
	act, article, ok := r.App.Law.Cited(source)
	if !ok {
		return ""
	}
	return " (" + article + ", " + act.Number + ")"
}

// reasonLine is a reason in one line.
func reasonLine(r *kernel.Request, k *dossier.Kind, x dossier.Reason) string {
	s := x.Text
	if label := refLabel(r, k, x.Ref); x.Ref != "" && label != x.Text {
		s = label + ": " + s
	}
	if x.Fix != "" {
		s += " → " + x.Fix
	}
	return s
}
