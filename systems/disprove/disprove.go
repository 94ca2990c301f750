// Package disprove is taking back a proof of who somebody is that was wrong: a
// clerk looked at another's document, a register matched another's line. One
// official says so and why, a second one of the body agrees; then the level falls,
// and with it all that rested on it, in one transaction. The person is told of
// the reason at every contact, and may prove himself anew at once.
//
// Nobody takes a proof back alone: it ends rights that somebody lives by. Nobody
// is asked to wait longer than it takes two people to look: who holds another's
// number may be signing in his name.
package disprove

import (
	"context"
	"embed"
	"io/fs"
	"slices"
	"strings"
	"time"

	"motcua/base/db"
	"motcua/base/fault"
	"motcua/base/id"
	"motcua/base/ui"
	"motcua/base/web"
	"motcua/kernel"
	"motcua/kernel/ask"
	"motcua/kernel/device"
	"motcua/kernel/doubt"
	"motcua/kernel/form"
	"motcua/kernel/held"
	"motcua/kernel/level"
	"motcua/kernel/shown"
	"motcua/kernel/who"
)

//go:embed texts.yaml schema/*.sql
var files embed.FS

// life is how long a case waits for a second official.
const life = 7 * 24 * time.Hour

// A house is the system in one program.
type house struct {
	app  *kernel.App
	form *form.Form
}

// System is the page at the counter where wrong proofs are taken back.
func System() kernel.System {
	h := &house{}
	schema, _ := fs.Sub(files, "schema")
	staff := kernel.Roles(who.Clerk, who.Leader)
	return kernel.System{Name: "disprove", Texts: []fs.FS{files}, Schema: schema, Start: h.start, Alert: h.alert,
		Held: []held.Table{{Name: "disprove_case", Of: "person = $1", Tell: "way, body, why, state", Times: "made, ended",
			Stays: "that a proof was wrong, and who said so, is answered for by acts: numbers alone, and the reason they gave"}},
		Links: []kernel.Link{{At: kernel.Counter, Path: "/counter/proofs", Text: "disprove.title", Who: staff}},
		Routes: func(*kernel.App) []kernel.Route {
			return []kernel.Route{{Pattern: "GET /counter/proofs", Who: staff, Do: func(r *kernel.Request) (web.Answer, error) { return h.show(&page{Request: r, h: h}) }},
				{Pattern: "POST /counter/proofs", Who: staff, Do: h.say},
				{Pattern: "POST /counter/proofs/{id}", Who: staff, Do: h.answer}}
		}}
}

func (h *house) start(_ context.Context, a *kernel.App) error {
	h.app = a
	say := func(key string) form.Field {
		f := form.Field{Name: key, Label: shown.Say(a.Texts, "disprove."+key)}
		if hint := "disprove." + key + ".hint"; a.Texts.Has(hint) {
			f.Hint = shown.Say(a.Texts, hint)
		}
		return f
	}
	number, way, why := say("number"), say("way"), say("why")
	number.Type, way.Type, why.Type = form.PersonID, form.Choice, form.Long
	for _, x := range []string{level.Counter, level.Register, level.Passkey} {
		way.Options = append(way.Options, form.Option{Value: x, Label: shown.Say(a.Texts, "disprove.way."+x)})
	}
	h.form = form.Of(shown.Say(a.Texts, "disprove.title"), number, way, why)
	return h.form.Compile("disprove")
}

// A matter is a proof that somebody says is wrong.
type matter struct {
	ID, Person, Proof  id.ID // ID is that of the act by which it was said
	Way, Body, Why     string
	By, Second         id.ID
	Made, Since, Ended db.Time // said, proved, answered
}

const columns = `select id, person, proof, way, body, why, by, second, made, since, ended from disprove_case `

func scan(into func(...any) error) (m matter, err error) {
	return m, into(&m.ID, &m.Person, &m.Proof, &m.Way, &m.Body, &m.Why, &m.By, &m.Second, &m.Made, &m.Since, &m.Ended)
}

// bodies are those for whose proofs r's person speaks.
func bodies(r *kernel.Request) []string { return r.Me.Bodies(who.Clerk, who.Leader) }

// say begins a case: the proof is named by the number that it proves, so that the
// page tells nobody what is not known to him.
func (h *house) say(r *kernel.Request) (web.Answer, error) {
	if err := r.ParseForm(); err != nil {
		return web.Answer{}, fault.New(fault.Invalid, "fault.invalid")
	}
	p := &page{Request: r, h: h, typed: r.PostForm}
	first := h.form.Sections[0].Pages[0]
	good, err := h.form.Check(ask.Given(h.form.ReadPage(first.ID(), r.PostForm)), r.App.Env(r.App.Today(""), who.Person{}, 0))
	if err == nil {
		get := func(name string) string { s, _ := good[name].(string); return s }
		err = h.app.DB.Write(r.Context(), func(tx *db.Tx) error { return h.begin(tx, r, get("number"), get("way"), get("why")) })
	}
	if p.wrong = ask.Wrong(r.Voice, err); p.wrong == nil {
		if err != nil {
			return web.Answer{}, err
		}
		return web.Goto("/counter/proofs?done=asked")
	}
	return h.show(p)
}

func wrong(field, key string) error {
	return fault.Wrong(fault.Field{Pointer: "/answers/" + field, Code: key})
}

func (h *house) begin(tx *db.Tx, r *kernel.Request, number, way, why string) error {
	mine := bodies(r)
	p, known, err := level.Holder(tx, h.app.Book, number)
	if err != nil {
		return err
	}
	if !known || len(mine) == 0 {
		return wrong("number", "disprove.noholder")
	}
	if p.ID == r.Me.ID {
		return wrong("number", "disprove.yourself")
	}
	all, err := level.Standing(tx, p.ID)
	if err != nil {
		return err
	}
	slices.Reverse(all) // the newest first
	i := slices.IndexFunc(all, func(x level.Proof) bool {
		return (x.Way == way || x.Way == "") && (x.Body == "" || slices.Contains(mine, x.Body))
	})
	if i < 0 {
		return wrong("way", "disprove.noproof")
	}
	m := matter{Person: p.ID, Proof: all[i].ID, Way: way, Body: mine[0], Why: strings.TrimSpace(why), By: r.Me.ID, Made: db.At(h.app.Now()), Since: all[i].Made}
	if all[i].Body != "" {
		m.Body = all[i].Body
	}
	n := 0
	err = tx.Row(`select count(*) from disprove_case where proof = $1 and state = 'open' and made > $2`, m.Proof, db.At(h.app.Now().Add(-life))).Scan(&n)
	if err == nil && n > 0 {
		err = wrong("way", "disprove.waits")
	}
	if err != nil {
		return err
	}
	if m.ID, err = h.app.Engine.RecordAs(tx, r.Me, "level.doubt", p.ID, map[string]any{"proof": m.Proof, "body": m.Body, "why": m.Why}); err != nil {
		return err
	}
	_, err = tx.Exec(`insert into disprove_case (id, person, proof, way, body, why, by, made, since, second, state, ended) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, 0, 'open', 0)`,
		m.ID, m.Person, m.Proof, m.Way, m.Body, m.Why, m.By, m.Made, m.Since)
	return err
}

// open are the cases of those bodies that wait.
func (h *house) open(tx *db.Tx, of []string) (all []matter, err error) {
	for _, b := range of {
		some, err := db.List(tx, scan, columns+`where body = $1 and state = 'open' and made > $2 order by id`, b, db.At(h.app.Now().Add(-life)))
		if err != nil {
			return nil, err
		}
		all = append(all, some...)
	}
	return all, nil
}

// month is how long a proof that was taken back stands on the page.
const month = 30 * 24 * time.Hour

// done are the proofs that officials of those bodies took back lately, the newest first.
func (h *house) done(tx *db.Tx, of []string) (all []matter, err error) {
	for _, b := range of {
		some, err := db.List(tx, scan, columns+`where body = $1 and state = 'done' and ended > $2`, b, db.At(h.app.Now().Add(-month)))
		if err != nil {
			return nil, err
		}
		all = append(all, some...)
	}
	slices.SortFunc(all, func(a, b matter) int { return b.Ended.Compare(a.Ended.Time) })
	return all, nil
}

// answer is the word of the second official: the proof falls, or it stands.
func (h *house) answer(r *kernel.Request) (web.Answer, error) {
	n, err := id.Parse(r.PathValue("id"))
	if err != nil {
		return web.Answer{}, fault.New(fault.NotFound, "disprove.none")
	}
	agrees := r.PostFormValue("answer") == "yes"
	err = h.app.DB.Write(r.Context(), func(tx *db.Tx) error {
		all, err := h.open(tx, bodies(r))
		if err != nil {
			return err
		}
		i := slices.IndexFunc(all, func(m matter) bool { return m.ID == n })
		switch {
		case i < 0:
			return fault.New(fault.NotFound, "disprove.none")
		case all[i].Person == r.Me.ID, agrees && all[i].By == r.Me.ID:
			return fault.New(fault.Forbidden, "disprove.other")
		}
		return h.decide(tx, r.Me, all[i], agrees)
	})
	if err != nil {
		return web.Answer{}, err
	}
	if agrees {
		return web.Goto("/counter/proofs?done=fell")
	}
	return web.Goto("/counter/proofs?done=stands")
}

// alert tells officials that a case waits for one of them: leaders have no page of the counter.
func (h *house) alert(r *kernel.Request) (n ui.Note, err error) {
	mine := bodies(r)
	if len(mine) == 0 {
		return n, nil
	}
	err = h.app.DB.Read(r.Context(), func(tx *db.Tx) error {
		all, err := h.open(tx, mine)
		if slices.ContainsFunc(all, func(m matter) bool { return m.By != r.Me.ID && m.Person != r.Me.ID }) {
			n = ui.Note{Tone: ui.Soon, Title: r.T("disprove.alert"), Link: ui.Link{Text: r.T("disprove.title"), Href: "/counter/proofs"}}
		}
		return err
	})
	return n, err
}

// decide writes down the second word and, when it agrees, does what follows.
func (h *house) decide(tx *db.Tx, by who.Person, m matter, agrees bool) error {
	a, state := h.app, map[bool]string{true: "done", false: "refused"}[agrees]
	n, err := tx.Exec(`update disprove_case set state = $1, second = $2, ended = $3 where id = $4 and state = 'open'`, state, by.ID, db.At(a.Now()), m.ID)
	if err == nil && n == 0 { // somebody answered at the same moment
		err = fault.New(fault.NotFound, "disprove.none")
	}
	if err != nil {
		return err
	}
	act, err := a.Engine.RecordAs(tx, by, "level.judge", m.Person, map[string]any{"case": m.ID, "proof": m.Proof, "agrees": agrees})
	if err == nil && agrees {
		err = doubt.Cast(tx, a, doubt.Doubt{Said: m.ID, Agreed: act, Person: m.Person, Since: m.Since, Ended: db.At(a.Now())})
	}
	if err != nil || !agrees {
		return err
	}
	was, err := a.Book.Find(tx, m.Person)
	if err != nil {
		return err
	}
	if _, err := level.Withdraw(tx, a.Book, by, m.Person, m.Proof, m.Why); err != nil {
		return err
	}
	now, err := a.Book.Find(tx, m.Person)
	if err == nil && !now.Level.Reaches(who.Substantial) {
		err = h.mandates(tx, by, now)
	}
	if err == nil && now.Level != was.Level {
		err = a.Unproved(tx, by, now)
	}
	if err != nil {
		return err
	}
	body, _ := a.Country.Body(m.Body)
	return device.Notify(a, tx, was, "disprove.notice", body.Name.In(was.Lang), m.Why)
}

// mandates ends those that rested on who p was taken for: that he represents
// somebody by law, and what he gave others in his own name. What others gave to
// his account stays theirs to take back.
func (h *house) mandates(tx *db.Tx, by, p who.Person) error {
	all, err := who.Mandates(tx, p.ID, p.ID)
	for _, m := range all {
		if err == nil && m.State != who.Ended && (m.Head || m.Org == p.ID) {
			err = h.app.Book.End(tx, by, m.ID, who.Trust{Way: "proof"})
		}
	}
	return err
}
