package assure

import (
	"errors"
	"strings"
	"time"

	"motcua/base/db"
	"motcua/base/fault"
	"motcua/base/lang"
	"motcua/base/post"
	"motcua/base/web"
	"motcua/kernel"
	"motcua/kernel/device"
	"motcua/kernel/who"
)

// contactScope is what the link is good for that a contact answers with.
const contactScope = "contact"

// linkLife is how long such a link works.
const linkLife = time.Hour

// contact is the person's contact of a kind, "": he has none.
func contact(p who.Person, kind post.Kind) string {
	if kind == post.Mail {
		return p.Email
	}
	return strings.ReplaceAll(p.Phone, " ", "")
}

// send sends a link to one of the person's contacts: whoever reads it there has it.
func (h *house) send(r *kernel.Request) (web.Answer, error) {
	if err := r.ParseForm(); err != nil {
		return web.Answer{}, fault.New(fault.Invalid, "fault.invalid")
	}
	kind := post.SMS
	if r.PostForm.Get("which") == string(post.Mail) {
		kind = post.Mail
	}
	a, v := h.app, lang.Voice{Lang: r.Lang, Zone: h.app.Zone, Catalogue: h.app.Texts}
	to, onward := contact(r.Me, kind), web.Inside(r.PostForm.Get("to"))
	err := a.DB.Write(r.Context(), func(tx *db.Tx) error {
		secret, err := a.Sessions.Make(tx, web.OneTime, r.Me.ID, contactScope, string(kind)+" "+to+" "+onward, linkLife)
		if err != nil {
			return err
		}
		link := a.URL + "/me/level/answer/" + secret
		return post.Send(tx, post.Message{ID: a.IDs.New(), Kind: kind, To: to, Made: db.At(a.Now()), Stays: a.SMTP == "",
			Subject: v.T("assure.mail.subject"), Body: v.T("assure.mail", link)})
	})
	if errors.Is(err, fault.Invalid) {
		return web.Answer{}, fault.New(fault.Invalid, "assure.nocontact")
	}
	if err != nil {
		return web.Answer{}, err
	}
	return back(onward, "sent")
}

// showAnswer shows one button: programs that open links in mails burn nothing.
func (h *house) showAnswer(r *kernel.Request) (web.Answer, error) {
	s, err := h.app.Sessions.Find(r.Context(), web.OneTime, r.PathValue("secret"))
	if err == nil && s.Scope != contactScope {
		err = fault.New(fault.Gone, "web.linkgone")
	}
	if err != nil {
		return web.Answer{}, err
	}
	return web.Show(answerPage(r))
}

// answer takes the link: the contact is the person's. One that he has changed
// meanwhile proves nothing.
func (h *house) answer(r *kernel.Request) (web.Answer, error) {
	a, onward := h.app, ""
	err := a.DB.Write(r.Context(), func(tx *db.Tx) error {
		s, err := a.Sessions.Use(tx, r.PathValue("secret"))
		if err == nil && s.Scope != contactScope {
			err = fault.New(fault.Gone, "web.linkgone")
		}
		if err != nil {
			return err
		}
		p, err := a.Book.Find(tx, s.Subject)
		if err != nil {
			return err
		}
		kind, rest, _ := strings.Cut(s.Label, " ")
		to, way, _ := strings.Cut(rest, " ")
		onward = way
		if to == "" || contact(p, post.Kind(kind)) != to {
			return fault.New(fault.Gone, "web.linkgone")
		}
		return h.reach(tx, p, p, who.Proof{Level: who.Low, Way: "contact", Ref: kind})
	})
	if err != nil {
		return web.Answer{}, err
	}
	if r.Me.ID == 0 {
		return web.Show(answeredPage(r))
	}
	return back(onward, "contact")
}

// reach raises p's level and tells him of it at every contact he has.
func (h *house) reach(tx *db.Tx, by, p who.Person, x who.Proof) error {
	if p.Level != "" && p.Level.Reaches(x.Level) {
		return nil
	}
	if err := h.app.Book.Prove(tx, by, p.ID, x); err != nil {
		return err
	}
	v := lang.Voice{Lang: p.Lang, Zone: h.app.Zone, Catalogue: h.app.Texts}
	return device.Notify(h.app, tx, p, "assure.notice", v.T("who.level."+string(x.Level)))
}
