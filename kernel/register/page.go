package register

import (
	"motcua/base/web"
	"motcua/kernel"
	"motcua/kernel/dossier"
)

// A page shows what a register of these days would hold, and those drawn up.
type page struct {
	*kernel.Request
	span
	bodies []string
	rows   []*dossier.Dossier // the first ones
	more   bool
	drawn  []Book
}

// shown is how many lines the page shows of a register that has more.
const shown = 50

func show(r *kernel.Request) (web.Answer, error) {
	s, err := asked(r)
	if err != nil {
		return web.Answer{}, err
	}
	p := &page{Request: r, span: s, bodies: keeps(r.Me)}
	if p.rows, p.more, err = rows(r, s, shown); err != nil {
		return web.Answer{}, err
	}
	if p.drawn, err = drawn(r.Context(), r.App, s.body.Code); err != nil {
		return web.Answer{}, err
	}
	return web.Show(p.view())
}
