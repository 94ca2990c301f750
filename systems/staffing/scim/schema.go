package scim

import "net/http"

// config says what is spoken of the standard (RFC 7643, 5).
func config(a *ask) (int, any, error) {
	no := map[string]any{"supported": false}
	return http.StatusOK, map[string]any{"schemas": []string{"urn:ietf:params:scim:schemas:core:2.0:ServiceProviderConfig"},
		"patch": map[string]any{"supported": true}, "bulk": map[string]any{"supported": false, "maxOperations": 0, "maxPayloadSize": 0},
		"filter": map[string]any{"supported": true, "maxResults": most}, "changePassword": no, "sort": no, "etag": no,
		"authenticationSchemes": []any{map[string]any{"type": "oauthbearertoken", "name": "Bearer", "description": "RFC 6750", "primary": true}},
		"meta":                  map[string]any{"resourceType": "ServiceProviderConfig", "location": a.base + "/ServiceProviderConfig"}}, nil
}

func types(a *ask) (int, any, error) {
	one := func(name, schema string) map[string]any {
		return map[string]any{"schemas": []string{"urn:ietf:params:scim:schemas:core:2.0:ResourceType"}, "id": name, "name": name, "endpoint": "/" + name + "s", "schema": schema,
			"meta": map[string]any{"resourceType": "ResourceType", "location": a.base + "/ResourceTypes/" + name}}
	}
	return http.StatusOK, a.page([]map[string]any{one("User", userSchema), one("Group", groupSchema)}), nil
}

// schemas are the attributes that are read and written, and no others.
func schemas(a *ask) (int, any, error) {
	attribute := func(name, kind, may string, many, must bool, sub ...any) map[string]any {
		unique := "none"
		if name == "userName" {
			unique = "global"
		}
		d := map[string]any{"name": name, "type": kind, "multiValued": many, "required": must, "mutability": may, "returned": "default", "uniqueness": unique, "caseExact": name == "externalId"}
		if sub != nil {
			d["subAttributes"] = sub
		}
		return d
	}
	text := func(name string) map[string]any { return attribute(name, "string", "readWrite", false, false) }
	pair := []any{text("value"), text("type"), attribute("primary", "boolean", "readWrite", false, false)}
	one := func(id, name string, all ...any) map[string]any {
		return map[string]any{"schemas": []string{"urn:ietf:params:scim:schemas:core:2.0:Schema"}, "id": id, "name": name, "attributes": all,
			"meta": map[string]any{"resourceType": "Schema", "location": a.base + "/Schemas/" + id}}
	}
	return http.StatusOK, a.page([]map[string]any{
		one(userSchema, "User", attribute("userName", "string", "immutable", false, true), text("externalId"), text("displayName"),
			attribute("name", "complex", "readWrite", false, false, text("formatted"), text("familyName"), text("givenName")),
			attribute("active", "boolean", "readWrite", false, false), attribute("emails", "complex", "readWrite", true, false, pair...),
			attribute("phoneNumbers", "complex", "readWrite", true, false, pair...), attribute("groups", "complex", "readOnly", true, false, text("value"), text("display"))),
		one(groupSchema, "Group", attribute("displayName", "string", "readOnly", false, true), attribute("members", "complex", "readWrite", true, false, text("value"), text("display"))),
	}), nil
}
