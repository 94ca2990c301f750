package contact

import (
	"time"

	"motcua/base/db"
	"motcua/base/fault"
	"motcua/base/id"
	"motcua/base/lang"
	"motcua/base/post"
	"motcua/base/ui"
	"motcua/base/web"
	"motcua/kernel"
	"motcua/kernel/outbox"
	"motcua/kernel/who"
)

// Stop stops the change that waits for r's person.
func Stop(r *kernel.Request, kind post.Kind) error {
	return r.App.DB.Write(r.Context(), func(tx *db.Tx) error {
		c, err := find(tx, `where person = $1 and kind = $2 and state in ('asked', 'waits') order by id desc limit 1`, r.Me.ID, string(kind))
		if err != nil {
			return err
		}
		return c.stop(tx, r.App, r.Me)
	})
}

func (c Change) stop(tx *db.Tx, a *kernel.App, by who.Person) error {
	n, err := tx.Exec(`update contact_new set state = 'stopped' where id = $1 and state in ('asked', 'waits')`, c.ID)
	if err == nil && n == 0 {
		err = fault.New(fault.Gone, "contact.gone")
	}
	if err != nil {
		return err
	}
	return a.Engine.Record(tx, by, "contact.stop", c.Person, map[string]any{"change": c.ID, "kind": c.Kind})
}

// behind is the change behind a link.
func behind(tx *db.Tx, s web.Session) (c Change, err error) {
	n, bad := id.Parse(s.Label)
	if s.Scope != scopeStop || bad != nil {
		return c, fault.New(fault.Gone, "web.linkgone")
	}
	return find(tx, `where id = $1 and person = $2 and state = 'waits'`, n, s.Subject)
}

func showStop(r *kernel.Request) (web.Answer, error) {
	s, err := r.App.Sessions.Find(r.Context(), web.OneTime, r.PathValue("secret"))
	var c Change
	if err == nil {
		err = r.App.DB.Read(r.Context(), func(tx *db.Tx) error { c, err = behind(tx, s); return err })
	}
	if err != nil {
		return web.Answer{}, err
	}
	return web.Show(StopPage(r, r.T("contact.stop"), r.T("contact.stop.lead."+string(c.Kind), c.contact().Hint(), r.Voice.Moment(c.Due))))
}

// stopByLink stops a change without signing in: whoever reads the account's
// contacts may say that it was not he.
func stopByLink(r *kernel.Request) (web.Answer, error) {
	err := r.App.DB.Write(r.Context(), func(tx *db.Tx) error {
		s, err := r.App.Sessions.Use(tx, r.PathValue("secret"))
		if err != nil {
			return err
		}
		c, err := behind(tx, s)
		if err != nil {
			return err
		}
		return c.stop(tx, r.App, who.Person{ID: c.Person})
	})
	if err != nil {
		return web.Answer{}, err
	}
	return web.Show(StoppedPage(r, r.T("contact.stopped.lead", r.App.Help)))
}

// alert is what every signed-in browser of the person shows while a change waits.
func alert(r *kernel.Request) (n ui.Note, err error) {
	var all []Change
	err = r.App.DB.Read(r.Context(), func(tx *db.Tx) error { all, err = Open(tx, r.App, r.Me.ID); return err })
	for _, c := range all {
		if !c.Due.IsZero() {
			n = ui.Note{Tone: ui.Soon, Title: r.T("contact.alert."+string(c.Kind), c.contact().Hint(), r.Voice.Moment(c.Due)), Link: ui.Link{Text: r.T("contact.look"), Href: "/me/ways#" + string(c.Kind)}}
		}
	}
	return n, err
}

// subject is what a mail in the words of key is about.
func subject(c *lang.Catalogue, key string) string {
	if c.Has(key + ".subject") {
		return key + ".subject"
	}
	return "contact.subject"
}

// tell sends a sentence to one contact of p; an address that is wrong hinders nothing.
func tell(tx *db.Tx, a *kernel.App, p who.Person, to who.Contact, key string, at time.Time, args ...any) error {
	v := a.Voice(p.Lang, "")
	m := post.Message{Kind: post.SMS, To: to.To, Subject: v.T(subject(a.Texts, key)), Body: v.T(key, append([]any{v.Moment(at)}, args...)...)}
	if to.Mail {
		m.Kind = post.Mail
	}
	return outbox.Tell(tx, a, m)
}
