package clock

import (
	"cmp"
	"context"
	"embed"
	"encoding/json"
	"fmt"
	"io/fs"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"motcua/base/db"
	"motcua/base/fault"
	"motcua/base/id"
)

//go:embed schema/*.sql
var schema embed.FS

// A Change is what a body decided about its own days (Off) or hours.
type Change struct {
	ID     id.ID
	Body   string // its calendar, and that of the bodies below it (those whose code goes on with a dot); "" is the country
	Off           // days that differ; no Day when the hours change
	Hours  []Stretch
	Cutoff int            // with Hours, minute of the day; 0 is the end of the day
	On     []time.Weekday // with Hours: the days of the week that have them, which then are working days; none: all working days
	From   string         // with Hours: the first day, YYYY-MM-DD; "": always
	Until  string         // with Hours: the last day; "": for good
}

// Calendars are the calendars of all bodies: the country's, and over it what bodies decided.
type Calendars struct {
	country *Calendar
	db      *db.DB
	changed atomic.Int64 // grows with every change anywhere
	mu      sync.Mutex   // held while changes are read
	layers  atomic.Pointer[layers]
}

// layers are the calendars as of one moment.
type layers struct {
	changed int64
	by      map[string]*Calendar // of "" and every body with changes
}

// Open makes the tables and reads the changes.
func Open(ctx context.Context, d *db.DB, country *Calendar) (*Calendars, error) {
	files, _ := fs.Sub(schema, "schema")
	if err := d.Migrate(ctx, "clock", files); err != nil {
		return nil, err
	}
	c := &Calendars{country: country, db: d}
	d.Watch("clock", func() { c.changed.Add(1) })
	return c, c.load(ctx)
}

// For is the calendar of a body: its own changes over those of the bodies above
// it over the country's. What was promised before a change stays promised.
func (c *Calendars) For(body string) *Calendar {
	now := c.layers.Load()
	if now.changed != c.changed.Load() {
		if err := c.load(context.Background()); err != nil {
			slog.Error("calendars stay as they were", "error", err)
		}
		now = c.layers.Load()
	}
	return now.of(body)
}

func (l *layers) of(body string) *Calendar {
	for {
		if cal := l.by[body]; cal != nil {
			return cal
		}
		body = above(body)
	}
}

// If are the calendars as they would be with one more change, or without the one
// of an id: what a change does is looked at before it is decided.
func (c *Calendars) If(ctx context.Context, add *Change, without id.ID) (of func(body string) *Calendar, err error) {
	var all []Change
	err = c.db.Read(ctx, func(tx *db.Tx) error {
		all, err = list(tx, ``)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("calendars: %w", err)
	}
	all = slices.DeleteFunc(all, func(e Change) bool { return e.ID == without })
	if add != nil {
		e, err := add.check()
		if err != nil {
			return nil, err
		}
		all = append(all, e)
	}
	return c.layered(all).of, nil
}

// Renew reads the changes now, instead of when this instance hears of them.
func (c *Calendars) Renew(ctx context.Context) error {
	c.changed.Add(1)
	return c.load(ctx)
}

// above is the body over this one, "" over the highest.
func above(body string) string { return body[:max(0, strings.LastIndexByte(body, '.'))] }

func (c *Calendars) load(ctx context.Context) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	next := &layers{changed: c.changed.Load()}
	if now := c.layers.Load(); now != nil && now.changed == next.changed {
		return nil
	}
	var all []Change
	err := c.db.Read(ctx, func(tx *db.Tx) (err error) {
		all, err = list(tx, ``)
		return err
	})
	if err != nil {
		return fmt.Errorf("calendars: %w", err)
	}
	next.by = c.layered(all).by
	c.layers.Store(next)
	return nil
}

// layered lays changes over the calendar of the country.
func (c *Calendars) layered(all []Change) *layers {
	slices.SortFunc(all, func(a, b Change) int { return cmp.Or(cmp.Compare(a.Body, b.Body), cmp.Compare(a.ID, b.ID)) })
	l := &layers{by: map[string]*Calendar{"": c.country}}
	for len(all) > 0 { // ordered, a body comes after those above it
		body := all[0].Body
		var off []Off
		cal := *l.of(body)
		cal.spells = slices.Clip(cal.spells)
		for ; len(all) > 0 && all[0].Body == body; all = all[1:] {
			if e := all[0]; e.Day != "" {
				off = append(off, e.Off)
			} else {
				cal.spells = append(cal.spells, e.spell())
			}
		}
		l.by[body] = cal.with(off)
	}
	return l
}

// check reads what the change says of days and hours.
func (e Change) check() (Change, error) {
	if e.Day == "" {
		if e.Cutoff == 0 {
			e.Cutoff = 24 * 60
		}
		if checkHours(e.Hours) != nil || e.Hours[len(e.Hours)-1].To > 24*60 || e.Hours[0].From < 0 ||
			e.Cutoff < e.Hours[0].From || e.Cutoff > 24*60 {
			return e, fault.Wrong(fault.Field{Pointer: "/hours", Code: "clock.wrong.hours"})
		}
		_, err := parseDay(cmp.Or(e.From, "1970-01-01"))
		_, err2 := parseDay(cmp.Or(e.Until, "1970-01-01"))
		if err != nil || err2 != nil || e.Until != "" && e.Until < e.From {
			return e, fault.Wrong(fault.Field{Pointer: "/until", Code: "clock.wrong.days"})
		}
		return e, nil
	}
	var err error
	if e.Off, err = e.read(); err != nil || e.Hours != nil {
		return e, fault.Wrong(fault.Field{Pointer: "/day", Code: "clock.wrong.days"})
	}
	if !e.Works && e.Name.In("") == "" {
		return e, fault.Wrong(fault.Field{Pointer: "/name", Code: "clock.wrong.name"})
	}
	return e, nil
}

// First is the first day on which the change says something; "": it always did.
func (e Change) First() string { return cmp.Or(e.Day, e.From) }

// Edit adds a change. Who calls it records an act, whose id the change may have.
func Edit(tx *db.Tx, e Change) error {
	e, err := e.check()
	if err != nil {
		return err
	}
	name, err := json.Marshal(e.Name)
	if err != nil {
		return err
	}
	_, err = tx.Exec(`insert into clock_edit (id, body, day, to_day, works, name, for_day, hours, cutoff, source, weekdays, from_day, until_day)
		values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)`,
		e.ID, e.Body, e.Day, e.To, e.Works, string(name), e.For, writeHours(e.Hours), e.Cutoff, e.Source, writeWeekdays(e.On), e.From, e.Until)
	if err != nil {
		return fmt.Errorf("calendar of %q: %w", e.Body, err)
	}
	return tx.Bump("clock")
}

// Undo removes a change of a body. Who calls it records an act.
func Undo(tx *db.Tx, body string, change id.ID) error {
	n, err := tx.Exec(`delete from clock_edit where id = $1 and body = $2`, change, body)
	if err != nil {
		return err
	}
	if n == 0 {
		return fmt.Errorf("calendar change %s of %q: %w", change, body, fault.New(fault.NotFound, "clock.none.change"))
	}
	return tx.Bump("clock")
}

// Changes are what a body itself decided, oldest first.
func Changes(tx *db.Tx, body string) ([]Change, error) {
	return list(tx, `where body = $1 order by id`, body)
}

func list(tx *db.Tx, where string, args ...any) ([]Change, error) {
	return db.List(tx, func(into func(...any) error) (e Change, err error) {
		var name, hours, on string
		if err = into(&e.ID, &e.Body, &e.Day, &e.To, &e.Works, &name, &e.For, &hours, &e.Cutoff, &e.Source, &on, &e.From, &e.Until); err != nil {
			return e, err
		}
		if err = json.Unmarshal([]byte(name), &e.Name); err != nil {
			return e, err
		}
		if e.Day != "" {
			e.Off, err = e.read()
			return e, err
		}
		e.Hours, e.On = readHours(hours), readWeekdays(on)
		return e, nil
	}, `select id, body, day, to_day, works, name, for_day, hours, cutoff, source, weekdays, from_day, until_day from clock_edit `+where, args...)
}

func writeHours(hours []Stretch) string {
	var parts []string
	for _, s := range hours {
		parts = append(parts, fmt.Sprintf("%d-%d", s.From, s.To))
	}
	return strings.Join(parts, " ")
}

// readHours reads what writeHours wrote.
func readHours(s string) []Stretch {
	var hours []Stretch
	for part := range strings.FieldsSeq(s) {
		var h Stretch
		fmt.Sscanf(part, "%d-%d", &h.From, &h.To)
		hours = append(hours, h)
	}
	return slices.Clip(hours)
}

// writeWeekdays writes days of the week as digits, 0 for Sunday.
func writeWeekdays(on []time.Weekday) string {
	b := make([]byte, len(on))
	for i, w := range on {
		b[i] = '0' + byte(w)
	}
	return string(b)
}

// readWeekdays reads what writeWeekdays wrote.
func readWeekdays(s string) (on []time.Weekday) {
	for i := range len(s) {
		on = append(on, time.Weekday(s[i]-'0')%7)
	}
	return on
}
