package procedure

import (
	"fmt"
	"io/fs"
	"slices"
	"strings"

	"motcua/base/data"
	"motcua/base/lang"
	"motcua/kernel/form"
	"motcua/kernel/who"
)

// A Pack is what procedures of one country refer to.
type Pack struct {
	Sectors []Sector
	Events  []Event
	Law     []LegalAct
	Timing  Timing
	Online  Online
	Body    func(code string) (who.Body, bool) // nil: bodies are not checked
	Orders  string                             // kind of dossier that asks for a fee line's payment; "": fees are paid outside this program
	Env     form.Env                           // the country's rules for numbers and units; Today is the day on which examples are filed
}

// A Sector is a field of government, such as civil status.
type Sector struct {
	ID    string    `yaml:"id"`
	Title lang.Text `yaml:"title"`
}

// An Event is a moment of life that brings people to the State.
type Event struct {
	ID       string    `yaml:"id"`
	Title    lang.Text `yaml:"title"`
	Hint     lang.Text `yaml:"hint"`
	Icon     string    `yaml:"icon"`
	Services []string  `yaml:"services"` // codes of procedures, in order
}

// A LegalAct is a law, decree or circular that procedures and refusals cite.
type LegalAct struct {
	ID         string    `yaml:"id"`
	Kind       string    `yaml:"kind"`
	Number     string    `yaml:"number"`
	Title      lang.Text `yaml:"title"`
	Issuer     lang.Text `yaml:"issuer"`
	From       string    `yaml:"from"` // in force, dates; "" is open
	To         string    `yaml:"to"`
	ReplacedBy string    `yaml:"replaced_by"` // id of another
}

// ReadPack reads sectors.yaml, events.yaml, law.yaml and, where it is, clock.yaml; levels.yaml; Body and Env are the caller's to set.
func ReadPack(fsys fs.FS) (Pack, error) {
	var p Pack
	for name, into := range map[string]any{"sectors.yaml": &p.Sectors, "events.yaml": &p.Events, "law.yaml": &p.Law} {
		b, err := fs.ReadFile(fsys, name)
		if err != nil {
			return p, err
		}
		if err := data.Read(name, b, into); err != nil {
			return p, err
		}
	}
	seen := map[string]bool{}
	for _, a := range p.Law {
		if a.ID == "" || seen[a.ID] || strings.ContainsAny(a.ID, " \t") {
			return p, fmt.Errorf("law.yaml: id %q: want one word, each once", a.ID)
		}
		seen[a.ID] = true
	}
	for _, a := range p.Law {
		if a.ReplacedBy != "" && !seen[a.ReplacedBy] {
			return p, fmt.Errorf("law.yaml: %s is replaced by %q, which is not there", a.ID, a.ReplacedBy)
		}
	}
	var err error
	if p.Online, err = readOnline(fsys); err != nil {
		return p, err
	}
	return p, readTiming(fsys, &p)
}

// Act is the legal act of this id.
func (p Pack) Act(id string) (LegalAct, bool) {
	i := slices.IndexFunc(p.Law, func(a LegalAct) bool { return a.ID == id })
	if i < 0 {
		return LegalAct{}, false
	}
	return p.Law[i], true
}

// Cited reads a source such as "ho-tich-2014 điều 16": a legal act and the place in it.
func (p Pack) Cited(source string) (act LegalAct, article string, ok bool) {
	id, article, _ := strings.Cut(source, " ")
	act, ok = p.Act(id)
	return act, strings.TrimSpace(article), ok && strings.TrimSpace(article) != ""
}

func (p Pack) sector(id string) bool {
	return slices.ContainsFunc(p.Sectors, func(s Sector) bool { return s.ID == id })
}

func (p Pack) event(id string) bool {
	return slices.ContainsFunc(p.Events, func(e Event) bool { return e.ID == id })
}

// above are the codes of a body and those over it, nearest first.
func (p Pack) above(code string) (codes []string) {
	for code != "" && len(codes) < 10 {
		codes = append(codes, code)
		if p.Body == nil {
			break
		}
		b, _ := p.Body(code)
		code = b.Parent
	}
	return codes
}
