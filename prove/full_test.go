//go:build linux

package prove

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"motcua/base/db/dbtest"
)

// smallDisk is a folder on a disk of its own with 24 MB.
func smallDisk(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	if err := syscall.Mount("tmpfs", dir, "tmpfs", 0, "size=24m"); err != nil {
		t.Skipf("only root can make a small disk: %v", err)
	}
	t.Cleanup(func() { syscall.Unmount(dir, syscall.MNT_DETACH) })
	return dir
}

// fill writes until not one byte more fits; free makes room again.
func fill(t *testing.T, dir string) (free func()) {
	t.Helper()
	ballast := filepath.Join(dir, "ballast")
	f, err := os.Create(ballast)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	for size := 1 << 20; size > 0; {
		if _, err := f.Write(make([]byte, size)); errors.Is(err, syscall.ENOSPC) {
			size /= 2
		} else if err != nil {
			t.Fatal(err)
		}
	}
	return func() {
		if err := os.Remove(ballast); err != nil {
			t.Fatal(err)
		}
	}
}

// TestAFullDisk fills the disk under a crowd that files: writing is refused in
// words, reading goes on, and once there is room everything works again,
// without a restart and without a loss.
func TestAFullDisk(t *testing.T) {
	t.Parallel()
	disk := smallDisk(t)
	s := foundIn(t, filepath.Join(disk, "node"), filepath.Join(disk, "node.db"), "0")
	p := s.serve(t)
	p.ready()
	c := newCrowd(t, s, p.url)
	citizen, clerk := caller{c.call.http, s.tokens["citizen"]}, caller{c.call.http, s.tokens["clerk"]}
	m := &member{n: 100}
	up := &ask{sort: "upload", role: "citizen", path: "/api/v1/files?name=paper.pdf", body: pdf("before", 1000)}
	if !c.insist(m, up) {
		return
	}
	first := c.filing(m, up.id)
	if !c.insist(m, first) {
		return
	}
	c.begin(4)
	time.Sleep(300 * time.Millisecond)
	free := fill(t, disk)

	m.round++
	refusedWith := func(what string, r reply, err error) {
		t.Helper()
		var problem struct {
			Title, Detail string
			Status        int
		}
		if err == nil {
			err = r.into(&problem)
		}
		if err != nil || r.status != 503 || r.header.Get("Content-Type") != "application/problem+json" || problem.Status != 503 || r.header.Get("Retry-After") == "" {
			t.Errorf("%s: %v %s %v", what, err, r, r.header)
		}
		if !strings.Contains(problem.Detail, "hết chỗ") { // the first language, when nobody asks for another
			t.Errorf("%s is refused with %q", what, problem.Detail)
		}
	}
	// Some bytes may be left in a page of the journal: the first refusal comes soon.
	var r reply
	var err error
	for range 200 {
		a := c.filing(m, up.id)
		a.key = m.key("file")
		if r, err = citizen.post(t.Context(), p.url+a.path, a.key, a.body); err != nil || r.status != 201 {
			break
		}
		c.keep(a, r)
		m.round++
	}
	refusedWith("a filing", r, err)
	r, err = citizen.post(t.Context(), p.url+"/api/v1/files?name=paper.pdf", "", pdf("full", 100<<10))
	refusedWith("an upload", r, err)

	page := page(t, c.call.http, p.url, s.tokens["citizen"], "en", c.birth.body)
	if page.status != 503 || !strings.HasPrefix(page.header.Get("Content-Type"), "text/html") || !strings.Contains(string(page.body), "run out of storage") || !strings.Contains(string(page.body), `lang="en"`) {
		t.Errorf("a page answers %s", page)
	}
	for _, x := range []struct {
		who  caller
		path string
	}{{citizen, "/"}, {citizen, "/api/v1/dossiers/" + first.id}, {citizen, "/api/v1/dossiers"}, {clerk, "/api/v1/dossiers"},
		{citizen, "/services?q=khai+sinh"}, {citizen, "/healthz"}, {citizen, "/ledger/checkpoint"}} {
		if r, err := x.who.get(t.Context(), p.url+x.path); err != nil || r.status != 200 {
			t.Errorf("reading %s with a full disk: %v %s", x.path, err, r)
		}
	}

	free()
	began := time.Now()
	m.round++
	again := c.filing(m, up.id)
	if !c.insist(m, again) || !c.insist(m, &ask{sort: "upload", role: "citizen", path: "/api/v1/files?name=paper.pdf", body: pdf("after", 100<<10)}) {
		return
	}
	if took := time.Since(began); took > 10*time.Second {
		t.Errorf("writing took %v to come back", took)
	}
	c.end()
	c.judge(p.url).clean(t)
	if code := p.stop(); code != 0 {
		t.Errorf("exit code %d", code)
	}
	s.sound(t, "free disk") // which is small
}

// page posts the form that begins a filing, as a browser that reads lang does.
func page(t *testing.T, h *http.Client, at, token, lang, body string) reply {
	t.Helper()
	q, err := http.NewRequestWithContext(context.Background(), "POST", at+"/start/portal/"+service, strings.NewReader(url.Values{"body": {body}}.Encode()))
	if err != nil {
		t.Fatal(err)
	}
	q.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	q.Header.Set("Authorization", "Bearer "+token)
	q.Header.Set("Accept-Language", lang)
	a, err := h.Do(q)
	if err != nil {
		t.Fatal(err)
	}
	defer a.Body.Close()
	b, err := io.ReadAll(a.Body)
	if err != nil {
		t.Fatal(err)
	}
	return reply{a.StatusCode, a.Header, b}
}

// TestAFullFolder fills the disk of the files alone, as where the database is
// another machine's: uploads are refused in words, filing goes on.
func TestAFullFolder(t *testing.T) {
	t.Parallel()
	disk := smallDisk(t)
	s := foundIn(t, filepath.Join(disk, "node"), dbtest.Postgres(t), "0")
	p := s.serve(t)
	p.ready()
	c := newCrowd(t, s, p.url)
	citizen := caller{c.call.http, s.tokens["citizen"]}
	m := &member{n: 100}
	up := &ask{sort: "upload", role: "citizen", path: "/api/v1/files?name=paper.pdf", body: pdf("before", 1000)}
	if !c.insist(m, up) {
		return
	}
	free := fill(t, disk)
	r, err := citizen.post(t.Context(), p.url+"/api/v1/files?name=paper.pdf", "", pdf("full", 100<<10))
	if err != nil || r.status != 503 || !strings.Contains(string(r.body), "hết chỗ") {
		t.Errorf("an upload: %v %s", err, r)
	}
	c.insist(m, c.filing(m, up.id))
	free()
	m.round++
	c.insist(m, &ask{sort: "upload", role: "citizen", path: "/api/v1/files?name=paper.pdf", body: pdf("after", 100<<10)})
	if _, half := s.files(t); len(half) > 0 {
		t.Errorf("left behind: %v", half)
	}
	c.judge(p.url).clean(t)
	if code := p.stop(); code != 0 {
		t.Errorf("exit code %d", code)
	}
	s.sound(t)
}
