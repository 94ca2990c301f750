package lists

import (
	"context"
	"crypto/x509"
	"net/url"
	"slices"

	"motcua/base/call"
	"motcua/base/cert"
	"motcua/base/db"
	"motcua/base/fault"
	"motcua/base/ui"
	"motcua/base/web"
	"motcua/kernel"
)

// address reports whether a list can be asked for there.
func address(at string) bool {
	u, err := url.Parse(at)
	return err == nil && (u.Scheme == "http" || u.Scheme == "https") && u.Host != "" && len(at) <= 500
}

// Add enters a source that no certificate names, of the first of some, an authority
// under a root that is trusted; the others lead there.
func Add(tx *db.Tx, a *kernel.App, at string, some []*x509.Certificate) error {
	if !address(at) {
		return fault.New(fault.Invalid, "lists.address", at)
	}
	roots, err := a.Keys.Roots(tx)
	if err != nil {
		return err
	}
	if !some[0].IsCA || cert.Way(some[0], some[1:], roots, a.Now()) == nil {
		return fault.New(fault.Invalid, "sign.untrusted", some[0].Subject.CommonName)
	}
	all, err := Sources(tx)
	if err != nil {
		return err
	}
	if len(all) >= mostSources || slices.ContainsFunc(all, func(s Source) bool { return s.URL == at }) {
		return fault.New(fault.Conflict, "lists.there", mostSources)
	}
	return Ask(tx, []Source{{URL: at, Issuer: some[0]}})
}

// Drop forgets a source. One that a certificate in use names would be asked again,
// and is not forgotten. The lists that came from there stay.
func Drop(tx *db.Tx, a *kernel.App, at string) error {
	chains, err := a.Keys.Outside(tx)
	if err != nil {
		return err
	}
	for _, chain := range chains {
		if slices.ContainsFunc(chain, func(c *x509.Certificate) bool { return slices.Contains(c.CRLDistributionPoints, at) }) {
			return fault.New(fault.Conflict, "lists.used", chain[0].Subject.CommonName)
		}
	}
	n, err := tx.Exec(`delete from list_source where url = $1`, at)
	if err == nil && n == 0 {
		err = fault.New(fault.NotFound, "lists.nosource")
	}
	return err
}

// Bring keeps a list that somebody carried here, of whichever authority above a
// certificate in use or a source signed it.
func Bring(tx *db.Tx, a *kernel.App, l *x509.RevocationList) error {
	all, err := Sources(tx)
	if err != nil {
		return err
	}
	chains, err := a.Keys.Outside(tx)
	if err != nil {
		return err
	}
	var some []*x509.Certificate
	for _, s := range all {
		some = append(some, s.Issuer)
	}
	for _, chain := range chains {
		some = append(some, chain[1:]...)
	}
	i := slices.IndexFunc(some, func(c *x509.Certificate) bool { return l.CheckSignatureFrom(c) == nil })
	if i < 0 {
		return fault.New(fault.NotFound, "lists.nobody")
	}
	return Keep(tx, a, some[i], l)
}

// Now asks a source, or with "" all of them, whether they are due or not.
func Now(ctx context.Context, a *kernel.App, at string) error {
	if err := learn(ctx, a); err != nil {
		return err
	}
	var all []Source
	err := a.DB.Read(ctx, func(tx *db.Tx) (err error) {
		all, err = sources(tx, `where s.url = $1 or $1 = '' order by s.url`, at)
		return err
	})
	if err == nil && len(all) == 0 && at != "" {
		err = fault.New(fault.NotFound, "lists.nosource")
	}
	client := call.NewCaller(a.Reach).Client()
	for _, s := range all {
		if err == nil {
			err = s.fetch(ctx, a, client)
		}
	}
	return err
}

// A page is how the sources stand.
type page struct {
	*kernel.Request
	all []Source
}

func show(r *kernel.Request) (web.Answer, error) {
	p := &page{Request: r}
	err := r.App.DB.Read(r.Context(), func(tx *db.Tx) (err error) {
		p.all, err = Sources(tx)
		return err
	})
	if err != nil {
		return web.Answer{}, err
	}
	return web.Show(p.view())
}

// state is how a source stands: in words and a tone.
func (s Source) state(p *page) (ui.Tone, string) {
	switch now := p.App.Now(); {
	case s.Ends.IsZero() && s.Why == "":
		return ui.Plain, p.T("lists.state.never")
	case s.Ends.IsZero():
		return ui.Bad, p.T("lists.state.none")
	case !now.Before(s.Ends):
		return ui.Bad, p.T("lists.state.over")
	case s.Why != "":
		return ui.Soon, p.T("lists.state.failed")
	}
	return ui.Good, p.T("lists.state.good")
}

func (p *page) table() ui.Table {
	t := ui.Table{Caption: p.T("lists.title"), Told: true, Scroll: true, Empty: p.T("lists.empty"),
		Columns: []ui.Column{{Title: p.T("lists.issuer")}, {Title: p.T("lists.of")}, {Title: p.T("lists.until")}, {Title: p.T("lists.tried")}, {Title: p.T("lists.state")}}}
	day := func(s Source) (began, ends, tried string) {
		if !s.Ends.IsZero() {
			began, ends = p.Voice.Moment(s.Began), p.Voice.Moment(s.Ends)
		}
		if !s.Tried.IsZero() {
			tried = p.Voice.Moment(s.Tried)
		}
		return began, ends, tried
	}
	for _, s := range p.all {
		began, ends, tried := day(s)
		tone, text := s.state(p)
		t.Rows = append(t.Rows, ui.Row{Cells: []ui.Cell{{Text: s.Issuer.Subject.CommonName, Below: s.URL}, {Text: began}, {Text: ends}, {Text: tried, Below: s.Why}, {Body: ui.Tag{Text: text, Tone: tone}}}})
	}
	return t
}
