package inbox

import (
	"net/url"
	"testing"
	"time"

	"motcua/base/lang"
	"motcua/base/ui"
	"motcua/kernel/clock"
	"motcua/kernel/dossier"
	"motcua/kernel/form"
	"motcua/kernel/procedure"
)

func TestDue(t *testing.T) {
	cal, err := clock.Read("test", []byte("hours: [{from: '08:00', to: '12:00'}, {from: '13:00', to: '17:00'}]\ncutoff: '15:00'\nweekend: [saturday, sunday]\nzone: Asia/Ho_Chi_Minh\n"))
	if err != nil {
		t.Fatal(err)
	}
	texts, err := lang.Load(texts, procedure.Texts)
	if err != nil {
		t.Fatal(err)
	}
	v := lang.Voice{Lang: lang.VI, Zone: cal.Zone(), Catalogue: texts}
	at := func(day, hour, minute int) time.Time { return time.Date(2020, 3, day, hour, minute, 0, 0, cal.Zone()) }
	now := at(2, 9, 0) // Monday
	for _, c := range []struct {
		name string
		d    dossier.Dossier
		want ui.State
	}{
		{"today", dossier.Dossier{Due: at(2, 11, 40)}, ui.State{Before: "Còn", Text: "2 giờ 40", Tone: ui.Soon}},
		{"over lunch", dossier.Dossier{Due: at(2, 14, 0)}, ui.State{Before: "Còn", Text: "4 giờ", Tone: ui.Soon}},
		{"in minutes", dossier.Dossier{Due: at(2, 9, 5)}, ui.State{Before: "Còn", Text: "5 phút", Tone: ui.Soon}},
		{"at this moment", dossier.Dossier{Due: now}, ui.State{Before: "Còn", Text: "0 phút", Tone: ui.Soon}},
		{"one day to the minute", dossier.Dossier{Due: at(3, 9, 0)}, ui.State{Before: "Còn", Text: "1 ngày", Tone: ui.Plain, Icon: "clock"}},
		{"a minute less than a day", dossier.Dossier{Due: at(3, 8, 59)}, ui.State{Before: "Còn", Text: "7 giờ 59", Tone: ui.Soon}},
		{"over the weekend", dossier.Dossier{Due: at(9, 17, 0)}, ui.State{Before: "Còn", Text: "5 ngày", Tone: ui.Plain, Icon: "clock"}},
		{"late by hours", dossier.Dossier{Due: at(2, 8, 30)}, ui.State{Text: "Quá 30 phút", Tone: ui.Bad}},
		{"late since Friday evening", dossier.Dossier{Due: at(-1, 17, 0)}, ui.State{Text: "Quá 1 giờ", Tone: ui.Bad}},
		{"late by days", dossier.Dossier{Due: at(-3, 9, 0)}, ui.State{Text: "Quá 3 ngày", Tone: ui.Bad}},
		{"the desk's own date where the law has none", dossier.Dossier{DeskDue: at(2, 10, 0)}, ui.State{Before: "Còn", Text: "1 giờ", Tone: ui.Soon}},
		{"no limit", dossier.Dossier{}, ui.State{Text: "Không có hạn", Tone: ui.Plain, Icon: "clock"}},
		{"paused, whatever the date", dossier.Dossier{Due: at(1, 9, 0), Waiting: at(1, 8, 0)}, ui.State{Text: "Tạm dừng", Tone: ui.Plain, Icon: "hold"}},
		{"done", dossier.Dossier{Due: at(1, 9, 0), Ended: at(1, 8, 0)}, ui.State{Text: "Xong, đúng hạn", Tone: ui.Plain, Icon: "check"}},
		{"done late", dossier.Dossier{Due: at(1, 9, 0), Ended: at(1, 9, 1)}, ui.State{Text: "Xong, trễ hạn", Tone: ui.Plain, Icon: "check"}},
	} {
		soon := cal.Spent(now, clock.Limit{Quarters: 4, Unit: clock.Days})
		if got := Due(v, cal, now, soon, &c.d); got != c.want {
			t.Errorf("%s: got %+v, want %+v", c.name, got, c.want)
		}
	}
	// Before the office opens nothing has gone by.
	if got := Due(v, cal, at(3, 7, 0), at(3, 17, 0), &dossier.Dossier{Due: at(2, 17, 0)}); got.Text != "Quá hạn" {
		t.Errorf("late overnight: %+v", got)
	}
	for _, c := range []struct {
		name string
		d    dossier.Dossier
		want int
	}{
		{"a third", dossier.Dossier{Started: at(2, 8, 0), Due: at(2, 11, 0)}, 33},
		{"late", dossier.Dossier{Started: at(-1, 8, 0), Due: at(2, 8, 30)}, 100},
		{"not started", dossier.Dossier{Due: at(2, 8, 30)}, -1},
		{"paused", dossier.Dossier{Started: at(2, 8, 0), Due: at(2, 11, 0), Waiting: at(2, 8, 30)}, -1},
	} {
		if got := Spent(cal, now, &c.d); got != c.want {
			t.Errorf("spent, %s: %d, want %d", c.name, got, c.want)
		}
	}
}

func TestReady(t *testing.T) {
	asks := form.Of(lang.Say("?"), form.Field{Name: "a", Type: form.Text})
	may := form.Of(lang.Say("?"), form.Field{Name: "a", Type: form.Text, Optional: true})
	for _, c := range []struct {
		step dossier.Step
		want bool
	}{
		{dossier.Step{Act: "receive"}, true},
		{dossier.Step{Act: "approve", Form: may}, true},
		{dossier.Step{Act: "approve", Form: asks}, false},
		{dossier.Step{Act: "refuse", Reasons: true}, false},
		{dossier.Step{Act: "supply", Papers: true}, false},
		{dossier.Step{Act: "note"}, false},
		{dossier.Step{Act: "assign"}, false},
	} {
		if got := Ready(&c.step); got != c.want {
			t.Errorf("%s with form %v: %v, want %v", c.step.Act, c.step.Form != nil, got, c.want)
		}
	}
}

func TestPlace(t *testing.T) {
	p := Place{View: "late", Words: "đèn & nước", Body: "H01", Desk: "clerk", Late: true, Holder: 77}
	r := values(t, p.Query("at", "x"))
	if got := PlaceOf(r); got != p {
		t.Errorf("got %+v, want %+v", got, p)
	}
	if got := PlaceOf(values(t, "view=everything")); got.View != "mine" {
		t.Errorf("an unknown view is %q", got.View)
	}
}

func values(t *testing.T, query string) url.Values {
	t.Helper()
	v, err := url.ParseQuery(query)
	if err != nil {
		t.Fatal(err)
	}
	return v
}
