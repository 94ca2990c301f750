package confirm

import (
	"slices"
	"strconv"

	"motcua/base/db"
	"motcua/base/fault"
	"motcua/base/id"
	"motcua/base/web"
	"motcua/kernel"
	"motcua/kernel/onetime"
	"motcua/kernel/passkey"
	"motcua/kernel/who"
)

// A view is the page of one matter.
type view struct {
	*kernel.Request
	open
	contacts []onetime.Contact // that answered, when a code suffices
	weak     bool              // this sign-in and a code do not suffice, a password and a code would
	password bool              // he has one to sign in with instead
	sent     *onetime.Contact
	wrong    string
	options  string // for a passkey of his; "": he has none
}

// read makes the page of the matter in the address.
func read(r *kernel.Request) (*view, error) {
	if r.Session.Sort != web.Browser { // a program with a token of his is not he
		return nil, fault.New(fault.Forbidden, "web.notyours")
	}
	n, err := id.Parse(r.PathValue("id"))
	if err != nil {
		return nil, fault.New(fault.Gone, "confirm.gone")
	}
	v := &view{Request: r}
	err = r.App.DB.Read(r.Context(), func(tx *db.Tx) (err error) {
		v.contacts, v.sent = nil, nil
		if v.open, err = find(tx, r.App, n, r.Me.ID); err != nil {
			return err
		}
		if err := v.passkeys(tx); err != nil {
			return err
		}
		if !level(r.Session.Scope, who.Code).Reaches(v.Least) {
			v.weak = who.Strength([]who.Way{who.Password, who.Code}).Reaches(v.Least)
			v.password, err = r.App.Book.HasPassword(tx, r.Me.ID)
			return err
		}
		if v.contacts, err = onetime.Contacts(tx, r.Me); err != nil {
			return err
		}
		v.contacts = slices.DeleteFunc(v.contacts, func(c onetime.Contact) bool { return c.Answered.IsZero() })
		c, ok, err := onetime.Waits(tx, r.App, r.Me.ID, v.about())
		if ok {
			v.sent = &c
		}
		return err
	})
	return v, err
}

// passkeys asks for one of the person's, if he has any. It is as sure as can be.
func (v *view) passkeys(tx *db.Tx) error {
	if v.Purpose == coding {
		return nil
	}
	all, err := passkey.Of(tx, v.Me.ID)
	if all = passkey.Good(all); err != nil || len(all) == 0 || !passkey.Possible(v.App) {
		return err
	}
	v.options, err = passkey.Ask(v.App, v.about(), v.Digest[:], all)
	return err
}

func show(r *kernel.Request) (web.Answer, error) {
	v, err := read(r)
	if err != nil {
		return web.Answer{}, err
	}
	return v.show()
}

func (v *view) show() (web.Answer, error) {
	if v.wrong != "" {
		return web.ShowWrong(v.page())
	}
	return web.Show(v.page())
}

// send sends a code to one of the contacts.
func send(r *kernel.Request) (web.Answer, error) {
	v, err := read(r)
	if err != nil {
		return web.Answer{}, err
	}
	i, err := strconv.Atoi(r.PostFormValue("contact"))
	if err != nil || i < 0 || i >= len(v.contacts) {
		return web.Answer{}, fault.New(fault.Conflict, "confirm.nocode")
	}
	err = r.App.DB.Write(r.Context(), func(tx *db.Tx) error {
		text := "confirm.code"
		if v.steps() {
			text = "confirm.entercode"
		}
		return onetime.Send(tx, r.App, r.Me, v.contacts[i], v.about(), text, v.short())
	})
	if fault.Of(err) == fault.TooMany {
		v.wrong = r.T("onetime.many")
		return v.show()
	}
	if err != nil {
		return web.Answer{}, err
	}
	return web.Goto("%s", Path(v.id))
}

// key takes the answer of a passkey: it was asked for this digest.
func key(r *kernel.Request) (web.Answer, error) {
	v, err := read(r)
	if err != nil {
		return web.Answer{}, err
	}
	err = passkey.Check(r, v.about(), v.Digest[:], r.Me.ID, r.PostFormValue("answer"), func(tx *db.Tx, s passkey.Shown) error {
		return v.done(tx, r.App, who.Passkey, who.High, s.Proof)
	})
	if fault.Of(err) == fault.Unidentified {
		v.wrong = r.T("passkey.refused")
		return v.show()
	}
	if err != nil {
		return web.Answer{}, err
	}
	return v.onward()
}

// answer takes the code.
func answer(r *kernel.Request) (web.Answer, error) {
	v, err := read(r)
	if err != nil {
		return web.Answer{}, err
	}
	if len(v.contacts) == 0 {
		return web.Answer{}, fault.New(fault.Conflict, "confirm.nocode")
	}
	var right bool
	err = r.App.DB.Write(r.Context(), func(tx *db.Tx) (err error) {
		if right, err = onetime.Check(tx, r.App, r.Me.ID, v.about(), r.PostFormValue("code")); err != nil || !right {
			return err
		}
		return v.done(tx, r.App, who.Code, level(r.Session.Scope, who.Code), nil)
	})
	if err != nil {
		return web.Answer{}, err
	}
	if !right {
		v.wrong = r.T("confirm.wrong")
		return v.show()
	}
	return v.onward()
}

// onward does what waited for the confirmation.
func (v *view) onward() (web.Answer, error) {
	if v.steps() {
		return v.entered()
	}
	for _, s := range v.App.Systems {
		if s.Confirmed == nil {
			continue
		}
		if do := s.Confirmed(v.App)[v.Purpose]; do != nil {
			return do(v.Request, v.id)
		}
	}
	return web.Goto("%s", v.Back)
}
