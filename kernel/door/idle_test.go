package door_test

import (
	"strings"
	"testing"
	"time"

	"motcua/base/db/dbtest"
	"motcua/kernel/kerneltest"
)

// TestIdle: a browser that lies unused ends sooner the more its person may see of
// others, one in use goes on until its life is over, and what was typed into a page
// whose session ended stands on the page that says so.
func TestIdle(t *testing.T) {
	dbtest.EachURL(t, func(t *testing.T, at string) {
		r := kerneltest.Open(t, at, nil, systems()...)
		open := serve(t, r)
		const devices = "/me/devices"
		for _, x := range []struct {
			login string
			rest  time.Duration
		}{{"applicant", 3 * time.Hour}, {"clerk", time.Hour}, {"admin", 30 * time.Minute}} {
			setPassword(t, r, x.login)
			c := open("192.0.2." + x.login[:1])
			in := func() { c.signIn(x.login, password).want(t, 303) }
			in()
			r.Later(x.rest - time.Minute)
			c.get(devices).want(t, 200)
			r.Later(x.rest - time.Minute)
			c.get(devices).want(t, 200) // it was used
			r.Later(x.rest + time.Minute)
			if a := c.get(devices); a.status != 303 || a.to != "/sign-in?to=%2Fme%2Fdevices" {
				t.Errorf("%s unused for %s: %d to %q", x.login, x.rest, a.status, a.to)
			}
			c.post(devices+"/0/end", "note", "chữ của <tôi>", "password", "không nhắc lại").want(t, 401, `name="note" value="chữ của <tôi>"`, "Gửi lại")
			if a := c.post(devices+"/0/end", "password", "không nhắc lại"); a.status != 401 || len(a.body) == 0 || strings.Contains(a.body, "không nhắc lại") {
				t.Errorf("a secret comes back: %d", a.status)
			}
			in()
			for used := time.Duration(0); used < 12*time.Hour; used += x.rest / 2 {
				c.get(devices).want(t, 200)
				r.Later(x.rest / 2)
			}
			c.get(devices).want(t, 303) // however busy it was
		}
	})
}
