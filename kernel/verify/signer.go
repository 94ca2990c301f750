package verify

import (
	"strings"

	"motcua/base/ui"
	"motcua/base/verdict"
)

// A Signer is one signature in words: who, in what capacity, when and by whose
// clock, and whether the certificate was good then.
type Signer struct {
	Name string
	Rows ui.Answers
}

func (p *Saying) signer(x Report, s verdict.Signature) Signer {
	v := p.voice
	out := Signer{Name: s.Name}
	add := func(a ui.Answer) { out.Rows.Rows = append(out.Rows.Rows, a) }
	if out.Name == "" {
		out.Name = v.T("verify.signer.none")
	}
	if s.Certificate == nil { // unreadable, or made by the node itself, which keeps no copy
		if s.Role != "" {
			add(ui.Answer{Ask: v.T("verify.signer.capacity"), Say: s.Role})
		}
		if !s.At.IsZero() {
			add(ui.Answer{Ask: v.T("verify.signer.when"), Say: stamp(v, s.At)})
		}
		return out
	}
	capacity := ui.Answer{Ask: v.T("verify.signer.capacity"), Say: v.T("verify.signer.seal", s.Body)}
	switch {
	case !s.Seal && (s.Serial != "" || s.Role != ""):
		capacity.Say = strings.Trim(s.Role+", "+s.Body, ", ")
	case s.Code != "":
		capacity.Source, capacity.Tone = v.T("verify.signer.code", s.Code), ui.Info
	}
	add(capacity)
	add(p.when(s))
	if s.Intact { // of one that is not, nothing more was asked
		add(p.certificate(s))
	}
	if st := x.stop(s); st != nil {
		add(ui.Answer{Ask: v.T("verify.signer.stopped"), Say: v.T("verify.signer.stopped."+string(st.What), v.Moment(st.Since)), Source: st.Why, Tone: ui.Soon})
	}
	algorithm := ui.Answer{Ask: v.T("verify.signer.algorithm"), Say: s.Algorithm}
	if s.Old {
		algorithm.Source, algorithm.Tone = v.T("verify.signer.old"), ui.Bad
	}
	add(algorithm)
	return out
}

// when tells the time of signing and whose clock showed it.
func (p *Saying) when(s verdict.Signature) ui.Answer {
	a := ui.Answer{Ask: p.voice.T("verify.signer.when"), Say: p.voice.T("verify.signer.never"), Tone: ui.Soon}
	if !s.When().IsZero() {
		a.Say = stamp(p.voice, s.When())
	}
	switch {
	case s.Stamp != nil && s.Stamp.Trusted:
		a.Source, a.Tone = p.voice.T("verify.clock.authority", s.Stamp.By), ui.Good
	case s.Stamp != nil:
		a.Source = p.voice.T("verify.clock.unknown", stamp(p.voice, s.Stamp.At), s.Stamp.By)
	default:
		a.Source, a.Tone = p.voice.T("verify.clock.own"), ui.Info
	}
	return a
}

// certificate tells who vouches for the signer, and what the issuer says since.
func (p *Saying) certificate(s verdict.Signature) ui.Answer {
	a := ui.Answer{Ask: p.voice.T("verify.signer.certificate"), Say: p.voice.T("verify.certificate.by", s.Certificate.Issuer.CommonName)}
	then, tone := verdict.Unasked, ui.Info
	var st verdict.Status
	if s.Status != nil {
		st, then = *s.Status, s.Status.Then
	}
	day := st.Since
	switch then {
	case verdict.Good:
		tone, day = ui.Good, st.As
	case verdict.Revoked:
		tone = ui.Bad
		if s.When().Before(st.Since) { // but only by the signer's own clock
			then = "claimed"
		}
	case verdict.Strange:
		tone = ui.Bad
	case verdict.Stale:
		day = st.Until
	case verdict.Unasked:
		if !s.Trusted {
			tone, then = ui.Bad, "not"
		}
	}
	a.Source, a.Tone = p.voice.T("verify.certificate."+string(then), p.voice.Moment(day)), tone
	return a
}
