// Package assure is how a person reaches a level of assurance: low by a contact
// that answered, substantial by a match with the population register, high by
// showing himself at a counter with a document, or by a passkey that is bound to one
// device after every contact was told. Each is an act in the ledger;
// nobody can say it of himself.
//
// The levels are those of eIDAS 2015/1502; in the country's words, of Decree
// 59/2022 on electronic identification.
package assure

import (
	"context"
	"embed"
	"fmt"
	"io/fs"
	"net/url"
	"strings"
	"time"

	"motcua/base/call"
	"motcua/base/db"
	"motcua/base/id"
	"motcua/base/job"
	"motcua/base/web"
	"motcua/kernel"
	"motcua/kernel/confirm"
	"motcua/kernel/form"
	"motcua/kernel/held"
	"motcua/kernel/passkey"
	"motcua/kernel/shown"
	"motcua/kernel/who"
	"motcua/systems/assure/register"
)

//go:embed texts.yaml schema/*.sql
var files embed.FS

// Settings are what one node has agreed with the population register; without them there is none.
type Settings struct {
	URL    string
	Secret string // whsec_…
}

// A house is the system in one program.
type house struct {
	Settings
	app      *kernel.App
	register register.Client
	asked    *form.Form  // of the register
	shown    *shown.Form // at the counter
}

// System is the levels.
func System(s Settings) kernel.System {
	h := &house{Settings: s}
	schema, _ := fs.Sub(files, "schema")
	me, clerks := kernel.SignedIn(), kernel.Roles(who.Clerk)
	return kernel.System{Name: "assure", Texts: []fs.FS{files, shown.Texts}, Schema: schema, Start: h.start,
		Held: []held.Table{
			{Name: "assure_ask", Of: "person = $1", Goes: held.Closed, Tell: "number, name, born, state", Times: "made"},
			{Name: "assure_key", Of: "person = $1", Goes: held.Closed, Tell: "state", Times: "made, due"},
			{Name: "assure_code", Of: "person = $1", Goes: held.Closed, Told: "good for minutes"}},
		Alert:     h.alert,
		Recovered: func(*kernel.App) func(*db.Tx, id.ID) error { return h.recovered },
		Jobs:      func(*kernel.App) map[string]job.Do { return map[string]job.Do{keyJob: h.ripe} },
		Calls:     func(*kernel.App) map[string]job.Do { return map[string]job.Do{jobName: h.again} },
		Links: []kernel.Link{{At: kernel.Mine, Path: "/me/level", Text: "assure.title", Who: me},
			{At: kernel.Counter, Path: "/counter/identity", Text: "assure.counter.title", Who: clerks}},
		Every: []kernel.Task{{Name: "sweep levels", Pause: time.Hour, Do: h.sweep}},
		Routes: func(*kernel.App) []kernel.Route {
			return []kernel.Route{
				{Pattern: "GET /me/level", Who: me, Do: h.show},
				{Pattern: "POST /me/level/register", Who: me, Do: h.ask},
				{Pattern: "POST /me/level/code", Who: me, Do: h.code},
				{Pattern: "POST /me/level/key/apart", Who: me, Do: h.apart},
				{Pattern: "POST /me/level/key", Who: me, Do: h.key},
				{Pattern: "POST /me/level/key/stop", Who: me, Do: h.stopMine},
				{Pattern: "GET /level/stop/{secret}", Who: kernel.Anyone(), Do: h.showStop},
				{Pattern: "POST /level/stop/{secret}", Who: kernel.Anyone(), Do: h.stopByLink},
				{Pattern: "GET /counter/identity", Who: clerks, Do: h.showCounter},
				{Pattern: "POST /counter/identity", Who: clerks, Do: h.prove},
			}
		}}
}

func (h *house) start(_ context.Context, a *kernel.App) error {
	h.app = a
	var key call.Secret
	if h.URL != "" {
		var err error
		if key, err = call.ParseSecret(h.Secret); err != nil {
			return fmt.Errorf("secret of the population register: %w", err)
		}
	}
	h.register = register.Client{Register: call.Register{URL: strings.TrimSuffix(h.URL, "/"), Secret: key, Caller: call.NewCaller(a.Reach), Now: a.Now}}
	h.asked = form.Of(shown.Say(a.Texts, "assure.register.title"),
		form.Field{Name: "number", Type: form.PersonID, Label: shown.Say(a.Texts, "shown.number")},
		form.Field{Name: "name", Type: form.Text, Label: shown.Say(a.Texts, "shown.name"), Hint: shown.Say(a.Texts, "shown.name.hint")},
		form.Field{Name: "born", Type: form.Date, Label: shown.Say(a.Texts, "shown.born"), Before: "today"})
	h.shown = shown.Of(a.Texts, form.Field{Name: "code", Type: form.Text, Label: shown.Say(a.Texts, "assure.code"), Hint: shown.Say(a.Texts, "assure.code.hint")})
	return h.asked.Compile("assure")
}

// A levelPage is where a person stands and what comes next.
type levelPage struct {
	*kernel.Request
	h     *house
	to    string // where he was going
	typed url.Values
	wrong map[string]string
	say   string // what just happened, by key
	last  asking // what the register was asked last
	code  string // for the counter, shown once

	lift    lift          // that waits
	keys    []passkey.Key // that would lift him
	options string        // to use one of them; "": the session is not sure enough without it
}

func (h *house) show(r *kernel.Request) (web.Answer, error) {
	return h.page(&levelPage{Request: r, h: h, to: web.Inside(r.URL.Query().Get("to")), say: r.URL.Query().Get("done")})
}

// page shows the page, with what the register was asked last.
func (h *house) page(p *levelPage) (web.Answer, error) {
	err := h.app.DB.Read(p.Context(), func(tx *db.Tx) (err error) {
		if p.last, err = last(tx, p.Me.ID); err != nil || p.next() != who.High {
			return err
		}
		if p.lift, err = waiting(tx, `person = $1`, p.Me.ID); err == nil {
			p.keys, err = bound(p.Request, tx)
		}
		return err
	})
	if err == nil && len(p.keys) > 0 && passkey.Possible(p.App) && confirm.Beside(p.Request) {
		p.options, err = passkey.Ask(p.App, keyAbout(p.Request), nil, p.keys)
	}
	if err != nil {
		return web.Answer{}, err
	}
	if p.typed == nil {
		p.typed = h.asked.Values(h.asked.Sections[0].Pages[0].ID(), form.Answers{"number": p.Me.Number, "name": p.Me.Name, "born": p.Me.Born})
	}
	if p.wrong != nil {
		return web.ShowWrong(p.show())
	}
	return web.Show(p.show())
}

// back is the page again, with where the person was going.
func back(to, done string) (web.Answer, error) {
	return web.Goto("/me/level?%s", url.Values{"to": {to}, "done": {done}}.Encode())
}

// sweep forgets codes that are over and questions that were answered long ago.
func (h *house) sweep(ctx context.Context, a *kernel.App) error {
	return a.DB.Write(ctx, func(tx *db.Tx) error {
		_, err := tx.Exec(`delete from assure_code where until < $1`, db.At(a.Now()))
		if err == nil {
			_, err = tx.Exec(`delete from assure_ask where state <> 'open' and made < $1`, db.At(a.Now().Add(-30*24*time.Hour)))
		}
		return err
	})
}
