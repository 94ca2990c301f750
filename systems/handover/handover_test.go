package handover

import (
	"bytes"
	"context"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"motcua/base/call"
	"motcua/base/db"
	"motcua/base/db/dbtest"
	"motcua/base/id"
	"motcua/base/web"
	"motcua/kernel/api"
	"motcua/kernel/desk"
	"motcua/kernel/dossier"
	"motcua/kernel/doubt"
	"motcua/kernel/inbox"
	"motcua/kernel/kerneltest"
	"motcua/kernel/paper"
	"motcua/kernel/procedure"
	"motcua/kernel/track"
	"motcua/kernel/who"
	"motcua/systems/handover/register"
)

const birth = "1.001193"

// A stage is the rig with a body that keeps its own software.
type stage struct {
	*kerneltest.Rig
	h      *house
	c      register.Connection
	secret call.Secret
	token  string // of the software
}

func each(t *testing.T, way register.Way, f func(t *testing.T, s *stage)) {
	dbtest.EachURL(t, func(t *testing.T, url string) { f(t, open(t, url, way)) })
}

func open(t testing.TB, dbURL string, way register.Way) *stage {
	t.Helper()
	s := &stage{h: new(house)}
	s.Rig = kerneltest.Open(t, dbURL, []string{"birth"}, api.System(), track.System(), paper.System(), inbox.System(), desk.System(), doubt.System(), s.h.system())
	s.c = register.Connection{Body: kerneltest.Here, Way: way, Kinds: []string{"portal/" + birth}}
	if way != register.Pull {
		s.c.URL = "https://software.example/in"
	}
	err := s.DB.Write(t.Context(), func(tx *db.Tx) (err error) {
		if s.c, s.secret, err = s.h.register.Connect(tx, s.People["root"], s.c); err != nil {
			return err
		}
		s.token, err = s.Sessions.Make(tx, web.Token, s.c.Account, "read write", "", 1000*time.Hour)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// call is a request of the software; into gets the answer.
func (s *stage) call(t *testing.T, token, method, path, body string, want int, into any) string {
	t.Helper()
	r := httptest.NewRequest(method, path, strings.NewReader(body))
	r.Header.Set("Authorization", "Bearer "+token)
	r.Header.Set("Content-Type", "application/json")
	w := httptest.NewRecorder()
	s.Handler.ServeHTTP(w, r)
	if w.Code != want {
		t.Fatalf("%s %s: got %d, want %d\n%s", method, path, w.Code, want, w.Body)
	}
	if into != nil {
		if err := json.Unmarshal(w.Body.Bytes(), into); err != nil {
			t.Fatalf("%s %s: %v\n%s", method, path, err, w.Body)
		}
	}
	return w.Body.String()
}

// tokenOf is a token of somebody.
func (s *stage) tokenOf(t *testing.T, n id.ID) (secret string) {
	t.Helper()
	err := s.DB.Write(t.Context(), func(tx *db.Tx) (err error) {
		secret, err = s.Sessions.Make(tx, web.Token, n, "read write", "", 1000*time.Hour)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return secret
}

type list struct {
	Items []Waiting
	Next  string
}

func TestAPulledDossierIsWaitingUntilTheBodyGivesItsNumber(t *testing.T) {
	each(t, register.Pull, func(t *testing.T, s *stage) {
		d := s.File(t, birth)
		if d.State != "elsewhere-sent" || !d.Elsewhere {
			t.Fatalf("state %q, elsewhere %v", d.State, d.Elsewhere)
		}
		me := s.As(t, "applicant")
		page := "/c/" + d.ID.String()
		me.Get(page).Want(t, 200, "Đang chờ UBND phường Hàng Bạc nhận, từ")
		if got := me.Get(page); strings.Contains(got.Body, "Đã nhận hồ sơ") || strings.Contains(got.Body, "Đã tiếp nhận") {
			t.Error("the page says that the body has it")
		}
		me.Get(page+"/receipt.pdf").Want(t, 404)
		s.As(t, "clerk").Get("/work?view=desk").Want(t, 200, d.Subject)

		var l list
		s.call(t, s.token, "GET", "/api/v1/handover", "", 200, &l)
		if len(l.Items) != 1 || l.Items[0].Dossier != d.ID.String() || l.Items[0].Why != "filed" || !l.Items[0].Since.Equal(d.Opened) {
			t.Fatalf("got %+v", l)
		}
		var p Package
		s.call(t, s.token, "GET", "/api/v1/handover/"+d.ID.String(), "", 200, &p)
		if p.Waiting == nil || p.Applicant.Number != "001093000011" || p.FormVersion != d.KindVersion || len(p.Form) == 0 || len(p.Dossier.Papers) == 0 {
			t.Errorf("got %+v", p)
		}
		for _, files := range p.Dossier.Papers {
			for _, f := range files {
				if got := s.call(t, s.token, "GET", f.Href, "", 200, nil); int64(len(got)) != f.Size {
					t.Errorf("%s: got %d bytes, want %d", f.Name, len(got), f.Size)
				}
			}
		}
		ack := "/api/v1/handover/" + d.ID.String() + "/acknowledge"
		s.call(t, s.token, "POST", ack, `{"number": ""}`, 422, nil)
		for range 2 { // the second changes nothing
			p = Package{}
			s.call(t, s.token, "POST", ack, `{"number": "HB-7"}`, 200, &p)
		}
		if p.Number != "HB-7" || p.Waiting != nil || p.Dossier.State != "elsewhere-held" || p.Dossier.Version != 2 {
			t.Errorf("got %+v", p)
		}
		s.call(t, s.token, "POST", ack, `{"number": "HB-8"}`, 409, nil)
		l = list{}
		if s.call(t, s.token, "GET", "/api/v1/handover", "", 200, &l); len(l.Items) != 0 {
			t.Errorf("still waiting: %+v", l)
		}
		me.Get(page).Want(t, 200, "Số tại UBND phường Hàng Bạc: HB-7")
		if got := me.Get(page); !strings.Contains(got.Body, "receipt.pdf") {
			t.Error("there is no receipt now that the body has it")
		}
		s.sound(t)
	})
}

// sound asks that what the acts add up to is what the tables hold.
func (s *stage) sound(t *testing.T) {
	t.Helper()
	found, err := s.Engine.Projections(context.Background(), false)
	if err != nil || len(found) > 0 {
		t.Errorf("projections: %v %v", found, err)
	}
}

func TestNobodyElseSeesWhatWaits(t *testing.T) {
	s := open(t, dbtest.SQLite(t), register.Pull)
	d := s.File(t, birth)
	token := func(login string) string { return s.tokenOf(t, s.People[login].ID) }
	var l list
	if s.call(t, token("away"), "GET", "/api/v1/handover", "", 200, &l); len(l.Items) != 0 {
		t.Errorf("the neighbour is told: %+v", l)
	}
	for login, want := range map[string]int{"away": 404, "officer": 403, "applicant": 403} {
		s.call(t, token(login), "GET", "/api/v1/handover/"+d.ID.String(), "", want, nil)
		s.call(t, token(login), "POST", "/api/v1/handover/"+d.ID.String()+"/acknowledge", `{"number": "1"}`, want, nil)
	}
	if got := s.People["clerk"]; !got.Is(who.Clerk, kerneltest.Here) {
		t.Fatal("the clerk is none")
	}
	s.call(t, "", "GET", "/api/v1/handover", "", http.StatusUnauthorized, nil)
}

func TestAWholeDossierThroughTheBodysSoftware(t *testing.T) {
	each(t, register.Pull, func(t *testing.T, s *stage) {
		d := s.File(t, birth)
		at := "/api/v1/handover/" + d.ID.String()
		acts := "/api/v1/dossiers/" + d.ID.String() + "/acts"
		said := func(body, state string, national int) {
			t.Helper()
			var x api.Dossier
			s.call(t, s.token, "POST", acts, body, 200, &x)
			if x.State != state || x.NationalState != national {
				t.Errorf("after %s: %s %d, want %s %d", body, x.State, x.NationalState, state, national)
			}
		}
		s.call(t, s.token, "POST", at+"/acknowledge", `{"number": "HB-1"}`, 200, nil)
		s.Later(time.Hour)
		said(`{"act": "receive"}`, "elsewhere-received", 2)
		said(`{"act": "progress", "answers": {"doing": "Cán bộ hộ tịch đang xem xét"}}`, "elsewhere-carried", 4)
		said(`{"act": "supplement", "answers": {"reasons": [{"ref": "mother_name", "text": "Sai dấu", "fix": "Ghi đúng theo thẻ"}]}}`, "elsewhere-asked", 5)
		s.As(t, "applicant").Get("/c/"+d.ID.String()).Want(t, 200, "Sai dấu")
		s.Later(time.Hour)
		s.Do(t, "applicant", d.ID, "supply", map[string]any{"mother_name": "Lê Thị Đúng"})
		var l list
		s.call(t, s.token, "GET", "/api/v1/handover", "", 200, &l)
		if len(l.Items) != 1 || l.Items[0].Why != "supplied" {
			t.Fatalf("the addition does not wait: %+v", l)
		}
		s.call(t, s.token, "POST", at+"/acknowledge", `{"number": "HB-1"}`, 200, nil)
		said(`{"act": "finish", "answers": {"outcome": "Giấy khai sinh số 12/2020, nhận tại UBND phường"}}`, "elsewhere-finished", 9)
		said(`{"act": "return"}`, "elsewhere-returned", 10)
		s.As(t, "applicant").Get("/c/"+d.ID.String()).Want(t, 200)
		s.sound(t)
	})
}

func TestWhatIsWithdrawnIsToldAndWhatIsTakenBackIsNot(t *testing.T) {
	each(t, register.Pull, func(t *testing.T, s *stage) {
		first, second := s.File(t, birth), s.File(t, birth)
		s.call(t, s.token, "POST", "/api/v1/handover/"+first.ID.String()+"/acknowledge", `{"number": "1"}`, 200, nil)
		s.Do(t, "applicant", first.ID, "withdraw", nil)
		if d := s.Do(t, "clerk", second.ID, "takeback", nil); d.State != "submitted" {
			t.Errorf("taken back, it is %q", d.State)
		}
		var l list
		s.call(t, s.token, "GET", "/api/v1/handover", "", 200, &l)
		if len(l.Items) != 1 || l.Items[0].Why != "withdrawn" || l.Items[0].Dossier != first.ID.String() {
			t.Fatalf("got %+v", l)
		}
		s.call(t, s.token, "POST", "/api/v1/handover/"+first.ID.String()+"/acknowledge", `{"number": "1"}`, 200, nil)
		l = list{}
		if s.call(t, s.token, "GET", "/api/v1/handover", "", 200, &l); len(l.Items) != 0 {
			t.Errorf("got %+v", l)
		}
		if d := s.Do(t, "clerk", second.ID, "receive", nil); d.State != "look" && d.State == "elsewhere-received" {
			t.Errorf("the clerk received it into %q", d.State)
		}
		s.sound(t)
	})
}

func TestWhoAdministersTheNodeChoosesABody(t *testing.T) {
	s := open(t, dbtest.SQLite(t), register.Pull)
	link := `href="/handover?body=` + kerneltest.Here + `"`
	root := s.As(t, "root")
	if a := root.Get("/handover"); a.Status != http.StatusOK || !strings.Contains(a.Body, link) {
		t.Errorf("the connected body is not offered: %d\n%s", a.Status, a.Body)
	}
	if a := root.Get("/handover?q=khong+co+ten+nay"); a.Status != http.StatusOK || strings.Count(a.Body, `href="/handover?body=`) != 1 {
		t.Errorf("a name that nobody bears: %d, %d bodies", a.Status, strings.Count(a.Body, `href="/handover?body=`))
	}
	if a := root.Get("/handover?body=" + kerneltest.Here); a.Status != http.StatusOK || !strings.Contains(a.Body, s.c.ID.String()+"/end") {
		t.Errorf("the body's page: %d\n%s", a.Status, a.Body)
	}
	if a := s.As(t, "clerk").Get("/handover"); a.Status != http.StatusOK || strings.Contains(a.Body, "/end") {
		t.Errorf("a clerk sees his body and changes nothing: %d", a.Status)
	}
}

func TestWhatWaitsFollowsTheBodyThatCarriesOn(t *testing.T) {
	each(t, register.Pull, func(t *testing.T, s *stage) {
		d := s.File(t, birth)
		to, _ := s.Country.Body(kerneltest.Away)
		err := s.DB.Write(t.Context(), func(tx *db.Tx) error {
			if err := s.Engine.Succeed(tx, d.ID, to, "merged"); err != nil {
				return err
			}
			return s.Book.Grant(tx, s.People["root"], s.c.Account, who.Clerk, to.Code, 0, time.Time{})
		})
		if err != nil {
			t.Fatal(err)
		}
		var l list
		if s.call(t, s.tokenOf(t, s.People["clerk"].ID), "GET", "/api/v1/handover", "", 200, &l); len(l.Items) != 0 {
			t.Errorf("the body that ended still has it: %+v", l)
		}
		l = list{}
		if s.call(t, s.token, "GET", "/api/v1/handover", "", 200, &l); len(l.Items) != 1 || l.Items[0].Body != to.Code {
			t.Fatalf("got %+v", l)
		}
		s.call(t, s.token, "POST", "/api/v1/handover/"+d.ID.String()+"/acknowledge", `{"number": "NEW-1"}`, 200, nil)
		s.sound(t)
	})
}

// What a receiver of webhooks answers is a stranger's.
func FuzzAnswered(f *testing.F) {
	f.Add([]byte(`{"number": "HB-1"}`))
	f.Add([]byte(`{"number": 7}`))
	f.Add([]byte(`{"number": "\u0000`))
	f.Fuzz(func(t *testing.T, b []byte) {
		if n := number(b); len(n) > 80 || n != "" && !json.Valid(b) {
			t.Errorf("%q: %q", b, n)
		}
	})
}

// FuzzAcknowledge sends any bytes as the body of an acknowledgement. Taken, the
// dossier has the number that was sent, and no other is taken afterwards;
// refused, nothing has changed, and it is not our fault.
func FuzzAcknowledge(f *testing.F) {
	s := open(f, dbtest.SQLite(f), register.Pull)
	for _, seed := range []string{`{"number": "HB-1"}`, `{"number": " HB-1 "}`, `{"number": ""}`, `{"number": " "}`, `{"number": 7}`, `{"number": null}`, `{"number": "a", "number": "b"}`, `{"NUMBER": "a"}`,
		`{"number": "\u0000"}`, `{"number": "\ud800"}`, `{"number": "a\nb"}`, `{"number": "` + strings.Repeat("ệ", 80) + `"}`, `{"number": "` + strings.Repeat("ệ", 81) + `"}`, "", "null", "[]", "{", `{"number": ` + strings.Repeat("[", 1000)} {
		f.Add([]byte(seed))
	}
	var d *dossier.Dossier
	f.Fuzz(func(t *testing.T, b []byte) {
		if d == nil || d.Version > 1 {
			d = s.File(t, birth)
		}
		at := "/api/v1/handover/" + d.ID.String() + "/acknowledge"
		send := func(b []byte) *httptest.ResponseRecorder {
			r := httptest.NewRequest("POST", at, bytes.NewReader(b))
			r.Header.Set("Authorization", "Bearer "+s.token)
			r.Header.Set("Content-Type", "application/json")
			w := httptest.NewRecorder()
			s.Handler.ServeHTTP(w, r)
			return w
		}
		w := send(b)
		now, err := s.Engine.Find(t.Context(), d.ID)
		if err != nil {
			t.Fatal(err)
		}
		d = now
		had, _ := d.Desk[procedure.NumberField].(string)
		switch {
		case w.Code == http.StatusOK:
			if had == "" || strings.TrimSpace(had) != had || utf8.RuneCountInString(had) > 80 || d.Version != 2 {
				t.Errorf("%q is taken as %q, version %d", b, had, d.Version)
			}
			if again := send(b); again.Code != http.StatusOK {
				t.Errorf("%q again: %d %s", b, again.Code, again.Body)
			}
			if other := send([]byte(`{"number": "another"}`)); other.Code != http.StatusConflict && had != "another" {
				t.Errorf("another number after %q: %d", had, other.Code)
			}
		case w.Code < 400 || w.Code >= 500 || !json.Valid(w.Body.Bytes()):
			t.Errorf("%q: %d %s", b, w.Code, w.Body)
		case had != "" || d.Version != 1:
			t.Errorf("%q is refused by %d and changes the dossier: %q, version %d", b, w.Code, had, d.Version)
		}
	})
}
