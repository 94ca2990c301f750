//go:build linux

package prove

import (
	"errors"
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
	if err := syscall.Mount("tmpfs", dir, "tmpfs", 0, "size=48m"); err != nil {
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

// refused tries until there is really no room and asserts that this is said:
// 503, when to try again, and why.
func refused(t *testing.T, what, says string, try func() reply) (r reply) {
	t.Helper()
	for range 200 {
		if r = try(); r.status/100 > 3 {
			break
		}
	}
	if r.status != 503 || r.header.Get("Retry-After") == "" || !strings.Contains(string(r.body), says) {
		t.Errorf("%s with a full disk: %s, want 503 and %q", what, r, says)
	}
	if media := r.header.Get("Content-Type"); !strings.HasPrefix(media, "text/html") && media != "application/problem+json" {
		t.Errorf("%s is refused as %s", what, media)
	}
	return r
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
	citizen := c.as("citizen")
	m := &member{n: 100}
	up := upload("before", 1000)
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

	// Some bytes may be left, or come back: the refusal comes soon.
	m.round++
	refused(t, "a filing", "hết chỗ", func() reply {
		a := c.filing(m, up.id)
		a.key = m.key("file")
		r, err := citizen.post(t.Context(), p.url+a.path, a.key, a.body)
		if err == nil && r.status == 201 {
			c.keep(a, r)
			m.round++
		}
		return r
	})
	refused(t, "an upload", "hết chỗ", func() reply {
		r, _ := citizen.post(t.Context(), p.url+"/api/v1/files?name=paper.pdf", "", pdf("full", 100<<10))
		return r
	})
	english := citizen
	english.lang = "en"
	r := refused(t, "a page", "run out of storage", func() reply {
		r, _ := english.form(t.Context(), p.url+"/start/portal/"+service, values("body", c.birth.body))
		return r
	})
	if !strings.HasPrefix(r.header.Get("Content-Type"), "text/html") || !strings.Contains(string(r.body), `lang="en"`) {
		t.Errorf("a page answers %v %s", r.header, r)
	}
	for _, x := range []struct {
		who  caller
		path string
	}{{citizen, "/"}, {citizen, "/api/v1/dossiers/" + first.id}, {citizen, "/api/v1/dossiers"},
		{citizen, "/services?q=khai+sinh"}, {citizen, "/healthz"}, {citizen, "/ledger/checkpoint"}} {
		if r, err := x.who.get(t.Context(), p.url+x.path); err != nil || r.status != 200 {
			t.Errorf("reading %s with a full disk: %v %s", x.path, err, r)
		}
	}
	// What an official reads of people is written down first: nothing is shown that cannot be.
	refused(t, "an official's look at people", "hết chỗ", func() reply {
		r, _ := c.as("clerk").get(t.Context(), p.url+"/api/v1/dossiers")
		return r
	})

	free()
	began := time.Now()
	m.round++
	again := c.filing(m, up.id)
	if !c.insist(m, again) || !c.insist(m, upload("after", 100<<10)) {
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

// TestAFullFolder fills the disk of the files alone, as where the database is
// another machine's: uploads are refused in words, filing goes on.
func TestAFullFolder(t *testing.T) {
	t.Parallel()
	disk := smallDisk(t)
	s := foundIn(t, filepath.Join(disk, "node"), dbtest.Postgres(t), "0")
	p := s.serve(t)
	p.ready()
	c := newCrowd(t, s, p.url)
	m := &member{n: 100}
	up := upload("before", 1000)
	if !c.insist(m, up) {
		return
	}
	free := fill(t, disk)
	refused(t, "an upload", "hết chỗ", func() reply {
		r, _ := c.as("citizen").post(t.Context(), p.url+"/api/v1/files?name=paper.pdf", "", pdf("full", 100<<10))
		return r
	})
	c.insist(m, c.filing(m, up.id))
	free()
	m.round++
	c.insist(m, upload("after", 100<<10))
	if _, half := s.files(t); len(half) > 0 {
		t.Errorf("left behind: %v", half)
	}
	c.judge(p.url).clean(t)
	if code := p.stop(); code != 0 {
		t.Errorf("exit code %d", code)
	}
	s.sound(t)
}
