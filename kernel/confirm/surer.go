package confirm

import (
	"motcua/base/ui"
	"motcua/base/web"
	"motcua/kernel"
	"motcua/kernel/who"
)

// surer tells somebody whose sign-in carries less than he is that a second factor
// is missing, and how he gets one.
func surer(r *kernel.Request) (web.Answer, error) {
	to := back(r.URL.Query().Get("to"))
	if len(r.Rest) == 0 {
		return web.Goto("%s", to)
	}
	return web.Show(surerPage(r, to))
}

// goSurer lets him confirm once more, by what he has.
func goSurer(r *kernel.Request) (web.Answer, error) {
	to := back(r.PostFormValue("to"))
	a, ok, err := Surer(r, who.Substantial, to)
	if ok && err == nil {
		return web.Goto("%s", to)
	}
	return a, err
}

// alert says so on his own page.
func alert(r *kernel.Request) (n ui.Note, err error) {
	if len(r.Rest) > 0 {
		n = ui.Note{Tone: ui.Soon, Title: r.T("confirm.surer"), Text: r.T("confirm.surer.lead"), Link: ui.Link{Text: r.T("confirm.surer.now"), Href: "/me/surer"}}
	}
	return n, nil
}

func back(to string) string {
	if to = web.Inside(to); to == "" {
		return "/me"
	}
	return to
}

// roleOf names a role and its body.
func roleOf(r *kernel.Request, g who.Grant) string {
	s := r.T("who.role." + string(g.Role))
	if name := r.BodyName(g.Body); name != "" {
		s += ", " + name
	}
	return s
}
