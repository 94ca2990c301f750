package post

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"mime"
	"net"
	"strings"
	"testing"
	"time"

	"motcua/base/db"
	"motcua/base/db/dbtest"
	"motcua/base/fault"
	"motcua/base/id"
	"motcua/base/job"
)

func each(t *testing.T, f func(t *testing.T, d *db.DB, ids *id.Source)) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		if err := errors.Join(d.Migrate(t.Context(), "job", job.Schema), d.Migrate(t.Context(), "post", Schema)); err != nil {
			t.Fatal(err)
		}
		f(t, d, id.NewSource(1, time.Now))
	})
}

// deliver sends m and runs the jobs that are due.
func deliver(t *testing.T, d *db.DB, c *Carrier, m Message) (Message, error) {
	t.Helper()
	if err := d.Write(t.Context(), func(tx *db.Tx) error { return Send(tx, m) }); err != nil {
		t.Fatal(err)
	}
	failed := job.New(d, map[string]job.Do{JobName: c.Deliver}).Drain(t.Context())
	all, err := List(t.Context(), d, 0, 10)
	if err != nil || len(all) == 0 {
		t.Fatal(all, err)
	}
	return all[0], failed
}

func letter(n id.ID) Message {
	return Message{ID: n, Kind: Mail, To: "binh@example.vn", Subject: "Hồ sơ\r\nBcc: x@y.z", Body: "Đã tiếp nhận hồ sơ của bạn."}
}

func TestWithoutAServerMessagesStayInTheOutbox(t *testing.T) {
	each(t, func(t *testing.T, d *db.DB, ids *id.Source) {
		c, err := NewCarrier(d, "", "")
		if err != nil {
			t.Fatal(err)
		}
		m, err := deliver(t, d, c, letter(ids.New()))
		if err != nil || m.Body != "Đã tiếp nhận hồ sơ của bạn." || m.Subject != "Hồ sơ Bcc: x@y.z" || !m.Sent.IsZero() {
			t.Errorf("got %+v, %v", m, err)
		}
		sms, err := deliver(t, d, c, Message{ID: ids.New(), Kind: SMS, To: "+84912345678", Body: "OTP"})
		if err != nil || sms.Kind != SMS || sms.To != "+84912345678" {
			t.Errorf("got %+v, %v", sms, err)
		}
		all, err := List(t.Context(), d, sms.ID, 10)
		if err != nil || len(all) != 1 || all[0].ID != m.ID {
			t.Errorf("before %s: got %+v, %v", sms.ID, all, err)
		}
		err = d.Write(t.Context(), func(tx *db.Tx) error {
			if n, err := Forget(tx, time.Now().Add(time.Hour)); n != 0 || err != nil {
				t.Errorf("forgot %d messages nobody has read, %v", n, err)
			}
			return nil
		})
		if err != nil {
			t.Error(err)
		}
	})
}

func TestDeliveredMailKeepsNoWords(t *testing.T) {
	each(t, func(t *testing.T, d *db.DB, ids *id.Source) {
		server, got := smtpServer(t, "250 ok")
		c, err := NewCarrier(d, server, "motcua@example.vn")
		if err != nil {
			t.Fatal(err)
		}
		m, err := deliver(t, d, c, letter(ids.New()))
		if err != nil || m.Sent.IsZero() || m.To+m.Subject+m.Body != "" {
			t.Errorf("got %+v, %v; want it sent and empty", m, err)
		}
		text := <-got
		subject, _, _ := strings.Cut(text[strings.Index(text, "Subject: ")+9:], "\r\n")
		if s, err := new(mime.WordDecoder).DecodeHeader(subject); s != "Hồ sơ Bcc: x@y.z" || err != nil {
			t.Errorf("got subject %q, %v", s, err)
		}
		for _, want := range []string{"To: <binh@example.vn>", "From: <motcua@example.vn>", "Message-ID: <" + m.ID.String() + "@example.vn>"} {
			if !strings.Contains(text, want+"\r\n") {
				t.Errorf("no %q in\n%s", want, text)
			}
		}
		err = d.Write(t.Context(), func(tx *db.Tx) error {
			n, err := Forget(tx, time.Now().Add(time.Hour))
			if n != 1 {
				t.Errorf("forgot %d messages, want 1", n)
			}
			return err
		})
		if err != nil {
			t.Error(err)
		}
	})
}

func TestRefusedMail(t *testing.T) {
	each(t, func(t *testing.T, d *db.DB, ids *id.Source) {
		for _, c := range []struct {
			answer string
			final  bool
		}{
			{"550 5.1.1 no such person binh@example.vn", true},
			{"451 4.3.0 binh@example.vn is busy", false},
		} {
			server, _ := smtpServer(t, c.answer)
			carrier, err := NewCarrier(d, server, "motcua@example.vn")
			if err != nil {
				t.Fatal(err)
			}
			m, err := deliver(t, d, carrier, letter(ids.New()))
			if (m.Failed != "") != c.final || (err == nil) != c.final {
				t.Errorf("%s: got %q, %v", c.answer, m.Failed, err)
			}
			if said := m.Failed + fmt.Sprint(err); strings.Contains(said, "binh") {
				t.Errorf("%s: the recipient stands in %q", c.answer, said)
			}
		}
	})
}

func TestAddresses(t *testing.T) {
	for _, c := range []struct {
		kind Kind
		to   string
		ok   bool
	}{
		{Mail, "a@b.vn", true}, {Mail, "a", false}, {Mail, "A <a@b.vn>", false}, {Mail, "a@b.vn\r\nBcc: c@d.vn", false}, {Mail, "", false},
		{SMS, "0912345678", true}, {SMS, "+84912345678", true}, {SMS, "091234567x", false}, {SMS, "113", false}, {SMS, "", false},
	} {
		err := checkAddress(c.kind, c.to)
		if (err == nil) != c.ok || err != nil && !errors.Is(err, fault.Invalid) {
			t.Errorf("%s %q: got %v", c.kind, c.to, err)
		}
	}
}

func TestServers(t *testing.T) {
	for _, s := range []string{"http://x", "smtp://x", "smtp://x?from=nobody", "smtp://u:secret@x:\x7f"} {
		_, err := NewCarrier(nil, s, "")
		if err == nil || strings.Contains(err.Error(), "secret") {
			t.Errorf("%s: got %v", s, err)
		}
	}
}

// smtpServer takes one mail after another and gives answer to every recipient.
func smtpServer(t *testing.T, answer string) (url string, got chan string) {
	t.Helper()
	l, err := new(net.ListenConfig).Listen(context.Background(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	got = make(chan string, 10)
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go serveMail(c, answer, got)
		}
	}()
	return "smtp://" + l.Addr().String(), got
}

func serveMail(c net.Conn, answer string, got chan string) {
	defer c.Close()
	in := bufio.NewScanner(c)
	fmt.Fprint(c, "220 hello\r\n")
	for in.Scan() {
		switch verb, _, _ := strings.Cut(in.Text(), " "); strings.ToUpper(verb) {
		case "RCPT":
			fmt.Fprint(c, answer+"\r\n")
		case "DATA":
			fmt.Fprint(c, "354 go on\r\n")
			var text strings.Builder
			for in.Scan() && in.Text() != "." {
				text.WriteString(in.Text() + "\r\n")
			}
			got <- text.String()
			fmt.Fprint(c, "250 taken\r\n")
		case "QUIT":
			fmt.Fprint(c, "221 bye\r\n")
			return
		default:
			fmt.Fprint(c, "250 ok\r\n")
		}
	}
}
