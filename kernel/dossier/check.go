package dossier

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"motcua/base/db"
	"motcua/base/id"
	"motcua/kernel/who"
)

// Check finds what is wrong with a kind before anybody files under it.
func (k *Kind) Check() error {
	var bad []error
	say := func(f string, args ...any) { bad = append(bad, fmt.Errorf(k.Name+": "+f, args...)) }
	opens := 0
	for _, s := range k.Steps {
		if len(s.By) == 0 {
			say("act %q does not say who may do it", s.Act)
		}
		if len(s.From) == 0 {
			opens++
		}
		if s.To == "" && len(s.From) == 0 {
			say("act %q opens a dossier in no state", s.Act)
		}
		for _, st := range append(slices.Clone(s.From), s.To) {
			if _, ok := k.Stands[st]; st != "" && !ok {
				say("act %q names state %q, which has no meaning", s.Act, st)
			}
		}
		for _, by := range s.By {
			role, at, ok := cutRole(by)
			switch {
			case ok && at == "body" && slices.Contains([]who.Role{who.Clerk, who.Officer, who.Leader}, role):
			case !ok && slices.Contains([]By{Applicant, Mandate, Clock, Node, Parent, Everyone, Above}, by):
			default:
				say("act %q may be done by %q, which is no relation", s.Act, by)
			}
		}
		if !s.After.IsZero() && !slices.Contains(s.By, Clock) {
			say("act %q has a time after which it happens, but is not time's to do", s.Act)
		}
	}
	if opens == 0 {
		say("no act opens it")
	}
	return errors.Join(bad...)
}

// String is the kind as a table, for lawyers and golden files.
func (k *Kind) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s\n", k.Name)
	for _, s := range k.Steps {
		from := make([]string, len(s.From))
		for i, f := range s.From {
			from[i] = string(f)
		}
		by := make([]string, len(s.By))
		for i, x := range s.By {
			by[i] = string(x)
		}
		to := string(s.To)
		if to == "" {
			to = "(stays)"
		}
		more := ""
		if s.Reasons {
			more += " reasons"
		}
		if !s.After.IsZero() {
			more += " after " + s.After.String()
		}
		fmt.Fprintf(&b, "  %-12s %-40s -> %-18s by %s%s\n", s.Act, strings.Join(from, " "), to, strings.Join(by, " "), more)
	}
	return b.String()
}

// Record writes an act that is not about a dossier: a role given, a calendar
// edited. It is in the ledger like every other.
func (e *Engine) Record(tx *db.Tx, by who.Person, act string, about id.ID, body any) error {
	_, err := e.RecordAs(tx, by, act, about, body)
	return err
}

// RecordAs is Record that tells the act's number.
func (e *Engine) RecordAs(tx *db.Tx, by who.Person, act string, about id.ID, body any) (id.ID, error) {
	b, err := json.Marshal(map[string]any{"about": about, "body": body})
	if err != nil {
		return 0, err
	}
	a := newAct(e, by.ID, e.Now().UTC().Truncate(time.Microsecond))
	a.Dossier, a.Version, a.Act, a.Body = a.ID, 1, act, string(b)
	return a.ID, e.insert(tx, &a)
}
