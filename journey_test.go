package main

import (
	"context"
	"fmt"
	"net/http"
	"os"
	"regexp"
	"strings"
	"testing"

	"motcua/base/data"
	"motcua/base/db"
	"motcua/base/db/dbtest"
	"motcua/base/id"
	"motcua/base/post"
	"motcua/base/web"
	"motcua/kernel"
	"motcua/kernel/dossier"
	"motcua/kernel/play"
	"motcua/kernel/procedure"
	"motcua/kernel/who"
	"motcua/walk"
)

// long says that whole campaigns are wanted, not slices of them.
var long = os.Getenv("MOTCUA_LONG") != ""

const password = "mot hai ba bon" // of the whole cast

// A town is the whole program with its people, who all have a password.
type town struct {
	*kernel.App
	handler http.Handler
	people  play.Cast
	org     id.ID
}

func newTown(t *testing.T, url string) *town {
	t.Helper()
	return newTownOf(t, testApp(t, url))
}

func newTownOf(t *testing.T, a *kernel.App) *town {
	t.Helper()
	w := &town{App: a}
	w.people, w.org = cast(t, a, exampleBodies(a))
	hash, err := a.Guard.Hash(t.Context(), who.Person{}, password)
	if err != nil {
		t.Fatal(err)
	}
	err = a.DB.Write(t.Context(), func(tx *db.Tx) error {
		for _, p := range w.people {
			if err := a.Book.SetPassword(tx, p, hash); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if w.handler, err = a.Handler(); err != nil {
		t.Fatal(err)
	}
	return w
}

// window is a plain window in which nobody has signed in.
func (w *town) window(t *testing.T) *walk.Plain {
	t.Helper()
	p, err := walk.NewPlain(w.handler, w.URL)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// signedIn is a plain window in which one of the cast came in by the door.
func (w *town) signedIn(t *testing.T, login string) *walk.Plain {
	t.Helper()
	p := w.window(t)
	if err := signIn(p, login); err != nil {
		t.Fatal(err)
	}
	w.sure(t)
	return p
}

// sure makes all who came in by a password as sure as two factors do: what is
// dangerous takes them, and stories are not about them (TestSecondFactor is).
func (w *town) sure(t testing.TB) {
	t.Helper()
	err := w.DB.Write(context.Background(), func(tx *db.Tx) error {
		_, err := tx.Exec(`update session set scope = 'password app' where sort = $1 and scope = 'password'`, string(web.Browser))
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

func signIn(w walk.Window, login string) error {
	p, err := w.Open("/sign-in")
	if err != nil {
		return err
	}
	form := func(p *walk.Page) *walk.Form { return p.Form("password") }
	_, err = walk.Send(w, p, form, walk.Answers{"login": login, "password": password}, nil, map[string]bool{})
	return err
}

// A told kind is a kind of dossier with the stories told of it and the page it is explained on.
type told struct {
	*dossier.Kind
	start   string
	stories []procedure.Example
}

// told are all kinds with stories: public services by their files, suggestions by their plays.
func (w *town) told(t *testing.T) (all []told) {
	t.Helper()
	for _, p := range w.Procedures.All() {
		all = append(all, told{p.Kind(), "/services/" + p.Code, p.Examples})
	}
	v := told{start: "/voice"}
	b, err := os.ReadFile("systems/voice/testdata/plays.yaml")
	if err == nil {
		err = data.Read("plays.yaml", b, &v.stories)
	}
	if err == nil {
		v.Kind, err = w.Kind("voice/suggestion", "")
	}
	if err != nil {
		t.Fatal(err)
	}
	return append(all, v)
}

// filing is what the applicant of a story would do in a window.
func (w *town) filing(t *testing.T, k told, x procedure.Example) walk.Filing {
	t.Helper()
	f := walk.Filing{Start: k.start, Body: x.Body, Answers: walk.Answers(x.Answers), Papers: samples(t, x.Papers),
		SignIn: walk.Answers{"login": x.Applicant, "password": password}}
	b, ok := w.Country.Body(x.Body)
	if !ok {
		t.Fatalf("example %q: no body %s", x.Name, x.Body)
	}
	for u, ok := w.Country.Unit(b.Unit); ok; u, ok = w.Country.Unit(u.Parent) {
		f.Places = append([]string{u.Code}, f.Places...)
	}
	f.Name = b.Name.In("vi")
	if x.Applicant == "business" {
		f.Org = w.org.String()
	}
	return f
}

// samples are the sample papers that a story names.
func samples(t *testing.T, papers map[string]string) map[string][]walk.File {
	t.Helper()
	out := map[string][]walk.File{}
	for paper, sort := range papers {
		f, err := play.Sample(sort)
		if err != nil {
			t.Fatal(err)
		}
		out[paper] = []walk.File{{Name: f.Name, Type: f.Type, Bytes: f.Bytes}}
	}
	return out
}

// signed confirms with a one-time code what its applicant has to sign, and is
// where he then comes to: the page itself where nothing is to be signed.
func (w *town) signed(t *testing.T, win walk.Window, p *walk.Page) *walk.Page {
	t.Helper()
	if !strings.HasPrefix(p.URL.Path, "/confirm/") {
		return p
	}
	with := func(name string) func(*walk.Page) *walk.Form {
		return func(p *walk.Page) *walk.Form {
			for _, f := range p.Forms() {
				if f.Control(name) != nil {
					return f
				}
			}
			return nil
		}
	}
	f := with("contact")(p)
	if f == nil {
		t.Fatalf("%s offers no code: %s", p.URL, p.Text())
	}
	p, err := win.Press(f, f.Main())
	if err != nil {
		t.Fatal(err)
	}
	all, err := post.List(t.Context(), w.DB, 0, 1)
	if err != nil || len(all) != 1 {
		t.Fatalf("%d messages, %v", len(all), err)
	}
	code := regexp.MustCompile(`\d{3} \d{3}`).FindString(all[0].Body)
	p, err = walk.Send(win, p, with("code"), walk.Answers{"code": code}, nil, map[string]bool{})
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// receipt is the dossier whose receipt the page is.
func (w *town) receipt(t *testing.T, p *walk.Page) *dossier.Dossier {
	t.Helper()
	n, err := id.Parse(strings.TrimPrefix(p.URL.Path, "/c/"))
	if err != nil {
		t.Fatalf("%s is no receipt: %d\n%s", p.URL, p.Status, p.Text())
	}
	d, err := w.Engine.Find(context.Background(), n)
	if err != nil {
		t.Fatal(err)
	}
	if !p.Says(d.Code) || !p.Says(d.Tail) {
		t.Errorf("the receipt does not show %s-%s", d.Code, d.Tail)
	}
	return d
}

// tell goes through the turns of a story, each person in a window of his own.
func (w *town) tell(t *testing.T, d *dossier.Dossier, x procedure.Example, windows map[string]walk.Window) {
	t.Helper()
	for i, turn := range x.Story {
		if turn.By == procedure.Payer {
			payOnline(t, w.App, d.ID)
			continue
		}
		who, at := turn.By, "/work/d/"
		if who == "applicant" {
			who, at = x.Applicant, "/c/"
		}
		if windows[who] == nil {
			windows[who] = w.signedIn(t, who)
		}
		if _, err := walk.Do(windows[who], at+d.ID.String(), turn.Act, walk.Answers(turn.Answers), samples(t, turn.Papers)); err != nil {
			t.Fatalf("turn %d, %s by %s: %v", i+1, turn.Act, turn.By, err)
		}
	}
	if err := w.Jobs.Drain(context.Background()); err != nil {
		t.Fatal(err)
	}
	end, err := w.Engine.Find(context.Background(), d.ID)
	if err != nil {
		t.Fatal(err)
	}
	if string(end.State) != x.Ends {
		t.Errorf("ends %s, the file says %s", end.State, x.Ends)
	}
}

// TestJourneys files examples of every procedure through the pages without a
// script, and tells their stories through the pages of those who decide: the
// first of each procedure, all of them when it may take long.
func TestJourneys(t *testing.T) {
	t.Parallel()
	dbtest.EachURL(t, func(t *testing.T, url string) {
		w := newTown(t, url)
		n := 0
		for _, k := range w.told(t) {
			for i, x := range k.stories {
				if i > 0 && !long {
					break
				}
				t.Run(fmt.Sprint(k.Name, " ", x.Name), func(t *testing.T) {
					mine := w.window(t)
					page, err := w.filing(t, k, x).Submit(mine)
					if err != nil {
						t.Fatal(err)
					}
					d := w.receipt(t, w.signed(t, mine, page))
					w.tell(t, d, x, map[string]walk.Window{x.Applicant: mine})
					n++
				})
			}
		}
		if n < 9 {
			t.Errorf("%d stories were told, want one of each kind at least", n)
		}
	})
}
