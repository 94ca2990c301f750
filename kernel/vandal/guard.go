package vandal

import (
	"bytes"
	"errors"
	"fmt"
	"net/http"
	"slices"

	"motcua/base/lang"
	"motcua/base/ui"
	"motcua/base/verdict"
	"motcua/kernel/doctor"
	"motcua/kernel/verify"
	"motcua/kernel/witness"
)

// A guard is one of the product's own ways to see that something is wrong.
type guard struct {
	name string
	look func(*scene, lang.Voice) (Saw, error)
}

var guards = [...]guard{{"doctor", askDoctor}, {"witness", askWitness}, {"verify", askVerify}, {"program", askProgram}}

// proofs are doctor's checks of what people did; its others are about the machine.
var proofs = []string{"ledger", "acts", "files", "projections", "rights", "bodies", "readings"}

// askDoctor is the nightly examination at the node.
func askDoctor(s *scene, _ lang.Voice) (saw Saw, err error) {
	all, err := doctor.Examine(s.ctx, s.App, false)
	for _, f := range all {
		if f.OK || !slices.Contains(proofs, f.Check) {
			continue
		}
		if !slices.Contains(saw.Proofs, f.Check) {
			saw.Proofs = append(saw.Proofs, f.Check)
		}
		saw.say(f.Check + ": " + f.Detail)
	}
	return saw, err
}

// askWitness is who watches the public ledger from outside and saw it before.
func askWitness(s *scene, _ lang.Voice) (saw Saw, err error) {
	err = s.witness.Look(s.ctx)
	alarm := new(witness.Alarm)
	switch {
	case err == nil:
		return saw, nil
	case errors.As(err, &alarm):
		saw.Proofs = []string{alarm.What}
	default: // a ledger that shows what its key did not sign, or nothing
		saw.Proofs = []string{"unsigned"}
	}
	saw.say(err.Error())
	return saw, nil
}

// askVerify is whoever is handed the paper and checks it.
func askVerify(s *scene, v lang.Voice) (saw Saw, err error) {
	report, err := verify.Check(s.ctx, s.App, v, verify.File{Main: s.shown})
	if err != nil {
		saw.Proofs = []string{"unproven"}
		saw.say(err.Error())
		return saw, nil
	}
	said := report.Say(v, s.Now())
	if said.Verdict.Tone == ui.Good {
		return saw, nil
	}
	proof := string(report.State)
	switch {
	case report.State != verdict.Valid:
	case report.Standing == nil:
		proof = "unrecorded"
	default:
		proof = string(report.Standing.State)
	}
	saw.Proofs = []string{proof}
	saw.say(said.Verdict.Title)
	return saw, nil
}

// askProgram asks the program itself for the paper again: it hands out the very
// bytes that were issued, or nothing.
func askProgram(s *scene, _ lang.Voice) (saw Saw, err error) {
	if s.finished != "" { // what a program that was killed left open
		saw.Proofs = []string{"finished"}
		saw.say(s.finished)
	}
	code, b, err := s.get(s.dossier.Applicant, s.paper())
	switch {
	case err != nil:
		return saw, err
	case code == http.StatusOK && bytes.Equal(b, s.genuine):
	case code == http.StatusOK:
		return saw, errors.New("the program served a changed paper")
	case code >= 500:
		saw.Proofs = append(saw.Proofs, "refused")
		saw.say(fmt.Sprintf("GET %s: %d", s.paper(), code))
	}
	return saw, nil
}

// words is how many lines of a guard are kept.
const words = 8

func (s *Saw) say(line string) {
	if len(s.Words) < words {
		s.Words = append(s.Words, line)
	}
}
