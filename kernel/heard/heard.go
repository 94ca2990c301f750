// Package heard is when each body that keeps its own software last reported,
// and how long it is used to be silent. Silence is counted in the body's office
// hours: nights, weekends and holidays are none.
package heard

import (
	"context"
	"embed"
	"errors"
	"io/fs"
	"math"
	"sync"
	"time"

	"motcua/base/db"
	"motcua/base/fault"
	"motcua/kernel/clock"
)

//go:embed schema/*.sql
var schema embed.FS

const (
	// every is how often it is written down that a body reported: a stream in
	// which nothing changed should write next to nothing.
	every = 10 * time.Minute
	// fade is how long it takes until a long silence counts half for the rhythm.
	fade = 14 * 24 * time.Hour
	// regular is how often a body must have been heard before its silence says anything.
	regular = 3
	// least is the shortest silence, in office hours, that says anything.
	least = 2 * time.Hour
)

// A Log is what one program has heard.
type Log struct {
	DB       *db.DB
	Now      func() time.Time
	Calendar func(body string) *clock.Calendar

	mu   sync.Mutex
	last map[string]time.Time // written down, by body
}

// Open makes the table.
func Open(ctx context.Context, d *db.DB) error {
	files, _ := fs.Sub(schema, "schema")
	return d.Migrate(ctx, "heard", files)
}

// A Sender is a body that reports.
type Sender struct {
	Body   string
	At     time.Time     // when it was last heard, to ten minutes
	Times  int64         // how often it was
	Rhythm time.Duration // its longest silence of late, in office hours
}

// Heard is s after it was heard at now, having been silent for so many office hours.
func (s Sender) Heard(now time.Time, silent time.Duration) Sender {
	faded := time.Duration(float64(s.Rhythm) * math.Exp2(-float64(now.Sub(s.At))/float64(fade)))
	s.Rhythm, s.At, s.Times = max(silent, faded).Truncate(time.Second), now, s.Times+1
	return s
}

// Allowed is how many office hours s may be silent before somebody is told: twice its
// rhythm. False: it has not reported often enough to have one.
func (s Sender) Allowed() (time.Duration, bool) {
	return max(least, 2*s.Rhythm), s.Times >= regular
}

const columns = `body, at, times, rhythm`

func scan(into func(...any) error) (s Sender, err error) {
	var at db.Time
	var seconds int64
	err = into(&s.Body, &at, &s.Times, &seconds)
	s.At, s.Rhythm = at.Time, time.Duration(seconds)*time.Second
	return s, err
}

// From notes that a body reported.
func (l *Log) From(ctx context.Context, body string) error {
	now := l.Now()
	l.mu.Lock()
	fresh := now.Sub(l.last[body]) < every
	l.mu.Unlock()
	if fresh {
		return nil
	}
	cal := l.Calendar(body)
	err := l.DB.Write(ctx, func(tx *db.Tx) error {
		s, err := scan(tx.Row(`select `+columns+` from heard where body = $1`, body).Scan)
		switch {
		case errors.Is(err, fault.NotFound):
			s = Sender{Body: body, At: now, Times: 1}
		case err != nil:
			return err
		case now.Sub(s.At) < every: // another program wrote it down
			return nil
		default:
			s = s.Heard(now, cal.Working(s.At, now))
		}
		_, err = tx.Exec(`insert into heard (`+columns+`) values ($1, $2, $3, $4)
			on conflict (body) do update set at = excluded.at, times = excluded.times, rhythm = excluded.rhythm`, s.Body, db.At(s.At), s.Times, int64(s.Rhythm/time.Second))
		return err
	})
	if err != nil {
		return err
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.last == nil {
		l.last = map[string]time.Time{}
	}
	l.last[body] = now
	return nil
}

// Senders are all bodies that ever reported, by their codes.
func (l *Log) Senders(ctx context.Context) (all []Sender, err error) {
	err = l.DB.Read(ctx, func(tx *db.Tx) error {
		all, err = db.List(tx, scan, `select `+columns+` from heard order by body`)
		return err
	})
	return all, err
}

// Silent reports whether s is silent for longer than its own rhythm allows.
func (l *Log) Silent(s Sender) bool {
	allowed, ok := s.Allowed()
	return ok && l.Calendar(s.Body).Working(s.At, l.Now()) > allowed
}
