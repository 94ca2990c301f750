package clock

import (
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
	Cutoff int // with Hours, minute of the day; 0 is the end of the day
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
	for {
		if cal := now.by[body]; cal != nil {
			return cal
		}
		body = above(body)
	}
}

// above is the body over this one, "" over the highest.
func above(body string) string { return body[:max(0, strings.LastIndexByte(body, '.'))] }

func (c *Calendars) load(ctx context.Context) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	next := &layers{changed: c.changed.Load(), by: map[string]*Calendar{}}
	if now := c.layers.Load(); now != nil && now.changed == next.changed {
		return nil
	}
	var all []Change
	err := c.db.Read(ctx, func(tx *db.Tx) (err error) {
		all, err = list(tx, `order by body, id`)
		return err
	})
	if err != nil {
		return fmt.Errorf("calendars: %w", err)
	}
	next.by[""] = c.country
	for len(all) > 0 { // ordered, a body comes after those above it
		body, n := all[0].Body, 0
		var off []Off
		over := body
		for next.by[over] == nil {
			over = above(over)
		}
		cal := *next.by[over]
		for ; n < len(all) && all[n].Body == body; n++ {
			if e := all[n]; e.Day != "" {
				off = append(off, e.Off)
			} else {
				cal.hours, cal.cutoff = e.Hours, e.Cutoff
			}
		}
		next.by[body] = cal.with(off)
		all = all[n:]
	}
	c.layers.Store(next)
	return nil
}

// Edit adds a change. Who calls it records an act, whose id the change may have.
func Edit(tx *db.Tx, e Change) error {
	if e.Day == "" {
		if e.Cutoff == 0 {
			e.Cutoff = 24 * 60
		}
		if checkHours(e.Hours) != nil || e.Hours[len(e.Hours)-1].To > 24*60 || e.Hours[0].From < 0 ||
			e.Cutoff < e.Hours[0].From || e.Cutoff > 24*60 {
			return fault.Wrong(fault.Field{Pointer: "/hours", Code: "clock.wrong.hours"})
		}
	} else {
		var err error
		if e.Off, err = e.read(); err != nil || e.Hours != nil {
			return fault.Wrong(fault.Field{Pointer: "/day", Code: "clock.wrong.days"})
		}
		if !e.Works && e.Name.In("") == "" {
			return fault.Wrong(fault.Field{Pointer: "/name", Code: "clock.wrong.name"})
		}
	}
	name, err := json.Marshal(e.Name)
	if err != nil {
		return err
	}
	_, err = tx.Exec(`insert into clock_edit (id, body, day, to_day, works, name, for_day, hours, cutoff, source)
		values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`,
		e.ID, e.Body, e.Day, e.To, e.Works, string(name), e.For, writeHours(e.Hours), e.Cutoff, e.Source)
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
		var name, hours string
		if err = into(&e.ID, &e.Body, &e.Day, &e.To, &e.Works, &name, &e.For, &hours, &e.Cutoff, &e.Source); err != nil {
			return e, err
		}
		if err = json.Unmarshal([]byte(name), &e.Name); err != nil {
			return e, err
		}
		if e.Day != "" {
			e.Off, err = e.read()
			return e, err
		}
		e.Hours = readHours(hours)
		return e, nil
	}, `select id, body, day, to_day, works, name, for_day, hours, cutoff, source from clock_edit `+where, args...)
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
