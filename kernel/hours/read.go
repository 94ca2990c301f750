package hours

import (
	"net/url"
	"strings"
	"time"

	"motcua/base/fault"
	"motcua/base/id"
	"motcua/base/lang"
	"motcua/kernel/clock"
)

// The two things that a body decides: the value of "sort".
const (
	ofDays  = "days"
	ofHours = "hours"
)

// read reads what was typed. What only the calendar knows to be wrong is said by it.
func read(v url.Values, n id.ID, body string) (clock.Change, *fault.Error) {
	c := clock.Change{ID: n, Body: body, Off: clock.Off{Source: strings.TrimSpace(v.Get("source"))}}
	source := "source"
	var wrong []fault.Field
	bad := func(name, code string) { wrong = append(wrong, fault.Field{Pointer: "/" + name, Code: code}) }
	day := func(name string, must bool) string {
		y, m, d := v.Get(name+".year"), v.Get(name+".month"), v.Get(name+".day")
		if !must && y+m+d == "" {
			return ""
		}
		t, err := time.Parse("2006-1-2", y+"-"+m+"-"+d)
		if err != nil {
			bad(name, "form.date")
			return ""
		}
		return t.Format(time.DateOnly)
	}
	if v.Get("sort") == ofHours {
		source = "basis" // both forms stand on one page
		c.Source = strings.TrimSpace(v.Get(source))
		for _, w := range v["on"] {
			if len(w) == 1 && w[0] >= '0' && w[0] <= '6' {
				c.On = append(c.On, time.Weekday(w[0]-'0'))
			}
		}
		for _, part := range []string{"morning", "afternoon"} {
			from, to := v.Get(part+".from"), v.Get(part+".to")
			if from+to == "" && (part == "afternoon" || v.Get("afternoon.from") != "") {
				continue
			}
			s := clock.Stretch{From: minute(from), To: minute(to)}
			if s.From < 0 || s.To <= s.From {
				bad(part, "hours.wrong.time")
			}
			c.Hours = append(c.Hours, s)
		}
		if s := v.Get("cutoff"); s != "" {
			if c.Cutoff = minute(s); c.Cutoff < 0 {
				bad("cutoff", "hours.wrong.time")
			}
		}
		c.From, c.Until = day("since", true), day("until", false)
		if n := len(c.Hours); n > 0 && c.Cutoff > 0 && c.Cutoff < c.Hours[0].From {
			bad("cutoff", "hours.wrong.cutoff")
		} else if n == 2 && c.Hours[1].From <= c.Hours[0].To {
			bad("afternoon", "hours.wrong.time")
		}
		if c.Until != "" && c.Until < c.From {
			bad("until", "hours.wrong.until")
		}
	} else {
		c.Day, c.Works, c.Name = day("day", true), v.Get("works") == "yes", lang.Say(strings.TrimSpace(v.Get("name")))
		if c.To = day("to", false); c.To == "" {
			c.To = c.Day
		}
		if c.To < c.Day {
			bad("to", "hours.wrong.until")
		}
		if c.Name.In("") == "" {
			bad("name", "form.required")
		}
	}
	if c.Source == "" {
		bad(source, "form.required")
	}
	if wrong != nil {
		return c, fault.Wrong(wrong...)
	}
	return c, nil
}

// minute is the minute of the day that "7:30" or "07.30" names, -1 when there is none such.
func minute(s string) int {
	t, err := time.Parse("15:04", strings.NewReplacer(".", ":", "h", ":", " ", "").Replace(s))
	if err != nil {
		return -1
	}
	return 60*t.Hour() + t.Minute()
}
