package main

import (
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"motcua/base/db"
	"motcua/base/id"
	"motcua/base/lang"
	"motcua/base/web"
	"motcua/kernel/clock"
	"motcua/kernel/dossier"
	"motcua/kernel/find"
	"motcua/kernel/form"
	"motcua/kernel/paper"
	"motcua/kernel/play"
	"motcua/kernel/procedure"
	"motcua/kernel/who"
)

// roles are the people of the matrix: the applicant of the dossier, another
// citizen, one who may act for an organisation, officials of the body, one who
// is everything at another body, one who administers only that, an administrator
// of the node and of this body, and a program with a token of the applicant that
// may only read.
var roles = []string{"nobody", "owner", "other", "business", "clerk", "officer", "leader", "away", "chief", "admin", "token"}

const (
	here      = "H26.002.00061" // the body of the scene's dossiers
	elsewhere = "H26.002.00070" // where "away" and "chief" are
	service   = "1.001193"      // what they ask for
	child     = "Lộ Thử Bí Mật" // in every one of them: whoever reads this name read a dossier
)

// A scene is what the paths of one request name. What requests change is made
// anew before each.
type scene struct {
	*town
	done  *dossier.Dossier // sent back, completed, granted: it has every paper
	fresh *dossier.Dossier // just filed
	draft *dossier.Draft   // complete, of the owner's account
	desk  *dossier.Draft   // complete, of the clerk's who helps the owner
	link  string           // the draft's secret
	file  id.ID            // of the draft
	once  map[string]string
	words id.ID // an extension of the search
	day   id.ID // a day off of the body
	said  id.ID // a published suggestion
	n     int
	used  bool // something was changed by the request before
}

func newScene(t *testing.T, w *town) *scene {
	t.Helper()
	s := &scene{town: w, once: map[string]string{}, used: true}
	grants := map[string][]who.Grant{"away": {{Role: who.Clerk, Body: elsewhere}, {Role: who.Officer, Body: elsewhere}, {Role: who.Leader, Body: elsewhere}},
		"chief": {{Role: who.Admin, Body: elsewhere}},
		"staff": {{Role: who.Clerk, Body: here}},
		"admin": {{Role: who.Admin}, {Role: who.Admin, Body: here}}}
	err := w.DB.Write(t.Context(), func(tx *db.Tx) error {
		for login, all := range grants {
			p, err := w.Book.Add(tx, who.Person{}, who.Person{Login: login, Name: "Thử " + login}, "")
			for _, g := range all {
				if err == nil {
					err = w.Book.Grant(tx, who.Person{}, p.ID, g.Role, g.Body, 0, time.Time{})
				}
			}
			if err == nil {
				w.people[login], err = w.Book.Find(tx, p.ID)
			}
			if err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	w.people["owner"], w.people["token"] = w.people["citizen"], w.people["citizen"]
	p := s.Procedures.Get(service)
	i := slices.IndexFunc(p.Examples, func(x procedure.Example) bool {
		return slices.ContainsFunc(x.Story, func(turn procedure.Turn) bool { return turn.Act == "supply" })
	})
	s.done, err = s.stage().Tell(t.Context(), p.Kind(), p.Examples[i], func() error { return w.Jobs.Drain(t.Context()) })
	if err == nil {
		err = w.Log.Advance(t.Context())
	}
	if err != nil {
		t.Fatal(err)
	}
	s.said = s.published(t)
	return s
}

func (s *scene) stage() *play.Stage {
	return &play.Stage{App: s.App, Engine: s.Engine, Blobs: s.Blobs, Org: s.org, Change: func(a form.Answers) { a["child_name"] = child },
		Cast: play.Cast{"applicant": s.people["citizen"], "clerk": s.people["clerk"], "officer": s.people["officer"], "leader": s.people["leader"]}}
}

// published is a suggestion that everybody may read: the act that published it.
func (s *scene) published(t *testing.T) id.ID {
	t.Helper()
	for _, k := range s.told(t) {
		for _, x := range k.stories {
			if k.start != "/voice" || x.Ends != "published" {
				continue
			}
			stage := s.stage()
			stage.Change = nil
			d, err := stage.Tell(t.Context(), k.Kind, x, nil)
			if err != nil {
				t.Fatal(err)
			}
			return d.Acts[len(d.Acts)-1].ID
		}
	}
	t.Fatal("no story ends published")
	return 0
}

// renew makes anew whatever the request before may have changed.
func (s *scene) renew(t *testing.T) {
	t.Helper()
	ctx, owner, k := t.Context(), s.people["owner"].ID, s.Procedures.Get(service).Kind()
	var err error
	if s.fresh, err = s.stage().Open(ctx, k, s.Procedures.Get(service).Examples[0]); err != nil {
		t.Fatal(err)
	}
	s.draft = &dossier.Draft{Owner: owner, Kind: k.Name, KindVersion: k.Version, Body: here, Answers: maps.Clone(s.fresh.Answers), Papers: map[string][]dossier.File{}}
	s.link, s.draft.Secret = dossier.NewSecret()
	if err := s.Engine.Save(ctx, s.draft); err != nil {
		t.Fatal(err)
	}
	for name, files := range s.fresh.Papers {
		f, err := s.Engine.AddFile(ctx, owner, s.draft.ID, files[0])
		if err != nil {
			t.Fatal(err)
		}
		s.draft.Papers[name], s.file = []dossier.File{f}, f.ID
	}
	if err := s.Engine.Save(ctx, s.draft); err != nil {
		t.Fatal(err)
	}
	desk := *s.draft
	s.desk, desk.ID, desk.Owner, desk.Secret = &desk, 0, s.people["clerk"].ID, ""
	desk.Helped = &dossier.Helped{Name: s.people["owner"].Name, Number: s.people["owner"].Number}
	if err := s.Engine.Save(ctx, s.desk); err != nil {
		t.Fatal(err)
	}
	s.words, s.day, s.n = s.IDs.New(), s.IDs.New(), s.n+1
	err = s.DB.Write(ctx, func(tx *db.Tx) error {
		for scope, whose := range map[string]id.ID{"sign-in": s.people["other"].ID, "setup": 0, "password": s.people["other"].ID} {
			if s.once[scope], err = s.Sessions.Make(tx, web.OneTime, whose, scope, "", time.Hour); err != nil {
				return err
			}
		}
		said := find.Synonym{Say: []string{fmt.Sprint("tu thu ", s.n)}, Mean: []string{"khai sinh"}}
		if err := find.Extend(tx, find.Extension{ID: s.words, Synonym: said}); err != nil {
			return err
		}
		day := time.Date(2031, 1, s.n, 0, 0, 0, 0, time.UTC).Format(time.DateOnly)
		return clock.Edit(tx, clock.Change{ID: s.day, Body: here, Off: clock.Off{Day: day, To: day, Name: lang.Say("Thử"), Source: "Thử"}})
	})
	if err != nil {
		t.Fatal(err)
	}
}

// about is the dossier that the path of a pattern names.
func (s *scene) about(pattern string) *dossier.Dossier {
	if strings.HasPrefix(pattern, "GET ") && !strings.Contains(pattern, "/act/") {
		return s.done
	}
	return s.fresh
}

var param = regexp.MustCompile(`\{[^}]+\}`)

// path puts something that exists into every parameter of the pattern.
func (s *scene) path(t *testing.T, pattern string) string {
	t.Helper()
	_, path, ok := strings.Cut(pattern, " ")
	if !ok {
		path = pattern + "no-such-page"
	}
	in := func(part string) bool { return strings.Contains(pattern, part) }
	return param.ReplaceAllStringFunc(path, func(p string) string {
		switch {
		case p == "{$}":
			return ""
		case p == "{id}" && in("/words/"):
			return s.words.String()
		case p == "{id}" && in("/work/days/"):
			return s.day.String()
		case p == "{table}" && in("/promises/"):
			return "promises.json"
		case p == "{scheme}":
			return "circular-01"
		case p == "{table}": // of a dashboard, and of where its time goes
			return "bodies"
		case p == "{body}":
			return "H26"
		case p == "{id}" && in("/admin/people/"):
			return s.people["staff"].ID.String()
		case p == "{id}" && in("/voice/"):
			return s.said.String()
		case p == "{id}":
			return s.about(pattern).ID.String()
		case p == "{act}" && in("/letter/"):
			return s.letter(t)
		case p == "{act}" && in("/verify/"):
			return s.done.Result.Act.String()
		case p == "{act}" && in("/c/"):
			return "withdraw"
		case p == "{act}":
			return "receive"
		case p == "{draft}" && in("/counter/"):
			return s.desk.ID.String()
		case p == "{draft}":
			return s.draft.ID.String()
		case p == "{file}":
			return s.file.String()
		case p == "{paper}":
			return "birth_note"
		case p == "{n}" && in("/api/"):
			return "1"
		case p == "{n}":
			return "0"
		case p == "{key}", p == "{reading}", p == "{copy}":
			return s.done.ID.String()
		case p == "{kind}":
			return "sms"
		case p == "{page}":
			return "child_name"
		case p == "{secret}" && in("/resume/"):
			return s.link
		case p == "{secret}":
			return s.once[map[string]string{"once": "sign-in", "setup": "setup", "welcome": "password"}[strings.Split(path, "/")[1]]]
		case p == "{code}", p == "{name}":
			return service
		case p == "{role}":
			return "clerk"
		case p == "{system}":
			return "portal"
		case p == "{event}":
			return "birth"
		case p == "{service}":
			return "TraCuuHoSo"
		case p == "{path...}":
			return "checkpoint"
		case p == "{certificate}", p == "{wish}", p == "{offer}", p == "{signing}", p == "{proposal}": // of nobody
			return "0000000000000"
		case p == "{nth}":
			return "1.pdf"
		case p == "{question...}":
			return "MA=="
		}
		t.Errorf("%s: say in path what is put for %s", pattern, p)
		return "x"
	})
}

// letter is the end of the address of a letter of the finished dossier.
func (s *scene) letter(t *testing.T) string {
	for _, x := range paper.Of(s.done, s.Procedures.Get(service).Kind()) {
		if name, ok := strings.CutPrefix(x.Path(), "letter/"); ok {
			return name
		}
	}
	t.Error("the finished dossier has no letter")
	return "x"
}

// ask sends a request as one of the roles, who has just come in.
func (s *scene) ask(t *testing.T, role string, r *http.Request) *httptest.ResponseRecorder {
	t.Helper()
	sort, scope := web.Browser, ""
	if role == "token" {
		sort, scope = web.Token, "read"
	}
	if sort == web.Browser && role != "nobody" && len(s.people[role].Grants) > 0 { // what is dangerous takes a second factor
		scope = "password app"
	}
	if role != "nobody" {
		var secret string
		err := s.DB.Write(t.Context(), func(tx *db.Tx) (err error) {
			secret, err = s.Sessions.Make(tx, sort, s.people[role].ID, scope, "", time.Hour)
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		if r.AddCookie(&http.Cookie{Name: "motcua", Value: secret}); role == "token" {
			r.Header.Del("Cookie")
			r.Header.Set("Authorization", "Bearer "+secret)
		}
	}
	r.RemoteAddr = fmt.Sprintf("10.0.0.%d:1", slices.Index(roles, role)+1) // each from a place of his own: guessing is counted by place
	w := httptest.NewRecorder()
	s.handler.ServeHTTP(w, r)
	return w
}
