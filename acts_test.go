package main

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"motcua/base/db/dbtest"
	"motcua/base/fault"
	"motcua/kernel/dossier"
	"motcua/kernel/play"
	"motcua/kernel/procedure"
	"motcua/kernel/who"
)

// may is what was seen of one act in one state: who could do it, and who could not.
type may struct{ could, couldnot map[string]bool }

// An acting collects who may do what in which state of which kind.
type acting struct {
	*scene
	seen  map[string]map[dossier.State]map[string]*may
	tried map[string]bool
}

// around are the roles around a dossier: its applicant and everybody else.
func (a *acting) around(applicant who.Person) map[string]who.Person {
	all := map[string]who.Person{"nobody": {}, "applicant": applicant}
	for _, role := range []string{"other", "business", "clerk", "officer", "leader", "away", "chief", "admin"} {
		if p := a.people[role]; p.ID != applicant.ID {
			all[role] = p
		}
	}
	return all
}

// look notes what everybody may do to d now.
func (a *acting) look(d *dossier.Dossier, k *dossier.Kind, applicant who.Person) {
	if a.seen[k.Name] == nil {
		a.seen[k.Name] = map[dossier.State]map[string]*may{}
	}
	if a.seen[k.Name][d.State] == nil {
		a.seen[k.Name][d.State] = map[string]*may{}
	}
	for role, p := range a.around(applicant) {
		possible := a.Engine.Possible(p, d, k)
		for _, act := range actsOf(k) {
			m := a.seen[k.Name][d.State][act]
			if m == nil {
				m = &may{map[string]bool{}, map[string]bool{}}
				a.seen[k.Name][d.State][act] = m
			}
			into := m.couldnot
			if slices.ContainsFunc(possible, func(s *dossier.Step) bool { return s.Act == act }) {
				into = m.could
			}
			into[role] = true
		}
	}
}

// actsOf are the acts of a kind that do not open a dossier, in order, each once.
func actsOf(k *dossier.Kind) (all []string) {
	for _, s := range k.Steps {
		if len(s.From) > 0 && !slices.Contains(all, s.Act) {
			all = append(all, s.Act)
		}
	}
	return all
}

// shape is what a kind's table follows from: kinds made of as many steps for the
// same people differ in names alone, and one of them stands for all unless it may take long.
func shape(k *dossier.Kind) string {
	if long {
		return k.Name
	}
	family, _, _ := strings.Cut(k.Name, "/")
	return fmt.Sprint(family, len(k.Steps), k.Steps[0].By)
}

// try does every act that Possible does not list, as everybody: each is refused
// with the fault that fits, and the dossier stays as it is.
func (a *acting) try(t *testing.T, d *dossier.Dossier, k *dossier.Kind, applicant who.Person) {
	t.Helper()
	key := shape(k) // what may be done can depend on what was done
	for _, done := range d.Acts {
		key += fmt.Sprint(" ", done.Act, " ", done.Entry.As)
	}
	if a.tried[key] {
		return
	}
	a.tried[key] = true
	ctx := context.Background()
	for role, p := range a.around(applicant) {
		possible, reads := a.Engine.Possible(p, d, k), a.Engine.MayRead(p, d)
		for _, act := range actsOf(k) {
			want := []fault.Kind{fault.NotFound}
			if i := slices.IndexFunc(possible, func(s *dossier.Step) bool { return s.Act == act }); i >= 0 {
				if !possible[i].Reasons {
					continue
				}
				want = []fault.Kind{fault.Invalid} // without reasons it is not done either
			} else if reads {
				want = []fault.Kind{fault.Forbidden, fault.Conflict}
			}
			_, err := a.Engine.Act(ctx, dossier.Order{Me: p, Dossier: d.ID, Act: act})
			if !slices.Contains(want, fault.Of(err)) {
				t.Errorf("%s in state %s, %s does %q: got %v, want %v", k.Name, d.State, role, act, err, want)
			}
		}
	}
	now, err := a.Engine.Find(ctx, d.ID)
	if err != nil || now.Version != d.Version {
		t.Fatalf("%s in state %s: what was refused was done all the same: %v", k.Name, d.State, err)
	}
}

// TestActs plays every example and notes before each turn what everybody could
// do; the table is compared with the one that was reviewed. What is not
// possible is refused by the engine too, whoever asks.
func TestActs(t *testing.T) {
	t.Parallel()
	dbtest.EachURL(t, func(t *testing.T, url string) {
		a := &acting{newScene(t, newTown(t, url)), map[string]map[dossier.State]map[string]*may{}, map[string]bool{}}
		for _, k := range a.told(t) {
			for _, x := range k.stories {
				a.play(t, k.Kind, x)
			}
		}
		for _, k := range a.Kinds() {
			for _, state := range slices.Sorted(maps.Keys(k.Stands)) {
				if a.seen[k.Name][state] == nil { // no example comes here: by the table alone
					d := &dossier.Dossier{ID: 1, Kind: k.Name, State: state, Body: here, Applicant: a.people["owner"].ID}
					a.look(d, k, a.people["owner"])
				}
			}
		}
		reviewed(t, "testdata/acts.golden", a.String())
	})
}

// play plays one story and looks around before each turn.
func (a *acting) play(t *testing.T, k *dossier.Kind, x procedure.Example) {
	t.Helper()
	ctx := context.Background()
	applicant := a.people[x.Applicant]
	s := &play.Stage{App: a.App, Engine: a.Engine, Blobs: a.Blobs, Org: a.org, Cast: play.Cast{"applicant": applicant,
		"clerk": a.people["clerk"], "officer": a.people["officer"], "leader": a.people["leader"]}}
	d, err := s.Open(ctx, k, x)
	for i := 0; err == nil; i++ {
		a.look(d, k, applicant)
		a.try(t, d, k, applicant)
		if i == len(x.Story) {
			break
		}
		d, err = s.Turn(ctx, d, x.Story[i])
		err = errors.Join(err, a.Jobs.Drain(ctx))
		if err == nil {
			d, err = a.Engine.Find(ctx, d.ID)
		}
	}
	if err != nil {
		t.Fatalf("%s %s: %v", k.Name, x.Name, err)
	}
}

// String is the table: a line for each act that anybody may do in a state.
// A star marks who may at times, by what was done or answered before.
func (a *acting) String() string {
	var b strings.Builder
	for _, kind := range slices.Sorted(maps.Keys(a.seen)) {
		fmt.Fprintln(&b, kind)
		for _, state := range slices.Sorted(maps.Keys(a.seen[kind])) {
			for _, act := range slices.Sorted(maps.Keys(a.seen[kind][state])) {
				m, line := a.seen[kind][state][act], ""
				for _, role := range slices.Sorted(maps.Keys(m.could)) {
					if line += " " + role; m.couldnot[role] {
						line += "*"
					}
				}
				if line != "" {
					fmt.Fprintf(&b, "  %-16s %-12s%s\n", state, act, line)
				}
			}
		}
	}
	return b.String()
}
