// Package kerneltest opens a whole program for tests: the kernel over an empty
// database, the public services of the pack, a commune with its officials, and
// browsers that are signed in.
package kerneltest

import (
	"bytes"
	"context"
	"io/fs"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"testing/fstest"
	"time"

	"motcua/base/db"
	"motcua/base/id"
	"motcua/base/lang"
	"motcua/base/web"
	"motcua/kernel"
	"motcua/kernel/dossier"
	"motcua/kernel/play"
	"motcua/kernel/procedure"
	"motcua/kernel/who"
)

// The bodies of the rig: a commune, its neighbour, and the district above both.
const (
	Here  = "H26.002.00061"
	Away  = "H26.002.00070"
	Above = "H26.002"
)

// A Rig is a program with its people.
type Rig struct {
	*kernel.App
	Handler http.Handler
	People  map[string]who.Person // applicant, clerk, clerk2, officer, leader, admin, root, away
	Play    *play.Stage
	skew    atomic.Int64
}

// Monday is when the rig's clock starts: 9 in the morning of a working day.
var Monday = time.Date(2020, 3, 2, 2, 0, 0, 0, time.UTC)

// Open opens the program over url with the systems under test and the named
// services of the pack.
func Open(t testing.TB, url string, services []string, systems ...kernel.System) *Rig {
	t.Helper()
	return OpenCharging(t, url, "", services, systems...)
}

// OpenCharging is Open where fees are asked for by orders of this kind.
func OpenCharging(t testing.TB, url, orders string, services []string, systems ...kernel.System) *Rig {
	t.Helper()
	r := over(t, url, t.TempDir(), orders, services, systems...)
	r.people(t)
	return r
}

// Reopen opens the program over a database that a rig filled, without its people,
// as after a crash. Its clock starts on the same Monday.
func Reopen(t testing.TB, url string, services []string, systems ...kernel.System) *Rig {
	t.Helper()
	return over(t, url, t.TempDir(), "", services, systems...)
}

// Resume opens the program that a rig left in dir, files and all, for another
// process: with the people of these sign-in names.
func Resume(t testing.TB, url, dir string, logins, services []string, systems ...kernel.System) *Rig {
	t.Helper()
	r := over(t, url, dir, "", services, systems...)
	err := r.DB.Read(context.Background(), func(tx *db.Tx) (err error) {
		for _, login := range logins {
			if r.People[login], err = r.Book.ByLogin(tx, login); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func over(t testing.TB, url, dir, orders string, services []string, systems ...kernel.System) *Rig {
	t.Helper()
	ctx := context.Background()
	r := &Rig{People: map[string]who.Person{}}
	files := pack(t, services)
	p, err := kernel.ReadPack(files, country(), func(n string) bool { return len(n) == 12 && strings.Trim(n, "0123456789") == "" })
	if err != nil {
		t.Fatal(err)
	}
	began := time.Now()
	now := func() time.Time { return Monday.Add(time.Since(began)).Add(time.Duration(r.skew.Load())) }
	p.Law.Env.Today, p.Law.Orders = "2020-03-02", orders
	c := kernel.Config{DB: url, Dir: dir, URL: "https://x.example", Node: "x.example", Now: now, Secret: make([]byte, 32), Help: "1900 0000",
		Reach: []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}, Before: []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}}
	front := kernel.Front{Path: func(name string) string { return "/assets/" + name }, Files: http.NotFoundHandler()}
	if r.App, err = kernel.Open(ctx, c, p, front, append(systems, portal())); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { r.Close() })
	if r.Handler, err = r.App.Handler(); err != nil {
		t.Fatal(err)
	}
	r.Play = &play.Stage{App: r.App, Engine: r.Engine, Blobs: r.Blobs, Cast: r.People, Change: nil}
	return r
}

// Later moves the rig's clock.
func (r *Rig) Later(d time.Duration) { r.skew.Add(int64(d)) }

// pack is the country's pack on the disk, with the named services alone: each takes a while to compile.
// The name of a file is a service of the test's own.
func pack(t testing.TB, services []string) fs.FS {
	dir := filepath.Join(root(t), "packs/vn2020")
	out := fstest.MapFS{}
	names := []string{"calendar.yaml", "codes.yaml", "sectors.yaml", "events.yaml", "law.yaml", "clock.yaml", "levels.yaml", "forms.yaml", "letters.yaml", "accounts.yaml", "retention.yaml"}
	for _, s := range services {
		if b, err := os.ReadFile(s); err == nil { // a service of the test's own
			out["procedures/"+filepath.Base(s)] = &fstest.MapFile{Data: b}
			continue
		}
		names = append(names, "procedures/"+s+".yaml")
	}
	for _, name := range names {
		b, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil {
			t.Fatal(err)
		}
		out[name] = &fstest.MapFile{Data: b}
	}
	return out
}

// root is the folder of the module: a test runs in that of its package.
func root(t testing.TB) string {
	dir, err := os.Getwd()
	for err == nil {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			return dir
		}
		if dir == filepath.Dir(dir) {
			break
		}
		dir = filepath.Dir(dir)
	}
	t.Fatalf("no module above the test's folder: %v", err)
	return ""
}

func country() *who.Country {
	body := func(code, name, level, parent, unit string) who.Body {
		return who.Body{Code: code, Name: lang.Say(name), Level: level, Parent: parent, Unit: unit, Zone: "Asia/Ho_Chi_Minh"}
	}
	units := []who.Unit{{Code: "01", Name: "Hà Nội", Type: "city"}, {Code: "002", Name: "Hoàn Kiếm", Type: "district", Parent: "01"}}
	for code, name := range map[string]string{"00040": "Đồng Xuân", "00061": "Hàng Bạc", "00070": "Hàng Trống"} {
		units = append(units, who.Unit{Code: code, Name: name, Type: "ward", Parent: "002"})
	}
	return who.NewCountry([]who.Body{body("H26", "UBND thành phố Hà Nội", "province", "", "01"), body(Above, "UBND quận Hoàn Kiếm", "district", "H26", "002"),
		body(Here, "UBND phường Hàng Bạc", "commune", Above, "00061"), body(Away, "UBND phường Hàng Trống", "commune", Above, "00070"),
		body("H26.STP.001", "Sở Tư pháp", "department", "H26", "01")}, units, func(string) string { return "" })
}

// portal serves the kinds of the pack's services, as the portal does.
func portal() kernel.System {
	return kernel.System{Name: "portal", Schema: procedure.Schema(),
		Start: func(ctx context.Context, a *kernel.App) error {
			set, faults := procedure.Load(a.Pack.Files, a.Law)
			for _, f := range faults {
				return f
			}
			a.Procedures = set
			return set.Store(ctx, a.DB, a.Now())
		},
		Kinds: func(a *kernel.App) (all []*dossier.Kind, err error) {
			for _, x := range a.Procedures.All() {
				all = append(all, x.Kind())
			}
			return all, nil
		}}
}

// people registers the cast.
func (r *Rig) people(t testing.TB) {
	err := r.DB.Write(context.Background(), func(tx *db.Tx) error {
		for _, x := range []struct {
			login, name, body string
			roles             []who.Role
		}{
			{"applicant", "Nguyễn Văn Thử", "", nil},
			{"clerk", "Vũ Minh Châu", Here, []who.Role{who.Clerk}},
			{"clerk2", "Đỗ Thị Mận", Here, []who.Role{who.Clerk}},
			{"officer", "Lê Thu Hà", Here, []who.Role{who.Officer}},
			{"leader", "Trần Quốc Toàn", Here, []who.Role{who.Leader}},
			{"admin", "Phan Bảo Quản", Above, []who.Role{who.Admin}},
			{"root", "Gốc Hệ Thống", "", []who.Role{who.Admin}},
			{"away", "Hồ Ngoài", Away, []who.Role{who.Clerk, who.Officer, who.Leader}},
		} {
			p, err := r.Book.Add(tx, who.Person{}, who.Person{Login: x.login, Name: x.name, Number: map[string]string{"applicant": "001093000011"}[x.login]}, "")
			if err != nil {
				return err
			}
			for _, role := range x.roles {
				if err := r.Book.Grant(tx, who.Person{}, p.ID, role, x.body, 0, time.Time{}); err != nil {
					return err
				}
			}
			if r.People[x.login], err = r.Book.Find(tx, p.ID); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// File files the first example of a service as the applicant and returns the dossier.
func (r *Rig) File(t testing.TB, code string) *dossier.Dossier {
	t.Helper()
	p := r.Procedures.Get(code)
	d, err := r.Play.Open(context.Background(), p.Kind(), p.Examples[0])
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// Do is an act by one of the cast.
func (r *Rig) Do(t testing.TB, by string, n id.ID, act string, answers map[string]any) *dossier.Dossier {
	t.Helper()
	me, err := r.Book.Person(context.Background(), r.People[by].ID)
	if err != nil {
		t.Fatal(err)
	}
	d, err := r.Engine.Act(context.Background(), dossier.Order{Me: me, Dossier: n, Act: act, Answers: answers})
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// A Browser is a signed-in browser that follows no redirect by itself.
type Browser struct {
	t       testing.TB
	handler http.Handler
	cookie  *http.Cookie
}

// As signs one of the cast in; "" is a visitor.
func (r *Rig) As(t testing.TB, login string) *Browser {
	p, err := r.Book.Person(context.Background(), r.People[login].ID)
	if err == nil && slices.ContainsFunc(p.Grants, func(g who.Grant) bool { return g.Role.Dangerous() }) { // who has no second factor does not have these
		return r.Entered(t, login, who.Password, who.App)
	}
	return r.Entered(t, login)
}

// Entered signs one of the cast in as if by these ways.
func (r *Rig) Entered(t testing.TB, login string, ways ...who.Way) *Browser {
	t.Helper()
	b := &Browser{t: t, handler: r.Handler}
	if login == "" {
		return b
	}
	err := r.DB.Write(context.Background(), func(tx *db.Tx) error {
		secret, err := r.Sessions.Make(tx, web.Browser, r.People[login].ID, who.Scope(ways), "", 100*365*24*time.Hour)
		b.cookie = &http.Cookie{Name: r.Web.CookieName("motcua"), Value: secret}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// An Answer is what a browser got.
type Answer struct {
	Status int
	To     string // where a redirect leads
	Body   string
}

// Get opens a page; the place on it is not sent.
func (b *Browser) Get(path string) Answer {
	path, _, _ = strings.Cut(path, "#")
	return b.send(httptest.NewRequest("GET", path, nil))
}

// Post sends a form.
func (b *Browser) Post(path string, v url.Values) Answer {
	r := httptest.NewRequest("POST", path, strings.NewReader(v.Encode()))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	return b.send(r)
}

// Form sends a form with one file in it.
func (b *Browser) Form(path string, v url.Values, field, name string, file []byte) Answer {
	var body bytes.Buffer
	w := multipart.NewWriter(&body)
	for key, all := range v {
		for _, x := range all {
			w.WriteField(key, x)
		}
	}
	if field != "" {
		part, err := w.CreateFormFile(field, name)
		if err != nil {
			b.t.Fatal(err)
		}
		part.Write(file)
	}
	w.Close()
	r := httptest.NewRequest("POST", path, &body)
	r.Header.Set("Content-Type", w.FormDataContentType())
	return b.send(r)
}

func (b *Browser) send(r *http.Request) Answer {
	if b.cookie != nil {
		r.AddCookie(b.cookie)
	}
	w := httptest.NewRecorder()
	b.handler.ServeHTTP(w, r)
	return Answer{w.Code, w.Header().Get("Location"), w.Body.String()}
}

// Want fails the test unless the answer has this status and says these words.
func (a Answer) Want(t testing.TB, status int, words ...string) {
	t.Helper()
	if a.Status != status {
		t.Fatalf("status %d to %q, want %d\n%s", a.Status, a.To, status, a.Body)
	}
	for _, w := range words {
		if !strings.Contains(a.Body, w) {
			t.Errorf("the page does not say %q:\n%s", w, a.Body)
		}
	}
}

// Hidden is what the first hidden box of this name holds.
func (a Answer) Hidden(t testing.TB, name string) string {
	t.Helper()
	m := regexp.MustCompile(`type="hidden" name="` + regexp.QuoteMeta(name) + `" value="([^"]*)"`).FindStringSubmatch(a.Body)
	if m == nil {
		t.Fatalf("the page has no hidden %q:\n%s", name, a.Body)
	}
	return m[1]
}
