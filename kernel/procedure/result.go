package procedure

import (
	"maps"

	"motcua/base/lang"
	"motcua/kernel/dossier"
	"motcua/kernel/form"
)

// An Entry is one line of a result as it is printed.
type Entry struct {
	Label lang.Text
	Value string
}

// Says is what the result of d says, in the procedure's order; lines with
// nothing to say are left out. unit names a territorial unit.
func (p *Procedure) Says(d *dossier.Dossier, voice lang.Voice, unit func(code string) lang.Text) (all []Entry, err error) {
	a := maps.Clone(d.Answers)
	if a == nil {
		a = form.Answers{}
	}
	maps.Copy(a, d.Desk)
	for _, l := range p.Result.Lines {
		var s string
		if l.gives != nil {
			if s, err = l.gives.Text(a, form.Env{}); err != nil {
				return nil, err
			}
		} else if q := p.wide.Field(l.Value.Text); q != nil {
			s = form.Show(*q, a[q.Name], voice, unit)
		}
		if s != "" {
			all = append(all, Entry{l.Label, s})
		}
	}
	return all, nil
}
