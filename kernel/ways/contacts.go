package ways

import (
	"motcua/base/db"
	"motcua/base/fault"
	"motcua/base/post"
	"motcua/base/web"
	"motcua/kernel"
	"motcua/kernel/onetime"
)

// about is the matter of a code that shows whether a contact answers.
func about(c onetime.Contact) string { return "contact/" + string(c.Kind) + "/" + c.To }

// contact is the one in the address of the request.
func (v *view) contact() (onetime.Contact, error) {
	for _, c := range v.contacts {
		if c.Kind == post.Kind(v.PathValue("kind")) {
			return c, nil
		}
	}
	return onetime.Contact{}, fault.New(fault.NotFound, "ways.nocontact")
}

// sendCode sends a code to a contact to see whether it answers.
func sendCode(r *kernel.Request) (web.Answer, error) {
	v, err := read(r)
	if err != nil {
		return web.Answer{}, err
	}
	c, err := v.contact()
	if err == nil {
		err = r.App.DB.Write(r.Context(), func(tx *db.Tx) error { return onetime.Send(tx, r.App, r.Me, c, about(c), "ways.code") })
	}
	if fault.Of(err) == fault.TooMany {
		v.field, v.wrong = string(c.Kind), r.T("onetime.many")
		return v.show()
	}
	if err != nil {
		return web.Answer{}, err
	}
	return v.here(string(c.Kind))
}

// checkCode takes the code back.
func checkCode(r *kernel.Request) (web.Answer, error) {
	v, err := read(r)
	if err != nil {
		return web.Answer{}, err
	}
	c, err := v.contact()
	var right bool
	if err == nil {
		err = r.App.DB.Write(r.Context(), func(tx *db.Tx) (err error) {
			right, err = onetime.Check(tx, r.App, r.Me.ID, about(c), r.PostFormValue("code"))
			return err
		})
	}
	if err != nil {
		return web.Answer{}, err
	}
	if !right {
		v.field, v.wrong = string(c.Kind), r.T("confirm.wrong")
		return v.show()
	}
	if v.to != "" {
		return web.Goto("%s", v.to)
	}
	return v.here(string(c.Kind))
}
