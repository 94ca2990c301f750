package register_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http/httptest"
	"net/netip"
	"testing"
	"time"

	"motcua/base/call"
	"motcua/cmd/sandboxregister/people"
	"motcua/systems/assure/register"
)

func client(t testing.TB, seed uint64) (*register.Client, *people.Register) {
	t.Helper()
	key := call.NewSecret()
	r, err := people.New(people.Settings{Secret: key.String(), Seed: seed, Late: 300 * time.Millisecond})
	if err != nil {
		t.Fatal(err)
	}
	s := httptest.NewServer(r)
	t.Cleanup(s.Close)
	return &register.Client{Register: call.Register{URL: s.URL, Secret: key, Now: time.Now, Wait: 100 * time.Millisecond,
		Caller: call.NewCaller([]netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")})}}, r
}

// TestMisbehaving asks a register that is late, dead, busy, unsigned, about
// another question, unreadable or contradicts itself, until it answers: the
// first answer that can be trusted is the true one, for each of 60 people.
func TestMisbehaving(t *testing.T) {
	c, r := client(t, 7)
	want := func(i int) register.Match {
		switch i % 10 {
		case 8:
			return register.No
		case 9:
			return register.Unknown
		}
		return register.Yes
	}
	denied := 0
	for i := range 60 {
		q := register.Question{ID: fmt.Sprintf("Q%d", i), Asker: "x.example", Number: fmt.Sprintf("0011930000%02d", i), Name: "Lê Thị Mới", Born: "1993-05-06"}
		var first register.Match
		for n := 0; first == "" && n < 30; n++ {
			got, err := c.Ask(context.Background(), q)
			if first = got; err != nil && !errors.Is(err, call.ErrSilent) && !errors.Is(err, call.ErrUntrue) {
				t.Fatalf("question %d: %v", i, err)
			}
		}
		if first != want(i) {
			t.Errorf("person %d: %q, want %q", i, first, want(i))
		}
		for range 4 {
			if got, err := c.Ask(context.Background(), q); err == nil && got != first {
				denied++
			}
		}
	}
	asked, how := r.Odd()
	for _, x := range []string{"late", "dead", "busy", "unsigned", "another", "unreadable", "contrary"} {
		if how[x] == 0 {
			t.Errorf("it was never %s", x)
		}
	}
	if denied == 0 || asked < 300 {
		t.Errorf("asked %d times, denied %d: the register behaves", asked, denied)
	}
}

// TestTold: only number, name and day go out, and nothing but a word comes back.
func TestTold(t *testing.T) {
	b, err := json.Marshal(register.Question{ID: "a", Asker: "b", Number: "c", Name: "d", Born: "e"})
	if want := `{"question":"a","asker":"b","number":"c","name":"d","born":"e"}`; string(b) != want || err != nil {
		t.Errorf("asked %s, want %s", b, want)
	}
	c, _ := client(t, 0)
	c.Secret = call.NewSecret()
	if m, err := c.Ask(context.Background(), register.Question{ID: "a", Asker: "b", Number: "c", Name: "d", Born: "2000-01-01"}); !errors.Is(err, call.ErrSilent) || m != "" {
		t.Errorf("with another secret: %q, %v", m, err)
	}
	if _, err := (&register.Client{}).Ask(context.Background(), register.Question{}); !errors.Is(err, call.ErrSilent) {
		t.Errorf("without a register: %v", err)
	}
}

// FuzzRead: whatever comes back, it is an answer only if the register signed it for this question.
func FuzzRead(f *testing.F) {
	key, now := call.Secret("a key of more than 24 bytes, for tests"), time.Unix(1583114400, 0)
	f.Add([]byte(`{"answer":"{\"question\":\"Q1\",\"match\":\"yes\"}","at":1583114400,"signature":"v1,AAAA"}`))
	f.Add([]byte(`{"answer": "{\"quest`))
	f.Add([]byte(`[]`))
	f.Fuzz(func(t *testing.T, b []byte) {
		if m, err := register.Read(b, "Q1", now, key); err == nil || m != "" {
			t.Errorf("%q was taken for %q", b, m)
		}
	})
}
