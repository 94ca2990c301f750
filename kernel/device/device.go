// Package device is where a person is signed in: which browsers, since when, how
// to sign one of them out, and the notices that tell him of what he may not have
// done himself.
package device

import (
	"embed"
	"errors"
	"io/fs"
	"slices"
	"strings"

	"motcua/base/db"
	"motcua/base/fault"
	"motcua/base/id"
	"motcua/base/post"
	"motcua/base/web"
	"motcua/kernel"
	"motcua/kernel/outbox"
	"motcua/kernel/who"
)

//go:embed texts.yaml
var texts embed.FS

// System is the page of devices.
func System() kernel.System {
	me := kernel.SignedIn()
	return kernel.System{Name: "device", Texts: []fs.FS{texts},
		Links: []kernel.Link{{At: kernel.Safe, Path: "/me/devices", Text: "device.title", Who: me}},
		Routes: func(*kernel.App) []kernel.Route {
			return []kernel.Route{{Pattern: "GET /me/devices", Who: me, Do: show}, {Pattern: "POST /me/devices/{id}/end", Who: me, Do: end}}
		}}
}

// systems and browsers by the words they call themselves with, the telling ones
// first: nearly every browser claims to be others too.
var (
	systems  = [][2]string{{"Android", "Android"}, {"iPhone", "iPhone"}, {"iPad", "iPad"}, {"Windows", "Windows"}, {"Mac OS X", "Mac"}, {"CrOS", "ChromeOS"}, {"Linux", "Linux"}}
	browsers = [][2]string{{"coc_coc", "Coc Coc"}, {"Edg", "Edge"}, {"OPR/", "Opera"}, {"SamsungBrowser", "Samsung Internet"}, {"Firefox", "Firefox"}, {"FxiOS", "Firefox"}, {"CriOS", "Chrome"}, {"Chrome", "Chrome"}, {"Safari", "Safari"}}
)

// Name is what a browser is called by its own words, such as "Chrome · Android":
// enough for its owner, too little to follow him by. "": it says nothing we know.
func Name(agent string) string {
	find := func(all [][2]string) string {
		i := slices.IndexFunc(all, func(x [2]string) bool { return strings.Contains(agent, x[0]) })
		if i < 0 {
			return ""
		}
		return all[i][1]
	}
	return strings.Trim(find(browsers)+" · "+find(systems), " ·")
}

// Seen tells a person that he signed in where he is not signed in yet, before
// the session is made.
func Seen(r *kernel.Request, tx *db.Tx, p who.Person, name string) error {
	all, err := r.App.Sessions.Of(tx, web.Browser, p.ID)
	if err != nil || slices.ContainsFunc(all, func(s web.Session) bool { return s.Label == name }) {
		return err
	}
	return Tell(r, tx, p, "new", name)
}

// Tell sends a person a notice about his account to every contact he has: what
// happened, when, and what to do if it was not he. It says nothing that helps
// who else reads it.
func Tell(r *kernel.Request, tx *db.Tx, p who.Person, what string, args ...any) error {
	if p.Lang == "" {
		p.Lang = r.Lang
	}
	return Notify(r.App, tx, p, "device.notice."+what, args...)
}

// Notify sends p the notice of this key: key is the sentence, key.subject what
// the mail is about. In both {0} is the time, {1} the page of devices, {2} the
// help line, and args follow.
func Notify(a *kernel.App, tx *db.Tx, p who.Person, key string, args ...any) error {
	v := a.Voice(p.Lang, "")
	if len(args) > 0 && args[0] == "" {
		args[0] = v.T("device.unknown")
	}
	args = append([]any{v.Moment(a.Now()), a.URL + "/me/devices", a.Help}, args...)
	text := v.T(key, args...)
	return errors.Join(outbox.Tell(tx, a, post.Message{Kind: post.Mail, To: p.Email, Subject: v.T(key + ".subject"), Body: text + "\n\n" + v.T("device.notice.end", args...)}),
		outbox.Tell(tx, a, post.Message{Kind: post.SMS, To: p.Phone, Body: text}))
}

func show(r *kernel.Request) (web.Answer, error) {
	var all []web.Session
	err := r.App.DB.Read(r.Context(), func(tx *db.Tx) (err error) {
		all, err = r.App.Sessions.Of(tx, web.Browser, r.Me.ID)
		return err
	})
	if err != nil {
		return web.Answer{}, err
	}
	return web.Show(page(r, all))
}

// end signs one browser out; those of others do not exist.
func end(r *kernel.Request) (web.Answer, error) {
	n, err := id.Parse(r.PathValue("id"))
	if err != nil || n == 0 {
		return web.Answer{}, fault.New(fault.NotFound, "device.none")
	}
	err = r.App.DB.Write(r.Context(), func(tx *db.Tx) error { return r.App.Sessions.EndOne(tx, r.Me.ID, n) })
	if err != nil {
		return web.Answer{}, err
	}
	return web.Goto("/me/devices")
}
