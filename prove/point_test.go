//go:build linux

package prove

import (
	"context"
	"database/sql"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"sync/atomic"
	"syscall"
	"time"
	"unsafe"
)

// A point is a place in the program's work where it is killed.
type point struct {
	name   string
	of20   int // kills there of every twenty
	strike func(*siege, *fall)
}

// points are how the program dies. Nothing in it knows of them: an answer is
// heard and withheld, a file is seen growing, a trigger holds a transaction
// (docs/decisions/kill-points.md).
func points() []point {
	return []point{
		{"at random", 6, atRandom},
		{"while starting", 2, whileStarting},
		{"after commit before answer", 4, beforeAnswer},
		{"in a blob write", 3, inBlobWrite},
		{"in a filing", 1, func(s *siege, f *fall) { s.heldIn(f, "ledger_open") }},
		{"in the sequencer", 2, func(s *siege, f *fall) { s.heldIn(f, "ledger_entry") }},
		{"in a migration", 2, inMigration},
	}
}

func atRandom(s *siege, _ *fall) { time.Sleep(20*time.Millisecond + rand.N(380*time.Millisecond)) }

// whileStarting stops the victim in good order and kills the next before it is ready.
func whileStarting(s *siege, f *fall) {
	if code := s.victim.stop(); code != 0 {
		s.t.Errorf("stopped under load, exit code %d: %s", code, &s.victim.err)
	}
	s.victim = s.begin()
	time.Sleep(rand.N(250 * time.Millisecond))
	soon, cancel := context.WithTimeout(s.t.Context(), 20*time.Millisecond)
	defer cancel()
	if r, err := s.crowd.call.get(soon, s.victim.url+"/healthz"); err != nil || r.status != 200 {
		f.Young++
	}
}

// beforeAnswer kills the victim when a filing's answer is on its way: the
// filing is committed, and whoever filed does not know.
func beforeAnswer(s *siege, _ *fall) {
	var first atomic.Bool
	coming, dead := make(chan struct{}), make(chan struct{})
	heard := func(a *ask) bool {
		if a.sort != "file" || !first.CompareAndSwap(false, true) {
			return true
		}
		close(coming)
		<-dead
		return false
	}
	s.crowd.heard.Store(&heard)
	defer s.crowd.heard.Store(nil)
	defer close(dead)
	select {
	case <-coming:
	case <-time.After(20 * time.Second):
		s.t.Error("nobody files")
	}
	s.victim.kill()
}

// inBlobWrite kills the victim while a large file is on its way to the store.
func inBlobWrite(s *siege, _ *fall) {
	n, err := syscall.InotifyInit1(syscall.IN_CLOEXEC | syscall.IN_NONBLOCK)
	if err != nil {
		s.t.Fatal(err)
	}
	watch := os.NewFile(uintptr(n), "inotify")
	defer watch.Close()
	dir := filepath.Join(s.site.dir, "files", "tmp")
	if _, err := syscall.InotifyAddWatch(n, dir, syscall.IN_MODIFY); err != nil {
		s.t.Fatal(err)
	}
	m := &member{n: 1000 + s.told()}
	s.crowd.wg.Go(func() {
		s.crowd.insist(m, upload(fmt.Sprint(m.n), 20<<20))
	})
	watch.SetReadDeadline(time.Now().Add(20 * time.Second))
	for b := make([]byte, 4096); ; {
		n, err := watch.Read(b)
		if err != nil {
			s.t.Fatalf("no file is written: %v", err)
		}
		e := (*syscall.InotifyEvent)(unsafe.Pointer(&b[0]))
		if n < syscall.SizeofInotifyEvent+int(e.Len) {
			continue
		}
		name := b[syscall.SizeofInotifyEvent : syscall.SizeofInotifyEvent+int(e.Len)]
		if i, err := os.Stat(filepath.Join(dir, string(name[:clen(name)]))); err == nil && i.Size() > 64<<10 {
			s.victim.kill()
			return
		}
	}
}

func clen(b []byte) int {
	for i, c := range b {
		if c == 0 {
			return i
		}
	}
	return len(b)
}

// heldIn kills the victim in the middle of a transaction that writes to table.
func (s *siege) heldIn(f *fall, table string) {
	free := s.site.hold(s, table)
	s.waitHeld()
	f.Held++
	s.victim.kill()
	free()
}

// inMigration takes a package's table away, as an older program would have left
// the database, and kills the next one while it makes the table.
func inMigration(s *siege, f *fall) {
	s.victim.stop()
	s.site.change(s.t, `drop table find_synonym`, `delete from goose_find where version_id > 0`)
	free := s.site.hold(s, "goose_find")
	s.victim = s.begin()
	s.waitHeld()
	f.Held++
	f.Young++
	s.victim.kill()
	free()
}

// hold makes whoever next inserts into table wait there for ever, inside his
// transaction. free takes the trigger away.
func (site *site) hold(s *siege, table string) (free func()) {
	s.t.Helper()
	if site.postgres() {
		site.change(s.t, `create function prove_hold() returns trigger language plpgsql as 'begin perform pg_sleep(600); return new; end'`,
			`create trigger prove_hold before insert on `+table+` for each row execute function prove_hold()`)
		return func() {
			site.change(s.t, `select pg_terminate_backend(pid) from pg_stat_activity where wait_event = 'PgSleep' and datname = current_database()`,
				`drop function prove_hold() cascade`)
		}
	}
	site.change(s.t, `create view prove_forever as with recursive c(n) as (select 1 union all select n + 1 from c) select count(*) as n from c`,
		`create trigger prove_hold before insert on `+table+` begin select n from prove_forever; end`)
	return func() { site.change(s.t, `drop trigger prove_hold`, `drop view prove_forever`) }
}

// waitHeld waits until the victim is seen inside the held transaction: asleep
// in the trigger, or as the writer whom nobody else can follow.
func (s *siege) waitHeld() {
	s.t.Helper()
	d := s.site.sql(s.t)
	defer d.Close()
	held := func() bool {
		n := 0
		err := d.QueryRow(`select count(*) from pg_stat_activity where wait_event = 'PgSleep' and datname = current_database()`).Scan(&n)
		return err == nil && n > 0
	}
	if !s.site.postgres() {
		d, err := sql.Open("sqlite", "file:"+s.site.db+"?_txlock=immediate&_pragma=busy_timeout(0)")
		if err != nil {
			s.t.Fatal(err)
		}
		defer d.Close()
		held = func() bool {
			for range 12 {
				if tx, err := d.BeginTx(context.Background(), nil); err == nil {
					tx.Rollback()
					return false
				}
				time.Sleep(10 * time.Millisecond)
			}
			return true
		}
	}
	s.wait("nobody is held", held)
	if !s.victim.alive() {
		s.t.Fatalf("the victim ended by itself: %s", &s.victim.err)
	}
}
