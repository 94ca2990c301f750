package db_test

import (
	"bufio"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"strings"
	"sync"
	"testing"
	"time"

	"motcua/base/db"
	"motcua/base/db/dbtest"
)

// The environment that makes this test program a victim: it writes to the
// database at this url and prints the number of each write that was answered.
const victimURL = "MOTCUA_TEST_VICTIM"

func TestVictim(t *testing.T) {
	url := os.Getenv(victimURL)
	if url == "" {
		t.Skip("only as the child of TestAKilledProgramLosesNothing")
	}
	d := dbtest.Open(t, url)
	var start int
	err := d.Read(t.Context(), func(tx *db.Tx) error {
		return tx.Row(`select coalesce(max(id), 0) / 1000000 from note`).Scan(&start)
	})
	if err != nil {
		t.Fatal(err)
	}
	var all, out sync.WaitGroup
	answered := make(chan int, 1000)
	out.Go(func() {
		for n := range answered {
			fmt.Println("answered", n)
		}
	})
	text := strings.Repeat("x", 3000)
	for w := range 16 {
		all.Go(func() {
			for i := range 60000 {
				n := (start+1)*1000000 + w*60000 + i
				err := d.Write(t.Context(), func(tx *db.Tx) error {
					_, err := tx.Exec(`insert into note (id, text) values ($1, $2)`, n, text)
					return err
				})
				if err != nil {
					t.Error(err)
					return
				}
				answered <- n
			}
		})
	}
	all.Wait()
}

func TestAKilledProgramLosesNothing(t *testing.T) {
	dbtest.EachURL(t, func(t *testing.T, url string) {
		empty := dbtest.Open(t, url)
		note(t, empty)
		empty.Close()
		var answered []int
		for range 5 {
			victim := exec.Command(os.Args[0], "-test.run=^TestVictim$")
			victim.Env = append(os.Environ(), victimURL+"="+url)
			out, err := victim.StdoutPipe()
			if err != nil {
				t.Fatal(err)
			}
			if err := victim.Start(); err != nil {
				t.Fatal(err)
			}
			before := len(answered)
			lines := bufio.NewScanner(out)
			for dies := false; lines.Scan(); {
				var n int
				if _, err := fmt.Sscanf(lines.Text(), "answered %d", &n); err != nil {
					t.Fatalf("the victim says %q", lines.Text())
				}
				answered = append(answered, n)
				if !dies { // it works; some time from now it dies
					dies = true
					time.AfterFunc(50*time.Millisecond+rand.N(250*time.Millisecond), func() { victim.Process.Kill() })
				}
			}
			if err := victim.Wait(); err == nil || victim.ProcessState.Exited() {
				t.Fatalf("the victim was not killed: %v", victim.ProcessState)
			}
			d := dbtest.Open(t, url)
			kept := map[int]bool{}
			err = d.Read(t.Context(), func(tx *db.Tx) error {
				_, err := db.List(tx, func(into func(...any) error) (n int, err error) {
					err = into(&n)
					kept[n] = true
					return n, err
				}, `select id from note`)
				return err
			})
			if err != nil {
				t.Fatal(err)
			}
			lost := 0
			for _, n := range answered {
				if !kept[n] {
					lost++
				}
			}
			if lost > 0 || len(answered) == before {
				t.Errorf("%d of %d answered writes are lost, %d of them new", lost, len(answered), len(answered)-before)
			}
			for _, c := range d.Checks(t.Context()) {
				if !c.OK {
					t.Errorf("got %+v", c)
				}
			}
			d.Close()
		}
		t.Logf("%d answered, none lost", len(answered))
	})
}
