package throttle_test

import (
	"fmt"
	"net/netip"
	"testing"
	"time"

	"motcua/base/db"
	"motcua/base/db/dbtest"
	"motcua/kernel/throttle"
)

// opened are as many connections to one database as there are programs.
func opened(t *testing.T, url string, n int) (all []*db.DB) {
	t.Helper()
	for range n {
		d, err := db.Open(t.Context(), url)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { d.Close() })
		if err := throttle.Open(t.Context(), d); err != nil {
			t.Fatal(err)
		}
		all = append(all, d)
	}
	return all
}

// TestTwoPrograms: what is tried at one program counts at the other, honest people
// cost no write, and who gets in at one has given back at both.
func TestTwoPrograms(t *testing.T) {
	dbtest.EachURL(t, func(t *testing.T, url string) {
		ctx, now := t.Context(), start
		var gates [2]throttle.Gate
		dbs := opened(t, url, len(gates))
		share := func() {
			t.Helper()
			now = now.Add(throttle.Often)
			for range 2 { // each tells, then each has heard
				for i := range gates {
					if err := gates[i].Share(ctx, dbs[i], []byte("key"), now); err != nil {
						t.Fatal(err)
					}
				}
			}
		}
		rows := func() (n int) {
			t.Helper()
			if err := dbs[0].Read(ctx, func(tx *db.Tx) error { return tx.Row(`select count(*) from throttle where n <> 0`).Scan(&n) }); err != nil {
				t.Fatal(err)
			}
			return n
		}
		pass := func(g int, x throttle.Try) bool { return gates[g].Begin(x, now) == 0 }

		// Honest people: in at their first try, from the network of others.
		honest := throttle.Try{Sort: throttle.Password, Account: "an", From: at("203.0.113.1")}
		pass(0, honest)
		gates[0].Right(honest, now)
		share()
		before := rows()
		for i := range 50 {
			x := throttle.Try{Sort: throttle.Password, Account: fmt.Sprint("an", i), From: at("203.0.113.1")}
			if !pass(i%2, x) {
				t.Fatalf("honest person %d waits", i)
			}
			gates[i%2].Right(x, now)
		}
		share()
		if n := rows(); n > before+1 { // the other program knows the network too now
			t.Errorf("50 honest people are %d rows, before %d", n, before)
		}

		// One account from one network, at both doors by turns.
		guess := throttle.Try{Sort: throttle.Password, Account: "lan", From: at("192.0.2.1")}
		passed := 0
		for i := range 40 {
			if pass(i%2, guess) {
				passed++
			}
			share()
		}
		if passed < 5 || passed > 7 {
			t.Errorf("%d tries were looked at by both, want about the 5 of one", passed)
		}
		// Lan gets in at the second on her own device and is no longer held up there or at the first.
		now = now.Add(throttle.Longest)
		if !pass(1, guess) {
			t.Fatal("still waits after the longest time")
		}
		gates[1].Right(guess, now)
		share()
		for g := range gates {
			for i := range 3 {
				if !pass(g, guess) {
					t.Errorf("try %d at %d waits, though she got in", i, g)
				}
			}
			gates[g].Right(guess, now)
			share()
		}

		// Stolen passwords in bulk at the first: the second knows before one is tried there.
		for i := range 200 {
			pass(0, throttle.Try{Sort: throttle.Password, Account: fmt.Sprint("stolen", i), From: netip.AddrFrom4([4]byte{10, byte(i), 0, 1})})
		}
		share()
		bot := func(i int) throttle.Try {
			return throttle.Try{Sort: throttle.Password, Account: fmt.Sprint("more", i), From: netip.AddrFrom4([4]byte{10, byte(i % 100), 0, 9})}
		}
		for i := range 100 { // from networks that had their try at the first
			if pass(1, bot(i)) {
				t.Fatalf("stolen password %d is looked at by the second", i)
			}
		}

		// A program that starts anew knows what it was told before.
		gates[1] = throttle.Gate{}
		share()
		if pass(1, bot(1)) {
			t.Error("a restart forgets")
		}
		now = now.Add(25 * time.Hour)
		pass(0, guess)
		share()
		if n := rows(); n > 20 {
			t.Errorf("%d rows are kept for more than a day", n)
		}
	})
}

// TestThreePrograms: what two others counted adds up, and each one's is forgotten by
// itself, an hour after its last try, in a program that starts later too.
func TestThreePrograms(t *testing.T) {
	dbtest.EachURL(t, func(t *testing.T, url string) {
		now := start
		var gates [3]throttle.Gate
		dbs := opened(t, url, len(gates))
		share := func() {
			t.Helper()
			now = now.Add(throttle.Often)
			for range 2 {
				for i := range gates {
					if err := gates[i].Share(t.Context(), dbs[i], []byte("key"), now); err != nil {
						t.Fatal(err)
					}
				}
			}
		}
		guess := func(account string) throttle.Try {
			return throttle.Try{Sort: throttle.Password, Account: account, From: at("192.0.2.1")}
		}
		pass := func(g int, account string) bool { return gates[g].Begin(guess(account), now) == 0 }
		passed := 0
		for i := range 60 {
			if pass(i%3, "lan") {
				passed++
			}
			share()
		}
		if passed < 5 || passed > 7 {
			t.Errorf("%d tries were looked at by three, want about the 5 of one", passed)
		}

		// Three wrong at the first; more than an hour later two at the second: the third knows of two.
		now = start.Add(12 * time.Hour)
		tries := func(g, n int) {
			for range n {
				pass(g, "mai")
			}
			share()
		}
		tries(0, 4)
		now = now.Add(80 * time.Minute)
		tries(1, 2)
		gates[2] = throttle.Gate{}
		for range 2 { // as it was running, and as it starts anew
			for i := range 3 {
				if !pass(2, "mai") {
					t.Errorf("try %d at the third waits for what the first should have forgotten", i)
				}
				gates[2].Right(guess("mai"), now) // gives back what the second counted too
			}
			share()
			gates[2] = throttle.Gate{}
			share()
		}

		// A day after the first's last try its end takes nothing of the second's along.
		now = start.Add(48 * time.Hour)
		tries(0, 1)
		for range 23 {
			now = now.Add(time.Hour)
			pass(1, "an")
			share()
		}
		now = now.Add(50 * time.Minute)
		for range 5 {
			pass(1, "mai")
		}
		share()
		now = now.Add(20 * time.Minute) // the window in which the first's is a day old
		share()
		if first, second := pass(2, "mai"), pass(2, "mai"); first && second {
			t.Error("what the second counted is forgotten with what the first did")
		}
	})
}
