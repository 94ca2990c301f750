package review

import (
	"errors"
	"slices"
	"strings"
	"time"

	"motcua/base/db"
	"motcua/base/fault"
	"motcua/base/id"
	"motcua/base/lang"
	"motcua/base/post"
	"motcua/base/ui"
	"motcua/base/web"
	"motcua/kernel"
	"motcua/kernel/outbox"
	"motcua/kernel/rights"
	"motcua/kernel/who"
)

// listed is how many reviews the page lists, those that are overdue first.
const listed = 200

// tell writes to the administrators whose matter a review is: the body's own when
// it opens, or those nearest above where it has none or they did not do it.
func tell(tx *db.Tx, a *kernel.App, body string, above bool) error {
	path := a.Country.Path(body)
	name := lang.Text(nil)
	if len(path) > 0 {
		name = path[0].Name
	}
	var bodies []string
	for _, b := range path {
		bodies = append(bodies, b.Code)
	}
	if above && len(bodies) > 0 {
		bodies = bodies[1:]
	}
	key := "review.mail.open"
	if above {
		key = "review.mail.overdue"
	}
	for _, code := range append(slices.Clip(bodies), "") {
		held, err := rights.Holders(tx, a.Now(), code)
		if err != nil {
			return err
		}
		told := false
		for _, h := range held {
			if h.Role != who.Admin {
				continue
			}
			told = true
			p, err := a.Book.Find(tx, h.Person)
			if err != nil {
				return err
			}
			v := a.Voice(p.Lang, "")
			of := v.T("rights.node")
			if name != nil {
				of = v.Of(name)
			}
			if err := outbox.Tell(tx, a, post.Message{Kind: post.Mail, To: p.Email, Subject: v.T(key+".subject", of), Body: v.T(key, of, a.URL+"/admin/reviews")}); err != nil {
				return err
			}
		}
		if told {
			return nil
		}
	}
	return nil
}

// all are the reviews that r's person may see.
func all(r *kernel.Request) (found []Review, err error) {
	err = r.App.DB.Read(r.Context(), func(tx *db.Tx) error {
		found = nil
		some, err := db.List(tx, scan, `select `+columns+` from review r where r.state <> 'ended' or r.ended > $2
			order by case r.state when 'overdue' then 0 when 'open' then 1 else 2 end, r.due, r.id`, db.At(r.App.Now()), db.At(r.App.Now().AddDate(0, -6, 0)))
		for _, v := range some {
			if len(found) < listed && r.App.Country.Rules(r.Me, v.Body) {
				found = append(found, v)
			}
		}
		return err
	})
	return found, err
}

func list(r *kernel.Request) (web.Answer, error) {
	found, err := all(r)
	if err != nil {
		return web.Answer{}, err
	}
	return web.Show(listPage(r, found))
}

func tag(r *kernel.Request, v Review) ui.Tag {
	tone := map[string]ui.Tone{"open": ui.Info, "overdue": ui.Bad, "ended": ui.Good}[v.State]
	if v.State == "ended" && v.Left > 0 {
		tone = ui.Plain
	}
	return ui.Tag{Text: r.T("review.state." + v.State), Tone: tone}
}

func table(r *kernel.Request, found []Review) ui.Table {
	t := ui.Table{Caption: r.T("review.title"), Empty: r.T("review.empty"), Columns: []ui.Column{{Title: r.T("review.body")}, {Title: r.T("review.quarter"), Hide: true}, {Title: r.T("review.due"), Hide: true},
		{Title: r.T("review.left"), Right: true}, {Title: r.T("review.state")}}}
	for _, v := range found {
		due := r.Voice.Day(v.Due)
		t.Rows = append(t.Rows, ui.Row{Cells: []ui.Cell{{Text: rights.Place(r, v.Body), Href: "/admin/reviews/" + v.ID.String(), Under: v.Quarter + " · " + due}, {Text: v.Quarter, Soft: true}, {Text: due, Soft: true},
			{Text: r.T("review.of", v.Left, v.All), Num: true}, {Body: tag(r, v)}}})
	}
	return t
}

// A line is a role of a review.
type line struct {
	rights.Held
	said string
	by   id.ID
	at   time.Time
}

// A page is one review before an administrator.
type page struct {
	*kernel.Request
	review Review
	lines  []line
	names  map[id.ID]string
	wrong  string
}

func (p *page) read(n id.ID) error {
	return p.App.DB.Read(p.Context(), func(tx *db.Tx) (err error) {
		p.lines, p.names = nil, map[id.ID]string{}
		if p.review, err = find(tx, p.App, n); err != nil {
			return err
		}
		if !p.App.Country.Rules(p.Me, p.review.Body) {
			return fault.New(fault.NotFound, "review.none")
		}
		held, err := rights.Holders(tx, p.App.Now(), p.review.Body)
		if err != nil {
			return err
		}
		p.lines, err = db.List(tx, func(into func(...any) error) (l line, err error) {
			var role string
			var at db.Time
			err = into(&l.Right, &l.Person, &role, &l.said, &l.by, &at)
			l.Role, l.at = who.Role(role), at.Time
			return l, err
		}, `select x.held, x.person, x.role, x.said, x.by, x.at from review_right x join person p on p.id = x.person where x.review = $1 order by p.name, p.id, x.held`, n)
		for i, l := range p.lines {
			if j := slices.IndexFunc(held, func(h rights.Held) bool { return h.Right == l.Right }); j >= 0 {
				p.lines[i].Held = held[j]
			} else if l.said == "" {
				p.lines[i].said = "gone"
			}
			err = errors.Join(err, rights.Named(tx, p.names, l.Person, l.by, p.lines[i].By))
		}
		return err
	})
}

func show(r *kernel.Request) (web.Answer, error) {
	p, err := opened(r)
	if err != nil {
		return web.Answer{}, err
	}
	return web.Show(p.view())
}

func opened(r *kernel.Request) (*page, error) {
	n, err := id.Parse(r.PathValue("id"))
	if err != nil {
		return nil, fault.New(fault.NotFound, "review.none")
	}
	p := &page{Request: r}
	return p, p.read(n)
}

// answer takes what the administrator says of each role; what he leaves out waits.
func answer(r *kernel.Request) (web.Answer, error) {
	if err := r.ParseForm(); err != nil {
		return web.Answer{}, fault.Wrong()
	}
	p, err := opened(r)
	if err != nil {
		return web.Answer{}, err
	}
	for name, said := range r.PostForm {
		s, is := strings.CutPrefix(name, "r.")
		if !is || said[0] == "" {
			continue
		}
		right, err := id.Parse(s)
		do := map[string]func(*db.Tx, *kernel.App, who.Person, id.ID, id.ID) error{"keep": Keep, "take": Take}[said[0]]
		if err != nil || do == nil {
			return web.Answer{}, fault.Wrong()
		}
		err = r.App.DB.Write(r.Context(), func(tx *db.Tx) error { return do(tx, r.App, r.Me, p.review.ID, right) })
		var f *fault.Error
		if err != nil && !errors.As(err, &f) {
			return web.Answer{}, err
		}
		if err != nil {
			p.wrong = r.T(f.Code, f.Args...)
		}
	}
	if p.wrong == "" {
		return web.Goto("/admin/reviews/%s", p.review.ID)
	}
	if err := p.read(p.review.ID); err != nil {
		return web.Answer{}, err
	}
	return web.ShowWrong(p.view())
}

func (p *page) table() ui.Table {
	t := ui.Table{Caption: p.T("review.rights"), Columns: []ui.Column{{Title: p.T("review.person")}, {Title: p.T("review.role")}, {Title: p.T("review.since"), Hide: true}, {Title: p.T("review.seen"), Hide: true}, {Title: p.T("review.answer")}}}
	for _, l := range p.lines {
		since, seen := "", p.T("review.never")
		if !l.Since.IsZero() {
			if since = p.Voice.Day(l.Since); p.names[l.By] != "" {
				since = p.T("review.since.by", since, p.names[l.By])
			}
		}
		if !l.Seen.IsZero() {
			seen = p.Voice.Day(l.Seen)
		}
		t.Rows = append(t.Rows, ui.Row{Cells: []ui.Cell{{Text: p.names[l.Person], Under: p.T("review.seen") + ": " + seen}, {Text: p.T("who.role." + string(l.Role))}, {Text: since, Soft: true}, {Text: seen, Soft: true}, {Body: p.ask(l)}}})
	}
	return t
}

// yours reports whether the line waits for an answer of r's person.
func (p *page) yours(l line) bool {
	return l.said == "" && p.review.State != "ended" && l.Person != p.Me.ID
}
