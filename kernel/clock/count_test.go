package clock_test

import (
	"strings"
	"testing"
	"time"

	"motcua/base/lang"
	"motcua/kernel/clock"
)

// Tết of 2020, and a Saturday that was worked for the Monday before a holiday.
const calendar2020 = `
hours: [{from: "08:00", to: "12:00"}, {from: "13:00", to: "17:00"}]
cutoff: "15:00"
weekend: [saturday, sunday]
zone: Asia/Ho_Chi_Minh
holidays:
  - {date: "2020-01-01", name: {vi: Tết Dương lịch, en: New Year's Day}, source: Bộ luật Lao động}
  - {date: "2020-01-23", to: "2020-01-29", name: {vi: Tết Nguyên đán, en: Lunar New Year}, source: Bộ luật Lao động}
  - {date: "2020-04-02", name: Giỗ Tổ Hùng Vương}
  - {date: "2020-04-30", to: "2020-05-01", name: Ngày Giải phóng}
  - {date: "2020-05-04", name: Nghỉ hoán đổi}
working:
  - {date: "2020-05-09", for: "2020-05-04", source: Hoán đổi}
`

func read(t testing.TB, s string) *clock.Calendar {
	t.Helper()
	c, err := clock.Read("calendar.yaml", []byte(s))
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func at(t testing.TB, c *clock.Calendar, s string) time.Time {
	t.Helper()
	if len(s) == len("2020-02-03 10:00") {
		s += ":00"
	}
	m, err := time.ParseInLocation(time.DateTime, s, c.Zone())
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func TestStart(t *testing.T) {
	c := read(t, calendar2020)
	cases := []struct{ name, from, want string }{
		{"in office hours", "2020-02-03 10:20", "2020-02-03 10:20"},
		{"before opening", "2020-02-03 06:00", "2020-02-03 08:00"},
		{"at opening", "2020-02-03 08:00", "2020-02-03 08:00"},
		{"at noon", "2020-02-03 12:00", "2020-02-03 13:00"},
		{"at the cut-off", "2020-02-03 15:00", "2020-02-03 15:00"},
		{"after the cut-off", "2020-02-03 15:00:01", "2020-02-04 08:00"},
		{"in the evening", "2020-02-03 21:00", "2020-02-04 08:00"},
		{"on Friday after the cut-off", "2020-02-07 16:00", "2020-02-10 08:00"},
		{"on Sunday", "2020-02-09 10:00", "2020-02-10 08:00"},
		{"on the last day before Tết, in time", "2020-01-22 14:59", "2020-01-22 14:59"},
		{"on the last day before Tết, late", "2020-01-22 15:30", "2020-01-30 08:00"},
		{"on New Year's Eve of the moon", "2020-01-24 23:59", "2020-01-30 08:00"},
		{"on a Saturday that is worked", "2020-05-09 09:00", "2020-05-09 09:00"},
		{"on the Monday given for it", "2020-05-04 09:00", "2020-05-05 08:00"},
	}
	for _, k := range cases {
		if got, want := c.Start(at(t, c, k.from).UTC()), at(t, c, k.want); !got.Equal(want) {
			t.Errorf("%s: %s: got %s, want %s", k.name, k.from, got, want)
		}
	}
}

func TestDue(t *testing.T) {
	c := read(t, calendar2020)
	cases := []struct{ name, from, limit, want string }{
		{"a day", "2020-02-03 10:00", "1d", "2020-02-04 17:00"},
		{"a day, received late", "2020-02-03 15:30", "1d", "2020-02-05 17:00"},
		{"a day over the weekend", "2020-02-07 10:00", "1d", "2020-02-10 17:00"},
		{"a day, sent on Sunday", "2020-02-09 20:00", "1d", "2020-02-11 17:00"},
		{"seven days over Tết", "2020-01-20 09:00", "7d", "2020-02-05 17:00"},
		{"one day over Tết", "2020-01-22 09:00", "1d", "2020-01-30 17:00"},
		{"one day, late before Tết", "2020-01-22 16:00", "1d", "2020-01-31 17:00"},
		{"sent in Tết", "2020-01-25 00:05", "3d", "2020-02-04 17:00"},
		{"five days over the end of April", "2020-04-28 08:00", "5d", "2020-05-08 17:00"},
		{"six, the last on the worked Saturday", "2020-04-28 08:00", "6d", "2020-05-09 17:00"},
		{"half a day", "2020-02-03 10:00", "0.5d", "2020-02-03 15:00"},
		{"half a day to the end of the morning", "2020-02-03 08:00", "0.5d", "2020-02-03 12:00"},
		{"half a day into tomorrow", "2020-02-03 14:30", "0.5d", "2020-02-04 09:30"},
		{"half a day, late before Tết", "2020-01-22 15:01", "0.5d", "2020-01-30 12:00"},
		{"a day and a half", "2020-02-03 10:00", "1.5d", "2020-02-05 12:00"},
		{"four hours", "2020-02-03 14:45:30", "4h", "2020-02-04 09:45:30"},
		{"thirty days of the calendar", "2020-02-03 10:00", "30cd", "2020-03-04 17:00"},
		{"calendar days that end in Tết", "2020-01-10 10:00", "15cd", "2020-01-30 17:00"},
		{"calendar days, sent on Saturday", "2020-02-08 10:00", "10cd", "2020-02-20 17:00"},
	}
	for _, k := range cases {
		if got, want := c.Due(at(t, c, k.from), limit(t, k.limit)), at(t, c, k.want); !got.Equal(want) {
			t.Errorf("%s: %s from %s: got %s, want %s", k.name, k.limit, k.from, got, want)
		}
	}
	if got := c.Due(at(t, c, "2020-02-03 10:00"), clock.Limit{}); !got.IsZero() {
		t.Errorf("no limit: due %s", got)
	}
}

func TestWorkingAndLeft(t *testing.T) {
	c := read(t, calendar2020)
	cases := []struct {
		from, to string
		want     time.Duration
	}{
		{"2020-02-03 10:00", "2020-02-03 14:00", 3 * time.Hour},
		{"2020-02-03 12:15", "2020-02-03 12:45", 0},
		{"2020-02-07 16:59:30", "2020-02-10 08:00:15", 45 * time.Second},
		{"2020-01-20 08:00", "2020-01-31 17:00", 5 * 8 * time.Hour},
		{"2020-02-04 08:00", "2020-02-03 08:00", 0},
	}
	for _, k := range cases {
		if got := c.Working(at(t, c, k.from), at(t, c, k.to)); got != k.want {
			t.Errorf("from %s to %s: got %s, want %s", k.from, k.to, got, k.want)
		}
	}
	due := at(t, c, "2020-02-04 17:00")
	if got := c.Left(at(t, c, "2020-02-03 10:00"), due); got != 14*time.Hour {
		t.Errorf("left: got %s, want 14h", got)
	}
	if got := c.Left(at(t, c, "2020-02-05 10:00"), due); got != -2*time.Hour {
		t.Errorf("left after the due date: got %s, want -2h", got)
	}
}

// A clock that is put forward at night moves no office hours.
func TestSummerTime(t *testing.T) {
	c := read(t, strings.Replace(calendar2020, "Asia/Ho_Chi_Minh", "Europe/Paris", 1))
	if got, want := c.Due(at(t, c, "2020-03-27 10:00"), limit(t, "1d")), at(t, c, "2020-03-30 17:00"); !got.Equal(want) {
		t.Errorf("got %s, want %s", got, want)
	}
	if got := c.Working(at(t, c, "2020-03-27 08:00"), at(t, c, "2020-03-30 17:00")); got != 16*time.Hour {
		t.Errorf("got %s, want 16h", got)
	}
}

func TestExplain(t *testing.T) {
	c := read(t, calendar2020)
	texts, err := lang.Load(clock.Texts)
	if err != nil {
		t.Fatal(err)
	}
	v := lang.Voice{Lang: lang.EN, Catalogue: texts}
	cases := []struct{ from, limit, want string }{
		{"2020-01-22 15:30", "3d", `
It arrived at 15:30, [lang.day.3] 22/01/2020, after 15:00, so it counts as received at 08:00, [lang.day.4] 30/01/2020.
The limit is 3 working days. The day of receipt does not count; the first day is the next working day.
Weekend days not counted: 2.
The result is due by 17:00, [lang.day.2] 04/02/2020.`},
		{"2020-01-22 09:00", "1d", `
Received at 09:00, [lang.day.3] 22/01/2020.
The limit is 1 working day. The day of receipt does not count; the first day is the next working day.
Not counted, holidays: Lunar New Year, from [lang.day.4] 23/01/2020 to [lang.day.3] 29/01/2020.
The result is due by 17:00, [lang.day.4] 30/01/2020.`},
		{"2020-01-10 10:00", "15cd", `
Received at 10:00, [lang.day.5] 10/01/2020.
The limit is 15 days, weekends and holidays included. The day of receipt does not count.
On the last day, [lang.day.6] 25/01/2020, the office is closed, so the limit ends on the next working day.
Not counted, holidays: Lunar New Year, from [lang.day.4] 23/01/2020 to [lang.day.3] 29/01/2020.
The result is due by 17:00, [lang.day.4] 30/01/2020.`},
		{"2020-05-08 10:00", "1.5d", `
Received at 10:00, [lang.day.5] 08/05/2020.
The limit is 1½ working days. The day of receipt does not count; whole working days come first, then the part of a day in office hours.
Counted: [lang.day.6] 09/05/2020, on which the office works.
Weekend days not counted: 1.
The result is due by 12:00, [lang.day.1] 11/05/2020.`},
		{"2020-02-02 10:00", "4h", `
It arrived at 10:00, [lang.day.0] 02/02/2020, outside office hours, so it counts as received at 08:00, [lang.day.1] 03/02/2020.
The limit is 4 working hours, counted exactly in office hours from the moment of receipt.
The result is due by 12:00, [lang.day.1] 03/02/2020.`},
		{"2020-02-03 10:00", "", `
Received at 10:00, [lang.day.1] 03/02/2020.
The law sets no limit for this.`},
	}
	for _, k := range cases {
		var got string
		for _, l := range c.Explain(clock.Course{Arrived: at(t, c, k.from), Limit: limit(t, k.limit)}, v) {
			got += "\n" + l.Text
		}
		if got != k.want {
			t.Errorf("%s from %s:%s\nwant:%s", k.limit, k.from, got, k.want)
		}
	}
}

func TestReadNamesLineAndReason(t *testing.T) {
	good := func(old, new string) string { return strings.Replace(calendar2020, old, new, 1) }
	cases := []struct{ name, file, want string }{
		{"hour", good(`"08:00"`, `"8 sáng"`), `calendar.yaml:2: "8 sáng" is not an hour of the day`},
		{"overlap", good(`"13:00"`, `"11:00"`), "calendar.yaml:2: hours: each stretch"},
		{"no hours", good(`[{from: "08:00", to: "12:00"}, {from: "13:00", to: "17:00"}]`, "[]"), "calendar.yaml:1: hours: an office"},
		{"cut-off", good(`"15:00"`, `"25:00"`), "calendar.yaml:3: "},
		{"early cut-off", good(`"15:00"`, `"07:59"`), "calendar.yaml:3: cutoff"},
		{"weekend", good("[saturday, sunday]", "[saturday, caturday]"), `calendar.yaml:4: "caturday"`},
		{"no work", good("[saturday, sunday]", "[monday, tuesday, wednesday, thursday, friday, saturday, sunday]"), "no day is left"},
		{"zone", good("Asia/Ho_Chi_Minh", "Asia/Atlantis"), `calendar.yaml:5: zone: "Asia/Atlantis"`},
		{"no zone", good("zone: Asia/Ho_Chi_Minh", ""), "zone"},
		{"day", good(`"2020-01-01"`, `"2020-01-32"`), `calendar.yaml:7: "2020-01-32" is not a day`},
		{"backwards", good(`to: "2020-01-29"`, `to: "2020-01-20"`), "calendar.yaml:8: from 2020-01-23 to 2020-01-20"},
		{"unknown key", good("cutoff", "cut_off"), "calendar.yaml:3: "},
		{"worked day", good(`"2020-05-09"`, `"soon"`), `calendar.yaml:13: "soon"`},
	}
	for _, k := range cases {
		if _, err := clock.Read("calendar.yaml", []byte(k.file)); err == nil || !strings.Contains(err.Error(), k.want) {
			t.Errorf("%s: got %v, want %q", k.name, err, k.want)
		}
	}
}

func TestOff(t *testing.T) {
	c := read(t, calendar2020)
	off := c.Off(2020)
	if len(off) != 6 || off[0].Day != "2020-01-01" || !off[5].Works || off[5].For != "2020-05-04" {
		t.Errorf("got %+v", off)
	}
	if got := c.Off(2019); got != nil {
		t.Errorf("2019: got %+v", got)
	}
	if got := c.Day(time.Date(2020, 1, 1, 17, 30, 0, 0, time.UTC)); got != "2020-01-02" {
		t.Errorf("the day of 00:30 in Hà Nội: got %s", got)
	}
}
