package clock_test

import (
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"motcua/base/lang"
	"motcua/kernel/clock"
)

func pause(t testing.TB, c *clock.Calendar, g clock.Ground, from, to string) clock.Pause {
	return clock.Pause{Ground: g, From: at(t, c, from), To: at(t, c, to)}
}

func TestBefore(t *testing.T) {
	c := read(t, calendar2020)
	for _, k := range []struct {
		due  string
		days int
		want string
	}{
		{"2020-02-04 17:00", 1, "2020-02-03 17:00"},
		{"2020-02-03 09:30", 1, "2020-01-31 17:00"},
		{"2020-01-30 17:00", 1, "2020-01-22 17:00"},
		{"2020-01-30 17:00", 2, "2020-01-21 17:00"},
		{"2020-01-25 10:00", 1, "2020-01-22 17:00"}, // in Tết
	} {
		if got, want := c.Before(at(t, c, k.due), k.days), at(t, c, k.want); !got.Equal(want) {
			t.Errorf("%d days before %s: got %s, want %s", k.days, k.due, got, want)
		}
	}
}

func TestDays(t *testing.T) {
	c := read(t, calendar2020)
	x := clock.Course{Arrived: at(t, c, "2020-01-21 16:00"), Limit: limit(t, "2d"),
		Pauses: []clock.Pause{pause(t, c, clock.Duty, "2020-01-30 09:00", "2020-01-30 11:00")}}
	var got []string
	for _, d := range c.Days(x) {
		s := fmt.Sprint(d.At.Format("02/01"), " ", d.Number)
		for mark, is := range map[string]bool{" arrives": d.Arrives, " weekend": d.Weekend, " ends": d.Ends} {
			if is {
				s += mark
			}
		}
		if d.Off != nil {
			s += " " + d.Off.Name["en"]
		}
		got = append(got, s+strings.TrimSuffix(" "+string(d.Waits), " "))
	}
	tet := ""
	for d := 23; d <= 29; d++ {
		tet += fmt.Sprintf("\n%d/01 0 Lunar New Year", d)
	}
	want := "22/01 0 arrives" + tet + "\n30/01 0 duty\n31/01 1\n01/02 0 weekend\n02/02 0 weekend\n03/02 2 ends"
	if s := strings.Join(got, "\n"); s != want {
		t.Errorf("got\n%s\nwant\n%s", s, want)
	}
}

func TestExplainWaiting(t *testing.T) {
	c := read(t, calendar2020)
	texts, err := lang.Load(clock.Texts)
	if err != nil {
		t.Fatal(err)
	}
	v := lang.Voice{Lang: lang.EN, Catalogue: texts}
	x := clock.Course{Arrived: at(t, c, "2020-02-03 10:00"), Limit: limit(t, "3d"), More: limit(t, "2d"), Pauses: []clock.Pause{
		pause(t, c, clock.Supplement, "2020-02-04 09:00", "2020-02-05 09:00"), pause(t, c, clock.Consultation, "2020-02-06 10:00", "2020-02-06 14:30")}}
	why := func(x clock.Course) (s []string) {
		for _, l := range c.Explain(x, v) {
			s = append(s, l.Why)
			if strings.Contains(l.Text, "clock.") {
				t.Errorf("no text: %s", l.Text)
			}
		}
		return s
	}
	for rule, want := range map[clock.Rule]string{
		clock.Restart:  "[restart received days consultation weekend more due]",
		clock.Subtract: "[received days supplement consultation weekend more due]",
	} {
		if x.Rule = rule; fmt.Sprint(why(x)) != want {
			t.Errorf("%s: got %v, want %s", rule, why(x), want)
		}
	}
	x.Limit, x.Rule = limit(t, "5cd"), clock.Subtract
	if got := fmt.Sprint(why(x)); got != "[received calendar supplement consultation moved weekend more due]" {
		t.Errorf("days of the calendar: got %s", got)
	}
}

// promise is Promise told minute by minute: an hour glass of the time that is
// left, which runs when the office is open and is turned back by waiting.
func (s *slow) promise(x clock.Course) time.Time {
	arrived := s.number(x.Arrived)
	var waited []clock.Pause
	for _, p := range x.Pauses {
		if waited = append(waited, p); p.Ground == clock.Supplement && x.Rule == clock.Restart {
			arrived, waited = s.number(p.To), nil
		}
	}
	var due time.Time
	if x.Limit.Unit == clock.CalendarDays {
		last := s.start(arrived)
		for range x.Limit.Quarters / 4 {
			last = midnight(last)
		}
		for _, p := range waited {
			for d := s.number(p.From); midnight(d) <= s.number(p.To); d = midnight(d) {
				last = midnight(last)
			}
		}
		due = s.time(s.closing(last))
	} else {
		due = s.due(arrived, x.Limit)
		for _, p := range waited {
			n := 0
			for m := s.number(p.From); m < s.number(p.To); m++ {
				if s.at(m).open {
					n++
				}
			}
			due = s.later(due, n)
		}
	}
	switch q := x.More.Quarters; {
	case q == 0:
		return due
	case x.More.Unit == clock.Hours:
		return s.later(due, q*15)
	case x.More.Unit == clock.CalendarDays:
		n := s.number(due)
		for range q / 4 {
			n = midnight(n)
		}
		return s.time(s.closing(n))
	case q < 4:
		return s.more(due, q)
	default:
		n := s.number(due)
		for range q / 4 {
			for n = midnight(n); !s.at(n).works; n = midnight(n) {
			}
		}
		return s.share(s.closing(n), q%4)
	}
}

func drawCourse(t *rapid.T, c *clock.Calendar) clock.Course {
	x := clock.Course{Arrived: moment(t, c, "arrived"), Limit: drawLimit(t, "limit"), Rule: rapid.SampledFrom([]clock.Rule{clock.Restart, clock.Subtract}).Draw(t, "rule")}
	if rapid.Bool().Draw(t, "extended") {
		x.More = drawLimit(t, "more")
	}
	at := x.Arrived
	for range rapid.IntRange(0, 3).Draw(t, "pauses") {
		p := clock.Pause{Ground: rapid.SampledFrom(clock.Grounds()).Draw(t, "ground")}
		p.From = at.Add(time.Duration(rapid.IntRange(0, 4*24*60).Draw(t, "until it waits")) * time.Minute)
		p.To = p.From.Add(time.Duration(rapid.IntRange(0, 5*24*60).Draw(t, "waits")) * time.Minute)
		at, x.Pauses = p.To, append(x.Pauses, p)
	}
	return x
}

// TestCourseAgainstMinutes compares whole courses with the slow reading. With
// MOTCUA_LONG it is a million of them, and the record is kept.
func TestCourseAgainstMinutes(t *testing.T) {
	const million = 1_000_000
	long, cases, paused, moved, began := os.Getenv("MOTCUA_LONG") != "", 0, 0, 0, time.Now()
	one := func(t *rapid.T, s *slow, c *clock.Calendar) {
		x := drawCourse(t, c)
		got, want := c.Promise(x), s.promise(x)
		if cases++; len(x.Pauses) > 0 {
			paused++
		}
		if !x.More.IsZero() {
			moved++
		}
		if !same(got, want) {
			t.Fatalf("%+v: got %s, want %s\n%s", x, got, want, s.file)
		}
		if days := c.Days(x); len(days) == 0 || !days[len(days)-1].Ends || c.Day(days[len(days)-1].At) != c.Day(got) {
			t.Fatalf("%+v: the days do not end with %s: %+v", x, got, days)
		}
		bare := x
		if bare.Pauses, bare.More = nil, (clock.Limit{}); got.Before(c.Promise(bare)) {
			t.Fatalf("%+v: waiting or an extension brought the end forward to %s", x, got)
		}
	}
	check := func(t *rapid.T) {
		s := draw(t)
		c, err := clock.Read("drawn.yaml", []byte(s.file))
		if err != nil {
			t.Fatalf("%v\n%s", err, s.file)
		}
		for range 20 { // courses on each calendar
			one(t, s, c)
		}
	}
	if long {
		defer flag.Set("rapid.checks", flag.Lookup("rapid.checks").Value.String())
		flag.Set("rapid.checks", fmt.Sprint(million/20))
	}
	rapid.Check(t, check)
	if cases < 2000 {
		t.Errorf("only %d courses were looked at", cases)
	}
	if !long || t.Failed() {
		return
	}
	commit, _ := exec.Command("git", "describe", "--always", "--dirty").Output()
	b, err := json.MarshalIndent(map[string]any{"proof": "ends of limits against a reading minute by minute", "n": cases, "with_pauses": paused, "extended": moved,
		"different": 0, "seconds": int(time.Since(began).Seconds()), "commit": strings.TrimSpace(string(commit)),
		"machine": fmt.Sprintf("%s, %s/%s, %d cores", runtime.Version(), runtime.GOOS, runtime.GOARCH, runtime.NumCPU()), "date": time.Now().UTC().Format(time.RFC3339)}, "", "  ")
	if err == nil {
		err = os.WriteFile("../../bench/records/clock.json", append(b, '\n'), 0o644)
	}
	if err != nil {
		t.Fatal(err)
	}
}
