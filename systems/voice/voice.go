// Package voice is suggestions to the authorities: what a person would change,
// and what the body answers, for everybody to read (Decree 20/2008/ND-CP).
package voice

import (
	"cmp"
	"embed"
	"io/fs"
	"math"

	"motcua/base/db"
	"motcua/base/fault"
	"motcua/base/id"
	"motcua/base/web"
	"motcua/kernel"
	"motcua/kernel/clock"
	"motcua/kernel/dossier"
	"motcua/kernel/form"
	"motcua/kernel/held"
	"motcua/kernel/who"
)

//go:embed texts.yaml suggestion.yaml schema/*.sql
var files embed.FS

// System is the suggestions.
func System() kernel.System {
	schema, _ := fs.Sub(files, "schema")
	anyone := kernel.Anyone()
	return kernel.System{Name: "voice", Texts: []fs.FS{files}, Schema: schema, Kinds: kinds,
		Held:  []held.Table{{Name: "voice_published", Dossier: "dossier = $1", Told: "dossiers"}},
		Links: []kernel.Link{{Path: "/voice", Text: "voice.nav", Who: anyone}}, Routes: func(*kernel.App) []kernel.Route {
			return []kernel.Route{{Pattern: "GET /voice", Who: anyone, Do: show}, {Pattern: "GET /voice/{id}", Who: anyone, Do: show}}
		}}
}

// kinds is the one kind: what its states mean and how long they may last, and who may do what.
func kinds(*kernel.App) ([]*dossier.Kind, error) {
	type states = []dossier.State
	days := func(n int) clock.Limit { return clock.Limit{Quarters: 4 * n, Unit: clock.Days} }
	asks, officer := []dossier.By{dossier.Applicant, dossier.Mandate}, []dossier.By{dossier.At(who.Officer)}
	helped := append(asks, dossier.At(who.Clerk)) // who writes down what people say at the counter
	open := states{"sent", "taken", "asked", "studied"}
	k := &dossier.Kind{Name: "voice/suggestion", Subject: []string{"subject"},
		Grounds: []string{"complaint", "denunciation", "elsewhere", "unclear"},
		Limit:   func(form.Answers, string) clock.Limit { return days(15) }, // as the national portal counts; the decree names none
		Stands: map[dossier.State]dossier.Stand{
			"sent":      {Public: dossier.Submitted, Desk: who.Officer, Budget: days(2)},
			"taken":     {Public: dossier.Progress, Desk: who.Officer, Budget: days(3)}, // more may be asked until the fifth day
			"asked":     {Public: dossier.Action, Waits: clock.Supplement},
			"studied":   {Public: dossier.Progress, Desk: who.Officer, Budget: days(10)},
			"answered":  {Public: dossier.Ready, Desk: who.Officer, Budget: days(2), Ends: true, Result: true},
			"published": {Public: dossier.Ready, Ends: true, Result: true},
			"refused":   {Public: dossier.Closed, Ends: true},
			"withdrawn": {Public: dossier.Closed, Ends: true},
		},
		Steps: []dossier.Step{
			{Act: "send", To: "sent", By: helped, Papers: true, Starts: true},
			{Act: "take", From: states{"sent"}, To: "taken", By: officer, Claims: true},
			{Act: "answer", From: states{"taken", "studied"}, To: "answered", By: officer},
			{Act: "publish", From: states{"answered"}, To: "published", By: officer, Frees: true, Then: publish},
			{Act: "ask", From: states{"taken"}, To: "asked", By: officer, Reasons: true, Opens: true}, // once: nothing leads back
			{Act: "supply", From: states{"asked"}, To: "studied", By: helped, Papers: true},
			{Act: "study", From: states{"asked"}, To: "studied", By: officer},
			{Act: "study", From: states{"taken"}, To: "studied", By: []dossier.By{dossier.Clock}, After: days(3)},
			{Act: "refuse", From: open, To: "refused", By: officer, Reasons: true, Grounds: true, Frees: true},
			{Act: "withdraw", From: open, To: "withdrawn", By: asks, Frees: true},
			{Act: "hide", From: states{"published"}, To: "answered", By: officer, Reasons: true, Then: hide},
			{Act: "assign", From: open, By: append(officer, dossier.At(who.Leader))},
			{Act: "note", From: open, By: officer},
		}}
	return []*dossier.Kind{k}, k.Read(files, "suggestion.yaml")
}

// publish lets everybody read what the officer wrote for them, and nothing else of the dossier.
func publish(do *dossier.Doing) error {
	d, a := do.Dossier, do.Act.Entry.Answers
	_, err := do.Tx.Exec(`insert into voice_published (id, dossier, body, sent, at, subject, words, answer) values ($1, $2, $3, $4, $5, $6, $7, $8)`,
		do.Act.ID, d.ID, d.Body, db.At(d.Opened), db.At(do.Act.At), a["subject"], a["words"], a["answer"])
	return err
}

// hide takes it down, as when a name was left in it.
func hide(do *dossier.Doing) error {
	_, err := do.Tx.Exec(`delete from voice_published where dossier = $1`, do.Dossier.ID)
	return err
}

// A published suggestion is what everybody may read; id is of the act that published it.
type published struct {
	id                           id.ID
	body, subject, words, answer string
	sent, at                     db.Time
}

const most = 20 // on a page

// show lists what was published from an id on, the latest first, or shows the one of the address.
func show(r *kernel.Request) (web.Answer, error) {
	from, err := id.Parse(cmp.Or(r.PathValue("id"), r.URL.Query().Get("from")))
	if err != nil {
		from = math.MaxInt64
	}
	var all []published
	err = r.App.DB.Read(r.Context(), func(tx *db.Tx) (err error) {
		all, err = db.List(tx, func(into func(...any) error) (p published, err error) {
			err = into(&p.id, &p.body, &p.sent, &p.at, &p.subject, &p.words, &p.answer)
			return p, err
		}, `select id, body, sent, at, subject, words, answer from voice_published where id <= $1 order by id desc limit $2`, from, most+1)
		return err
	})
	switch {
	case err != nil:
		return web.Answer{}, err
	case r.PathValue("id") == "":
		return web.Show(listPage(r, all))
	case len(all) == 0 || all[0].id != from:
		return web.Answer{}, fault.New(fault.NotFound, "voice.none")
	}
	return web.Show(onePage(r, all[0]))
}
