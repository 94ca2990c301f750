package assure

import (
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

// second is the weight of a way beside the first one.
func (p *levelPage) second() string {
	if p.next() == who.Low && p.Me.Phone == "" {
		return ui.Main
	}
	return ui.Second
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
	case p.say == "sent" && !p.has(who.Low), p.say == "contact" && p.has(who.Low), p.say == "yes" && p.has(who.Substantial):
		return note(ui.Good, p.say)
	case p.has(who.Substantial):
		return ui.Note{}
	case p.last.State == "open":
		return note(ui.Soon, "open", p.Voice.Moment(p.last.Made.Add(patience)))
	case p.last.State == "no", p.last.State == "unknown", p.last.State == "taken", p.last.State == "over":
		return note(ui.Bad, p.last.State)
	}
	return ui.Note{}
}
