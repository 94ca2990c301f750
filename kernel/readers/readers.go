// Package readers is who read my data: every reading of a person's dossiers by an
// official, by whatever way, with the question why it was read; and the seal that
// keeps a reading from the person while somebody is investigated.
package readers

import (
	"embed"
	"io/fs"

	"motcua/kernel"
	"motcua/kernel/clock"
	"motcua/kernel/dossier"
	"motcua/kernel/form"
	"motcua/kernel/held"
	"motcua/kernel/who"
)

//go:embed texts.yaml why.yaml seal.yaml schema/*.sql
var files embed.FS

// The kinds.
const (
	Why  = "readers/why"
	Seal = "readers/seal"
)

// sealed is how many working days a seal lasts at most. It is not renewed: who
// needs more asks anew, and is looked at anew.
const sealed = 60

// System is who read my data.
func System() kernel.System {
	schema, _ := fs.Sub(files, "schema")
	me, anyone, leaders := kernel.SignedIn(), kernel.Anyone(), kernel.Roles(who.Leader)
	return kernel.System{Name: "readers", Texts: []fs.FS{files}, Schema: schema, Kinds: kinds,
		Held:  []held.Table{{Name: "readers_named", Dossier: "dossier = $1", Told: "the dossiers of others that name him are theirs; who read them stands in readings"}},
		After: func(a *kernel.App) dossier.Then { return named(a) },
		Links: []kernel.Link{{At: kernel.Told, Path: "/me/readers", Text: "readers.title", Who: me},
			{At: kernel.Office, Path: "/work/readings", Text: "readers.asked.nav", Who: leaders},
			{At: kernel.Foot, Path: "/sealed", Text: "readers.sealed.nav", Who: anyone}},
		Routes: func(*kernel.App) []kernel.Route {
			return []kernel.Route{
				{Pattern: "GET /me/readers", Who: me, Do: show},
				{Pattern: "POST /me/readers/{reading}/why", Who: me, Do: enquire},
				{Pattern: "GET /work/readings", Who: leaders, Do: asked},
				{Pattern: "GET /work/d/{id}/seal", Who: leaders, Do: sealForm, Writes: "an official's reading is recorded"},
				{Pattern: "POST /work/d/{id}/seal", Who: leaders, Do: seal},
				{Pattern: "GET /sealed", Who: anyone, Do: counted},
			}
		}}
}

// kinds are the question why something was read, and the request for a seal.
func kinds(*kernel.App) ([]*dossier.Kind, error) {
	type states = []dossier.State
	days := func(n int) clock.Limit { return clock.Limit{Quarters: 4 * n, Unit: clock.Days} }
	node, mine, leader := []dossier.By{dossier.Node}, []dossier.By{dossier.Applicant}, []dossier.By{dossier.At(who.Leader)}
	limit := func(n int) func(form.Answers, string) clock.Limit {
		return func(form.Answers, string) clock.Limit { return days(n) }
	}
	why := &dossier.Kind{Name: Why, Subject: []string{"what"}, Limit: limit(5),
		Stands: map[dossier.State]dossier.Stand{
			"asked":     {Public: dossier.Progress, Desk: who.Leader, Budget: days(5)},
			"answered":  {Public: dossier.Ready, Ends: true},
			"withdrawn": {Public: dossier.Closed, Ends: true},
		},
		Steps: []dossier.Step{
			{Act: "ask", To: "asked", By: node, Starts: true},
			{Act: "answer", From: states{"asked"}, To: "answered", By: leader, Then: notHimself},
			{Act: "withdraw", From: states{"asked"}, To: "withdrawn", By: mine},
			{Act: "note", From: states{"asked"}, By: leader},
		}}
	keep := &dossier.Kind{Name: Seal, Subject: []string{"decision"}, Limit: limit(2),
		Stands: map[dossier.State]dossier.Stand{
			"proposed": {Public: dossier.Submitted, Desk: who.Leader, Budget: days(2)},
			"sealed":   {Public: dossier.Progress, Ends: true},
			"ended":    {Public: dossier.Closed, Ends: true},
			"refused":  {Public: dossier.Closed, Ends: true},
		},
		Steps: []dossier.Step{
			{Act: "propose", To: "proposed", By: node, Starts: true},
			{Act: "accept", From: states{"proposed"}, To: "sealed", By: leader, Then: close},
			{Act: "refuse", From: states{"proposed"}, To: "refused", By: leader, Reasons: true},
			{Act: "open", From: states{"sealed"}, To: "ended", By: append(leader, dossier.Applicant), Then: open},
			{Act: "open", From: states{"sealed"}, To: "ended", By: []dossier.By{dossier.Clock}, After: days(sealed), Then: open},
			{Act: "withdraw", From: states{"proposed"}, To: "refused", By: mine},
		}}
	if err := why.Read(files, "why.yaml"); err != nil {
		return nil, err
	}
	return []*dossier.Kind{why, keep}, keep.Read(files, "seal.yaml")
}
