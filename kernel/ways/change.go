package ways

import (
	"errors"

	"motcua/base/fault"
	"motcua/base/post"
	"motcua/base/web"
	"motcua/kernel"
	"motcua/kernel/contact"
)

// kinds are those of contacts, in the order of the page.
var kinds = []post.Kind{post.SMS, post.Mail}

// kind is that of the contact in the address.
func kind(r *kernel.Request) (post.Kind, error) {
	for _, k := range kinds {
		if string(k) == r.PathValue("kind") {
			return k, nil
		}
	}
	return "", fault.New(fault.NotFound, "ways.nocontact")
}

// fresh is the name of the boxes about another contact of that kind.
func fresh(k post.Kind) string { return "new-" + string(k) }

// askNew sends a code to another phone or mail that the person wants.
func askNew(r *kernel.Request) (web.Answer, error) {
	k, err := kind(r)
	if err != nil {
		return web.Answer{}, err
	}
	v, a, ok, err := change(r)
	if !ok || err != nil {
		return a, err
	}
	return v.told(k, contact.Ask(r, k, r.PostFormValue(fresh(k))))
}

// answerNew takes the code back.
func answerNew(r *kernel.Request) (web.Answer, error) {
	k, err := kind(r)
	if err != nil {
		return web.Answer{}, err
	}
	v, err := read(r)
	if err != nil {
		return web.Answer{}, err
	}
	right, err := contact.Answer(r, k, r.PostFormValue(fresh(k)))
	if err == nil && !right {
		v.field, v.wrong = fresh(k), r.T("confirm.wrong")
		return v.show()
	}
	return v.told(k, err)
}

// newNow leads to the confirmation that spares the wait.
func newNow(r *kernel.Request) (web.Answer, error) {
	k, err := kind(r)
	if err == nil {
		_, err = read(r)
	}
	if err != nil {
		return web.Answer{}, err
	}
	path, err := contact.Now(r, k)
	if err != nil {
		return web.Answer{}, err
	}
	return web.Goto("%s", path)
}

// stopNew stops a change that waits: for that any sign-in is enough.
func stopNew(r *kernel.Request) (web.Answer, error) {
	k, err := kind(r)
	if err == nil {
		err = contact.Stop(r, k)
	}
	if err != nil {
		return web.Answer{}, err
	}
	return web.Goto("/me/ways#%s", k)
}

// told shows the page with what is wrong with the box, or goes back to it.
func (v *view) told(k post.Kind, err error) (web.Answer, error) {
	var f *fault.Error
	switch {
	case err == nil:
		return web.Goto("/me/ways#%s", k)
	case errors.As(err, &f) && len(f.Fields) > 0:
		v.wrong = v.T(f.Fields[0].Code, f.Fields[0].Args...)
	case errors.As(err, &f) && (f.Kind == fault.Conflict || f.Kind == fault.TooMany):
		v.wrong = v.T(f.Code, f.Args...)
	default:
		return web.Answer{}, err
	}
	v.field = fresh(k)
	return v.show()
}
