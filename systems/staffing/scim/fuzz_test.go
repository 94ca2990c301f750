package scim

import (
	"encoding/json"
	"reflect"
	"testing"
)

func resource() map[string]any {
	return map[string]any{"id": "1", "userName": "an.le", "active": true, "name": map[string]any{"formatted": "Lê An"},
		"emails": []any{map[string]any{"value": "an@x.example", "type": "work", "primary": true}}}
}

// FuzzFilter reads filters of strangers: none may panic, and what is read
// answers the same each time and changes nothing.
func FuzzFilter(f *testing.F) {
	for _, s := range []string{`userName eq "an.le"`, `not (a pr) or emails[type eq "work" and value co "@"]`, `active eq true`, `urn:ietf:params:scim:schemas:core:2.0:User:name.formatted sw "\u004c"`, `((`, `id eq "\"`} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		ask, err := parseFilter(s)
		if err != nil {
			return
		}
		d := resource()
		if ask(d) != ask(resource()) || !reflect.DeepEqual(d, resource()) {
			t.Errorf("%q answers otherwise the second time, or changes what it is asked of", s)
		}
	})
}

// FuzzPatch changes a resource by a stranger's path and value: the original stays,
// and what never changes is as it was.
func FuzzPatch(f *testing.F) {
	for _, s := range [][3]string{{"replace", "active", "false"}, {"add", `emails[type eq "work"].value`, `"b@x.example"`}, {"remove", "emails", ""}, {"add", "", `{"name":{"givenName":"An"}}`},
		{"replace", `members[value eq "1"]`, `{}`}, {"remove", "name.formatted", ""}, {"add", "id", `"2"`}} {
		f.Add(s[0], s[1], s[2])
	}
	f.Fuzz(func(t *testing.T, op, path, value string) {
		var v any
		json.Unmarshal([]byte(value), &v)
		d := resource()
		out, err := patch(d, []operation{{op, path, v}})
		if !reflect.DeepEqual(d, resource()) {
			t.Fatalf("%s %q %q changed the original", op, path, value)
		}
		if err == nil && out["id"] != "1" {
			t.Errorf("%s %q %q changed the id to %v", op, path, value, out["id"])
		}
	})
}
