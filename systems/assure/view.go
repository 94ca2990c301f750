package assure

import (
	"net/url"

	"motcua/base/ui"
	"motcua/kernel/ask"
	"motcua/kernel/who"
)

// has reports whether the person has reached l.
func (p *levelPage) has(l who.Level) bool { return p.Me.Level != "" && p.Me.Level.Reaches(l) }

// next is the level that comes next, "" when there is none.
func (p *levelPage) next() who.Level {
	for _, l := range who.Levels() {
		if !p.has(l) {
			return l
		}
	}
	return ""
}

// stand is the level as the key of a sentence.
func (p *levelPage) stand() string {
	if p.Me.Level == "" {
		return "none"
	}
	return string(p.Me.Level)
}

// weight is that of the way back to where the person was going: it is what he
// wants, once he has reached anything.
func (p *levelPage) weight() string {
	if p.has(who.Substantial) {
		return ui.Main
	}
	return ui.Second
}

// ladder is the three levels: what each opens, and how it is reached.
func (p *levelPage) ladder() (l ui.Ladder) {
	for _, x := range who.Levels() {
		s := ui.Step{Title: p.T("who.level." + string(x)), Text: p.T("assure.lets." + string(x))}
		switch {
		case p.has(x):
			s.Place = ui.Done
		case x == p.next():
			s.Place, s.Due = ui.Now, p.T("assure.how."+string(x))
		default:
			s.Due = p.T("assure.how." + string(x))
		}
		l.Steps = append(l.Steps, s)
	}
	return l
}

// ways is the page of ways to sign in, at that place, and from there back here.
func (p *levelPage) ways(at string) string {
	here := "/me/level"
	if p.to != "" {
		here += "?" + url.Values{"to": {p.to}}.Encode()
	}
	return "/me/ways?" + url.Values{"to": {here}}.Encode() + ui.Anchor(at)
}

func (p *levelPage) sheet() ask.Sheet {
	return ask.Sheet{Voice: p.Voice, Country: p.App.Country, Form: p.h.asked, Env: p.App.Env(p.App.Today(""), p.Me, 0), In: p.typed, Wrong: p.wrong}
}

// news is what just happened, or what is still waited for.
func (p *levelPage) news() ui.Note {
	note := func(tone ui.Tone, key string, args ...any) ui.Note {
		n := ui.Note{Tone: tone, Title: p.T("assure.done." + key)}
		if more := "assure.done." + key + ".more"; p.App.Texts.Has(more) {
			n.Text = p.T(more, args...)
		}
		return n
	}
	switch {
	case p.say == "yes" && p.has(who.Substantial), p.say == "waits" && p.lift.ID != 0, p.say == "stopped" && p.lift.ID == 0:
		return note(ui.Good, p.say)
	case p.say == "refused":
		return ui.Note{Tone: ui.Bad, Title: p.T("passkey.refused")}
	case p.has(who.Substantial):
		return ui.Note{}
	case p.last.State == "open":
		return note(ui.Soon, "open", p.Voice.Moment(p.last.Made.Add(patience)))
	case p.last.State == "no", p.last.State == "unknown", p.last.State == "taken", p.last.State == "over":
		return note(ui.Bad, p.last.State)
	}
	return ui.Note{}
}
