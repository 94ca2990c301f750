package clock_test

import (
	"errors"
	"testing"
	"time"

	"motcua/base/db"
	"motcua/base/db/dbtest"
	"motcua/base/fault"
	"motcua/base/id"
	"motcua/base/lang"
	"motcua/kernel/clock"
)

var (
	flood    = clock.Change{ID: 1, Body: "H26.15", Off: clock.Off{Day: "2020-02-04", To: "2020-02-05", Name: lang.Say("Nghỉ do lũ"), Source: "12/QĐ-UBND"}}
	saturday = clock.Change{ID: 2, Body: "H26", Off: clock.Off{Day: "2020-02-08", Works: true, For: "2020-02-03"}}
	early    = clock.Change{ID: 3, Body: "H26", Hours: []clock.Stretch{{From: 7 * 60, To: 11 * 60}, {From: 13*60 + 30, To: 17*60 + 30}}, Cutoff: 16 * 60}
	dry      = clock.Change{ID: 4, Body: "H26.15", Off: clock.Off{Day: "2020-02-05", Works: true}}
	nation   = clock.Change{ID: 5, Off: clock.Off{Day: "2020-02-04", Name: lang.Say("Quốc tang")}}
)

func edit(t *testing.T, d *db.DB, changes ...clock.Change) {
	t.Helper()
	for _, c := range changes {
		if err := d.Write(t.Context(), func(tx *db.Tx) error { return clock.Edit(tx, c) }); err != nil {
			t.Fatal(err)
		}
	}
}

func calendars(t *testing.T, d *db.DB) *clock.Calendars {
	t.Helper()
	all, err := clock.Open(t.Context(), d, read(t, calendar2020))
	if err != nil {
		t.Fatal(err)
	}
	return all
}

func TestBodiesDecideForThemselves(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		all := calendars(t, d)
		before := all.For("H26.15.03")
		check := func(body, limit_, want string) {
			t.Helper()
			c := all.For(body)
			if got, want := c.Due(at(t, c, "2020-02-03 10:00"), limit(t, limit_)), at(t, c, want); !got.Equal(want) {
				t.Errorf("%s of %q: got %s, want %s", limit_, body, got, want)
			}
		}
		check("H26.15.03", "1d", "2020-02-04 17:00")

		edit(t, d, flood, saturday, early)
		check("H26", "1d", "2020-02-04 17:30")       // own hours
		check("H26", "5d", "2020-02-08 17:30")       // own Saturday
		check("H26.15.03", "1d", "2020-02-06 17:30") // closed with the body above, hours of the one above that
		check("H26.150", "1d", "2020-02-04 17:30")   // 150 is not below 15
		check("H27", "1d", "2020-02-04 17:00")
		check("", "1d", "2020-02-04 17:00")
		if got := before.Due(at(t, before, "2020-02-03 10:00"), limit(t, "1d")); got.Day() != 4 {
			t.Errorf("a calendar given out before changed under its reader: %s", got)
		}

		edit(t, d, dry) // the later decision of a body holds
		check("H26.15", "1d", "2020-02-05 17:30")
		edit(t, d, nation)
		check("H27", "1d", "2020-02-05 17:00")
		check("H26.16", "1d", "2020-02-05 17:30")

		err := d.Write(t.Context(), func(tx *db.Tx) error { return clock.Undo(tx, "H26.15", flood.ID) })
		if err != nil {
			t.Fatal(err)
		}
		err = d.Read(t.Context(), func(tx *db.Tx) error {
			own, err := clock.Changes(tx, "H26.15")
			if len(own) != 1 || own[0].ID != dry.ID || !own[0].Works || own[0].To != "2020-02-05" {
				t.Errorf("changes: got %+v", own)
			}
			above, err2 := clock.Changes(tx, "H26")
			if len(above) != 2 || above[0].For != "2020-02-03" || len(above[1].Hours) != 2 || above[1].Hours[1] != early.Hours[1] || above[1].Cutoff != 16*60 {
				t.Errorf("changes: got %+v", above)
			}
			return errors.Join(err, err2)
		})
		if err != nil {
			t.Fatal(err)
		}
		for body, change := range map[string]id.ID{"H26.15": flood.ID, "H27": dry.ID} {
			err := d.Write(t.Context(), func(tx *db.Tx) error { return clock.Undo(tx, body, change) })
			if !errors.Is(err, fault.NotFound) {
				t.Errorf("undo %d of %s: got %v, want not found", change, body, err)
			}
		}
	})
}

func TestAnotherInstanceSees(t *testing.T) {
	dbtest.EachURL(t, func(t *testing.T, url string) {
		one, two := dbtest.Open(t, url), dbtest.Open(t, url)
		calendars(t, one)
		all := calendars(t, two)
		edit(t, one, nation)
		for deadline := time.Now().Add(3 * time.Second); ; time.Sleep(20 * time.Millisecond) {
			c := all.For("H26")
			if !c.IsWorking(at(t, c, "2020-02-04 10:00")) {
				return
			}
			if time.Now().After(deadline) {
				t.Fatal("the other instance still does not know of the holiday")
			}
		}
	})
}

func TestEditRefuses(t *testing.T) {
	cases := []struct {
		name, code string
		change     clock.Change
	}{
		{"nothing", "clock.wrong.hours", clock.Change{}},
		{"no such day", "clock.wrong.days", clock.Change{Off: clock.Off{Day: "2020-02-30", Works: true}}},
		{"backwards", "clock.wrong.days", clock.Change{Off: clock.Off{Day: "2020-02-03", To: "2020-02-02", Works: true}}},
		{"for ever", "clock.wrong.days", clock.Change{Off: clock.Off{Day: "2020-02-03", To: "2029-02-02", Works: true}}},
		{"closed without a reason", "clock.wrong.name", clock.Change{Off: clock.Off{Day: "2020-02-03"}}},
		{"days and hours at once", "clock.wrong.days", clock.Change{Off: clock.Off{Day: "2020-02-03", Works: true}, Hours: early.Hours}},
		{"overlap", "clock.wrong.hours", clock.Change{Hours: []clock.Stretch{{From: 480, To: 720}, {From: 700, To: 800}}}},
		{"past midnight", "clock.wrong.hours", clock.Change{Hours: []clock.Stretch{{From: 480, To: 1500}}}},
		{"before midnight", "clock.wrong.hours", clock.Change{Hours: []clock.Stretch{{From: -5, To: 720}}}},
		{"hours that end before they begin", "clock.wrong.days", clock.Change{Hours: early.Hours, From: "2020-02-03", Until: "2020-02-02"}},
		{"cut-off before opening", "clock.wrong.hours", clock.Change{Hours: []clock.Stretch{{From: 480, To: 720}}, Cutoff: 400}},
	}
	for _, k := range cases {
		var f *fault.Error
		if err := clock.Edit(nil, k.change); !errors.As(err, &f) || f.Kind != fault.Invalid || f.Fields[0].Code != k.code {
			t.Errorf("%s: got %v, want %s", k.name, err, k.code)
		}
	}
}

// Hours of some days of the week, from one day to another, and what a change
// would do before it is decided.
func TestHoursOfWeekdays(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		all := calendars(t, d)
		morning := clock.Change{ID: 11, Body: "H26", Off: clock.Off{Source: "14/2010/QĐ-TTg"}, Hours: []clock.Stretch{{From: 8 * 60, To: 11 * 60}},
			Cutoff: 10 * 60, On: []time.Weekday{time.Saturday}, From: "2020-02-08", Until: "2020-02-20"}
		flooded := clock.Change{ID: 12, Body: "H26.15", Hours: []clock.Stretch{{From: 9 * 60, To: 13 * 60}}, From: "2020-02-11", Until: "2020-02-12"}
		due := func(c *clock.Calendar, from, l, want string) {
			t.Helper()
			if got, want := c.Due(at(t, c, from), limit(t, l)), at(t, c, want); !got.Equal(want) {
				t.Errorf("%s from %s: got %s, want %s", l, from, got, want)
			}
		}
		if of, err := all.If(t.Context(), &morning, 0); err != nil {
			t.Fatal(err)
		} else {
			due(of("H26.15"), "2020-02-07 10:00", "1d", "2020-02-08 11:00")
		}
		due(all.For("H26.15"), "2020-02-07 10:00", "1d", "2020-02-10 17:00")

		edit(t, d, morning, flooded)
		c := all.For("H26.15")
		due(c, "2020-02-07 10:00", "1d", "2020-02-08 11:00")    // Saturday is worked, until 11
		due(c, "2020-02-08 10:30", "0.5d", "2020-02-10 12:00")  // after 10 it is received on Monday
		due(c, "2020-02-21 10:00", "1d", "2020-02-24 17:00")    // the decision is over
		due(c, "2020-02-10 10:00", "1.5d", "2020-02-12 11:00")  // half of a day of four hours
		due(c, "2020-02-10 14:00", "0.75d", "2020-02-11 10:30") // 3 of 8 hours of Monday, 3/8 of Tuesday's four
		due(all.For("H26.16"), "2020-02-10 10:00", "1.5d", "2020-02-12 12:00")
		if hours, cutoff := c.On(at(t, c, "2020-02-08 00:00")); len(hours) != 1 || hours[0].To != 11*60 || cutoff != 10*60 {
			t.Errorf("Saturday: %v until %d", hours, cutoff)
		}
		if hours, _ := c.On(at(t, c, "2020-02-09 00:00")); hours != nil {
			t.Errorf("Sunday: %v", hours)
		}
		if of, err := all.If(t.Context(), nil, morning.ID); err != nil {
			t.Fatal(err)
		} else {
			due(of("H26.15"), "2020-02-07 10:00", "1d", "2020-02-10 17:00")
		}
		err := d.Read(t.Context(), func(tx *db.Tx) error {
			own, err := clock.Changes(tx, "H26")
			if len(own) != 1 || own[0].From != morning.From || own[0].Until != morning.Until || len(own[0].On) != 1 || own[0].On[0] != time.Saturday || own[0].First() != morning.From {
				t.Errorf("changes: got %+v", own)
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	})
}
