package find

import (
	"context"
	"embed"
	"encoding/json"
	"fmt"
	"io/fs"
	"log/slog"
	"slices"
	"sync"
	"sync/atomic"
	"unicode/utf8"

	"motcua/base/db"
	"motcua/base/fault"
	"motcua/base/id"
	"motcua/base/lang"
)

//go:embed texts.yaml
var Texts embed.FS

//go:embed schema/*.sql
var schema embed.FS

// A Finder keeps the index in step with the entries and the synonyms: whoever
// changes an entry calls Bump("find") in his transaction.
type Finder struct {
	db      *db.DB
	pack    []Synonym
	entries func(context.Context) ([]Entry, error)
	changed atomic.Int64
	mu      sync.Mutex // held while an index is built
	now     atomic.Pointer[built]
}

type built struct {
	changed int64
	index   *Index
}

// Open makes the table and the first index, of what entries gives and the
// synonyms of the pack and of officials. entries must not be inside a transaction.
func Open(ctx context.Context, d *db.DB, pack []Synonym, entries func(context.Context) ([]Entry, error)) (*Finder, error) {
	files, _ := fs.Sub(schema, "schema")
	if err := d.Migrate(ctx, "find", files); err != nil {
		return nil, err
	}
	f := &Finder{db: d, pack: pack, entries: entries}
	d.Watch("find", func() { f.changed.Add(1) })
	return f, f.build(ctx)
}

// Index is the index as of the last change. When it cannot be built anew the old one serves on.
func (f *Finder) Index() *Index {
	if f.now.Load().changed != f.changed.Load() {
		if err := f.build(context.Background()); err != nil {
			slog.Error("the search index stays as it was", "error", err)
		}
	}
	return f.now.Load().index
}

func (f *Finder) build(ctx context.Context) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	next := &built{changed: f.changed.Load()}
	if now := f.now.Load(); now != nil && now.changed == next.changed {
		return nil
	}
	entries, err := f.entries(ctx)
	if err != nil {
		return fmt.Errorf("search index: %w", err)
	}
	sayings := f.pack[:len(f.pack):len(f.pack)]
	err = f.db.Read(ctx, func(tx *db.Tx) error {
		more, err := Extensions(tx)
		for _, e := range more {
			sayings = append(sayings, e.Synonym)
		}
		return err
	})
	if err != nil {
		return fmt.Errorf("search index: %w", err)
	}
	next.index = Build(entries, sayings)
	f.now.Store(next)
	return nil
}

// An Extension is a synonym that an official added.
type Extension struct {
	ID id.ID
	Synonym
}

// Extend adds a synonym. Who calls it records an act, whose id the synonym may have.
func Extend(tx *db.Tx, e Extension) error {
	var wrong []fault.Field
	if !phrases(e.Say) {
		wrong = append(wrong, fault.Field{Pointer: "/say", Code: "find.wrong.say"})
	}
	if !phrases(e.Mean) {
		wrong = append(wrong, fault.Field{Pointer: "/mean", Code: "find.wrong.mean"})
	}
	if wrong != nil {
		return fault.Wrong(wrong...)
	}
	say, err := json.Marshal(e.Say)
	if err != nil {
		return err
	}
	mean, err := json.Marshal(e.Mean)
	if err != nil {
		return err
	}
	if _, err := tx.Exec(`insert into find_synonym (id, say, mean) values ($1, $2, $3)`, e.ID, string(say), string(mean)); err != nil {
		return fmt.Errorf("synonym: %w", err)
	}
	return tx.Bump("find")
}

// phrases reports whether these are 1 to 20 phrases of words, each short.
func phrases(list []string) bool {
	return len(list) > 0 && len(list) <= 20 && !slices.ContainsFunc(list, func(s string) bool {
		return lang.Fold(s) == "" || utf8.RuneCountInString(s) > 80
	})
}

// Forget removes a synonym that an official added. Who calls it records an act.
func Forget(tx *db.Tx, n id.ID) error {
	rows, err := tx.Exec(`delete from find_synonym where id = $1`, n)
	if err != nil {
		return err
	}
	if rows == 0 {
		return fmt.Errorf("synonym %s: %w", n, fault.New(fault.NotFound, "find.none"))
	}
	return tx.Bump("find")
}

// Extensions are the synonyms that officials added, oldest first.
func Extensions(tx *db.Tx) ([]Extension, error) {
	return db.List(tx, func(into func(...any) error) (e Extension, err error) {
		var say, mean string
		if err = into(&e.ID, &say, &mean); err != nil {
			return e, err
		}
		if err = json.Unmarshal([]byte(say), &e.Say); err == nil {
			err = json.Unmarshal([]byte(mean), &e.Mean)
		}
		return e, err
	}, `select id, say, mean from find_synonym order by id`)
}
