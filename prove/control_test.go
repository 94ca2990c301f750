//go:build linux

package prove

import (
	"bufio"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"sync"
	"testing"
	"time"
)

// TestAHastyStoreLoses is the control of the harness: a program that answers
// before it has stored must be caught, or the kills prove nothing.
func TestAHastyStoreLoses(t *testing.T) {
	t.Parallel()
	address, file := freeAddress(t), filepath.Join(t.TempDir(), "hasty")
	victim := start(t, address, hastyCommand(address, file))
	victim.ready()
	c := &crowd{t: t, call: caller{http: callers()}, birth: birth{answers: map[string]any{}},
		at: func(int) string { return "http://" + address }, life: fileOnly}
	c.begin(4)
	for range 3 {
		time.Sleep(150 * time.Millisecond)
		victim.kill()
		victim = start(t, address, hastyCommand(address, file))
		victim.ready()
	}
	time.Sleep(100 * time.Millisecond)
	c.end()
	if v := c.judge(victim.url); v.Lost == 0 {
		t.Errorf("%d filed and none lost: the harness would not see a loss", v.Filed)
	} else {
		t.Logf("%d of %d acknowledged filings were lost, as they must be", v.Lost, v.Filed)
	}
}

// fileOnly is a member's round before a store that knows no more.
func fileOnly(c *crowd, m *member) {
	c.insist(m, c.filing(m, ""))
	time.Sleep(2 * time.Millisecond)
}

// The environment that makes this test program a hasty store.
const (
	hastyAddress = "MOTCUA_PROVE_HASTY"
	hastyFile    = "MOTCUA_PROVE_HASTY_FILE"
)

func hastyCommand(address, file string) *exec.Cmd {
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), hastyAddress+"="+address, hastyFile+"="+file)
	return cmd
}

// hasty serves a store that answers from memory and writes every 50 ms.
func hasty(address, file string) {
	type row struct{ ID, Code, Key, Name string }
	var mu sync.Mutex
	var all []row
	keys, stored := map[string]int{}, 0
	if f, err := os.Open(file); err == nil {
		for lines := bufio.NewScanner(f); lines.Scan(); {
			var r row
			if json.Unmarshal(lines.Bytes(), &r) == nil {
				keys[r.Key] = len(all)
				all = append(all, r)
			}
		}
		f.Close()
		stored = len(all)
	}
	out, err := os.OpenFile(file, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		panic(err)
	}
	go func() {
		for range time.Tick(50 * time.Millisecond) {
			mu.Lock()
			for ; stored < len(all); stored++ {
				b, _ := json.Marshal(all[stored])
				out.Write(append(b, '\n'))
			}
			out.Sync()
			mu.Unlock()
		}
	}()
	shown := func(r row) map[string]any {
		return map[string]any{"id": r.ID, "kind": "portal/" + service, "code": r.Code, "answers": map[string]any{name: r.Name}, "acts": []any{map[string]any{"act": "file"}}}
	}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /readyz", func(http.ResponseWriter, *http.Request) {})
	mux.HandleFunc("POST /api/v1/dossiers", func(w http.ResponseWriter, r *http.Request) {
		var body struct{ Answers map[string]any }
		json.NewDecoder(r.Body).Decode(&body)
		mu.Lock()
		defer mu.Unlock()
		key := r.Header.Get("Idempotency-Key")
		n, ok := keys[key]
		if !ok {
			n = len(all)
			keys[key] = n
			all = append(all, row{strconv.Itoa(n), fmt.Sprintf("code-%d", n), key, body.Answers[name].(string)})
		}
		w.WriteHeader(http.StatusCreated)
		json.NewEncoder(w).Encode(shown(all[n]))
	})
	mux.HandleFunc("GET /api/v1/dossiers/{id}", func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		defer mu.Unlock()
		n, _ := strconv.Atoi(r.PathValue("id"))
		if n >= len(all) {
			http.NotFound(w, r)
			return
		}
		json.NewEncoder(w).Encode(shown(all[n]))
	})
	mux.HandleFunc("GET /api/v1/dossiers", func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		defer mu.Unlock()
		var items []any
		for _, x := range all {
			items = append(items, shown(x))
		}
		json.NewEncoder(w).Encode(map[string]any{"items": items, "next": ""})
	})
	http.ListenAndServe(address, mux)
}

// TestWithoutKeysFilingsDouble is the control of the keys: who files without
// one, is answered nothing, and files again, has filed twice, and the harness
// sees it.
func TestWithoutKeysFilingsDouble(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, url string) {
		s := newSiege(t, url, 4, func(c *crowd) { c.life, c.keyless = fileAlone, true })
		for range 2 {
			s.kill(point{"after commit before answer", 0, beforeAnswer})
		}
		s.crowd.end()
		v := s.crowd.judge(s.victim.url)
		if v.Doubled < 2 || v.Lost > 0 {
			t.Errorf("%d filed without keys, %d doubled, %d lost: want two doubles at least", v.Filed, v.Doubled, v.Lost)
		}
		t.Logf("%d of %d filings doubled, as they must", v.Doubled, v.Filed)
	})
}

// fileAlone is a member's round of a paper given once and filings with it.
func fileAlone(c *crowd, m *member) {
	if m.card == "" {
		up := upload(fmt.Sprint(m.n), 1000)
		if !c.insist(m, up) {
			return
		}
		m.card = up.id
	}
	c.insist(m, c.filing(m, m.card))
}
