package web

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"embed"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"io/fs"
	"net/http"
	"time"

	"motcua/base/db"
	"motcua/base/fault"
	"motcua/base/id"
)

//go:embed schema/*.sql
var schema embed.FS

// Schema holds the table of sessions, tokens and one-time links.
func Schema() fs.FS { sub, _ := fs.Sub(schema, "schema"); return sub }

// Texts are the sentences of this package.
//
//go:embed texts.yaml
var Texts embed.FS

// A Sort is what a secret is for.
type Sort string

// The sorts of secrets.
const (
	Browser Sort = "browser" // a signed-in browser, in a cookie
	Token   Sort = "token"   // a program, in the Authorization header
	App     Sort = "app"     // an app of others that a person lets act for him, there too
	OneTime Sort = "onetime" // a link with one button, used once
)

// A Session says for whom a secret stands. The zero Session is nobody.
type Session struct {
	Number  id.ID // what it is called by: knowing it gives no right
	Sort    Sort
	Subject id.ID
	Scope   string // what a token or link may do
	Label   string
	Made    time.Time
	Expires time.Time
	Idle    time.Duration // it ends when it was not used for so long; 0: it does not
	used    time.Time
}

// Sessions keeps secrets by their hash alone: who reads the table cannot sign in.
type Sessions struct {
	DB  *db.DB
	IDs *id.Source
	Now func() time.Time
	// Ended is told in their transaction which signed-in browsers were signed out; nil: nobody asks.
	Ended func(tx *db.Tx, numbers []id.ID) error
}

func digest(secret string) string {
	sum := sha256.Sum256([]byte(secret))
	return hex.EncodeToString(sum[:])
}

// Make stores a new secret and returns it; it is never shown again.
func (s *Sessions) Make(tx *db.Tx, sort Sort, subject id.ID, scope, label string, life time.Duration) (string, error) {
	b := make([]byte, 24)
	rand.Read(b)
	secret, now := base64.RawURLEncoding.EncodeToString(b), s.Now()
	_, err := tx.Exec(`insert into session (hash, number, sort, subject, scope, label, made, expires) values ($1, $2, $3, $4, $5, $6, $7, $8)`,
		digest(secret), s.IDs.New(), string(sort), subject, scope, label, db.At(now), db.At(now.Add(life)))
	return secret, err
}

// Again signs the person of a browser in once more: under a fresh secret, with a
// fresh time and what the sign-in proved, and still the same session for those
// who were told of it.
func (s *Sessions) Again(tx *db.Tx, was Session, scope string, life time.Duration) (string, error) {
	secret, err := s.Make(tx, was.Sort, was.Subject, scope, was.Label, life)
	if err == nil {
		_, err = tx.Exec(`delete from session where number = $1 and subject = $2 and sort = $3`, was.Number, was.Subject, string(was.Sort))
	}
	if err == nil {
		_, err = tx.Exec(`update session set number = $1 where hash = $2`, was.Number, digest(secret))
	}
	if err == nil {
		err = s.Rests(tx, secret, was.Idle)
	}
	return secret, err
}

// Rests says after how long without use a secret ends; 0: only when its life is over.
func (s *Sessions) Rests(tx *db.Tx, secret string, idle time.Duration) error {
	_, err := tx.Exec(`update session set idle = $1, used = $2 where hash = $3`, idle.Microseconds(), db.At(s.Now()), digest(secret))
	return err
}

// Used notes that a browser is in use, if that was not noted lately: a tenth of
// its rest is precise enough, and few requests write.
func (s *Sessions) Used(ctx context.Context, v Session, secret string) error {
	if v.Idle == 0 || s.Now().Sub(v.used) < v.Idle/10 {
		return nil
	}
	return s.DB.Write(ctx, func(tx *db.Tx) error {
		_, err := tx.Exec(`update session set used = $1 where hash = $2`, db.At(s.Now()), digest(secret))
		return err
	})
}

// live is of rows that are good at the time $1.
const live = ` and expires > $1 and (idle = 0 or used + idle > $1)`

// Find says for whom secret stands; an unknown or expired one stands for nobody.
func (s *Sessions) Find(ctx context.Context, sort Sort, secret string) (Session, error) {
	return s.look(ctx, secret, sort, sort)
}

// Bearer says for whom the secret of an Authorization header stands: a program's
// or an app's.
func (s *Sessions) Bearer(ctx context.Context, secret string) (Session, error) {
	return s.look(ctx, secret, Token, App)
}

func (s *Sessions) look(ctx context.Context, secret string, one, or Sort) (v Session, err error) {
	if secret == "" || len(secret) > 100 {
		return v, nil
	}
	err = s.DB.Look(ctx, func(tx *db.Tx) error {
		v, err = s.find(tx, secret, one, or)
		return err
	})
	return v, err
}

func (s *Sessions) find(tx *db.Tx, secret string, one, or Sort) (v Session, err error) {
	var made, expires, used db.Time
	var idle int64
	err = tx.Row(`select sort, number, subject, scope, label, made, expires, idle, used from session where hash = $2 and sort in ($3, $4)`+live,
		db.At(s.Now()), digest(secret), string(one), string(or)).Scan(&v.Sort, &v.Number, &v.Subject, &v.Scope, &v.Label, &made, &expires, &idle, &used)
	v.Made, v.Expires, v.Idle, v.used = made.Time, expires.Time, time.Duration(idle)*time.Microsecond, used.Time
	if errors.Is(err, fault.NotFound) {
		return Session{}, nil
	}
	return v, err
}

// Use finds a one-time secret and burns it in the same transaction.
func (s *Sessions) Use(tx *db.Tx, secret string) (Session, error) {
	v, err := s.find(tx, secret, OneTime, OneTime)
	if err != nil {
		return v, err
	}
	if v.Sort == "" || v.Made.IsZero() {
		return v, fault.New(fault.Gone, "web.linkgone")
	}
	_, err = tx.Exec(`delete from session where hash = $1`, digest(secret))
	return v, err
}

// End ends one secret.
func (s *Sessions) End(ctx context.Context, secret string) error {
	return s.DB.Write(ctx, func(tx *db.Tx) error { return s.end(tx, `hash = $1`, digest(secret)) })
}

// EndAll ends every secret of sort of subject.
func (s *Sessions) EndAll(tx *db.Tx, sort Sort, subject id.ID) error {
	return s.end(tx, `subject = $1 and sort = $2`, subject, string(sort))
}

// EndOne ends the browser of subject with that number.
func (s *Sessions) EndOne(tx *db.Tx, subject, number id.ID) error {
	return s.end(tx, `subject = $1 and sort = $2 and number = $3`, subject, string(Browser), number)
}

// Of are the secrets of sort of subject that are good now, the latest first.
func (s *Sessions) Of(tx *db.Tx, sort Sort, subject id.ID) ([]Session, error) {
	return db.List(tx, func(into func(...any) error) (v Session, err error) {
		var made, expires db.Time
		err = into(&v.Number, &v.Scope, &v.Label, &made, &expires)
		v.Sort, v.Subject, v.Made, v.Expires = sort, subject, made.Time, expires.Time
		return v, err
	}, `select number, scope, label, made, expires from session where subject = $2 and sort = $3`+live+` order by made desc, number desc`, db.At(s.Now()), subject, string(sort))
}

// Here reports whether the browser of subject with that number is signed in.
func (s *Sessions) Here(tx *db.Tx, subject, number id.ID) (bool, error) {
	n := 0
	err := tx.Row(`select count(*) from session where subject = $2 and sort = $3 and number = $4`+live, db.At(s.Now()), subject, string(Browser), number).Scan(&n)
	return n > 0, err
}

// EndLabel ends the secrets of sort that bear a label.
func (s *Sessions) EndLabel(tx *db.Tx, sort Sort, subject id.ID, label string) error {
	return s.end(tx, `subject = $1 and sort = $2 and label = $3`, subject, string(sort), label)
}

// end ends what is found and tells of the browsers among it.
func (s *Sessions) end(tx *db.Tx, where string, args ...any) error {
	all, err := db.List(tx, func(into func(...any) error) (n id.ID, err error) { return n, into(&n) },
		`select number from session where sort = '`+string(Browser)+`' and `+where, args...)
	if err != nil {
		return err
	}
	if _, err := tx.Exec(`delete from session where `+where, args...); err != nil || len(all) == 0 || s.Ended == nil {
		return err
	}
	return s.Ended(tx, all)
}

// Sweep removes what has expired.
func (s *Sessions) Sweep(ctx context.Context) error {
	return s.DB.Write(ctx, func(tx *db.Tx) error {
		_, err := tx.Exec(`delete from session where expires < $1`, db.At(s.Now()))
		return err
	})
}

const cookie = "motcua"

// Life is how long a browser stays signed in at most; one that is not used ends sooner.
const Life = 12 * time.Hour

// SetCookie gives the browser its secret; "" takes it away.
func (r *Request) SetCookie(secret string) {
	long := Life
	if secret == "" {
		long = -time.Second
		r.w.Header().Set("Clear-Site-Data", `"cache", "storage"`)
	}
	http.SetCookie(r.w, r.Keep(cookie, secret, long))
}

// Secret is the browser's secret, or "".
func (r *Request) Secret() string { return r.Kept(cookie) }
