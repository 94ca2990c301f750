package behalf_test

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"motcua/base/call"
	"motcua/base/db"
	"motcua/base/db/dbtest"
	"motcua/cmd/sandboxregister/people"
	"motcua/kernel/counter"
	"motcua/kernel/device"
	"motcua/kernel/doctor"
	"motcua/kernel/kerneltest"
	"motcua/kernel/level"
	"motcua/kernel/who"
	"motcua/systems/behalf"
)

// A market is a program with a business register beside it.
type market struct {
	*kerneltest.Rig
	register *people.Register
	machine  *httptest.Server
}

func fair(t *testing.T, at string) *market {
	t.Helper()
	m := &market{}
	secret := call.NewSecret().String()
	var err error
	if m.register, err = people.New(people.Settings{Secret: secret, Now: func() time.Time { return m.Now() }}); err != nil {
		t.Fatal(err)
	}
	m.machine = httptest.NewServer(m.register)
	t.Cleanup(m.machine.Close)
	m.Rig = kerneltest.Open(t, at, nil, device.System(), counter.System(), behalf.System(behalf.Settings{URL: m.machine.URL, Secret: secret}))
	err = m.DB.Write(t.Context(), func(tx *db.Tx) error {
		for login, number := range map[string]string{"applicant": "001093000011", "officer": "001093000022"} {
			p := m.People[login]
			if err := level.Reach(tx, m.Book, p, p.ID, level.Proof{Level: who.Substantial, Way: level.Register, Number: number, Name: p.Name, Born: "1990-01-01"}); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	m.Book.Drop()
	return m
}

// heads are the businesses that somebody represents now.
func (m *market) heads(t *testing.T, login string) (all []string) {
	t.Helper()
	m.Book.Drop()
	p, err := m.Book.Person(t.Context(), m.People[login].ID)
	if err != nil {
		t.Fatal(err)
	}
	for _, x := range p.Mandates {
		if x.Head {
			all = append(all, x.Number)
		}
	}
	return all
}

func (m *market) ask(t *testing.T, login, business string) kerneltest.Answer {
	t.Helper()
	b := m.As(t, login)
	if a := b.Post("/me/mandates/business", url.Values{"business": {business}}); a.Status != 303 {
		return a
	}
	return b.Get("/me/mandates")
}

// round is the hour in which the register is asked again, and what jobs wait.
func (m *market) round(t *testing.T) {
	t.Helper()
	for _, s := range m.Systems {
		for _, x := range s.Every {
			if s.Name == "behalf" {
				if err := x.Do(t.Context(), m.App); err != nil {
					t.Fatal(err)
				}
			}
		}
	}
	if err := m.Calls.Drain(t.Context()); err != nil {
		t.Fatal(err)
	}
}

// TestRegisterSaysWho: only whom the business register names represents a
// business, as long as it says so when it is asked.
func TestRegisterSaysWho(t *testing.T) {
	dbtest.EachURL(t, func(t *testing.T, at string) {
		m := fair(t, at)
		m.ask(t, "applicant", "0100 000 001").Want(t, 200, "Bạn đại diện cho doanh nghiệp 0100000001")
		if got := m.heads(t, "applicant"); len(got) != 1 {
			t.Fatalf("represents %v", got)
		}
		m.ask(t, "officer", "0100000001").Want(t, 200, "không phải người đại diện theo pháp luật")
		m.ask(t, "officer", "0100000009").Want(t, 200, "không có mã 0100000009")
		m.ask(t, "clerk", "0100000002").Want(t, 409, "Trước tiên hãy xác thực")
		if got := m.heads(t, "officer"); len(got) != 0 {
			t.Errorf("the officer represents %v", got)
		}

		// The register names another. Nobody asks: a day later it is asked again.
		m.register.Names("0100000001", "001093000022")
		m.Later(behalf.Again - time.Hour)
		m.round(t)
		if got := m.heads(t, "applicant"); len(got) != 1 {
			t.Errorf("asked too early: represents %v", got)
		}
		// The new one comes, and the former is asked about at once.
		m.ask(t, "officer", "0100000001").Want(t, 200, "Bạn đại diện cho doanh nghiệp")
		if err := m.Calls.Drain(t.Context()); err != nil {
			t.Fatal(err)
		}
		if got := m.heads(t, "applicant"); len(got) != 0 {
			t.Errorf("the former represents %v", got)
		}
		m.As(t, "applicant").Get("/me/mandates").Want(t, 200, "không còn đại diện")
		// And he himself, once the register says so.
		m.register.Names("0100000001", "")
		m.Later(behalf.Again + time.Hour)
		m.round(t)
		if got := m.heads(t, "officer"); len(got) != 0 {
			t.Errorf("the officer still represents %v", got)
		}
		found, err := doctor.Examine(t.Context(), m.App, false)
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range found {
			if !f.OK {
				t.Errorf("doctor: %s: %s", f.Check, f.Detail)
			}
		}
	})
}

// TestBusinessRegisterSilent: a register that is silent gives no right and takes none.
func TestBusinessRegisterSilent(t *testing.T) {
	m := fair(t, dbtest.SQLite(t))
	m.ask(t, "applicant", "0100000001").Want(t, 200, "Bạn đại diện")
	m.machine.CloseClientConnections()
	m.machine.Close()
	m.ask(t, "officer", "0100000002").Want(t, 200, "chưa trả lời về 0100000002", "không phải làm gì")
	m.Later(behalf.Again + time.Hour)
	m.round(t)
	if got := m.heads(t, "applicant"); len(got) != 1 {
		t.Errorf("silence took a right: %v", got)
	}
	m.round(t)
	m.As(t, "officer").Get("/me/mandates").Want(t, 200, "suốt một ngày")
	if got := m.heads(t, "officer"); len(got) != 0 {
		t.Errorf("silence gave a right: %v", got)
	}
}

// TestNobodyIsKeptWaiting: questions that never have an answer keep none behind
// them from being asked, and are asked ever more seldom.
func TestNobodyIsKeptWaiting(t *testing.T) {
	dbtest.EachURL(t, func(t *testing.T, at string) {
		m := fair(t, at)
		m.ask(t, "applicant", "0100000001").Want(t, 200, "Bạn đại diện")
		const dead = 205 // more than one batch
		err := m.DB.Write(t.Context(), func(tx *db.Tx) error {
			for i := range dead {
				_, err := tx.Exec(`insert into behalf_ask (id, person, number, mandate, state, made, checked, next, tries)
					select $1, person, $2, mandate, 'holds', made, checked - 1000000, next - 1000000, 0 from behalf_ask where number = '0100000001'`, m.IDs.New(), fmt.Sprintf("0199000%03d", i))
				if err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		asked := 0
		m.machine.Config.Handler = http.HandlerFunc(func(w http.ResponseWriter, q *http.Request) {
			body, _ := io.ReadAll(q.Body)
			if strings.Contains(string(body), "0199000") {
				asked++
				http.Error(w, "down", http.StatusInternalServerError)
				return
			}
			q.Body = io.NopCloser(bytes.NewReader(body))
			m.register.ServeHTTP(w, q)
		})
		m.register.Names("0100000001", "001093000022")
		m.Later(behalf.Again + time.Minute)
		m.round(t)
		if asked == 0 || asked > 200 {
			t.Errorf("a register that answers nothing was asked %d times in one round", asked)
		}
		m.Later(time.Hour)
		m.round(t)
		if got := m.heads(t, "applicant"); len(got) != 0 {
			t.Errorf("behind %d that have no answer nobody is asked about: represents %v", dead, got)
		}
		asked = 0
		for range 4 {
			m.Later(time.Hour)
			m.round(t)
		}
		if asked == 0 || asked > 2*dead {
			t.Errorf("in four hours %d questions that have no answer were asked %d times", dead, asked)
		}
	})
}

// TestCounterAndRegister: a clerk who believes papers of yesterday is put right by
// the register, and nobody asks it without end.
func TestCounterAndRegister(t *testing.T) {
	m := fair(t, dbtest.SQLite(t))
	m.register.Names("0100000001", "001093000022")
	v := url.Values{"org_number": {"0100000001"}, "org_name": {"Công ty Thử"}, "paper": {"Giấy đăng ký 1"}, "number": {"001093000011"}, "name": {m.People["applicant"].Name},
		"born.year": {"1990"}, "born.month": {"1"}, "born.day": {"1"}, "document": {"identity"}, "document_number": {"012345678"}}
	m.As(t, "clerk").Post("/counter/represents-business", v).Want(t, 200, "nay đại diện cho")
	if got := m.heads(t, "applicant"); len(got) != 1 {
		t.Fatalf("represents %v", got)
	}
	m.round(t)
	if got := m.heads(t, "applicant"); len(got) != 0 {
		t.Errorf("against the register he represents %v", got)
	}
	var last kerneltest.Answer
	for range 7 {
		last = m.ask(t, "officer", "0100000009")
	}
	if last.Status != 429 || !strings.Contains(last.Body, "24 giờ") {
		t.Errorf("the seventh question: %d", last.Status)
	}
}

// TestProofGone: whose proof is taken back while the register looks represents
// nobody, though the register says yes to the number.
func TestProofGone(t *testing.T) {
	dbtest.EachURL(t, func(t *testing.T, at string) {
		m := fair(t, at)
		p := m.People["applicant"]
		m.machine.Config.Handler = http.HandlerFunc(func(w http.ResponseWriter, q *http.Request) {
			err := m.DB.Write(t.Context(), func(tx *db.Tx) error {
				all, err := level.Standing(tx, p.ID)
				if err == nil {
					_, err = level.Withdraw(tx, m.Book, m.People["clerk"], p.ID, all[0].ID, "another's line")
				}
				return err
			})
			if err != nil {
				t.Error(err)
			}
			m.register.ServeHTTP(w, q)
		})
		m.ask(t, "applicant", "0100000001")
		if got := m.heads(t, "applicant"); len(got) != 0 {
			t.Errorf("without a proof he represents %v", got)
		}
	})
}

// TestOneBusiness: a business is one, however its code is typed, at a counter too.
func TestOneBusiness(t *testing.T) {
	m := fair(t, dbtest.SQLite(t))
	v := url.Values{"org_number": {"0100 000 001"}, "org_name": {"Công ty Thử"}, "paper": {"Giấy đăng ký 1"}, "number": {"001093000011"}, "name": {m.People["applicant"].Name},
		"born.year": {"1990"}, "born.month": {"1"}, "born.day": {"1"}, "document": {"identity"}, "document_number": {"012345678"}}
	m.As(t, "clerk").Post("/counter/represents-business", v).Want(t, 200, "nay đại diện cho")
	m.register.Names("0100000001", "001093000022")
	m.ask(t, "officer", "0100000001").Want(t, 200, "Bạn đại diện")
	m.round(t)
	if got := m.heads(t, "applicant"); len(got) != 0 {
		t.Errorf("the former represents %v", got)
	}
	if got := m.heads(t, "officer"); len(got) != 1 || got[0] != "0100000001" {
		t.Errorf("the officer represents %v", got)
	}
}
