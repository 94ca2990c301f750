//go:build linux

package prove

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

// A siege kills the program before a crowd again and again, and looks each time
// where the kill fell.
type siege struct {
	t      *testing.T
	site   *site
	crowd  *crowd
	mails  *sink
	victim *program
	fallen map[string]*fall // by point
	ready  []time.Duration  // from each start to readiness
}

// A fall counts what was found where the kills of one point fell.
type fall struct {
	Kills    int            `json:"kills"`
	Cut      map[string]int `json:"cut"`      // asks whose connection broke: sort and phase
	Waiting  int            `json:"waiting"`  // kills that left acts without a number
	Unsigned int            `json:"unsigned"` // kills that left numbers no checkpoint covers
	Jobs     int            `json:"jobs"`     // kills that left a job in hand
	Half     int            `json:"half"`     // kills that left half a file
	Held     int            `json:"held"`     // kills of a program held in the middle of a transaction
	Young    int            `json:"young"`    // kills before the program was ready
}

// newSiege founds a node on url and lets a crowd of n at it, made by as
// what it should be.
func newSiege(t *testing.T, url string, n int, as ...func(*crowd)) *siege {
	s := &siege{t: t, site: found(t, url, "0"), mails: newSink(t), fallen: map[string]*fall{}}
	s.start()
	s.crowd = newCrowd(t, s.site, s.victim.url)
	for _, set := range as {
		set(s.crowd)
	}
	s.crowd.begin(n)
	return s
}

// start starts the next victim and waits until it is ready.
func (s *siege) start() {
	s.t.Helper()
	began := time.Now()
	s.victim = s.begin()
	s.victim.ready()
	s.ready = append(s.ready, time.Since(began))
}

func (s *siege) begin() *program { return s.site.serve(s.t, "--smtp", "smtp://"+s.mails.address) }

// kill kills the victim at p once the crowd had an answer of it, and starts the next one.
func (s *siege) kill(p point) {
	s.t.Helper()
	f := s.fallen[p.name]
	if f == nil {
		f = &fall{Cut: map[string]int{}}
		s.fallen[p.name] = f
	}
	_, left := s.site.files(s.t)
	s.answered()
	s.crowd.under.Store(f)
	p.strike(s, f)
	if s.victim.alive() {
		s.victim.kill()
	}
	f.Kills++
	s.look(f, left)
	s.start()
}

// answered waits until the crowd gets answers from this victim.
func (s *siege) answered() {
	s.t.Helper()
	had := s.told()
	s.wait("the crowd gets no answers", func() bool { return s.told() > had })
}

func (s *siege) told() int {
	s.crowd.mu.Lock()
	defer s.crowd.mu.Unlock()
	return len(s.crowd.told)
}

func (s *siege) wait(why string, until func() bool) {
	s.t.Helper()
	for end := time.Now().Add(20 * time.Second); !until(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(end) || s.t.Failed() {
			s.t.Fatal(why)
		}
	}
}

// look finds traces of where the kill fell, in what the victim left behind.
// What SQLite left is looked at in a copy, so that the next program finds it as it was.
func (s *siege) look(f *fall, left []string) {
	s.t.Helper()
	_, half := s.site.files(s.t)
	if len(half) > len(left) {
		f.Half++
	}
	seen := *s.site
	if !seen.postgres() {
		dir := s.t.TempDir()
		defer os.RemoveAll(dir)
		seen.db = filepath.Join(dir, "left.db")
		for _, end := range []string{"", "-wal"} {
			copyFile(s.t, s.site.db+end, seen.db+end)
		}
	}
	d := seen.sql(s.t)
	defer d.Close()
	for _, x := range []struct {
		into *int
		q    string
	}{
		{&f.Waiting, `select count(*) from ledger_open`},
		{&f.Unsigned, `select n - coalesce((select max(size) from ledger_checkpoint), 0) from ledger_size`},
		{&f.Jobs, `select count(*) from job where not fresh and tries > 0 and at is not null`},
	} {
		n := 0
		if err := d.QueryRow(x.q).Scan(&n); err != nil {
			s.t.Fatalf("%s: %v", x.q, err)
		}
		if n > 0 {
			*x.into++
		}
	}
}

func copyFile(t testing.TB, from, to string) {
	t.Helper()
	in, err := os.Open(from)
	if os.IsNotExist(err) {
		return
	}
	if err != nil {
		t.Fatal(err)
	}
	defer in.Close()
	out, err := os.Create(to)
	if err == nil {
		_, err = io.Copy(out, in)
	}
	if err != nil {
		t.Fatal(err)
	}
	out.Close()
}

// String is the histogram.
func (s *siege) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%-28s %5s %7s %9s %5s %5s %5s %6s  cut asks\n", "where", "kills", "waiting", "unsigned", "jobs", "half", "held", "young")
	for _, p := range points() {
		f := s.fallen[p.name]
		if f == nil {
			continue
		}
		var cut []string
		for _, sort := range []string{"upload", "file", "receive", "propose", "approve"} {
			for _, phase := range []string{before, after} {
				if n := f.Cut[sort+" "+phase]; n > 0 {
					cut = append(cut, fmt.Sprintf("%d %s %s", n, sort, phase))
				}
			}
		}
		fmt.Fprintf(&b, "%-28s %5d %7d %9d %5d %5d %5d %6d  %s\n", p.name, f.Kills, f.Waiting, f.Unsigned, f.Jobs, f.Half, f.Held, f.Young, strings.Join(cut, ", "))
	}
	slices.Sort(s.ready)
	fmt.Fprintf(&b, "ready again after %v (median), %v (longest)\n", s.ready[len(s.ready)/2].Round(time.Millisecond), s.ready[len(s.ready)-1].Round(time.Millisecond))
	return b.String()
}
