package inbox

import (
	"motcua/base/ui"
	"motcua/base/web"
	"motcua/kernel"
	"motcua/kernel/doubt"
)

// A doubtsPage is what an official's bodies are to look at again.
type doubtsPage struct {
	*kernel.Request
	all  []doubt.Case
	at   doubt.Cursor
	next doubt.Cursor
}

func showDoubts(r *kernel.Request) (web.Answer, error) {
	p := &doubtsPage{Request: r}
	var err error
	if p.at, err = doubt.ParseCursor(r.URL.Query().Get("cursor")); err != nil {
		return web.Answer{}, err
	}
	if p.all, p.next, err = doubt.OfBodies(r.Context(), r.App, r.Me.ID, p.at, r.Me.Bodies(Desks()...)...); err != nil {
		return web.Answer{}, err
	}
	return web.Show(p.view())
}

// alert tells officials that something is to be looked at again.
func alert(r *kernel.Request) (n ui.Note, err error) {
	if !r.Me.Holds(Desks()...) {
		return n, nil
	}
	wait, err := doubt.Unseen(r.Context(), r.App, r.Me.ID, r.Me.Bodies(Desks()...)...)
	if wait > 0 {
		n = ui.Note{Tone: ui.Soon, Title: r.T("doubt.alert", wait), Link: ui.Link{Text: r.T("doubt.title"), Href: doubt.Path}}
	}
	return n, err
}

func (p *doubtsPage) table() ui.Table {
	t := ui.Table{Caption: p.T("doubt.title"), Empty: p.T("doubt.empty"), Told: true, Columns: []ui.Column{{Title: p.T("doubt.dossier")}, {Title: p.T("doubt.stands")},
		{Title: p.T("doubt.why"), Hide: true}, {Title: p.T("doubt.seen")}}}
	for _, c := range p.all {
		stands := ui.Cell{Text: kernel.StateTitle(p.Voice, c.Kind, c.State)}
		if c.Granted() {
			stands = ui.Cell{Body: ui.Tag{Text: p.T("doubt.granted"), Tone: ui.Bad}}
		}
		seen := ui.Tag{Text: p.T("doubt.seen.no"), Tone: ui.Soon}
		if c.Seen {
			seen = ui.Tag{Text: p.T("doubt.seen.yes"), Tone: ui.Good}
		}
		why := p.T("doubt.why.text", p.Voice.Moment(c.Doubt.At), c.Doubt.Why)
		t.Rows = append(t.Rows, ui.Row{Cells: []ui.Cell{
			{Text: p.Voice.Of(c.Kind.Title) + " " + Short(c.Code), Href: "/work/d/" + c.ID.String(), Under: why},
			stands, {Text: why, Soft: true}, {Body: seen}}})
	}
	return t
}

func (p *doubtsPage) pager() ui.Pager {
	g := ui.Pager{Text: p.T("inbox.page", len(p.all))}
	if p.at != (doubt.Cursor{}) {
		g.Prev = doubt.Path
	}
	if p.next != (doubt.Cursor{}) {
		g.Next = doubt.Path + "?cursor=" + p.next.String()
	}
	return g
}
