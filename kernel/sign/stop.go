package sign

import (
	"context"
	"errors"
	"time"

	"motcua/base/db"
	"motcua/base/fault"
)

// A What is what can be stopped in an emergency.
type What string

// What is stopped: making signatures, or issuing certificates.
const (
	Signing What = "signing"
	Issuing What = "issuing"
)

// A Stopped is that something does not go on in a body, or anywhere.
type Stopped struct {
	Body  string // "": everywhere
	What  What
	Since time.Time
	Why   string
}

// Stop stops signing or issuing in a body, or everywhere (""), from the next use
// on: every use reads it in its own transaction, in every program of the database.
func (a *Authority) Stop(tx *db.Tx, s Stopped) error {
	n, err := tx.Exec(`insert into sign_stop (body, what, since, why) values ($1, $2, $3, $4) on conflict (body, what) do nothing`,
		s.Body, string(s.What), db.At(s.Since), s.Why)
	if err == nil && n == 0 {
		err = fault.New(fault.Conflict, "sign.already")
	}
	return err
}

// Go lets it go on.
func (a *Authority) Go(tx *db.Tx, body string, what What) error {
	n, err := tx.Exec(`delete from sign_stop where body = $1 and what = $2`, body, string(what))
	if err == nil && n == 0 {
		err = fault.New(fault.Conflict, "sign.notstopped")
	}
	return err
}

// Stops are all that are stopped now, the oldest first.
func (a *Authority) Stops(tx *db.Tx) ([]Stopped, error) {
	return db.List(tx, scanStop, `select body, what, since, why from sign_stop order by since, body`)
}

func scanStop(scan func(...any) error) (s Stopped, err error) {
	var since db.Time
	err = scan(&s.Body, &s.What, &since, &s.Why)
	s.Since = since.Time
	return s, err
}

// May refuses while signing is stopped in a body, or everywhere: the node's own
// seal signs for bodies too.
func (a *Authority) May(ctx context.Context, body string) error {
	return a.d.Read(ctx, func(tx *db.Tx) error { return stopped(tx, Signing, body) })
}

// stopped refuses what is stopped in the body, or everywhere.
func stopped(tx *db.Tx, what What, body string) error {
	s, err := scanStop(tx.Row(`select body, what, since, why from sign_stop where what = $1 and (body = '' or body = $2) order by since limit 1`, string(what), body).Scan)
	if errors.Is(err, fault.NotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	return fault.New(fault.Unavailable, "sign.stopped."+string(what), s.Since)
}
