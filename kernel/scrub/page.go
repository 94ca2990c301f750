package scrub

import (
	"motcua/base/ui"
	"motcua/base/web"
	"motcua/kernel"
	"motcua/kernel/who"
)

// admins are who looks after the node.
var admins = kernel.Roles(who.Admin)

func routes(*kernel.App) []kernel.Route {
	return []kernel.Route{{Pattern: "GET /admin/scrub", Who: admins, Do: show}}
}

func show(r *kernel.Request) (web.Answer, error) {
	s, err := Read(r.Context(), r.App.DB)
	if err != nil {
		return web.Answer{}, err
	}
	log, err := r.App.Log.State(r.Context())
	if err != nil {
		return web.Answer{}, err
	}
	return web.Show(page(r, s, log.Size))
}

// verdict is the state in a sentence.
func verdict(r *kernel.Request, s State) ui.Verdict {
	v := ui.Verdict{When: r.T("scrub.ended", r.Voice.Moment(s.LastEnded))}
	switch {
	case len(s.Found) > 0:
		v.Tone, v.Title, v.Text = ui.Bad, r.T("scrub.bad", len(s.Found)), r.T("scrub.bad.text")
	case s.LastEnded.IsZero():
		v = ui.Verdict{Tone: ui.Info, Icon: "clock", Title: r.T("scrub.none"), Text: r.T("scrub.none.text")}
	default:
		v.Tone, v.Icon, v.Title, v.Text = ui.Good, "shield", r.T("scrub.good"), r.T("scrub.good.text", s.LastActs, s.LastFiles)
	}
	return v
}

func table(r *kernel.Request, s State) ui.Table {
	t := ui.Table{Caption: r.T("scrub.found"), Told: true, Columns: []ui.Column{{Title: r.T("scrub.what")}, {Title: r.T("scrub.first")}}}
	for _, f := range s.Found {
		t.Rows = append(t.Rows, ui.Row{Cells: []ui.Cell{{Text: f.What}, {Text: r.Voice.Moment(f.First)}}})
	}
	return t
}
