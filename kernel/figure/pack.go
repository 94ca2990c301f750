package figure

import (
	"slices"
	"strings"

	"motcua/base/db"
	"motcua/base/id"
)

// A row of figure_open may hold many deltas: its body is the highest of all of
// them, and instead of parts of its own it has a line for each after a line's
// end: body, kind, channel and parts with tabs between. So a batch of reports
// costs one row, not one for every service and channel in it.
const newLine = "\n"

func packed(more string) bool { return strings.HasPrefix(more, newLine) }

// NoteAll is Note of many at once, in as few rows as can be.
func NoteAll(tx *db.Tx, ids *id.Source, all []Delta) error {
	var tops []string
	packs := map[string]*strings.Builder{}
	for _, d := range all {
		if strings.ContainsFunc(d.Body+d.Kind+d.Channel, func(r rune) bool { return r < ' ' }) {
			if err := Note(tx, ids.New(), d); err != nil {
				return err
			}
			continue
		}
		var parts []Part
		d.each(func(p Part) { parts = append(parts, p) })
		more, err := encode(parts)
		if err != nil {
			return err
		}
		top := Top(d.Body)
		if packs[top] == nil {
			tops, packs[top] = append(tops, top), &strings.Builder{}
		}
		for _, s := range []string{newLine, d.Body, "\t", d.Kind, "\t", d.Channel, "\t", more} {
			packs[top].WriteString(s)
		}
	}
	slices.Sort(tops)
	for _, top := range tops {
		if err := (Delta{Body: top}).note(tx, ids.New(), packs[top].String()); err != nil {
			return err
		}
	}
	return nil
}

// unpack calls f with the deltas of a row: d with its parts, or those that it holds.
func (d Delta) unpack(more string, f func(Delta)) (err error) {
	if !packed(more) {
		if d.More, err = decode(more); err == nil {
			f(d)
		}
		return err
	}
	for line := range strings.SplitSeq(more[1:], newLine) {
		var one Delta
		one.Body, line, _ = strings.Cut(line, "\t")
		one.Kind, line, _ = strings.Cut(line, "\t")
		one.Channel, line, _ = strings.Cut(line, "\t")
		if one.More, err = decode(line); err != nil {
			return err
		}
		f(one)
	}
	return nil
}

// of reports whether the query asks for a delta's body and kind.
func (q Query) of(d Delta) bool {
	return (len(q.Kinds) == 0 || slices.Contains(q.Kinds, d.Kind) || slices.Contains(q.Kinds, Family(d.Kind))) && (len(q.Bodies) == 0 ||
		slices.ContainsFunc(q.Bodies, func(b string) bool { return d.Body == b || strings.HasPrefix(d.Body, b+".") }))
}
