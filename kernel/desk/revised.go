package desk

import (
	"maps"
	"slices"

	"motcua/kernel/clock"
	"motcua/kernel/dossier"
	"motcua/kernel/form"
)

// revised is the last act that changed what was filed, what those answers were
// before it (nil: not there), and the papers that came with it. Nil: nothing
// was changed since the filing.
func revised(acts []dossier.Act, stands map[dossier.State]dossier.Stand) (by *dossier.Act, was form.Answers, papers []string) {
	now := form.Answers{}
	for i := range acts {
		e := acts[i].Entry
		filed := e.Open != nil || e.As == dossier.Applicant || e.As == dossier.Mandate || acts[i].Act == "correct" || stands[e.From].Waits == clock.Supplement
		if !filed || len(e.Answers)+len(e.Papers) == 0 {
			continue
		}
		if e.Open == nil {
			by, was = &acts[i], form.Answers{}
			for name := range e.Answers {
				was[name] = now[name]
			}
			papers = slices.Sorted(maps.Keys(e.Papers))
		}
		maps.Copy(now, e.Answers)
	}
	return by, was, papers
}
