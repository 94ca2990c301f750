package form

import (
	"fmt"

	"motcua/base/lang"
)

// Schema is the form as JSON Schema 2020-12, with titles in l. It is an export
// for who fills the form in by program: what Check stores the schema accepts.
// It accepts more than Check does: a schema has no formulas, so a question with
// a condition is optional in it, and the condition stands in x-when.
func (f *Form) Schema(l lang.Lang) map[string]any {
	var fields []*Field
	hidden := map[string]string{}
	for s := range f.Sections {
		for p := range f.Sections[s].Pages {
			page := &f.Sections[s].Pages[p]
			for i := range page.Fields {
				fields = append(fields, &page.Fields[i])
				hidden[page.Fields[i].Name] = page.When.Text
			}
		}
	}
	m := schemaOf(fields, hidden, l)
	m["$schema"] = "https://json-schema.org/draft/2020-12/schema"
	return m
}

func schemaOf(fields []*Field, hidden map[string]string, l lang.Lang) map[string]any {
	properties, required := map[string]any{}, []any{}
	for _, q := range fields {
		p := q.schema(l)
		p["title"] = q.Label.In(l)
		if hint := q.Hint.In(l); hint != "" {
			p["description"] = hint
		}
		when := hidden[q.Name]
		if when == "" {
			when = q.When.Text
		} else if q.When.Text != "" {
			when = fmt.Sprintf("(%s) && (%s)", when, q.When.Text)
		}
		if when != "" {
			p["x-when"] = when
		} else if !q.Optional && (q.Type != Group || q.fewest() > 0) {
			required = append(required, q.Name)
		}
		properties[q.Name] = p
	}
	return map[string]any{"type": "object", "properties": properties, "required": required, "additionalProperties": false}
}

// schema is one answer. Lengths are of the text as stored: trimmed and composed.
func (q *Field) schema(l lang.Lang) map[string]any {
	text := func(most int64) map[string]any {
		return map[string]any{"type": "string", "minLength": 1, "maxLength": most}
	}
	switch q.Type {
	case Text, Long:
		m := text(q.most())
		if q.Min != nil {
			m["minLength"] = max(*q.Min, 1)
		}
		return m
	case Number, Money:
		m := map[string]any{"type": "integer", "minimum": -numberMax, "maximum": numberMax}
		if q.Type == Money {
			m["minimum"] = 0
		}
		if q.Min != nil {
			m["minimum"] = *q.Min
		}
		if q.Max != nil {
			m["maximum"] = *q.Max
		}
		return m
	case Date:
		m := map[string]any{"type": "string", "format": "date"}
		for key, s := range map[string]string{"x-after": q.After, "x-before": q.Before} {
			if s != "" {
				m[key] = s
			}
		}
		return m
	case Choice:
		return map[string]any{"type": "string", "oneOf": q.values(l)}
	case Choices:
		return map[string]any{"type": "array", "minItems": 1, "uniqueItems": true, "items": map[string]any{"type": "string", "oneOf": q.values(l)}}
	case Yes:
		return map[string]any{"type": "boolean"}
	case Tick:
		return map[string]any{"const": true}
	case Email:
		return map[string]any{"type": "string", "format": "email", "maxLength": 254}
	case Phone:
		return map[string]any{"type": "string", "pattern": `^\+?[0-9]{8,15}$`}
	case Address:
		unit := text(20)
		return map[string]any{"type": "object", "required": []any{"province", "commune"}, "additionalProperties": false,
			"properties": map[string]any{"province": unit, "district": unit, "commune": unit, "line": text(textMax)}}
	case Group:
		var fields []*Field
		for i := range q.Fields {
			fields = append(fields, &q.Fields[i])
		}
		return map[string]any{"type": "array", "minItems": max(q.fewest(), 1), "maxItems": q.most(), "items": schemaOf(fields, nil, l)}
	}
	return text(runesMax) // PersonID: the pack's rule is not known here
}

func (q *Field) values(l lang.Lang) []any {
	var all []any
	for _, o := range q.Options {
		all = append(all, map[string]any{"const": o.Value, "title": o.Label.In(l)})
	}
	return all
}
