// Package behalf is acting for others: a business and its people, a parent and
// a child, a person and the relative whom he trusts. A mandate says who may do
// what, in which services, until when; it is offered, accepted, used and taken
// back by acts.
//
// That somebody represents a party by law is established at a counter (Civil
// Code 2015 Art. 136 and 137); everything else he gives on himself.
package behalf

import (
	"context"
	"embed"
	"fmt"
	"io/fs"
	"slices"
	"strings"
	"time"

	"motcua/base/call"
	"motcua/base/db"
	"motcua/base/fault"
	"motcua/base/id"
	"motcua/base/job"
	"motcua/base/lang"
	"motcua/base/web"
	"motcua/kernel"
	"motcua/kernel/ask"
	"motcua/kernel/device"
	"motcua/kernel/dossier"
	"motcua/kernel/form"
	"motcua/kernel/held"
	"motcua/kernel/shown"
	"motcua/kernel/who"
)

//go:embed texts.yaml schema/*.sql
var files embed.FS

// A house is the system in one program.
type house struct {
	Settings
	app      *kernel.App
	register call.Register
	forms    map[string]*shown.Form // at the counter, by who is represented
}

// System is the mandates.
func System(s Settings) kernel.System {
	h := &house{Settings: s}
	schema, _ := fs.Sub(files, "schema")
	me, clerks := kernel.SignedIn(), kernel.Roles(who.Clerk)
	return kernel.System{Name: "behalf", Texts: []fs.FS{files}, Schema: schema, Start: h.start,
		Held:  []held.Table{{Name: "behalf_ask", Of: "person = $1", Goes: held.Closed, Tell: "number, state", Times: "made, checked"}},
		Calls: func(*kernel.App) map[string]job.Do { return map[string]job.Do{askJob: h.again} },
		Every: []kernel.Task{{Name: "ask again who represents businesses", Pause: time.Hour, Do: h.round}},
		Links: []kernel.Link{{At: kernel.Mine, Path: "/me/mandates", Text: "behalf.title", Who: me},
			{At: kernel.Counter, Path: "/counter/represents-business", Text: "behalf.counter.business", Who: clerks},
			{At: kernel.Counter, Path: "/counter/represents-child", Text: "behalf.counter.child", Who: clerks}},
		Routes: func(*kernel.App) []kernel.Route {
			return []kernel.Route{
				{Pattern: "GET /me/mandates", Who: me, Do: h.show},
				{Pattern: "GET /me/mandates/new", Who: me, Do: func(r *kernel.Request) (web.Answer, error) { return h.ask(r, nil) }},
				{Pattern: "POST /me/mandates/new", Who: me, Do: h.offer},
				{Pattern: "POST /me/mandates/business", Who: me, Do: h.business},
				{Pattern: "POST /me/mandates/{id}/accept", Who: me, Do: h.turn("accept")},
				{Pattern: "POST /me/mandates/{id}/end", Who: me, Do: h.turn("end")},
				{Pattern: "GET /counter/represents-business", Who: clerks, Do: h.showCounter("business")},
				{Pattern: "POST /counter/represents-business", Who: clerks, Do: h.establish("business")},
				{Pattern: "GET /counter/represents-child", Who: clerks, Do: h.showCounter("child")},
				{Pattern: "POST /counter/represents-child", Who: clerks, Do: h.establish("child")},
			}
		}}
}

func (h *house) start(_ context.Context, a *kernel.App) error {
	h.app = a
	if h.URL != "" {
		key, err := call.ParseSecret(h.Secret)
		if err != nil {
			return fmt.Errorf("secret of the business register: %w", err)
		}
		h.register = call.Register{URL: strings.TrimSuffix(h.URL, "/"), Secret: key, Caller: call.NewCaller(a.Reach), Now: a.Now}
	}
	say := func(key string) lang.Text { return shown.Say(a.Texts, "behalf."+key) }
	paper := func(hint string) []form.Field {
		return []form.Field{{Name: "paper", Type: form.Text, Label: say("paper"), Hint: say(hint)}}
	}
	h.forms = map[string]*shown.Form{
		"business": shown.Of(a.Texts, append([]form.Field{{Name: "org_number", Type: form.Text, Label: say("org.number")},
			{Name: "org_name", Type: form.Text, Label: say("org.name")}}, paper("paper.business")...)...),
		"child": shown.Of(a.Texts, append([]form.Field{{Name: "child_number", Type: form.PersonID, Label: say("child.number")},
			{Name: "child_name", Type: form.Text, Label: say("child.name")},
			{Name: "child_born", Type: form.Date, Label: say("child.born"), Before: "today"}}, paper("paper.child")...)...)}
	return nil
}

// A party is one for whom others act, and by what mandates.
type party struct {
	id   id.ID
	name string
	all  []who.Mandate
}

// A listPage is for whom a person acts, and who acts for him and for those he represents.
type listPage struct {
	*kernel.Request
	mine    []who.Mandate
	parties []party
	names   map[id.ID]string // of holders
	may     bool             // the business register may be asked
	asked   asking           // what it was asked last
}

func (h *house) show(r *kernel.Request) (web.Answer, error) {
	p := &listPage{Request: r, names: map[id.ID]string{}, may: h.register.URL != "" && r.Me.Level.Reaches(who.Substantial)}
	err := h.app.DB.Read(r.Context(), func(tx *db.Tx) error {
		p.mine, p.parties = nil, []party{{r.Me.ID, r.T("behalf.you"), nil}}
		for _, m := range r.Me.Mandates {
			if m.Head {
				p.parties = append(p.parties, party{m.Org, m.Name, nil})
			}
		}
		last, err := db.List(tx, scanAsk, askColumns+`where person = $1 order by id desc limit 1`, r.Me.ID)
		if len(last) > 0 {
			p.asked = last[0]
		}
		if err != nil {
			return err
		}
		mine, err := who.Mandates(tx, r.Me.ID, 0)
		p.mine = lately(mine, r.App.Now())
		for i := range p.parties {
			x := &p.parties[i]
			if err == nil {
				x.all, err = who.Mandates(tx, 0, x.id)
				x.all = lately(x.all, r.App.Now())
			}
			for _, m := range x.all {
				if holder, bad := h.app.Book.Find(tx, m.Holder); bad == nil {
					p.names[m.Holder] = holder.Name
				}
			}
		}
		return err
	})
	if err != nil {
		return web.Answer{}, err
	}
	return web.Show(p.page())
}

// lately leaves out mandates of long ago: what was done by them is told where it was done.
func lately(all []who.Mandate, now time.Time) []who.Mandate {
	return slices.DeleteFunc(all, func(m who.Mandate) bool {
		return over(m, now) && !m.Until.IsZero() && now.Sub(m.Until) > 365*24*time.Hour
	})
}

// over reports whether a mandate is no more, by an act or by time.
func over(m who.Mandate, now time.Time) bool {
	return m.State == who.Ended || !m.Until.IsZero() && !m.Until.After(now)
}

// question asks what a mandate is to be.
func (h *house) question(v lang.Voice) *form.Form {
	say := func(key string) lang.Text { return shown.Say(h.app.Texts, key) }
	powers := form.Field{Name: "powers", Type: form.Choices, Label: say("behalf.powers")}
	for _, x := range who.Powers() {
		powers.Options = append(powers.Options, form.Option{Value: string(x), Label: say("who.power." + string(x))})
	}
	services := form.Field{Name: "services", Type: form.Choices, Label: say("behalf.services"), Hint: say("behalf.services.hint"), Optional: true}
	for _, k := range h.app.Kinds() {
		if s := k.Opening(); s != nil && (slices.Contains(s.By, dossier.Applicant) || slices.Contains(s.By, dossier.Mandate)) {
			services.Options = append(services.Options, form.Option{Value: strings.Replace(k.Name, "/", "-", 1), Label: k.Title})
		}
	}
	slices.SortFunc(services.Options, func(a, b form.Option) int { return strings.Compare(v.Of(a.Label), v.Of(b.Label)) })
	fields := []form.Field{{Name: "login", Type: form.Text, Label: say("behalf.login"), Hint: say("behalf.login.hint")},
		powers, {Name: "until", Type: form.Date, Label: say("behalf.until"), Hint: say("behalf.until.hint"), After: "today", Optional: true}}
	if len(services.Options) > 0 {
		fields = append(fields, services)
	}
	f := form.Of(say("behalf.new"), fields...)
	if err := f.Compile("behalf"); err != nil {
		panic(err) // the form is part of the program
	}
	return f
}

// represented is the party named in the request, if r's person may give mandates for it.
func represented(r *kernel.Request) (party, error) {
	n, err := id.Parse(r.FormValue("for"))
	if r.FormValue("for") == "" || err == nil && n == r.Me.ID {
		return party{id: r.Me.ID, name: r.T("behalf.you")}, nil
	}
	for _, m := range r.Me.Mandates {
		if err == nil && m.Org == n && m.Head {
			return party{id: m.Org, name: m.Name}, nil
		}
	}
	return party{}, fault.New(fault.Forbidden, "who.mandate.notyours")
}

// ask shows the form of a new mandate, with what is wrong of what was typed.
func (h *house) ask(r *kernel.Request, wrong map[string]string) (web.Answer, error) {
	x, err := represented(r)
	if err != nil {
		return web.Answer{}, err
	}
	f := h.question(r.Voice)
	page := newPage(r, x, f, ask.Sheet{Voice: r.Voice, Country: r.App.Country, Form: f, Env: r.App.Env(r.App.Today(""), r.Me, 0), In: r.PostForm, Wrong: wrong})
	if wrong != nil {
		return web.ShowWrong(page)
	}
	return web.Show(page)
}

// offer offers a mandate to who has that sign-in name, and tells him.
func (h *house) offer(r *kernel.Request) (web.Answer, error) {
	if err := r.ParseForm(); err != nil {
		return web.Answer{}, fault.New(fault.Invalid, "fault.invalid")
	}
	x, err := represented(r)
	if err != nil {
		return web.Answer{}, err
	}
	f := h.question(r.Voice)
	a, err := f.Check(ask.Given(f.ReadPage(f.Sections[0].Pages[0].ID(), r.PostForm)), r.App.Env(r.App.Today(""), r.Me, 0))
	if err == nil {
		m := who.Mandate{Org: x.id}
		for _, s := range words(a["services"]) { // values of options hold no slash
			m.Services = append(m.Services, strings.Replace(s, "-", "/", 1))
		}
		for _, s := range words(a["powers"]) {
			m.Powers = append(m.Powers, who.Power(s))
		}
		if day, ok := a["until"].(string); ok {
			last, _ := time.ParseInLocation(time.DateOnly, day, h.app.Zone)
			m.Until = last.AddDate(0, 0, 1)
		}
		login, _ := a["login"].(string)
		err = h.app.DB.Write(r.Context(), func(tx *db.Tx) error {
			holder, err := h.app.Book.ByLogin(tx, strings.TrimSpace(login))
			if fault.Of(err) == fault.NotFound {
				return fault.Wrong(fault.Field{Pointer: "/login", Code: "behalf.nologin"})
			}
			if err != nil {
				return err
			}
			m.Holder = holder.ID
			if _, err = h.app.Book.Offer(tx, r.Me, m); err != nil {
				return err
			}
			name := x.name
			if x.id == r.Me.ID {
				name = r.Me.Name
			}
			return device.Notify(h.app, tx, holder, "behalf.notice.offer", name, h.app.URL+"/me/mandates")
		})
	}
	if wrong := ask.Wrong(r.Voice, err); wrong != nil {
		if s, ok := wrong["holder"]; ok {
			wrong["login"] = s
			delete(wrong, "holder")
		}
		return h.ask(r, wrong)
	}
	if err != nil {
		return web.Answer{}, err
	}
	return web.Goto("/me/mandates")
}

// words are the values of a question that takes several.
func words(v any) (all []string) {
	list, _ := v.([]any)
	for _, x := range list {
		if s, ok := x.(string); ok {
			all = append(all, s)
		}
	}
	if s, ok := v.([]string); ok {
		all = s
	}
	return all
}

// turn accepts or ends a mandate; whom it concerned is told of its end.
func (h *house) turn(what string) func(*kernel.Request) (web.Answer, error) {
	return func(r *kernel.Request) (web.Answer, error) {
		n, err := id.Parse(r.PathValue("id"))
		if err != nil {
			return web.Answer{}, fault.New(fault.NotFound, "who.mandate.none")
		}
		err = h.app.DB.Write(r.Context(), func(tx *db.Tx) error {
			if what == "accept" {
				return h.app.Book.Accept(tx, r.Me, n)
			}
			return h.app.Book.Revoke(tx, r.Me, n)
		})
		if err != nil {
			return web.Answer{}, err
		}
		return web.Goto("/me/mandates")
	}
}
