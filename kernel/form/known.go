package form

// known is v as formulas see it; what is not an answer of the type is the zero value.
func (q *Field) known(v any) any {
	switch q.Type {
	case Number, Money:
		n, _ := Whole(v)
		return n
	case Yes, Tick:
		b, _ := v.(bool)
		return b
	case Choices:
		s, _ := q.choices(v)
		list, _ := s.([]any)
		out := make([]string, 0, len(list))
		for _, x := range list {
			out = append(out, x.(string))
		}
		return out
	case Address:
		m, _ := object(v)
		out := make(map[string]string, len(parts))
		for _, key := range parts {
			out[key], _ = m[key].(string)
		}
		return out
	case Group:
		out := []map[string]any{}
		for _, row := range rows(v) {
			m := make(map[string]any, len(q.Fields))
			for i := range q.Fields {
				m[q.Fields[i].Name] = q.Fields[i].known(row[q.Fields[i].Name])
			}
			out = append(out, m)
		}
		return out
	}
	s, _ := v.(string)
	return s
}

// object is v as a JSON object.
func object(v any) (map[string]any, bool) {
	switch v := v.(type) {
	case map[string]any:
		return v, true
	case Answers:
		return v, true
	}
	return nil, false
}

// rows are the rows of a group; one that is no object is nil.
func rows(v any) (out []map[string]any) {
	list, _ := v.([]any)
	for _, x := range list {
		row, _ := object(x)
		out = append(out, row)
	}
	return out
}
