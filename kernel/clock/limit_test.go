package clock_test

import (
	"testing"

	"motcua/base/lang"
	"motcua/kernel/clock"
)

func TestParseLimit(t *testing.T) {
	cases := []struct {
		s    string
		want clock.Limit
		back string // what String writes, when not s
	}{
		{"", clock.Limit{}, ""},
		{"1d", clock.Limit{Quarters: 4, Unit: clock.Days}, ""},
		{"0.25d", clock.Limit{Quarters: 1, Unit: clock.Days}, ""},
		{"1.5d", clock.Limit{Quarters: 6, Unit: clock.Days}, ""},
		{"0.50h", clock.Limit{Quarters: 2, Unit: clock.Hours}, "0.5h"},
		{"12.75h", clock.Limit{Quarters: 51, Unit: clock.Hours}, ""},
		{"30cd", clock.Limit{Quarters: 120, Unit: clock.CalendarDays}, ""},
		{"010d", clock.Limit{Quarters: 40, Unit: clock.Days}, "10d"},
	}
	for _, c := range cases {
		got, err := clock.ParseLimit(c.s)
		if err != nil || got != c.want {
			t.Errorf("ParseLimit(%q) = %v, %v, want %v", c.s, got, err, c.want)
		}
		if c.back == "" {
			c.back = c.s
		}
		if got.String() != c.back {
			t.Errorf("ParseLimit(%q).String() = %q, want %q", c.s, got, c.back)
		}
	}
	for _, s := range []string{"1", "d", "0d", "0.0d", "0.3d", "-1d", "1.5cd", "1 d", "1w", "4000d", "99999d", "1D", "+1d", "1.d"} {
		if got, err := clock.ParseLimit(s); err == nil {
			t.Errorf("ParseLimit(%q) = %v, want an error", s, got)
		}
	}
}

func limit(t testing.TB, s string) clock.Limit {
	t.Helper()
	l, err := clock.ParseLimit(s)
	if err != nil {
		t.Fatal(err)
	}
	return l
}

// Each limit is a shorter promise than the next.
func TestLess(t *testing.T) {
	order := []string{"0.25h", "0.25d", "4h", "1cd", "0.75d", "1d", "1.25d", "10cd", "8d", "20d", "30cd", "22d", ""}
	for i, a := range order {
		for j, b := range order {
			l, m := limit(t, a), limit(t, b)
			if got, want := l.Less(m), i < j; got != want {
				t.Errorf("%q < %q: got %v, want %v", a, b, got, want)
			}
		}
	}
	if limit(t, "8h").Less(limit(t, "1d")) || limit(t, "1d").Less(limit(t, "8h")) || limit(t, "").Less(limit(t, "")) {
		t.Error("equal promises are not less than each other")
	}
}

func TestSay(t *testing.T) {
	texts, err := lang.Load(clock.Texts)
	if err != nil {
		t.Fatal(err)
	}
	cases := []struct {
		limit string
		lang  lang.Lang
		want  string
	}{
		{"1d", lang.EN, "1 working day"},
		{"0.25d", lang.VI, "¼ ngày làm việc"},
		{"3d", lang.FR, "3 jours ouvrés"},
		{"1.5h", lang.EN, "1½ working hours"},
		{"30cd", lang.VI, "30 ngày"},
		{"", lang.EN, "no limit"},
	}
	for _, c := range cases {
		if got := limit(t, c.limit).Say(lang.Voice{Lang: c.lang, Catalogue: texts}); got != c.want {
			t.Errorf("%q in %s: got %q, want %q", c.limit, c.lang, got, c.want)
		}
	}
}
