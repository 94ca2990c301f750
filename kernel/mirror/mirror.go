// Package mirror keeps what other bodies report of their own dossiers.
//
// The body is right about its dossier: no steps are checked, the newest of its
// versions wins, whichever way the lines came. Every accepted batch is one act,
// whose body lists the hash of each line it stored; so every stored line is
// provable, and a nation's dossiers cost the ledger a two-hundredth of their
// number.
package mirror

import (
	"context"
	"embed"
	"io/fs"
	"sync"
	"sync/atomic"
	"time"

	"motcua/base/db"
	"motcua/base/id"
	"motcua/kernel/who"
)

// Texts are the sentences of this package.
//
//go:embed texts.yaml
var Texts embed.FS

//go:embed schema/*.sql
var schema embed.FS

// Chunk is the most lines of one batch: what a person files gets in between two.
const Chunk = 200

// A Store is the mirrored dossiers of one database.
type Store struct {
	DB   *db.DB
	IDs  *id.Source
	Now  func() time.Time
	Body func(code string) (who.Body, bool)
	Kind func(procedure string) string // whose figures a dossier of a procedure counts among
	// Record writes the act of a batch and gives it to the ledger.
	Record func(tx *db.Tx, by who.Person, act string, about id.ID, body any) (id.ID, error)
	// Take offers a line about a dossier that was filed here: whoever handed it
	// over turns it into acts. Nil, or taken false: nobody here knows it.
	Take func(ctx context.Context, by who.Person, sender string, l *Line) (a Answer, taken bool, err error)

	// Heard notes that a sender reported, whatever became of his lines; it may be nil.
	Heard func(ctx context.Context, sender string) error

	turns sync.Map // a token for every body at the top: one batch of each at a time
	zones sync.Map // of bodies: *time.Location

	came, learnt atomic.Int64 // that this program put in, and how many those were when the database learnt of them last
}

// Open makes the tables.
func Open(ctx context.Context, d *db.DB) error {
	files, _ := fs.Sub(schema, "schema")
	return d.Migrate(ctx, "mirror", files)
}

// A Status is what became of a line.
type Status string

// The four ends of a line.
const (
	Stored    Status = "stored"
	Unchanged Status = "unchanged" // the same version with the same content is here
	Stale     Status = "stale"     // a newer version is here
	Rejected  Status = "rejected"
)

// An Answer is what became of a line, and why.
type Answer struct {
	Status Status
	Wrong  *Wrong // of a rejected line
}

// May reports whether a sender may report dossiers of a body: of its own and
// of those below it.
func (s *Store) May(sender, body string) bool {
	for n := 0; n < 20; n++ {
		if body == sender {
			return true
		}
		b, ok := s.Body(body)
		if !ok || b.Parent == "" {
			return false
		}
		body = b.Parent
	}
	return false
}

// top is the highest body above one.
func (s *Store) top(body string) string {
	for n := 0; n < 20; n++ {
		b, ok := s.Body(body)
		if !ok || b.Parent == "" {
			break
		}
		body = b.Parent
	}
	return body
}

// turn waits until no other batch of the same top is under way: a body that
// sends ten streams gets no more of the writer than one that sends one.
func (s *Store) turn(ctx context.Context, top string) (done func(), err error) {
	v, _ := s.turns.LoadOrStore(top, make(chan struct{}, 1))
	token := v.(chan struct{})
	select {
	case token <- struct{}{}:
		return func() { <-token }, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

func (s *Store) zone(body string) *time.Location {
	if z, ok := s.zones.Load(body); ok {
		return z.(*time.Location)
	}
	z := time.UTC
	if b, ok := s.Body(body); ok {
		if l, err := time.LoadLocation(b.Zone); err == nil {
			z = l
		}
	}
	s.zones.Store(body, z)
	return z
}
