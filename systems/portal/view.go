package portal

import (
	"fmt"
	"strings"
	"time"

	"motcua/base/ui"
	"motcua/kernel"
	"motcua/kernel/clock"
	"motcua/kernel/dossier"
	"motcua/kernel/find"
	"motcua/kernel/procedure"
	"motcua/kernel/who"
)

// homeView is what the front page shows.
type homeView struct {
	Events     []procedure.Event
	Often      []string // words that many people look for
	Draft      *dossier.Draft
	DraftTitle string
	Pledge     ui.Pledge
}

// searchView is a page of found services: of a search, or of a moment of life.
type searchView struct {
	Words   string
	Filter  find.Filter
	Event   *procedure.Event
	Hits    []find.Hit
	Nearest bool // nothing matched: these are close
	Entries int
}

// serviceView is the page of one service, at one office or at none yet.
type serviceView struct {
	P      *procedure.Procedure
	Body   string
	Office *who.Body
	Terms  procedure.Terms
}

// result is a hit as a line of the list.
func result(r *kernel.Request, h find.Hit) ui.Result {
	x := ui.Result{Title: r.Voice.Of(h.Title), Href: "/services/" + h.Code, Text: r.Voice.Of(h.Summary)}
	tone, word := ui.Info, procedurePack(r).Online.Say(r.Voice, 1)
	if h.Full {
		tone, word = ui.Good, procedurePack(r).Online.Say(r.Voice, h.Level)
	}
	x.Tags = []ui.Tag{{Text: word, Tone: tone}}
	if t := timeText(r, h.Time); t != "" {
		x.Facts = append(x.Facts, t)
	}
	if f := feeText(r, h.Fee); f != "" {
		x.Facts = append(x.Facts, f)
	}
	if b := bodyText(r, h.Body); b != "" {
		x.Facts = append(x.Facts, b)
	}
	return x
}

// timeText says a limit such as 1d; texts of imported pages are shown as they are.
func timeText(r *kernel.Request, s string) string {
	if l, err := clock.ParseLimit(s); err == nil {
		return l.Say(r.Voice)
	}
	return s
}

// feeText says "0", "8000" or "0-8000" in words; other texts are shown as they are.
func feeText(r *kernel.Request, s string) string {
	low, high, ranged := strings.Cut(s, "-")
	var a, b int64
	if n, err := fmt.Sscan(low, &a); n != 1 || err != nil || strings.Trim(s, "0123456789-") != "" {
		return s
	}
	switch {
	case !ranged && a == 0:
		return r.T("portal.free")
	case !ranged:
		return r.Voice.Number(a) + "\u00a0₫"
	}
	fmt.Sscan(high, &b)
	if a == 0 {
		return r.T("portal.freeto", b)
	}
	return r.Voice.Number(a) + " – " + r.Voice.Number(b) + "\u00a0₫"
}

func bodyText(r *kernel.Request, level string) string {
	if key := "portal.body." + level; r.App.Texts.Has(key) {
		return r.T(key)
	}
	return level
}

// unsure reports whether the file says that what is not known for certain.
func (v serviceView) unsure(what string) bool {
	for _, u := range v.P.Unverified {
		if u == what {
			return true
		}
	}
	return false
}

// setBy names the body that set a line, or the law.
func (v serviceView) setBy(r *kernel.Request, what string) string {
	code := v.Terms.Set[what]
	if code == "" {
		return ""
	}
	b, ok := r.App.Country.Body(code)
	if !ok {
		return ""
	}
	return r.T("portal.setby", r.Voice.Of(b.Name))
}

// steps is the way of a dossier, before anybody files.
func (v serviceView) steps(r *kernel.Request) (all []ui.Step) {
	for _, o := range v.P.Outside {
		if o.Before {
			all = append(all, ui.Step{Title: r.Voice.Of(o.Say)})
		}
	}
	all = append(all, ui.Step{Title: r.T("portal.step.file"), Text: r.T("portal.step.file.text", v.P.Minutes)},
		ui.Step{Title: r.T("portal.step.receive"), Text: within(r, v.Terms.Budgets["intake"])})
	for _, s := range v.P.Steps {
		all = append(all, ui.Step{Title: r.Voice.Of(s.Title), Text: within(r, v.Terms.Budgets[s.ID])})
	}
	all = append(all, ui.Step{Title: r.T("portal.step.result"), Text: r.Voice.Of(v.P.Result.Title)})
	for _, o := range v.P.Outside {
		if !o.Before {
			all = append(all, ui.Step{Title: r.Voice.Of(o.Say)})
		}
	}
	return all
}

func within(r *kernel.Request, l clock.Limit) string {
	if l.IsZero() {
		return ""
	}
	return r.T("portal.within", l.Say(r.Voice))
}

// cited writes a source such as "ho-tich-2014 điều 16" with the act's number.
func cited(r *kernel.Request, pack procedure.Pack, source string) string {
	act, article, ok := pack.Cited(source)
	if !ok {
		return ""
	}
	return strings.TrimSpace(named(r, act) + ", " + article)
}

// named is a legal act as people call it, such as "Nghị định" and its number.
func named(r *kernel.Request, act procedure.LegalAct) string {
	if key := "portal.act." + act.Kind; r.App.Texts.Has(key) {
		return r.T(key) + " " + act.Number
	}
	return act.Number
}

// gone says what replaced a legal act, "" while it is in force.
func gone(r *kernel.Request, pack procedure.Pack, act procedure.LegalAct) string {
	if today := r.App.Now().In(r.App.Zone).Format(time.DateOnly); act.To == "" || today <= act.To {
		return ""
	}
	end := act.To
	if t, err := time.ParseInLocation(time.DateOnly, end, r.App.Zone); err == nil {
		end = r.Voice.Day(t)
	}
	if by, ok := pack.Act(act.ReplacedBy); ok {
		return r.T("portal.law.replaced", end, named(r, by))
	}
	return r.T("portal.law.ended", end)
}
