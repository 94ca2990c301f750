package main

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"motcua/base/db"
	"motcua/base/db/dbtest"
	"motcua/base/web"
	"motcua/kernel"
	"motcua/kernel/deeds"
	"motcua/kernel/dossier"
	"motcua/kernel/form"
	"motcua/kernel/play"
	"motcua/kernel/procedure"
	"motcua/kernel/who"
	"motcua/systems/demo"
	"motcua/walk"
)

// A nation is the demo with dossiers in many states, served over HTTP.
type nation struct {
	*kernel.App
	*httptest.Server
	people []demo.Person
	known  map[string][]string // addresses that no link leads to, by who comes to them
}

// newNation founds the demo with n dossiers in a database of its own.
func newNation(t *testing.T, n int) *nation {
	t.Helper()
	s := httptest.NewUnstartedServer(nil)
	set := defaults()
	set.Dir, set.DB, set.URL, set.demo = t.TempDir(), dbtest.SQLite(t), "http://"+s.Listener.Addr().String(), true
	set.finish()
	a, err := open(t.Context(), set, demo.System(&demo.Clock{}, nil))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { a.Close() })
	if s.Config.Handler, err = a.Handler(); err != nil {
		t.Fatal(err)
	}
	s.Start()
	t.Cleanup(s.Close)
	d, err := demo.Found(t.Context(), a)
	if err == nil {
		err = d.Seed(t.Context(), n, n)
	}
	if err == nil {
		err = a.Jobs.Drain(t.Context())
	}
	if err == nil {
		err = a.Log.Advance(t.Context())
	}
	if err == nil {
		err = deeds.Fold(t.Context(), a)
	}
	if err != nil {
		t.Fatal(err)
	}
	return &nation{a, s, d.People, nil}
}

// visitors are everybody whose pages are looked at; "" has not signed in.
func (n *nation) visitors() []string {
	all := []string{""}
	for _, p := range n.people {
		all = append(all, p.Role)
	}
	return all
}

// enter signs one of the people in by a link, as in the first minute of the demo.
func (n *nation) enter(t *testing.T, w walk.Window, role string) {
	t.Helper()
	for _, p := range n.people {
		if p.Role != role {
			continue
		}
		var secret string
		err := n.DB.Write(t.Context(), func(tx *db.Tx) (err error) {
			secret, err = n.Sessions.Make(tx, web.OneTime, p.ID, "sign-in", "DEMO "+role, time.Hour)
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		page, err := w.Open(n.URL + "/once/" + secret)
		if err != nil {
			t.Fatal(err)
		}
		f := page.Form("")
		if f == nil {
			t.Fatalf("no button to come in by: %s", page.Text())
		}
		if page, err = w.Press(f, f.Main()); err != nil || page.Status != http.StatusOK {
			t.Fatalf("%s came in to %s: %v", role, page.URL, err)
		}
	}
}

// plain is a plain window on the nation.
func (n *nation) plain(t *testing.T) *walk.Plain {
	t.Helper()
	w, err := walk.NewPlain(n.Server.Config.Handler, n.Server.URL)
	if err != nil {
		t.Fatal(err)
	}
	return w
}

// route is the pattern that a path belongs to.
func (n *nation) route(mux *http.ServeMux, path string) string {
	_, pattern := mux.Handler(httptest.NewRequest("GET", path, nil))
	return strings.TrimPrefix(pattern, "GET ")
}

// routes is a mux that knows the patterns alone.
func (n *nation) routes() *http.ServeMux {
	mux := http.NewServeMux()
	for _, rt := range n.AllRoutes() {
		mux.Handle(rt.Pattern, http.NotFoundHandler())
	}
	return mux
}

// doors are the addresses that people come to by something else than a link: a
// printed square, a mail, a form, or by heart. They are made to lead somewhere.
func (n *nation) doors(t *testing.T) map[string][]string {
	t.Helper()
	ctx, staff := t.Context(), map[string]who.Person{}
	for _, p := range n.people {
		staff[p.Role] = p.Person
	}
	town := &town{App: n.App}
	all := map[string][]string{"": {"/ui", "/demo/cheat/rewrite"}, "leader": {"/work/days", "/words"}, "admin": {"/work/days", "/words"}}
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	tell := func(kind, act string, whole bool) *dossier.Dossier {
		for _, k := range town.told(t) {
			for _, x := range k.stories {
				if k.Name == kind && x.Applicant == "citizen" && slices.ContainsFunc(x.Story, func(turn procedure.Turn) bool { return turn.Act == act }) {
					s := &play.Stage{App: n.App, Engine: n.Engine, Blobs: n.Blobs, Cast: play.Cast{"applicant": staff["citizen"], "clerk": staff["clerk"], "officer": staff["officer"], "leader": staff["leader"]}}
					if !whole {
						x.Story = nil
					}
					d, err := s.Tell(ctx, k.Kind, x, func() error { return n.Jobs.Drain(ctx) })
					must(err)
					return d
				}
			}
		}
		t.Fatalf("in no story of %s anybody does %s", kind, act)
		return nil
	}
	said := tell("voice/suggestion", "publish", true)
	granted := tell("portal/"+service, "supply", true) // so there is a letter
	waits := tell("portal/"+service, "supply", false)  // so there is a day to come
	must(n.Log.Advance(ctx))
	all[""] = append(all[""], "/voice/"+said.Acts[len(said.Acts)-1].ID.String(), "/verify/"+granted.Result.Act.String(),
		"/track?"+url.Values{"code": {granted.Code}, "tail": {granted.Tail}}.Encode(), "/track?code=X&tail=Y", "/services?q=khong+co+gi+nhu+the")

	// A draft that goes on at another device, and one at the counter.
	secret, stored := dossier.NewSecret()
	k := n.Procedures.Get(service).Kind()
	d := &dossier.Draft{Owner: staff["citizen"].ID, Secret: stored, Kind: k.Name, KindVersion: k.Version, Body: here, Answers: form.Answers{"child_name": "Thử"}}
	must(n.Engine.Save(ctx, d))
	desk := &dossier.Draft{Owner: staff["clerk"].ID, Kind: k.Name, KindVersion: k.Version, Body: here, Helped: &dossier.Helped{Name: "Thử Được Giúp"}, Answers: granted.Answers}
	must(n.Engine.Save(ctx, desk))
	all[""] = append(all[""], "/resume/"+d.ID.String()+"/"+secret)
	one := url.Values{"act": {"claim"}, "d": {granted.ID.String()}, "v": {"1"}, "view": {"all"}}.Encode()
	all["citizen"] = append(all["citizen"], "/c/"+granted.ID.String(), "/c/"+waits.ID.String())
	all["clerk"] = append(all["clerk"], "/work/d/"+granted.ID.String(), "/counter/d/"+desk.ID.String(), "/counter/done/"+granted.ID.String(), "/work/bulk?"+one, "/work/bulk/done?"+one)

	must(n.DB.Write(ctx, func(tx *db.Tx) error {
		for page, scope := range map[string]string{"/once/": "sign-in", "/setup/": "setup", "/welcome/": "password"} {
			s, err := n.Sessions.Make(tx, web.OneTime, staff["citizen"].ID, scope, "DEMO", time.Hour)
			if err != nil {
				return err
			}
			all[""] = append(all[""], page+s)
		}
		return nil
	}))
	return all
}
