package who

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"motcua/base/db"
	"motcua/base/fault"
	"motcua/base/id"
	"motcua/kernel/password"
	"motcua/kernel/throttle"
)

// A Guard stops guessing.
type Guard struct {
	Book *Book
	Gate *throttle.Gate
	*password.Keeper
}

// NewGuard guards the accounts of b.
func NewGuard(b *Book) *Guard {
	return &Guard{Book: b, Gate: new(throttle.Gate), Keeper: password.NewKeeper()}
}

// Hash makes the stored form of a password for p.
func (g *Guard) Hash(ctx context.Context, p Person, secret string) (string, error) {
	mail, _, _ := strings.Cut(p.Email, "@")
	return g.Keeper.Hash(ctx, secret, p.Login, p.Name, mail, p.Phone, p.Number, p.Born)
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
func (g *Guard) SignIn(ctx context.Context, t throttle.Try, secret string) (Person, error) {
	t.Sort, t.Account = throttle.Password, strings.ToLower(strings.TrimSpace(t.Account))
	if err := g.Slow(t); err != nil {
		return Person{}, err
	}
	var n id.ID
	stored := password.Nobody
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
	right, err := g.Is(ctx, stored, secret)
	if err != nil {
		return Person{}, fmt.Errorf("person %s: %w", n, err)
	}
	if !right || n == 0 {
		return Person{}, fault.New(fault.Unidentified, "who.wrong")
	}
	g.Right(t)
	return g.Book.Person(ctx, n)
}
