package assure_test

import (
	"net"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"motcua/base/db"
	"motcua/base/db/dbtest"
	"motcua/kernel/who"
)

func listen(t *testing.T, s *httptest.Server, at string) {
	t.Helper()
	l, err := net.Listen("tcp", at)
	if err != nil {
		t.Fatal(err)
	}
	s.Listener.Close()
	s.Listener = l
	s.Start()
}

// TestSelfSetLevel: nobody can say of himself how surely he is known. Source:
// CVE-2026-27946 (self-set "verified" flag); CWE-915 (mass assignment).
func TestSelfSetLevel(t *testing.T) {
	w := found(t, dbtest.SQLite(t), 0)
	b := w.join(t, "moi", "001193000012") // sends level=high, verified=true and the like
	w.level(t, "moi", "")
	for _, path := range []string{"/me/level/key", "/me/level/key/apart", "/me/level/register", "/me/level/code", "/me/everywhere"} {
		v := self("001193000012", "Lê Thị Mới", "1993-05-06")
		v.Set("level", "high")
		v.Set("way", "counter")
		b.Post(path, v)
	}
	w.level(t, "moi", "")
	// Whoever writes the table is found.
	err := w.DB.Write(t.Context(), func(tx *db.Tx) error {
		_, err := tx.Exec(`update person set level = 'high', proven = number where login = 'moi'`)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if bad := w.sick(t); len(bad) != 1 || !strings.Contains(bad[0], "slipped in") {
		t.Errorf("doctor: %v", bad)
	}
}

// TestFirstWithANumber: who registers first with another's number gets nothing
// of his. Source: account pre-hijacking (Sudhodanan and Paverd, USENIX Security
// 2022); CVE-2026-55670 (identifiers used again).
func TestFirstWithANumber(t *testing.T) {
	w := found(t, dbtest.SQLite(t), 0)
	thief := w.join(t, "ke.gian", "001193000012")
	w.answers(t, thief)
	// The clerk files for the true one: the account that merely says the number is not found.
	err := w.DB.Write(t.Context(), func(tx *db.Tx) error {
		p, err := w.Book.Helped(tx, w.People["clerk"], who.Person{Name: "Lê Thị Mới", Number: "001193000012"})
		if err == nil && (p.Login != "" || p.ID == w.person2(tx, "ke.gian")) {
			t.Errorf("filed for %q", p.Login)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	// The true one proves the number; the thief cannot any more, whatever he knows.
	b := w.join(t, "moi", "001193000012")
	w.answers(t, b)
	b.Post("/me/level/register", self("001193000012", "Lê Thị Mới", "1993-05-06"))
	w.level(t, "moi", who.Substantial)
	a := thief.Post("/me/level/register", self("001193000012", "Lê Thị Mới", "1993-05-06"))
	thief.Get(a.To).Want(t, 200, "một tài khoản khác")
	w.level(t, "ke.gian", who.Low)
	if acts := w.acts(t, "level.refuse"); len(acts) != 1 || !strings.Contains(acts[0], "taken") {
		t.Errorf("the refusal was not recorded: %v", acts)
	}
	err = w.DB.Write(t.Context(), func(tx *db.Tx) error {
		p, err := w.Book.Helped(tx, w.People["clerk"], who.Person{Name: "Lê Thị Mới", Number: "001193000012"})
		if p.Login != "moi" {
			t.Errorf("filed for %q, want who proved the number", p.Login)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

func (w *town) person2(tx *db.Tx, login string) any {
	p, err := w.Book.ByLogin(tx, login)
	if err != nil {
		return err
	}
	return p.ID
}

// TestChangedContact: a code sent to a contact that is the account's no more
// proves nothing. Source: CVE-2026-18963 (a flow without proof of the contact).
func TestChangedContact(t *testing.T) {
	w := found(t, dbtest.SQLite(t), 0)
	b := w.join(t, "moi", "001193000012")
	code := w.contact(t, b)
	err := w.DB.Write(t.Context(), func(tx *db.Tx) error {
		_, err := tx.Exec(`update person set email = 'khac@example.org' where login = 'moi'`)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	w.Book.Drop()
	b.Post("/me/ways/contacts/mail/code", url.Values{"code": {code}}).Want(t, 422)
	w.level(t, "moi", "")
}
