package scim

import (
	"net/mail"
	"slices"
	"strings"
	"time"

	"motcua/kernel/who"
	"motcua/systems/staffing/source"
)

// The schemas (RFC 7643, 8.7.1).
const (
	userSchema  = "urn:ietf:params:scim:schemas:core:2.0:User"
	groupSchema = "urn:ietf:params:scim:schemas:core:2.0:Group"
	messages    = "urn:ietf:params:scim:api:messages:2.0:"
)

// names are the attributes that are read and written, as the standard spells them.
var names = []string{"id", "externalId", "userName", "name", "formatted", "familyName", "givenName", "displayName", "active", "emails", "phoneNumbers",
	"groups", "members", "value", "type", "primary", "display", "meta", "created", "lastModified", "resourceType", "location", "schemas"}

// listed are those of which there may be many.
var listed = map[string]bool{"emails": true, "phoneNumbers": true, "groups": true, "members": true}

// known is a name as the standard spells it, whatever its case; "": it is none.
func known(name string) string {
	i := slices.IndexFunc(names, func(s string) bool { return strings.EqualFold(s, name) })
	if i < 0 {
		return ""
	}
	return names[i]
}

// proper is doc with the names of its attributes as the standard spells them; what
// it has beside them is left out, as of a resource with extensions of others.
func proper(doc map[string]any) map[string]any {
	out := map[string]any{}
	for k, v := range doc {
		if k = known(k); k == "" {
			continue
		}
		switch x := v.(type) {
		case map[string]any:
			v = proper(x)
		case []any:
			list := slices.Clone(x)
			for i, e := range list {
				if m, ok := e.(map[string]any); ok {
					list[i] = proper(m)
				}
			}
			v = list
		}
		out[k] = v
	}
	return out
}

func stamp(t time.Time) string { return t.UTC().Format(time.RFC3339) }

// userDoc is a user as the directory sees him; roles are those in his body.
func userDoc(u source.User, roles []who.Role, base string) map[string]any {
	d := map[string]any{"schemas": []any{userSchema}, "id": u.Person.String(), "userName": u.Login, "displayName": u.Name, "name": map[string]any{"formatted": u.Name},
		"active": u.Active, "meta": map[string]any{"resourceType": "User", "created": stamp(u.Made), "lastModified": stamp(u.Changed), "location": base + "/Users/" + u.Person.String()}}
	if u.External != "" {
		d["externalId"] = u.External
	}
	if u.Mail != "" {
		d["emails"] = []any{map[string]any{"value": u.Mail, "type": "work", "primary": true}}
	}
	if u.Phone != "" {
		d["phoneNumbers"] = []any{map[string]any{"value": u.Phone, "type": "work"}}
	}
	var groups []any
	for _, r := range roles {
		groups = append(groups, map[string]any{"value": string(r), "display": string(r), "$ref": base + "/Groups/" + string(r)})
	}
	if groups != nil {
		d["groups"] = groups
	}
	return d
}

// readUser reads what a directory says of somebody; was is what is known of him.
func readUser(d map[string]any, was source.User) (u source.User, err error) {
	u = was
	said := func(name string) string { s, _ := d[name].(string); return strings.TrimSpace(s) }
	if u.Login = strings.ToLower(said("userName")); u.Login == "" {
		return u, refuse(400, "invalidValue", "staffing.scim.username")
	}
	if was.Person != 0 && u.Login != was.Login {
		return u, refuse(400, "mutability", "staffing.scim.login")
	}
	u.External = said("externalId")
	if len(u.External) > 200 {
		return u, refuse(400, "invalidValue", "staffing.scim.value")
	}
	full, _ := d["name"].(map[string]any)
	part := func(name string) string { s, _ := full[name].(string); return strings.TrimSpace(s) }
	u.Name = ""
	for _, s := range []string{part("formatted"), said("displayName"), strings.TrimSpace(part("familyName") + " " + part("givenName"))} {
		if s != "" && (u.Name == "" || u.Name == was.Name) { // the one that changed
			u.Name = s
		}
	}
	if u.Name == "" {
		u.Name = u.Login
	}
	switch a := d["active"].(type) {
	case nil:
		u.Active = true
	case bool:
		u.Active = a
	case string: // as some directories write it
		if u.Active = strings.EqualFold(a, "true"); !u.Active && !strings.EqualFold(a, "false") {
			return u, refuse(400, "invalidValue", "staffing.scim.active")
		}
	default:
		return u, refuse(400, "invalidValue", "staffing.scim.active")
	}
	if u.Mail, err = first(d["emails"]); err == nil && u.Mail != "" {
		if a, bad := mail.ParseAddress(u.Mail); bad != nil || a.Address != u.Mail || len(u.Mail) > 254 {
			err = refuse(400, "invalidValue", "staffing.scim.email")
		}
	}
	if err == nil {
		u.Phone, err = first(d["phoneNumbers"])
	}
	return u, err
}

// first is the value of a list that is meant: the primary one, or the first.
func first(v any) (string, error) {
	best := ""
	for _, x := range values(v) {
		m, ok := x.(map[string]any)
		s, isText := m["value"].(string)
		if !ok || m["value"] != nil && !isText || len(s) > 254 {
			return "", refuse(400, "invalidValue", "staffing.scim.value")
		}
		if p, _ := m["primary"].(bool); best == "" || p {
			best = strings.TrimSpace(s)
		}
	}
	return best, nil
}

// groupDoc is a role in the body as a group; a directory asks for members by name.
func groupDoc(r who.Role, members []source.User, base string) map[string]any {
	list := []any{}
	for _, u := range members {
		list = append(list, map[string]any{"value": u.Person.String(), "display": u.Name, "$ref": base + "/Users/" + u.Person.String()})
	}
	return map[string]any{"schemas": []any{groupSchema}, "id": string(r), "displayName": string(r), "members": list,
		"meta": map[string]any{"resourceType": "Group", "location": base + "/Groups/" + string(r)}}
}
