// Package password hashes what people choose, and refuses what others would try
// first: common and breached passwords, and what somebody is called.
package password

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"embed"
	"encoding/base64"
	"fmt"
	"runtime"
	"strings"
	"time"

	"golang.org/x/crypto/argon2"

	"motcua/base/fault"
)

// Texts are the sentences of this package.
//
//go:embed texts.yaml
var Texts embed.FS

// The shortest and longest in characters (NIST SP 800-63B-4: 15 where it stands alone is advised, 8 is the floor).
const (
	Least = 10
	Most  = 200
)

// argon2id with 19 MiB, 2 passes, 1 lane: OWASP's advice. Each takes 19 MiB and a
// core for some 20 ms, so no more run at once than there are cores.
const (
	memory = 19 * 1024
	passes = 2
	lanes  = 1
	size   = 32 // bytes of a key
)

// Nobody is the stored form of no password: checking against it takes as long as
// against any other.
const Nobody = "$argon2id$v=19$m=19456,t=2,p=1$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"

// A Keeper hashes passwords.
type Keeper struct {
	Words    []string     // what the node is called: nobody leans on that
	Breached *Corpus      // of passwords that leaked elsewhere; nil: the built list alone
	free     chan *hasher // those that have nothing to do, one for each core
	unused   *time.Timer  // ends their programs
}

// NewKeeper is a keeper that hashes on as many cores as there are.
func NewKeeper() *Keeper { return new(Keeper).Elsewhere() }

// Elsewhere hashes in programs of their own from now on, one for each core: command
// is one that calls [Work] on its standard input and output. They give way to all
// others, so whoever reads a page does not wait for those who sign in.
func (k *Keeper) Elsewhere(command ...string) *Keeper {
	k.free = make(chan *hasher, runtime.NumCPU())
	for range cap(k.free) {
		k.free <- &hasher{command: command}
	}
	k.unused = time.AfterFunc(idle, k.rest)
	return k
}

// rest ends the programs that have nothing to do; the next password begins one again.
func (k *Keeper) rest() {
	for range cap(k.free) {
		select {
		case h := <-k.free:
			h.end()
			k.free <- h
		default:
		}
	}
}

// Hash makes the stored form of a password, in the PHC string format. own is what
// its owner is known by.
func (k *Keeper) Hash(ctx context.Context, password string, own ...string) (string, error) {
	if err := k.fit(password, own); err != nil {
		return "", err
	}
	salt := make([]byte, 16)
	rand.Read(salt)
	key, err := k.key(ctx, password, salt)
	b64 := base64.RawStdEncoding.EncodeToString
	return fmt.Sprintf("$argon2id$v=%d$m=%d,t=%d,p=%d$%s$%s", argon2.Version, memory, passes, lanes, b64(salt), b64(key)), err
}

// fit refuses a password that is too short, too long, or among the first that are tried.
func (k *Keeper) fit(password string, own []string) error {
	wrong := func(code string, args ...any) error {
		return fault.Wrong(fault.Field{Pointer: "/password", Code: code, Args: args})
	}
	n := len([]rune(password))
	switch {
	case n < Least:
		return wrong("password.short", Least)
	case n > Most:
		return wrong("password.long", Most)
	case guesses(password, append(names(own), names(k.Words)...)) < enough:
		if guesses(password, nil) < enough {
			return wrong("password.common")
		}
		return wrong("password.own")
	}
	leaked, err := k.Breached.Has(password)
	if err == nil && leaked {
		err = wrong("password.breached")
	}
	return err
}

// Is reports whether stored is the stored form of password.
func (k *Keeper) Is(ctx context.Context, stored, password string) (bool, error) {
	part := strings.Split(stored, "$")
	if len(part) != 6 {
		return false, fmt.Errorf("stored password has %d parts", len(part))
	}
	salt, _ := base64.RawStdEncoding.DecodeString(part[4])
	want, _ := base64.RawStdEncoding.DecodeString(part[5])
	got, err := k.key(ctx, password, salt)
	return err == nil && subtle.ConstantTimeCompare(got, want) == 1, err
}

func (k *Keeper) key(ctx context.Context, password string, salt []byte) ([]byte, error) {
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	select {
	case h := <-k.free:
		defer func() { k.free <- h; k.unused.Reset(idle) }()
		return h.key(question{[]byte(password), salt, memory, passes, lanes}), nil
	case <-ctx.Done():
		return nil, fault.New(fault.Unavailable, "password.busy")
	}
}
