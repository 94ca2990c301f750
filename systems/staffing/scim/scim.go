// Package scim lets a body's directory bring in its people (SCIM 2.0, RFC 7643
// and 7644): who works there, what they are called, who left. Each change is an
// act in the name of the directory's account; who left is out at once.
//
// Groups are the roles in the body. A directory gives those of the counter and
// of examining; those that decide, sign or give roles it asks for, and another
// administrator than who holds its token approves.
package scim

import (
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"motcua/base/db"
	"motcua/base/fault"
	"motcua/base/id"
	"motcua/base/web"
	"motcua/kernel"
	"motcua/kernel/who"
	"motcua/systems/staffing/source"
)

// Base is where the resources are.
const Base = "/scim/v2"

// most are the resources of one page of a list.
const most = 200

// A refusal is an error as the standard has it (RFC 7644, 3.12).
type refusal struct {
	status      int
	kind, words string // scimType, key of a text
}

func (e *refusal) Error() string { return e.kind + " " + e.words }

func refuse(status int, kind, words string) error { return &refusal{status, kind, words} }

// An ask is one request of a directory.
type ask struct {
	*kernel.Request
	source.Source
	base string
}

// Routes are the resources, for the token of a directory.
func Routes() (all []kernel.Route) {
	add := func(pattern string, do func(*ask) (int, any, error)) {
		method, path, _ := strings.Cut(pattern, " ")
		all = append(all, kernel.Route{Pattern: method + " " + Base + path, Who: kernel.SignedIn(), API: true, Scope: source.Scope, Limit: 256 << 10, Do: answered(do)})
	}
	add("GET /ServiceProviderConfig", config)
	add("GET /ResourceTypes", types)
	add("GET /Schemas", schemas)
	add("GET /Users", users)
	add("POST /Users", create)
	add("GET /Users/{id}", user)
	add("PUT /Users/{id}", replace)
	add("PATCH /Users/{id}", change)
	add("DELETE /Users/{id}", remove)
	add("GET /Groups", groups)
	add("GET /Groups/{role}", group)
	add("PATCH /Groups/{role}", changeGroup)
	return all
}

// answered lets do answer, and tells errors in the standard's form.
func answered(do func(*ask) (int, any, error)) func(*kernel.Request) (web.Answer, error) {
	return func(r *kernel.Request) (web.Answer, error) {
		a := &ask{Request: r, base: r.App.URL + Base}
		err := r.App.DB.Read(r.Context(), func(tx *db.Tx) (err error) {
			a.Source, err = source.At(tx, r.Me.ID)
			return err
		})
		if fault.Of(err) == fault.NotFound {
			err = refuse(403, "", "web.notyours")
		}
		status, out := 0, any(nil)
		if err == nil {
			status, out, err = do(a)
		}
		if err != nil {
			if status, out = wrong(r, err); status == 0 {
				return web.Answer{}, err
			}
		}
		if out == nil {
			return web.Raw("application/scim+json", nil).Status(status), nil
		}
		b, err := json.Marshal(out)
		return web.Raw("application/scim+json", b).Status(status), err
	}
}

// wrong is an error of the caller as the standard has it; status 0: it is ours.
func wrong(r *kernel.Request, err error) (int, any) {
	var e *refusal
	var f *fault.Error
	if !errors.As(err, &e) {
		if !errors.As(err, &f) {
			return 0, nil
		}
		field := f.Code
		if len(f.Fields) > 0 {
			field = f.Fields[0].Code
		}
		switch {
		case field == "who.login":
			e = &refusal{409, "uniqueness", field}
		case f.Kind == fault.Invalid:
			e = &refusal{400, "invalidValue", field}
		case f.Kind == fault.NotFound:
			e = &refusal{404, "", field}
		case f.Kind == fault.Forbidden:
			e = &refusal{403, "", field}
		case f.Kind == fault.Conflict:
			e = &refusal{409, "", field}
		default:
			return 0, nil
		}
	}
	out := map[string]any{"schemas": []string{messages + "Error"}, "status": strconv.Itoa(e.status), "detail": r.T(e.words)}
	if e.kind != "" {
		out["scimType"] = e.kind
	}
	return e.status, out
}

// body reads the JSON of a request.
func (a *ask) body(into any) error {
	b, err := io.ReadAll(a.Request.Body)
	if err != nil {
		return err
	}
	if json.Unmarshal(b, into) != nil {
		return refuse(400, "invalidSyntax", "web.json.syntax")
	}
	return nil
}

func (a *ask) find(tx *db.Tx) (source.User, error) {
	n, err := id.Parse(a.PathValue("id"))
	if err != nil {
		return source.User{}, fault.New(fault.NotFound, "staffing.none")
	}
	return source.Find(tx, a.Source.Body, n)
}

// roles are those of a person in the body.
func (a *ask) roles(tx *db.Tx, n id.ID) (all []who.Role, err error) {
	p, err := a.App.Book.Find(tx, n)
	for _, g := range p.Grants {
		if g.Body == a.Source.Body && !slices.Contains(all, g.Role) {
			all = append(all, g.Role)
		}
	}
	return all, err
}

func (a *ask) doc(tx *db.Tx, u source.User) (map[string]any, error) {
	roles, err := a.roles(tx, u.Person)
	return userDoc(u, roles, a.base), err
}

// page is a part of a list, as asked for (RFC 7644, 3.4.2.4).
func (a *ask) page(all []map[string]any) map[string]any {
	number := func(name string, usual int) int {
		if n, err := strconv.Atoi(a.URL.Query().Get(name)); err == nil {
			return max(n, 0)
		}
		return usual
	}
	start, count := max(number("startIndex", 1), 1), min(number("count", most), most)
	from := min(start-1, len(all))
	part := append([]map[string]any{}, all[from:min(from+count, len(all))]...)
	return map[string]any{"schemas": []string{messages + "ListResponse"}, "totalResults": len(all), "startIndex": start, "itemsPerPage": len(part), "Resources": part}
}

// filter is the question of a list; none is yes to all.
func (a *ask) filter() (filter, error) {
	s := a.URL.Query().Get("filter")
	if s == "" {
		return func(map[string]any) bool { return true }, nil
	}
	f, err := parseFilter(s)
	if err != nil {
		err = refuse(400, "invalidFilter", "staffing.scim.filter")
	}
	return f, err
}

func users(a *ask) (int, any, error) {
	f, err := a.filter()
	if err != nil {
		return 0, nil, err
	}
	var out []map[string]any
	err = a.App.DB.Read(a.Context(), func(tx *db.Tx) error {
		out = nil
		all, err := source.Users(tx, a.Source.Body)
		for _, u := range all {
			if err != nil {
				break
			}
			var d map[string]any
			if d, err = a.doc(tx, u); err == nil && f(d) {
				out = append(out, d)
			}
		}
		return err
	})
	return http.StatusOK, a.page(out), err
}

func user(a *ask) (int, any, error) {
	var d map[string]any
	err := a.App.DB.Read(a.Context(), func(tx *db.Tx) error {
		u, err := a.find(tx)
		if err == nil {
			d, err = a.doc(tx, u)
		}
		return err
	})
	return http.StatusOK, d, err
}

func create(a *ask) (int, any, error) {
	var in map[string]any
	if err := a.body(&in); err != nil {
		return 0, nil, err
	}
	u, err := readUser(proper(in), source.User{Body: a.Source.Body})
	if err != nil {
		return 0, nil, err
	}
	var d map[string]any
	err = a.App.DB.Write(a.Context(), func(tx *db.Tx) error {
		u, err := source.Add(tx, a.App, a.Me, u)
		if err == nil {
			d, err = a.doc(tx, u)
		}
		return err
	})
	return http.StatusCreated, d, err
}

// edit changes a user by what to makes of him.
func (a *ask) edit(to func(doc map[string]any, was source.User) (source.User, error)) (int, any, error) {
	var d map[string]any
	err := a.App.DB.Write(a.Context(), func(tx *db.Tx) error {
		was, err := a.find(tx)
		if err == nil {
			d, err = a.doc(tx, was)
		}
		if err != nil {
			return err
		}
		u, err := to(d, was)
		if err == nil && u != was {
			u, err = source.Change(tx, a.App, a.Me, was, u)
		}
		if err == nil {
			d, err = a.doc(tx, u)
		}
		return err
	})
	return http.StatusOK, d, err
}

func replace(a *ask) (int, any, error) {
	var in map[string]any
	if err := a.body(&in); err != nil {
		return 0, nil, err
	}
	return a.edit(func(_ map[string]any, was source.User) (source.User, error) { return readUser(proper(in), was) })
}

// operations are those of a PATCH.
func (a *ask) operations() ([]operation, error) {
	var in struct {
		Schemas    []string
		Operations []operation
	}
	if err := a.body(&in); err != nil {
		return nil, err
	}
	if !slices.Contains(in.Schemas, messages+"PatchOp") || len(in.Operations) == 0 || len(in.Operations) > 100 {
		return nil, refuse(400, "invalidSyntax", "staffing.scim.op")
	}
	for i, o := range in.Operations {
		if m, ok := o.Value.(map[string]any); ok && o.Path != "" {
			in.Operations[i].Value = proper(m)
		}
	}
	return in.Operations, nil
}

func change(a *ask) (int, any, error) {
	all, err := a.operations()
	if err != nil {
		return 0, nil, err
	}
	return a.edit(func(doc map[string]any, was source.User) (source.User, error) {
		d, err := patch(doc, all)
		if err != nil {
			return was, err
		}
		return readUser(d, was)
	})
}

func remove(a *ask) (int, any, error) {
	_, _, err := a.edit(func(_ map[string]any, was source.User) (source.User, error) {
		was.Active, was.Gone = false, true
		return was, nil
	})
	return http.StatusNoContent, nil, err
}
