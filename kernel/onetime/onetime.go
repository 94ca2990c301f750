// Package onetime is codes of six digits that are sent to a person and typed
// back, and which of his contacts have answered so.
//
// A code is good for one matter, for Life, for Tries tries. Only its keyed hash
// is kept: who reads the table does not learn the code, though there are few.
package onetime

import (
	"crypto/hmac"
	"crypto/rand"
	"embed"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"math/big"
	"strings"
	"time"

	"motcua/base/db"
	"motcua/base/fault"
	"motcua/base/id"
	"motcua/base/post"
	"motcua/kernel"
	"motcua/kernel/held"
	"motcua/kernel/level"
	"motcua/kernel/outbox"
	"motcua/kernel/who"
)

//go:embed texts.yaml schema/*.sql
var files embed.FS

// System keeps the codes.
func System() kernel.System {
	schema, _ := fs.Sub(files, "schema")
	return kernel.System{Name: "onetime", Texts: []fs.FS{files}, Schema: schema,
		Recovered: func(*kernel.App) func(*db.Tx, id.ID) error { return forget },
		Held: []held.Table{
			{Name: "onetime_code", Of: "person = $1", Goes: held.Closed, Told: "good for minutes"},
			{Name: "onetime_answered", Of: "person = $1", Goes: held.Closed, Tell: "kind, recipient", Times: "at"}},
		Every: []kernel.Task{{Name: "sweep one-time codes", Pause: time.Hour, Do: sweep}}}
}

// How long a code is good, how often it may be typed wrongly, and how many are
// sent to one person for matters of one sort in a quarter of an hour and in a
// day: together at most 100 guesses of a million a day.
const (
	Life    = 10 * time.Minute
	Tries   = 5
	quarter = 5
	day     = 20
)

// A Contact is where a person can be reached.
type Contact struct {
	Kind     post.Kind
	To       string
	Answered time.Time // when a code sent there was typed back; zero: never
	Since    time.Time // when it took another's place; zero: it came with the account
}

// Settle is how long a contact that was changed is not enough to come in with
// alone: whom it does not belong to has that long to notice.
const Settle = 7 * 24 * time.Hour

// Alone reports whether a code sent there is enough to come in with.
func (c Contact) Alone(now time.Time) bool {
	return !c.Answered.IsZero() && (c.Since.IsZero() || now.Sub(c.Since) >= Settle)
}

// Hint is enough of the address for its owner and too little for others.
func (c Contact) Hint() string {
	if c.Kind == post.SMS {
		return "•••" + c.To[max(0, len(c.To)-3):]
	}
	name, host, _ := strings.Cut(c.To, "@")
	return name[:min(1, len(name))] + "•••@" + host
}

// Contacts are those in p's entry in the register, the phone first.
func Contacts(tx *db.Tx, p who.Person) (all []Contact, err error) {
	for _, c := range []Contact{{Kind: post.SMS, To: strings.ReplaceAll(p.Phone, " ", "")}, {Kind: post.Mail, To: p.Email}} {
		if c.To == "" {
			continue
		}
		var at db.Time
		err := tx.Row(`select at from onetime_answered where person = $1 and kind = $2 and recipient = $3`, p.ID, string(c.Kind), c.To).Scan(&at)
		if err != nil && !errors.Is(err, fault.NotFound) {
			return nil, err
		}
		c.Answered = at.Time
		if err := tx.Row(`select coalesce(max(at), 0) from contact_left where person = $1 and mail = $2`, p.ID, c.Kind == post.Mail).Scan(&at); err != nil {
			return nil, err
		}
		c.Since = at.Time
		all = append(all, c)
	}
	return all, nil
}

// Send sends p a code for one matter, in words that text (a key) has around the
// code {0}, its minutes {1} and args. about is the matter: what stands before its
// first slash is its sort. A code sent before for the same matter is good no more.
func Send(tx *db.Tx, a *kernel.App, p who.Person, c Contact, about, text string, args ...any) error {
	now := a.Now()
	sort, _, _ := strings.Cut(about, "/")
	for _, limit := range []struct {
		most int
		in   time.Duration
	}{{quarter, 15 * time.Minute}, {day, 24 * time.Hour}} {
		var n int
		if err := tx.Row(`select count(*) from onetime_code where person = $1 and (about = $2 or about like $2 || '/%') and made > $3`, p.ID, sort, db.At(now.Add(-limit.in))).Scan(&n); err != nil {
			return err
		}
		if n >= limit.most {
			return fault.New(fault.TooMany, "onetime.many")
		}
	}
	n, err := rand.Int(rand.Reader, big.NewInt(1_000_000))
	if err != nil {
		return err
	}
	code, key := fmt.Sprintf("%06d", n), a.IDs.New()
	if _, err := tx.Exec(`update onetime_code set hash = '' where person = $1 and about = $2`, p.ID, about); err != nil {
		return err
	}
	_, err = tx.Exec(`insert into onetime_code (id, person, about, kind, recipient, hash, tries, made) values ($1, $2, $3, $4, $5, $6, 0, $7)`,
		key, p.ID, about, string(c.Kind), c.To, hash(a, key, code), db.At(now))
	if err != nil {
		return err
	}
	v := a.Voice(p.Lang, "")
	m := post.Message{ID: key, Kind: c.Kind, To: c.To, Made: db.At(now),
		Body: v.T(text, append([]any{code[:3] + " " + code[3:], int(Life / time.Minute)}, args...)...)}
	if m.Kind == post.Mail {
		m.Subject = v.T("onetime.subject")
	}
	return outbox.Send(tx, a, m)
}

// Waits says where the code for a matter was sent that is good still; ok false: none is.
func Waits(tx *db.Tx, a *kernel.App, person id.ID, about string) (c Contact, ok bool, err error) {
	_, c, _, err = last(tx, a, person, about)
	if errors.Is(err, fault.NotFound) {
		return c, false, nil
	}
	return c, err == nil, err
}

// Check reports whether typed is the code sent for the matter, and burns it if
// it is. Its contact has answered then. A wrong one counts: the caller commits
// either way.
func Check(tx *db.Tx, a *kernel.App, person id.ID, about, typed string) (bool, error) {
	key, c, want, err := last(tx, a, person, about)
	if errors.Is(err, fault.NotFound) { // write as much where there is none, so that it takes as long
		_, err := tx.Exec(`insert into onetime_code (id, person, about, kind, recipient, hash, tries, made) values ($1, 0, 'none', '', '', '', 0, $2)`, a.IDs.New(), db.At(a.Now()))
		return false, err
	}
	if err != nil {
		return false, err
	}
	// The try is paid for before it is looked at, so that many at once are no more than Tries.
	n, err := tx.Exec(`update onetime_code set tries = tries + 1 where id = $1 and tries < $2 and hash = $3`, key, Tries, want)
	if err != nil || n != 1 || !hmac.Equal([]byte(want), []byte(hash(a, key, Digits(typed)))) {
		return false, err
	}
	if _, err := tx.Exec(`update onetime_code set hash = '' where id = $1`, key); err != nil {
		return false, err
	}
	_, err = tx.Exec(`insert into onetime_answered (person, kind, recipient, at) values ($1, $2, $3, $4)
		on conflict (person, kind, recipient) do update set at = excluded.at`, person, string(c.Kind), c.To, db.At(a.Now()))
	if err == nil {
		err = level.Reach(tx, a.Book, who.Person{ID: person}, person, level.Proof{Level: who.Low, Way: level.Contact, Ref: string(c.Kind)})
	}
	return err == nil, err
}

// forget forgets codes on their way and which contacts answered, when a person
// got his account back: they may be another's now.
func forget(tx *db.Tx, person id.ID) error {
	_, err := tx.Exec(`delete from onetime_code where person = $1`, person)
	if err == nil {
		_, err = tx.Exec(`delete from onetime_answered where person = $1`, person)
	}
	return err
}

func last(tx *db.Tx, a *kernel.App, person id.ID, about string) (key id.ID, c Contact, want string, err error) {
	err = tx.Row(`select id, kind, recipient, hash from onetime_code where person = $1 and about = $2 and hash <> '' and tries < $3 and made > $4 order by id desc limit 1`,
		person, about, Tries, db.At(a.Now().Add(-Life))).Scan(&key, &c.Kind, &c.To, &want)
	return key, c, want, err
}

func hash(a *kernel.App, key id.ID, code string) string {
	return hex.EncodeToString(a.Keyed("one-time code " + key.String() + " " + code))
}

// Digits are the digits of what a person typed as a code: he may put spaces where he likes.
func Digits(typed string) string {
	return strings.Map(func(r rune) rune {
		if r < '0' || r > '9' {
			return -1
		}
		return r
	}, typed[:min(len(typed), 40)])
}
