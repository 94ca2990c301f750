package dossier

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"

	"motcua/base/fault"
	"motcua/base/id"
	"motcua/kernel/form"
	"motcua/kernel/who"
)

// A Signed is the applicant's own signature under what he files: a paper with
// all his answers, signed by a key of his.
type Signed struct {
	Level who.Level `json:"level"`       // that the signature has
	Way   string    `json:"way"`         // by which he confirmed the paper's digest
	Key   string    `json:"certificate"` // number of the signer's certificate
	Sum   string    `json:"filed"`       // Filed.Sum of what the paper says
	Paper File      `json:"-"`           // the signed paper; in the act it is Entry.File
}

// A Filed is all that is asked with an opening act, as the act keeps it.
type Filed struct {
	Kind    string              `json:"kind"`
	Version string              `json:"version"`
	Body    string              `json:"body"`
	Org     id.ID               `json:"org"`
	Answers form.Answers        `json:"answers"`
	Papers  map[string][]string `json:"papers"` // SHA-256 by paper
}

// Sum is the SHA-256 of f as canonical JSON, hexadecimal: it stands on the paper
// that is signed, and shows that what was filed is what was signed.
func (f Filed) Sum() (string, error) {
	if f.Answers == nil {
		f.Answers = form.Answers{}
	}
	if f.Papers == nil {
		f.Papers = map[string][]string{}
	}
	b, err := encode(f)
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:]), err
}

// Of says what an opening act files, from what stands in it.
func (f Filed) Of(answers form.Answers, papers map[string][]File) Filed {
	f.Answers, f.Papers = answers, map[string][]string{}
	for name, files := range papers {
		for _, x := range files {
			f.Papers[name] = append(f.Papers[name], x.Sum)
		}
	}
	return f
}

// Filed is what a says was filed; the zero value unless it opens a dossier.
func (a *Act) Filed() Filed {
	o := a.Entry.Open
	if o == nil {
		return Filed{}
	}
	return Filed{Kind: o.Kind, Version: o.Version, Body: o.Body, Org: o.Org}.Of(a.Entry.Answers, a.Entry.Papers)
}

// signed asks of who opens a dossier himself what its kind asks: his signature,
// as sure as it has to be, under these very answers and papers. That the
// signature holds was asked by who made the order (package signed).
func (p *plan) signed(as By) error {
	himself := p.Dossier == 0 && slices.Contains([]By{Applicant, Mandate, Everyone}, as)
	if !himself || p.kind.Signs == "" {
		return nil
	}
	s := p.Signed
	if s == nil {
		return fmt.Errorf("%s by %s: %w", p.kind.Name, p.Me.ID, fault.New(fault.Forbidden, "dossier.unsigned"))
	}
	if !s.Level.Reaches(p.kind.Signs) {
		return fmt.Errorf("%s by %s at level %q: %w", p.kind.Name, p.Me.ID, s.Level, fault.New(fault.Forbidden, "dossier.signedlow"))
	}
	sum, err := Filed{Kind: p.kind.Name, Version: p.kind.Version, Body: p.Body, Org: p.Org}.Of(p.answers, p.papers).Sum()
	if err == nil && sum != s.Sum {
		err = fmt.Errorf("%s by %s: %w", p.kind.Name, p.Me.ID, fault.New(fault.Conflict, "dossier.signedother"))
	}
	return err
}

// enter writes the signature into the act.
func (s *Signed) enter(e *Entry) {
	if s != nil {
		e.Signed, e.File = s, &s.Paper
	}
}
