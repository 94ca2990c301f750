package door_test

import (
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"os"
	"os/exec"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"motcua/base/db"
	"motcua/base/db/dbtest"
	"motcua/kernel/kerneltest"
	"motcua/kernel/throttle"
	"motcua/kernel/who"
)

// A raid is what one attack came to.
type raid struct {
	Tries     int            `json:"tries"`
	Addresses int            `json:"addresses"`
	Networks  int            `json:"networks"`
	Seconds   float64        `json:"seconds"`
	Evaluated int            `json:"evaluated"` // passwords of the attacker's that were looked at
	Share     float64        `json:"evaluated_share"`
	Entered   int            `json:"entered"` // accounts he got into
	Honest    map[string]int `json:"honest"`  // people who came meanwhile with the right password
	Hurt      map[string]int `json:"hurt"`    // of them, who had to wait
	Code      int            `json:"hurt_who_may_ask_for_a_code_at_once"`
	Longest   int            `json:"longest_wait_minutes"`
	Later     int            `json:"hurt_still_after_the_wait"`
}

// TestStuffing tries pairs of names and passwords in bulk from many addresses
// while honest people sign in. The long one has a network namespace of its own.
func TestStuffing(t *testing.T) {
	if os.Getenv("MOTCUA_LONG") != "1" {
		x := attack(t, 1500, func(i int) string { return fmt.Sprintf("127.77.%d.%d", i/4, 1+i%4) }, 40, 3)
		if x.Evaluated > 200 || x.Entered > 0 {
			t.Errorf("%+v", x)
		}
		return
	}
	if os.Getenv("MOTCUA_STUFFING") == "" {
		c := exec.Command(os.Args[0], "-test.run=^TestStuffing$", "-test.v")
		c.Env = append(os.Environ(), "MOTCUA_STUFFING=1")
		c.SysProcAttr = &syscall.SysProcAttr{Cloneflags: syscall.CLONE_NEWNET}
		out, err := c.CombinedOutput()
		if err != nil {
			t.Fatalf("%v\n%s", err, out)
		}
		t.Logf("%s", out)
		return
	}
	for _, line := range []string{"link set lo up", "addr add 10.77.0.1/8 dev lo"} {
		if out, err := exec.Command("ip", strings.Fields(line)...).CombinedOutput(); err != nil {
			t.Skipf("ip %s: %v %s", line, err, out)
		}
	}
	all := map[string]raid{
		"spread":  attack(t, 100_000, func(i int) string { return fmt.Sprintf("10.77.%d.%d", i/4, 2+i%4) }, 1000, 60),
		"crowded": attack(t, 10_000, func(i int) string { return fmt.Sprintf("10.77.%d.%d", i/250, 2+i%250) }, 1000, 60),
	}
	for name, x := range all {
		if x.Entered > 0 || x.Longest > 15 || x.Later > 0 || x.Hurt["known device"] > 0 || x.Share > 0.01 {
			t.Errorf("%s: %+v", name, x)
		}
	}
	b, err := json.MarshalIndent(all, "", "  ")
	if err == nil {
		err = os.WriteFile("../../bench/records/stuffing.json", append(b, '\n'), 0o644)
	}
	if err != nil {
		t.Fatal(err)
	}
}

var minutes = regexp.MustCompile(`Hãy đợi (\d+) phút`)

// attack lets the attacker try, and as many honest people of each sort as said.
func attack(t *testing.T, tries int, address func(int) string, addresses, honest int) raid {
	r := kerneltest.Open(t, dbtest.SQLite(t), nil, systems()...)
	s := httptest.NewUnstartedServer(r.Handler)
	s.Start()
	defer s.Close()
	hash, err := r.Guard.Hash(t.Context(), who.Person{}, password)
	if err != nil {
		t.Fatal(err)
	}
	sorts := []string{"known device", "new device", "new device, mistyped once", "new device in a network of the attacker's"}
	nets := map[string]bool{}
	for i := range addresses {
		a := address(i)
		nets[a[:strings.LastIndexByte(a, '.')]] = true
	}
	from := func(sort, i int) string { // a household of his own for each
		a := address(0)
		first := a[:strings.IndexByte(a, '.')]
		if sort == 3 {
			return address(i)[:strings.LastIndexByte(address(i), '.')] + "." + strconv.Itoa(100+i%100)
		}
		if first == "10" {
			return fmt.Sprintf("10.%d.%d.1", 100+sort, i)
		}
		return fmt.Sprintf("127.%d.%d.1", 100+sort, i)
	}
	browser := func(at string) *http.Client {
		jar, _ := cookiejar.New(nil)
		d := net.Dialer{LocalAddr: &net.TCPAddr{IP: net.ParseIP(at)}}
		return &http.Client{Jar: jar, Transport: &http.Transport{DialContext: d.DialContext, MaxIdleConnsPerHost: 1},
			CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	}
	enter := func(c *http.Client, login, password string) (in bool, body string) {
		a, err := c.PostForm(s.URL+"/sign-in", url.Values{"login": {login}, "password": {password}})
		if err != nil {
			t.Error(err)
			return false, ""
		}
		defer a.Body.Close()
		b, _ := io.ReadAll(a.Body)
		return a.StatusCode == http.StatusSeeOther, string(b)
	}
	login := func(sort, i int) string { return fmt.Sprintf("honest.%d.%d", sort, i) }
	people := make([][]*http.Client, len(sorts))
	for sort := range sorts {
		for i := range honest {
			err := r.DB.Write(t.Context(), func(tx *db.Tx) error {
				_, err := r.Book.Add(tx, who.Person{}, who.Person{Login: login(sort, i), Name: "Thật Thà"}, hash)
				return err
			})
			if err != nil {
				t.Fatal(err)
			}
			c := browser(from(sort, i))
			if sort == 0 {
				if in, body := enter(c, login(sort, i), password); !in {
					t.Fatalf("before the attack: %s", body)
				}
			}
			people[sort] = append(people[sort], c)
		}
	}
	r.Later(time.Hour) // the day before
	counts := func() throttle.Counts { return r.Guard.Gate.Counts }
	before := counts()
	x := raid{Tries: tries, Addresses: addresses, Networks: len(nets), Honest: map[string]int{}, Hurt: map[string]int{}}
	began := time.Now()
	var next, entered atomic.Int64
	bots := make([]*http.Client, addresses)
	for i := range bots {
		bots[i] = browser(address(i))
	}
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			for n := int(next.Add(1)) - 1; n < tries; n = int(next.Add(1)) - 1 {
				who := fmt.Sprintf("stolen.%d", n)
				if n%3 == 0 {
					who = login(n%len(sorts), n/3%honest)
				}
				if in, _ := enter(bots[n%addresses], who, "mật khẩu bị lộ"); in {
					entered.Add(1)
				}
			}
		})
	}
	type waits struct{ sort, i int }
	var hurt []waits
	for i := range honest {
		for sort, name := range sorts {
			for int(next.Load()) < min(tries, tries*(i+1)/(honest+1)) { // they come all through it
				time.Sleep(time.Millisecond)
			}
			c := people[sort][i]
			if sort == 2 {
				enter(c, login(sort, i), "gõ nhầm rồi")
			}
			x.Honest[name]++
			in, body := enter(c, login(sort, i), password)
			if in {
				continue
			}
			x.Hurt[name]++
			hurt = append(hurt, waits{sort, i})
			if m := minutes.FindStringSubmatch(body); m != nil {
				n, _ := strconv.Atoi(m[1])
				x.Longest = max(x.Longest, n)
			}
			a, err := c.PostForm(s.URL+"/sign-in/code", url.Values{"login": {login(sort, i)}, "kind": {"sms"}})
			if err != nil {
				t.Fatal(err)
			}
			a.Body.Close()
			if a.StatusCode == http.StatusOK {
				x.Code++
			}
		}
	}
	all.Wait()
	x.Seconds, x.Entered = time.Since(began).Seconds(), int(entered.Load())
	mine := 0
	for sort, name := range sorts {
		mine += x.Honest[name] - x.Hurt[name]
		if sort == 2 { // their mistakes were looked at too, unless they waited for those as well
			mine += x.Honest[name] - x.Hurt[name]
		}
	}
	x.Evaluated = counts().Passed - before.Passed - mine
	x.Share = float64(x.Evaluated) / float64(tries)
	r.Later(throttle.Longest)
	for _, h := range hurt {
		if in, _ := enter(people[h.sort][h.i], login(h.sort, h.i), password); !in {
			x.Later++
		}
	}
	t.Logf("%+v", x)
	return x
}
