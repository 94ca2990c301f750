package procedure

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"motcua/base/lang"
	"motcua/kernel/dossier"
)

// Golden prints every procedure as tables that a lawyer can review: what the
// law gives and asks, what each state means, who may do what. A change of it is a change of procedure.
func (s *Set) Golden() string {
	var b strings.Builder
	for _, p := range s.all {
		p.golden(&b)
	}
	return b.String()
}

func (p *Procedure) golden(b *strings.Builder) {
	fmt.Fprintf(b, "%s %s\n", p.Code, p.Title[lang.VI])
	fmt.Fprintf(b, "  limit %s (%s), bodies %s\n", cmp.Or(p.limit.String(), "none"), cmp.Or(p.Limit.Law, "unverified"),
		strings.TrimSpace(p.Body+" "+strings.Join(p.Bodies, " ")))
	for i, c := range p.Limit.Cases {
		fmt.Fprintf(b, "  limit %s (%s) when %s\n", p.cases[i].limit, cmp.Or(c.Law, "unverified"), c.When.Text)
	}
	for _, f := range p.Fees {
		fmt.Fprintf(b, "  fee %d%s (%s)%s%s\n", f.Amount, after(" for each ", f.Each), cmp.Or(f.Law, "unverified"), after(" when ", f.When.Text), after(" asked on ", string(f.At)))
	}
	for _, x := range p.Papers {
		fmt.Fprintf(b, "  paper %s (%s)%s%s\n", x.ID, cmp.Or(x.Law, "unverified"), map[bool]string{true: " optional"}[x.Optional], after(" when ", x.When.Text))
	}
	for _, g := range p.Refusals {
		fmt.Fprintf(b, "  ground %s (%s)\n", g.ID, cmp.Or(g.Law, "unverified"))
	}
	states := make([]dossier.State, 0, len(p.kind.Stands))
	for state := range p.kind.Stands {
		states = append(states, state)
	}
	slices.SortFunc(states, func(x, y dossier.State) int {
		return cmp.Or(cmp.Compare(p.kind.Stands[x].National, p.kind.Stands[y].National), cmp.Compare(x, y))
	})
	fmt.Fprintf(b, "\n  %-24s %-9s %8s %-8s %-6s %s\n", "state", "public", "national", "desk", "budget", "")
	for _, state := range states {
		s := p.kind.Stands[state]
		var marks []string
		for _, m := range []struct {
			is   bool
			mark string
		}{{s.Waits != "", "clock waits: " + string(s.Waits)}, {s.Ends, "clock ends"}, {s.Result, "result in force"}, {s.Sent, "on its way"}} {
			if m.is {
				marks = append(marks, m.mark)
			}
		}
		fmt.Fprintln(b, strings.TrimRight(fmt.Sprintf("  %-24s %-9s %8d %-8s %-6s %s", state, s.Public, s.National, cmp.Or(string(s.Desk), "-"),
			cmp.Or(s.Budget.String(), "-"), strings.Join(marks, ", ")), " "))
	}
	fmt.Fprintf(b, "\n%s\n", p.kind)
}

func after(word, s string) string {
	if s == "" {
		return ""
	}
	return word + s
}
