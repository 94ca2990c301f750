//go:build linux

package prove

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"motcua/bench/nation"
)

// TestSendersResume lets 78 bodies report a nation's dossiers while the program
// is killed -9 again and again: each goes on from its first unanswered line, and
// in the end every dossier is there exactly once, as its body last said.
func TestSendersResume(t *testing.T) {
	if long {
		for _, url := range []string{t.TempDir() + "/node.db"} {
			sizes, kills := 1_900_000, 5
			if n, err := strconv.Atoi(os.Getenv("MOTCUA_SYNC_N")); err == nil {
				sizes = n
			}
			sendersResume(t, url, sizes, kills)
		}
		return
	}
	each(t, func(t *testing.T, url string) { sendersResume(t, url, 4000, 2) })
}

func sendersResume(t *testing.T, url string, size, kills int) {
	s := found(t, url, "0")
	n := nation.New(2020, size)
	token := s.reporter(t, n)
	p := s.serve(t)
	p.ready()
	c := &senders{n: n, url: p.url, token: token}
	var all sync.WaitGroup
	next := make(chan int)
	began := time.Now()
	for range 8 {
		all.Go(func() {
			for k := range next {
				c.report(k)
			}
		})
	}
	over := make(chan struct{})
	go func() {
		for k := range n.Senders {
			next <- k
		}
		close(next)
		all.Wait()
		close(over)
	}()
	fallen := 0
	for k := range kills {
		for c.answered.Load() < int64(size*(k+1)/(kills+1)) {
			time.Sleep(20 * time.Millisecond)
		}
		p.kill()
		fallen++
		p = s.serve(t)
		p.ready()
	}
	<-over
	took := time.Since(began)
	if code := p.stop(); code != 0 {
		t.Errorf("exit code %d: %s", code, &p.err)
	}
	if bad := c.bad.Load(); bad != nil {
		t.Errorf("%s", *bad)
	}
	if got := strings.TrimSpace(s.text(t, `select count(*) from mirror`)); got != strconv.Itoa(size) {
		t.Errorf("%s dossiers are here, want %d", got, size)
	}
	wrong := c.compare(t, s)
	s.sound(t)
	record{Proof: fmt.Sprintf("%d dossiers of 78 senders in %s, the program killed -9 %d times; %d lines answered twice, %d dossiers other than last reported; doctor found nothing",
		size, took.Round(time.Second), fallen, c.answered.Load()-int64(c.lines()), wrong), Database: s.kind(), N: kills}.keep(t, "sync-"+s.kind())
	t.Logf("%d dossiers in %s, %d kills, %d answers", size, took.Round(time.Second), fallen, c.answered.Load())
}

// TestSendGoesOn sends a file with wrong lines by the command while the program
// is killed: the journal knows where to go on, and the rejects are named.
func TestSendGoesOn(t *testing.T) {
	t.Parallel()
	s := found(t, t.TempDir()+"/node.db", "0")
	n := nation.New(5, 6000)
	token := s.reporter(t, n)
	file := filepath.Join(t.TempDir(), "friday.ndjson")
	var b []byte
	for i := range n.Senders[0].Count {
		if b = append(n.Line(b, 0, i, 1), '\n'); i == 100 {
			b = append(b, "\n{\"code\":\"x\"}\nnot a line\n"...)
		}
	}
	if err := os.WriteFile(file, append(b, '\n'), 0o600); err != nil {
		t.Fatal(err)
	}
	p := s.serve(t)
	p.ready()
	told := make(chan result)
	go func() {
		told <- run(t, "sync", "send", file, "--url", p.url, "--token", token, "--body", n.Senders[0].Body)
	}()
	for end := time.Now().Add(30 * time.Second); strings.TrimSpace(s.text(t, `select count(*) from mirror`)) == "0" && time.Now().Before(end); {
		time.Sleep(5 * time.Millisecond)
	}
	p.kill()
	p = s.serve(t)
	p.ready()
	r := <-told
	if r.code != 1 || !strings.Contains(r.err, "rejected: 2") {
		t.Errorf("got %s", r)
	}
	rejects, err := os.ReadFile(file + ".rejected")
	if err != nil || !strings.Contains(string(rejects), ":103 ") || !strings.Contains(string(rejects), ":104 ") {
		t.Errorf("rejects: %s, %v", rejects, err)
	}
	if got := strings.TrimSpace(s.text(t, `select count(*) from mirror`)); got != strconv.Itoa(n.Senders[0].Count) {
		t.Errorf("%s dossiers are here, want %d", got, n.Senders[0].Count)
	}
	if _, err := os.Stat(file + ".journal"); err == nil {
		t.Error("the journal is left")
	}
	if r := run(t, "sync", "send", file, "--url", p.url, "--token", s.tokens["officer"], "--body", n.Senders[0].Body); r.code != 1 || !strings.Contains(r.err, "403") {
		t.Errorf("a token without the scope: %s", r)
	}
	p.stop()
}

// reporter is the token of a program that reports for every sender.
func (s *site) reporter(t *testing.T, n *nation.Nation) string {
	t.Helper()
	r := run(t, s.flags("token", "create", "--login", "officer", "--scope", "sync")...)
	if r.code != 0 {
		t.Fatal(r)
	}
	name := strings.TrimSpace(s.text(t, `select name from person where login = 'officer'`))
	list := "login,name,body,role\n"
	for _, x := range n.Senders {
		list += fmt.Sprintf("officer,%s,%s,officer\n", name, x.Body)
	}
	file := filepath.Join(t.TempDir(), "people.csv")
	if err := os.WriteFile(file, []byte(list), 0o600); err != nil {
		t.Fatal(err)
	}
	if took := run(t, s.flags("import", "--by", "admin", "people", file)...); took.code != 0 || !strings.Contains(took.out, `"rejected":0`) {
		t.Fatal(took)
	}
	return strings.TrimSpace(r.out)
}

// senders report what the nation has.
type senders struct {
	n          *nation.Nation
	url, token string
	answered   atomic.Int64
	bad        atomic.Pointer[string]
}

// lines is how many lines all senders have: each dossier, and its late correction.
func (c *senders) lines() (all int) {
	for k, s := range c.n.Senders {
		for i := range s.Count {
			if all++; c.n.Corrected(k, i) {
				all++
			}
		}
	}
	return all
}

// report sends everything of one sender, from its first unanswered line on,
// until all is answered: the dossiers, then the corrections.
func (c *senders) report(k int) {
	s := c.n.Senders[k]
	total := s.Count
	var late []int
	for i := range s.Count {
		if c.n.Corrected(k, i) {
			late = append(late, i)
		}
	}
	total += len(late)
	for done := 0; done < total; {
		at := done
		in, out := io.Pipe()
		go func() {
			w := bufio.NewWriterSize(out, 64<<10)
			var line []byte
			for i := at; i < total; i++ {
				if i < s.Count {
					line = c.n.Line(line[:0], k, i, 1)
				} else {
					line = c.n.Line(line[:0], k, late[i-s.Count], 2)
				}
				if _, err := w.Write(append(line, '\n')); err != nil {
					break
				}
			}
			out.CloseWithError(w.Flush())
		}()
		q, err := http.NewRequest("POST", c.url+"/api/v1/sync/dossiers?body="+s.Body, in)
		if err != nil {
			panic(err)
		}
		q.Header.Set("Authorization", "Bearer "+c.token)
		q.Header.Set("Content-Type", "application/x-ndjson")
		a, err := http.DefaultClient.Do(q)
		if err != nil {
			in.Close()
			time.Sleep(50 * time.Millisecond)
			continue
		}
		for r := bufio.NewReader(a.Body); ; {
			b, err := r.ReadBytes('\n')
			if err != nil {
				break
			}
			var said struct {
				Line   int
				Status string
			}
			if json.Unmarshal(b, &said) != nil || said.Line != done-at+1 || said.Status != "stored" && said.Status != "unchanged" && said.Status != "stale" {
				if a.StatusCode == 200 {
					text := fmt.Sprintf("%s: line %d: %s", s.Body, done-at+1, b)
					c.bad.Store(&text)
					a.Body.Close()
					in.Close()
					return
				}
				break
			}
			done++
			c.answered.Add(1)
		}
		a.Body.Close()
		in.Close()
		time.Sleep(10 * time.Millisecond)
	}
}

// compare looks at every dossier: its version and state are those last reported.
func (c *senders) compare(t *testing.T, s *site) (wrong int) {
	d := s.sql(t)
	defer d.Close()
	rows, err := d.QueryContext(t.Context(), `select body, code, version, state from mirror order by id`)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	place := map[string]int{}
	for k, x := range c.n.Senders {
		place[x.Body] = k
	}
	for rows.Next() {
		var body, code string
		var version, state int
		if err := rows.Scan(&body, &code, &version, &state); err != nil {
			t.Fatal(err)
		}
		i, _ := strconv.Atoi(code[strings.LastIndexByte(code, '-')+1:])
		want := 1
		if c.n.Corrected(place[body], i-1) {
			want = 2
		}
		var said struct{ State int }
		if err := json.Unmarshal(c.n.Line(nil, place[body], i-1, want), &said); err != nil || version != want || state != said.State {
			if wrong++; wrong < 5 {
				t.Errorf("%s: version %d in state %d, want %d in %d", code, version, state, want, said.State)
			}
		}
	}
	return wrong
}
