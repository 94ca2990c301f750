// Package recover is getting an account back at a counter, for who has lost
// what he signed in with. It waits, so that the true owner can say "this was not
// I"; every contact and every signed-in browser is told; a second clerk looks
// where there is much to lose. Afterwards whatever the account could be signed
// in with before is worth nothing. Each step is an act.
package recover

import (
	"context"
	"embed"
	"encoding/json"
	"fmt"
	"io/fs"
	"time"

	"motcua/base/db"
	"motcua/base/fault"
	"motcua/base/id"
	"motcua/base/job"
	"motcua/base/post"
	"motcua/base/ui"
	"motcua/base/web"
	"motcua/kernel"
	"motcua/kernel/form"
	"motcua/kernel/held"
	"motcua/kernel/outbox"
	"motcua/kernel/shown"
	"motcua/kernel/who"
)

//go:embed texts.yaml schema/*.sql
var files embed.FS

// Settings are how long an account is waited for.
type Settings struct {
	Wait time.Duration // from the counter to a new password; 0: a day
}

// How much longer one waits after somebody said that it was not he, how long
// that is remembered, and how long the way in stays open when the wait is over.
const (
	doubt = 3 // times
	scar  = 30 * 24 * time.Hour
	open  = 7 * 24 * time.Hour
)

// The scopes of one-time links: to get in, and to stop it.
const (
	scopeIn   = "recover"
	scopeStop = "recover-stop"
)

// jobName sends the way in when the wait is over.
const jobName = "recover.ripe"

// A house is the system in one program.
type house struct {
	Settings
	app  *kernel.App
	form *shown.Form
}

// System is the recovery of accounts.
func System(s Settings) kernel.System {
	h := &house{Settings: s}
	if h.Wait == 0 {
		h.Wait = 24 * time.Hour
	}
	schema, _ := fs.Sub(files, "schema")
	me, clerks, anyone := kernel.SignedIn(), kernel.Roles(who.Clerk), kernel.Anyone()
	return kernel.System{Name: "recover", Texts: []fs.FS{files}, Schema: schema, Start: h.start, Alert: h.alert,
		Held:  []held.Table{{Name: "recover_case", Of: "person = $1", Goes: held.Erased, Tell: "body, document, kind, contact, state", Times: "made, due, ended, looked"}},
		Jobs:  func(*kernel.App) map[string]job.Do { return map[string]job.Do{jobName: h.ripe} },
		Links: []kernel.Link{{At: kernel.Counter, Path: "/counter/recovery", Text: "recover.counter.title", Who: clerks}},
		Routes: func(*kernel.App) []kernel.Route {
			return []kernel.Route{
				{Pattern: "GET /counter/recovery", Who: clerks, Do: func(r *kernel.Request) (web.Answer, error) { return h.counter(&counterPage{Request: r, h: h}) }},
				{Pattern: "POST /counter/recovery", Who: clerks, Do: h.ask},
				{Pattern: "POST /counter/recovery/{id}/second", Who: clerks, Do: h.second},
				{Pattern: "GET /recovery/{secret}", Who: anyone, Do: h.showIn},
				{Pattern: "POST /recovery/{secret}", Who: anyone, Do: h.finish},
				{Pattern: "GET /recovery/stop/{secret}", Who: anyone, Do: h.showStop},
				{Pattern: "POST /recovery/stop/{secret}", Who: anyone, Do: h.stopByLink},
				{Pattern: "GET /me/recovery", Who: me, Do: h.showMine},
				{Pattern: "POST /me/recovery", Who: me, Do: h.stopMine},
				{Pattern: "GET /me/recovery/mandates", Who: me, Do: h.showTrusted},
				{Pattern: "POST /me/recovery/mandates", Who: me, Do: h.looked},
			}
		}}
}

func (h *house) start(_ context.Context, a *kernel.App) error {
	h.app = a
	say := func(key string) form.Field {
		return form.Field{Label: shown.Say(a.Texts, "recover."+key), Hint: shown.Say(a.Texts, "recover."+key+".hint")}
	}
	login, phone, email := say("login"), say("phone"), say("email")
	login.Name, login.Type, login.Optional = "login", form.Text, true
	phone.Name, phone.Type, phone.Optional = "phone", form.Phone, true
	email.Name, email.Type, email.Optional = "email", form.Email, true
	h.form = shown.Of(a.Texts, login, phone, email)
	return nil
}

// The states of a case.
const (
	waiting = "waiting"
	stopped = "stopped"
	done    = "done"
)

// A matter is an account that somebody asks back.
type matter struct {
	ID       id.ID
	Person   id.ID
	Clerk    id.ID
	Body     string
	Document string // its sort and number
	Kind     string // of the contact to which the way in is sent
	Contact  string
	Made     db.Time
	Due      db.Time
	Eyes     int   // clerks who have to look
	Second   id.ID // who looked besides, or 0
	State    string
	Ended    db.Time
}

const columns = `select id, person, clerk, body, document, kind, contact, made, due, eyes, second, state, ended from recover_case `

func scan(into func(...any) error) (m matter, err error) {
	return m, into(&m.ID, &m.Person, &m.Clerk, &m.Body, &m.Document, &m.Kind, &m.Contact, &m.Made, &m.Due, &m.Eyes, &m.Second, &m.State, &m.Ended)
}

// seen reports whether as many clerks looked as have to.
func (m matter) seen() bool { return m.Eyes < 2 || m.Second != 0 }

// find reads a case.
func find(tx *db.Tx, n id.ID) (m matter, err error) {
	all, err := db.List(tx, scan, columns+`where id = $1`, n)
	if err == nil && len(all) == 0 {
		err = fault.New(fault.NotFound, "recover.none")
	}
	if err != nil {
		return m, err
	}
	return all[0], nil
}

// latest is the person's last case, if there was one.
func latest(tx *db.Tx, p id.ID) (m matter, err error) {
	all, err := db.List(tx, scan, columns+`where person = $1 order by id desc limit 1`, p)
	if len(all) > 0 {
		m = all[0]
	}
	return m, err
}

// over reports whether a case leads nowhere any more.
func (h *house) over(m matter) bool {
	return m.State != waiting || h.app.Now().After(m.Due.Add(open))
}

// alert tells who is signed in that somebody asks his account back; or, when he
// got it back, that others may act for him since before.
func (h *house) alert(r *kernel.Request) (n ui.Note, err error) {
	err = h.app.DB.Read(r.Context(), func(tx *db.Tx) error {
		m, err := latest(tx, r.Me.ID)
		if err == nil && m.ID != 0 && !h.over(m) {
			n = ui.Note{Tone: ui.Bad, Title: r.T("recover.alert", r.BodyName(m.Body)), Text: r.T("recover.alert.more", r.Voice.Moment(m.Due.Time)),
				Link: ui.Link{Text: r.T("recover.stop.button"), Href: "/me/recovery"}}
			return nil
		}
		if err != nil {
			return err
		}
		_, all, err := h.unlooked(tx, r.Me)
		if len(all) > 0 {
			n = ui.Note{Tone: ui.Soon, Title: r.T("recover.trust.alert"), Text: r.T("recover.trust.alert.more", len(all), r.Voice.Moment(all[0].ID.At())),
				Link: ui.Link{Text: r.T("recover.trust.see"), Href: trustPath}}
		}
		return err
	})
	return n, err
}

// ripe sends the way in once the wait is over and as many looked as have to.
// Done again, it sends another, and the one before still leads to the same case.
func (h *house) ripe(ctx context.Context, body []byte) error {
	var n id.ID
	if err := json.Unmarshal(body, &n); err != nil {
		return fmt.Errorf("recovery: %w", err)
	}
	return h.app.DB.Write(ctx, func(tx *db.Tx) error {
		m, err := find(tx, n)
		if err != nil || h.over(m) || !m.seen() || h.app.Now().Before(m.Due.Time) {
			return err
		}
		p, err := h.app.Book.Find(tx, m.Person)
		if err != nil {
			return err
		}
		secret, err := h.app.Sessions.Make(tx, web.OneTime, p.ID, scopeIn, m.ID.String(), open)
		if err != nil {
			return err
		}
		v := h.app.Voice(p.Lang, "")
		return outbox.Tell(tx, h.app, post.Message{Kind: post.Kind(m.Kind), To: m.Contact, Subject: v.T("recover.way.subject"), Body: v.T("recover.way", h.app.URL+"/recovery/"+secret)})
	})
}
