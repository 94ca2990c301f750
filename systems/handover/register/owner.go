package register

import (
	"context"
	"slices"
	"strings"

	"motcua/base/db"
	"motcua/base/fault"
	"motcua/base/id"
	"motcua/kernel/who"
	"motcua/systems/handover/hook"
)

// Governs reports whether p speaks for a body here: its administrator or one of
// a body above it, or the body's own software.
func (r *Register) Governs(ctx context.Context, p who.Person, body string) (bool, error) {
	if p.Is(who.Admin, "") || slices.ContainsFunc(r.app.Country.Path(body), func(b who.Body) bool { return p.Is(who.Admin, b.Code) }) {
		return true, nil
	}
	all, err := r.All(ctx)
	return slices.ContainsFunc(all, func(c Connection) bool { return c.Account == p.ID && c.Body == body && p.Is(who.Clerk, body) }), err
}

// Owns reports whether p may see and change the endpoint.
func (r *Register) Owns(ctx context.Context, p who.Person, scope string) (bool, error) {
	kind, name, _ := strings.Cut(scope, ":")
	n, _ := id.Parse(name)
	switch {
	case p.ID == 0:
		return false, nil
	case kind == "body":
		return r.Governs(ctx, p, name)
	case kind == "org":
		return p.May(who.Follow, "", n), nil
	}
	return n == p.ID, nil
}

// Scopes are those whose endpoints p is shown.
func (r *Register) Scopes(ctx context.Context, p who.Person) (all []string, err error) {
	all = []string{"person:" + p.ID.String()}
	for _, m := range p.Mandates {
		if m.Private || !m.Allows(who.Follow, "") {
			continue
		}
		all = append(all, "org:"+m.Org.String())
	}
	for _, b := range p.Bodies() {
		if ok, err := r.Governs(ctx, p, b); err != nil {
			return nil, err
		} else if ok && b != "" {
			all = append(all, "body:"+b)
		}
	}
	return all, nil
}

// Endpoint is the one of number s, if p owns it; of others he is told that there is none.
func (r *Register) Endpoint(ctx context.Context, p who.Person, s string) (e hook.Endpoint, err error) {
	missing := fault.New(fault.NotFound, "handover.nowebhook")
	n, err := id.Parse(s)
	if err != nil {
		return e, missing
	}
	err = r.app.DB.Read(ctx, func(tx *db.Tx) (err error) {
		e, err = r.Hooks.Find(tx, n)
		return err
	})
	if err != nil && fault.Of(err) != fault.NotFound {
		return e, err
	}
	ok := false
	if err == nil {
		ok, err = r.Owns(ctx, p, e.Scope)
	}
	if !ok {
		return e, missing
	}
	return e, err
}
