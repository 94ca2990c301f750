package sign

import (
	"context"
	"crypto/x509"
	"errors"
	"time"

	"motcua/base/db"
	"motcua/base/fault"
)

// A What is what can be stopped in an emergency.
type What string

// What is stopped: making signatures and seals, setting the seal of a body alone,
// or issuing certificates.
const (
	Signing What = "signing"
	Sealing What = "sealing"
	Issuing What = "issuing"
)

// Stoppable reports whether w is something that can be stopped.
func (w What) Stoppable() bool { return w == Signing || w == Sealing || w == Issuing }

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

// May refuses while signing or sealing is stopped in a body, or everywhere: the
// node's own seal signs for bodies too.
func (a *Authority) May(ctx context.Context, body string, what What) error {
	return a.d.Read(ctx, func(tx *db.Tx) error { return stopped(tx, what, body) })
}

// Known is the key of a certificate, when it is one of ours, and what stops it now, if anything does.
func (a *Authority) Known(tx *db.Tx, c *x509.Certificate) (k Key, s *Stopped, err error) {
	some, err := keys(tx, `where number in ($1, $2) and cert = $3`, Number(c), outside(c), c.Raw)
	if err != nil || len(some) == 0 {
		return k, nil, err
	}
	x, err := stop(tx, some[0].use(), some[0].Body)
	if errors.Is(err, fault.NotFound) {
		return some[0], nil, nil
	}
	return some[0], &x, err
}

// use is what has to go on for k to sign.
func (k Key) use() What {
	if k.Kind == Seal {
		return Sealing
	}
	return Signing
}

// stop finds what stops something in the body, or everywhere. Where nothing is
// signed nothing is sealed.
func stop(tx *db.Tx, what What, body string) (Stopped, error) {
	also := what
	if what == Sealing {
		also = Signing
	}
	return scanStop(tx.Row(`select body, what, since, why from sign_stop where what in ($1, $2) and (body = '' or body = $3) order by since limit 1`, string(what), string(also), body).Scan)
}

// stopped refuses what is stopped.
func stopped(tx *db.Tx, what What, body string) error {
	s, err := stop(tx, what, body)
	if errors.Is(err, fault.NotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	return fault.New(fault.Unavailable, "sign.stopped."+string(s.What), s.Since)
}
