package main

import (
	"fmt"
	"strings"
	"testing"

	"motcua/base/db/dbtest"
)

// TestStreamAboutDossiersFiledHere reports through the door of the stream on a
// dossier that was filed here: its applicant sees it, others cannot move it, and
// the body's account counts it.
func TestStreamAboutDossiersFiledHere(t *testing.T) {
	t.Parallel()
	dbtest.EachURL(t, func(t *testing.T, url string) {
		w := newWorld(t, url)
		x := example(t, w, birth, "returned")
		software(t, w)
		d := w.file(t, birth, x).json()
		body, sync := x["body"].(string), w.program(t, "clerk", "sync")
		line := func(version, state int, more string) string {
			return fmt.Sprintf(`{"code":"HB-1","version":%d,"origin":%q,"procedure":%q,"channel":"online","applicant":"Trần Thị Mẫu","received_at":"2020-03-03T08:30:00+07:00","state":%d%s}`+"\n",
				version, d["code"], birth, state, more)
		}
		send := func(p *program, path, media, text string) string {
			t.Helper()
			return string(p.want(200, "POST", path, []byte(text), "Content-Type", media).body)
		}
		answers := send(sync, "/api/v1/sync/dossiers?body="+body, "application/x-ndjson",
			line(2, 4, "")+line(1, 2, "")+"not a line\n"+line(2, 4, "")+line(3, 9, `,"ended_at":"2020-03-04T08:00:00+07:00"`)+line(4, 2, ""))
		var said []string
		for _, one := range strings.Split(strings.TrimSpace(answers), "\n") {
			_, status, _ := strings.Cut(one, `"status":"`)
			status, _, _ = strings.Cut(status, `"`)
			said = append(said, status)
		}
		if got, want := strings.Join(said, " "), "stored stale rejected unchanged stored rejected"; got != want {
			t.Errorf("got %q, want %q\n%s", got, want, answers)
		}
		seen := w.people["citizen"].want(200, "GET", "/api/v1/dossiers/"+d["id"].(string), nil).json()
		if seen["state"] != "elsewhere-finished" || seen["version"] != 4.0 {
			t.Errorf("the applicant sees %v at %v", seen["state"], seen["version"])
		}
		account := func(text string) string {
			t.Helper()
			return send(sync, "/api/v1/sync/statement?from=2020-03-03&to=2020-03-03&body="+body, "text/csv", "code,version,state\n"+text)
		}
		if got := account("HB-1,3,9\n"); !strings.Contains(got, `"here":1,"open":0,`) {
			t.Errorf("the account differs: %s", got)
		}
		if got := account("HB-1,4,10\nHB-2,1,4\n"); !strings.Contains(got, `"behind"`) || strings.Count(got, `"missing_here"`) != 1 {
			t.Errorf("what differs: %s", got)
		}
		if got := account(""); !strings.Contains(got, `"missing_there"`) {
			t.Errorf("what differs: %s", got)
		}
	})
}
