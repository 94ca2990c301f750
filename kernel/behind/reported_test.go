package behind_test

import (
	"fmt"
	"slices"
	"testing"

	"motcua/base/db"
	"motcua/base/db/dbtest"
	"motcua/base/id"
	"motcua/kernel/behind"
	"motcua/kernel/dossier"
	"motcua/kernel/mirror"
	"motcua/kernel/who"
)

// TestReportedRows: who may read a body's dossiers sees those that it reported too, under the same numbers.
func TestReportedRows(t *testing.T) {
	at := moments(t)
	rows := []struct {
		id                       int64
		body, procedure, channel string
		state                    int
		opened, due, ended       string
	}{
		{1, "H26.1", "1", "online", 4, "2020-02-28 23:30", "2020-03-03 17:00", ""},
		{2, "H26.1", "1", "counter", 1, "2020-03-01 00:10", "2020-03-04 17:00", ""},
		{3, "H26.1", "2", "online", 10, "2020-03-01 09:00", "2020-03-05 17:00", "2020-03-05 16:59"},
		{4, "H26.1", "2", "online", 9, "2020-03-01 09:00", "2020-03-05 17:00", "2020-03-05 17:01"},
		{5, "H26.1", "1", "online", 5, "2020-03-01 09:00", "2020-03-02 17:00", ""},
		{6, "H26.2", "1", "online", 4, "2020-03-01 09:00", "2020-03-02 17:00", ""},
	}
	officer := who.Person{ID: 7, Grants: []who.Grant{{Role: who.Officer, Body: "H26.1"}}}
	admin := who.Person{ID: 9, Grants: []who.Grant{{Role: who.Admin, Body: "H26.1"}}}
	march := behind.Figure{From: "2020-03-01", To: "2020-03-31"}
	ask := func(f behind.Figure, measures ...string) behind.Figure { f.Measures = measures; return f }
	of := func(f behind.Figure, kinds ...string) behind.Figure { f.Kinds = kinds; return f }
	online := ask(march, "opened")
	online.Channel = "online"
	cases := []struct {
		name string
		me   who.Person
		f    behind.Figure
		want []id.ID
	}{
		{"the days of the body's zone", officer, ask(march, "opened"), []id.ID{5, 4, 3, 2}},
		{"a channel", officer, online, []id.ID{5, 4, 3}},
		{"ended", officer, ask(march, "ended"), []id.ID{4, 3}},
		{"on time", officer, ask(march, "ontime"), []id.ID{3}},
		{"late", officer, ask(march, "late"), []id.ID{4}},
		{"overdue, without what waits", officer, ask(behind.Figure{To: "2020-03-03"}, "due"), []id.ID{1}},
		{"stock", officer, ask(behind.Figure{}, "in:submitted", "in:progress"), []id.ID{2, 1}},
		{"one service", officer, of(ask(march, "ended"), "portal/2"), []id.ID{4, 3}},
		{"another service", officer, of(ask(march, "ended"), "portal/1"), nil},
		{"their family", officer, of(ask(march, "late"), "portal"), []id.ID{4}},
		{"another family", officer, of(ask(march, "late"), "voice"), nil},
		{"who was early is not reported", officer, ask(march, "early"), nil},
		{"who gives roles reads none", admin, ask(march, "opened"), nil},
		{"a visitor", who.Person{}, ask(march, "opened"), nil},
	}
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		if err := mirror.Open(t.Context(), d); err != nil {
			t.Fatal(err)
		}
		err := d.Write(t.Context(), func(tx *db.Tx) error {
			var all [][]any
			for _, r := range rows {
				all = append(all, []any{r.id, r.body, fmt.Sprint("C", r.id), int64(1), int64(0), int64(r.state), r.procedure, r.channel, int64(0), "", at(r.opened), at(r.due), at(r.ended), int64(0), int64(0), []byte{}, "{}"})
			}
			return tx.Insert("mirror", "id, body, code, version, sum, state, procedure, channel, owner, name, opened, due, ended, changed, batch, salt, line", all)
		})
		if err != nil {
			t.Fatal(err)
		}
		e := &dossier.Engine{DB: d, Body: func(code string) (who.Body, bool) { return who.Body{Code: code, Zone: "Asia/Ho_Chi_Minh"}, true }}
		m := &mirror.Store{DB: d, Kind: func(procedure string) string { return "portal/" + procedure }}
		for _, c := range cases {
			got, after := []id.ID(nil), id.ID(0)
			for {
				some, next, err := behind.ReportedRows(t.Context(), e, m, c.me, c.f, after, 2)
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
