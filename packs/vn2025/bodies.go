package vn2025

import (
	"fmt"
	"slices"
	"strings"

	"motcua/base/lang"
	"motcua/kernel/who"
	"motcua/packs/vn2020"
)

const (
	last         = "2025-06-30" // of the 63 provinces
	lastMinistry = "2025-02-28"
	first        = "2025-07-01"
	year         = "2025-" // begins the code of a territory of the new scheme
)

// A province is a line of provinces.yaml.
type province struct {
	GSO, H, Type, Slug, Name string
	Of                       []string
}

// A ministry is a line of ministries.yaml.
type ministry struct {
	Code string
	Name lang.Text
	Of   []string
}

// Country is the directory of today's authorities and territories, with those
// of before.
func Country() (*who.Country, error) {
	units, err := Units()
	if err != nil {
		return nil, err
	}
	bodies, err := Bodies()
	if err != nil {
		return nil, err
	}
	types, err := vn2020.TypeNames()
	if err != nil {
		return nil, err
	}
	return who.NewCountry(bodies, units, func(t string) string { return types[t] }), nil
}

// Units are the 34 provinces, then those of before with their successor, then
// what lies in them. The communes are those of the list of 2023: one of 2025 is
// not published under a free licence, so an operator names the new ones himself.
func Units() ([]who.Unit, error) {
	old, err := vn2020.Units()
	if err != nil {
		return nil, err
	}
	p, err := readPlan()
	if err != nil {
		return nil, err
	}
	var all []who.Unit
	for _, x := range p.provinces {
		all = append(all, who.Unit{Code: year + x.GSO, Name: x.Name, Type: x.Type})
	}
	for _, u := range old {
		switch next := p.unit[u.Code]; {
		case u.Parent == "":
			u.Next = next
		case p.unit[u.Parent] != "":
			u.Parent = p.unit[u.Parent]
		}
		all = append(all, u)
	}
	return all, nil
}

// A plan is who follows whom.
type plan struct {
	provinces  []province
	ministries []ministry
	h          map[string]string // code of the province's body, by that of each body it follows
	unit       map[string]string // code of the province, by that of each province before
	gso        map[string]string // code of the statistics office then, by that before
}

func readPlan() (*plan, error) {
	p := &plan{h: map[string]string{}, unit: map[string]string{}, gso: map[string]string{}}
	if err := read("provinces.yaml", &p.provinces); err != nil {
		return nil, err
	}
	if err := read("ministries.yaml", &p.ministries); err != nil {
		return nil, err
	}
	before, err := vn2020.Provinces()
	if err != nil {
		return nil, err
	}
	for _, x := range p.provinces {
		for _, was := range x.Of {
			i := slices.IndexFunc(before, func(b vn2020.Province) bool { return b.H == was })
			if i < 0 || p.h[was] != "" {
				return nil, fmt.Errorf("provinces.yaml: %s is of %s, which is none of before or merged twice", x.H, was)
			}
			p.h[was], p.unit[before[i].GSO], p.gso[before[i].GSO] = x.H, year+x.GSO, x.GSO
		}
	}
	for _, b := range before {
		if p.h[b.H] == "" {
			return nil, fmt.Errorf("provinces.yaml: nobody carries on the work of %s", b.H)
		}
	}
	return p, nil
}

// next is the code of the body that carries on the work of the body code. What
// stood below a province stands below its successor under the same last groups.
func (p *plan) next(code string) string {
	group, rest, deep := strings.Cut(code, ".")
	switch {
	case p.h[group] != "":
		group = p.h[group]
	case group == "G01" && deep: // the police: province, then district
		gso, below, _ := strings.Cut(rest, ".")
		if p.gso[gso] != "" {
			rest = p.gso[gso] + "." + below
		}
	}
	for _, m := range p.ministries {
		if slices.Contains(m.Of, group) {
			group = m.Code
		}
	}
	if !deep {
		return group
	}
	return group + "." + rest
}

// Bodies are today's authorities, each after the body above it, then those
// whose work others carry on.
func Bodies() ([]who.Body, error) {
	old, err := vn2020.Bodies()
	if err != nil {
		return nil, err
	}
	p, err := readPlan()
	if err != nil {
		return nil, err
	}
	names, err := p.names()
	if err != nil {
		return nil, err
	}
	var all, ended []who.Body
	known := map[string]bool{}
	for _, b := range old { // those that go on first: a merged body takes the name of the one whose code it has
		if p.next(b.Code) == b.Code {
			all, known[b.Code] = append(all, p.today(b, names)), true
		}
	}
	for _, b := range old {
		next := p.next(b.Code)
		if next == b.Code {
			continue
		}
		if !known[next] {
			fresh := p.today(b, names)
			fresh.Code, fresh.Code102, fresh.From = next, vn2020.Code102(next), first
			all, known[next] = append(all, fresh), true
		}
		if b.To, b.Next = last, next; b.Level == "ministry" {
			b.To = lastMinistry
		}
		ended = append(ended, b)
	}
	return append(all, ended...), nil
}

// names are the names of bodies that are called otherwise now.
func (p *plan) names() (map[string]lang.Text, error) {
	names := map[string]lang.Text{}
	for _, m := range p.ministries {
		names[m.Code] = m.Name
	}
	for _, x := range p.provinces {
		said, err := vn2020.Committee(who.Unit{Name: x.Name, Type: x.Type})
		if err != nil {
			return nil, err
		}
		names[x.H] = said
	}
	return names, nil
}

// today is b as it stands in today's order: its territory, the body above it, its name.
func (p *plan) today(b who.Body, names map[string]lang.Text) who.Body {
	if next := p.unit[b.Unit]; next != "" && (b.Level == "province" || b.Level == "department") {
		b.Unit = next
	}
	if b.Parent != "" {
		b.Parent = p.next(b.Parent)
	}
	if said, ok := names[b.Code]; ok {
		b.Name = said
	}
	return b
}
