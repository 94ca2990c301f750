package assure_test

import (
	"context"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"motcua/base/call"
	"motcua/base/db"
	"motcua/base/db/dbtest"
	"motcua/base/post"
	"motcua/cmd/sandboxregister/people"
	"motcua/kernel/confirm"
	"motcua/kernel/contact"
	"motcua/kernel/counter"
	"motcua/kernel/device"
	"motcua/kernel/doctor"
	"motcua/kernel/door"
	"motcua/kernel/kerneltest"
	"motcua/kernel/onetime"
	"motcua/kernel/passkey"
	"motcua/kernel/second"
	"motcua/kernel/ways"
	"motcua/kernel/who"
	"motcua/systems/assure"
)

// A town is a program with a population register beside it.
type town struct {
	*kerneltest.Rig
	register *people.Register
	machine  *httptest.Server
}

func found(t *testing.T, at string, seed uint64) *town {
	t.Helper()
	secret := call.NewSecret().String()
	w := &town{}
	now := func() time.Time { return w.Now() }
	var err error
	if w.register, err = people.New(people.Settings{Secret: secret, Seed: seed, Now: now, Late: 5 * time.Second}); err != nil {
		t.Fatal(err)
	}
	w.machine = httptest.NewServer(w.register)
	t.Cleanup(w.machine.Close)
	w.Rig = kerneltest.Open(t, at, nil, door.System(), device.System(), onetime.System(), second.System(), passkey.System(), confirm.System(), contact.System(), ways.System(), counter.System(), assure.System(assure.Settings{URL: w.machine.URL, Secret: secret}))
	return w
}

// register makes an account as anybody does, and signs it in.
func (w *town) join(t *testing.T, login, number string) *kerneltest.Browser {
	t.Helper()
	v := url.Values{"name": {"Lê Thị Mới"}, "number": {number}, "phone": {"0900000109"}, "email": {login + "@example.org"}, "login": {login}, "password": {"mật khẩu rất dài"},
		"level": {"high"}, "verified": {"true"}, "email_verified": {"true"}, "proven": {number}}
	if a := w.As(t, "").Post("/register", v); a.Status != 303 {
		t.Fatalf("register: %d\n%s", a.Status, a.Body)
	}
	err := w.DB.Write(t.Context(), func(tx *db.Tx) error { // names are given by chance
		_, err := tx.Exec(`update person set login = $1 where id = (select max(id) from person where name = 'Lê Thị Mới')`, login)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	w.People[login] = w.person(t, login)
	return w.As(t, login)
}

func (w *town) person(t *testing.T, login string) (p who.Person) {
	t.Helper()
	err := w.DB.Read(t.Context(), func(tx *db.Tx) (err error) {
		p, err = w.Book.ByLogin(tx, login)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func (w *town) level(t *testing.T, login string, want who.Level) {
	t.Helper()
	if p := w.person(t, login); p.Level != want {
		t.Errorf("%s is at level %q, want %q", login, p.Level, want)
	}
}

var six = regexp.MustCompile(`\d{3} \d{3}`)

// contact lets the person ask for a code and gives it back.
func (w *town) contact(t *testing.T, b *kerneltest.Browser) string {
	t.Helper()
	if a := b.Post("/me/ways/contacts/mail", url.Values{"to": {"/me/level?to=%2Fd%2F7%2Fcheck"}}); a.Status != 303 {
		t.Fatalf("contact: %d\n%s", a.Status, a.Body)
	}
	all, err := post.List(t.Context(), w.DB, 1<<62, 20)
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range all {
		if s := six.FindString(m.Body); s != "" && m.Kind == post.Mail {
			return s
		}
	}
	t.Fatal("no code was sent")
	return ""
}

// answers confirms the person's mail.
func (w *town) answers(t *testing.T, b *kerneltest.Browser) kerneltest.Answer {
	t.Helper()
	return b.Post("/me/ways/contacts/mail/code", url.Values{"code": {w.contact(t, b)}, "to": {"/me/level?to=%2Fd%2F7%2Fcheck"}})
}

func self(number, name, born string) url.Values {
	d := strings.Split(born, "-")
	return url.Values{"number": {number}, "name": {name}, "born.year": {d[0]}, "born.month": {d[1]}, "born.day": {d[2]}, "to": {"/d/7/check"}}
}

// healthy asks doctor about levels.
func (w *town) sick(t *testing.T) (found []string) {
	t.Helper()
	all, err := doctor.Examine(t.Context(), w.App, false)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range all {
		if !f.OK && f.Check == "levels" {
			found = append(found, f.Detail)
		}
	}
	return found
}

// TestLevels goes the whole way: contact, register, counter; each an act.
func TestLevels(t *testing.T) {
	dbtest.EachURL(t, func(t *testing.T, at string) {
		w := found(t, at, 0)
		b := w.join(t, "moi", "001193000012")
		w.level(t, "moi", "")
		b.Get("/me/level").Want(t, 200, "Chưa biết chắc", "Xác nhận cách liên lạc")
		b.Post("/me/level/register", self("001193000012", "Lê Thị Mới", "1993-05-06")).Want(t, 409, "Trước tiên")
		b.Post("/me/ways/contacts/mail/code", url.Values{"code": {"000 000"}}).Want(t, 422)
		w.level(t, "moi", "")
		a := w.answers(t, b)
		if a.Status != 303 || a.To != "/me/level?to=%2Fd%2F7%2Fcheck" {
			t.Errorf("answered: %d to %q", a.Status, a.To)
		}
		w.level(t, "moi", who.Low)

		a = b.Post("/me/level/register", self("001193000012", "", "1993-05-06"))
		a.Want(t, 422, "Đối chiếu")
		a = b.Post("/me/level/register", self("001 193 000 012", "lê thị  mới", "1993-05-06"))
		if a.Status != 303 || !strings.Contains(a.To, "done=yes") {
			t.Fatalf("register: %d to %q\n%s", a.Status, a.To, a.Body)
		}
		w.level(t, "moi", who.Substantial)
		b.Get(a.To).Want(t, 200, "Thông tin khớp", "Về việc đang làm", "/d/7/check")

		a = b.Post("/me/level/code", nil)
		a.Want(t, 200, "Mã của bạn")
		code := regexp.MustCompile(`<b>([2-9A-Z]{4} [2-9A-Z]{4})</b>`).FindStringSubmatch(a.Body)[1]
		clerk := w.As(t, "clerk")
		seen := self("001193000012", "Lê Thị Mới", "1993-05-06")
		seen.Set("document", "identity")
		seen.Set("document_number", "012345678")
		seen.Set("code", "AAAA AAAA")
		clerk.Post("/counter/identity", seen).Want(t, 422, "Mã chưa đúng")
		seen.Set("code", strings.ToLower(strings.ReplaceAll(code, " ", "")))
		seen.Set("number", "001193000013")
		clerk.Post("/counter/identity", seen).Want(t, 422, "tài khoản khác")
		seen.Set("number", "001193000012")
		b.Post("/counter/identity", seen).Want(t, 403)
		clerk.Post("/counter/identity", seen).Want(t, 200, "đã đạt mức Cao")
		w.level(t, "moi", who.High)
		clerk.Post("/counter/identity", seen).Want(t, 422, "Mã chưa đúng")
		b.Get("/me/level").Want(t, 200, "Bạn đang ở mức Cao")

		acts := w.acts(t, "level.")
		if got := strings.Join(acts, " "); strings.Count(got, "level.reach") != 3 || !strings.Contains(got, `"ref":"identity 012345678"`) {
			t.Errorf("acts: %s", got)
		}
		if bad := w.sick(t); len(bad) > 0 {
			t.Errorf("doctor: %v", bad)
		}
	})
}

// acts are those whose name begins so, with their bodies.
func (w *town) acts(t *testing.T, begin string) (all []string) {
	t.Helper()
	err := w.DB.Read(t.Context(), func(tx *db.Tx) (err error) {
		all, err = db.List(tx, func(into func(...any) error) (s string, err error) {
			act := ""
			err = into(&act, &s)
			return act + s, err
		}, `select act, body from act where act like $1 order by id`, begin+"%")
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// TestRegisterSaysNo: what does not fit is told, counted, and guessed at only so often.
func TestRegisterSaysNo(t *testing.T) {
	w := found(t, dbtest.SQLite(t), 0)
	b := w.join(t, "moi", "001193000012")
	w.answers(t, b)
	for number, want := range map[string]string{"001193000018": "không khớp với nhau", "001193000019": "không có số này"} {
		b.Get(b.Post("/me/level/register", self(number, "Lê Thị Mới", "1993-05-06")).To).Want(t, 200, want)
	}
	b.Post("/me/level/register", self("001193000018", "Lê Thị Mới", "1993-05-07"))
	b.Post("/me/level/register", self("001193000012", "Lê Thị Mới", "1993-05-06")).Want(t, 429, "24 giờ")
	w.level(t, "moi", who.Low)
	w.Later(25 * time.Hour)
	b.Post("/me/level/register", self("001193000012", "Lê Thị Mới", "1993-05-06"))
	w.level(t, "moi", who.Substantial)

	// Six accounts guess the day of birth of one number: the sixth is not asked for any more.
	for i, login := range []string{"ke1", "ke2", "ke3", "ke4", "ke5", "ke6"} {
		x := w.join(t, login, "001193000014")
		w.answers(t, x)
		a := x.Post("/me/level/register", self("001193000028", "Người Khác", "1970-01-0"+string(rune('1'+i))))
		if want := 303; i < 5 && a.Status != want || i == 5 && a.Status != 429 {
			t.Errorf("guess %d: %d", i+1, a.Status)
		}
	}
}

// TestRegisterSilent: a dead register is told, and asked again without the person.
func TestRegisterSilent(t *testing.T) {
	w := found(t, dbtest.SQLite(t), 0)
	b := w.join(t, "moi", "001193000012")
	w.answers(t, b)
	url := w.machine.URL
	w.machine.CloseClientConnections()
	w.machine.Close()
	me := self("001193000012", "Lê Thị Mới", "1993-05-06")
	b.Get(b.Post("/me/level/register", me).To).Want(t, 200, "chưa trả lời", "không phải làm gì")
	if a := b.Get("/me/level"); strings.Contains(a.Body, `action="/me/level/register"`) {
		t.Error("one may ask while one is being asked")
	}
	w.Later(time.Hour)
	if err := w.Calls.Drain(context.Background()); err != nil {
		t.Fatal(err)
	}
	w.level(t, "moi", who.Low)
	w.machine = httptest.NewUnstartedServer(w.register)
	listen(t, w.machine, strings.TrimPrefix(url, "http://"))
	defer w.machine.Close()
	w.Later(2 * time.Hour)
	if err := w.Calls.Drain(context.Background()); err != nil {
		t.Fatal(err)
	}
	w.level(t, "moi", who.Substantial)
	n := 0
	all, _ := post.List(t.Context(), w.DB, 1<<62, 50)
	for _, m := range all {
		if strings.Contains(m.Body, "mức xác thực Đáng kể") {
			n++
		}
	}
	if n != 2 {
		t.Errorf("%d notices, want one by mail and one by SMS", n)
	}

	x := w.join(t, "cham", "001193000022")
	w.answers(t, x)
	w.machine.Close()
	x.Post("/me/level/register", self("001193000022", "Lê Thị Mới", "1993-05-06"))
	w.Later(26 * time.Hour)
	if err := w.Calls.Drain(context.Background()); err != nil {
		t.Fatal(err)
	}
	x.Get("/me/level").Want(t, 200, "suốt một ngày")
	left := 0
	w.DB.Read(t.Context(), func(tx *db.Tx) error {
		return tx.Row(`select count(*) from assure_ask where state <> 'open' and number || name || born <> ''`).Scan(&left)
	})
	if left != 0 {
		t.Errorf("%d answered questions still hold what was asked", left)
	}
}
