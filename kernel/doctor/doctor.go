// Package doctor looks at everything that can be wrong at a node without anybody
// noticing: database, clock, malware scanner, ledger, acts, files, what the acts add up to,
// roles that nobody gave, bodies that nobody added, doubts that nobody is led to, readings that somebody took out.
package doctor

import (
	"context"

	"motcua/base/lang"
	"motcua/kernel"
	"motcua/kernel/digest"
	"motcua/kernel/doubt"
)

// A Finding is one check, and what it found.
type Finding struct {
	Check  string `json:"check"` // ledger, acts, files, projections, rights, bodies, levels, mandates, doubts, readings, scanner, or one of the database's
	OK     bool   `json:"ok"`
	Detail string `json:"detail,omitempty"`
}

// Examine makes every check; with mend it writes dossier rows and figures anew as
// the acts say. A check that finds nothing is told once, as fine.
func Examine(ctx context.Context, a *kernel.App, mend bool) (all []Finding, err error) {
	add := func(check string, ok bool, detail string) { all = append(all, Finding{check, ok, detail}) }
	for _, x := range a.DB.Checks(ctx) {
		add(x.Name, x.OK, x.Detail)
	}
	add("clock", !a.Engine.Ahead(ctx), "no act is from the future")
	if err := scanner(ctx, a, add); err != nil {
		return nil, err
	}
	v := a.Voice(lang.EN, "")
	tree, err := a.Log.Check(ctx)
	if err != nil {
		return nil, err
	}
	for _, f := range tree {
		add("ledger", false, v.T(f.Code, f.Args...))
	}
	history, err := a.Engine.History(ctx, a.Log)
	if err != nil {
		return nil, err
	}
	files, err := a.Engine.Documents(ctx, a.Blobs)
	if err != nil {
		return nil, err
	}
	rows, err := a.Engine.Projections(ctx, mend)
	if err != nil {
		return nil, err
	}
	for _, some := range [...]struct {
		check string
		found []string
	}{{"acts", said(history)}, {"files", said(files)}, {"projections", said(rows)}} {
		for _, f := range some.found {
			add(some.check, false, f)
		}
		if len(some.found) == 0 {
			add(some.check, true, "")
		}
	}
	if len(tree) == 0 {
		add("ledger", true, "")
	}
	for _, check := range [...]struct {
		name string
		find func(context.Context, *kernel.App) ([]string, error)
	}{{"rights", rights}, {"bodies", bodies}, {"levels", levels}, {"mandates", mandates}, {"doubts", doubt.Check}, {"readings", digest.Check}} {
		found, err := check.find(ctx, a)
		if err != nil {
			return nil, err
		}
		for _, f := range found {
			add(check.name, false, f)
		}
		if len(found) == 0 {
			add(check.name, true, "")
		}
	}
	return all, nil
}

// said are the words of findings.
func said[F interface{ String() string }](all []F) (words []string) {
	for _, f := range all {
		words = append(words, f.String())
	}
	return words
}
