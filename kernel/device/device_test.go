package device_test

import (
	"net/url"
	"strings"
	"testing"

	"motcua/base/db"
	"motcua/base/db/dbtest"
	"motcua/base/post"
	"motcua/base/web"
	"motcua/kernel/device"
	"motcua/kernel/door"
	"motcua/kernel/kerneltest"
	"motcua/kernel/second"
)

func TestName(t *testing.T) {
	for agent, want := range map[string]string{
		"Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/120.0.0.0 Mobile Safari/537.36":                  "Chrome · Android",
		"Mozilla/5.0 (iPhone; CPU iPhone OS 17_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.0 Mobile Safari/604.1": "Safari · iPhone",
		"Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/120.0.0.0 Safari/537.36 Edg/120.0.0.0":    "Edge · Windows",
		"Mozilla/5.0 (X11; Linux x86_64; rv:120.0) Gecko/20100101 Firefox/120.0":                                                           "Firefox · Linux",
		"Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 (KHTML, like Gecko) coc_coc_browser/120.0 Chrome/114.0 Safari/537.36":            "Coc Coc · Windows",
		"curl/8.0": "", "": "", "<script>Android": "Android",
	} {
		if got := device.Name(agent); got != want {
			t.Errorf("%q: got %q, want %q", agent, got, want)
		}
	}
}

func TestDevices(t *testing.T) {
	dbtest.EachURL(t, func(t *testing.T, at string) {
		r := kerneltest.Open(t, at, nil, door.System(), device.System(), second.System())
		me := r.People["applicant"]
		here, there, other := r.As(t, "applicant"), r.As(t, "applicant"), r.As(t, "clerk")
		var mine, foreign []web.Session
		list := func() {
			err := r.DB.Read(t.Context(), func(tx *db.Tx) (err error) {
				if mine, err = r.Sessions.Of(tx, web.Browser, me.ID); err == nil {
					foreign, err = r.Sessions.Of(tx, web.Browser, r.People["clerk"].ID)
				}
				return err
			})
			if err != nil {
				t.Fatal(err)
			}
		}
		list()
		if len(mine) != 2 || len(foreign) != 1 || mine[0].Number == mine[1].Number {
			t.Fatalf("sessions %v and %v", mine, foreign)
		}
		page := here.Get("/me/devices")
		page.Want(t, 200, "Thiết bị này", "Thiết bị không rõ tên")
		if n := strings.Count(page.Body, `/end"`); n != 1 {
			t.Errorf("%d can be signed out, want the other one", n)
		}
		_, rest, _ := strings.Cut(page.Body, `action="/me/devices/`)
		n, _, _ := strings.Cut(rest, "/")
		other.Post("/me/devices/"+n+"/end", url.Values{})
		here.Post("/me/devices/"+foreign[0].Number.String()+"/end", url.Values{})
		if a := other.Get("/me/devices"); a.Status != 200 {
			t.Errorf("signed out by somebody else: %d", a.Status)
		}
		if a := there.Get("/me/devices"); a.Status != 200 {
			t.Errorf("signed out by somebody else: %d", a.Status)
		}
		here.Post("/me/devices/"+n+"/end", url.Values{})
		if a := there.Get("/me/devices"); a.Status != 303 {
			t.Errorf("still signed in: %d", a.Status)
		}
		here.Get("/me/devices").Want(t, 200)
		here.Post("/me/devices/x/end", url.Values{}).Want(t, 404)
		here.Post("/me/everywhere", url.Values{})
		if list(); len(mine) != 0 || len(foreign) != 1 {
			t.Errorf("everywhere: %v and %v", mine, foreign)
		}
	})
}

// TestNotices: whoever is let in with the password is told to the account's contacts.
func TestNotices(t *testing.T) {
	r := kerneltest.Open(t, dbtest.SQLite(t), nil, door.System(), device.System(), second.System())
	v := url.Values{"name": {"Lê Thị Mới"}, "number": {"001193000012"}, "phone": {"0900000109"}, "email": {"moi@example.org"}, "login": {"moi"}, "password": {"mật khẩu rất dài"}}
	if a := r.As(t, "").Post("/register", v); a.Status != 303 {
		t.Fatalf("register: %d\n%s", a.Status, a.Body)
	}
	err := r.DB.Write(t.Context(), func(tx *db.Tx) error {
		_, err := tx.Exec(`update person set login = 'moi' where name = 'Lê Thị Mới'`)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	signIn := func() {
		if a := r.As(t, "").Post("/sign-in", v); a.Status != 303 {
			t.Fatalf("sign in: %d", a.Status)
		}
	}
	count := func() (mails, texts int) {
		all, err := post.List(t.Context(), r.DB, 1<<62, 100)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range all {
			if strings.Contains(m.Body, "mật khẩu rất dài") || strings.Contains(m.Body, "001193000012") {
				t.Errorf("a notice says too much: %s", m.Body)
			}
			if m.Kind == post.Mail && m.To == "moi@example.org" {
				mails++
			} else if m.Kind == post.SMS && m.To == "0900000109" {
				texts++
			}
		}
		return mails, texts
	}
	if m, s := count(); m != 1 || s != 1 {
		t.Errorf("after registering, one message says it all: %d mails, %d texts", m, s)
	}
	signIn()
	if m, _ := count(); m != 1 {
		t.Errorf("told again of the same device: %d mails", m)
	}
	r.Later(13 * web.Life / 12)
	signIn()
	if m, s := count(); m != 2 || s != 2 {
		t.Errorf("when nothing was signed in any more: %d mails, %d texts", m, s)
	}
}
