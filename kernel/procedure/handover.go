package procedure

import (
	"slices"
	"strings"
	"sync"

	"motcua/kernel/clock"
	"motcua/kernel/dossier"
	"motcua/kernel/form"
	"motcua/kernel/who"
)

// The states of a dossier that the body carries in its own software. Until that
// software gives its own number nobody says "received"; afterwards the state is
// what the body reports.
const (
	sent     dossier.State = "elsewhere-sent"     // on its way
	held     dossier.State = "elsewhere-held"     // taken, by the body's number; nobody has looked at it
	received dossier.State = "elsewhere-received" // an official took it in
	carried  dossier.State = "elsewhere-carried"  // being worked on
	asked    dossier.State = "elsewhere-asked"    // something named is missing, to be given here
	called   dossier.State = "elsewhere-called"   // something is to be done at the body itself
	charged  dossier.State = "elsewhere-charged"  // something is to be paid at the body itself
	supplied dossier.State = "elsewhere-supplied" // what was missing is on its way
	finished dossier.State = "elsewhere-finished"
	returned dossier.State = "elsewhere-returned"
)

// NumberField is the answer of the act acknowledge: the body's own number of the dossier.
const NumberField = "number"

// elsewhereStands are those states as people and the national portal are told of them.
func elsewhereStands() map[dossier.State]dossier.Stand {
	all := map[dossier.State]dossier.Stand{
		sent:     {Public: dossier.Submitted, National: 1, Desk: who.Clerk, Sent: true},
		held:     {Public: dossier.Submitted, National: 1},
		received: {Public: dossier.Progress, National: 2},
		carried:  {Public: dossier.Progress, National: 4},
		asked:    {Public: dossier.Action, National: 5, Waits: clock.Supplement},
		called:   {Public: dossier.Action, National: 5, Waits: clock.Supplement},
		charged:  {Public: dossier.Action, National: 6, Waits: clock.Duty},
		supplied: {Public: dossier.Progress, National: 4, Desk: who.Clerk, Sent: true},
		finished: {Public: dossier.Ready, National: 9, Ends: true},
		returned: {Public: dossier.Ready, National: 10, Ends: true},
	}
	for state, s := range all {
		s.Title = word("state." + string(state))
		all[state] = s
	}
	return all
}

// reports are the forms of what the body's software says.
var reports = sync.OnceValue(func() map[string]*form.Form {
	text := func(name string, most int64, optional bool) form.Field {
		least := int64(1)
		return form.Field{Name: name, Type: form.Text, Label: word(name), Hint: word(name + ".hint"), Min: &least, Max: &most, Optional: optional}
	}
	all := map[string]*form.Form{
		"acknowledge": form.Of(word("act.acknowledge"), text(NumberField, 80, false)),
		"progress":    form.Of(word("act.progress"), text(DoingField, 400, true)),
		"finish":      form.Of(word("act.finish"), text("outcome", 400, true)),
	}
	for act, f := range all {
		if err := f.Compile("handover, " + act); err != nil {
			panic(err) // the forms are part of the program
		}
	}
	return all
})

// DoingField is the answer of the act progress: what is being done.
const DoingField = "doing"

// Kept is a text as an act of the body's software keeps it: who compares one
// with what was kept asks here first. One that is wrong is a fault.Invalid.
func Kept(act, field, text, today string) (string, error) {
	a, err := reports()[act].Check(form.Answers{field: text}, form.Env{Today: today})
	kept, _ := a[field].(string)
	return kept, err
}

// elsewhere are the acts on a dossier that the body carries in its own software.
// The clerk may do them, and so may the software, which holds the clerk's role.
func elsewhere(asks []dossier.By) []dossier.Step {
	type states = []dossier.State
	clerk := []dossier.By{dossier.At(who.Clerk)}
	open := states{held, received, carried, asked, called, charged, supplied}
	working := states{received, carried, called, charged, supplied, asked}
	f := reports()
	return []dossier.Step{
		{Act: "acknowledge", From: states{sent}, To: held, By: clerk, Form: f["acknowledge"], Frees: true},
		{Act: "acknowledge", From: states{supplied}, To: carried, By: clerk, Form: f["acknowledge"], Frees: true},
		{Act: "acknowledge", From: states{"withdrawn"}, By: clerk, Form: f["acknowledge"], If: ended},
		{Act: "takeback", From: states{sent}, To: "submitted", By: append(clerk, dossier.At(who.Leader)), Frees: true},
		{Act: "receive", From: states{held}, To: received, By: clerk, Starts: true},
		{Act: "progress", From: states{held}, To: carried, By: clerk, Form: f["progress"], Starts: true},
		{Act: "progress", From: working, To: carried, By: clerk, Form: f["progress"]},
		{Act: "supplement", From: states{held, received, carried, supplied}, To: asked, By: clerk, Reasons: true, Opens: true},
		{Act: "call", From: states{held, received, carried, charged, supplied}, To: called, By: clerk, Reasons: true},
		{Act: "charge", From: states{held, received, carried, called, supplied}, To: charged, By: clerk, Reasons: true},
		{Act: "supply", From: states{asked}, To: supplied, By: append(slices.Clone(asks), dossier.At(who.Clerk)), Papers: true},
		{Act: "decline", From: states{held}, To: "declined", By: clerk, Reasons: true},
		{Act: "refuse", From: append(states{held}, working...), To: "refused", By: clerk, Reasons: true, Grounds: true},
		{Act: "stop", From: open, To: "stopped", By: clerk, Reasons: true},
		{Act: "finish", From: append(states{held}, working...), To: finished, By: clerk, Form: f["finish"]},
		{Act: "return", From: states{finished}, To: returned, By: clerk},
		{Act: "withdraw", From: append(states{sent}, open...), To: "withdrawn", By: asks, Frees: true},
	}
}

// ended reports whether the body's software has yet to learn that the applicant withdrew.
func ended(_ *dossier.Dossier, acts []dossier.Act) bool {
	if len(acts) == 0 { // a row read alone
		return false
	}
	last := acts[len(acts)-1]
	return last.Act == "withdraw" && Elsewhere(last.Entry.From)
}

// Elsewhere reports whether a dossier in state s is carried in the body's own software.
func Elsewhere(s dossier.State) bool { return strings.HasPrefix(string(s), "elsewhere-") }

// here and there part the two ways in which a filing begins.
func here(d *dossier.Dossier, _ []dossier.Act) bool  { return !d.Elsewhere }
func there(d *dossier.Dossier, _ []dossier.Act) bool { return d.Elsewhere }

// Reported is the act by which a body's software says that a dossier it carries
// has come to state n of the national portal; "" where there is none, as for 1.
// A refusal, which has the number 9 too, is an act of its own and names its legal
// ground; withdrawn at the body's counter, the dossier is stopped here.
func Reported(n int) string {
	return map[int]string{2: "receive", 3: "decline", 4: "progress", 5: "call", 6: "charge", 7: "stop", 8: "stop", 9: "finish", 10: "return"}[n]
}
