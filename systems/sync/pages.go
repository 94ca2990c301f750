package sync

import (
	"cmp"
	"maps"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"motcua/base/fault"
	"motcua/base/ui"
	"motcua/base/web"
	"motcua/kernel"
	"motcua/kernel/ask"
	"motcua/kernel/mirror"
	"motcua/systems/sync/account"
)

// overview is how it stands with every body that reports, the worst first.
func (s *system) overview(r *kernel.Request) (web.Answer, error) {
	all, err := account.Stands(r.Context(), r.App)
	if err != nil {
		return web.Answer{}, err
	}
	rows := slices.SortedFunc(maps.Values(all), func(a, b account.Standing) int {
		return cmp.Or(cmp.Compare(worry(b), worry(a)), strings.Compare(a.Body, b.Body))
	})
	return web.Show(overviewPage(r, rows))
}

// worry is greater where somebody should look sooner.
func worry(x account.Standing) (n int) {
	if x.Silent {
		n += 2
	}
	if x.Drifts {
		n++
	}
	return n
}

// state says how it stands with a body.
func state(x account.Standing, r *kernel.Request) ui.State {
	switch {
	case x.Silent:
		return ui.State{Text: r.T("sync.silent"), Tone: ui.Bad}
	case x.Drifts:
		return ui.State{Text: r.T("sync.drifts"), Tone: ui.Soon}
	case x.Heard.IsZero():
		return ui.State{Text: r.T("sync.never"), Tone: ui.Plain}
	}
	return ui.State{Text: r.T("sync.well"), Tone: ui.Good}
}

func heard(x account.Standing, r *kernel.Request) string {
	if x.Heard.IsZero() {
		return "–"
	}
	return r.Voice.Moment(x.Heard)
}

// rhythm says the longest silence of late, in office hours.
func rhythm(x account.Standing, r *kernel.Request) string {
	if x.Rhythm < time.Hour {
		return r.T("sync.rhythm.often")
	}
	return r.T("sync.rhythm.hours", int(x.Rhythm.Round(time.Hour)/time.Hour))
}

func overviewTable(r *kernel.Request, all []account.Standing) ui.Table {
	t := ui.Table{Caption: r.T("sync.bodies"), Empty: r.T("sync.bodies.none"), Columns: []ui.Column{{Title: r.T("sync.body.name")}, {Title: r.T("sync.state")},
		{Title: r.T("sync.heard"), Hide: true}, {Title: r.T("sync.rhythm"), Hide: true}, {Title: r.T("sync.open"), Right: true}}}
	for _, x := range all {
		t.Rows = append(t.Rows, ui.Row{Cells: []ui.Cell{{Text: r.BodyName(x.Body), Href: "/work/sync/" + x.Body, Under: heard(x, r)}, {Body: state(x, r)},
			{Text: heard(x, r)}, {Text: rhythm(x, r), Soft: true}, {Text: r.Voice.Number(int64(x.Differences)), Num: true}}})
	}
	return t
}

// A bodyView is how it stands with one body. Its dossiers are named to its own
// officials, those above it, and who administers the node.
type bodyView struct {
	*kernel.Request
	account.Standing
	given  []account.Statement
	shown  *account.Statement // whose differences are shown
	all    []account.Difference
	alarms []account.Alarm
	mine   bool
	gives  bool
	wrong  map[string]string
	in     url.Values
}

func (s *system) show(r *kernel.Request) (web.Answer, error) {
	v, err := s.view(r)
	if err != nil {
		return web.Answer{}, err
	}
	return web.Show(bodyPage(v))
}

func (s *system) view(r *kernel.Request) (*bodyView, error) {
	body := r.PathValue("body")
	if _, ok := r.App.Country.Body(body); !ok {
		return nil, fault.New(fault.NotFound, "who.body")
	}
	all, err := account.Stands(r.Context(), r.App)
	if err != nil {
		return nil, err
	}
	v := &bodyView{Request: r, Standing: all[body], in: url.Values{}}
	v.Body = body
	for _, b := range r.Me.Bodies() {
		v.gives = v.gives || b != "" && r.App.Mirror.May(b, body)
		v.mine = v.mine || b == "" || v.gives
	}
	if v.given, err = account.Statements(r.Context(), r.App, body); err != nil {
		return nil, err
	}
	if v.alarms, err = account.Alarms(r.Context(), r.App, body); err != nil {
		return nil, err
	}
	if len(v.given) == 0 || !v.mine {
		return v, nil
	}
	v.shown = &v.given[0]
	for i, x := range v.given {
		if x.ID.String() == r.URL.Query().Get("statement") {
			v.shown = &v.given[i]
		}
	}
	v.all, err = account.Differences(r.Context(), r.App, v.shown.ID)
	return v, err
}

// upload takes an account that an official brings as a file.
func (s *system) upload(r *kernel.Request) (web.Answer, error) {
	v, err := s.view(r)
	if err != nil {
		return web.Answer{}, err
	}
	if !v.gives {
		return web.Answer{}, fault.New(fault.Forbidden, "sync.body", v.Body)
	}
	if err := r.ParseMultipartForm(1 << 20); err != nil {
		return web.Answer{}, fault.Wrong(fault.Field{Pointer: "/file", Code: "form.required"})
	}
	v.in = r.PostForm
	day := func(name string) string {
		t, err := time.Parse("2006-1-2", v.in.Get(name+".year")+"-"+v.in.Get(name+".month")+"-"+v.in.Get(name+".day"))
		if err != nil {
			return ""
		}
		return t.Format(time.DateOnly)
	}
	f, head, err := r.FormFile("file")
	if err != nil {
		v.wrong = map[string]string{"file": r.T("form.required")}
		return web.ShowWrong(bodyPage(v))
	}
	defer f.Close()
	st, _, err := account.Give(r.Context(), r.App, r.Me, v.Body, mediaOf(head.Filename), f, account.Span{First: day("from"), Last: day("to")})
	if v.wrong = lineByLine(ask.Wrong(r.Voice, err), r); v.wrong != nil {
		return web.ShowWrong(bodyPage(v))
	}
	if err != nil {
		return web.Answer{}, err
	}
	return web.Goto("/work/sync/%s?statement=%s#differences", v.Body, st.ID)
}

// lineByLine gathers what is wrong with the lines of the file under its field.
func lineByLine(wrong map[string]string, r *kernel.Request) map[string]string {
	if wrong == nil {
		return nil
	}
	out, lines := map[string]string{}, []string{}
	for _, name := range slices.SortedFunc(maps.Keys(wrong), func(a, b string) int { return cmp.Or(cmp.Compare(number(a), number(b)), cmp.Compare(a, b)) }) {
		switch n := number(name); {
		case name == "from" || name == "to":
			out[name] = wrong[name]
		case n > 0:
			lines = append(lines, r.T("sync.line", n, wrong[name]))
		default:
			lines = append(lines, wrong[name])
		}
	}
	if len(lines) > 0 {
		out["file"] = strings.Join(lines, " ")
	}
	return out
}

// number is the line that a place in an account begins with.
func number(place string) int {
	first, _, _ := strings.Cut(place, ".")
	n, _ := strconv.Atoi(first)
	return n
}

func (v *bodyView) facts() ui.Facts {
	f := ui.Facts{{Term: v.T("sync.heard"), Text: heard(v.Standing, v.Request)}, {Term: v.T("sync.rhythm"), Text: rhythm(v.Standing, v.Request)},
		{Term: v.T("sync.open"), Text: v.Voice.Number(int64(v.Differences))}}
	return f
}

// days says the days of a statement.
func (v *bodyView) days(s *account.Statement) string {
	say := func(day string) string {
		t, _ := time.Parse(time.DateOnly, day)
		return t.Format("02/01/2006")
	}
	if s.Span.First == s.Span.Last {
		return say(s.Span.First)
	}
	return say(s.Span.First) + " – " + say(s.Span.Last)
}

func (v *bodyView) accounts() ui.Table {
	t := ui.Table{Caption: v.T("sync.statements"), Empty: v.T("sync.statements.none"), Columns: []ui.Column{{Title: v.T("sync.days")}, {Title: v.T("sync.at"), Hide: true},
		{Title: v.T("sync.said"), Right: true}, {Title: v.T("sync.here"), Right: true}, {Title: v.T("sync.open"), Right: true}}}
	for i := range v.given {
		s := &v.given[i]
		days := ui.Cell{Text: v.days(s), Under: v.Voice.Moment(s.At)}
		if v.mine {
			days.Href = "/work/sync/" + v.Body + "?statement=" + s.ID.String() + "#differences"
		}
		t.Rows = append(t.Rows, ui.Row{Cells: []ui.Cell{days, {Text: v.Voice.Moment(s.At), Soft: true}, {Text: v.Voice.Number(int64(s.Said)), Num: true},
			{Text: v.Voice.Number(int64(s.Here)), Num: true}, {Text: v.Voice.Number(int64(s.Open + s.Rest)), Num: true}}})
	}
	return t
}

func (v *bodyView) differing() ui.Table {
	t := ui.Table{Caption: v.T("sync.differences"), Empty: v.T("sync.differences.none"), Columns: []ui.Column{{Title: v.T("sync.code")}, {Title: v.T("sync.what")},
		{Title: v.T("sync.there"), Hide: true}, {Title: v.T("sync.stands"), Hide: true}}}
	for _, d := range v.all {
		there, here := v.stood(d.There), v.stood(d.Here)
		code := ui.Cell{Text: d.Code}
		if d.Here.Version > 0 {
			code.Href = "/work/reported?" + url.Values{"q": {d.Code}}.Encode()
		}
		t.Rows = append(t.Rows, ui.Row{Cells: []ui.Cell{code, {Text: v.T("sync.what." + d.What), Under: v.T("sync.both", there, here)}, {Text: there}, {Text: here}}})
	}
	return t
}

// stood says a version and its state.
func (v *bodyView) stood(x mirror.Stand) string {
	if x.Version == 0 {
		return "–"
	}
	return v.T("sync.stood", x.Version, v.T("track.national."+strconv.Itoa(x.State)))
}
