// Package eid is one account for the portals of all bodies and for the apps of
// others: a person signs in here once, says what each may know, and signs out
// everywhere. The protocol is systems/eid/provider; here are the pages, and the
// dossier by which a body registers a portal.
package eid

import (
	"cmp"
	"context"
	"crypto/rand"
	"embed"
	"errors"
	"io/fs"
	"strings"
	"time"

	"motcua/base/db"
	"motcua/base/fault"
	"motcua/base/id"
	"motcua/base/job"
	"motcua/base/web"
	"motcua/kernel"
	"motcua/kernel/clock"
	"motcua/kernel/dossier"
	"motcua/kernel/form"
	"motcua/kernel/who"
	"motcua/systems/eid/grant"
	"motcua/systems/eid/keyring"
	"motcua/systems/eid/party"
	"motcua/systems/eid/provider"
	"motcua/systems/eid/push"
)

//go:embed texts.yaml party.yaml schema/*.sql
var files embed.FS

// A house is the system in one program.
type house struct {
	app      *kernel.App
	provider *provider.Provider
	push     *push.House
}

// System is the accounts.
func System() kernel.System { return new(house).system() }

func (h *house) system() kernel.System {
	schema, _ := fs.Sub(files, "schema")
	staff := kernel.Roles(who.Officer, who.Leader, who.Admin)
	return kernel.System{Name: "eid", Texts: []fs.FS{files}, Schema: schema, Start: h.start, Held: tables(), Keeps: h.keeps, Kinds: h.kinds, Routes: h.routes,
		Ops:   func(a *kernel.App, api *web.API) { h.push.Ops(a, api) },
		After: func(*kernel.App) dossier.Then { return h.push.After },
		Calls: func(*kernel.App) map[string]job.Do {
			return map[string]job.Do{provider.JobName: h.provider.Tell, push.JobName: h.push.Send}
		},
		Deeds: []string{"eid.secret"},
		Used:  grant.Used,
		Recovered: func(*kernel.App) func(*db.Tx, id.ID) error {
			return func(tx *db.Tx, p id.ID) error {
				_, err := push.Forget(tx, p, 0, 0)
				return errors.Join(err, h.provider.Recovered(tx, p))
			}
		},
		Unproved: func(*kernel.App) func(tx *db.Tx, by, p who.Person) error {
			return func(tx *db.Tx, _, p who.Person) error { return h.provider.Recovered(tx, p.ID) }
		},
		SignedOut: func(*kernel.App) func(*db.Tx, []id.ID) error { return h.provider.SignedOut },
		Beyond:    func(r *kernel.Request, path string) (string, error) { return h.provider.Beyond(r, path) },
		Links: []kernel.Link{{At: kernel.Safe, Path: "/me/apps", Text: "eid.apps.title", Who: kernel.SignedIn()},
			{At: kernel.Admin, Path: "/eid/parties", Text: "eid.parties.title", Icon: "lock", About: "eid.parties.about", Who: staff}},
		Every: []kernel.Task{
			{Name: "rotate sign-on keys", Pause: time.Hour, Do: func(ctx context.Context, _ *kernel.App) error { return h.provider.Rotate(ctx) }},
			{Name: "sweep sign-on", Pause: time.Hour, Do: func(ctx context.Context, _ *kernel.App) error { return h.provider.Sweep(ctx) }}}}
}

func (h *house) start(ctx context.Context, a *kernel.App) (err error) {
	h.app = a
	if h.provider, err = provider.Open(ctx, a); err == nil {
		h.push, err = push.Open(ctx, a)
	}
	return err
}

func (h *house) routes(a *kernel.App) []kernel.Route {
	anyone, me, staff := kernel.Anyone(), kernel.SignedIn(), kernel.Roles(who.Officer, who.Leader, who.Admin)
	const small = 64 << 10
	p := h.provider
	all := []kernel.Route{
		{Pattern: "GET /.well-known/openid-configuration", Who: anyone, API: true, Do: p.Discover},
		{Pattern: "GET " + provider.Keys, Who: anyone, API: true, Do: p.Machine},
		{Pattern: "GET " + provider.Authorize, Who: anyone, Do: h.authorize},
		{Pattern: "POST /eid/answer", Who: me, Limit: small, Do: h.answer},
		{Pattern: "POST " + provider.Token, Who: anyone, API: true, Limit: small, Do: p.Machine},
		{Pattern: "POST " + provider.Revoke, Who: anyone, API: true, Limit: small, Do: p.Machine},
		{Pattern: "GET " + provider.UserInfo, Who: me, API: true, Scope: "openid", Do: h.person},
		{Pattern: "POST " + provider.UserInfo, Who: me, API: true, Scope: "openid", Limit: small, Do: h.person},
		{Pattern: "GET " + provider.Logout, Who: anyone, Do: h.leave},
		{Pattern: "POST " + provider.Logout, Who: anyone, Limit: small, Do: h.left},
		{Pattern: "GET /me/apps", Who: me, Do: h.apps},
		{Pattern: "POST /me/apps/{id}/withdraw", Who: me, Do: h.withdraw},
		{Pattern: "GET /eid/parties", Who: staff, Do: h.parties},
		{Pattern: "GET /eid/parties/{id}", Who: staff, Do: h.party},
		{Pattern: "POST /eid/parties/{id}/secret", Who: staff, Do: h.secret},
		{Pattern: "POST /eid/parties/{id}/{act}", Who: staff, Do: h.act},
	}
	if a.Demo {
		all = append(all, kernel.Route{Pattern: "POST /api/v1/sandbox/apps", Who: me, API: true, Limit: small, Do: h.try})
	}
	return all
}

// kinds is the registration of a portal: asked for by anybody, wanted by a leader
// of the body, let in by an administrator who is neither.
func (h *house) kinds(a *kernel.App) ([]*dossier.Kind, error) {
	type states = []dossier.State
	days := func(n int) clock.Limit { return clock.Limit{Quarters: 4 * n, Unit: clock.Days} }
	leader, asks := dossier.At(who.Leader), []dossier.By{dossier.Applicant}
	k := &dossier.Kind{Name: "eid/party", Subject: []string{"name"},
		Limit: func(form.Answers, string) clock.Limit { return days(10) },
		Stands: map[dossier.State]dossier.Stand{
			"asked":     {Public: dossier.Submitted, Desk: who.Leader, Budget: days(5)},
			"wanted":    {Public: dossier.Progress, Budget: days(5)},
			"open":      {Public: dossier.Ready, Ends: true, Result: true},
			"closed":    {Public: dossier.Closed, Ends: true},
			"refused":   {Public: dossier.Closed, Ends: true},
			"withdrawn": {Public: dossier.Closed, Ends: true},
		},
		Steps: []dossier.Step{
			{Act: "ask", To: "asked", By: asks, Starts: true, Then: h.changed},
			{Act: "want", From: states{"asked"}, To: "wanted", By: []dossier.By{leader}, Then: h.changed},
			{Act: "admit", From: states{"wanted"}, To: "open", By: []dossier.By{dossier.Above}, Then: h.changed},
			{Act: "refuse", From: states{"asked"}, To: "refused", By: []dossier.By{leader}, Reasons: true, Then: h.changed},
			{Act: "refuse", From: states{"wanted"}, To: "refused", By: []dossier.By{dossier.Above}, Reasons: true, Then: h.changed},
			{Act: "close", From: states{"open"}, To: "closed", By: []dossier.By{leader, dossier.Above}, Reasons: true, Then: h.changed},
			{Act: "withdraw", From: states{"asked", "wanted"}, To: "withdrawn", By: asks, Then: h.changed},
		}}
	if a.Demo {
		step := sandboxStep
		step.Then = h.changed
		k.Steps = append(k.Steps, step)
	}
	return []*dossier.Kind{k}, k.Read(files, "party.yaml")
}

// changed keeps the party in step with its dossier.
func (h *house) changed(do *dossier.Doing) error {
	d := do.Dossier
	say := func(name string) string { s, _ := d.Answers[name].(string); return strings.TrimSpace(s) }
	x := party.Party{ID: d.ID, Body: d.Body, State: string(d.State), Name: say("name"), Site: say("site"),
		Redirects: strings.Fields(say("redirects")), Leaves: strings.Fields(say("leaves")), BackChannel: say("backchannel"),
		Auth: say("auth"), Keys: say("keys"), Level: who.Level(say("level")), Signs: cmp.Or(say("signs"), string(keyring.Known))}
	all, _ := d.Answers["scopes"].([]any)
	for _, s := range all {
		if s, ok := s.(string); ok {
			x.Scopes = append(x.Scopes, s)
		}
	}
	if x.Auth == party.ByKey && !keyring.Good(x.Keys) {
		return fault.Wrong(fault.Field{Pointer: "/answers/keys", Code: "eid.keys"})
	}
	if err := party.Put(do.Tx, x, do.Act.At); err != nil || x.State != "closed" {
		return err
	}
	return h.provider.Close(do.Tx, x.ID)
}

// newSecret is shown once; its hash is kept.
func newSecret() string { return rand.Text() + rand.Text() }
