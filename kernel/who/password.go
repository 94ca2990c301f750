package who

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"encoding/base64"
	"errors"
	"fmt"
	"runtime"
	"strings"
	"sync"
	"time"

	"golang.org/x/crypto/argon2"

	"motcua/base/db"
	"motcua/base/fault"
	"motcua/base/id"
)

// Least is the least length of a password (NIST SP 800-63B-4: 15 where it stands alone is advised, 8 is the floor).
const Least = 10

// argon2id with 19 MiB, 2 passes, 1 lane: OWASP's advice. Each takes 19 MiB, so
// no more run at once than there are cores.
const (
	memory = 19 * 1024
	passes = 2
	lanes  = 1
)

// A Guard hashes passwords and stops guessing.
type Guard struct {
	Book  *Book
	slots chan struct{}
	mu    sync.Mutex
	tries map[string]tries
}

type tries struct {
	n     int
	until time.Time
}

// NewGuard guards the accounts of b.
func NewGuard(b *Book) *Guard {
	return &Guard{Book: b, slots: make(chan struct{}, runtime.NumCPU()), tries: map[string]tries{}}
}

// Hash makes the stored form of a password, in the PHC string format.
func (g *Guard) Hash(ctx context.Context, password string) (string, error) {
	switch n := len([]rune(password)); {
	case n < Least:
		return "", fault.Wrong(fault.Field{Pointer: "/password", Code: "who.password", Args: []any{Least}})
	case n > 200:
		return "", fault.Wrong(fault.Field{Pointer: "/password", Code: "who.passwordlong"})
	}
	salt := make([]byte, 16)
	rand.Read(salt)
	key, err := g.key(ctx, password, salt)
	b64 := base64.RawStdEncoding.EncodeToString
	return fmt.Sprintf("$argon2id$v=%d$m=%d,t=%d,p=%d$%s$%s", argon2.Version, memory, passes, lanes, b64(salt), b64(key)), err
}

func (g *Guard) key(ctx context.Context, password string, salt []byte) (key []byte, err error) {
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	select {
	case g.slots <- struct{}{}:
		defer func() { <-g.slots }()
		niced(func() { key = argon2.IDKey([]byte(password), salt, passes, memory, lanes, 32) })
		return key, nil
	case <-ctx.Done():
		return nil, fault.New(fault.Unavailable, "who.busy")
	}
}

// SignIn says who has this login and password. A login that does not exist
// takes the same time and gets the same answer. After 5 wrong tries a login
// waits, 1 minute at first, 15 at most; so does nobody else.
func (g *Guard) SignIn(ctx context.Context, login, password string) (Person, error) {
	login = strings.ToLower(strings.TrimSpace(login))
	if wait := g.wait(login); wait > 0 {
		return Person{}, fault.New(fault.TooMany, "who.slow", int(wait/time.Minute)+1)
	}
	var n id.ID
	stored := "$argon2id$v=19$m=19456,t=2,p=1$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
	err := g.Book.DB.Read(ctx, func(tx *db.Tx) error {
		err := tx.Row(`select id, password from person where login = $1 and password <> ''`, login).Scan(&n, &stored)
		if errors.Is(err, fault.NotFound) {
			return nil
		}
		return err
	})
	if err != nil {
		return Person{}, err
	}
	part := strings.Split(stored, "$")
	if len(part) != 6 {
		return Person{}, fmt.Errorf("person %s: stored password has %d parts", n, len(part))
	}
	salt, _ := base64.RawStdEncoding.DecodeString(part[4])
	want, _ := base64.RawStdEncoding.DecodeString(part[5])
	got, err := g.key(ctx, password, salt)
	if err != nil {
		return Person{}, err
	}
	if subtle.ConstantTimeCompare(got, want) != 1 || n == 0 {
		g.missed(login)
		return Person{}, fault.New(fault.Unidentified, "who.wrong")
	}
	g.mu.Lock()
	delete(g.tries, login)
	g.mu.Unlock()
	return g.Book.Person(ctx, n)
}

func (g *Guard) wait(login string) time.Duration {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.tries[login].until.Sub(g.Book.Now())
}

func (g *Guard) missed(login string) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if len(g.tries) > 100_000 { // a flood of invented names forgets all: each still pays for its hash
		clear(g.tries)
	}
	t := g.tries[login]
	t.n++
	if t.n >= 5 {
		t.until = g.Book.Now().Add(min(15, time.Duration(1)<<min(t.n-5, 4)) * time.Minute)
	}
	g.tries[login] = t
}
