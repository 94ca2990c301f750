package track

import (
	"errors"
	"net/url"

	"motcua/base/fault"
	"motcua/base/web"
	"motcua/kernel"
	"motcua/kernel/dossier"
)

// track shows how far the dossier of a printed code is, to whoever has the
// receipt: no name, nothing of what it is about.
func track(r *kernel.Request, tries *Limiter) (web.Answer, error) {
	q := r.URL.Query()
	code, tail := q.Get("code"), q.Get("tail")
	if code == "" {
		return web.Show(trackPage(r, "", ""))
	}
	if !tries.Allow(r.RemoteAddr, r.App.Now()) {
		return web.Answer{}, fault.New(fault.TooMany, "track.many")
	}
	d, k, err := r.App.Engine.Track(r.Context(), code, tail)
	var wrong *fault.Error
	if errors.As(err, &wrong) && wrong.Kind == fault.NotFound {
		rows, err := r.App.Mirror.Coded(r.Context(), code)
		if err != nil {
			return web.Answer{}, err
		}
		if len(rows) > 0 {
			tries.Right(r.RemoteAddr)
			return web.Goto("/reported?%s", url.Values{"code": {rows[0].Code}}.Encode())
		}
		return web.ShowWrong(trackPage(r, code, r.T("dossier.code")))
	}
	if err != nil {
		return web.Answer{}, err
	}
	tries.Right(r.RemoteAddr)
	if owns(r.Me, d) {
		return web.Goto("/c/%s", d.ID)
	}
	s := &story{r: r, d: d, k: k, stand: k.Stands[d.State], v: Local(r, d), now: r.App.Now(), blind: true}
	return web.Show(publicPage(s))
}

// trackURL is what the receipt's square says.
func trackURL(a *kernel.App, d *dossier.Dossier) string {
	return a.URL + "/track?" + url.Values{"code": {d.Code}, "tail": {d.Tail}}.Encode()
}
