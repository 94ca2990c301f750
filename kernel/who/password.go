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
	"time"

	"golang.org/x/crypto/argon2"

	"motcua/base/db"
	"motcua/base/fault"
	"motcua/base/id"
	"motcua/kernel/throttle"
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
	Gate  *throttle.Gate
	slots chan struct{} // one for each that hashes
	queue chan hashing  // whoever hashes takes the next from here
}

// A hashing is one password on its way to its key.
type hashing struct {
	password string
	salt     []byte
	key      chan []byte
}

// NewGuard guards the accounts of b.
func NewGuard(b *Book) *Guard {
	return &Guard{Book: b, Gate: new(throttle.Gate), slots: make(chan struct{}, runtime.NumCPU()), queue: make(chan hashing)}
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

func (g *Guard) key(ctx context.Context, password string, salt []byte) ([]byte, error) {
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	h := hashing{password, salt, make(chan []byte, 1)}
	select {
	case g.queue <- h:
	case g.slots <- struct{}{}:
		go g.hash(h)
	case <-ctx.Done():
		return nil, fault.New(fault.Unavailable, "who.busy")
	}
	return <-h.key, nil
}

// hash makes the key of h, then those of whoever waits, in a thread that gives way
// to all others: it takes a core for some 30 ms, and who reads a page does not wait.
func (g *Guard) hash(h hashing) {
	defer func() { <-g.slots }()
	runtime.LockOSThread() // never unlocked: the thread ends with this, and its low rank with it
	lowRank()
	for {
		h.key <- argon2.IDKey([]byte(h.password), h.salt, passes, memory, lanes, 32)
		select {
		case h = <-g.queue:
		default:
			return
		}
	}
}

// Slow counts a try at the door; it has to wait where too many went wrong.
func (g *Guard) Slow(t throttle.Try) error {
	if wait := g.Gate.Begin(t, g.Book.Now()); wait > 0 {
		return fault.New(fault.TooMany, "who.slow", int((wait+time.Minute-1)/time.Minute))
	}
	return nil
}

// Right gives back what a try that was right used up.
func (g *Guard) Right(t throttle.Try) { g.Gate.Right(t, g.Book.Now()) }

// SignIn says who has this sign-in name and password. A name that does not exist
// takes the same time and gets the same answer.
func (g *Guard) SignIn(ctx context.Context, t throttle.Try, password string) (Person, error) {
	t.Sort, t.Account = throttle.Password, strings.ToLower(strings.TrimSpace(t.Account))
	if err := g.Slow(t); err != nil {
		return Person{}, err
	}
	var n id.ID
	stored := "$argon2id$v=19$m=19456,t=2,p=1$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
	err := g.Book.DB.Read(ctx, func(tx *db.Tx) error {
		err := tx.Row(`select id, password from person where login = $1 and password <> ''`, t.Account).Scan(&n, &stored)
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
		return Person{}, fault.New(fault.Unidentified, "who.wrong")
	}
	g.Right(t)
	return g.Book.Person(ctx, n)
}
