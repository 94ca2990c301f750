package kernel

import (
	"slices"
	"strings"

	"motcua/base/lang"
	"motcua/kernel/dossier"
	"motcua/kernel/form"
	"motcua/kernel/procedure"
)

// About is what a reason is about, by its id in k: a paper, a question, or a
// ground of refusal, which a kind without a file calls by the text
// "<system>.ground.<id>". "" is none of them.
func About(v lang.Voice, k *dossier.Kind, ref string) string {
	for _, p := range k.Papers {
		if p.ID == ref {
			return v.Of(p.Name)
		}
	}
	name, _, _ := strings.Cut(ref, "/")
	if s := k.Opening(); s != nil && s.Form != nil && s.Form.Has(name) {
		return v.Of(s.Form.Field(name).Label)
	}
	if p, ok := k.Service.(*procedure.Procedure); ok {
		for _, g := range p.Refusals {
			if g.ID == ref {
				return v.Of(g.Say)
			}
		}
	} else if slices.Contains(k.Grounds, ref) {
		return v.T(system(k.Name) + ".ground." + ref)
	}
	return ""
}

// Decision is what the result of d says, line by line: what its service's file
// lists, or what was answered in the act that put it into force.
func (a *App) Decision(v lang.Voice, d *dossier.Dossier, k *dossier.Kind) (all []procedure.Entry, err error) {
	if p, ok := k.Service.(*procedure.Procedure); ok {
		return p.Says(d, v, a.Country.UnitName)
	}
	for _, act := range d.Acts {
		i := slices.IndexFunc(k.Steps, func(s dossier.Step) bool { return s.Act == act.Act && s.Form != nil })
		if i < 0 || d.Result == nil || act.ID != d.Result.Act {
			continue
		}
		for _, q := range k.Steps[i].Form.Fields() {
			if s := form.Show(*q, act.Entry.Answers[q.Name], v, a.Country.UnitName); s != "" {
				all = append(all, procedure.Entry{Label: q.Label, Value: s})
			}
		}
	}
	return all, nil
}
