package watch

import (
	"embed"

	"motcua/kernel"
	"motcua/kernel/clock"
	"motcua/kernel/dossier"
	"motcua/kernel/form"
	"motcua/kernel/procedure"
	"motcua/kernel/who"
)

//go:embed delay.yaml consultation.yaml
var files embed.FS

// kinds are what opens beside a public service when its promise is in danger,
// and when another body is asked.
func kinds(*kernel.App) ([]*dossier.Kind, error) {
	type states = []dossier.State
	leader, officer := []dossier.By{dossier.At(who.Leader)}, []dossier.By{dossier.At(who.Officer), dossier.At(who.Leader)}
	parent := []dossier.By{dossier.Parent}
	delay := &dossier.Kind{Name: procedure.Delay, Inside: true, Subject: []string{codeField},
		Stands: map[dossier.State]dossier.Stand{
			"drafted":  {Public: dossier.Submitted, Desk: who.Leader},
			"overdue":  {Public: dossier.Progress, Desk: who.Leader},
			"signed":   {Public: dossier.Closed, Ends: true},
			"needless": {Public: dossier.Closed, Ends: true},
		},
		Steps: []dossier.Step{
			{Act: "draft", To: "drafted", By: parent},
			{Act: "escalate", From: states{"drafted"}, To: "overdue", By: parent},
			{Act: "sign", From: states{"drafted", "overdue"}, To: "signed", By: leader, If: first, Then: extend},
			{Act: "needless", From: states{"drafted", "overdue"}, To: "needless", By: append(leader, dossier.Parent)},
			{Act: "note", From: states{"drafted", "overdue", "signed", "needless"}, By: leader},
		}}
	asked := &dossier.Kind{Name: procedure.Consultation, Inside: true, Subject: []string{codeField},
		Limit: func(a form.Answers, _ string) clock.Limit { return limit(a[limitField]) },
		Stands: map[dossier.State]dossier.Stand{
			"asked":    {Public: dossier.Submitted, Desk: who.Officer},
			"answered": {Public: dossier.Ready, Ends: true},
			"recalled": {Public: dossier.Closed, Ends: true},
		},
		Steps: []dossier.Step{
			{Act: "ask", To: "asked", By: parent, Starts: true},
			{Act: "answer", From: states{"asked"}, To: "answered", By: officer, Then: answer},
			{Act: "recall", From: states{"asked"}, To: "recalled", By: parent},
			{Act: "claim", From: states{"asked"}, By: []dossier.By{dossier.At(who.Officer)}, Claims: true},
			{Act: "assign", From: states{"asked"}, By: officer},
			{Act: "note", From: states{"asked", "answered", "recalled"}, By: officer},
		}}
	for name, k := range map[string]*dossier.Kind{"delay.yaml": delay, "consultation.yaml": asked} {
		if err := k.Read(files, name); err != nil {
			return nil, err
		}
	}
	return []*dossier.Kind{delay, asked}, nil
}

// Names of the questions of both kinds.
const (
	codeField   = "code"   // of the dossier that it is about
	dueField    = "due"    // what was promised
	desksField  = "desk"   // where it lies
	moreField   = "more"   // the new appointment asked for
	reasonField = "reason" // of the apology
	onceField   = "again"  // a new appointment was given before: the law knows one
	limitField  = "limit"
	wordsField  = "words"
)

func limit(v any) clock.Limit {
	s, _ := v.(string)
	l, _ := clock.ParseLimit(s)
	return l
}

// first reports whether no new appointment was given before.
func first(d *dossier.Dossier, _ []dossier.Act) bool { return d.Answers[onceField] != true }

// extend does what the signed apology says.
func extend(do *dossier.Doing) error {
	a := do.Act.Entry.Answers
	_, err := do.Do(dossier.Order{Me: who.Person{ID: do.Act.By, Name: do.Act.Entry.Name}, Dossier: do.Dossier.Parent, Act: "extend", Answers: form.Answers{moreField: a[moreField],
		"reasons": []any{map[string]any{"ref": "", "text": a[reasonField]}}}})
	return err
}

// answer carries the opinion to who asked.
func answer(do *dossier.Doing) error {
	words, _ := do.Act.Entry.Answers[wordsField].(string)
	_, err := do.Do(dossier.Order{Me: who.Person{ID: do.Act.By, Name: do.Act.Entry.Name}, Dossier: do.Dossier.Parent, Act: "answered", Answers: form.Answers{"note": words}})
	return err
}
