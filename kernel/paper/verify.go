package paper

import (
	"errors"
	"io"
	"net/http"
	"strings"
	"time"

	"motcua/base/fault"
	"motcua/base/id"
	"motcua/base/lang"
	"motcua/base/pades"
	"motcua/base/ui"
	"motcua/base/web"
	"motcua/kernel"
)

// A verdictPage is the answer of a check in plain words.
type verdictPage struct {
	*kernel.Request
	verdict ui.Verdict
	note    string // before the rest: what the page cannot know
	checks  ui.Lines
	about   ui.Answers
	proof   ui.Proof
}

func (m *maker) ask(r *kernel.Request) (web.Answer, error) { return web.Show(askPage(r, "")) }

// upload checks a file that somebody sent. It is read and forgotten.
func (m *maker) upload(r *kernel.Request) (web.Answer, error) {
	pdf, err := sent(r)
	var report Report
	if err == nil {
		report, err = m.check(r, pdf)
	}
	var why *fault.Error
	if errors.As(err, &why) && (why.Kind == fault.Invalid || why.Kind == fault.Unsupported || why.Kind == fault.TooLarge) {
		return web.ShowWrong(askPage(r, r.T(why.Code, why.Args...)))
	}
	if err != nil {
		return web.Answer{}, err
	}
	if strings.HasPrefix(r.Header.Get("Accept"), "application/json") {
		return web.JSON(http.StatusOK, report)
	}
	return web.Show(m.say(r, report).page())
}

func (m *maker) check(r *kernel.Request, pdf []byte) (Report, error) {
	done, err := m.turn(r.Context())
	if err != nil {
		return Report{}, err
	}
	defer done()
	return Check(r.Context(), m.App, r.Voice, pdf)
}

// sent is the file of the form, or the whole body when it is a PDF.
func sent(r *kernel.Request) ([]byte, error) {
	if strings.HasPrefix(r.Header.Get("Content-Type"), "application/pdf") {
		return io.ReadAll(r.Body)
	}
	parts, err := r.MultipartReader()
	for err == nil {
		part, e := parts.NextPart()
		if err = e; err == nil && part.FormName() == "file" {
			b, err := io.ReadAll(part)
			if err == nil && len(b) == 0 {
				err = fault.New(fault.Invalid, "paper.nofile")
			}
			return b, err
		}
	}
	var large *http.MaxBytesError
	if errors.As(err, &large) {
		return nil, err
	}
	return nil, fault.New(fault.Invalid, "paper.nofile")
}

func trusted(s pades.Signature) bool { return s.Intact && s.Trusted }

// say puts a report into words.
func (m *maker) say(r *kernel.Request, x Report) *verdictPage {
	p := &verdictPage{Request: r}
	v, now := r.Voice, m.Now()
	p.verdict = ui.Verdict{When: v.T("paper.checked", stamp(v, now))}
	st := x.Standing
	switch {
	case x.State == pades.Valid && st != nil:
		p.stands(st)
	case x.State == pades.Valid:
		p.judge(ui.Soon, "", "signed")
	case x.State == pades.None:
		p.judge(ui.Soon, "", "none")
	case x.State == pades.Unknown:
		p.judge(ui.Soon, "", "unknown")
	case x.State == pades.Broken:
		p.judge(ui.Bad, "", "broken")
	default:
		p.judge(ui.Bad, "", "changed")
	}
	if x.State != pades.None {
		p.checks = append(p.checks, p.genuine(x), p.whole(x))
	} else {
		p.checks = append(p.checks, p.line(ui.Soon, "paper.sign.none", ""), p.line(ui.Soon, "paper.whole.unknown", ""))
	}
	p.checks = append(p.checks, p.force(x, now))
	p.describe(x)
	switch e := x.Entry; {
	case e != nil && x.Proven && x.State == pades.Valid:
		text := "paper.ledger.act"
		if e.File {
			text = "paper.ledger.file"
		}
		p.proof = ui.Proof{Text: v.T(text, e.Number, e.Size), Mark: mark(e.Mark)}
	case x.Here && x.State == pades.Valid:
		p.proof = ui.Proof{Text: v.T("paper.ledger.not")}
	}
	return p
}

// judge sets the verdict: a title and what to do.
func (p *verdictPage) judge(tone ui.Tone, icon, key string, args ...any) {
	p.verdict.Tone, p.verdict.Icon = tone, icon
	p.verdict.Title, p.verdict.Text = p.T("paper.verdict."+key, args...), p.T("paper.verdict."+key+".text", args...)
}

// stands is the verdict over a genuine paper.
func (p *verdictPage) stands(s *Standing) {
	key := map[State]string{InForce: "good", Replaced: "replaced", Revoked: "revoked", Expired: "expired"}[s.State]
	if s.State == InForce {
		p.judge(ui.Good, "", key)
		return
	}
	p.judge(ui.Soon, "hold", key, p.Voice.Day(s.Since))
	if s.Next != 0 {
		p.verdict.Link = ui.Link{} // the newer paper is its owner's to show
	}
}

func (p *verdictPage) line(tone ui.Tone, key, more string, args ...any) ui.Line {
	l := ui.Line{Tone: tone, Text: p.T(key, args...), More: more}
	if l.More == "" && p.App.Texts.Has(key+".text") {
		l.More = p.T(key+".text", args...)
	}
	return l
}

// genuine is the first check: whose signature it is.
func (p *verdictPage) genuine(x Report) ui.Line {
	for _, s := range x.Signatures {
		if trusted(s) {
			continue
		}
		if !s.Intact && s.Certificate != nil && x.State == pades.Changed {
			return p.line(ui.Soon, "paper.sign.over", "", holder(s))
		}
		return p.line(ui.Bad, "paper.sign.unknown", p.why(x), holder(s))
	}
	if len(x.Signatures) == 0 {
		return p.line(ui.Bad, "paper.sign.unreadable", p.why(x))
	}
	return p.line(ui.Good, "paper.sign.good", "", holder(x.Signatures[len(x.Signatures)-1]))
}

// whole is the second: whether the bytes are those that were signed.
func (p *verdictPage) whole(x Report) ui.Line {
	switch x.State {
	case pades.Changed:
		return p.line(ui.Bad, "paper.whole.not", p.why(x))
	case pades.Broken:
		return p.line(ui.Bad, "paper.whole.unknown", "")
	}
	return p.line(ui.Good, "paper.whole.good", "")
}

// force is the third: whether it still holds.
func (p *verdictPage) force(x Report, now time.Time) ui.Line {
	s := x.Standing
	if s == nil {
		return p.line(ui.Soon, "paper.force.unknown", "")
	}
	of := ""
	if x.State != pades.Valid {
		of = ".original"
	}
	if s.State == InForce {
		return p.line(ui.Good, "paper.force.good"+of, p.T("paper.force.good.text", p.Voice.Moment(now)))
	}
	key := map[State]string{Replaced: "replaced", Revoked: "revoked", Expired: "expired"}[s.State]
	return p.line(ui.Bad, "paper.force.not"+of, p.T("paper.force."+key, s.Body, p.Voice.Moment(s.Since)))
}

// why is what the reader of signatures found, in sentences.
func (p *verdictPage) why(x Report) string {
	var all []string
	for _, w := range x.Why {
		all = append(all, p.T(w.Code, w.Args...))
	}
	return strings.Join(all, " ")
}

// describe says what the paper is, without anything about its owner.
func (p *verdictPage) describe(x Report) {
	add := func(key, text string) {
		if text != "" {
			p.about.Rows = append(p.about.Rows, ui.Answer{Ask: p.T(key), Say: text})
		}
	}
	if s := x.Standing; s != nil {
		add("paper.about.name", s.Title)
		add("paper.about.body", s.Body)
	}
	for _, s := range x.Signatures {
		add("paper.about.signer", holder(s))
		if !s.At.IsZero() {
			add("paper.about.signed", stamp(p.Voice, s.At))
		}
	}
	if s := x.Standing; s != nil {
		add("paper.about.code", x.Says.Code)
		add("paper.about.stage", s.Stage)
	}
}

// link answers the address in a paper's QR code: what became of it. Whether the
// sheet in hand is the one that was issued, only its file can show.
func (m *maker) link(r *kernel.Request) (web.Answer, error) {
	d, k, q, err := m.find(r)
	if err != nil {
		return web.Answer{}, err
	}
	p, now := &verdictPage{Request: r, note: r.T("paper.link.note")}, m.Now()
	p.verdict = ui.Verdict{When: r.T("paper.checked", stamp(r.Voice, now))}
	x := Report{Verdict: pades.Verdict{State: pades.Valid}, Standing: standing(r.Voice, m.App, d, k, q), Says: &Statement{Code: d.Code}}
	p.stands(x.Standing)
	if x.Standing.State == InForce {
		p.judge(ui.Good, "", "issued")
	}
	p.checks = ui.Lines{p.force(x, now)}
	p.describe(x)
	if q.Sort == Result {
		p.about.Rows = append(p.about.Rows, ui.Answer{Ask: r.T("paper.about.signer"), Say: q.Act.Entry.Name + ", " + m.roleName(q.Act, r.Voice)},
			ui.Answer{Ask: r.T("paper.about.signed"), Say: stamp(r.Voice, q.Act.At)})
	}
	numbers, err := m.Log.Numbers(r.Context(), []id.ID{q.Act.ID})
	if n, ok := numbers[q.Act.ID]; ok {
		state, err := m.Log.State(r.Context())
		if err != nil {
			return web.Answer{}, err
		}
		p.proof = ui.Proof{Text: r.T("paper.ledger.act", n, state.Size)}
	}
	if err != nil {
		return web.Answer{}, err
	}
	return web.Show(p.page())
}

// holder says whose signature it is: name, post, body; a seal has no post.
func holder(s pades.Signature) string {
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
