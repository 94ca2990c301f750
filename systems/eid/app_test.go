package eid_test

import (
	"encoding/json"
	"net/url"
	"strings"
	"testing"
	"time"

	"motcua/base/db"
	"motcua/base/db/dbtest"
	"motcua/kernel/dossier"
	"motcua/kernel/kerneltest"
	parties "motcua/systems/eid/party"
)

// phone registers an app of others, as its body does.
func (s *stage) phone(name string) party {
	x := s.register(name, parties.ByNone, map[string]any{"redirects": "http://127.0.0.1:1/cb\nhttps://" + name + ".example/cb",
		"scopes": []any{"profile", "read", "write", "notify", "offline_access"}})
	x.returns = "http://127.0.0.1:50123/cb"
	return x
}

// TestAnAppActsForThePersonAlone lets the leader of a body use an app: it reads
// what he asked for himself, never what lies at his desk.
func TestAnAppActsForThePersonAlone(t *testing.T) {
	dbtest.EachURL(t, func(t *testing.T, at string) {
		s := open(t, at)
		app := s.phone("app")
		leader := s.browser("leader")
		mine := func(token string) (all []string) {
			var got struct{ Items []struct{ ID string } }
			o := s.bear("GET", "/api/v1/dossiers", token, "")
			if err := json.Unmarshal([]byte(o.body), &got); err != nil || o.status != 200 {
				t.Fatalf("%d %v %s", o.status, err, o.body)
			}
			for _, d := range got.Items {
				all = append(all, d.ID)
			}
			return all
		}
		waiting := s.ask(kerneltest.Here, "another", parties.ByNone, nil) // of the applicant, at the leader's desk
		if got := mine(s.signIn(leader, app, "scope", "openid read").Access); len(got) != 0 {
			t.Errorf("the leader's app reads %v", got)
		}
		token := s.signIn(leader, app, "scope", "openid read write").Access
		if o := s.bear("GET", "/api/v1/dossiers/"+waiting.id.String(), token, ""); o.status != 404 {
			t.Errorf("the leader's app reads his desk: %d %s", o.status, o.body)
		}
		if o := s.bear("POST", "/api/v1/dossiers/"+waiting.id.String()+"/acts", token, `{"act":"want","version":1}`); o.status != 404 {
			t.Errorf("the leader's app decides: %d %s", o.status, o.body)
		}
		if got := mine(s.signIn(s.browser("applicant"), app, "scope", "openid read").Access); len(got) != 2 || got[0] != waiting.id.String() {
			t.Errorf("the applicant's app reads %v", got)
		}
	})
}

// TestMyAppsTellWhatTheyDid looks at the page of one's apps before and after.
func TestMyAppsTellWhatTheyDid(t *testing.T) {
	dbtest.EachURL(t, func(t *testing.T, at string) {
		s := open(t, at)
		app, b := s.phone("app"), s.browser("applicant")
		got := s.signIn(b, app, "scope", "openid read write")
		page := func(has, hasNot string) {
			t.Helper()
			if o := b.get(issuer + "/me/apps"); !strings.Contains(o.body, has) || hasNot != "" && strings.Contains(o.body, hasNot) {
				t.Errorf("the page does not say %q, or says %q:\n%s", has, hasNot, o.body)
			}
		}
		page("Chưa làm gì", "Xem hồ sơ:")
		if o := s.bear("GET", "/api/v1/dossiers", got.Access, ""); o.status != 200 {
			t.Fatal(o.status)
		}
		page("Xem hồ sơ:", "Chưa làm gì")
		if o := s.info(got.Access); o.status != 200 {
			t.Fatal(o.status)
		}
		var log []dossier.Reading
		err := s.DB.Read(t.Context(), func(tx *db.Tx) (err error) {
			log, err = s.Engine.Looked(tx, dossier.Look{About: s.People["applicant"].ID, Limit: 10})
			return err
		})
		if err != nil || len(log) != 1 || log[0].Way != dossier.Party || log[0].Purpose != "Cổng app" || log[0].Body == "" || log[0].About != s.People["applicant"].ID {
			t.Errorf("what the app was told of him is not in his log: %+v, %v", log, err)
		}
		if o := s.bear("POST", "/api/v1/dossiers", got.Access, `{"kind":"none/none","body":"x"}`); o.status != 422 {
			t.Fatal(o.status, o.body)
		}
		page("Xem hồ sơ:", "làm tiếp hồ sơ:") // what failed was not done
		s.Later(2 * time.Minute)
		mine := s.ask(kerneltest.Here, "another", parties.ByNone, nil)
		if o := s.bear("POST", "/api/v1/dossiers/"+mine.id.String()+"/acts", got.Access, `{"act":"withdraw","version":1}`); o.status != 200 {
			t.Fatal(o.status, o.body)
		}
		page("làm tiếp hồ sơ:", "")
		b.do("POST", issuer+"/me/apps/"+app.id.String()+"/withdraw", url.Values{})
		for _, path := range []string{"/api/v1/dossiers", "/eid/userinfo"} {
			if o := s.bear("GET", path, got.Access, ""); o.status != 401 {
				t.Errorf("%s after the person withdrew: %d", path, o.status)
			}
		}
		page("Chưa có cổng", "")
	})
}

// TestClaimedRedirects shows what a body may register for an app.
func TestClaimedRedirects(t *testing.T) {
	x := parties.Party{Auth: parties.ByNone, Redirects: []string{"http://127.0.0.1:1/cb", "http://[::1]:1/cb", "https://app.example/cb"}}
	for to, want := range map[string]bool{"http://127.0.0.1:1/cb": true, "http://127.0.0.1:65535/cb": true, "http://[::1]:50000/cb": true, "https://app.example/cb": true,
		"https://app.example:444/cb": false, "http://localhost:1/cb": false, "http://127.0.0.1/cb": false, "http://127.0.0.1:1/cb/": false, "http://127.0.0.1:1/CB": false,
		"https://127.0.0.1:1/cb": false, "app://cb": false, "http://127.0.0.1:1/cb#x": false, "http://u@127.0.0.1:1/cb": false, "http://127.1:1/cb": false, "http://[::ffff:127.0.0.1]:1/cb": false} {
		if got := x.Returns(to); got != want {
			t.Errorf("%s: got %v, want %v", to, got, want)
		}
	}
	if !x.Unsure("http://127.0.0.1:4/cb") || x.Unsure("https://app.example/cb") {
		t.Error("whose program is there is known of claimed addresses alone")
	}
}

func FuzzReturns(f *testing.F) {
	x := parties.Party{Auth: parties.ByNone, Redirects: []string{"http://127.0.0.1:1/cb", "http://[::1]:1/cb", "https://app.example/cb"}}
	for _, s := range []string{"http://127.0.0.1:2/cb", "http://127.0.0.1:1@evil.example/cb", "http://[::1]:99999/cb", "https://app.example/cb#"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, to string) {
		if !x.Returns(to) {
			return
		}
		u, err := url.Parse(to)
		if err != nil || u.Path != "/cb" || u.RawQuery != "" || u.Fragment != "" || u.User != nil ||
			to != "https://app.example/cb" && (u.Scheme != "http" || u.Hostname() != "127.0.0.1" && u.Hostname() != "::1") {
			t.Errorf("%q is taken for a registered address", to)
		}
	})
}
