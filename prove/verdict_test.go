//go:build linux

package prove

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"sync"
	"syscall"
	"testing"
)

// errWithheld is an answer that was on its way when its program died.
var errWithheld = errors.New("the answer never came")

// nobody reports whether nobody listened: nothing was sent, so nothing was cut.
func nobody(err error) bool { return errors.Is(err, syscall.ECONNREFUSED) }

// A verdict is what became of what was promised.
type verdict struct {
	Filed   int `json:"filed"` // acknowledged filings
	Acts    int `json:"acts"`  // acknowledged acts on them
	Files   int `json:"files"` // acknowledged uploads
	Lost    int `json:"lost"`
	Doubled int `json:"doubled"`

	faults []string
}

// clean asserts that nothing was lost or doubled.
func (v verdict) clean(t testing.TB) {
	t.Helper()
	for _, f := range v.faults[:min(len(v.faults), 10)] {
		t.Error(f)
	}
	if v.Lost+v.Doubled > 0 || v.Filed == 0 {
		t.Errorf("%d filed, %d lost, %d doubled", v.Filed, v.Lost, v.Doubled)
	}
}

// judge compares what the crowd was told with what the program at url now
// shows: every filing once, under its code, with the answers that were sent;
// every act once; every file as it was sent.
func (c *crowd) judge(at string) verdict {
	c.t.Helper()
	return c.judgeFirst(len(c.told), at)
}

// judgeFirst is judge where the first n promises must be kept and the others may be.
func (c *crowd) judgeFirst(n int, at string) (v verdict) {
	c.t.Helper()
	citizen, clerk := c.as("citizen"), c.as("clerk")
	shown := c.list(citizen, at)
	must, may := map[string][]string{}, map[string][]string{} // acts by dossier
	var filed, uploads []*ask
	codes, keys, known := map[string]string{}, map[string]bool{}, map[string]bool{}
	for i, a := range c.told {
		if keys[a.key] {
			c.t.Fatalf("the crowd used the key %s twice", a.key)
		}
		keys[a.key] = true
		switch a.sort {
		case "upload":
			if i < n {
				uploads = append(uploads, a)
			}
		case "file":
			known[a.id] = true
			if other := codes[a.code]; other != "" && a.code != "" {
				v.faults = append(v.faults, fmt.Sprintf("%s and %s have the code %s", other, a.key, a.code))
			}
			codes[a.code] = a.key
			if i < n {
				filed = append(filed, a)
			}
		default:
			id := a.path[len("/api/v1/dossiers/") : len(a.path)-len("/acts")]
			may[id] = append(may[id], a.sort)
			if i < n {
				must[id] = append(must[id], a.sort)
			}
		}
	}
	v.Filed, v.Files, v.Acts = len(filed), len(uploads), n-len(filed)-len(uploads)

	var mu sync.Mutex
	say := func(n *int, format string, args ...any) {
		mu.Lock()
		defer mu.Unlock()
		*n++
		v.faults = append(v.faults, fmt.Sprintf(format, args...))
	}
	papers := map[string]string{} // address by the hash that it must have
	inParallel(filed, func(a *ask) {
		var d dossier
		r, err := clerk.get(context.Background(), at+"/api/v1/dossiers/"+a.id)
		if err == nil {
			err = r.into(&d)
		}
		if err != nil || r.status != 200 || d.Code != a.code || len(d.Acts) == 0 {
			say(&v.Lost, "%s was acknowledged as %s %s: now %d, code %s, %v", a.key, a.id, a.code, r.status, d.Code, err)
			return
		}
		if d.Answers[name] != "Nguyễn "+a.key {
			say(&v.Lost, "%s: dossier %s holds the answers of %v", a.key, a.id, d.Answers[name])
		}
		var got []string
		for _, x := range d.Acts[1:] {
			got = append(got, x.Act)
		}
		switch want, most := must[a.id], may[a.id]; {
		case len(got) < len(want) || !slices.Equal(got[:len(want)], want):
			say(&v.Lost, "%s: the acts %v were acknowledged, there are %v", a.key, want, got)
		case len(got) > len(most) || !slices.Equal(got, most[:len(got)]):
			say(&v.Doubled, "%s: the acts %v were acknowledged, there are %v", a.key, most, got)
		}
		mu.Lock()
		defer mu.Unlock()
		for _, files := range d.Papers {
			papers[files[0].SHA256] = files[0].Href
		}
	})
	inParallel(shown, func(n string) {
		if known[n] {
			return
		}
		var d dossier
		if r, err := clerk.get(context.Background(), at+"/api/v1/dossiers/"+n); err == nil && r.status == 200 {
			r.into(&d)
		}
		say(&v.Doubled, "dossier %s of %v was never acknowledged: a double", n, d.Answers[name])
	})
	for _, a := range uploads {
		if href := papers[a.code]; href != "" {
			r, err := clerk.get(context.Background(), at+href)
			if sum := sha256.Sum256(r.body); err != nil || hex.EncodeToString(sum[:]) != a.code {
				say(&v.Lost, "%s: the file is not what was sent: %d, %v", a.key, r.status, err)
			}
		}
	}
	return v
}

// list is the ids of all births that who filed.
func (c *crowd) list(who caller, at string) (all []string) {
	c.t.Helper()
	for cursor := ""; ; {
		var page struct {
			Items []struct{ ID, Kind string }
			Next  string
		}
		r, err := who.get(context.Background(), at+"/api/v1/dossiers?limit=200&cursor="+url.QueryEscape(cursor))
		if err == nil {
			err = r.into(&page)
		}
		if err != nil || r.status != 200 {
			c.t.Fatalf("no list: %v %s", err, r)
		}
		for _, d := range page.Items {
			if d.Kind == "portal/"+service { // the founders may have filed other things
				all = append(all, d.ID)
			}
		}
		if cursor = page.Next; cursor == "" {
			return all
		}
	}
}

// letters asserts that each acknowledged act that is news to the applicant wrote
// him one letter, and tells how many these are.
func (c *crowd) letters(s *site) (news int) {
	c.t.Helper()
	for _, a := range c.told {
		if a.sort == "file" || a.sort == "receive" || a.sort == "approve" {
			news++
		}
	}
	if n := s.mails(c.t) - s.letters; n != news {
		c.t.Errorf("%d acts were news, and %d letters were written", news, n)
	}
	return news
}

// inParallel calls f with each of all, eight at a time.
func inParallel[T any](all []T, f func(T)) {
	var wg sync.WaitGroup
	turn := make(chan struct{}, 8)
	for _, x := range all {
		turn <- struct{}{}
		wg.Go(func() { f(x); <-turn })
	}
	wg.Wait()
}
