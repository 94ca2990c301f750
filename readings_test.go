package main

import (
	"bytes"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"motcua/base/db"
	"motcua/base/db/dbtest"
	"motcua/base/id"
	"motcua/kernel/dossier"
)

// unread are the uses that show an official something of a dossier and yet are no
// reading, with the reason.
var unread = map[string]string{
	"GET /work":              "what waits at one's own desk is work: the person is told that such lists exist (kernel/readers)",
	"GET /counter/d/{draft}": "the clerk's own draft, which who asks dictates to him",
}

// TestEveryReadingIsRecorded takes every route that an official may open: whenever
// the answer holds personal data of a dossier, or is a page or paper of one, his
// reading was recorded.
func TestEveryReadingIsRecorded(t *testing.T) {
	t.Parallel()
	dbtest.EachURL(t, func(t *testing.T, url string) {
		s := newScene(t, newTown(t, url))
		s.renew(t)
		shown, excused := 0, map[string]bool{}
		for _, rt := range s.AllRoutes() {
			method, _, ok := strings.Cut(rt.Pattern, " ")
			if !ok || method != http.MethodGet {
				continue // what is posted answers with a page that is then got
			}
			all := uses[rt.Pattern]
			if all == nil {
				all = []use{{}}
			}
			for _, u := range all {
				for _, role := range []string{"clerk", "officer", "leader", "away", "chief", "admin"} {
					path := s.path(t, rt.Pattern)
					if u.query != nil {
						path += "?" + u.query(s).Encode()
					}
					s.forgetReadings(t)
					w := s.ask(t, role, httptest.NewRequest(method, path, bytes.NewReader(nil)))
					tells := bytes.Contains(w.Body.Bytes(), []byte(child)) || strings.Contains(rt.Pattern, "/d/{id}") || strings.Contains(rt.Pattern, "/dossiers/{id}") || strings.Contains(rt.Pattern, "/c/{id}")
					name := strings.TrimSuffix(rt.Pattern+", "+u.name, ", ")
					if w.Code >= 300 || !tells {
						continue
					}
					if unread[name] != "" {
						excused[name] = true
						continue
					}
					shown++
					if got := s.readingsOf(t, s.people[role].ID); len(got) == 0 {
						t.Errorf("%s shows %s a dossier, and nothing is in the person's log", name, role)
					} else if !slices.Contains(got, s.done.ID) && !slices.Contains(got, s.fresh.ID) {
						t.Errorf("%s as %s recorded readings of %v, want of what it shows", name, role, got)
					}
				}
			}
		}
		for name := range unread {
			if !excused[name] {
				t.Errorf("%s is excused, and shows nothing", name)
			}
		}
		if err := console(t.Context(), s.App, "backup"); err != nil {
			t.Fatal(err)
		}
		var log []dossier.Reading
		err := s.DB.Read(t.Context(), func(tx *db.Tx) (err error) {
			log, err = s.Engine.Looked(tx, dossier.Look{About: s.people["citizen"].ID, Limit: 1})
			return err
		})
		if err != nil || len(log) != 1 || log[0].Way != dossier.Console || log[0].Purpose != "backup" {
			t.Errorf("a command that reads everybody's data is not in everybody's log: %+v, %v", log, err)
		}
		if shown < 30 {
			t.Errorf("%d answers showed something, want at least 30", shown)
		}
	})
}

func (s *scene) forgetReadings(t *testing.T) {
	t.Helper()
	err := s.DB.Write(t.Context(), func(tx *db.Tx) error {
		_, err := tx.Exec(`delete from reading`)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

// readingsOf are the dossiers that somebody's readings are of.
func (s *scene) readingsOf(t *testing.T, n id.ID) (all []id.ID) {
	t.Helper()
	err := s.DB.Read(t.Context(), func(tx *db.Tx) (err error) {
		all, err = db.List(tx, func(into func(...any) error) (d id.ID, err error) { return d, into(&d) }, `select dossier from reading where person = $1`, n)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}
