package staffing_test

import (
	"encoding/json"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"motcua/base/db"
	"motcua/base/db/dbtest"
	"motcua/base/id"
	"motcua/base/web"
	"motcua/kernel/admin"
	"motcua/kernel/api"
	"motcua/kernel/confirm"
	"motcua/kernel/contact"
	"motcua/kernel/device"
	"motcua/kernel/door"
	"motcua/kernel/kerneltest"
	"motcua/kernel/onetime"
	"motcua/kernel/passkey"
	"motcua/kernel/rights"
	"motcua/kernel/second"
	"motcua/kernel/who"
	"motcua/systems/staffing"
	"motcua/systems/staffing/scim"
)

// A stage is a node on which two bodies have directories.
type stage struct {
	*kerneltest.Rig
	t     testing.TB
	token map[string]string // of the directory, by body
}

func open(t testing.TB, at string) *stage {
	t.Helper()
	s := &stage{Rig: kerneltest.Open(t, at, nil, admin.System(), door.System(), device.System(), onetime.System(), passkey.System(), confirm.System(), contact.System(), api.System(), rights.System(), second.System(), staffing.System()), t: t, token: map[string]string{}}
	s.Later(time.Since(s.Now()))
	for _, body := range []string{kerneltest.Here, kerneltest.Away} {
		a := s.As(t, "root").Post("/admin/staff/token", url.Values{"body": {body}})
		a.Want(t, 200, "Chép ngay")
		if strings.Contains(a.Body, "[staff") {
			t.Fatalf("a text is missing:\n%s", a.Body)
		}
		_, rest, _ := strings.Cut(a.Body, `<p class="num">`)
		s.token[body], _, _ = strings.Cut(rest, "<")
	}
	return s
}

type reply struct {
	status int
	media  string
	doc    map[string]any
}

func (s *stage) ask(body, method, path, text string) reply {
	s.t.Helper()
	r := httptest.NewRequest(method, "https://x.example"+scim.Base+path, strings.NewReader(text))
	r.Header.Set("Content-Type", "application/scim+json")
	r.Header.Set("Accept-Language", "en")
	r.Header.Set("Authorization", "Bearer "+s.token[body])
	w := httptest.NewRecorder()
	s.Handler.ServeHTTP(w, r)
	out := reply{status: w.Code, media: w.Header().Get("Content-Type")}
	if w.Body.Len() > 0 {
		if err := json.Unmarshal(w.Body.Bytes(), &out.doc); err != nil {
			s.t.Fatalf("%s %s: %d %s", method, path, w.Code, w.Body)
		}
	}
	return out
}

func (s *stage) want(status int, body, method, path, text string) map[string]any {
	s.t.Helper()
	r := s.ask(body, method, path, text)
	if r.status != status || r.media != "application/scim+json" {
		s.t.Fatalf("%s %s: %d %s %v, want %d", method, path, r.status, r.media, r.doc, status)
	}
	return r.doc
}

// refused asks for an error in the standard's form.
func (s *stage) refused(status int, kind, body, method, path, text string) {
	s.t.Helper()
	d := s.want(status, body, method, path, text)
	if got, _ := d["scimType"].(string); got != kind || d["status"] == nil || d["detail"] == "" || d["schemas"].([]any)[0] != "urn:ietf:params:scim:api:messages:2.0:Error" {
		s.t.Errorf("%s %s: %v, want %q", method, path, d, kind)
	}
}

func op(ops string) string {
	return `{"schemas":["urn:ietf:params:scim:api:messages:2.0:PatchOp"],"Operations":[` + ops + `]}`
}

const newcomer = `{"schemas":["urn:ietf:params:scim:schemas:core:2.0:User"],"externalId":"u-17","userName":"Lan.Pham","name":{"familyName":"Phạm","givenName":"Thị Lan"},
	"emails":[{"value":"old@x.example"},{"value":"lan@x.example","primary":true,"type":"work"}],"title":"beside the point"}`

func TestADirectoryBringsItsPeopleInAndOut(t *testing.T) {
	dbtest.EachURL(t, func(t *testing.T, at string) {
		s := open(t, at)
		here, away := kerneltest.Here, kerneltest.Away
		d := s.want(201, here, "POST", "/Users", newcomer)
		n := d["id"].(string)
		if d["userName"] != "lan.pham" || d["displayName"] != "Phạm Thị Lan" || d["active"] != true || d["emails"].([]any)[0].(map[string]any)["value"] != "lan@x.example" {
			t.Errorf("made %v", d)
		}
		person, err := id.Parse(n)
		if err != nil {
			t.Fatal(err)
		}
		is := func(role who.Role) bool {
			t.Helper()
			var p who.Person
			if err := s.DB.Read(t.Context(), func(tx *db.Tx) (err error) { p, err = s.Book.Find(tx, person); return err }); err != nil {
				t.Fatal(err)
			}
			return p.Is(role, here)
		}

		// A name is one person's; another body's directory does not see him.
		s.refused(409, "uniqueness", here, "POST", "/Users", newcomer)
		s.refused(409, "uniqueness", away, "POST", "/Users", newcomer)
		s.refused(404, "", away, "GET", "/Users/"+n, "")
		s.refused(404, "", away, "PATCH", "/Users/"+n, op(`{"op":"replace","path":"active","value":false}`))
		s.refused(404, "", away, "DELETE", "/Users/"+n, "")
		s.refused(404, "", here, "GET", "/Users/"+s.People["clerk"].ID.String(), "")
		s.refused(404, "", here, "PATCH", "/Groups/clerk", op(`{"op":"add","path":"members","value":[{"value":"`+s.People["applicant"].ID.String()+`"}]}`))
		s.refused(404, "", away, "PATCH", "/Groups/clerk", op(`{"op":"add","path":"members","value":[{"value":"`+n+`"}]}`))

		// Roles: the counter's at once; those that decide are asked for, and approved by
		// another than who holds the directory's token.
		s.want(200, here, "PATCH", "/Groups/clerk", op(`{"op":"add","path":"members","value":[{"value":"`+n+`"}]}`))
		asked := func() (n id.ID) {
			t.Helper()
			if err := s.DB.Read(t.Context(), func(tx *db.Tx) error { return tx.Row(`select max(id) from right_ask where state = 'open'`).Scan(&n) }); err != nil {
				t.Fatal(err)
			}
			return n
		}
		s.want(200, here, "PATCH", "/Groups/leader", op(`{"op":"add","path":"members","value":[{"value":"`+n+`"}]}`))
		s.As(t, "root").Post("/admin/rights", url.Values{"do": {"approve"}, "ask": {asked().String()}}).Want(t, 403, "") // he made the token
		if !is(who.Clerk) || is(who.Leader) {
			t.Error("the roles are not those that were given")
		}
		s.As(t, "admin").Post("/admin/rights", url.Values{"do": {"approve"}, "ask": {asked().String()}}).Want(t, 303)
		s.want(200, here, "PATCH", "/Groups/admin", op(`{"op":"add","path":"members","value":[{"value":"`+n+`"}]}`))
		late := asked()
		s.want(200, here, "PATCH", "/Groups/admin", op(`{"op":"remove","path":"members[value eq \"`+n+`\"]"}`))
		s.As(t, "admin").Post("/admin/rights", url.Values{"do": {"approve"}, "ask": {late.String()}}).Want(t, 409, "") // taken back
		if !is(who.Leader) || is(who.Admin) {
			t.Error("two approved of the leader, and none of the administrator")
		}
		s.want(200, here, "PATCH", "/Groups/leader", op(`{"op":"remove","path":"members[value eq \"`+n+`\"]"}`))
		if g := s.want(200, here, "GET", "/Users/"+n, "")["groups"].([]any); len(g) != 1 || g[0].(map[string]any)["value"] != "clerk" {
			t.Errorf("groups %v", g)
		}
		s.want(200, here, "PATCH", "/Groups/clerk", op(`{"op":"remove","path":"members[value eq \"`+n+`\"]"}`))
		if is(who.Clerk) {
			t.Error("the role was not taken")
		}
		s.want(200, here, "PATCH", "/Groups/officer", op(`{"op":"add","path":"members","value":[{"value":"`+n+`"}]}`))

		// What he is called, and what never changes.
		s.want(200, here, "PATCH", "/Users/"+n, op(`{"op":"Replace","value":{"displayName":"Phạm Lan","emails[type eq \"work\"].value":"new@x.example"}},{"op":"add","path":"phoneNumbers[type eq \"work\"].value","value":"0900"}`))
		d = s.want(200, here, "GET", "/Users/"+n, "")
		if d["displayName"] != "Phạm Lan" || d["emails"].([]any)[0].(map[string]any)["value"] != "new@x.example" || d["phoneNumbers"].([]any)[0].(map[string]any)["value"] != "0900" || d["externalId"] != "u-17" {
			t.Errorf("after the change %v", d)
		}
		s.refused(400, "mutability", here, "PATCH", "/Users/"+n, op(`{"op":"replace","path":"userName","value":"other"}`))
		s.refused(400, "mutability", here, "PATCH", "/Users/"+n, op(`{"op":"replace","path":"id","value":"1"}`))
		s.refused(400, "invalidPath", here, "PATCH", "/Users/"+n, op(`{"op":"replace","path":"emails[","value":"1"}`))
		s.refused(400, "invalidPath", here, "PATCH", "/Users/"+n, op(`{"op":"replace","path":"password","value":"1"}`))
		s.refused(400, "noTarget", here, "PATCH", "/Users/"+n, op(`{"op":"replace","path":"emails[type eq \"home\"].value","value":"a@b.example"}`))
		s.refused(400, "invalidSyntax", here, "PATCH", "/Users/"+n, op(`{"op":"move","path":"active"}`))
		s.refused(400, "invalidSyntax", here, "PATCH", "/Users/"+n, `{"Operations":[]}`)
		s.refused(400, "invalidSyntax", here, "POST", "/Users", `{`)
		s.refused(400, "invalidValue", here, "PATCH", "/Users/"+n, op(`{"op":"replace","path":"active","value":"perhaps"}`))
		s.refused(400, "invalidValue", here, "POST", "/Users", `{"userName":"an","displayName":"x"}`)
		s.refused(400, "invalidValue", here, "POST", "/Users", `{"userName":"an.tran","emails":[{"value":"no address"}]}`)

		// Who is put out is out in the same moment, with all his roles.
		var in string
		if err := s.DB.Write(t.Context(), func(tx *db.Tx) (err error) {
			in, err = s.Sessions.Make(tx, web.Browser, person, "", "", time.Hour)
			return err
		}); err != nil {
			t.Fatal(err)
		}
		s.want(200, here, "PATCH", "/Users/"+n, op(`{"op":"Replace","path":"active","value":"False"}`))
		if v, err := s.Sessions.Find(t.Context(), web.Browser, in); err != nil || v.Sort != "" || is(who.Officer) {
			t.Errorf("still in: %+v, %v; officer %v", v, err, is(who.Officer))
		}
		s.refused(409, "", here, "PATCH", "/Groups/clerk", op(`{"op":"add","path":"members","value":[{"value":"`+n+`"}]}`))
		s.want(200, here, "PUT", "/Users/"+n, `{"userName":"lan.pham","externalId":"u-17","displayName":"Phạm Thị Lan","active":true}`)
		if is(who.Officer) {
			t.Error("let in again with the roles of before")
		}
		s.want(204, here, "DELETE", "/Users/"+n, "")
		s.refused(404, "", here, "GET", "/Users/"+n, "")
		s.refused(409, "uniqueness", here, "POST", "/Users", newcomer) // nobody gets the name of somebody before him
		var acts int
		err = s.DB.Read(t.Context(), func(tx *db.Tx) error {
			return tx.Row(`select count(*) from act where act in ('staffing.add', 'staffing.change', 'role.grant', 'role.withdraw', 'person.change') and by <> $1`, s.People["root"].ID).Scan(&acts)
		})
		if err != nil || acts < 9 {
			t.Errorf("%d acts, %v", acts, err)
		}
	})
}

func TestListsAreFiltered(t *testing.T) {
	s := open(t, dbtest.SQLite(t))
	here := kerneltest.Here
	for _, login := range []string{"an.le", "binh.vo", "chi.ho"} {
		s.want(201, here, "POST", "/Users", `{"userName":"`+login+`","externalId":"E-`+login+`","displayName":"Người `+login+`","emails":[{"value":"`+login+`@x.example","type":"work"}]}`)
	}
	s.want(201, kerneltest.Away, "POST", "/Users", `{"userName":"dao.vu"}`)
	for filter, want := range map[string]int{``: 3, `userName eq "an.le"`: 1, `USERNAME EQ "AN.LE"`: 1, `externalId eq "E-an.le"`: 1, `externalId eq "e-an.le"`: 0,
		`userName sw "b" or userName ew "ho"`: 2, `not (userName eq "an.le")`: 2, `active eq true and userName co "."`: 3, `emails[type eq "work" and value co "binh"]`: 1,
		`emails.value eq "chi.ho@x.example"`: 1, `phoneNumbers pr`: 0, `name.formatted pr`: 3, `userName ne "an.le"`: 2, `userName gt "an.le"`: 2,
		`urn:ietf:params:scim:schemas:core:2.0:User:userName eq "an.le"`: 1, `userName eq "dao.vu"`: 0, `meta.lastModified gt "2011-05-13T04:42:34Z"`: 3,
		`userName eq "a" or userName eq "b" and userName eq "c"`: 0, `active eq false`: 0, `externalId eq null`: 0} {
		if d := s.want(200, here, "GET", "/Users?filter="+url.QueryEscape(filter), ""); d["totalResults"] != float64(want) {
			t.Errorf("%s: %v, want %d", filter, d["totalResults"], want)
		}
	}
	for _, bad := range []string{`userName`, `userName eq`, `userName eq an`, `(userName eq "a"`, `userName eq "a")`, `password eq "x"`, `emails[type eq "work"`, `userName xx "a"`,
		`userName eq "a" and`, `not userName eq "a"`, strings.Repeat("(", 50) + `userName pr` + strings.Repeat(")", 50), `userName eq {"a":1}`, `"a" eq userName`} {
		s.refused(400, "invalidFilter", here, "GET", "/Users?filter="+url.QueryEscape(bad), "")
	}
	d := s.want(200, here, "GET", "/Users?startIndex=2&count=1", "")
	if d["totalResults"] != 3.0 || d["itemsPerPage"] != 1.0 || d["startIndex"] != 2.0 || d["Resources"].([]any)[0].(map[string]any)["userName"] != "binh.vo" {
		t.Errorf("the second page is %v", d)
	}
	if d := s.want(200, here, "GET", "/Users?startIndex=9&count=-1", ""); len(d["Resources"].([]any)) != 0 {
		t.Errorf("beyond the end %v", d)
	}
	for _, path := range []string{"/ServiceProviderConfig", "/Schemas", "/ResourceTypes", "/Groups", "/Groups/clerk"} {
		if d := s.want(200, here, "GET", path, ""); d["schemas"] == nil {
			t.Errorf("%s: %v", path, d)
		}
	}
	if d := s.want(200, here, "GET", "/Groups?filter="+url.QueryEscape(`displayName eq "leader"`), ""); d["totalResults"] != 1.0 {
		t.Errorf("groups %v", d)
	}

	// A token of the API is none of a directory, and the other way round.
	for scope, want := range map[string]int{"read write": 403, "scim": 403} {
		if err := s.DB.Write(t.Context(), func(tx *db.Tx) (err error) {
			s.token["x"], err = s.Sessions.Make(tx, web.Token, s.People["leader"].ID, scope, "", time.Hour)
			return err
		}); err != nil {
			t.Fatal(err)
		}
		if r := s.ask("x", "GET", "/Users", ""); r.status != want {
			t.Errorf("a token for %q: %d", scope, r.status)
		}
	}
	r := httptest.NewRequest("GET", "https://x.example/api/v1/dossiers", nil)
	r.Header.Set("Authorization", "Bearer "+s.token[here])
	w := httptest.NewRecorder()
	if s.Handler.ServeHTTP(w, r); w.Code != 403 {
		t.Errorf("a directory reads dossiers: %d", w.Code)
	}
	old := s.token[here]
	s.As(t, "root").Post("/admin/staff/token", url.Values{"body": {here}}).Want(t, 200, "")
	if r := s.ask(here, "GET", "/Users", ""); r.status != 401 || old == "" {
		t.Errorf("the old token is still good: %d", r.status)
	}
	s.As(t, "leader").Post("/admin/staff/token", url.Values{"body": {here}}).Want(t, 403, "")
}
