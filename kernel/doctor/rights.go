package doctor

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"motcua/base/db"
	"motcua/base/id"
	"motcua/kernel"
	"motcua/kernel/who"
)

// A right is a role of a person in a body; covers is the colleague whose work it is.
type right struct {
	person id.ID
	role   who.Role
	body   string
	covers id.ID
}

func (r right) String() string {
	s := fmt.Sprintf("%s in %s, of person %s", r.role, r.body, r.person)
	if r.covers != 0 {
		s += " for " + r.covers.String()
	}
	return s
}

// rights compares the roles that hold now with the acts by which they were given
// and taken: one that stands in the table alone was given by nobody, and a
// dangerous one whose acts are one person's was given by him alone.
func rights(ctx context.Context, a *kernel.App) (found []string, err error) {
	now := a.Now()
	var held map[right]int
	var terms []*term
	err = a.DB.Read(ctx, func(tx *db.Tx) (err error) {
		if held, err = holds(tx, now); err == nil {
			terms, err = gave(tx)
		}
		return err
	})
	given := map[right]int{}
	for _, t := range terms {
		if t.at(now) {
			if given[t.right]++; t.alone != "" {
				found = append(found, fmt.Sprintf("%s: %s", t.right, t.alone))
			}
		}
	}
	for r, n := range held {
		if n > given[r] {
			found = append(found, fmt.Sprintf("%s: was slipped in: no act gave it", r))
		}
	}
	for r, n := range given {
		if n > held[r] {
			found = append(found, fmt.Sprintf("%s: is missing: an act gave it and none took it", r))
		}
	}
	slices.Sort(found)
	return found, err
}

// holds counts the roles that hold now.
func holds(tx *db.Tx, now time.Time) (map[right]int, error) {
	held := map[right]int{}
	_, err := db.List(tx, func(into func(...any) error) (r right, err error) {
		if err = into(&r.person, &r.role, &r.body, &r.covers); err == nil {
			held[r]++
		}
		return r, err
	}, `select person, role, body, covers from grants where until = 0 or until > $1`, db.At(now))
	return held, err
}

// change is an act by which roles are asked for, given or taken.
type change struct {
	act    string
	id, by id.ID
	at     time.Time
	Person id.ID `json:"about"`
	Body   struct {
		Role   who.Role  `json:"role"`
		Body   string    `json:"body"`
		Covers id.ID     `json:"covers"` // null, or absent: taken from all
		Until  time.Time `json:"until"`
		Lent   bool      `json:"lent"` // what he lent of it is taken too
		Hand   id.ID     `json:"hand"`
		who.Basis
	} `json:"body"`
}

// A term is a role from one act on.
type term struct {
	right
	until time.Time
	alone string // why two did not give it
}

func (t *term) at(when time.Time) bool { return t.until.IsZero() || t.until.After(when) }

// An account is what the acts about roles add up to.
type account struct {
	terms []*term
	asked map[id.ID]change // not answered yet
	begun bool             // two have given a role: nobody founds the node any more
}

// gave are the roles as the acts gave them. An act that cannot be read gives
// nothing; it is named as changed.
func gave(tx *db.Tx) ([]*term, error) {
	a := account{asked: map[id.ID]change{}}
	_, err := db.List(tx, func(into func(...any) error) (n struct{}, err error) {
		var c change
		var at db.Time
		var body string
		if err := into(&c.id, &c.act, &c.by, &at, &body); err != nil {
			return n, err
		}
		if c.at = at.Time; json.Unmarshal([]byte(body), &c) == nil {
			a.take(c)
		}
		return n, nil
	}, `select id, act, by, at, coalesce(body, '') from act where act in ('role.ask', 'role.refuse', 'role.lapse', 'role.grant', 'role.withdraw') order by id`)
	return a.terms, err
}

func (a *account) take(c change) {
	switch r := (right{c.Person, c.Body.Role, c.Body.Body, c.Body.Covers}); c.act {
	case "role.ask":
		a.asked[c.id] = c
	case "role.refuse", "role.lapse":
		delete(a.asked, c.Body.Ask)
	case "role.grant":
		t := &term{right: r, until: c.Body.Until}
		if r.role.Dangerous() {
			t.alone = a.alone(c, r)
		}
		a.terms = append(a.terms, t)
	case "role.withdraw":
		for _, t := range a.terms {
			own := t.person == c.Person && (c.Body.Covers == 0 || c.Body.Covers == t.covers)
			if t.role == r.role && t.body == r.body && (own || c.Body.Lent && t.covers == c.Person) && t.at(c.at) {
				t.until = c.at
			}
		}
	}
}

// alone says why the act c gave a dangerous role by one alone, or nothing.
func (a *account) alone(c change, r right) string {
	has := func(r right) bool {
		return slices.ContainsFunc(a.terms, func(t *term) bool { return t.right == r && t.at(c.at) })
	}
	x, asked := a.asked[c.Body.Ask]
	switch {
	case c.Body.From != "":
		if r.body = c.Body.From; !has(r) {
			return "is carried on from a body in which nobody gave it"
		}
	case r.covers != 0:
		if r.person, r.covers = r.covers, 0; c.by != r.person || !has(r) {
			return "is lent by somebody who does not have it"
		}
	case c.by == 0 && c.Body.Ask == 0:
		if a.begun {
			return "was given by nobody: only a node's first are"
		}
	case !asked:
		return "was given by one alone: nobody asked, or somebody answered already"
	case x.Person != c.Person || x.Body.Role != r.role || x.Body.Body != r.body:
		return "was given by one alone: another role was asked for"
	case x.by == c.by || x.Body.Hand == c.by && c.by != 0 || c.Person == c.by:
		return "was given by one alone: who asked, or who has it, approved"
	default:
		a.begun = true
		delete(a.asked, c.Body.Ask)
	}
	return ""
}
