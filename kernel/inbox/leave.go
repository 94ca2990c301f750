package inbox

import (
	"net/url"
	"slices"
	"strings"
	"time"

	"motcua/base/db"
	"motcua/base/fault"
	"motcua/base/id"
	"motcua/base/ui"
	"motcua/base/web"
	"motcua/kernel"
	"motcua/kernel/ask"
	"motcua/kernel/who"
)

// longest is how long ahead somebody may be named to cover for another.
const longest = 366 * 24 * time.Hour

// A leavePage is who does one's work while one is away.
type leavePage struct {
	*kernel.Request
	roles  []ui.Option // one's own, ROLE@BODY
	staff  []ui.Option
	covers []who.Cover
	mine   []who.Grant // work that one does for others
	names  map[id.ID]string
	typed  url.Values
	wrong  map[string]string
}

func openLeave(r *kernel.Request) (*leavePage, error) {
	p := &leavePage{Request: r, names: map[id.ID]string{}, typed: url.Values{}}
	for _, g := range r.Me.Grants {
		switch {
		case g.Role == who.Admin:
		case g.For != 0:
			name, err := NameOf(r, g.For)
			if err != nil {
				return nil, err
			}
			p.names[g.For], p.mine = name, append(p.mine, g)
		default:
			p.roles = append(p.roles, ui.Option{Value: string(g.Role) + "@" + g.Body, Label: p.role(g.Role, g.Body)})
			staff, err := Colleagues(r, g.Body)
			if err != nil {
				return nil, err
			}
			for _, o := range staff {
				if o.Value != r.Me.ID.String() && !slices.Contains(p.staff, o) {
					p.staff = append(p.staff, o)
				}
			}
		}
	}
	var err error
	p.covers, err = r.App.Book.Covers(r.Context(), r.Me.ID)
	return p, err
}

// role is a role with its body, in words.
func (p *leavePage) role(role who.Role, body string) string {
	b, _ := p.App.Country.Body(body)
	return p.T("who.role."+string(role)) + ", " + p.Voice.Of(b.Name)
}

func showLeave(r *kernel.Request) (web.Answer, error) {
	p, err := openLeave(r)
	if err != nil {
		return web.Answer{}, err
	}
	return web.Show(p.page())
}

// leave names a colleague who covers, or ends that.
func leave(r *kernel.Request) (web.Answer, error) {
	if err := r.ParseForm(); err != nil {
		return web.Answer{}, fault.Wrong()
	}
	p, err := openLeave(r)
	if err != nil {
		return web.Answer{}, err
	}
	p.typed = r.PostForm
	do := p.give
	if p.typed.Has("end") {
		do = p.end
	}
	if err = do(); err == nil {
		return web.Goto("/work/delegate")
	}
	if p.wrong = ask.Wrong(r.Voice, err); p.wrong == nil {
		return web.Answer{}, err
	}
	return web.ShowWrong(p.page())
}

// give lets a colleague of the same body hold one of one's own roles until a day.
func (p *leavePage) give() error {
	var bad []fault.Field
	wrong := func(name, code string) { bad = append(bad, fault.Field{Pointer: "/" + name, Code: code}) }
	if !slices.ContainsFunc(p.roles, func(o ui.Option) bool { return o.Value == p.typed.Get("role") }) {
		wrong("role", "inbox.leave.role.wrong")
	}
	role, body, _ := strings.Cut(p.typed.Get("role"), "@")
	to, err := id.Parse(p.typed.Get("to"))
	colleague := who.Person{}
	if err == nil && to != p.Me.ID {
		colleague, err = p.App.Book.Person(p.Context(), to)
	}
	works := slices.ContainsFunc(colleague.Grants, func(g who.Grant) bool { return g.Body == body && g.For == 0 })
	if err != nil || !works {
		wrong("to", "dossier.holder")
	}
	b, _ := p.App.Country.Body(body)
	zone, err := time.LoadLocation(b.Zone)
	if err != nil {
		zone = p.App.Zone
	}
	last, err := time.ParseInLocation("2-1-2006", strings.TrimSpace(p.typed.Get("until.day"))+"-"+strings.TrimSpace(p.typed.Get("until.month"))+"-"+strings.TrimSpace(p.typed.Get("until.year")), zone)
	until := last.AddDate(0, 0, 1) // to the end of that day
	if now := p.App.Now(); err != nil || !until.After(now) || until.After(now.Add(longest)) {
		wrong("until", "inbox.leave.until.wrong")
	}
	if bad != nil {
		return fault.Wrong(bad...)
	}
	return p.App.DB.Write(p.Context(), func(tx *db.Tx) error {
		return p.App.Book.Grant(tx, p.Me, to, who.Role(role), body, p.Me.ID, until)
	})
}

// end takes a role back before its day.
func (p *leavePage) end() error {
	for _, c := range p.covers {
		if p.typed.Get("end") == c.By.String()+"@"+string(c.Role)+"@"+c.Body {
			return p.App.DB.Write(p.Context(), func(tx *db.Tx) error { return p.App.Book.Uncover(tx, p.Me, c.By, c.Role, c.Body, p.Me.ID) })
		}
	}
	return nil // ended already
}
