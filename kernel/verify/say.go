package verify

import (
	"strings"
	"time"

	"motcua/base/lang"
	"motcua/base/ui"
	"motcua/base/verdict"
)

func trusted(s verdict.Signature) bool { return s.Intact && s.Trusted }

// A Saying is a report in words, for the page and for the command line.
type Saying struct {
	Verdict ui.Verdict
	Checks  ui.Lines   // signature, content, standing
	About   ui.Answers // what the document is, with nothing about its owner
	Signers []Signer   // in the order of signing
	Proof   ui.Proof
	voice   lang.Voice
}

// Say puts a report into words, as of now.
func (x Report) Say(v lang.Voice, now time.Time) *Saying {
	p := &Saying{voice: v}
	p.Verdict.When = v.T("verify.checked", stamp(v, now))
	st := x.Standing
	switch {
	case x.State == verdict.Valid && st != nil:
		p.stands(st)
	case x.State == verdict.Valid && !x.Asked:
		p.judge(ui.Info, "", "offline")
	case x.State == verdict.Valid:
		p.judge(ui.Soon, "", "signed")
	case x.State == verdict.None:
		p.judge(ui.Soon, "", "none")
	case x.State == verdict.Unknown:
		p.judge(ui.Soon, "", doubt(x.Why))
	case x.State == verdict.Broken:
		p.judge(ui.Bad, "", "broken")
	default:
		p.judge(ui.Bad, "", "changed")
	}
	if x.State != verdict.None {
		p.Checks = append(p.Checks, p.genuine(x), p.whole(x))
	} else {
		p.Checks = append(p.Checks, p.line(ui.Soon, "verify.sign.none", ""), p.line(ui.Soon, "verify.whole.unknown", ""))
	}
	p.Checks = append(p.Checks, p.force(x, now))
	p.describe(x)
	for _, s := range x.Signatures {
		p.Signers = append(p.Signers, p.signer(x, s))
	}
	switch e := x.Entry; {
	case e != nil && x.Proven && x.State == verdict.Valid:
		text := "verify.ledger.act"
		if e.File {
			text = "verify.ledger.file"
		} else if !x.Here {
			text = "verify.ledger.carried"
		}
		p.Proof = ui.Proof{Text: v.T(text, e.Number, e.Size), Mark: mark(e.Mark)}
	case x.Here && x.State == verdict.Valid:
		p.Proof = ui.Proof{Text: v.T("verify.ledger.not")}
	}
	return p
}

// doubt is which verdict says why a signer is not believed.
func doubt(why []verdict.Reason) string {
	for _, w := range why {
		switch w.Code {
		case "verdict.why.old":
			return "old"
		case "verdict.why.revoked", "verdict.why.claimed":
			return "withdrawn"
		case "verdict.why.strange":
			return "strange"
		}
	}
	return "unknown"
}

// judge sets the verdict: a title and what to do.
func (p *Saying) judge(tone ui.Tone, icon, key string, args ...any) {
	p.Verdict.Tone, p.Verdict.Icon = tone, icon
	p.Verdict.Title, p.Verdict.Text = p.voice.T("verify.verdict."+key, args...), p.voice.T("verify.verdict."+key+".text", args...)
}

// stands is the verdict over a genuine paper.
func (p *Saying) stands(s *Standing) {
	key := map[State]string{InForce: "good", Replaced: "replaced", Revoked: "revoked", Expired: "expired"}[s.State]
	if s.State == InForce {
		p.judge(ui.Good, "", key)
		return
	}
	p.judge(ui.Soon, "hold", key, p.voice.Day(s.Since))
}

func (p *Saying) line(tone ui.Tone, key, more string, args ...any) ui.Line {
	l := ui.Line{Tone: tone, Text: p.voice.T(key, args...), More: more}
	if l.More == "" && p.voice.Catalogue.Has(key+".text") {
		l.More = p.voice.T(key+".text", args...)
	}
	return l
}

// genuine is the first check: whose signature it is.
func (p *Saying) genuine(x Report) ui.Line {
	for _, s := range x.Signatures {
		if trusted(s) {
			continue
		}
		if !s.Intact && s.Certificate != nil && x.State == verdict.Changed {
			return p.line(ui.Soon, "verify.sign.over", "", holder(s))
		}
		return p.line(ui.Bad, "verify.sign.unknown", p.why(x), holder(s))
	}
	if len(x.Signatures) == 0 {
		return p.line(ui.Bad, "verify.sign.unreadable", p.why(x))
	}
	return p.line(ui.Good, "verify.sign.good", "", holder(x.Signatures[len(x.Signatures)-1]))
}

// whole is the second: whether the bytes are those that were signed.
func (p *Saying) whole(x Report) ui.Line {
	switch x.State {
	case verdict.Changed:
		return p.line(ui.Bad, "verify.whole.not", p.why(x))
	case verdict.Broken:
		return p.line(ui.Bad, "verify.whole.unknown", "")
	}
	return p.line(ui.Good, "verify.whole.good", "")
}

// force is the third: whether it still holds.
func (p *Saying) force(x Report, now time.Time) ui.Line {
	s := x.Standing
	switch {
	case s == nil && !x.Asked && x.Entry != nil:
		return p.line(ui.Soon, "verify.force.offline", "", x.Entry.Size)
	case s == nil:
		return p.line(ui.Soon, "verify.force.unknown", "")
	}
	of := ""
	if x.State != verdict.Valid {
		of = ".original"
	}
	if s.State == InForce {
		return p.line(ui.Good, "verify.force.good"+of, p.voice.T("verify.force.good.text", p.voice.Moment(now)))
	}
	key := map[State]string{Replaced: "replaced", Revoked: "revoked", Expired: "expired"}[s.State]
	return p.line(ui.Bad, "verify.force.not"+of, p.voice.T("verify.force."+key, s.Body, p.voice.Moment(s.Since)))
}

// why is what the reader of signatures found, in sentences.
func (p *Saying) why(x Report) string {
	var all []string
	for _, w := range x.Why {
		all = append(all, p.voice.T(w.Code, w.Args...))
	}
	return strings.Join(all, " ")
}

// describe says what the paper is, without anything about its owner.
func (p *Saying) describe(x Report) {
	add := func(key, text string) {
		if text != "" {
			p.About.Rows = append(p.About.Rows, ui.Answer{Ask: p.voice.T(key), Say: text})
		}
	}
	if s := x.Standing; s != nil {
		add("verify.about.name", s.Title)
		add("verify.about.body", s.Body)
	}
	if x.Says != nil && x.Says.Form != "" && (x.State == verdict.Valid || x.Standing != nil) {
		add("verify.about.form", p.voice.T("verify.about.form.number", x.Says.Form, x.Says.Law))
	}
	if s := x.Standing; s != nil {
		add("verify.about.code", x.Says.Code)
		add("verify.about.stage", s.Stage)
	}
}

// holder says whose signature it is: name, post, body; a seal has no post.
func holder(s verdict.Signature) string {
	all := []string{s.Name}
	for _, x := range []string{s.Role, s.Body} {
		if x != "" && x != s.Name {
			all = append(all, x)
		}
	}
	return strings.Join(all, ", ")
}

// stamp is a moment to the second.
func stamp(v lang.Voice, t time.Time) string { return t.In(v.Zone).Format("15:04:05, 02/01/2006") }

// mark is the beginning of a hash, to be compared by eye.
func mark(s string) string {
	var b strings.Builder
	for i, r := range s[:min(20, len(s))] {
		if i > 0 && i%4 == 0 {
			b.WriteByte(' ')
		}
		b.WriteRune(r)
	}
	return b.String()
}
