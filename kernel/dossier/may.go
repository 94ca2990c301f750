package dossier

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"motcua/base/db"
	"motcua/base/fault"
	"motcua/base/id"
	"motcua/kernel/who"
)

// choose finds the step that the order means and this person may do now. It
// is called before the transaction and again inside it.
func (e *Engine) choose(p *plan, d *Dossier) (*Step, error) {
	var possible, known, late *Step
	for i := range p.kind.Steps {
		s := &p.kind.Steps[i]
		opens := len(s.From) == 0
		if p.Order.Act != "" && s.Act != p.Order.Act || opens != (p.Dossier == 0) {
			continue
		}
		known = s
		if !opens && !slices.Contains(s.From, d.State) || s.If != nil && !s.If(d, d.Acts) {
			continue
		}
		if !e.within(s, d, p.at) {
			late = s
			continue
		}
		possible = s
		if _, ok := e.relation(p, s, d); ok {
			return s, nil
		}
	}
	switch {
	case known == nil:
		return nil, fmt.Errorf("%s %q: %w", p.kind.Name, p.Order.Act, fault.New(fault.Invalid, "dossier.act"))
	case possible == nil, p.self != "": // what only a person may do now is not what time waited for
		if p.self == "" && p.parent == nil && !slices.ContainsFunc(p.kind.Steps, func(s Step) bool {
			_, ok := e.relation(p, &s, d)
			return s.Act == p.Order.Act && ok
		}) {
			break
		}
		if late != nil {
			return nil, fmt.Errorf("%s %q: %w", p.kind.Name, p.Order.Act, fault.New(fault.Conflict, "dossier.within", e.Until(late, d).In(e.zone(d.Zone)).Format("15:04 02/01/2006")))
		}
		return nil, fmt.Errorf("%s %q in state %q: %w", p.kind.Name, p.Order.Act, d.State, fault.New(fault.Conflict, "dossier.notnow"))
	}
	return nil, fmt.Errorf("%s %q: %w", p.kind.Name, p.Order.Act, fault.New(fault.Forbidden, "dossier.notyours"))
}

// relation says under which relation the doer of p may do s on d.
func (e *Engine) relation(p *plan, s *Step, d *Dossier) (By, bool) {
	for _, by := range s.By {
		switch by {
		case Clock, Node:
			if p.self == by {
				return by, true
			}
		case Parent:
			if q := p.parent; q != nil && (p.Dossier == 0 || q.ID == d.Parent || q.Parent == d.ID) {
				return by, true
			}
		case Everyone:
			if p.Me.ID != 0 && p.self == "" {
				return by, true
			}
		case Above:
			if p.Me.ID != 0 && p.Me.ID != d.Applicant && len(s.From) > 0 && e.administers(p.Me, d.Body) {
				return by, true
			}
		case Applicant:
			own := p.Dossier == 0 && p.Org == 0 || p.Dossier != 0 && (p.Me.ID == d.Applicant && d.Org == 0 || p.Me.ID == d.Org)
			m, given := p.Me.By(who.File, d.matter(), d.Org)
			if p.Helped == nil && p.Me.ID != 0 && (own || given && m.Private) {
				return by, true
			}
		case Mandate:
			m, given := p.Me.By(who.File, d.matter(), d.Org)
			if p.Helped == nil && p.Me.ID != 0 && given && !m.Private {
				return by, true
			}
		default:
			role, _, ok := cutRole(by)
			if ok && p.Me.ID != 0 && p.Me.Is(role, d.Body) && (len(s.From) > 0 || p.Helped != nil) {
				return by, true
			}
		}
	}
	return "", false
}

// administers reports whether p is an administrator of the node or of a body above this one.
func (e *Engine) administers(p who.Person, body string) bool {
	if p.Is(who.Admin, "") || e.Body == nil {
		return p.Is(who.Admin, "")
	}
	for b, ok := e.Body(body); ok && b.Parent != ""; b, ok = e.Body(b.Parent) {
		if p.Is(who.Admin, b.Parent) {
			return true
		}
	}
	return false
}

// covered is the colleague on leave in whose place p does what is done under
// relation by: 0 where p holds the role in his own right too.
func covered(p who.Person, by By, body string) (n id.ID) {
	role, _, ok := cutRole(by)
	for _, g := range p.Grants {
		if !ok || g.Role != role || g.Body != body {
			continue
		}
		if g.For == 0 {
			return 0
		}
		n = g.For
	}
	return n
}

func cutRole(by By) (role who.Role, at string, ok bool) {
	for i := range by {
		if by[i] == '@' {
			return who.Role(by[:i]), string(by[i+1:]), true
		}
	}
	return "", "", false
}

// Does reports whether somebody with these grants could ever stand in relation by.
func (by By) Does(p who.Person, d *Dossier) bool {
	e, s := &Engine{}, &Step{From: []State{d.State}, By: []By{by}}
	_, ok := e.relation(&plan{Order: Order{Me: p, Dossier: d.ID}}, s, d)
	return ok
}

// MayRead reports whether p may see d whole: the applicant, who may act for the
// organisation, and every official of the body.
func (e *Engine) MayRead(p who.Person, d *Dossier) bool {
	switch {
	case p.ID == 0, d.Void:
		return false
	case d.Asked(p, who.Follow):
		return true
	}
	return Official(p, d)
}

// Asked reports whether p is who asked, or may do this for who asked.
func (d *Dossier) Asked(p who.Person, do who.Power) bool {
	return p.ID != 0 && (p.ID == d.Applicant && d.Org == 0 || p.May(do, d.matter(), d.Org))
}

// matter is the kind of service that d is about.
func (d *Dossier) matter() string { return cmp.Or(d.Matter, d.Kind) }

// Official reports whether p works on dossiers of d's body.
func Official(p who.Person, d *Dossier) bool {
	return slices.ContainsFunc(p.Grants, func(g who.Grant) bool { return g.Body == d.Body && g.Role.Desk() })
}

// See reads one dossier for p. An official's reading is recorded durably before
// See returns; a person who may not see it is told that there is none.
func (e *Engine) See(ctx context.Context, p who.Person, n id.ID) (*Dossier, *Kind, error) {
	var d *Dossier
	var k *Kind
	err := e.DB.Read(ctx, func(tx *db.Tx) (err error) {
		d, k, err = e.find(tx, n)
		return err
	})
	if err != nil {
		return nil, nil, err
	}
	if !e.MayRead(p, d) {
		return nil, nil, fmt.Errorf("dossier %s: %w", n, fault.New(fault.NotFound, "dossier.missing"))
	}
	if !d.Asked(p, who.Follow) {
		err = e.DB.Write(ctx, func(tx *db.Tx) error {
			return e.Note(tx, Reading{Dossier: d.ID, Person: p.ID, Body: d.Body, Role: roleIn(p, d.Body), Way: wayOf(ctx), Purpose: purpose(p, d, k)})
		})
	}
	return d, k, err
}

// Possible are the steps that p may do on d now, in the kind's order, each act once.
func (e *Engine) Possible(p who.Person, d *Dossier, k *Kind) (all []*Step) {
	pl := &plan{Order: Order{Me: p, Dossier: d.ID}, kind: k}
	for i := range k.Steps {
		s := &k.Steps[i]
		if len(s.From) == 0 || !slices.Contains(s.From, d.State) || s.If != nil && !s.If(d, d.Acts) ||
			!e.within(s, d, e.Now()) || slices.ContainsFunc(all, func(x *Step) bool { return x.Act == s.Act }) {
			continue
		}
		if _, ok := e.relation(pl, s, d); ok {
			all = append(all, s)
		}
	}
	return all
}

// mandated is the mandate by which p's doer acts for who asked, 0 if he needs
// none. It is asked anew here: one that was taken back a moment ago is no more.
func (e *Engine) mandated(tx *db.Tx, p *plan, as By, d *Dossier) (id.ID, error) {
	opens := p.Dossier == 0 && p.self == "" && p.parent == nil && p.Helped == nil
	m, ok := p.Me.By(who.File, d.matter(), d.Org)
	switch {
	case d.Org == 0, p.Me.ID == d.Org, !opens && as != Mandate && as != Applicant:
		return 0, nil
	case !ok:
		return 0, fault.New(fault.Forbidden, "dossier.mandate")
	}
	in, err := who.InForce(tx, m.ID, e.Now())
	if err == nil && !in {
		err = fault.New(fault.Forbidden, "dossier.mandate")
	}
	return m.ID, err
}
