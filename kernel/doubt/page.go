package doubt

import (
	"motcua/base/ui"
	"motcua/base/web"
	"motcua/kernel"
	"motcua/kernel/inbox"
)

// A page is what an official's bodies are to look at again.
type page struct {
	*kernel.Request
	all  []Case
	at   Cursor
	next Cursor
}

func show(r *kernel.Request) (web.Answer, error) {
	p := &page{Request: r}
	var err error
	if p.at, err = ParseCursor(r.URL.Query().Get("cursor")); err != nil {
		return web.Answer{}, err
	}
	if p.all, p.next, err = OfBodies(r.Context(), r.App, r.Me.ID, p.at, r.Me.Bodies(inbox.Desks()...)...); err != nil {
		return web.Answer{}, err
	}
	return web.Show(p.view())
}

// Note says on the page of a dossier who doubts who filed it, why and since when.
func (d Doubt) Note(r *kernel.Request) ui.Note {
	return ui.Note{Tone: ui.Bad, Title: r.T("doubt.note", r.Voice.Moment(d.At)), Text: r.T("doubt.note.text", r.BodyName(d.Body), d.Why)}
}

func (p *page) table() ui.Table {
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
			{Text: p.Voice.Of(c.Kind.Title) + " " + inbox.Short(c.Code), Href: "/work/d/" + c.ID.String(), Under: why},
			stands, {Text: why, Soft: true}, {Body: seen}}})
	}
	return t
}

func (p *page) pager() ui.Pager {
	g := ui.Pager{Text: p.T("inbox.page", len(p.all))}
	if p.at != (Cursor{}) {
		g.Prev = Path
	}
	if p.next != (Cursor{}) {
		g.Next = Path + "?cursor=" + p.next.String()
	}
	return g
}
