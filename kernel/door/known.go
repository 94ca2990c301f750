package door

import (
	"crypto/hmac"
	"crypto/rand"
	"encoding/hex"
	"strings"
	"time"

	"motcua/base/web"
	"motcua/kernel"
	"motcua/kernel/throttle"
)

// A browser keeps by whom it was entered, as many as share a phone: under our
// seal, so that guessing elsewhere costs nothing here, and nobody can write it.
const (
	knows     = "knows"
	knowsMost = 4
	knowsLife = 400 * 24 * time.Hour // browsers keep none longer
)

// try is r at a door of an account.
func try(r *kernel.Request, sort, login string) throttle.Try {
	login = strings.ToLower(strings.TrimSpace(login))
	t := throttle.Try{Sort: sort, Account: login, From: r.From()}
	for _, k := range known(r) {
		chance, mark, _ := strings.Cut(k, ".")
		if hmac.Equal([]byte(mark), []byte(marked(r.App, login, chance))) {
			t.Device = chance
		}
	}
	return t
}

func known(r *kernel.Request) []string {
	all := r.Kept(knows)
	if all == "" || len(all) > 1000 {
		return nil
	}
	return strings.Split(all, "~")
}

func marked(a *kernel.App, login, chance string) string {
	return hex.EncodeToString(a.Keyed("known device " + chance + " " + login)[:16])
}

// remember lets the browser keep that login was signed in on it.
func remember(r *kernel.Request, login string) {
	if login == "" || try(r, "", login).Device != "" {
		return
	}
	chance := rand.Text()
	all := append([]string{chance + "." + marked(r.App, login, chance)}, known(r)...)
	all = all[:min(len(all), knowsMost)]
	r.Give(r.Keep(knows, strings.Join(all, "~"), knowsLife))
}

// slow is a page that says how long to wait; ok: the try may be looked at.
func slow(r *kernel.Request, t throttle.Try, f form) (a web.Answer, ok bool, err error) {
	if err := r.App.Guard.Slow(t); err != nil {
		f.wrong = said(r, err)
		a, err = f.show(r)
		return a, false, err
	}
	return a, true, nil
}
