package api

import (
	"slices"
	"strings"

	"motcua/base/lang"
	"motcua/kernel"
	"motcua/kernel/dossier"
	"motcua/kernel/form"
	"motcua/kernel/who"
)

// formOf is what the answers of an act may be, as JSON Schema: the act's own
// form, or what may be changed of what was filed; and the words that every act
// may carry, such as reasons.
func formOf(r *kernel.Request, d *dossier.Dossier, k *dossier.Kind, s *dossier.Step) (map[string]any, error) {
	schema := form.Of(lang.Text{}).Schema(r.Lang)
	switch {
	case s.Form != nil:
		schema = s.Form.Schema(r.Lang)
	case s.Act == "correct" || s.Papers && d.Open:
		schema = changes(r, d, k)
	}
	properties, required := schema["properties"].(map[string]any), schema["required"].([]any)
	text := func(key string, most int) map[string]any {
		return map[string]any{"type": "string", "maxLength": most, "description": r.T(key)}
	}
	if s.Form == nil || s.Reasons {
		ref := text("api.reason.ref", 200)
		if all := refs(k, s); all != nil {
			ref["enum"] = all
		}
		rows := map[string]any{"type": "array", "title": r.T("api.reasons"), "items": map[string]any{"type": "object", "additionalProperties": false,
			"required": []any{"text"}, "properties": map[string]any{"ref": ref, "text": text("api.reason.text", 2000), "fix": text("api.reason.fix", 2000)}}}
		if s.Reasons {
			rows["minItems"], required = 1, append(required, "reasons")
		}
		properties["reasons"] = rows
	}
	properties["note"] = text("api.note", 4000)
	if s.Act == "assign" {
		all, err := r.App.Book.Staff(r.Context(), d.Body, who.Clerk, who.Officer, who.Leader)
		if err != nil {
			return nil, err
		}
		staff := []any{}
		for _, p := range all {
			staff = append(staff, map[string]any{"const": p.ID.String(), "title": p.Name})
		}
		properties["holder"] = map[string]any{"type": "string", "title": r.T("api.holder"), "oneOf": staff}
	}
	schema["required"] = required
	return schema, nil
}

// changes are the questions Whose answers may be changed: those that the office
// asked the applicant to mend, or any for who corrects.
func changes(r *kernel.Request, d *dossier.Dossier, k *dossier.Kind) map[string]any {
	opening := k.Opening()
	if opening == nil || opening.Form == nil {
		return form.Of(lang.Text{}).Schema(r.Lang)
	}
	schema := opening.Form.Schema(r.Lang)
	properties, required := schema["properties"].(map[string]any), []any{}
	for name := range properties {
		asked := slices.ContainsFunc(d.Reasons, func(x dossier.Reason) bool { first, _, _ := strings.Cut(x.Ref, "/"); return first == name })
		switch {
		case d.Open && !asked:
			delete(properties, name)
		case d.Open:
			required = append(required, name)
		}
	}
	schema["required"] = required
	return schema
}

// refs are what a reason of the act may name; nil: anything.
func refs(k *dossier.Kind, s *dossier.Step) (all []any) {
	switch {
	case s.Grounds:
		for _, g := range k.Grounds {
			all = append(all, g)
		}
	case s.Opens:
		if o := k.Opening(); o != nil && o.Form != nil {
			for _, f := range o.Form.Fields() {
				all = append(all, f.Name)
			}
		}
		for _, p := range k.Papers {
			all = append(all, p.ID)
		}
	}
	return all
}

// papersOf are the papers that may come with the act.
func papersOf(d *dossier.Dossier, k *dossier.Kind, s *dossier.Step) []string {
	all := []string{}
	for _, p := range k.Papers {
		asked := slices.ContainsFunc(d.Reasons, func(x dossier.Reason) bool { return x.Ref == p.ID })
		if s.Papers && asked {
			all = append(all, p.ID)
		}
	}
	return all
}
