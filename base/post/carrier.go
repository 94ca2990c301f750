package post

import (
	"context"
	"crypto/tls"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/url"
	"strconv"
	"strings"
	"time"

	gomail "github.com/wneessen/go-mail"

	"motcua/base/db"
	"motcua/base/fault"
	"motcua/base/id"
)

// A Carrier takes messages from the outbox to where people read them.
type Carrier struct {
	d    *db.DB
	from string
	smtp *gomail.Client // nil: mail stays in the outbox
}

// NewCarrier delivers mail through server, such as smtps://user:password@host
// or smtp://host:25?from=no-reply@host, smtp with STARTTLS where offered and
// demanded when there is a password. from is the sender unless the url names
// another. An empty server keeps everything in the outbox, and so are short
// messages until a gateway is chosen.
func NewCarrier(d *db.DB, server, from string) (*Carrier, error) {
	c := &Carrier{d: d, from: from}
	if server == "" {
		return c, nil
	}
	u, err := url.Parse(server)
	if err != nil {
		return nil, errors.New("mail server: not a url") // the error would show the password
	}
	if f := u.Query().Get("from"); f != "" {
		c.from = f
	}
	if err := checkAddress(Mail, c.from); err != nil {
		return nil, fmt.Errorf("mail server %s: sender %q is not an address", u.Host, c.from)
	}
	options, err := smtpOptions(u)
	if err != nil {
		return nil, fmt.Errorf("mail server %s: %w", u.Host, err)
	}
	if c.smtp, err = gomail.NewClient(u.Hostname(), options...); err != nil {
		return nil, fmt.Errorf("mail server %s: %w", u.Host, err)
	}
	return c, nil
}

func smtpOptions(u *url.URL) ([]gomail.Option, error) {
	options := []gomail.Option{
		gomail.WithTimeout(30 * time.Second),
		gomail.WithTLSConfig(&tls.Config{ServerName: u.Hostname(), MinVersion: tls.VersionTLS12}),
	}
	password, signed := u.User.Password()
	policy := gomail.TLSOpportunistic
	if signed {
		policy = gomail.TLSMandatory
		options = append(options, gomail.WithSMTPAuth(gomail.SMTPAuthAutoDiscover),
			gomail.WithUsername(u.User.Username()), gomail.WithPassword(password))
	}
	port := 587
	switch u.Scheme {
	case "smtp":
		options = append(options, gomail.WithTLSPolicy(policy))
	case "smtps":
		port = 465
		options = append(options, gomail.WithSSL())
	default:
		return nil, fmt.Errorf("want smtp:// or smtps://, got %q", u.Scheme)
	}
	if p := u.Port(); p != "" {
		var err error
		if port, err = strconv.Atoi(p); err != nil {
			return nil, err
		}
	}
	return append(options, gomail.WithPort(port)), nil
}

// Deliver is the job: it delivers the message whose id is in body.
// Delivered twice after a crash, the message has the same Message-ID, by which
// mail programs drop the second.
func (c *Carrier) Deliver(ctx context.Context, body []byte) error {
	var n id.ID
	if err := json.Unmarshal(body, &n); err != nil {
		return fmt.Errorf("which message? %w", err)
	}
	var m Message
	err := c.d.Read(ctx, func(tx *db.Tx) (err error) {
		m, err = scan(tx.Row(`select `+columns+` from post where id = $1`, n).Scan)
		return err
	})
	if errors.Is(err, fault.NotFound) {
		return nil // forgotten meanwhile
	}
	if err != nil || !m.Sent.IsZero() || m.Failed != "" || m.Kind != Mail || c.smtp == nil {
		return err
	}
	switch why, err := c.send(ctx, m); {
	case err != nil:
		return err
	case why != "":
		return c.settle(ctx, n, `update post set failed = $1 where id = $2`, why)
	}
	return c.settle(ctx, n, `update post set sent = $1, recipient = '', subject = '', body = '' where id = $2`, db.At(time.Now()))
}

func (c *Carrier) settle(ctx context.Context, n id.ID, q string, v any) error {
	return c.d.Write(ctx, func(tx *db.Tx) error {
		_, err := tx.Exec(q, v, n)
		return err
	})
}

// send gives m to the mail server. never says why the server will not ever take
// it. Neither never nor err repeats the server's words, which name the recipient.
func (c *Carrier) send(ctx context.Context, m Message) (never string, err error) {
	msg := gomail.NewMsg()
	if err := errors.Join(msg.From(c.from), msg.To(m.To)); err != nil {
		return "the address is not one", nil
	}
	msg.Subject(m.Subject)
	msg.SetDateWithValue(m.Made.Time)
	msg.SetMessageIDWithValue(m.ID.String() + "@" + c.from[strings.LastIndexByte(c.from, '@')+1:])
	msg.SetGenHeader("Auto-Submitted", "auto-generated")
	msg.SetBodyString(gomail.TypeTextPlain, m.Body)
	err = c.smtp.DialAndSendWithContext(ctx, msg)
	if err == nil {
		return "", nil
	}
	var refused *gomail.SendError
	var line *net.OpError
	switch {
	case errors.As(err, &refused) && refused.ErrorCode() >= 500 && refused.Reason != gomail.ErrSMTPMailFrom: // that is our fault
		return fmt.Sprintf("the mail server answered %d %s", refused.ErrorCode(), refused.EnhancedStatusCode()), nil
	case errors.As(err, &refused):
		return "", fmt.Errorf("message %s: %s: the mail server answered %d %s", m.ID, refused.Reason, refused.ErrorCode(), refused.EnhancedStatusCode())
	case errors.As(err, &line):
		return "", fmt.Errorf("message %s: no line to the mail server: %w", m.ID, line)
	}
	return "", fmt.Errorf("message %s: the mail server cannot be used: %T", m.ID, err)
}
