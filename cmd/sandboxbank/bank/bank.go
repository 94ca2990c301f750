// Package bank is an invented bank with a hosted payment page, to try payments
// on. It is written from docs/payment-gateway.md alone and shares nothing with
// the program that it is used by.
package bank

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"math/rand/v2"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"time"
)

// Settings are how the bank runs.
type Settings struct {
	URL      string // how it is reached
	Merchant string
	Secret   string
	Seed     uint64 // 0: it behaves
	Now      func() time.Time
	Client   *http.Client // sends callbacks; nil: one of its own
	// Folders are where new statements of an account are put, by its number.
	Folders map[string]string
}

// A Bank is the payments, transfers and callbacks of one run.
type Bank struct {
	Settings
	mux     *http.ServeMux
	mu      sync.Mutex
	rng     *rand.Rand
	next    int64
	pays    map[string]*payment // by id
	byRef   map[string]*payment
	refunds map[string]*refund // by reference
	moves   []move
	told    int // how many of the moves stand in statements of Folders
	queue   []callback
}

type payment struct {
	ID           string        `json:"id"`
	Reference    string        `json:"reference"`
	URL          string        `json:"url"`
	Amount       int64         `json:"amount"`
	Status       string        `json:"status"`
	Transactions []transaction `json:"transactions"`

	about, back, callback string
	expires               time.Time
}

type transaction struct {
	ID     string    `json:"id"`
	Amount int64     `json:"amount"`
	At     time.Time `json:"at"`
	Payer  string    `json:"payer"`
}

// A move is a line of an account.
type move struct {
	ref, account, payer, words string
	amount                     int64 // negative: it left the account
	at                         time.Time
}

// A callback waits to be sent.
type callback struct {
	to    string
	body  []byte
	at    time.Time
	tries int
}

// New is a bank with empty books.
func New(s Settings) *Bank {
	if s.Now == nil {
		s.Now = time.Now
	}
	if s.Client == nil {
		s.Client = &http.Client{Timeout: 5 * time.Second}
	}
	b := &Bank{Settings: s, mux: http.NewServeMux(), rng: rand.New(rand.NewPCG(s.Seed, 11)), pays: map[string]*payment{}, byRef: map[string]*payment{}, refunds: map[string]*refund{}}
	b.mux.HandleFunc("POST /v1/payments", b.create)
	b.mux.HandleFunc("GET /v1/payments/{id}", b.find)
	b.mux.HandleFunc("POST /v1/refunds", b.giveBack)
	b.mux.HandleFunc("GET /pay/{id}", b.page)
	b.mux.HandleFunc("POST /pay/{id}", b.pay)
	b.mux.HandleFunc("GET /{$}", b.home)
	b.mux.HandleFunc("GET /scan", b.scan)
	b.mux.HandleFunc("POST /transfer", b.transfer)
	b.mux.HandleFunc("GET /statement.xml", b.camt)
	b.mux.HandleFunc("GET /statement.csv", b.csv)
	return b
}

func (b *Bank) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if b.fault("dead", 20) && strings.HasPrefix(r.URL.Path, "/v1/") {
		http.Error(w, "the bank is down", http.StatusServiceUnavailable)
		return
	}
	r.Body = http.MaxBytesReader(w, r.Body, 64<<10)
	h := w.Header()
	h.Set("Content-Security-Policy", "default-src 'none'; style-src 'self' 'unsafe-inline'; form-action *")
	h.Set("X-Content-Type-Options", "nosniff")
	b.mux.ServeHTTP(w, r)
}

// fault reports whether the bank misbehaves this time, one time in n.
func (b *Bank) fault(_ string, n int) bool {
	if b.Seed == 0 {
		return false
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.rng.IntN(n) == 0
}

func (b *Bank) number(prefix string) string {
	b.next++
	return fmt.Sprintf("%s%d%06d", prefix, b.Now().UnixMilli()%1e9, b.next)
}

// signed reports whether the merchant signed the request lately.
func (b *Bank) signed(r *http.Request, body []byte) bool {
	t, sum := "", ""
	for _, part := range strings.Split(r.Header.Get("Signature"), ",") {
		switch key, value, _ := strings.Cut(part, "="); key {
		case "t":
			t = value
		case "v1":
			sum = value
		}
	}
	at, err := strconv.ParseInt(t, 10, 64)
	age := b.Now().Sub(time.Unix(at, 0)).Abs()
	return err == nil && age < 5*time.Minute && r.Header.Get("Merchant") == b.Merchant &&
		hmac.Equal([]byte(sum), []byte(b.sum(t, r.Method+" "+r.URL.Path, body)))
}

func (b *Bank) sum(t, what string, body []byte) string {
	h := hmac.New(sha256.New, []byte(b.Secret))
	h.Write([]byte(t + "." + what + "."))
	h.Write(body)
	return hex.EncodeToString(h.Sum(nil))
}

func (b *Bank) create(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil || !b.signed(r, body) {
		http.Error(w, "signature", http.StatusUnauthorized)
		return
	}
	var ask struct {
		Reference string    `json:"reference"`
		Amount    int64     `json:"amount"`
		Currency  string    `json:"currency"`
		About     string    `json:"description"`
		Return    string    `json:"return_url"`
		Callback  string    `json:"callback_url"`
		Expires   time.Time `json:"expires_at"`
	}
	if json.Unmarshal(body, &ask) != nil || ask.Reference == "" || ask.Amount < 1 || ask.Currency != "VND" {
		http.Error(w, "want reference, amount and VND", http.StatusUnprocessableEntity)
		return
	}
	b.mu.Lock()
	p := b.byRef[ask.Reference]
	if p == nil {
		p = &payment{ID: b.number("p"), Reference: ask.Reference, Amount: ask.Amount, Status: "pending", Transactions: []transaction{},
			about: ask.About, back: ask.Return, callback: ask.Callback, expires: ask.Expires}
		p.URL = b.URL + "/pay/" + p.ID
		b.pays[p.ID], b.byRef[p.Reference] = p, p
	}
	answer, _ := json.Marshal(p)
	b.mu.Unlock()
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(http.StatusCreated)
	w.Write(answer)
}

func (b *Bank) find(w http.ResponseWriter, r *http.Request) {
	if !b.signed(r, nil) {
		http.Error(w, "signature", http.StatusUnauthorized)
		return
	}
	b.mu.Lock()
	p := b.pays[r.PathValue("id")]
	answer, _ := json.Marshal(p)
	b.mu.Unlock()
	if p == nil {
		http.NotFound(w, r)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	w.Write(answer)
}

// Pay pays a payment as a person does on its page, and tells the merchant; the
// amount may be wrong where the bank misbehaves.
func (b *Bank) Pay(id, payer string) bool {
	wrong, twice, late, lost := b.fault("amount", 8), b.fault("twice", 4), b.fault("late", 3), b.fault("lost", 6)
	b.mu.Lock()
	defer b.mu.Unlock()
	p := b.pays[id]
	if p == nil || p.Status == "paid" || !p.expires.IsZero() && b.Now().After(p.expires) {
		return false
	}
	x := transaction{ID: b.number("t"), Amount: p.Amount, At: b.Now().UTC(), Payer: payer}
	if wrong {
		x.Amount = max(1, p.Amount+int64(b.rng.IntN(3)-1)*(p.Amount/2))
	}
	p.Transactions, p.Status = append(p.Transactions, x), "paid"
	body, _ := json.Marshal(map[string]any{"event": b.number("e"), "payment": p.ID, "reference": p.Reference, "status": "paid", "transaction": x})
	c := callback{to: p.callback, body: body, at: b.Now()}
	if late {
		c.at = c.at.Add(time.Duration(b.rng.IntN(5000)) * time.Millisecond)
	}
	if !lost {
		b.queue = append(b.queue, c)
	}
	if twice {
		b.queue = append(b.queue, c)
	}
	return true
}

// Run sends callbacks and writes statements until stop is closed.
func (b *Bank) Run(stop <-chan struct{}) {
	for {
		b.Flush(b.Now())
		if err := b.Tell(); err != nil {
			slog.Error("the statements cannot be written", "err", err)
		}
		select {
		case <-stop:
			return
		case <-time.After(200 * time.Millisecond):
		}
	}
}

// Flush sends what is due at now, in any order where the bank misbehaves; what
// was not taken is sent again later.
func (b *Bank) Flush(now time.Time) {
	b.mu.Lock()
	var due, rest []callback
	for _, c := range b.queue {
		if c.at.After(now) {
			rest = append(rest, c)
		} else {
			due = append(due, c)
		}
	}
	b.queue = rest
	if b.Seed != 0 {
		b.rng.Shuffle(len(due), func(i, j int) { due[i], due[j] = due[j], due[i] })
	}
	b.mu.Unlock()
	for _, c := range due {
		if b.send(c) == nil || c.tries >= 8 {
			continue
		}
		c.tries++
		c.at = now.Add(time.Second << c.tries)
		b.mu.Lock()
		b.queue = append(b.queue, c)
		b.mu.Unlock()
	}
}

func (b *Bank) send(c callback) error {
	to, err := url.Parse(c.to)
	if err != nil {
		return err
	}
	r, err := http.NewRequest(http.MethodPost, c.to, bytes.NewReader(c.body))
	if err != nil {
		return err
	}
	t := strconv.FormatInt(b.Now().Unix(), 10)
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("Signature", "t="+t+",v1="+b.sum(t, "POST "+to.Path, c.body))
	answer, err := b.Client.Do(r)
	if err != nil {
		return err
	}
	defer answer.Body.Close()
	if answer.StatusCode != http.StatusOK {
		return fmt.Errorf("status %d", answer.StatusCode)
	}
	return nil
}
