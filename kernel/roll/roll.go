// Package roll brings in bodies, and who works where, from lists: one line a body
// or a role. It is how a province with thousands of officials begins.
package roll

import (
	"context"
	"embed"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"motcua/base/db"
	"motcua/base/fault"
	"motcua/base/lang"
	"motcua/base/web"
	"motcua/kernel"
	"motcua/kernel/cutover"
	"motcua/kernel/rights"
	"motcua/kernel/who"
)

//go:embed texts.yaml
var texts embed.FS

// welcome is how long an invitation holds: a list is brought in on a Friday and
// its links are handed out in the week after.
const welcome = 14 * 24 * time.Hour

// columns are those that a list may have; the first four it must.
var columns = []string{"login", "name", "body", "role", "number", "phone", "email", "to"}

// People brings in officials and their roles.
type People struct {
	App    *kernel.App
	By     who.Person // an administrator of every body named
	Voice  lang.Voice
	DryRun bool
	Reject func(cutover.Reject)
	Invite func(name, login, link string) // called once for each new account, after it is durable
	Report

	rehearsed map[string]string // what a dry run would have done: the folded name of each new account, "" for each role
}

// A Report counts what happened to the lines.
type Report struct {
	Lines    int `json:"lines"`
	People   int `json:"people"` // new accounts
	Roles    int `json:"roles"`  // given
	Asked    int `json:"asked"`  // that wait for a second administrator
	Had      int `json:"had"`    // roles that were there already
	Rejected int `json:"rejected"`
}

// A role is what one line of the list gives.
type role struct {
	row
	body who.Body
	to   time.Time
}

// Run reads the list. A role that is there already is left as it is, so a list
// may be brought in again after it was mended.
func (p *People) Run(ctx context.Context, f io.Reader) error {
	p.Report, p.rehearsed = Report{}, map[string]string{}
	return read(f, columns, 4, func(x row, wrong []fault.Field) error {
		p.Lines++
		r := role{row: x}
		var err error
		if wrong != nil {
			err = fault.Wrong(wrong...)
		} else {
			err = p.check(&r)
		}
		if err == nil {
			err = p.take(ctx, r)
		}
		var bad *fault.Error
		switch {
		case err == nil:
			return nil
		case errors.As(err, &bad) && bad.Kind == fault.Invalid:
			p.Rejected++
			x.refuse(p.Voice, "login", bad.Fields, p.Reject)
			return nil
		}
		return fmt.Errorf("line %d: %w", r.at, err)
	})
}

// check looks at what can be seen without the register.
func (p *People) check(r *role) error {
	var bad []fault.Field
	wrong := func(field, code string, args ...any) {
		bad = append(bad, fault.Field{Pointer: "/" + field, Code: code, Args: args})
	}
	var ok bool
	as := who.Role(r.cell["role"])
	if r.body, ok = p.App.Country.Successor(r.cell["body"]); r.cell["body"] == "" {
		ok = as == who.Admin // of the node
	}
	switch {
	case !ok:
		wrong("body", "cutover.body", r.cell["body"])
	case !p.App.Country.Rules(p.By, r.body.Code):
		wrong("body", "cutover.notyours", r.body.Name)
	}
	if !slices.Contains([]who.Role{who.Clerk, who.Officer, who.Leader, who.Admin}, as) {
		wrong("role", "roll.role", r.cell["role"])
	}
	if r.cell["login"] == "" {
		wrong("login", "who.loginshape")
	}
	if n := r.cell["number"]; n != "" && p.App.Pack.Person != nil && !p.App.Pack.Person(n) {
		wrong("number", "form.personid")
	}
	if s := r.cell["to"]; s != "" {
		day, err := time.ParseInLocation(time.DateOnly, s, p.App.Zone)
		if r.to = day.AddDate(0, 0, 1); err != nil || !r.to.After(p.App.Now()) {
			wrong("to", "roll.to", s)
		}
	}
	if bad != nil {
		return fault.Wrong(bad...)
	}
	return nil
}

// errDry ends a rehearsal: nothing of it stays.
var errDry = errors.New("dry run")

// take gives one role, to a new account if there is none of that name.
func (p *People) take(ctx context.Context, r role) error {
	var secret string
	var x who.Person
	var had, asked bool
	err := p.App.DB.Write(ctx, func(tx *db.Tx) (err error) {
		secret, had, asked = "", false, false
		x, err = p.App.Book.ByLogin(tx, r.cell["login"])
		switch {
		case fault.Of(err) == fault.NotFound:
			x, err = p.App.Book.Add(tx, p.By, who.Person{Login: r.cell["login"], Name: r.cell["name"], Number: r.cell["number"], Phone: r.cell["phone"], Email: r.cell["email"]}, "")
			if err == nil {
				secret, err = p.App.Sessions.Make(tx, web.OneTime, x.ID, "password", "", welcome)
			}
		case err == nil && r.cell["name"] != "" && lang.Fold(x.Name) != lang.Fold(r.cell["name"]):
			// Somebody else has this name for signing in: his roles are not given away.
			err = fault.Wrong(fault.Field{Pointer: "/login", Code: "roll.other", Args: []any{r.cell["login"]}})
		}
		if err != nil {
			return err
		}
		if had = x.Is(who.Role(r.cell["role"]), r.body.Code); !had {
			if asked, err = rights.Give(tx, p.App, p.By, 0, x, who.Role(r.cell["role"]), r.body.Code, r.to); err != nil {
				return err
			}
		}
		if p.DryRun {
			return errDry
		}
		return nil
	})
	if err != nil && !errors.Is(err, errDry) {
		return err
	}
	if p.DryRun {
		return p.rehearse(r, secret != "", had)
	}
	switch {
	case had:
		p.Had++
	case asked:
		p.Asked++
	default:
		p.Roles++
	}
	if secret != "" {
		p.People++
		p.Invite(x.Name, x.Login, p.App.URL+"/welcome/"+secret)
	}
	return nil
}

// rehearse counts a line of a dry run, of whose earlier lines nothing stayed.
func (p *People) rehearse(r role, fresh, had bool) error {
	login := strings.ToLower(r.cell["login"])
	given := login + " " + r.cell["role"] + " " + r.body.Code
	name, before := p.rehearsed[login]
	if fresh && before && r.cell["name"] != "" && name != lang.Fold(r.cell["name"]) {
		return fault.Wrong(fault.Field{Pointer: "/login", Code: "roll.other", Args: []any{r.cell["login"]}})
	}
	if fresh && !before {
		p.People++
		p.rehearsed[login] = lang.Fold(r.cell["name"])
	}
	_, twice := p.rehearsed[given]
	switch {
	case had || twice:
		p.Had++
	case who.Role(r.cell["role"]).Dangerous():
		p.Asked++
	default:
		p.Roles++
	}
	p.rehearsed[given] = ""
	return nil
}
