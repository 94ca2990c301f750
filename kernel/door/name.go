package door

import (
	"crypto/rand"
	"fmt"
	"math/big"
	"strings"

	"motcua/base/db"
	"motcua/base/fault"
	"motcua/base/lang"
	"motcua/base/web"
	"motcua/kernel"
	"motcua/kernel/device"
	"motcua/kernel/throttle"
	"motcua/kernel/who"
)

// assigned is a sign-in name for who registers. Nobody chooses one: a form that
// says that a name is taken tells who has an account here. Six digits of chance
// always end it, so that not even the name given says whether others have the like.
func assigned(name string) (string, error) {
	var parts []string
	for _, word := range strings.Fields(lang.Fold(name)) {
		word = strings.Map(func(r rune) rune {
			if r < 'a' || r > 'z' {
				return -1
			}
			return r
		}, word)
		if word != "" {
			parts = append(parts, word[:min(len(word), 12)])
		}
	}
	if len(parts) > 2 {
		parts = []string{parts[0], parts[len(parts)-1]}
	}
	n, err := rand.Int(rand.Reader, big.NewInt(1_000_000))
	return strings.Join(append(parts, fmt.Sprintf("%06d", n)), "."), err
}

// open makes an account for who registers, and tells its contacts: whose phone or
// mail it is learns that somebody gave it, and where; the person finds his name
// there again. It is the one message of registering: the first sign-in is part of it.
func open(r *kernel.Request, tx *db.Tx, p who.Person, hash string) (who.Person, error) {
	for {
		var err error
		if p.Login, err = assigned(p.Name); err != nil {
			return p, err
		}
		made, err := r.App.Book.Add(tx, p, p, hash)
		if taken(err) { // somebody else's chance fell on the same: draw again
			continue
		}
		if err != nil {
			return p, err
		}
		return made, device.Tell(r, tx, made, "opened", device.Name(r.UserAgent()), made.Login)
	}
}

// told counts the accounts that a phone or mail is told of, and gives none back:
// nobody has proved that it is his, and nobody is to be flooded.
func told(r *kernel.Request, contacts ...string) error {
	for _, to := range contacts {
		if to = strings.ToLower(strings.Join(strings.Fields(to), "")); to == "" {
			continue
		}
		if err := r.App.Guard.Slow(throttle.Try{Sort: "told", Account: to}); err != nil {
			return err
		}
	}
	return nil
}

// taken reports whether a sign-in name is somebody's already, or was.
func taken(err error) bool {
	f, ok := err.(*fault.Error)
	return ok && len(f.Fields) == 1 && f.Fields[0].Code == "who.login"
}

// showName shows who has just registered his sign-in name.
func showName(r *kernel.Request) (web.Answer, error) { return web.Show(namePage(r)) }
