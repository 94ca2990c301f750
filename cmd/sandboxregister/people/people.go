// Package people is an invented population register. It is written from
// docs/population-register.md alone and shares nothing with the program that asks it.
package people

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"
)

// Settings are how the register runs.
type Settings struct {
	Secret string // whsec_ and base64
	Seed   uint64 // 0: it behaves
	Now    func() time.Time
	Late   time.Duration // how late a late answer is; 0: six seconds
}

// A Register is what it was told in one run.
type Register struct {
	Settings
	key   []byte
	mu    sync.Mutex
	rng   *rand.Rand
	known map[string]string // number → name and day
	said  map[string]string // question → match
	heard map[string]bool   // questions whose answer went out whole
	asked int
	odd   map[string]int    // how often it misbehaved, by how
	heads map[string]string // business → who represents it
}

// New is a register that knows nobody.
func New(s Settings) (*Register, error) {
	text, ok := strings.CutPrefix(s.Secret, "whsec_")
	key, err := base64.StdEncoding.DecodeString(text)
	if !ok || err != nil || len(key) < 24 {
		return nil, errors.New("the secret is whsec_ and at least 24 bytes in base64")
	}
	if s.Now == nil {
		s.Now = time.Now
	}
	if s.Late == 0 {
		s.Late = 6 * time.Second
	}
	return &Register{Settings: s, key: key, rng: rand.New(rand.NewPCG(s.Seed, 17)), known: map[string]string{}, said: map[string]string{}, heard: map[string]bool{}, odd: map[string]int{}, heads: map[string]string{}}, nil
}

// Odd says how often it was asked, and how often it misbehaved in which way.
func (r *Register) Odd() (asked int, how map[string]int) {
	r.mu.Lock()
	defer r.mu.Unlock()
	how = map[string]int{}
	for k, n := range r.odd {
		how[k] = n
	}
	return r.asked, how
}

type question struct {
	ID     string `json:"question"`
	Asker  string `json:"asker"`
	Number string `json:"number"`
	Name   string `json:"name"`
	Born   string `json:"born"`
}

func (r *Register) ServeHTTP(w http.ResponseWriter, q *http.Request) {
	body, err := io.ReadAll(http.MaxBytesReader(w, q.Body, 16<<10))
	switch {
	case q.Method != http.MethodPost || q.URL.Path != "/v1/match" && q.URL.Path != "/v1/represents":
		http.NotFound(w, q)
		return
	case err != nil || !r.signed(q, body):
		http.Error(w, "signature", http.StatusUnauthorized)
		return
	case q.URL.Path == "/v1/represents":
		r.represents(w, q, body)
		return
	}
	var ask question
	if json.Unmarshal(body, &ask) != nil || ask.ID == "" || ask.ID != q.Header.Get("webhook-id") || ask.Number == "" || ask.Name == "" || len(ask.Born) != 10 {
		http.Error(w, "want question, asker, number, name and born", http.StatusUnprocessableEntity)
		return
	}
	match, how := r.answer(ask)
	id, key := ask.ID, r.key
	switch how {
	case "late":
		select {
		case <-time.After(r.Late):
		case <-q.Context().Done():
		}
	case "dead":
		panic(http.ErrAbortHandler)
	case "busy":
		http.Error(w, "later", http.StatusServiceUnavailable)
		return
	case "unsigned":
		key = []byte("somebody else's key, 24 bytes long")
	case "another":
		id += "0"
	case "unreadable":
		fmt.Fprint(w, `{"answer": "{\"quest`)
		return
	}
	r.say(w, key, id, map[string]string{"question": id, "match": match})
}

// say answers a question under a key.
func (r *Register) say(w http.ResponseWriter, key []byte, id string, answer map[string]string) {
	text, _ := json.Marshal(answer)
	at := r.Now().Unix()
	w.Header().Set("Content-Type", "application/json")
	json.NewEncoder(w).Encode(map[string]any{"answer": string(text), "at": at, "signature": "v1," + sum(key, id, strconv.FormatInt(at, 10), text)})
}

// answer is what is true, and how the register misbehaves this time ("": it does not).
func (r *Register) answer(q question) (match, how string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.asked++
	match, known := r.said[q.ID]
	if !known {
		who := strings.ToLower(strings.Join(strings.Fields(q.Name), " ")) + " " + q.Born
		switch last := q.Number[len(q.Number)-1]; {
		case last == '9':
			match = "unknown"
		case last == '8' || r.known[q.Number] != "" && r.known[q.Number] != who:
			match = "no"
		default:
			match, r.known[q.Number] = "yes", who
		}
		r.said[q.ID] = match
	}
	again := r.heard[q.ID]
	if r.Seed != 0 && r.rng.IntN(2) == 0 {
		how = []string{"late", "dead", "busy", "unsigned", "another", "unreadable", "contrary"}[r.rng.IntN(7)]
		if how == "contrary" && !again { // it has said nothing yet that it could deny
			how = "busy"
		}
		r.odd[how]++
	}
	r.heard[q.ID] = again || how == ""
	if how == "contrary" {
		match = map[string]string{"yes": "no", "no": "yes", "unknown": "yes"}[match]
	}
	return match, how
}

// signed reports whether who asks signed the question lately.
func (r *Register) signed(q *http.Request, body []byte) bool {
	at := q.Header.Get("webhook-timestamp")
	unix, err := strconv.ParseInt(at, 10, 64)
	if err != nil || r.Now().Sub(time.Unix(unix, 0)).Abs() > 5*time.Minute {
		return false
	}
	want := sum(r.key, q.Header.Get("webhook-id"), at, body)
	for _, s := range strings.Fields(q.Header.Get("webhook-signature")) {
		if hmac.Equal([]byte(s), []byte("v1,"+want)) {
			return true
		}
	}
	return false
}

func sum(key []byte, id, at string, body []byte) string {
	h := hmac.New(sha256.New, key)
	h.Write([]byte(id + "." + at + "."))
	h.Write(body)
	return base64.StdEncoding.EncodeToString(h.Sum(nil))
}
