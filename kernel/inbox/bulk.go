package inbox

import (
	"errors"
	"net/url"
	"slices"
	"strconv"

	"motcua/base/fault"
	"motcua/base/id"
	"motcua/base/ui"
	"motcua/base/web"
	"motcua/kernel"
	"motcua/kernel/dossier"
	"motcua/kernel/form"
)

// most is how many dossiers one click may act on.
const most = 200

// Ready reports whether a step asks nothing of its doer, so that it can be done
// to many dossiers at once.
func Ready(s *dossier.Step) bool {
	return !s.Reasons && !s.Papers && s.Act != "note" && s.Act != "assign" &&
		(s.Form == nil || !slices.ContainsFunc(s.Form.Fields(), func(q *form.Field) bool { return !q.Optional }))
}

// bulkable are the acts that can be done in bulk to at least one of the lines,
// by their rows alone, the one for most of them first; the page that confirms
// them asks for each dossier.
func (p *inboxPage) bulkable() (all []Offered) {
	lines := map[string]int{}
	for _, l := range p.lines {
		told := map[string]bool{}
		for i := range l.kind.Steps {
			s := &l.kind.Steps[i]
			if told[s.Act] || !Ready(s) || !slices.Contains(s.From, l.State) ||
				!slices.ContainsFunc(s.By, func(by dossier.By) bool { return by.Does(p.Me, l.Dossier) }) {
				continue
			}
			told[s.Act] = true
			if lines[s.Act]++; lines[s.Act] == 1 {
				all = append(all, Offer(p.Request, l.kind, []*dossier.Step{s})...)
			}
		}
	}
	slices.SortStableFunc(all, func(a, b Offered) int {
		if Beside(a.Act) != Beside(b.Act) {
			return map[bool]int{true: 1, false: -1}[Beside(a.Act)]
		}
		return lines[b.Act] - lines[a.Act]
	})
	for i := range all[min(1, len(all)):] { // one main button, each key once
		o := &all[i+1]
		if o.Weight == ui.Main {
			o.Weight = ui.Second
		}
		if slices.ContainsFunc(all[:i+1], func(x Offered) bool { return x.Key == o.Key }) {
			o.Key = ""
		}
	}
	return all
}

// assigns reports whether some line can be given to a colleague.
func (p *inboxPage) assigns() bool {
	return slices.ContainsFunc(p.lines, func(l line) bool {
		return slices.ContainsFunc(l.kind.Steps, func(s dossier.Step) bool { return s.Act == "assign" && slices.Contains(s.From, l.State) })
	})
}

// A bulkPage lists what an act will be done to, or has been done to.
type bulkPage struct {
	*kernel.Request
	Place
	act, title string
	to         string // id of the colleague of assign
	toName     string
	can        []line
	cannot     []line
	why        []string // beside cannot
}

// read reads which act is meant, and sorts the dossiers picked by whether they allow it now.
func readBulk(r *kernel.Request, v url.Values, can func(d *dossier.Dossier, k *dossier.Kind, version int) string) (*bulkPage, error) {
	p := &bulkPage{Request: r, Place: PlaceOf(v), act: v.Get("act"), to: v.Get("to")}
	picked := v["d"]
	if len(picked) > most {
		return nil, fault.Wrong(fault.Field{Pointer: "/d", Code: "inbox.bulk.many", Args: []any{most}})
	}
	if n, err := id.Parse(p.to); err == nil {
		if p.toName, err = NameOf(r, n); err != nil {
			return nil, err
		}
	}
	for i, s := range picked {
		n, err := Parse(s)
		if err != nil {
			return nil, err
		}
		d, err := r.App.Engine.Find(r.Context(), n)
		if err != nil || !dossier.Official(r.Me, d) {
			return nil, errors.Join(err, fault.New(fault.NotFound, "dossier.missing"))
		}
		version := 0
		if all := v["v"]; i < len(all) {
			version, _ = strconv.Atoi(all[i])
		}
		if err := r.App.Engine.Glance(r.Context(), r.Me, dossier.Work, d); err != nil {
			return nil, err
		}
		l := lineOf(r, d)
		if j := slices.IndexFunc(l.kind.Steps, func(s dossier.Step) bool { return s.Act == p.act }); j >= 0 && p.title == "" {
			p.title = r.ActTitle(l.kind, &l.kind.Steps[j])
		}
		if why := can(d, l.kind, version); why != "" {
			p.cannot, p.why = append(p.cannot, l), append(p.why, why)
		} else {
			p.can = append(p.can, l)
		}
	}
	return p, nil
}

func confirmBulk(r *kernel.Request) (web.Answer, error) {
	v := r.URL.Query()
	p, err := readBulk(r, v, func(d *dossier.Dossier, k *dossier.Kind, _ int) string {
		for _, s := range r.App.Engine.Possible(r.Me, d, k) {
			if s.Act == v.Get("act") && (Ready(s) || s.Act == "assign") {
				return ""
			}
		}
		return r.T("inbox.bulk.not")
	})
	switch {
	case err != nil:
		return web.Answer{}, err
	case len(p.can)+len(p.cannot) == 0, p.act == "assign" && p.toName == "":
		return web.Goto("/work?%s", p.Query("nothing", p.act))
	}
	return web.Show(p.confirm())
}

// doBulk does the act to each dossier, one after another: each is an act of its
// own, and one that fails holds up none of the others.
func doBulk(r *kernel.Request) (web.Answer, error) {
	if err := r.ParseForm(); err != nil {
		return web.Answer{}, fault.Wrong()
	}
	v := r.PostForm
	p := PlaceOf(v)
	answers := form.Answers{}
	if to := v.Get("to"); to != "" {
		answers["holder"] = to
	}
	done := url.Values{"act": {v.Get("act")}, "view": {p.View}, "body": {p.Body}, "to": {v.Get("to")}}
	for i, s := range v["d"] {
		n, err := Parse(s)
		if err != nil || i >= most || i >= len(v["v"]) {
			break
		}
		version, err := strconv.Atoi(v["v"][i])
		if err != nil || version < 1 {
			return web.Answer{}, fault.Wrong()
		}
		_, err = r.App.Engine.Act(r.Context(), dossier.Order{Me: r.Me, Dossier: n, Act: v.Get("act"), Answers: answers, Version: version})
		if k := fault.Of(err); err != nil && (k == "" || k == fault.Unavailable) {
			return web.Answer{}, err
		}
		done.Add("d", s)
		done.Add("v", v["v"][i])
	}
	return web.Goto("/work/bulk/done?%s", done.Encode())
}

// doneBulk tells what came of it by the acts themselves: whether the next act
// after the version that was seen is the one meant, by this person.
func doneBulk(r *kernel.Request) (web.Answer, error) {
	v := r.URL.Query()
	p, err := readBulk(r, v, func(d *dossier.Dossier, k *dossier.Kind, version int) string {
		switch {
		case version >= len(d.Acts) && !slices.ContainsFunc(r.App.Engine.Possible(r.Me, d, k), func(s *dossier.Step) bool { return s.Act == v.Get("act") }):
			return r.T("inbox.bulk.not")
		case version >= len(d.Acts):
			return r.T("inbox.bulk.asks")
		case version < 0 || d.Acts[version].Act != v.Get("act") || d.Acts[version].By != r.Me.ID:
			return r.T("dossier.stale")
		}
		return ""
	})
	if err != nil {
		return web.Answer{}, err
	}
	return web.Show(p.done())
}
