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
// and taken: one that stands in the table alone was given by nobody.
func rights(ctx context.Context, a *kernel.App) (found []string, err error) {
	now := a.Now()
	var held, given map[right]int
	err = a.DB.Read(ctx, func(tx *db.Tx) (err error) {
		if held, err = holds(tx, now); err == nil {
			given, err = gave(tx, now)
		}
		return err
	})
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

// change is the body of an act by which roles are given or taken.
type change struct {
	Person id.ID `json:"about"`
	Body   struct {
		Role   who.Role  `json:"role"`
		Body   string    `json:"body"`
		Covers id.ID     `json:"covers"` // null, or absent: taken from all
		Until  time.Time `json:"until"`
	} `json:"body"`
}

// gave counts the roles that by the acts hold now. An act that cannot be read
// gives nothing; it is named as changed.
func gave(tx *db.Tx, now time.Time) (map[right]int, error) {
	type term struct {
		covers id.ID
		until  time.Time
	}
	terms := map[right][]term{} // by right, whomever it covers
	_, err := db.List(tx, func(into func(...any) error) (c change, err error) {
		var act, body string
		var at db.Time
		if err := into(&act, &at, &body); err != nil {
			return c, err
		}
		if json.Unmarshal([]byte(body), &c) != nil {
			return c, nil
		}
		r := right{person: c.Person, role: c.Body.Role, body: c.Body.Body}
		if act == "role.grant" {
			terms[r] = append(terms[r], term{c.Body.Covers, c.Body.Until})
			return c, nil
		}
		for i, t := range terms[r] {
			if (c.Body.Covers == 0 || c.Body.Covers == t.covers) && (t.until.IsZero() || t.until.After(at.Time)) {
				terms[r][i].until = at.Time
			}
		}
		return c, nil
	}, `select act, at, coalesce(body, '') from act where act in ('role.grant', 'role.withdraw') order by id`)
	given := map[right]int{}
	for r, all := range terms {
		for _, t := range all {
			if t.until.IsZero() || t.until.After(now) {
				r.covers = t.covers
				given[r]++
			}
		}
	}
	return given, err
}
