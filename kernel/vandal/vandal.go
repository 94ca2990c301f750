// Package vandal tries to cheat a node, to show that it cannot be done unseen.
//
// A Crime is a list entry: a name, what is really done, and which guard must see
// it. It is done by somebody who has everything: the database, the folder, and
// even the node's own keys. The guards are the product's own (doctor, witness, the
// check of papers, the program itself); none of them knows what was done. The
// same list is the page of the demo and the test of the guards.
//
// A crime is only ever done on a Copy, never on data that somebody needs.
package vandal

import (
	"context"
	"embed"
	"fmt"
	"net/http"
	"os/exec"
	"slices"
	"time"

	"motcua/base/lang"
	"motcua/kernel"
)

// Texts are the sentences about crimes and guards.
//
//go:embed texts.yaml
var Texts embed.FS

// A Copy is a program over data that may be harmed.
type Copy struct {
	*kernel.App
	Handler http.Handler
	// Serve is another process that serves the same data at an address.
	Serve func(address string) *exec.Cmd
}

// A Crime is one way to cheat.
type Crime struct {
	Name string // vandal.NAME is its title in the texts, vandal.NAME.hope what the cheat counts on
	Of   string // what is attacked: one of Kinds
	Seen Sight  // by whom and by which proof it must be seen
	do   func(*scene) error
}

// Kinds are what crimes attack, in the order of the page.
var Kinds = [...]string{"dossier", "office", "ledger", "paper"}

// A Sight is a guard and the proof by which it sees.
type Sight struct {
	Guard string // doctor, witness, verify, program
	Proof string // vandal.proof.PROOF says it in words
}

// A Saw is what one guard said after a crime.
type Saw struct {
	Guard  string        `json:"guard"`
	Proofs []string      `json:"proofs,omitempty"` // by which it saw something; none: it saw nothing
	Words  []string      `json:"words,omitempty"`  // as the guard put it
	Took   time.Duration `json:"took"`
}

// A Verdict is what came of a crime.
type Verdict struct {
	Crime string        `json:"crime"`
	Did   []string      `json:"did"` // the statements that were executed
	Saw   []Saw         `json:"saw"` // each guard, also those that saw nothing
	Took  time.Duration `json:"took"`
	At    time.Time     `json:"at"`
}

// By are the guards that saw it, with their proofs.
func (v *Verdict) By() (all []Sight) {
	for _, s := range v.Saw {
		for _, p := range s.Proofs {
			all = append(all, Sight{s.Guard, p})
		}
	}
	return all
}

// Caught reports whether the guard that must see a crime saw it.
func (v *Verdict) Caught(by Sight) bool { return slices.Contains(v.By(), by) }

// Find is the crime of a name.
func Find(name string) (Crime, bool) {
	all := Crimes()
	i := slices.IndexFunc(all, func(c Crime) bool { return c.Name == name })
	if i < 0 {
		return Crime{}, false
	}
	return all[i], true
}

// Try commits crime on c and asks every guard what it sees. The crime without a
// name does nothing: then no guard may say a word.
func Try(ctx context.Context, c Copy, crime Crime, v lang.Voice) (*Verdict, error) {
	began := time.Now()
	s, err := prepare(ctx, c)
	if err != nil {
		return nil, fmt.Errorf("before %s: %w", crime.Name, err)
	}
	if crime.do != nil {
		if err := crime.do(s); err != nil {
			return nil, fmt.Errorf("%s: %w", crime.Name, err)
		}
	}
	out := &Verdict{Crime: crime.Name, Did: s.did, At: c.Now()}
	for _, g := range guards {
		from := time.Now()
		saw, err := g.look(s, v)
		if err != nil {
			return nil, fmt.Errorf("%s looks at %s: %w", g.name, crime.Name, err)
		}
		saw.Guard, saw.Took = g.name, time.Since(from)
		out.Saw = append(out.Saw, saw)
	}
	out.Took = time.Since(began)
	return out, nil
}
