package main

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"motcua/base/db"
	"motcua/base/db/dbtest"
	"motcua/base/web"
	"motcua/kernel"
)

// granted are the tokens of apps in the golden file: each of one scope, of the
// applicant; one of every scope, of another citizen; and one of every scope, of
// the officer at whose desk the dossier lies.
var granted = []struct{ title, login, scope string }{
	{"openid", "owner", "openid"}, {"read", "owner", "read"}, {"write", "owner", "write"}, {"notify", "owner", "notify"},
	{"other", "other", "openid profile email phone number read write notify offline_access"},
	{"officer", "officer", "openid profile email phone number read write notify offline_access"},
}

// TestScopes uses every route with the tokens of apps and compares the answers
// with those that were reviewed: an app comes nowhere but where its scope is
// named, and never with the rights of the person's office.
func TestScopes(t *testing.T) {
	s := newScene(t, newTown(t, dbtest.SQLite(t)))
	routes := s.AllRoutes()
	slices.SortFunc(routes, func(x, y kernel.Route) int { return strings.Compare(x.Pattern, y.Pattern) })
	b := new(strings.Builder)
	fmt.Fprintf(b, "%-46s %-7s", "route", "scope")
	for _, g := range granted {
		fmt.Fprintf(b, " %-7s", g.title)
	}
	b.WriteString("\n")
	for _, rt := range routes {
		u := append(uses[rt.Pattern], use{})[0]
		row, open := fmt.Sprintf("%-46s %-7s", rt.Pattern, rt.Scope), false
		for _, g := range granted {
			code := s.asApp(t, rt.Pattern, u, g.login, g.scope)
			row += fmt.Sprintf(" %-7d", code)
			open = open || code != http.StatusForbidden
		}
		if rt.Scope == "" && open {
			t.Errorf("a route that names no scope answers an app: %s", row)
		}
		if rt.Scope != "" {
			fmt.Fprintln(b, strings.TrimSpace(row))
		}
	}
	reviewed(t, "testdata/scopes.golden", b.String())
}

// asApp is what an app gets that a person let have a scope.
func (s *scene) asApp(t *testing.T, pattern string, u use, login, scope string) int {
	t.Helper()
	r := s.request(t, pattern, u)
	var secret string
	err := s.DB.Write(t.Context(), func(tx *db.Tx) (err error) {
		secret, err = s.Sessions.Make(tx, web.App, s.people[login].ID, scope, s.IDs.New().String(), time.Hour)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Authorization", "Bearer "+secret)
	w := httptest.NewRecorder()
	s.handler.ServeHTTP(w, r)
	s.used = r.Method != http.MethodGet && w.Code < 400
	name := pattern + " by an app of " + login
	if login != "owner" {
		s.sealed(t, name, login, w.Body.String())
		if w.Code >= 400 {
			s.untouched(t, name, login)
		}
	}
	if w.Code == http.StatusForbidden && !strings.Contains(w.Header().Get("WWW-Authenticate"), "insufficient_scope") && strings.HasPrefix(r.URL.Path, "/api/") && strings.Contains(w.Body.String(), "access token") {
		t.Errorf("%s: not told which scope it lacks", name)
	}
	return w.Code
}
