package form

import (
	"strings"

	"motcua/base/lang"
)

// Show is the answer v to q as people read it, in the check page and on paper;
// unit names a territorial unit by its code. An empty answer is "".
func Show(q Field, v any, voice lang.Voice, unit func(code string) lang.Text) string {
	if v == nil {
		return ""
	}
	switch q.Type {
	case Number, Money:
		n, ok := Whole(v)
		if !ok {
			break
		}
		if q.Type == Money {
			return voice.T("form.money", n)
		}
		return voice.Number(n)
	case Date:
		s, _ := v.(string)
		if t, ok := day(s); ok {
			return t.Format("02/01/2006")
		}
	case Choice:
		for _, o := range q.Options {
			if o.Value == v {
				return voice.Of(o.Label)
			}
		}
	case Choices:
		var all []string
		for _, s := range q.known(v).([]string) {
			all = append(all, Show(Field{Type: Choice, Options: q.Options}, s, voice, unit))
		}
		return strings.Join(all, ", ")
	case Yes, Tick:
		if b, ok := v.(bool); ok {
			return voice.T(map[bool]string{true: "form.yes", false: "form.no"}[b])
		}
	case Address:
		m := q.known(v).(map[string]string)
		var all []string
		for _, part := range []string{"line", "commune", "district", "province"} {
			s := m[part]
			if part != "line" && s != "" && unit != nil {
				if name := unit(s); len(name) > 0 {
					s = voice.Of(name)
				}
			}
			if s != "" {
				all = append(all, s)
			}
		}
		return strings.Join(all, ", ")
	case Group:
		var all []string
		for _, row := range rows(v) {
			var line []string
			for _, in := range q.Fields {
				if s := Show(in, row[in.Name], voice, unit); s != "" {
					line = append(line, strings.TrimRight(voice.Of(in.Label), "? \u00a0\u202f")+": "+s)
				}
			}
			all = append(all, strings.Join(line, "; "))
		}
		return strings.Join(all, "\n")
	}
	s, _ := v.(string)
	return s
}
