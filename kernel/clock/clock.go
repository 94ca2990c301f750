// Package clock knows the State's time: working days and hours, holidays,
// limits and when they end.
//
// A Calendar is a value that never changes; every function of it is pure, the
// moment is an argument. Calendars layers what bodies decide for themselves
// over the calendar of the country. No deadline is computed anywhere else.
package clock

import (
	"embed"
	"fmt"
	"regexp"
	"strconv"

	"motcua/base/lang"

	_ "time/tzdata" // zones are known on a machine that has no list of them
)

//go:embed texts.yaml
var Texts embed.FS

// A Unit is what a limit counts.
type Unit string

// The units a limit can have.
const (
	Days         Unit = "d"  // working days, in quarters
	Hours        Unit = "h"  // working hours, in quarters
	CalendarDays Unit = "cd" // days of the calendar, whole ones
)

// A Limit is an amount of time set by law, such as 1d, 0.25d, 4h or 30cd. The zero Limit is none.
type Limit struct {
	Quarters int // of the unit: 0.25d is 1
	Unit     Unit
}

// longest is ten years of days: a longer limit is a slip of the pen.
const longest = 3653

var written = regexp.MustCompile(`^(\d{1,4})(\.25|\.5|\.50|\.75)?(cd|d|h)$`)

// ParseLimit reads what String writes; "" is no limit.
func ParseLimit(s string) (Limit, error) {
	if s == "" {
		return Limit{}, nil
	}
	m := written.FindStringSubmatch(s)
	if m == nil {
		return Limit{}, fmt.Errorf("limit %q: want an amount in quarters with its unit, such as 1d, 0.25d, 4h or 30cd", s)
	}
	n, _ := strconv.Atoi(m[1])
	l := Limit{4 * n, Unit(m[3])}
	switch m[2] {
	case ".25":
		l.Quarters++
	case ".5", ".50":
		l.Quarters += 2
	case ".75":
		l.Quarters += 3
	}
	switch {
	case l.Quarters == 0:
		return Limit{}, fmt.Errorf("limit %q: nothing can be done in no time", s)
	case n > longest:
		return Limit{}, fmt.Errorf("limit %q: longer than ten years", s)
	case l.Unit == CalendarDays && m[2] != "":
		return Limit{}, fmt.Errorf("limit %q: days of the calendar are whole", s)
	}
	return l, nil
}

// IsZero reports whether there is no limit.
func (l Limit) IsZero() bool { return l.Quarters == 0 }

// String is the limit as files write it: 0.25d.
func (l Limit) String() string {
	if l.IsZero() {
		return ""
	}
	return l.amount() + string(l.Unit)
}

func (l Limit) amount() string {
	return strconv.Itoa(l.Quarters/4) + [4]string{"", ".25", ".5", ".75"}[l.Quarters%4]
}

// Less reports whether l is the shorter promise. Limits of one unit compare
// exactly; across units a day of work is 8 hours and a week has 5 of them,
// because no calendar is at hand. No limit at all is longer than any.
func (l Limit) Less(m Limit) bool {
	switch {
	case l.IsZero() || m.IsZero():
		return !l.IsZero()
	case l.Unit == m.Unit:
		return l.Quarters < m.Quarters
	}
	weight := map[Unit]int{Days: 8 * 7, Hours: 7, CalendarDays: 8 * 5}
	return l.Quarters*weight[l.Unit] < m.Quarters*weight[m.Unit]
}

// Say writes the limit for a person: 3 working days.
func (l Limit) Say(v lang.Voice) string {
	if l.IsZero() {
		return v.T("clock.none")
	}
	key := map[Unit]string{Days: "clock.days", Hours: "clock.hours", CalendarDays: "clock.calendar"}[l.Unit]
	if l.Quarters <= 4 {
		key += ".one"
	}
	amount := [4]string{"", "¼", "½", "¾"}[l.Quarters%4]
	if whole := l.Quarters / 4; whole > 0 {
		amount = strconv.Itoa(whole) + amount
	}
	return v.T(key, amount)
}
