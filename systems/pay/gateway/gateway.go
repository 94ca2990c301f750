// Package gateway speaks with a hosted payment page by the contract of
// docs/payment-gateway.md: create a payment, be told of it, ask about it.
//
// What the gateway tells is believed when its signature holds and is fresh, and
// only of what it says: a transaction with its own number and amount. Nothing
// here counts money.
package gateway

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"
)

// A Client is the gateway as one merchant knows it. The zero Client is none.
type Client struct {
	URL      string // without a final slash
	Merchant string
	Secret   string // shared with the gateway, of SecretLeast bytes or more
	Now      func() time.Time
	HTTP     *http.Client // nil: one with a deadline of ten seconds
}

// A Wish is a payment to be made.
type Wish struct {
	Reference string    `json:"reference"` // ours: the same gives the same payment again
	Amount    int64     `json:"amount"`    // in đồng
	Currency  string    `json:"currency"`  // VND
	About     string    `json:"description"`
	Return    string    `json:"return_url"`
	Callback  string    `json:"callback_url"`
	Expires   time.Time `json:"expires_at"`
}

// A Payment is one as the gateway knows it.
type Payment struct {
	ID           string        `json:"id"`
	Reference    string        `json:"reference"`
	URL          string        `json:"url"` // of the page where it is paid
	Amount       int64         `json:"amount"`
	Status       string        `json:"status"` // pending, paid, failed, expired
	Transactions []Transaction `json:"transactions"`
}

// A Transaction is money that the gateway took.
type Transaction struct {
	ID     string    `json:"id"` // unique at the gateway
	Amount int64     `json:"amount"`
	At     time.Time `json:"at"`
	Payer  string    `json:"payer"`
}

// A Notice is what a callback says.
type Notice struct {
	Event       string      `json:"event"` // unique; a repeated callback has the same
	Payment     string      `json:"payment"`
	Reference   string      `json:"reference"`
	Status      string      `json:"status"`
	Transaction Transaction `json:"transaction"`
}

// Window is how old a signature may be, either way: clocks differ, and what was
// overheard is of no use later.
const Window = 5 * time.Minute

// SecretLeast is how many bytes a shared secret has at least: under 112 bits
// (NIST SP 800-131A) a key of HMAC is guessed, and approved modules refuse it.
const SecretLeast = 16

// answerMost is how much of an answer is read.
const answerMost = 1 << 20

// ErrSecret is a secret that would not keep anybody from signing for the gateway.
var ErrSecret = fmt.Errorf("gateway: the shared secret has fewer than %d characters", SecretLeast)

// ErrSignature is a message that the gateway did not sign, or not lately.
var ErrSignature = errors.New("the signature does not hold")

// Check is whether c can be spoken with: none can, and one with a real secret.
func (c *Client) Check() error {
	if c.URL != "" && !c.secret() {
		return ErrSecret
	}
	return nil
}

func (c *Client) secret() bool { return len(c.Secret) >= SecretLeast }

// Create asks for a page where w is paid.
func (c *Client) Create(ctx context.Context, w Wish) (p Payment, err error) {
	b, err := json.Marshal(w)
	if err == nil {
		err = c.ask(ctx, http.MethodPost, "/v1/payments", b, &p)
	}
	if err == nil && (p.ID == "" || !c.page(p.URL)) {
		err = fmt.Errorf("gateway: payment %q at %q: want an id and an address of the gateway", p.ID, p.URL)
	}
	return p, err
}

// A Return is money of a transaction to be given back to who paid it.
type Return struct {
	Reference   string `json:"reference"` // ours: the same gives the same refund again
	Transaction string `json:"transaction"`
	Amount      int64  `json:"amount"` // in đồng
	Currency    string `json:"currency"`
}

// A Refund is one as the gateway knows it.
type Refund struct {
	ID        string `json:"id"` // unique at the gateway
	Reference string `json:"reference"`
	Amount    int64  `json:"amount"`
	Status    string `json:"status"` // pending, done, failed
}

// ErrRefused is what the gateway will never do, however often it is asked.
var ErrRefused = errors.New("the gateway refuses")

// GiveBack asks for a refund, or how one asked for before stands.
func (c *Client) GiveBack(ctx context.Context, w Return) (f Refund, err error) {
	b, err := json.Marshal(w)
	if err == nil {
		err = c.ask(ctx, http.MethodPost, "/v1/refunds", b, &f)
	}
	if err == nil && (f.Reference != w.Reference || f.Amount != w.Amount || f.Status == "done" && (f.ID == "" || len(f.ID) > 80)) {
		err = fmt.Errorf("gateway: refund %q answers %+v", w.Reference, f)
	}
	return f, err
}

// Find asks what became of a payment.
func (c *Client) Find(ctx context.Context, id string) (p Payment, err error) {
	err = c.ask(ctx, http.MethodGet, "/v1/payments/"+url.PathEscape(id), nil, &p)
	return p, err
}

// page reports whether people may be sent there: the gateway's own address alone.
func (c *Client) page(s string) bool {
	u, err := url.Parse(s)
	own, err2 := url.Parse(c.URL)
	return err == nil && err2 == nil && u.Scheme == own.Scheme && u.Host == own.Host && u.User == nil
}

func (c *Client) ask(ctx context.Context, method, path string, body []byte, into any) error {
	r, err := http.NewRequestWithContext(ctx, method, c.URL+path, bytes.NewReader(body))
	if err != nil {
		return err
	}
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("Merchant", c.Merchant)
	r.Header.Set("Signature", Sign(c.Secret, c.Now(), method+" "+path, body))
	client := c.HTTP
	if client == nil {
		client = &http.Client{Timeout: 10 * time.Second, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	}
	answer, err := client.Do(r)
	if err != nil {
		return fmt.Errorf("gateway: %w", err)
	}
	defer answer.Body.Close()
	b, err := io.ReadAll(io.LimitReader(answer.Body, answerMost))
	if err == nil && answer.StatusCode == http.StatusUnprocessableEntity {
		err = ErrRefused
	} else if err == nil && answer.StatusCode/100 != 2 {
		err = fmt.Errorf("status %d", answer.StatusCode)
	}
	if err == nil {
		err = json.Unmarshal(b, into)
	}
	if err != nil {
		return fmt.Errorf("gateway: %s %s: %w", method, path, err)
	}
	return nil
}

// Sign is the value of the header Signature: the second it was made, and
// HMAC-SHA256 over that second, what is asked, and the body.
func Sign(secret string, at time.Time, what string, body []byte) string {
	t := strconv.FormatInt(at.Unix(), 10)
	return "t=" + t + ",v1=" + hex.EncodeToString(mac(secret, t, what, body))
}

func mac(secret, t, what string, body []byte) []byte {
	h := hmac.New(sha256.New, []byte(secret))
	fmt.Fprintf(h, "%s.%s.", t, what)
	h.Write(body)
	return h.Sum(nil)
}

// Read reads a callback to the address what, such as "POST /pay/callback".
func (c *Client) Read(header, what string, body []byte) (n Notice, err error) {
	t, v1 := "", ""
	for _, part := range strings.Split(header, ",") {
		switch key, value, _ := strings.Cut(strings.TrimSpace(part), "="); key {
		case "t":
			t = value
		case "v1":
			v1 = value
		}
	}
	sum, err := hex.DecodeString(v1)
	seconds, err2 := strconv.ParseInt(t, 10, 64)
	if err != nil || err2 != nil || !c.secret() || !hmac.Equal(sum, mac(c.Secret, t, what, body)) {
		return n, ErrSignature
	}
	if age := c.Now().Sub(time.Unix(seconds, 0)); age > Window || age < -Window {
		return n, fmt.Errorf("%w: it is %s old", ErrSignature, age.Round(time.Second))
	}
	if err := json.Unmarshal(body, &n); err != nil {
		return n, fmt.Errorf("gateway: callback: %w", err)
	}
	x := n.Transaction
	if n.Status == "paid" && (x.ID == "" || len(x.ID) > 80 || x.Amount < 1 || x.Amount > 1e12) {
		return n, fmt.Errorf("gateway: callback %q: transaction %q of %d", n.Event, x.ID, x.Amount)
	}
	return n, nil
}
