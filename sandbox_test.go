package main

import (
	"path/filepath"
	"testing"
	"time"

	"motcua/base/db/dbtest"
	"motcua/base/id"
	"motcua/systems/demo"
)

// TestTheSandboxsClockBringsDeadlines files in a demo, puts its clock forward,
// and finds what time does to a dossier that nobody looks at.
func TestTheSandboxsClockBringsDeadlines(t *testing.T) {
	file := filepath.Join(t.TempDir(), "clock")
	clock, err := demo.OpenClock(file)
	if err != nil {
		t.Fatal(err)
	}
	set := defaults()
	set.Dir, set.DB, set.demo, set.now = t.TempDir(), dbtest.SQLite(t), true, clock.Now
	set.finish()
	a, err := open(t.Context(), set, demo.System(clock, nil))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { a.Close() })
	a.Jobs.Now, a.Calls.Now = clock.Now, clock.Now
	w := newWorldOf(t, a)
	filed := w.file(t, birth, example(t, w, birth, "returned")).json()
	n, err := id.Parse(filed["id"].(string))
	if err != nil {
		t.Fatal(err)
	}
	acts := func() int {
		t.Helper()
		w.settle(t)
		d, err := a.Engine.Find(t.Context(), n)
		if err != nil {
			t.Fatal(err)
		}
		return d.Version
	}
	before := acts()
	clerk := w.program(t, "clerk", "read write")
	clerk.rules = nil // the address is of a demo alone
	for _, by := range []string{"", "-1h", "x", "9000h"} {
		clerk.want(422, "POST", "/api/v1/sandbox/clock?by="+by, nil)
	}
	keys := w.people["citizen"]
	keys.rules = nil
	keys.want(403, "POST", "/api/v1/sandbox/clock?by=1h", nil)
	clerk.want(200, "POST", "/api/v1/sandbox/clock?by=720h", nil)
	if got := acts(); got <= before {
		t.Errorf("a month later the dossier has %d acts, it had %d: no deadline came", got, before)
	}
	again, err := demo.OpenClock(file)
	if err != nil || time.Until(again.Now()) < 719*time.Hour {
		t.Errorf("after a restart it is %s: %v", again.Now(), err)
	}
}
