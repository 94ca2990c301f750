package scrub

import (
	"motcua/base/db"
	"motcua/base/ui"
	"motcua/base/web"
	"motcua/kernel"
	"motcua/kernel/file"
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
	v, err := scanner(r)
	if err != nil {
		return web.Answer{}, err
	}
	return web.Show(page(r, s, log.Size, v))
}

// scanner is what the malware scanner said, asked now.
func scanner(r *kernel.Request) (v ui.Note, err error) {
	var c file.Counts
	err = r.App.DB.Read(r.Context(), func(tx *db.Tx) (err error) {
		c, err = file.Count(tx)
		return err
	})
	if err != nil || r.App.Files.Scanner == nil {
		return ui.Note{Tone: ui.Info, Icon: "shield", Title: r.T("scrub.scanner.none"), Text: r.T("scrub.scanner.none.text")}, err
	}
	version, bad := r.App.Files.Scanner.Version(r.Context())
	if bad == nil {
		bad = r.App.Files.Scanner.Test(r.Context())
	}
	v = ui.Note{Tone: ui.Good, Icon: "shield", Title: r.T("scrub.scanner.good"), Text: version}
	if bad != nil {
		v = ui.Note{Tone: ui.Bad, Title: r.T("scrub.scanner.bad"), Text: r.T("scrub.scanner.bad.text", bad.Error())}
	}
	if c.Waiting > 0 {
		v.Text += ". " + r.T("scrub.scanner.wait", c.Waiting, r.Voice.Moment(c.Since))
	}
	if c.Found > 0 {
		v.Text += ". " + r.T("scrub.scanner.found", c.Found)
	}
	return v, nil
}

// verdict is the state in a sentence.
func verdict(r *kernel.Request, s State) ui.Verdict {
	v := ui.Verdict{When: r.T("scrub.ended", r.Voice.Moment(s.LastEnded))}
	switch {
	case len(s.Found) > 0:
		v.Tone, v.Title, v.Text = ui.Bad, r.T("scrub.bad", len(s.Found)), r.T("scrub.bad.text")
	case s.LastActs == 0 && s.Began.IsZero(): // also after a round over an empty ledger
		v = ui.Verdict{Tone: ui.Info, Icon: "clock", Title: r.T("scrub.unread"), Text: r.T("scrub.unread.text")}
	case s.LastActs == 0:
		v = ui.Verdict{Tone: ui.Info, Icon: "clock", Title: r.T("scrub.none"), Text: r.T("scrub.none.text", r.Voice.Moment(s.Began.Add(round)))}
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
