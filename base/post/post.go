// Package post writes to people: mail and short messages.
//
// A message is a row written in the transaction that causes it, and a job that
// delivers it. Where no mail server is set (a demo, a developer's machine)
// messages stay in the outbox for everybody there to read. What was delivered
// keeps neither its words nor its address; neither ever stands in a log.
package post

import (
	"context"
	"embed"
	"fmt"
	"io/fs"
	"net/mail"
	"strings"
	"time"

	"motcua/base/db"
	"motcua/base/fault"
	"motcua/base/id"
	"motcua/base/job"
)

//go:embed schema/*.sql
var files embed.FS

//go:embed texts.yaml
var Texts embed.FS

// Schema makes the table post.
var Schema, _ = fs.Sub(files, "schema")

// JobName is the job that delivers one message: give Carrier.Deliver to the Runner under it.
const JobName = "post"

// A Kind is how a message travels.
type Kind string

const (
	Mail Kind = "mail"
	SMS  Kind = "sms"
)

// A Message is a plain text to one person.
type Message struct {
	ID      id.ID
	Kind    Kind
	To      string // a mail address or a telephone number
	Subject string // of mail; one line
	Body    string
	Made    db.Time
	Sent    db.Time // zero: not yet, or kept in the outbox
	Failed  string  // why it will never be sent
	Stays   bool    // of Send: nobody will carry it, it is only to be read in the outbox
}

// Send puts m into the outbox; it is delivered soon after tx is durable. An
// address that cannot be one is Invalid.
func Send(tx *db.Tx, m Message) error {
	if m.ID == 0 {
		return fmt.Errorf("a message without an id")
	}
	if m.Made.IsZero() {
		m.Made = db.At(time.Now())
	}
	if err := checkAddress(m.Kind, m.To); err != nil {
		return err
	}
	m.Subject = strings.Join(strings.Fields(m.Subject), " ")
	_, err := tx.Exec(`insert into post (id, kind, recipient, subject, body, made, sent, failed)
		values ($1, $2, $3, $4, $5, $6, 0, '')`, m.ID, string(m.Kind), m.To, m.Subject, m.Body, m.Made)
	if err != nil {
		return fmt.Errorf("message %s: %w", m.ID, err)
	}
	if m.Stays || m.Kind == SMS { // no gateway for SMS yet
		return nil
	}
	return job.Add(tx, JobName, m.ID.String(), m.Made.Time, m.ID)
}

func checkAddress(k Kind, to string) error {
	switch k {
	case Mail:
		if a, err := mail.ParseAddress(to); err != nil || a.Address != to {
			return fault.New(fault.Invalid, "post.mail")
		}
	case SMS:
		digits := strings.TrimPrefix(to, "+")
		if len(digits) < 8 || len(digits) > 15 || strings.Trim(digits, "0123456789") != "" {
			return fault.New(fault.Invalid, "post.sms")
		}
	default:
		return fmt.Errorf("a message cannot travel as %q", k)
	}
	return nil
}

const columns = `id, kind, recipient, subject, body, made, sent, failed`

func scan(into func(...any) error) (m Message, err error) {
	err = into(&m.ID, &m.Kind, &m.To, &m.Subject, &m.Body, &m.Made, &m.Sent, &m.Failed)
	return m, err
}

// List are the newest messages with an id below before (0: all), at most limit.
func List(ctx context.Context, d *db.DB, before id.ID, limit int) (all []Message, err error) {
	if before == 0 {
		before = 1<<63 - 1
	}
	err = d.Read(ctx, func(tx *db.Tx) error {
		all, err = db.List(tx, scan, `select `+columns+` from post where id < $1 order by id desc limit $2`, before, limit)
		return err
	})
	return all, err
}

// Forget removes what was made before t and is done with.
func Forget(tx *db.Tx, t time.Time) (int64, error) {
	return tx.Exec(`delete from post where made < $1 and (sent <> 0 or failed <> '')`, db.At(t))
}
