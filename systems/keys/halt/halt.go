// Package halt is the switch for emergencies: who heads the cybersecurity of a
// body stops signing or issuing in it alone and at once, two administrators
// together, and it always takes two to let it go on. What was decided is an act;
// the authority reads it at every use, in every program of the database.
package halt

import (
	"errors"
	"slices"
	"strings"
	"time"

	"motcua/base/db"
	"motcua/base/fault"
	"motcua/base/id"
	"motcua/base/ui"
	"motcua/base/web"
	"motcua/kernel"
	"motcua/kernel/sign"
	"motcua/kernel/who"
)

// patience is how long a proposal waits for the second administrator.
const patience = 24 * time.Hour

// Routes are the pages.
func Routes() []kernel.Route {
	admins := Hands()
	return []kernel.Route{
		{Pattern: "GET /keys/stop", Who: admins, Do: show},
		{Pattern: "POST /keys/stop", Who: admins, Do: propose},
		{Pattern: "POST /keys/stop/{proposal}", Who: admins, Do: agree},
	}
}

// Hands are those who find the switch.
func Hands() kernel.Access { return kernel.Roles(who.Admin, who.Warden) }

// A proposal is what one administrator wants and a second has to agree to.
type proposal struct {
	ID    id.ID
	Body  string // "": everywhere
	What  sign.What
	Go    bool // let it go on again
	Why   string
	By    id.ID
	Name  string
	At    time.Time
	Named string // the second; "": nobody yet
	Done  time.Time
}

const columns = `id, body, what, go, why, asked, name, at, second, done`

func scan(into func(...any) error) (p proposal, err error) {
	var on int
	var at, done db.Time
	err = into(&p.ID, &p.Body, &p.What, &on, &p.Why, &p.By, &p.Name, &at, &p.Named, &done)
	p.Go, p.At, p.Done = on == 1, at.Time, done.Time
	return p, err
}

// May tells whether a person may throw the switch of a body: its administrator or
// head of cybersecurity, one of a body above it, or the node's. Everywhere only the node's may.
func May(r *kernel.Request, body string) bool {
	return r.App.Country.Rules(r.Me, body) || guards(r, body)
}

// guards tells whether a person heads the cybersecurity of a body.
func guards(r *kernel.Request, body string) bool {
	return r.Me.Is(who.Warden, "") || slices.ContainsFunc(r.App.Country.Path(body), func(b who.Body) bool { return r.Me.Is(who.Warden, b.Code) })
}

// places are where r's person may throw the switch, by bodies that have keys or an administrator here.
func places(r *kernel.Request) (all []ui.Option) {
	if May(r, "") {
		all = append(all, ui.Option{Value: "*", Label: r.T("keys.halt.everywhere")})
	}
	for _, b := range r.App.Country.Bodies(func(b who.Body) bool { return May(r, b.Code) }, 500) {
		all = append(all, ui.Option{Value: b.Code, Label: r.Voice.Of(b.Name)})
	}
	return all
}

func show(r *kernel.Request) (web.Answer, error) {
	p := &page{Request: r}
	err := r.App.DB.Read(r.Context(), func(tx *db.Tx) (err error) {
		if p.stops, err = r.App.Keys.Stops(tx); err == nil {
			p.all, err = db.List(tx, scan, `select `+columns+` from keys_halt order by id desc limit 50`)
		}
		return err
	})
	if err != nil {
		return web.Answer{}, err
	}
	p.all = slices.DeleteFunc(p.all, func(x proposal) bool { return !May(r, x.Body) })
	return web.Show(p.view())
}

// propose enters what one person wants. Whom safety is entrusted to does not wait
// for a second: what is stopped harms less than what goes on.
func propose(r *kernel.Request) (web.Answer, error) {
	x := proposal{ID: r.App.IDs.New(), Body: r.PostFormValue("body"), What: sign.What(r.PostFormValue("what")), Go: r.PostFormValue("go") == "1",
		Why: strings.TrimSpace(r.PostFormValue("why")), By: r.Me.ID, At: r.App.Now()}
	if x.Body == "*" {
		x.Body = ""
	} else if _, ok := r.App.Country.Body(x.Body); !ok {
		return web.Answer{}, fault.New(fault.Invalid, "keys.halt.nobody")
	}
	if !x.What.Stoppable() {
		return web.Answer{}, fault.New(fault.Invalid, "keys.halt.nobody")
	}
	if len([]rune(x.Why)) < 10 || len(x.Why) > 500 {
		return web.Answer{}, fault.New(fault.Invalid, "keys.halt.nowhy")
	}
	if !May(r, x.Body) {
		return web.Answer{}, fault.New(fault.Forbidden, "web.notyours")
	}
	on := 0
	if x.Go {
		on = 1
	}
	err := r.App.DB.Write(r.Context(), func(tx *db.Tx) error {
		_, err := tx.Exec(`insert into keys_halt (id, body, what, go, why, asked, name, at, agreed, second, done) values ($1, $2, $3, $4, $5, $6, $7, $8, 0, '', 0)`,
			x.ID, x.Body, string(x.What), on, x.Why, r.Me.ID, r.Me.Name, db.At(x.At))
		if err != nil {
			return err
		}
		if !x.Go && guards(r, x.Body) {
			return decide(tx, r, x, x.At)
		}
		return r.App.Engine.Record(tx, r.Me, "keys.halt.ask", x.ID, map[string]any{"body": x.Body, "what": x.What, "go": x.Go, "why": x.Why})
	})
	if err != nil {
		return web.Answer{}, err
	}
	return web.Goto("/keys/stop")
}

// agree is the second administrator's word: from here on it is so.
func agree(r *kernel.Request) (web.Answer, error) {
	none := fault.New(fault.NotFound, "keys.halt.none")
	n, err := id.Parse(r.PathValue("proposal"))
	if err != nil {
		return web.Answer{}, none
	}
	at := r.App.Now()
	err = r.App.DB.Write(r.Context(), func(tx *db.Tx) error {
		x, err := scan(tx.Row(`select `+columns+` from keys_halt where id = $1`, n).Scan)
		if errors.Is(err, fault.NotFound) || err == nil && !May(r, x.Body) {
			return none
		}
		switch {
		case err != nil:
			return err
		case !x.Done.IsZero() || at.Sub(x.At) > patience:
			return none
		case x.By == r.Me.ID:
			return fault.New(fault.Forbidden, "keys.halt.same")
		}
		return decide(tx, r, x, at)
	})
	if err != nil {
		return web.Answer{}, err
	}
	return web.Goto("/keys/stop")
}

// decide makes it so, once, by the word of r's person.
func decide(tx *db.Tx, r *kernel.Request, x proposal, at time.Time) error {
	second := r.Me.Name
	if x.By == r.Me.ID {
		second = "" // alone
	}
	n, err := tx.Exec(`update keys_halt set agreed = $1, second = $2, done = $3 where id = $4 and done = 0`, r.Me.ID, second, db.At(at), x.ID)
	if err == nil && n == 0 {
		err = fault.New(fault.NotFound, "keys.halt.none")
	}
	if err == nil && x.Go {
		err = r.App.Keys.Go(tx, x.Body, x.What)
	} else if err == nil {
		err = r.App.Keys.Stop(tx, sign.Stopped{Body: x.Body, What: x.What, Since: at, Why: x.Why})
	}
	if err != nil {
		return err
	}
	return r.App.Engine.Record(tx, r.Me, "keys.halt", x.ID, map[string]any{"body": x.Body, "what": x.What, "go": x.Go, "why": x.Why, "asked": x.By})
}
