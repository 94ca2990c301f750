package vn2020

import (
	"fmt"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"motcua/base/lang"
	"motcua/kernel/who"
)

const zone = "Asia/Ho_Chi_Minh"

// listed is what bodies.yaml says once and Bodies makes for every territory.
// In names {0} is the type of the territory and {1} its name.
type listed struct {
	Ministries []who.Body        `yaml:"ministries"`
	Agencies   []who.Body        `yaml:"agencies"`
	Types      map[string]string `yaml:"types"`
	Committee  string            `yaml:"committee"`
	Police     struct {
		Parent, Name string
	} `yaml:"police"`
	Departments []struct {
		Suffix, Name string
	} `yaml:"departments"`
	Offices []struct {
		Parent, At, Suffix, Name string // At: province or district
	} `yaml:"offices"`
	Power []struct {
		Corporation string   `yaml:"corporation"`
		Name        string   `yaml:"name"`
		By          string   `yaml:"by"` // a branch for each province or each district
		Provinces   []string `yaml:"provinces"`
	} `yaml:"power"`
	Branch     string   `yaml:"branch"`
	Unverified []string `yaml:"unverified"`
}

// Country is the directory of the country's authorities and territories.
func Country() (*who.Country, error) {
	units, err := Units()
	if err != nil {
		return nil, err
	}
	bodies, err := bodiesOf(units)
	if err != nil {
		return nil, err
	}
	types, err := TypeNames()
	if err != nil {
		return nil, err
	}
	return who.NewCountry(bodies, units, func(t string) string { return types[t] }), nil
}

// Bodies are the authorities of the country, each after the body above it: ministries and
// agencies, people's committees and departments, the police who register residence, offices
// of central bodies in provinces and districts, power companies.
func Bodies() ([]who.Body, error) {
	units, err := Units()
	if err != nil {
		return nil, err
	}
	return bodiesOf(units)
}

// Committee is the name of the people's committee of a territory.
func Committee(u who.Unit) (lang.Text, error) {
	var l listed
	err := read("bodies.yaml", &l)
	return (&maker{listed: l}).name(l.Committee, u), err
}

// TypeNames are the names of types of territories as addresses say them: Phường, Quận.
func TypeNames() (map[string]string, error) {
	var l listed
	err := read("bodies.yaml", &l)
	for t, s := range l.Types {
		first, n := utf8.DecodeRuneInString(s)
		l.Types[t] = string(unicode.ToUpper(first)) + s[n:]
	}
	return l.Types, err
}

func bodiesOf(units []who.Unit) ([]who.Body, error) {
	var l listed
	if err := read("bodies.yaml", &l); err != nil {
		return nil, err
	}
	list, err := Provinces()
	if err != nil {
		return nil, err
	}
	m := maker{listed: l, all: make([]who.Body, 0, 2*len(units)), codes: make(map[string]string, len(units)), units: make(map[string]who.Unit, len(units))}
	for _, p := range list {
		m.codes[p.GSO] = p.H
	}
	for _, b := range l.Ministries {
		b.Level = "ministry"
		m.add(b)
	}
	for _, b := range l.Agencies {
		b.Level = "agency"
		m.add(b)
	}
	for _, u := range units {
		if err := m.territory(u); err != nil {
			return nil, err
		}
	}
	m.companies(units)
	return m.all, nil
}

// A maker makes the bodies of territories that come one by one, parents first.
type maker struct {
	listed
	all   []who.Body
	codes map[string]string // code of the people's committee by territory
	units map[string]who.Unit
}

func (m *maker) add(b who.Body) {
	b.Code102, b.Zone = Code102(b.Code), zone
	m.all = append(m.all, b)
}

// name fills a pattern with a territory.
func (m *maker) name(pattern string, u who.Unit) lang.Text {
	return lang.Say(strings.ReplaceAll(strings.ReplaceAll(pattern, "{0}", m.Types[u.Type]), "{1}", u.Name))
}

// territory adds the people's committee of u and what belongs to it.
func (m *maker) territory(u who.Unit) error {
	m.units[u.Code] = u
	level, above := "province", ""
	if u.Parent != "" {
		above = m.codes[u.Parent]
		if above == "" {
			return fmt.Errorf("territory %s: its parent %s does not stand before it", u.Code, u.Parent)
		}
		level = "district"
		if m.units[u.Parent].Parent != "" {
			level = "commune"
		}
		m.codes[u.Code] = above + "." + u.Code
	} else if m.codes[u.Code] == "" {
		return fmt.Errorf("territory %s: not in provinces.yaml", u.Code)
	}
	m.add(who.Body{Code: m.codes[u.Code], Name: m.name(m.Committee, u), Level: level, Parent: above, Unit: u.Code})
	if level == "province" {
		for _, d := range m.Departments {
			m.add(who.Body{Code: m.codes[u.Code] + "." + d.Suffix, Name: m.name(d.Name, u), Level: "department", Parent: m.codes[u.Code], Unit: u.Code})
		}
	}
	m.police(u, level)
	m.offices(u, level)
	return nil
}

// offices adds what bodies have in the province or district u.
func (m *maker) offices(u who.Unit, level string) {
	province := u.Code
	if level == "district" {
		province = u.Parent
	}
	for _, o := range m.Offices {
		if o.At != level {
			continue
		}
		parent := strings.ReplaceAll(o.Parent, "{h}", m.codes[province])
		code := parent + "." + u.Code
		if parent == o.Parent && level == "district" { // of a body of the whole country
			code = parent + "." + province + "." + u.Code
		}
		if o.Suffix != "" {
			code += "." + o.Suffix
		}
		m.add(who.Body{Code: code, Name: m.name(o.Name, u), Level: "department", Parent: parent, Unit: u.Code})
	}
}

// police adds the police station of u when residence is registered there.
func (m *maker) police(u who.Unit, level string) {
	district := u
	if level == "commune" {
		district = m.units[u.Parent]
	}
	central := m.units[district.Parent].Type == "thanh-pho"
	rural := district.Type == "huyen" && !central
	if level == "province" || rural != (level == "commune") {
		return
	}
	code := m.Police.Parent + "." + district.Parent + "." + district.Code
	if level == "commune" {
		code += "." + u.Code
	}
	m.add(who.Body{Code: code, Name: m.name(m.Police.Name, u), Level: "department", Parent: m.Police.Parent, Unit: u.Code})
}

// companies adds the power corporations and their branches.
func (m *maker) companies(units []who.Unit) {
	for _, c := range m.Power {
		m.add(who.Body{Code: c.Corporation, Name: lang.Say(c.Name), Level: "enterprise"})
		for _, u := range units {
			place := u.Code
			if c.By == "district" {
				place = u.Parent
			}
			if slices.Contains(c.Provinces, place) {
				m.add(who.Body{Code: c.Corporation + "." + u.Code, Name: m.name(m.Branch, u), Level: "enterprise", Parent: c.Corporation, Unit: u.Code})
			}
		}
	}
}

// Code102 is the code of an authority in the form of QCVN 102:2016, V1V2V3.Z1Z2.Y1Y2.MX1X2,
// which reads from right to left; companies have none.
func Code102(code string) string {
	if code[0] < 'A' {
		return ""
	}
	g := strings.Split(code, ".")
	slices.Reverse(g)
	g = append([]string{"000", "00", "00"}[:max(4-len(g), 0)], g...)
	return strings.Join(g, ".")
}
