// Package second is what a person shows beside his password: the codes of an app
// on his phone (TOTP, RFC 6238), and the codes on paper that stand in for what he
// lost. A code of either is accepted once.
package second

import (
	"context"
	"crypto/hmac"
	"crypto/rand"
	"embed"
	"encoding/base32"
	"encoding/hex"
	"errors"
	"io/fs"
	"net/url"
	"strings"
	"time"

	"github.com/pquerna/otp"
	"github.com/pquerna/otp/totp"

	"motcua/base/db"
	"motcua/base/fault"
	"motcua/base/id"
	"motcua/kernel"
	"motcua/kernel/held"
	"motcua/kernel/onetime"
	"motcua/kernel/who"
)

//go:embed texts.yaml schema/*.sql
var files embed.FS

// System keeps the apps and the recovery codes.
func System() kernel.System {
	schema, _ := fs.Sub(files, "schema")
	return kernel.System{Name: "second", Texts: []fs.FS{files}, Schema: schema,
		Held: []held.Table{
			{Name: "second_app", Of: "person = $1", Goes: held.Closed, Times: "made, confirmed"},
			{Name: "second_recovery", Of: "person = $1", Goes: held.Closed, Times: "made, used"}},
		Recovered: func(a *kernel.App) func(*db.Tx, id.ID) error {
			return func(tx *db.Tx, person id.ID) error { return forget(tx, a, person) }
		},
		Keeps: func(a *kernel.App) held.Keeps {
			return held.Keeps{End: func(tx *db.Tx, p who.Person) error { return Remove(tx, a, p.ID) }}
		}}
}

// An app makes a code each period; one before or after ours is accepted, because
// clocks of phones differ (RFC 6238, 5.2).
const (
	period = 30 // seconds
	skew   = 1
)

var base = base32.StdEncoding.WithPadding(base32.NoPadding)

func keptAs(person id.ID) string { return "app of " + person.String() }

// App says whether a person's app gives codes; waits: he has begun with one and not confirmed it.
func App(tx *db.Tx, person id.ID) (has, waits bool, err error) {
	var confirmed db.Time
	err = tx.Row(`select confirmed from second_app where person = $1`, person).Scan(&confirmed)
	if errors.Is(err, fault.NotFound) {
		return false, false, nil
	}
	return err == nil && !confirmed.IsZero(), err == nil && confirmed.IsZero(), err
}

// Begin gives a person another secret for an app. It counts once he typed a code
// of it back; until then the app he had goes on.
func Begin(tx *db.Tx, a *kernel.App, person id.ID) error {
	if has, _, err := App(tx, person); err != nil || has {
		return errors.Join(err, fault.New(fault.Conflict, "second.has"))
	}
	secret := make([]byte, 20)
	rand.Read(secret)
	if err := a.Keys.Keep(tx, keptAs(person), secret); err != nil {
		return err
	}
	_, err := tx.Exec(`insert into second_app (person, made, confirmed, step) values ($1, $2, 0, 0)
		on conflict (person) do update set made = excluded.made, step = 0`, person, db.At(a.Now()))
	return err
}

// Secret is what the app and the program share; none is a fault.NotFound.
func Secret(ctx context.Context, a *kernel.App, person id.ID) ([]byte, error) {
	return a.Keys.Kept(ctx, keptAs(person))
}

// Link is the secret as apps read it off a picture.
func Link(a *kernel.App, p who.Person, secret []byte) string {
	u, _ := url.Parse(a.URL)
	v := url.Values{"secret": {base.EncodeToString(secret)}, "issuer": {u.Hostname()}}
	return (&url.URL{Scheme: "otpauth", Host: "totp", Path: "/" + u.Hostname() + ":" + p.Login, RawQuery: v.Encode()}).String()
}

// Typed is the secret for who types it into the app, in groups.
func Typed(secret []byte) string {
	s := base.EncodeToString(secret)
	var all []string
	for ; len(s) > 4; s = s[4:] {
		all = append(all, s[:4])
	}
	return strings.Join(append(all, s), " ")
}

// Check reports whether typed is a code of the person's app, read before, that
// was not used yet; the first one confirms the app.
func Check(tx *db.Tx, a *kernel.App, person id.ID, secret []byte, typed string) (bool, error) {
	now := a.Now()
	step := find(secret, onetime.Digits(typed), now)
	if step == 0 {
		return false, nil
	}
	n, err := tx.Exec(`update second_app set step = $1, confirmed = case when confirmed = 0 then $2 else confirmed end where person = $3 and step < $1`, step, db.At(now), person)
	return n == 1, err
}

// find is the number of the period whose code was typed; 0: none near now.
func find(secret []byte, typed string, now time.Time) (step int64) {
	o := totp.ValidateOpts{Period: period, Digits: otp.DigitsSix, Algorithm: otp.AlgorithmSHA1}
	for d := -skew; d <= skew; d++ {
		at := now.Add(time.Duration(d) * period * time.Second)
		code, err := totp.GenerateCodeCustom(base.EncodeToString(secret), at, o)
		if err == nil && hmac.Equal([]byte(code), []byte(typed)) {
			step = at.Unix() / period
		}
	}
	return step
}

// Remove takes the app away from a person.
func Remove(tx *db.Tx, a *kernel.App, person id.ID) error {
	if _, err := tx.Exec(`delete from second_app where person = $1`, person); err != nil {
		return err
	}
	return a.Keys.Forget(tx, keptAs(person))
}

// forget takes the app and the codes on paper away from a person who got his account
// back: whoever has them is not he, or he lost them.
func forget(tx *db.Tx, a *kernel.App, person id.ID) error {
	_, err := tx.Exec(`delete from second_recovery where person = $1`, person)
	return errors.Join(err, Remove(tx, a, person))
}

// Codes is how many recovery codes a person gets at once.
const Codes = 10

// Recovery gives a person new recovery codes in place of those he had. They are
// shown once: only their keyed hashes stay. They are of 120 bits, so that nobody
// who reads the table and the node's secret can try them all (ASVS 6.5.2 asks 112).
func Recovery(tx *db.Tx, a *kernel.App, person id.ID) (all []string, err error) {
	if _, err := tx.Exec(`delete from second_recovery where person = $1`, person); err != nil {
		return nil, err
	}
	for range Codes {
		b := make([]byte, 15)
		rand.Read(b)
		s := base.EncodeToString(b)
		if _, err := tx.Exec(`insert into second_recovery (hash, person, made, used) values ($1, $2, $3, 0)`, hash(a, s), person, db.At(a.Now())); err != nil {
			return nil, err
		}
		all = append(all, s[:4]+" "+s[4:8]+" "+s[8:12]+" "+s[12:16]+" "+s[16:20]+" "+s[20:])
	}
	return all, nil
}

// Left is how many recovery codes a person has.
func Left(tx *db.Tx, person id.ID) (n int, err error) {
	return n, tx.Row(`select count(*) from second_recovery where person = $1 and used = 0`, person).Scan(&n)
}

// Recover burns a recovery code of the person with this sign-in name and says who
// he is; it takes as long where there is no such person. ok false: it is none.
func Recover(tx *db.Tx, a *kernel.App, login, typed string) (person id.ID, ok bool, err error) {
	typed = strings.Map(func(r rune) rune {
		switch {
		case r >= 'a' && r <= 'z':
			return r - 'a' + 'A'
		case r >= 'A' && r <= 'Z' || r >= '2' && r <= '7':
			return r
		}
		return -1
	}, typed[:min(len(typed), 60)])
	h := hash(a, typed)
	err = tx.Row(`select r.person from second_recovery r join person p on p.id = r.person where r.hash = $1 and r.used = 0 and p.login = $2`,
		h, strings.ToLower(strings.TrimSpace(login))).Scan(&person)
	if errors.Is(err, fault.NotFound) {
		return 0, false, nil
	}
	if err != nil {
		return 0, false, err
	}
	n, err := tx.Exec(`update second_recovery set used = $1 where hash = $2 and used = 0`, db.At(a.Now()), h)
	return person, n == 1, err
}

func hash(a *kernel.App, code string) string {
	return hex.EncodeToString(a.Keyed("recovery code " + code))
}
