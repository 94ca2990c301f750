package filing

import (
	"context"
	"errors"
	"io"
	"slices"
	"strings"

	"motcua/base/fault"
	"motcua/base/ui"
	"motcua/base/upload"
	"motcua/base/web"
	"motcua/kernel/ask"
	"motcua/kernel/dossier"
)

// many is how many bytes the papers of one page may have together; each file
// has its own limit.
const many = 100 << 20

// A papersView is the papers as their page shows them.
type papersView struct {
	*filing
	rows  []paperRow
	wrong ui.ErrorSummary
}

type paperRow struct {
	field ui.Field
	mine  []ui.Button // files given before, to use again
}

func (d *filing) papersView(wrong map[string]string) (*papersView, error) {
	r, v := d.R, &papersView{filing: d}
	for _, p := range d.Asked() {
		row := paperRow{field: ui.Field{Type: ui.File, Name: p.ID, Label: r.Voice.Of(p.Name), Hint: r.Voice.Of(p.Hint), Optional: p.Optional,
			Accept: upload.Accept, Many: ask.Files(p) > 1, Error: wrong[p.ID]}}
		for _, f := range d.Papers[p.ID] {
			row.field.Given = append(row.field.Given, d.shown(p.ID, f))
		}
		mine, err := r.App.Engine.Mine(r.Context(), r.Me.ID, p.Reuse)
		if err != nil {
			return nil, err
		}
		here := slices.Clone(d.Papers[p.ID])
		for _, f := range mine { // one paper given with several dossiers is offered once
			if !slices.ContainsFunc(here, func(g dossier.File) bool { return g.Sum == f.Sum }) {
				here = append(here, f)
				row.mine = append(row.mine, ui.Button{Text: r.T("filing.reuse", f.Name), Name: "reuse", Value: p.ID + "/" + f.ID.String(), Weight: ui.Second, Icon: "copy"})
			}
		}
		if wrong[p.ID] != "" {
			v.wrong = append(v.wrong, ui.Link{Text: wrong[p.ID], Href: ui.Anchor(p.ID)})
		}
		v.rows = append(v.rows, row)
	}
	return v, nil
}

// shown is a file already given.
func (d *filing) shown(paper string, f dossier.File) ui.Given {
	g := ui.Given{Name: f.Name, About: d.R.T("filing.size", (f.Size+1023)>>10), Href: d.Path("/file/%s", f.ID), Tone: ui.Good, Check: d.R.T("filing.readable"),
		Remove: paper + "/" + f.ID.String()}
	if f.Type != upload.PDF {
		g.Thumb = d.Path("/file/%s?small=1", f.ID)
	}
	return g
}

func showPapers(d *filing) (web.Answer, error) {
	if len(d.Asked()) == 0 {
		return web.Goto("%s", d.Path(""))
	}
	v, err := d.papersView(nil)
	if err != nil {
		return web.Answer{}, err
	}
	return web.Show(papersPage(v))
}

// receive reads what the page sent; files it has already kept stay kept.
func (d *filing) receive() (ask.Parcel, error) {
	owner := d.Owner
	if owner == 0 {
		owner = d.R.Me.ID
	}
	asked := d.Asked()
	t := ask.Taker{Voice: d.R.Voice,
		Room: func(paper string) (left, most int) {
			if i := slices.IndexFunc(asked, func(x dossier.Paper) bool { return x.ID == paper }); i >= 0 {
				most = ask.Files(asked[i])
			}
			return most - len(d.Papers[paper]), most
		},
		Keep: func(ctx context.Context, r io.Reader, name string) (dossier.File, error) {
			return d.R.App.Keep(ctx, owner, d.ID, r, name)
		}}
	return t.Receive(d.R.Request.Request)
}

// papers takes what was sent, also when something else of it is refused.
func papers(d *filing) (web.Answer, error) {
	p, broken := d.receive()
	at := ""
	if paper, n, ok := strings.Cut(p.Values.Get("reuse"), "/"); ok {
		at = paper
		if err := d.reuse(&p, paper, n); err != nil {
			return web.Answer{}, err
		}
	}
	gone, drop, _ := strings.Cut(p.Values.Get("remove"), "/")
	if gone != "" {
		at = gone
	}
	err := d.Change(func(x *dossier.Draft) error {
		if x.Papers == nil {
			x.Papers = map[string][]dossier.File{}
		}
		x.Papers[gone] = slices.DeleteFunc(x.Papers[gone], func(f dossier.File) bool { return f.ID.String() == drop })
		for paper, files := range p.Files {
			for _, f := range files {
				if !slices.ContainsFunc(x.Papers[paper], func(g dossier.File) bool { return g.Sum == f.Sum }) { // sent twice
					x.Papers[paper] = append(x.Papers[paper], f)
				}
			}
		}
		if len(x.Papers[gone]) == 0 {
			delete(x.Papers, gone)
		}
		return nil
	})
	if err = errors.Join(broken, err); err != nil {
		return web.Answer{}, err
	}
	next, later := p.Values.Has(nextName), p.Values.Has(laterName)
	if next {
		for _, x := range d.Asked() {
			if !x.Optional && len(d.Papers[x.ID]) == 0 && p.Wrong[x.ID] == "" {
				p.Wrong[x.ID] = d.R.T("dossier.papermissing", x.Name)
			}
		}
	}
	switch {
	case len(p.Wrong) > 0 && d.Shown():
		v, err := d.papersView(p.Wrong)
		if err != nil {
			return web.Answer{}, err
		}
		return web.ShowWrong(papersPage(v))
	case next && d.checking():
		return d.GoTo(d.Path("/check"))
	case next || later:
		return d.GoTo(d.Path(""))
	}
	if at == "" {
		at = d.R.PathValue("paper")
	}
	to := d.Path("/papers%s", d.onward())
	if at != "" {
		to += ui.Anchor(at)
	}
	return d.GoTo(to)
}

// reuse adds a file that the person gave with an earlier dossier.
func (d *filing) reuse(p *ask.Parcel, paper, n string) error {
	for _, x := range d.Asked() {
		if x.ID != paper {
			continue
		}
		mine, err := d.R.App.Engine.Mine(d.R.Context(), d.R.Me.ID, x.Reuse)
		if err != nil {
			return err
		}
		for _, f := range mine {
			if f.ID.String() == n {
				p.Files[paper] = append(p.Files[paper], f)
			}
		}
	}
	return nil
}

// file shows one of the draft's files, or a small picture of it.
func file(d *filing) (web.Answer, error) {
	for _, files := range d.Papers {
		for _, f := range files {
			if f.ID.String() != d.R.PathValue("file") {
				continue
			}
			return d.R.App.Files.Document(d.R.Context(), f, d.R.URL.Query().Has("small"), false)
		}
	}
	return web.Answer{}, fault.New(fault.NotFound, "dossier.file")
}
