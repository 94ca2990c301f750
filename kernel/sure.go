package kernel

import (
	"slices"

	"motcua/base/fault"
	"motcua/base/web"
	"motcua/kernel/who"
)

// carry leaves a browser's session a dangerous role only where two factors opened it: a
// stolen password decides nothing. In the demo the link of somebody's part stands for both.
func (r *Request) carry() {
	ways := who.Ways(r.Session.Scope)
	if r.Session.Sort != web.Browser || who.Strength(ways).Reaches(who.Substantial) || r.App.Demo && slices.Contains(ways, who.Link) {
		return
	}
	r.Me.Grants = slices.DeleteFunc(slices.Clone(r.Me.Grants), func(g who.Grant) bool {
		if g.Role.Dangerous() {
			r.Rest = append(r.Rest, g)
		}
		return g.Role.Dangerous()
	})
}

// allowed asks whether r's person may; one who may with two factors is told so.
func (r *Request) allowed(a Access) error {
	err := a.Allows(r.Me)
	all := r.Me
	if all.Grants = r.Rest; err != nil && a.Allows(all) == nil {
		return errSurer
	}
	return err
}

var errSurer = fault.New(fault.Forbidden, "kernel.surer")
