// Package held says what becomes of everything that the node holds of persons, table
// by table: what somebody is given of it with his download, what goes when his
// account is closed, what when he is erased, and what stays and why. Every table is
// declared once or is known to hold nothing of persons: a test at the root reads them all.
package held

import (
	"fmt"
	"strings"
	"time"

	"motcua/base/db"
	"motcua/base/id"
	"motcua/kernel/who"
)

// A When is when rows of a person go.
type When string

// The times.
const (
	Closed When = "closed" // with his account: what lets in, and what nobody has a use for without it
	Erased When = "erased" // when the time of all that he asked for is over (kernel/leave)
)

// A Table is one that holds an id or a word of persons.
type Table struct {
	Name    string
	Of      string // condition: the rows of person $1
	Goes    When   // when those are deleted
	Dossier string // condition: the rows of dossier $1, deleted with its content
	Tell    string // columns that he is given with his download
	Times   string // columns he is given as times
	Told    string // where else they stand in his download, or why he is not given them
	Files   string // columns that name files by their SHA-256: a file goes once no row names it
	Stays   string // why rows stay: the line of retention.yaml, or what they are when he is nobody
}

// Keeps is what a system does about persons beside its tables' rows. Each function may
// be nil, and runs in a transaction.
type Keeps struct {
	// Tell is what the person is given with his download, as JSON.
	Tell func(tx *db.Tx, p who.Person) (any, error)
	// End ends what his account let others have, when it is closed.
	End func(tx *db.Tx, p who.Person) error
	// Forget deletes what is kept of an erased dossier or, with 0, of the person,
	// and returns the SHA-256 of files that nothing else names.
	Forget func(tx *db.Tx, p who.Person, d id.ID) ([]string, error)
	// Lapse deletes documents of bodies, of no dossier, that are from before then; some
	// at a time, until there are none.
	Lapse func(tx *db.Tx, then time.Time) ([]Lapsed, error)
}

// A Lapsed is a document whose time is over: its number, and the SHA-256 of its files.
type Lapsed struct {
	ID    id.ID
	Files []string
}

// Rows are what a person is given of t; nil where it has nothing to tell.
func (t Table) Rows(tx *db.Tx, person id.ID) ([]map[string]any, error) {
	words, times := names(t.Tell), names(t.Times)
	all := append(words, times...)
	if len(all) == 0 {
		return nil, nil
	}
	return db.List(tx, func(into func(...any) error) (map[string]any, error) {
		said, at, to := make([]any, len(words)), make([]db.Time, len(times)), []any{}
		for i := range said {
			to = append(to, &said[i])
		}
		for i := range at {
			to = append(to, &at[i])
		}
		if err := into(to...); err != nil {
			return nil, err
		}
		row := map[string]any{}
		for i, name := range words {
			if b, ok := said[i].([]byte); ok {
				said[i] = string(b)
			}
			row[name] = said[i]
		}
		for i, name := range times {
			if !at[i].IsZero() {
				row[name] = at[i].UTC().Format(time.RFC3339)
			}
		}
		return row, nil
	}, fmt.Sprintf(`select %s from %s where %s`, strings.Join(all, ", "), t.Name, t.Of), person)
}

func names(list string) []string {
	return strings.FieldsFunc(list, func(r rune) bool { return r == ',' || r == ' ' })
}

// Drop deletes the rows of a person that go then.
func Drop(tx *db.Tx, all []Table, then When, person id.ID) error {
	for _, t := range all {
		if t.Goes != then {
			continue
		}
		if _, err := tx.Exec(`delete from `+t.Name+` where `+t.Of, person); err != nil {
			return err
		}
	}
	return nil
}

// Names reports whether a row of these tables names the file sum.
func Names(tx *db.Tx, all []Table, sum string) (named bool, err error) {
	for _, t := range all {
		for _, column := range names(t.Files) {
			if err = tx.Row(`select exists (select 1 from `+t.Name+` where `+column+` = $1)`, sum).Scan(&named); err != nil || named {
				return named, err
			}
		}
	}
	return false, nil
}

// DropDossier deletes the rows of a dossier whose content is erased.
func DropDossier(tx *db.Tx, all []Table, d id.ID) error {
	for _, t := range all {
		if t.Dossier == "" {
			continue
		}
		if _, err := tx.Exec(`delete from `+t.Name+` where `+t.Dossier, d); err != nil {
			return err
		}
	}
	return nil
}
