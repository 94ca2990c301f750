package scim

import (
	"net/http"
	"slices"

	"motcua/base/db"
	"motcua/base/fault"
	"motcua/base/id"
	"motcua/kernel/rights"
	"motcua/kernel/who"
	"motcua/systems/staffing/source"
)

// all are the roles that a body has.
func all() []who.Role { return []who.Role{who.Clerk, who.Officer, who.Leader, who.Admin} }

// members are those of a role among whom the directory brought in.
func (a *ask) members(tx *db.Tx, r who.Role) (has []source.User, err error) {
	known, err := source.Users(tx, a.Source.Body)
	for _, u := range known {
		if err != nil {
			break
		}
		var roles []who.Role
		if roles, err = a.roles(tx, u.Person); slices.Contains(roles, r) {
			has = append(has, u)
		}
	}
	return has, err
}

// asked adds those for whom the role waits for approval: to remove one takes it back.
func (a *ask) asked(tx *db.Tx, r who.Role, was []source.User) ([]source.User, error) {
	open, err := rights.In(tx, a.App, a.Source.Body)
	for _, k := range open {
		if err != nil || k.Role != r {
			continue
		}
		var u source.User
		if u, err = source.Find(tx, a.Source.Body, k.Person); err == nil {
			was = append(was, u)
		} else if fault.Of(err) == fault.NotFound { // asked for by hand, for another
			err = nil
		}
	}
	return was, err
}

func groups(a *ask) (int, any, error) {
	f, err := a.filter()
	if err != nil {
		return 0, nil, err
	}
	var out []map[string]any
	err = a.App.DB.Read(a.Context(), func(tx *db.Tx) error {
		out = nil
		for _, r := range all() {
			m, err := a.members(tx, r)
			if err != nil {
				return err
			}
			if d := groupDoc(r, m, a.base); f(d) {
				out = append(out, d)
			}
		}
		return nil
	})
	return http.StatusOK, a.page(out), err
}

func (a *ask) role() (who.Role, error) {
	r := who.Role(a.PathValue("role"))
	if !slices.Contains(all(), r) {
		return "", fault.New(fault.NotFound, "staffing.none")
	}
	return r, nil
}

func group(a *ask) (int, any, error) {
	r, err := a.role()
	var d map[string]any
	if err == nil {
		err = a.App.DB.Read(a.Context(), func(tx *db.Tx) error {
			m, err := a.members(tx, r)
			d = groupDoc(r, m, a.base)
			return err
		})
	}
	return http.StatusOK, d, err
}

// changeGroup gives and takes a role: those who become and those who are no
// longer members. Whoever is none of the body's people is refused.
func changeGroup(a *ask) (int, any, error) {
	r, err := a.role()
	if err != nil {
		return 0, nil, err
	}
	ops, err := a.operations()
	if err != nil {
		return 0, nil, err
	}
	err = a.App.DB.Write(a.Context(), func(tx *db.Tx) error {
		was, err := a.members(tx, r)
		if err == nil {
			was, err = a.asked(tx, r, was)
		}
		if err != nil {
			return err
		}
		d, err := patch(groupDoc(r, was, a.base), ops)
		if err != nil {
			return err
		}
		if d["displayName"] != string(r) {
			return refuse(400, "mutability", "staffing.scim.fixed")
		}
		var now []id.ID
		for _, v := range values(d["members"]) {
			n, err := id.Parse(valueOf(v))
			if err != nil {
				return refuse(400, "invalidValue", "staffing.scim.value")
			}
			u, err := source.Find(tx, a.Source.Body, n)
			if err != nil {
				return err
			}
			now = append(now, n)
			if err := source.SetRole(tx, a.App, a.Source, u, r, true); err != nil {
				return err
			}
		}
		for _, u := range was {
			if slices.Contains(now, u.Person) {
				continue
			}
			if err := source.SetRole(tx, a.App, a.Source, u, r, false); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return 0, nil, err
	}
	return group(a)
}
