package form

import "strings"

// Shown is the form as it is asked now: its sections with only the pages and
// fields whose conditions hold. A section with nothing to ask is left out.
func (f *Form) Shown(a Answers, env Env) []Section {
	w, err := f.walk(a, env)
	if err != nil || w.pages(nil) != nil {
		return f.Sections // rather a question too many than one too few
	}
	var out []Section
	for _, s := range f.Sections {
		pages := s.Pages
		s.Pages = nil
		for _, p := range pages {
			fields := p.Fields
			p.Fields = nil
			for _, q := range fields {
				if w.shown[q.Name] {
					p.Fields = append(p.Fields, q)
				}
			}
			if p.Fields != nil {
				p.id = fields[0].Name
				s.Pages = append(s.Pages, p)
			}
		}
		if s.Pages != nil {
			out = append(out, s)
		}
	}
	return out
}

// Row is what is asked in one row of the group q.
func (f *Form) Row(q Field, row, a Answers, env Env) (out []Field) {
	for _, in := range q.Fields {
		if on, err := in.when.holds(answering{a: a, row: row, env: env}); on || err != nil {
			out = append(out, in)
		}
	}
	return out
}

// Progress is how far a section is.
type Progress string

// A section is done when everything asked was seen and nothing is wrong with it.
const (
	None Progress = "none"
	Some Progress = "some"
	All  Progress = "all"
)

// Done says how far the section of this id is.
func (f *Form) Done(section string, a Answers, env Env) Progress {
	w, err := f.walk(a, env)
	if err != nil || w.pages(nil) != nil {
		return Some
	}
	wrong := map[string]bool{}
	for _, x := range w.faults {
		name, _, _ := strings.Cut(strings.TrimPrefix(x.Pointer, "/answers/"), "/")
		wrong[name] = true
	}
	seen, open := 0, 0
	for _, s := range f.Sections {
		if s.ID != section {
			continue
		}
		for _, p := range s.Pages {
			for _, q := range p.Fields {
				switch _, answered := a[q.Name]; {
				case !w.shown[q.Name]:
				case !answered:
					open++
				case wrong[q.Name]:
					seen++
					open++
				default:
					seen++
				}
			}
		}
	}
	switch {
	case open == 0:
		return All
	case seen == 0:
		return None
	}
	return Some
}

// First are the answers known before anything is asked, from the applicant's own data.
func (f *Form) First(env Env) Answers {
	about, out := env.about(), Answers{}
	for _, q := range f.Fields() {
		key := strings.TrimPrefix(q.From, "applicant.")
		if s := about[strings.Replace(key, "org.", "org_", 1)]; q.From != "" && s != "" {
			out[q.Name] = s
		}
	}
	return out
}
