package handover

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"strings"

	"motcua/base/fault"
	"motcua/base/lang"
	"motcua/kernel"
	"motcua/kernel/dossier"
	"motcua/kernel/mirror"
	"motcua/kernel/procedure"
	"motcua/kernel/who"
)

// contended is how often a line is tried while others act on its dossier.
const contended = 8

// reported takes a line of the stream that is about a dossier handed over: it
// becomes the acts that the body's software could have done one by one. They
// stand in the dossier; of the line only its version is kept. Where the program
// dies between two acts, the line sent again does the rest.
func (h *house) reported(ctx context.Context, by who.Person, _ string, l *mirror.Line) (a mirror.Answer, taken bool, err error) {
	for range contended {
		d, k, err := h.app.Engine.Coded(ctx, l.Origin)
		if errors.Is(err, fault.NotFound) {
			return a, false, nil
		}
		if err != nil || !d.Elsewhere || d.Body != l.Body { // whose dossiers the sender may report, the stream has asked
			return a, false, err
		}
		me, err := h.register.Reporter(ctx, by, d)
		if err != nil {
			return a, false, err
		}
		v := view{d: d, k: k, l: l, say: h.app.Voice("", "")}
		if v.code, err = h.kept("acknowledge", procedure.NumberField, l.Code, d.Body); err != nil {
			return a, false, err
		}
		if v.text, err = h.kept("progress", procedure.DoingField, short(words(l)), d.Body); err != nil {
			return a, false, err
		}
		for _, s := range h.app.Engine.Possible(me, d, k) {
			v.can = append(v.can, s.Act)
		}
		if v.back() || me.ID == 0 {
			return a, false, nil
		}
		if a, err = h.register.Claim(ctx, d.ID, l); err != nil || a.Status != "" {
			return a, true, err
		}
		act, answers, wrong := v.next()
		if act != "" {
			_, err = h.app.Engine.Act(ctx, dossier.Order{Me: me, Dossier: d.ID, Act: act, Version: d.Version, Answers: answers})
			var f *fault.Error
			switch {
			case err == nil, errors.Is(err, fault.Stale), errors.Is(err, fault.Conflict):
				continue // look again: what is left to do, or what somebody else has done
			case errors.Is(err, fault.Invalid) && errors.As(err, &f) && len(f.Fields) > 0:
				wrong = &mirror.Wrong{At: "state", Code: f.Fields[0].Code, Args: f.Fields[0].Args}
			default:
				return a, true, err
			}
		}
		if wrong != nil {
			return mirror.Answer{Status: mirror.Rejected, Wrong: wrong}, true, h.register.Disclaim(ctx, d.ID, l)
		}
		return mirror.Answer{Status: mirror.Stored}, true, h.register.Settle(ctx, d.ID, l)
	}
	return a, true, fault.New(fault.Unavailable, "handover.contended", l.Origin)
}

// kept is a text as acts keep it, "" where they do not take it.
func (h *house) kept(act, field, text, body string) (string, error) {
	s, err := procedure.Kept(act, field, text, h.app.Today(body))
	if errors.Is(err, fault.Invalid) {
		return "", nil
	}
	return s, err
}

// A view is a dossier beside a line about it.
type view struct {
	d    *dossier.Dossier
	k    *dossier.Kind
	l    *mirror.Line
	code string   // of the line, as it is kept; "": it cannot be
	text string   // what the line says to people
	can  []string // acts that are possible now
	say  lang.Voice
}

func (v *view) may(act string) bool { return slices.Contains(v.can, act) }

func (v *view) number() string { s, _ := v.d.Desk[procedure.NumberField].(string); return s }

// back reports whether the dossier was taken back before the body had it.
func (v *view) back() bool {
	return !procedure.Elsewhere(v.d.State) && v.number() == "" && !v.may("acknowledge")
}

// next is the act that brings the dossier nearer to what the line says; "":
// it is there, or what is wrong with the line.
func (v *view) next() (act string, answers map[string]any, wrong *mirror.Wrong) {
	now, want := v.k.Stands[v.d.State].National, v.l.State
	bad := func(at, code string, args ...any) (string, map[string]any, *mirror.Wrong) {
		return "", nil, &mirror.Wrong{At: at, Code: code, Args: args}
	}
	had, there := v.number(), procedure.Elsewhere(v.d.State)
	switch {
	case v.code == "":
		return bad("code", "form.utf8")
	case had != "" && had != v.code:
		return bad("code", "handover.othernumber", had)
	case !v.may("acknowledge"):
	case there && had != "" && want == 5: // what was supplied has not come there yet
		return "", nil, nil
	case there, now == want: // or it is withdrawn, and they know
		return "acknowledge", map[string]any{procedure.NumberField: v.code}, nil
	}
	text := v.text
	doing, _ := v.d.Desk[procedure.DoingField].(string)
	switch {
	case now == want && want == 4 && text != "" && text != doing && v.may("progress"):
		return "progress", map[string]any{procedure.DoingField: text}, nil
	case now == want, want == 2 && now == 4, want == 10 && now == 9 && !v.may("return"): // a refusal is given back on paper
		return "", nil, nil
	}
	act = procedure.Reported(want)
	switch {
	case want == 10 && !v.may(act):
		act = "finish"
	case want == 2 && !v.may(act): // what was missing is there
		act = "progress"
	}
	if act == "" || !there || !v.may(act) {
		return bad("state", "handover.wrong.state", want, kernel.StateTitle(v.say, v.k, v.d.State))
	}
	s := v.k.Step(act)
	switch {
	case s.Reasons && text == "":
		text = v.say.T("handover.unsaid", v.l.Code)
		fallthrough
	case s.Reasons:
		answers = map[string]any{"reasons": []any{map[string]any{"text": text}}}
	case act == "progress" && text != "":
		answers = map[string]any{procedure.DoingField: text}
	case act == "finish" && text != "":
		answers = map[string]any{"outcome": text}
	}
	return act, answers, nil
}

// words are what the line says to people about its state.
func words(l *mirror.Line) string {
	var x struct {
		Note        string
		Results     []struct{ Name, Code string }
		Supplements []struct{ Content, State string }
		Progress    []struct{ At, Title, Content string }
	}
	if json.Unmarshal([]byte(l.Canonical), &x) != nil {
		return ""
	}
	said := x.Note
	last := ""
	for _, p := range x.Progress { // moments in UTC: as texts they are in order
		if p.At >= last && p.Content+p.Title != "" {
			if last, said = p.At, p.Content; said == "" {
				said = p.Title
			}
		}
	}
	switch l.State {
	case 5:
		for _, s := range x.Supplements {
			if s.Content != "" && s.State != "supplied" {
				said = s.Content
			}
		}
	case 9, 10:
		var all []string
		for _, r := range x.Results {
			if one := strings.TrimSpace(r.Name + " " + r.Code); one != "" {
				all = append(all, one)
			}
		}
		if len(all) > 0 {
			said = strings.Join(all, "; ")
		}
	}
	return said
}

// short is a text on one line, cut to what the forms of the acts take.
func short(s string) string {
	r := []rune(strings.Join(strings.Fields(s), " "))
	if len(r) > 400 {
		r = append(r[:399], '…')
	}
	return string(r)
}
