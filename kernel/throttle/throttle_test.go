package throttle_test

import (
	"fmt"
	"net/netip"
	"testing"
	"time"

	"motcua/kernel/throttle"
)

var start = time.Date(2020, 3, 2, 9, 0, 0, 0, time.UTC)

func at(s string) netip.Addr { return netip.MustParseAddr(s) }

func TestOneAddress(t *testing.T) {
	g := new(throttle.Gate)
	now, passed := start, 0
	for range 24 * 60 { // a try each minute for a day
		if g.Begin(throttle.Try{Sort: throttle.Password, Account: "lan", From: at("192.0.2.1")}, now) == 0 {
			passed++
		}
		now = now.Add(time.Minute)
	}
	if passed > 110 {
		t.Errorf("%d tries of one address were looked at in a day, want about 100", passed)
	}
	if w := g.Begin(throttle.Try{Sort: throttle.Password, Account: "mai", From: at("198.51.100.1")}, now); w != 0 {
		t.Errorf("somebody else elsewhere waits %s", w)
	}
}

// TestAccount is one account tried from everywhere: its owner is known on his device.
func TestAccount(t *testing.T) {
	g := new(throttle.Gate)
	now, passed, longest := start, 0, time.Duration(0)
	for i := range 100_000 {
		w := g.Begin(throttle.Try{Sort: throttle.Password, Account: "lan", From: netip.AddrFrom4([4]byte{byte(11 + i%80), byte(i >> 8), byte(i), 1})}, now)
		if w == 0 {
			passed++
		}
		longest = max(longest, w)
		now = now.Add(864 * time.Millisecond) // in a day
	}
	if passed > 130 {
		t.Errorf("%d tries of one account were looked at in a day, want about 100", passed)
	}
	if longest > throttle.Longest {
		t.Errorf("somebody waits %s", longest)
	}
	home := throttle.Try{Sort: throttle.Password, Account: "lan", From: at("203.0.113.9"), Device: "phone"}
	for i := range 5 {
		if w := g.Begin(home, now); w != 0 {
			t.Fatalf("try %d of the owner waits %s", i, w)
		}
	}
	g.Right(home, now)
}

// TestOffice is many people behind one address who mistype now and then.
func TestOffice(t *testing.T) {
	g := new(throttle.Gate)
	now, waited := start, 0
	for i := range 2000 {
		x := throttle.Try{Sort: throttle.Password, Account: fmt.Sprint("person", i), From: at("203.0.113.1")}
		if i%5 == 0 { // wrong once, then right
			g.Begin(x, now)
			now = now.Add(time.Second)
		}
		if g.Begin(x, now) > 0 {
			waited++
			continue
		}
		g.Right(x, now)
		now = now.Add(2 * time.Second)
	}
	if waited > 0 {
		t.Errorf("%d of 2000 honest people wait", waited)
	}
}

func TestForgets(t *testing.T) {
	g := new(throttle.Gate)
	x := throttle.Try{Sort: throttle.Password, Account: "lan", From: at("192.0.2.1")}
	for range 20 {
		g.Begin(x, start)
	}
	if g.Begin(x, start) == 0 {
		t.Error("nobody waits")
	}
	if w := g.Begin(x, start.Add(throttle.Longest)); w != 0 {
		t.Errorf("waits %s more after the longest time", w)
	}
}
