package assure_test

import (
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"motcua/base/db"
	"motcua/base/db/dbtest"
	"motcua/base/post"
	"motcua/kernel/contact"
	"motcua/kernel/kerneltest"
	"motcua/kernel/level"
	"motcua/kernel/who"
)

const number = "001193000012"

// known gives the town a person at level substantial whose phone and mail answer,
// and a passkey of that sort.
func (w *town) known(t *testing.T, d *kerneltest.Device) {
	t.Helper()
	p := w.People["applicant"]
	p.Phone, p.Email = "0900000109", "thu@example.org"
	err := w.DB.Write(t.Context(), func(tx *db.Tx) error {
		_, err := tx.Exec(`update person set phone = $1, email = $2 where id = $3`, p.Phone, p.Email, p.ID)
		if err == nil {
			_, err = tx.Exec(`insert into onetime_answered (person, kind, recipient, at) values ($1, 'sms', $2, 1)`, p.ID, p.Phone)
		}
		if err == nil {
			err = level.Reach(tx, w.Book, p, p.ID, level.Proof{Level: who.Substantial, Way: level.Register, Number: number, Name: p.Name, Born: "1993-05-06"})
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	w.Book.Drop()
	b := w.Entered(t, "applicant", who.Password, who.App)
	if a := b.Post("/me/ways/keys", url.Values{"name": {"khóa"}, "answer": {d.Make(t, b.Get("/me/ways").Body)}}); a.Status != 303 {
		t.Fatalf("making the passkey: %d\n%s", a.Status, a.Body)
	}
}

func (w *town) drain(t *testing.T) {
	t.Helper()
	if err := w.Jobs.Drain(t.Context()); err != nil {
		t.Fatal(err)
	}
}

var stopLink = regexp.MustCompile(`/level/stop/\S+`)

// stops are the links that stop a lift, by where they were sent.
func (w *town) stops(t *testing.T) map[string]string {
	t.Helper()
	all, err := post.List(t.Context(), w.DB, 1<<62, 50)
	if err != nil {
		t.Fatal(err)
	}
	found := map[string]string{}
	for _, m := range all {
		if s := stopLink.FindString(m.Body); s != "" {
			found[m.To] = s
		}
	}
	return found
}

// lift uses the key on the page of levels.
func (w *town) lift(t *testing.T, b *kerneltest.Browser, d *kerneltest.Device) kerneltest.Answer {
	t.Helper()
	return b.Post("/me/level/key", url.Values{"answer": {d.Show(t, b.Get("/me/level").Body)}})
}

// TestKeyLifts: a passkey bound to one device lifts to High, after everybody was
// told and nobody objected; when the key goes, so does the level.
func TestKeyLifts(t *testing.T) {
	dbtest.EachURL(t, func(t *testing.T, at string) {
		w, d := found(t, at, 0), &kerneltest.Device{}
		w.known(t, d)
		b := w.Entered(t, "applicant", who.Password, who.App, who.Passkey)
		if a := w.lift(t, b, d); a.Status != 303 || !strings.Contains(a.To, "done=waits") {
			t.Fatalf("lift: %d to %q\n%s", a.Status, a.To, a.Body)
		}
		b.Get("/me/level?done=waits").Want(t, 200, "Đã nhận khóa", "Dừng lại")
		if links := w.stops(t); len(links) != 2 {
			t.Errorf("told %v, want the phone and the mail", links)
		}
		w.Later(contact.Wait - time.Minute)
		w.drain(t)
		w.level(t, "applicant", who.Substantial)
		w.Later(2 * time.Minute)
		w.drain(t)
		w.level(t, "applicant", who.High)
		if bad := w.sick(t); len(bad) > 0 {
			t.Errorf("doctor: %v", bad)
		}
		b = w.Entered(t, "applicant", who.Password, who.App, who.Passkey)
		page := b.Get("/me/ways")
		key := regexp.MustCompile(`/me/ways/keys/([^/]+)/remove`).FindStringSubmatch(page.Body)[1]
		b.Post("/me/ways/keys/"+key+"/remove", nil).Want(t, 303)
		w.level(t, "applicant", who.Substantial)
		var acts []string
		for _, a := range w.acts(t, "level.") {
			acts = append(acts, a[:strings.Index(a, "{")])
		}
		if got, want := strings.Join(acts, " "), "level.reach level.ask level.reach level.withdraw"; got != want {
			t.Errorf("acts %s, want %s", got, want)
		}
		if bad := w.sick(t); len(bad) > 0 {
			t.Errorf("doctor, after the fall: %v", bad)
		}
	})
}

// TestKeyBesideCounter: who was shown at a counter too is as surely known without
// the key: nothing falls, and nobody is told that it did.
func TestKeyBesideCounter(t *testing.T) {
	w, d := found(t, dbtest.SQLite(t), 0), &kerneltest.Device{}
	w.known(t, d)
	b, p := w.Entered(t, "applicant", who.Password, who.App, who.Passkey), w.People["applicant"]
	w.lift(t, b, d).Want(t, 303)
	w.Later(contact.Wait + time.Minute)
	w.drain(t)
	err := w.DB.Write(t.Context(), func(tx *db.Tx) error {
		return level.Reach(tx, w.Book, w.People["clerk"], p.ID, level.Proof{Level: who.High, Way: level.Counter, Body: kerneltest.Here, Ref: "identity 1", Number: number, Name: p.Name, Born: "1993-05-06"})
	})
	if err != nil {
		t.Fatal(err)
	}
	b = w.Entered(t, "applicant", who.Password, who.App, who.Passkey)
	key := regexp.MustCompile(`/me/ways/keys/([^/]+)/remove`).FindStringSubmatch(b.Get("/me/ways").Body)[1]
	b.Post("/me/ways/keys/"+key+"/remove", nil).Want(t, 303)
	w.level(t, "applicant", who.High)
	if acts := strings.Join(w.acts(t, "level.withdraw"), " "); !strings.Contains(acts, "passkey removed") {
		t.Errorf("the proof by the key stands: %q", acts)
	}
	all, err := post.List(t.Context(), w.DB, 1<<62, 50)
	for _, m := range all {
		if strings.Contains(m.Body, "trở về mức") {
			t.Errorf("told %q", m.Body)
		}
	}
	if err != nil {
		t.Error(err)
	}
}

// TestKeyNotAlone: no passkey vouches for itself, none that leaves its device
// lifts, and none of somebody else's; who has the session of another and makes a
// passkey of his own in it is stopped by whoever reads a contact. Sources: eIDAS
// 2015/1502, annex 2.2.1 high (not to be copied); NIST SP 800-63B-4, 4.2 and 3.1.7.
func TestKeyNotAlone(t *testing.T) {
	w, d := found(t, dbtest.SQLite(t), 0), &kerneltest.Device{}
	w.known(t, d)
	asked := w.Entered(t, "applicant", who.Password, who.App).Get("/me/level").Body
	for name, b := range map[string]*kerneltest.Browser{"by the passkey alone": w.Entered(t, "applicant", who.Passkey), "by a password alone": w.Entered(t, "applicant", who.Password),
		"by a password and the passkey": w.Entered(t, "applicant", who.Password, who.Passkey), "by a recovery code": w.Entered(t, "applicant", who.Recovery, who.Passkey)} {
		if page := b.Get("/me/level"); strings.Contains(page.Body, `data-passkey="get"`) {
			t.Errorf("signed in %s, the key may be used", name)
		}
		if a := b.Post("/me/level/key", url.Values{"answer": {d.Show(t, asked)}}); a.Status != 303 || strings.HasPrefix(a.To, "/me/level") {
			t.Errorf("signed in %s: %d to %q, want to be asked for more", name, a.Status, a.To)
		}
	}
	// The code that makes it surer is not taken from a passkey.
	b := w.Entered(t, "applicant", who.Password, who.Passkey)
	confirm := b.Post("/me/level/key/apart", nil).To
	if page := b.Get(confirm); strings.Contains(page.Body, "data-passkey") || !strings.Contains(page.Body, "•••109") {
		t.Errorf("the step up offers a passkey, or no code:\n%s", page.Body)
	}
	// Another browser's challenge is not this one's.
	fresh := w.Entered(t, "applicant", who.Password, who.App)
	if a := fresh.Post("/me/level/key", url.Values{"answer": {d.Show(t, asked)}}); !strings.Contains(a.To, "done=refused") {
		t.Errorf("a challenge of another session: %d to %q", a.Status, a.To)
	}
	w.level(t, "applicant", who.Substantial)

	// Whoever reads a contact stops it; a stopped one never ripens.
	if a := w.lift(t, fresh, d); !strings.Contains(a.To, "done=waits") {
		t.Fatalf("lift: %d to %q\n%s", a.Status, a.To, a.Body)
	}
	if a := w.lift2(t, fresh, d); a.Status != 409 {
		t.Errorf("a second one beside it: %d, want 409", a.Status)
	}
	visitor, stop := w.As(t, ""), w.stops(t)["0900000109"]
	visitor.Get(stop).Want(t, 200, "Không phải tôi, dừng lại")
	visitor.Post(stop, nil).Want(t, 200, "Đã dừng")
	visitor.Post(stop, nil).Want(t, 410)
	w.Later(contact.Wait + time.Hour)
	w.drain(t)
	w.level(t, "applicant", who.Substantial)

	// A passkey that is synced lifts nobody, though a page of another time asked for it.
	w2, s := found(t, dbtest.SQLite(t), 0), &kerneltest.Device{Synced: true}
	w2.known(t, s)
	b2 := w2.Entered(t, "applicant", who.Password, who.App)
	b2.Get("/me/level").Want(t, 200, "chưa có khóa nào chỉ nằm trên một thiết bị")
	bound := &kerneltest.Device{}
	b2.Post("/me/ways/keys", url.Values{"answer": {bound.Make(t, w2.Entered(t, "applicant", who.Password, who.App).Get("/me/ways").Body)}})
	b3 := w2.Entered(t, "applicant", who.Password, who.App, who.Passkey)
	if a := b3.Post("/me/ways/keys", url.Values{"answer": {bound.Make(t, b3.Get("/me/ways").Body)}}); a.Status != 303 {
		t.Fatalf("a second passkey: %d", a.Status)
	}
	b3.Post("/me/level/key", url.Values{"answer": {s.Show(t, b3.Get("/me/level").Body)}}).Want(t, 409, "đồng bộ giữa nhiều thiết bị")
}

// lift2 uses the key though the page offers it no more: by a page of before.
func (w *town) lift2(t *testing.T, b *kerneltest.Browser, d *kerneltest.Device) kerneltest.Answer {
	t.Helper()
	err := w.DB.Write(t.Context(), func(tx *db.Tx) error {
		_, err := tx.Exec(`update assure_key set state = 'hidden' where state = 'waits'`)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	answer := d.Show(t, b.Get("/me/level").Body)
	err = w.DB.Write(t.Context(), func(tx *db.Tx) error {
		_, err := tx.Exec(`update assure_key set state = 'waits' where state = 'hidden'`)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return b.Post("/me/level/key", url.Values{"answer": {answer}})
}
