package roll

import (
	"bytes"
	"errors"
	"io"
	"io/fs"
	"net/http"
	"strings"

	"motcua/base/fault"
	"motcua/base/sheet"
	"motcua/base/ui"
	"motcua/base/web"
	"motcua/kernel"
	"motcua/kernel/ask"
	"motcua/kernel/cutover"
	"motcua/kernel/who"
)

// System holds the words, and the page on which an administrator brings in a list.
func System() kernel.System {
	admins := kernel.Roles(who.Admin)
	return kernel.System{Name: "roll", Texts: []fs.FS{texts},
		Routes: func(*kernel.App) []kernel.Route {
			return []kernel.Route{
				{Pattern: "GET /admin/lists", Who: admins, Do: func(r *kernel.Request) (web.Answer, error) { return web.Show(homePage(&view{Request: r})) }},
				{Pattern: "POST /admin/lists", Who: admins, Do: bring, Limit: 4 * size},
				{Pattern: "POST /admin/lists/save", Who: admins, Do: save, Limit: 4 * size},
			}
		},
		Links: []kernel.Link{{At: kernel.Admin, Path: "/admin/lists", Text: "roll.lists", Icon: "list", About: "roll.tile", Who: admins}},
	}
}

const (
	size  = 1 << 20 // bytes of a list brought in on a page
	lines = 2000    // of it: each is a transaction, and somebody waits; a longer one goes by the command
	shown = 50      // refused lines and links on the page; the file has all
)

// A view is the page of one list: before it is brought in, and after.
type view struct {
	*kernel.Request
	what    string // people or bodies
	text    string // the list itself: the page that asks for a yes brings it back, so nothing of it is kept
	done    bool
	people  Report
	bodies  Counted
	refused []cutover.Reject
	links   [][]any // sign-in name, name, link
	wrong   map[string]string
}

// bring reads a list without taking it, and with the yes of who has seen what
// it does, takes it.
func bring(r *kernel.Request) (web.Answer, error) {
	v := &view{Request: r}
	if err := v.read(); err != nil {
		return web.Answer{}, err
	}
	if v.wrong == nil {
		if err := v.run(); err != nil {
			if v.wrong = ask.Wrong(r.Voice, err); v.wrong == nil {
				return web.Answer{}, err
			}
		}
	}
	if v.wrong != nil {
		return web.ShowWrong(homePage(v))
	}
	return web.Show(checkedPage(v))
}

// read takes the list from the file, or from the page that showed what it does.
func (v *view) read() error {
	if err := v.ParseMultipartForm(size); err != nil && !errors.Is(err, http.ErrNotMultipart) {
		return fault.New(fault.Invalid, "fault.invalid")
	}
	v.what, v.text, v.done = v.PostForm.Get("what"), v.PostForm.Get("text"), v.PostForm.Get("sure") == "yes"
	if v.MultipartForm != nil {
		for _, h := range v.MultipartForm.File["list"] {
			f, err := h.Open()
			if err != nil {
				return err
			}
			b, err := io.ReadAll(io.LimitReader(f, size+1))
			if err = errors.Join(err, f.Close()); err != nil {
				return err
			}
			v.text, v.done = string(b), false // what nobody has looked at is not taken
		}
	}
	wrong := map[string]string{}
	if v.what != "people" && v.what != "bodies" {
		wrong["what"] = v.T("roll.what.none")
	}
	switch {
	case v.text == "":
		wrong["list"] = v.T("roll.file.none")
	case len(v.text) > size:
		wrong["list"] = v.T("web.large", size>>20)
	case strings.Count(v.text, "\n") > lines:
		wrong["list"] = v.T("roll.many", lines)
	}
	if len(wrong) > 0 {
		v.wrong = wrong
	}
	return nil
}

func (v *view) run() error {
	reject := func(x cutover.Reject) { v.refused = append(v.refused, x) }
	f := strings.NewReader(v.text)
	if v.what == "bodies" {
		b := Bodies{App: v.App, By: v.Me, Voice: v.Voice, DryRun: !v.done, Reject: reject}
		err := b.Run(v.Context(), f)
		v.bodies = b.Counted
		return err
	}
	p := People{App: v.App, By: v.Me, Voice: v.Voice, DryRun: !v.done, Reject: reject,
		Invite: func(name, login, link string) { v.links = append(v.links, []any{login, name, link}) }}
	err := p.Run(v.Context(), f)
	v.people = p.Report
	if err != nil && len(v.links) > 0 { // the links of those who are in already would be lost
		v.refused = append(v.refused, cutover.Reject{Reason: v.T("roll.stopped", v.people.Lines)})
		return nil
	}
	return err
}

// fresh says whether the list would change anything.
func (v *view) fresh() bool { return v.people.Roles+v.people.Asked+v.bodies.Bodies+v.bodies.Ended > 0 }

// rejected is how many lines are refused.
func (v *view) rejected() int { return v.people.Rejected + v.bodies.Rejected }

// counts are what happened to the lines, in words.
func (v *view) counts() ui.Facts {
	number := func(n int) string { return v.Voice.Number(int64(n)) }
	if v.what == "bodies" {
		return ui.Facts{{Term: v.T("roll.count.lines"), Text: number(v.bodies.Lines)}, {Term: v.T("roll.count.bodies"), Text: number(v.bodies.Bodies)},
			{Term: v.T("roll.count.ended"), Text: number(v.bodies.Ended)}, {Term: v.T("roll.count.asked"), Text: number(v.people.Asked)}, {Term: v.T("roll.count.had"), Text: number(v.bodies.Had)},
			{Term: v.T("roll.count.refused"), Text: number(v.bodies.Rejected)}}
	}
	return ui.Facts{{Term: v.T("roll.count.lines"), Text: number(v.people.Lines)}, {Term: v.T("roll.count.people"), Text: number(v.people.People)},
		{Term: v.T("roll.count.roles"), Text: number(v.people.Roles)}, {Term: v.T("roll.count.had"), Text: number(v.people.Had)},
		{Term: v.T("roll.count.refused"), Text: number(v.people.Rejected)}}
}

// saved is a table as a file.
func saved(head []string, rows [][]any) (string, error) {
	var b bytes.Buffer
	err := sheet.Sheet{Head: head, Rows: sheet.Of(rows)}.CSV(&b)
	return b.String(), err
}

// rejects is the file of the refused lines.
func (v *view) rejects() (string, error) {
	var rows [][]any
	for _, x := range v.refused {
		rows = append(rows, []any{int64(x.Line), x.Code, strings.TrimPrefix(x.Field, "/"), x.Reason})
	}
	return saved([]string{v.T("roll.line"), v.T("roll.about"), v.T("roll.column.head"), v.T("roll.reason")}, rows)
}

// invitations is the file of the links.
func (v *view) invitations() (string, error) {
	return saved([]string{v.T("roll.login"), v.T("roll.person"), v.T("roll.link")}, v.links)
}

// save gives back as a file what the page of a list holds: nothing of it is kept
// here, neither who was refused nor a link.
func save(r *kernel.Request) (web.Answer, error) {
	if err := r.ParseMultipartForm(size); err != nil && !errors.Is(err, http.ErrNotMultipart) {
		return web.Answer{}, fault.New(fault.Invalid, "fault.invalid")
	}
	name := "refused.csv"
	if r.PostForm.Get("name") == "links" {
		name = "links.csv"
	}
	return web.File(name, sheet.TypeCSV, []byte(r.PostForm.Get("text")), true), nil
}
