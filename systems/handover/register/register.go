// Package register is which bodies keep their own software, what waits there to
// be taken, and who may change either.
package register

import (
	"context"
	"net/url"
	"path"
	"slices"
	"strings"
	"sync"
	"time"

	"motcua/base/call"
	"motcua/base/db"
	"motcua/base/fault"
	"motcua/base/id"
	"motcua/base/web"
	"motcua/kernel"
	"motcua/kernel/dossier"
	"motcua/kernel/who"
	"motcua/systems/handover/hook"
)

// A Way is how dossiers get to a body's own software.
type Way string

// The ways.
const (
	Pull     Way = "pull"     // the software asks for what waits
	Push     Way = "webhook"  // it is told of what waits, and asks for it
	Redirect Way = "redirect" // the applicant goes to the body's portal, which asks for it
)

// Ways are all of them, in the order in which they are offered.
func Ways() []Way { return []Way{Pull, Push, Redirect} }

// A Connection says that a body carries some kinds of dossiers in its own software.
type Connection struct {
	ID      id.ID
	Body    string
	Way     Way
	URL     string   // where webhooks or applicants go; "" for pull
	Kinds   []string // patterns such as portal/1.001193 or portal/*; none: every public service
	Account id.ID    // the software as a person: it holds the clerk's role at the body
	Since   time.Time
	Until   time.Time // zero: no end
}

// Lasts reports whether the connection has not ended at t.
func (c *Connection) Lasts(t time.Time) bool { return c.Until.IsZero() || t.Before(c.Until) }

// Covers reports whether the connection takes dossiers of the kind that are opened at t.
func (c *Connection) Covers(kind string, t time.Time) bool {
	if t.Before(c.Since) || !c.Lasts(t) {
		return false
	}
	return len(c.Kinds) == 0 || slices.ContainsFunc(c.Kinds, func(pattern string) bool {
		ok, _ := path.Match(pattern, kind)
		return ok
	})
}

// A Register holds the connections. It is read whole: bodies with their own
// software are some hundreds.
type Register struct {
	Hooks *hook.House // their webhooks, and those of applicants

	app *kernel.App

	mu    sync.Mutex
	round int          // goes up when the register changes
	all   []Connection // by id
	have  bool
}

// Of is the register of a's database.
func Of(a *kernel.App) *Register {
	r := &Register{app: a, Hooks: hook.NewHouse(a)}
	a.DB.Watch("handover", func() {
		r.mu.Lock()
		r.round, r.have = r.round+1, false
		r.mu.Unlock()
	})
	return r
}

const connectionColumns = `id, body, way, url, kinds, account, since, until`

func scanConnection(into func(...any) error) (c Connection, err error) {
	var way, kinds string
	var since, until db.Time
	err = into(&c.ID, &c.Body, &way, &c.URL, &kinds, &c.Account, &since, &until)
	c.Way, c.Kinds, c.Since, c.Until = Way(way), strings.Fields(kinds), since.Time, until.Time
	return c, err
}

// All are the connections, those that ended too, by id. The caller changes nothing in them.
func (r *Register) All(ctx context.Context) ([]Connection, error) {
	r.mu.Lock()
	round, have, all := r.round, r.have, r.all
	r.mu.Unlock()
	if have {
		return all, nil
	}
	err := r.app.DB.Read(ctx, func(tx *db.Tx) (err error) {
		all, err = db.List(tx, scanConnection, `select `+connectionColumns+` from handover_connection order by id`)
		return err
	})
	if err != nil {
		return nil, err
	}
	r.mu.Lock()
	if r.round == round {
		r.all, r.have = all, true
	}
	r.mu.Unlock()
	return all, nil
}

// For is the connection that takes a dossier of kind opened at body now, nil: it is worked on here.
func (r *Register) For(ctx context.Context, body, kind string) (*Connection, error) {
	all, err := r.All(ctx)
	for i := range all {
		if c := &all[i]; c.Body == body && c.Covers(kind, r.app.Now()) {
			return c, err
		}
	}
	return nil, err
}

// Connect enters a connection into the register, or changes one: an act of its
// own. The software gets an account with the clerk's role at the body, so that
// what it does stands in the dossier under its name.
//
// Where the software is told, the connection is an endpoint too, with the same
// id; the secret, which redirects are signed with as well, is given when it is new.
func (r *Register) Connect(tx *db.Tx, by who.Person, c Connection) (Connection, call.Secret, error) {
	if err := r.check(&c); err != nil {
		return c, nil, err
	}
	fresh := c.ID == 0
	if err := r.enter(tx, by, &c); err != nil || fresh && c.Way == Pull {
		return c, nil, err
	}
	secret, err := r.Hooks.Put(tx, by, hook.Endpoint{ID: c.ID, Scope: "body:" + c.Body, Account: c.Account, URL: c.URL, Types: []string{hook.Waiting}})
	if err == nil && c.Way != Push { // its secret is all that is needed
		err = r.Hooks.Stop(tx, by, c.ID, "")
	}
	return c, secret, err
}

// enter writes the connection and, when it is new, the software's account.
func (r *Register) enter(tx *db.Tx, by who.Person, c *Connection) error {
	fresh := c.ID == 0
	if fresh {
		c.ID = r.app.IDs.New()
		b, _ := r.app.Country.Body(c.Body)
		login := strings.ToLower("software." + c.Body + "." + c.ID.String()[9:])
		p, err := r.app.Book.Add(tx, by, who.Person{Login: login, Name: r.app.Voice("", "").T("handover.account", b.Name)}, "")
		if err != nil {
			return err
		}
		if err := r.app.Book.Grant(tx, by, p.ID, who.Clerk, b.Code, 0, time.Time{}); err != nil {
			return err
		}
		c.Account = p.ID
	}
	_, err := tx.Exec(`insert into handover_connection (`+connectionColumns+`) values ($1, $2, $3, $4, $5, $6, $7, $8)
		on conflict (id) do update set way = excluded.way, url = excluded.url, kinds = excluded.kinds, since = excluded.since, until = excluded.until`,
		c.ID, c.Body, string(c.Way), c.URL, strings.Join(c.Kinds, " "), c.Account, db.At(c.Since), db.At(c.Until))
	if err != nil {
		return err
	}
	if err := tx.Bump("handover"); err != nil {
		return err
	}
	return r.app.Engine.Record(tx, by, "handover.connect", c.ID, map[string]any{"body": c.Body, "way": c.Way, "url": c.URL, "kinds": c.Kinds,
		"account": c.Account, "since": db.At(c.Since), "until": db.At(c.Until)})
}

// check names what is wrong with c, and fills in when it begins.
func (r *Register) check(c *Connection) error {
	var wrong []fault.Field
	bad := func(at, code string, args ...any) {
		wrong = append(wrong, fault.Field{Pointer: "/" + at, Code: code, Args: args})
	}
	if _, ok := r.app.Country.Body(c.Body); !ok {
		bad("body", "who.body")
	}
	if !slices.Contains(Ways(), c.Way) {
		bad("way", "handover.wrong.way")
	}
	if c.Since.IsZero() {
		c.Since = r.app.Now()
	}
	if !c.Until.IsZero() && c.Until.Before(c.Since) {
		bad("until", "handover.wrong.until")
	}
	for _, k := range c.Kinds {
		if !slices.ContainsFunc(r.app.Kinds(), func(x *dossier.Kind) bool { ok, err := path.Match(k, x.Name); return ok && err == nil }) {
			bad("kinds", "handover.wrong.kind", k)
		}
	}
	u, err := url.Parse(c.URL)
	switch {
	case c.Way == Pull && c.URL == "":
	case err != nil || u.Host == "" || u.User != nil || u.Fragment != "" || len(c.URL) > 500 || u.Scheme != "https" && !(u.Scheme == "http" && r.app.Demo):
		bad("url", "handover.wrong.url")
	}
	if wrong != nil {
		return fault.Wrong(wrong...)
	}
	return nil
}

// keyLife is how long a key of a body's software is good for.
const keyLife = 365 * 24 * time.Hour

// Key gives the software of c a new key for the API, in place of those before:
// an act of its own.
func (r *Register) Key(tx *db.Tx, by who.Person, c Connection) (secret string, err error) {
	if err := r.app.Sessions.EndAll(tx, web.Token, c.Account); err != nil {
		return "", err
	}
	if secret, err = r.app.Sessions.Make(tx, web.Token, c.Account, "read write", "handover", keyLife); err != nil {
		return "", err
	}
	return secret, r.app.Engine.Record(tx, by, "token.create", c.Account, map[string]any{"label": "handover", "days": int(keyLife / (24 * time.Hour))})
}
