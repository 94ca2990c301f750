package sync

import (
	"encoding/json"
	"fmt"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"motcua/base/db"
	"motcua/base/db/dbtest"
	"motcua/base/lang"
	"motcua/base/post"
	"motcua/base/web"
	"motcua/kernel/doubt"
	"motcua/kernel/inbox"
	"motcua/kernel/kerneltest"
	"motcua/kernel/reported"
	"motcua/kernel/track"
	"motcua/kernel/who"
	"motcua/systems/sync/account"
)

// A node is the rig with a body whose software reports to it.
type node struct {
	*kerneltest.Rig
	token string
}

func open(t *testing.T, url string) *node {
	t.Helper()
	n := &node{Rig: kerneltest.Open(t, url, nil, System(), reported.System(), track.System(), inbox.System(), doubt.System())}
	err := n.DB.Write(t.Context(), func(tx *db.Tx) (err error) {
		p, err := n.Book.Add(tx, who.Person{}, who.Person{Login: "head", Name: "Trần Văn Trưởng", Email: "head@example.vn", Lang: lang.EN}, "")
		if err == nil {
			err = n.Book.Grant(tx, who.Person{}, p.ID, who.Leader, kerneltest.Here, 0, time.Time{})
		}
		n.token = ""
		if err == nil {
			n.token, err = n.Sessions.Make(tx, web.Token, n.People["officer"].ID, scope, "software", 10_000*time.Hour)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// call is a request of the body's software.
func (n *node) call(t *testing.T, method, path, media, body string, want int) string {
	t.Helper()
	r := httptest.NewRequest(method, path, strings.NewReader(body))
	r.Header.Set("Authorization", "Bearer "+n.token)
	r.Header.Set("Content-Type", media)
	w := httptest.NewRecorder()
	n.Handler.ServeHTTP(w, r)
	if w.Code != want {
		t.Fatalf("%s %s: got %d, want %d\n%s", method, path, w.Code, want, w.Body)
	}
	return w.Body.String()
}

// line is what the software reports of its dossier i, opened at the rig's first day.
func line(i, version, state int) string {
	ended := ""
	if state == 9 {
		ended = `,"ended_at":"2020-03-03T09:00:00+07:00"`
	}
	return fmt.Sprintf(`{"code":"HB-%03d","version":%d,"procedure":"1.001193","channel":"counter","applicant":"Nguyễn Văn Thử","applicant_number":"001093000011","received_at":"2020-03-02T08:30:00+07:00","state":%d%s}`+"\n", i, version, state, ended)
}

func (n *node) report(t *testing.T, lines ...string) {
	t.Helper()
	got := n.call(t, "POST", "/api/v1/sync/dossiers", "application/x-ndjson", strings.Join(lines, ""), 200)
	if strings.Count(got, `"stored"`)+strings.Count(got, `"unchanged"`) != len(lines) {
		t.Fatal(got)
	}
}

func (n *node) look(t *testing.T) {
	t.Helper()
	if err := account.Look(t.Context(), n.App); err != nil {
		t.Fatal(err)
	}
}

// mails are the subjects in the outbox, the newest first.
func (n *node) mails(t *testing.T) (all []string) {
	t.Helper()
	list, err := post.List(t.Context(), n.DB, 0, 50)
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range list {
		if m.To == "head@example.vn" {
			all = append(all, m.Subject)
		}
	}
	return all
}

const days = "/api/v1/sync/statement?from=2020-03-02&to=2020-03-02"

func TestWhatABodySaysIsComparedWithWhatIsHere(t *testing.T) {
	dbtest.EachURL(t, func(t *testing.T, url string) {
		n := open(t, url)
		n.report(t, line(1, 1, 4), line(2, 3, 4), line(3, 1, 4), line(4, 1, 4), line(5, 2, 4))
		const account = "\ufeffcode,version,state\nHB-001,1,4\nHB-002,4,9\nHB-003,1,5\nHB-005,1,2\nHB-006,1,2\n"
		var got statementSaid
		if err := json.Unmarshal([]byte(n.call(t, "POST", days, "text/csv", account, 200)), &got); err != nil {
			t.Fatal(err)
		}
		var said []string
		for _, d := range got.Differences {
			said = append(said, d.What+" "+d.Code)
		}
		if want := "missing_here HB-006, missing_there HB-004, behind HB-002, state HB-003"; strings.Join(said, ", ") != want || got.Said != 5 || got.Here != 5 || got.Open != 4 {
			t.Errorf("got %v, %+v\nwant %s", said, got, want)
		}

		// The body's officials see each by its code; others only how it stands.
		page := n.As(t, "clerk").Get("/work/sync/" + kerneltest.Here)
		page.Want(t, 200, "HB-006", "Thiếu tại đây", "Thiếu trong bảng kê", "Tại đây cũ hơn", "Khác trạng thái", "02/03/2020")
		away := n.As(t, "away").Get("/work/sync/" + kerneltest.Here)
		if away.Want(t, 200, "UBND phường Hàng Bạc"); strings.Contains(away.Body, "HB-006") {
			t.Error("the neighbour is told codes")
		}
		n.As(t, "root").Get("/work/sync/"+kerneltest.Here).Want(t, 200, "HB-006")
		n.As(t, "applicant").Get("/work/sync").Want(t, 403)

		// Four of five differ: an alarm, a mail, once.
		n.look(t)
		n.look(t)
		if got := n.mails(t); len(got) != 1 || !strings.Contains(got[0], "differ") {
			t.Fatalf("mails %v", got)
		}
		n.As(t, "away").Get("/work/sync").Want(t, 200, "Lệch nhiều")

		// What is reported settles its difference; what the body does not count, its next account.
		n.report(t, line(6, 1, 2), line(2, 4, 9), line(3, 2, 5))
		n.look(t)
		if err := json.Unmarshal([]byte(n.call(t, "GET", "/api/v1/sync/statement", "", "", 200)), &got); err != nil || got.Open != 1 || got.Differences[0].Code != "HB-004" {
			t.Errorf("after the lines: %+v, %v", got, err)
		}
		n.call(t, "POST", days, "application/x-ndjson", line(1, 1, 4)+line(2, 4, 9)+line(3, 2, 5)+line(4, 1, 4)+line(5, 2, 4)+line(5, 1, 4)+line(6, 1, 2), 200)
		n.look(t)
		if got := n.mails(t); len(got) != 2 || !strings.Contains(got[0], "agree again") {
			t.Errorf("mails %v", got)
		}
		n.As(t, "clerk").Get("/work/sync/"+kerneltest.Here).Want(t, 200, "Không còn hồ sơ nào lệch", "Cảnh báo đã qua")
		found, err := n.Engine.Projections(t.Context(), false)
		if err != nil || len(found) > 0 {
			t.Errorf("doctor: %v %v", found, err)
		}
	})
}

func TestAnOfficialBringsAnAccountAsAFile(t *testing.T) {
	n := open(t, dbtest.SQLite(t))
	n.report(t, line(1, 1, 4), line(2, 1, 4))
	at := "/work/sync/" + kerneltest.Here
	days := map[string][]string{"from.day": {"2"}, "from.month": {"3"}, "from.year": {"2020"}, "to.day": {"2"}, "to.month": {"3"}, "to.year": {"2020"}}
	clerk := n.As(t, "clerk")
	clerk.Form(at, days, "file", "a.csv", []byte("code,version,state\nHB-001,1,4\nHB-002,x,4\nHB-003,1,44\n")).Want(t, 422, "Dòng 3: Phiên bản", "Dòng 4: Trạng thái")
	clerk.Form(at, days, "file", "a.csv", []byte("code,state\n")).Want(t, 422, "Thiếu cột version")
	clerk.Form(at, map[string][]string{}, "file", "a.csv", []byte("code,version,state\n")).Want(t, 422, "Hãy ghi ngày")
	clerk.Form(at, days, "file", "a.csv", []byte("code,version,state\nHB-001,1,4\n")).Want(t, 303)
	clerk.Get(at).Want(t, 200, "HB-002", "Thiếu trong bảng kê")
	n.As(t, "away").Form(at, days, "file", "a.csv", []byte("code,version,state\n")).Want(t, 403)
	n.As(t, "root").Form(at, days, "file", "a.csv", []byte("code,version,state\n")).Want(t, 403)
}

func TestWrongAccountsAreRefusedWhole(t *testing.T) {
	n := open(t, dbtest.SQLite(t))
	for _, c := range []struct{ path, media, body, at string }{
		{days, "text/csv", "code,version,state\nA,1,4\n\"x\n", "/3"}, {days, "text/csv", "code,version,state\n,1,4\n", "/2/code"},
		{days, "application/x-ndjson", "{}\n", "/1/code"}, {days, "application/x-ndjson", "7\n", "/1"},
		{days, "application/x-ndjson", `{"code":"A","version":1,"state":4,"body":"` + kerneltest.Away + `"}`, "/body"},
		{"/api/v1/sync/statement?from=2020-03-02", "text/csv", "", "/to"}, {"/api/v1/sync/statement?from=2020-03-02&to=2021-03-03", "text/csv", "", "/to"},
		{"/api/v1/sync/statement?from=2020-03-02&to=2020-03-01", "text/csv", "", "/to"},
	} {
		if got := n.call(t, "POST", c.path, c.media, c.body, 422); !strings.Contains(got, `"`+c.at+`"`) {
			t.Errorf("%.60q: got %s, want %s", c.body, got, c.at)
		}
	}
	n.call(t, "POST", days, "application/json", "{}", 415)
	n.call(t, "POST", days+"&body="+kerneltest.Away, "text/csv", "", 403)
	n.call(t, "GET", "/api/v1/sync/statement", "", "", 404)
}

func TestSilenceIsToldAndItsEnd(t *testing.T) {
	dbtest.EachURL(t, func(t *testing.T, url string) {
		n := open(t, url)
		for range 4 { // it reports every two hours of a day
			n.report(t, line(1, 1, 4))
			n.Later(2 * time.Hour)
		}
		n.look(t)
		n.Later(14 * time.Hour) // to the next morning: nobody works at night
		n.look(t)
		if got := n.mails(t); len(got) != 0 {
			t.Fatalf("a night is told as silence: %v", got)
		}
		n.Later(9 * time.Hour)
		n.look(t)
		n.look(t)
		if got := n.mails(t); len(got) != 1 || !strings.Contains(got[0], "stopped reporting") {
			t.Fatalf("after a day: %v", got)
		}
		n.As(t, "officer").Get("/work/sync/"+kerneltest.Here).Want(t, 200, "Im lặng")
		n.report(t, line(1, 1, 4))
		n.look(t)
		if got := n.mails(t); len(got) != 2 || !strings.Contains(got[0], "reports again") {
			t.Errorf("after it reported: %v", got)
		}
	})
}
