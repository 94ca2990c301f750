package behind_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"motcua/base/db"
	"motcua/base/db/dbtest"
	"motcua/base/id"
	"motcua/kernel/behind"
	"motcua/kernel/dossier"
	"motcua/kernel/who"
)

// row is one dossier as its row stands; times are Vietnamese, "" is none.
type row struct {
	id                 int64
	body, state        string
	opened, due, ended string
}

var rows = []row{
	{1, "H26.1", "examine", "2020-02-28 23:30", "2020-03-03 17:00", ""},
	{2, "H26.1", "examine", "2020-03-01 00:10", "2020-03-04 17:00", ""},
	{3, "H26.1", "returned", "2020-03-01 09:00", "2020-03-05 17:00", "2020-03-05 16:59"},
	{4, "H26.1", "returned", "2020-03-01 09:00", "2020-03-05 17:00", "2020-03-04 23:59"},
	{5, "H26.1", "returned", "2020-03-01 09:00", "2020-03-05 17:00", "2020-03-05 17:01"},
	{6, "H26.2", "examine", "2020-03-01 09:00", "2020-03-02 17:00", ""},
}

// moments read times of the rows' zone; "" is none.
func moments(t *testing.T) func(string) db.Time {
	zone, err := time.LoadLocation("Asia/Ho_Chi_Minh")
	if err != nil {
		t.Fatal(err)
	}
	return func(s string) db.Time {
		if s == "" {
			return db.Time{}
		}
		x, err := time.ParseInLocation("2006-01-02 15:04", s, zone)
		if err != nil {
			t.Fatal(err)
		}
		return db.At(x)
	}
}

func TestRows(t *testing.T) {
	at := moments(t)
	kind := &dossier.Kind{Name: "portal/1", Stands: map[dossier.State]dossier.Stand{"examine": {Public: dossier.Progress}, "returned": {Public: dossier.Ready, Ends: true}}}
	officer := who.Person{ID: 7, Grants: []who.Grant{{Role: who.Officer, Body: "H26.1"}}}
	chief := who.Person{ID: 8, Grants: []who.Grant{{Role: who.Leader, Body: "H26"}}}
	admin := who.Person{ID: 9, Grants: []who.Grant{{Role: who.Admin, Body: ""}, {Role: who.Admin, Body: "H26.1"}}}
	march := behind.Figure{From: "2020-03-01", To: "2020-03-31"}
	ask := func(f behind.Figure, body string, measures ...string) behind.Figure {
		f.Body, f.Measures = body, measures
		return f
	}
	cases := []struct {
		name string
		me   who.Person
		f    behind.Figure
		want []id.ID
	}{
		{"the days of the body's zone", officer, ask(march, "", "opened"), []id.ID{5, 4, 3, 2}},
		{"on time", officer, ask(march, "H26", "ontime"), []id.ID{4, 3}},
		{"late", officer, ask(march, "H26.1", "late"), []id.ID{5}},
		{"ended", officer, ask(march, "", "ended"), []id.ID{5, 4, 3}},
		{"before the day it was due", officer, ask(march, "", "early"), []id.ID{4}},
		{"stock", officer, ask(behind.Figure{}, "", "in:submitted", "in:progress"), []id.ID{2, 1}},
		{"overdue", officer, ask(behind.Figure{To: "2020-03-03"}, "", "due"), []id.ID{1}},
		{"another family", officer, behind.Figure{Measures: []string{"ended"}, Kinds: []string{"voice"}}, nil},
		{"its family", officer, behind.Figure{Measures: []string{"late"}, Kinds: []string{"portal"}}, []id.ID{5}},
		{"another body", officer, ask(behind.Figure{}, "H26.2", "in:progress"), nil},
		{"a body whose code only begins alike", officer, ask(behind.Figure{}, "H2", "in:progress"), nil},
		{"the head of the body above reads his own alone", chief, ask(behind.Figure{}, "", "in:progress"), nil},
		{"who gives roles reads none", admin, ask(behind.Figure{}, "", "in:progress"), nil},
		{"a visitor", who.Person{}, ask(behind.Figure{}, "", "in:progress"), nil},
		{"what cannot be listed", officer, ask(march, "", "took:3"), nil},
	}
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		if err := d.Migrate(t.Context(), "dossier", dossier.Schema()); err != nil {
			t.Fatal(err)
		}
		err := d.Write(t.Context(), func(tx *db.Tx) error {
			var all [][]any
			for _, r := range rows {
				all = append(all, []any{r.id, "portal/1", "", fmt.Sprint("C", r.id), "", r.state, r.body, "Asia/Ho_Chi_Minh", int64(1), int64(0), int64(0), "n", "", "online", int64(0),
					int64(0), int64(1), at(r.opened), at(r.opened), at(r.opened), at(r.opened), at(r.due), at(""), at(r.ended), at(""), "", ""})
			}
			return tx.Insert("dossier", `id, kind, kind_version, code, tail, state, body, zone, applicant, org, helper, name, subject, channel, holder,
				parent, version, opened, changed, entered, started, due, desk_due, ended, waiting, desk, folded`, all)
		})
		if err != nil {
			t.Fatal(err)
		}
		e := &dossier.Engine{DB: d, Kinds: func() []*dossier.Kind { return []*dossier.Kind{kind} },
			Body: func(code string) (who.Body, bool) { return who.Body{Code: code, Zone: "Asia/Ho_Chi_Minh"}, true }}
		for _, c := range cases {
			got, after := []id.ID(nil), id.ID(0)
			for {
				some, next, err := behind.Rows(t.Context(), e, c.me, c.f, after, 2)
				if err != nil {
					t.Fatalf("%s: %v", c.name, err)
				}
				for _, r := range some {
					got = append(got, r.ID)
				}
				if after = next; next == 0 {
					break
				}
			}
			if !slices.Equal(got, c.want) {
				t.Errorf("%s: got %v, want %v", c.name, got, c.want)
			}
		}
	})
}
