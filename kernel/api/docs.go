package api

import (
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"motcua/base/ui"
	"motcua/base/web"
	"motcua/kernel"
)

// A reference is the OpenAPI document as the page shows it: it can say nothing
// that the document does not.
type reference struct {
	Paths      map[string]map[string]*operation `json:"paths"`
	Components struct {
		Schemas map[string]*schema `json:"schemas"`
	} `json:"components"`
	Groups []group `json:"-"`
}

// A group is the operations of one tag in the order they were added.
type group struct {
	Title string
	Ops   []*operation
}

// ID names the group in addresses: its first operation's group.
func (g group) ID() string { return "group-" + g.Ops[0].ID }

type operation struct {
	ID         string              `json:"operationId"`
	Summary    string              `json:"summary"`
	Detail     string              `json:"description"`
	Tags       []string            `json:"tags"`
	Parameters []parameter         `json:"parameters"`
	Body       *content            `json:"requestBody"`
	Responses  map[string]content  `json:"responses"`
	Security   []map[string][]any  `json:"security"`
	Order      int                 `json:"x-order"`
	Samples    []map[string]string `json:"x-codeSamples"`
	Method     string              `json:"-"`
	Path       string              `json:"-"`
}

type parameter struct {
	Name     string  `json:"name"`
	In       string  `json:"in"`
	Required bool    `json:"required"`
	Detail   string  `json:"description"`
	Schema   *schema `json:"schema"`
}

type content struct {
	Detail  string `json:"description"`
	Content map[string]struct {
		Schema *schema `json:"schema"`
	} `json:"content"`
	Headers map[string]struct {
		Schema *schema `json:"schema"`
	} `json:"headers"`
}

type schema struct {
	Ref        string             `json:"$ref"`
	Type       any                `json:"type"`
	Format     string             `json:"format"`
	Detail     string             `json:"description"`
	Enum       []any              `json:"enum"`
	Required   []string           `json:"required"`
	Properties map[string]*schema `json:"properties"`
	Items      *schema            `json:"items"`
	More       json.RawMessage    `json:"additionalProperties"`
	Default    any                `json:"default"`
	Least      *float64           `json:"minimum"`
	Most       *float64           `json:"maximum"`
	Longest    *int               `json:"maxLength"`
}

func (d *doors) docs(r *kernel.Request) (web.Answer, error) {
	b, err := d.api.Document(r.Voice)
	if err != nil {
		return web.Answer{}, err
	}
	ref := &reference{}
	if err := json.Unmarshal(b, ref); err != nil {
		return web.Answer{}, fmt.Errorf("reference: %w", err)
	}
	ref.group()
	return web.Show(docsPage(r, ref))
}

func (x *reference) group() {
	var all []*operation
	for path, item := range x.Paths {
		for method, o := range item {
			o.Method, o.Path = strings.ToUpper(method), path
			all = append(all, o)
		}
	}
	slices.SortFunc(all, func(a, b *operation) int { return cmp.Compare(a.Order, b.Order) })
	for _, o := range all {
		title := strings.Join(o.Tags, " ")
		i := slices.IndexFunc(x.Groups, func(g group) bool { return g.Title == title })
		if i < 0 {
			i, x.Groups = len(x.Groups), append(x.Groups, group{Title: title})
		}
		x.Groups[i].Ops = append(x.Groups[i].Ops, o)
	}
	// Services first: a reader begins by finding one.
	slices.SortStableFunc(x.Groups, func(a, b group) int { return cmp.Compare(a.rank(), b.rank()) })
}

// rank puts what anyone may use without a token, or few operations, first.
func (g group) rank() int {
	if slices.ContainsFunc(g.Ops, func(o *operation) bool { return !o.open() }) {
		return 1
	}
	return 0
}

// open reports whether nobody need say who he is.
func (o *operation) open() bool {
	return slices.ContainsFunc(o.Security, func(s map[string][]any) bool { return len(s) == 0 })
}

func (o *operation) tone() ui.Tone {
	if o.Method == "GET" {
		return ui.Info
	}
	return ui.Good
}

// good is the status of success, then faults are the others.
func (o *operation) good() (status string, faults []string) {
	for _, s := range slices.Sorted(maps.Keys(o.Responses)) {
		if s[0] == '2' {
			status = s
		} else {
			faults = append(faults, s)
		}
	}
	return status, faults
}

// media is a content's media type and schema; of several types all are named.
func (c *content) media() (types string, s *schema) {
	all := slices.Sorted(maps.Keys(c.Content))
	for _, m := range all {
		s = c.Content[m].Schema
	}
	return strings.Join(all, ", "), s
}

// A member is one line of a table of parameters or members.
type member struct {
	name, where, detail string
	must                bool
	schema              *schema
}

func (o *operation) parameters() (all []member) {
	for _, p := range o.Parameters {
		all = append(all, member{p.Name, p.In, p.Detail, p.Required, p.Schema})
	}
	slices.SortStableFunc(all, func(a, b member) int { return cmp.Compare(places[a.where], places[b.where]) })
	return all
}

// places are where parameters stand, in the order of the page.
var places = map[string]int{"path": 0, "query": 1, "header": 2}

// members are those of an object, required ones first.
func (s *schema) members() (all []member) {
	for name, p := range s.Properties {
		all = append(all, member{name, "", p.Detail, slices.Contains(s.Required, name), p})
	}
	slices.SortFunc(all, func(a, b member) int {
		if a.must != b.must {
			if a.must {
				return -1
			}
			return 1
		}
		return strings.Compare(a.name, b.name)
	})
	return all
}

// of is the object that a schema names.
func (x *reference) of(s *schema) (name string, o *schema) {
	if s == nil {
		return "", nil
	}
	name = strings.TrimPrefix(s.Ref, "#/components/schemas/")
	return name, x.Components.Schemas[name]
}

// kind says a type in words: list is written around what is in it, and object
// is the name of the object to link to.
func (s *schema) kind() (before, object string) {
	if s == nil {
		return "", ""
	}
	if s.Ref != "" {
		return "", s.Ref[strings.LastIndexByte(s.Ref, '/')+1:]
	}
	name := ""
	switch t := s.Type.(type) {
	case string:
		name = t
	case []any:
		var all []string
		for _, x := range t {
			all = append(all, fmt.Sprint(x))
		}
		name = strings.Join(all, " | ")
	}
	var inner schema
	switch {
	case name == "array":
		b, o := s.Items.kind()
		return strings.TrimSpace("array of " + b), o
	case name == "object" && len(s.More) > 2 && json.Unmarshal(s.More, &inner) == nil && (inner.Type != nil || inner.Ref != ""):
		b, o := inner.kind()
		return strings.TrimSpace("map of " + b), o
	case s.Format != "" && s.Format != "int64" && s.Format != "binary":
		name += ", " + s.Format
	}
	return name, ""
}

// limits are what a value may be, beside its type.
func (s *schema) limits() string {
	var all []string
	for _, e := range s.Enum {
		all = append(all, fmt.Sprint(e))
	}
	if s.Least != nil && s.Most != nil {
		all = append(all, fmt.Sprintf("%v–%v", *s.Least, *s.Most))
	} else if s.Least != nil {
		all = append(all, fmt.Sprintf("≥ %v", *s.Least))
	}
	if s.Default != nil {
		all = append(all, fmt.Sprintf("= %v", s.Default))
	}
	return strings.Join(all, " · ")
}

// objects are all objects by name.
func (x *reference) objects() []string { return slices.Sorted(maps.Keys(x.Components.Schemas)) }

// statuses are the problems that the API answers, in the order of the page.
var statuses = []string{"401", "403", "404", "405", "409", "410", "412", "413", "415", "422", "429", "500", "503"}

// problemExample is how a problem looks.
func problemExample(r *kernel.Request) string {
	return indented(web.Problem{Type: "/api/docs#error-422", Title: r.T("web.title.422"), Status: 422, Detail: r.T("fault.invalid"),
		Instance: "/api/v1/dossiers", Errors: []web.ProblemField{{Pointer: "/answers/phone", Code: "form.phone", Message: r.T("form.phone")}}})
}
