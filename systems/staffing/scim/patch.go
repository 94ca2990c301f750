package scim

import (
	"maps"
	"slices"
	"strings"
)

// An operation is one of a PATCH (RFC 7644, 3.5.2).
type operation struct {
	Op    string `json:"op"`
	Path  string `json:"path"`
	Value any    `json:"value"`
}

// A place is where an operation works: name, name.sub, name[filter], name[filter].sub.
type place struct {
	name, sub string
	which     filter // nil: all
	source    string // of which
}

func parsePath(s string) (p place, err error) {
	r := &reader{rest: s}
	if len(s) > longest {
		return p, errPath
	}
	if p.name, p.sub, err = r.attribute(); err != nil {
		return p, err
	}
	if strings.HasPrefix(r.rest, "[") && p.sub == "" {
		at := r.rest
		if p.which, err = r.group('[', ']'); err != nil {
			return p, errPath
		}
		p.source = at[:len(at)-len(r.rest)]
		if strings.HasPrefix(r.rest, ".") {
			inner := &reader{rest: r.rest[1:]}
			if p.sub, _, err = inner.attribute(); err != nil {
				return p, err
			}
			r.rest = inner.rest
		}
	}
	if r.rest != "" {
		err = errPath
	}
	return p, err
}

// patch does the operations on a resource, all or none: doc is not changed.
func patch(doc map[string]any, all []operation) (map[string]any, error) {
	doc = copied(doc).(map[string]any)
	for _, o := range all {
		if err := apply(doc, o); err != nil {
			return nil, err
		}
	}
	return doc, nil
}

func copied(v any) any {
	switch v := v.(type) {
	case map[string]any:
		m := maps.Clone(v)
		for k := range m {
			m[k] = copied(m[k])
		}
		return m
	case []any:
		l := slices.Clone(v)
		for i := range l {
			l[i] = copied(l[i])
		}
		return l
	}
	return v
}

func apply(doc map[string]any, o operation) error {
	op := strings.ToLower(o.Op)
	if !slices.Contains([]string{"add", "replace", "remove"}, op) {
		return refuse(400, "invalidSyntax", "staffing.scim.op")
	}
	if o.Path == "" {
		m, ok := o.Value.(map[string]any)
		if !ok || op == "remove" {
			return refuse(400, "noTarget", "staffing.scim.target")
		}
		for path, v := range m { // names, and paths as some directories write them
			if err := apply(doc, operation{Op: op, Path: path, Value: v}); err != nil {
				return err
			}
		}
		return nil
	}
	p, err := parsePath(o.Path)
	switch {
	case err != nil:
		return refuse(400, "invalidPath", "staffing.scim.path")
	case slices.Contains([]string{"id", "meta", "schemas", "groups"}, p.name):
		return refuse(400, "mutability", "staffing.scim.fixed")
	case p.which != nil || listed[p.name] && p.sub != "":
		return within(doc, p, op, o.Value)
	case p.sub != "":
		m, _ := doc[p.name].(map[string]any)
		if m == nil {
			m = map[string]any{}
		}
		if doc[p.name] = m; op == "remove" {
			delete(m, p.sub)
		} else {
			m[p.sub] = o.Value
		}
	case op == "remove" && listed[p.name] && o.Value != nil: // members, as some directories name them
		gone := values(o.Value)
		doc[p.name] = slices.DeleteFunc(values(doc[p.name]), func(v any) bool {
			return slices.ContainsFunc(gone, func(g any) bool { return valueOf(g) == valueOf(v) })
		})
	case op == "remove":
		delete(doc, p.name)
	case op == "add" && listed[p.name]:
		list := values(doc[p.name])
		for _, v := range values(o.Value) {
			if !slices.ContainsFunc(list, func(x any) bool { return valueOf(x) == valueOf(v) }) {
				list = append(list, v)
			}
		}
		doc[p.name] = list
	case listed[p.name]:
		doc[p.name] = values(o.Value)
	default:
		if m, ok := o.Value.(map[string]any); ok && op == "add" {
			if was, ok := doc[p.name].(map[string]any); ok {
				maps.Copy(was, m)
				return nil
			}
		}
		doc[p.name] = o.Value
	}
	return nil
}

// within works on those of a list that a filter names.
func within(doc map[string]any, p place, op string, v any) error {
	list, found := values(doc[p.name]), false
	var kept []any
	for _, x := range list {
		m, ok := x.(map[string]any)
		if !ok || p.which != nil && !p.which(m) {
			kept = append(kept, x)
			continue
		}
		found = true
		switch {
		case op == "remove" && p.sub == "":
			continue
		case op == "remove":
			delete(m, p.sub)
		case p.sub != "":
			m[p.sub] = v
		default:
			n, ok := v.(map[string]any)
			if !ok {
				return refuse(400, "invalidValue", "staffing.scim.value")
			}
			maps.Copy(m, n)
		}
		kept = append(kept, m)
	}
	switch {
	case found:
		doc[p.name] = kept
	case op == "remove":
	case p.sub != "" && strings.Contains(p.source, `"work"`): // the one that there is not yet: there is one of each
		doc[p.name] = append(list, map[string]any{"type": "work", p.sub: v})
	default:
		return refuse(400, "noTarget", "staffing.scim.target")
	}
	return nil
}

// valueOf is what one of a list is told apart by.
func valueOf(v any) string {
	if m, ok := v.(map[string]any); ok {
		v = m["value"]
	}
	s, _ := v.(string)
	return s
}
