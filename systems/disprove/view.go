package disprove

import (
	"net/url"
	"slices"

	"motcua/base/db"
	"motcua/base/id"
	"motcua/base/web"
	"motcua/kernel"
	"motcua/kernel/ask"
	"motcua/kernel/doubt"
	"motcua/kernel/form"
	"motcua/kernel/who"
)

// A page is an official who says that a proof was wrong, or is asked whether it was.
type page struct {
	*kernel.Request
	h     *house
	typed url.Values
	wrong map[string]string
	done  string // what just happened, by key
	all   []matter
	over  []result // that were taken back lately
	names map[id.ID]string
}

// A result is a proof that was taken back, and what was filed under it: how many
// dossiers are with each body. Which they are is their bodies' to know.
type result struct {
	matter
	bodies []filed
}

// A filed is what one body has of it.
type filed struct {
	body          string
	open, granted int
}

func (h *house) show(p *page) (web.Answer, error) {
	if d := p.URL.Query().Get("done"); slices.Contains([]string{"asked", "fell", "stands"}, d) {
		p.done = d
	}
	err := h.app.DB.Read(p.Context(), func(tx *db.Tx) (err error) {
		p.names = map[id.ID]string{}
		if p.all, err = h.open(tx, bodies(p.Request)); err != nil {
			return err
		}
		done, err := h.done(tx, bodies(p.Request))
		if err != nil {
			return err
		}
		p.over = nil
		for _, m := range done {
			p.over = append(p.over, result{matter: m})
		}
		for _, m := range slices.Concat(p.all, done) {
			for _, n := range []id.ID{m.Person, m.By, m.Second} {
				if n == 0 {
					continue
				}
				x, err := h.app.Book.Find(tx, n)
				if err != nil {
					return err
				}
				p.names[n] = x.Name
			}
		}
		return nil
	})
	for i := range p.over {
		if err == nil {
			err = p.over[i].count(p.Request)
		}
	}
	switch {
	case err != nil:
		return web.Answer{}, err
	case p.wrong != nil:
		return web.ShowWrong(p.view())
	}
	return web.Show(p.view())
}

// count counts what was filed under x, body by body.
func (x *result) count(r *kernel.Request) error {
	cases, err := doubt.Under(r.Context(), r.App, x.ID)
	for _, c := range cases {
		i := slices.IndexFunc(x.bodies, func(f filed) bool { return f.body == c.Body })
		if i < 0 {
			i, x.bodies = len(x.bodies), append(x.bodies, filed{body: c.Body})
		}
		if c.Granted() {
			x.bodies[i].granted++
		} else {
			x.bodies[i].open++
		}
	}
	return err
}

func (p *page) sheet() ask.Sheet {
	return ask.Sheet{Voice: p.Voice, Country: p.App.Country, Form: p.h.form, Env: p.App.Env(p.App.Today(""), who.Person{}, 0), In: p.typed, Wrong: p.wrong}
}

func (p *page) questions() []form.Field { return p.h.form.Sections[0].Pages[0].Fields }
