package paper

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"motcua/base/lang"
	"motcua/base/pdf"
	"motcua/kernel"
	"motcua/kernel/dossier"
)

// A stay is a dossier's time in one state: from the act that brought it there to
// the one that took it on.
type stay struct {
	act, end *dossier.Act // end is nil while it stays
}

// Moves reports whether a took its dossier from one state to another.
func Moves(a dossier.Act) bool {
	return a.Entry.Open != nil || a.Entry.To != "" && a.Entry.To != a.Entry.From
}

// stays are those of a dossier, the latest first.
func stays(acts []dossier.Act) (all []stay) {
	for i := range acts {
		if !Moves(acts[i]) {
			continue
		}
		if n := len(all); n > 0 {
			all[n-1].end = &acts[i]
		}
		all = append(all, stay{act: &acts[i]})
	}
	slices.Reverse(all)
	return all
}

// slip is the control slip: every hand-over with who gave, who took, when it was
// to be done and whether it was done early, on time or late. It rests on the
// last hand-over.
func (s *sheet) slip(doc *pdf.Doc) {
	v := s.voice
	_, closing := s.words()
	rows := pdf.Rows{{Label: v.T("paper.code"), Value: s.Code, Bold: true}, {Label: v.T("paper.of"), Value: s.Name}, {Label: v.T("paper.service"), Value: s.serviceName()},
		{Label: v.T("paper.received"), Value: moment(v, s.Opened)}, {Label: v.T("paper.due"), Value: moment(v, s.due())}}
	t := pdf.Table{Head: []string{v.T("paper.slip.unit"), v.T("paper.slip.hands"), v.T("paper.slip.due"), v.T("paper.slip.outcome"), v.T("paper.slip.note")},
		Widths: []float64{2.7, 4.2, 2.1, 1.8, 2.2}, Grid: true, Small: true}
	all := stays(s.Acts[:s.paper.Act.Version])
	for _, x := range slices.Backward(all) {
		t.Cells = append(t.Cells, s.handed(x))
	}
	last := all[0]
	outcome := v.T("paper.slip.running")
	if stand := s.kind.Stands[s.stateAfter(last.act)]; stand.Ends {
		outcome = s.kept(s.due(), last.act.At)
	}
	rows = append(rows, pdf.Row{Label: v.T("paper.slip.whole"), Value: outcome})
	doc.Body = []pdf.Block{rows, t, pdf.Together{pdf.Text{Text: closing, Small: true}, s.signed(strings.ToUpper(v.T("paper.receiver")))}}
}

// stateAfter is the state that a move led to.
func (s *sheet) stateAfter(a *dossier.Act) dossier.State { return a.Entry.To }

// handed is one line of the slip.
func (s *sheet) handed(x stay) []string {
	v, stand := s.voice, s.kind.Stands[x.act.Entry.To]
	unit := kernel.StateTitle(v, s.kind, x.act.Entry.To)
	taker := v.T("paper.slip.nobody")
	switch {
	case stand.Waits != "":
		taker = v.T("paper.slip.applicant")
	case stand.Desk != "":
		taker = v.T("who.role." + string(stand.Desk))
	}
	hands := v.T("paper.slip.gives", clockOf(v, x.act.At), s.doer(x.act)) + "\n" + v.T("paper.slip.takes", taker)
	due, outcome, note := "", "", s.done(x.act)
	if t := x.act.Entry.DeskDue; t != 0 && !stand.Ends {
		due = strings.Replace(clockOf(v, time.UnixMicro(t)), " ", "\n", 1)
	}
	switch {
	case x.end != nil:
		hands += "\n" + v.T("paper.slip.ends", clockOf(v, x.end.At), s.doer(x.end))
		if due != "" {
			outcome = s.kept(time.UnixMicro(x.act.Entry.DeskDue), x.end.At)
		}
	case !stand.Ends:
		outcome = v.T("paper.slip.running")
	}
	return []string{unit, hands, due, outcome, note}
}

// kept says how a promise was kept: on an earlier day, on its day, or late.
func (s *sheet) kept(due, at time.Time) string {
	v := s.voice
	switch {
	case due.IsZero():
		return v.T("paper.slip.none")
	case at.After(due):
		return v.T("paper.slip.late")
	case at.In(v.Zone).Format(time.DateOnly) < due.In(v.Zone).Format(time.DateOnly):
		return v.T("paper.slip.early")
	}
	return v.T("paper.slip.ontime")
}

// doer is who did an act, as the act shows him.
func (s *sheet) doer(a *dossier.Act) string {
	return cmp.Or(a.Entry.Name, s.voice.T("paper.slip.system"))
}

// done is what an act is called.
func (s *sheet) done(a *dossier.Act) string {
	if x := s.kind.Step(a.Act); x != nil {
		return kernel.ActTitle(s.voice, s.kind, x)
	}
	return a.Act
}

// clockOf is hour and day in figures.
func clockOf(v lang.Voice, t time.Time) string { return t.In(v.Zone).Format("15:04 02/01/2006") }
