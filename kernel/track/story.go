package track

import (
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/a-h/templ"

	"motcua/base/fault"
	"motcua/base/id"
	"motcua/base/lang"
	"motcua/base/ui"
	"motcua/base/web"
	"motcua/kernel"
	"motcua/kernel/dossier"
	"motcua/kernel/form"
	"motcua/kernel/paper"
	"motcua/kernel/procedure"
	"motcua/kernel/who"
)

// A story is a dossier as the person who asked is told of it.
type story struct {
	r        *kernel.Request
	d        *dossier.Dossier
	k        *dossier.Kind
	stand    dossier.Stand
	v        lang.Voice // that reads the body's clock
	now      time.Time
	blind    bool   // told to who has no more than the code: no names
	holder   string // who has it now
	steps    []*dossier.Step
	readings []dossier.Reading
	decided  []ui.Answer // what the result says
	calls    []ui.Button // buttons to what belongs to it and waits for the person, such as a fee
	proof    ui.Proof
	onward   string // where he goes on outside these pages, ""
	signer   string // who has still to sign the result, ""
}

// owns reports whether the dossier is p's own or his organisation's.
func owns(p who.Person, d *dossier.Dossier) bool {
	return d.Asked(p, who.Follow)
}

// own is the dossier of the address, if the person asked for it; an official
// reads it at his desk, where his reading is recorded.
func own(r *kernel.Request) (*dossier.Dossier, *dossier.Kind, error) {
	missing := func() error {
		return fmt.Errorf("dossier %s: %w", r.PathValue("id"), fault.New(fault.NotFound, "dossier.missing"))
	}
	n, err := id.Parse(r.PathValue("id"))
	if err != nil {
		return nil, nil, missing()
	}
	d, err := r.App.Engine.Find(r.Context(), n)
	if err != nil {
		return nil, nil, err
	}
	if !owns(r.Me, d) {
		return nil, nil, missing()
	}
	k, err := r.App.Kind(d.Kind, d.KindVersion)
	return d, k, err
}

// Local is the visitor's voice with the clock of the body.
func Local(r *kernel.Request, d *dossier.Dossier) lang.Voice {
	v := r.Voice
	if z, err := time.LoadLocation(d.Zone); err == nil {
		v.Zone = z
	}
	return v
}

// Late reports whether a promise was broken.
func Late(d *dossier.Dossier, s dossier.Stand, now time.Time) bool {
	return !s.Ends && s.Waits == "" && !d.Due.IsZero() && now.After(d.Due)
}

func newStory(r *kernel.Request) (*story, error) {
	d, k, err := own(r)
	if err != nil {
		return nil, err
	}
	s := &story{r: r, d: d, k: k, stand: k.Stands[d.State], v: Local(r, d), now: r.App.Now(), steps: r.App.Engine.Possible(r.Me, d, k)}
	if d.Holder != 0 {
		p, err := r.App.Book.Person(r.Context(), d.Holder)
		if err != nil && !errors.Is(err, fault.NotFound) {
			return nil, err
		}
		s.holder = p.Name
	}
	return s, nil
}

func show(r *kernel.Request) (web.Answer, error) {
	s, err := newStory(r)
	if err != nil {
		return web.Answer{}, err
	}
	if s.k.Page != "" {
		return web.Goto("%s", kernel.Page(s.k, s.d))
	}
	if s.readings, err = r.App.Engine.Readings(r.Context(), s.d.ID, 100); err != nil {
		return web.Answer{}, err
	}
	if s.decided, err = s.decision(); err != nil {
		return web.Answer{}, err
	}
	if s.signer, err = paper.Waits(r.Context(), r.App, s.d, s.k); err != nil {
		return web.Answer{}, err
	}
	if s.calls, err = r.Waiting(s.d); err != nil {
		return web.Answer{}, err
	}
	for _, x := range r.App.Systems {
		if x.Onward == nil || s.onward != "" {
			continue
		}
		if s.onward, err = x.Onward(r, s.d); err != nil {
			return web.Answer{}, err
		}
	}
	last := s.d.Acts[len(s.d.Acts)-1]
	p, err := r.App.Log.Proof(r.Context(), last.ID)
	switch {
	case errors.Is(err, fault.NotYet):
		s.proof = ui.Proof{Text: r.T("track.proof.soon")}
	case err != nil:
		return web.Answer{}, err
	default:
		s.proof = ui.Proof{Text: r.T("track.proof", p.Index+1, p.Size), Link: ui.Link{Text: r.T("track.proof.check"), Href: "/verify"}}
	}
	return web.Show(storyPage(s))
}

func (s *story) path(tail string) string { return "/c/" + s.d.ID.String() + tail }

func (s *story) when(t time.Time) string { return When(s.v, s.now, t) }

// desk is who works on what waits there.
func (s *story) desk(role who.Role) string {
	if role == "" {
		return ""
	}
	return s.r.T("track.role." + string(role))
}

// ladder is the way of the dossier in words.
func (s *story) ladder() ui.Ladder {
	r := s.r
	var l ui.Ladder
	for _, x := range Ladder(s.k, s.d, r.App.Calendars.For(s.d.Body), s.now) {
		t := ui.Step{Place: x.Place, Title: kernel.StateTitle(r.Voice, s.k, x.State)}
		if x.Step != nil && x.Place == ui.Done {
			t.Title = r.ActTitle(s.k, x.Step)
		}
		switch x.Place {
		case ui.Done, ui.Stop:
			t.Text = s.did(x)
		case ui.Now:
			t.Who, t.Text = s.desk(x.Desk), r.T("track.holds")
			if s.holder != "" && !s.blind {
				t.Who, t.Text = s.holder, r.T("track.holds.as", s.desk(x.Desk))
			}
			if x.Desk == "" {
				t.Text = ""
			}
			if s.stand.Sent {
				t.Who, t.Text = r.BodyName(s.d.Body), r.T("track.sent.since", s.when(s.d.Entered))
			}
			if x.Due.After(s.now) {
				t.Due = r.T("track.mustbefore", s.when(x.Due)) + s.left(x.Due)
			} else if !x.Due.IsZero() {
				t.Due = r.T("track.shouldhave", s.when(x.Due))
			}
		case ui.Held:
			t.Text = r.T("track.paused")
			if x.Due.After(s.now) {
				t.Due = r.T("track.supplybefore", s.when(x.Due))
			}
		default:
			if !x.Due.IsZero() {
				t.Text = r.T("track.before", s.when(x.Due))
			}
		}
		l.Steps = append(l.Steps, t)
	}
	return l
}

// did says when something was done, and by whom.
func (s *story) did(x Rung) string {
	at := s.when(x.At)
	switch {
	case x.Step == nil && x.Place == ui.Done || s.blind:
		return at
	case x.By == 0:
		return s.r.T("track.by", at, s.r.T("track.bytime"))
	case x.By == s.r.Me.ID:
		return s.r.T("track.by", at, s.r.T("track.byyou"))
	case x.By == s.d.Helper && x.Step != nil && len(x.Step.From) == 0:
		return s.r.T("track.by", at, s.r.T("track.helped", x.Name))
	}
	return s.r.T("track.by", at, x.Name)
}

// left is how much working time there is until t, in words that go on a sentence.
func (s *story) left(t time.Time) string {
	cal := s.r.App.Calendars.For(s.d.Body)
	if cal == nil {
		return ""
	}
	left := cal.Left(s.now, t)
	switch n := int(left / cal.Workday()); {
	case n >= 1:
		return s.r.T("track.left.days", n)
	case left >= time.Hour:
		return s.r.T("track.left.hours", int(left/time.Hour))
	case left > 0:
		return s.r.T("track.left.minutes", int(left/time.Minute)+1)
	}
	return ""
}

// slip is the receipt at the head of the page.
func (s *story) slip() ui.Slip {
	r, d := s.r, s.d
	x := ui.Slip{State: r.T("kernel.public." + string(s.stand.Public)), Tone: ui.Good, CodeWord: r.T("track.code"), Code: d.Printed()}
	if !s.blind {
		x.About = r.T("track.about", r.Voice.Of(s.k.Title), s.v.Moment(d.Opened))
		if d.Subject != "" {
			x.About = r.T("track.about.of", r.Voice.Of(s.k.Title), d.Subject, s.v.Moment(d.Opened))
		}
		x.QR, x.QRHint = ui.QR{Text: trackURL(r.App, d), Label: r.T("track.qr")}, r.T("track.qr.hint")
	}
	if n, ok := d.Desk[procedure.NumberField].(string); ok && !s.blind {
		x.About += " " + r.T("track.theirs", r.BodyName(d.Body), n)
	}
	switch title := kernel.StateTitle(r.Voice, s.k, d.State); {
	case s.stand.Sent:
		x.Tone, x.State, x.Title = ui.Info, r.T("track.sent"), r.T("track.title.sent", r.BodyName(d.Body), s.when(d.Entered))
	case s.stand.Public == dossier.Action:
		x.Tone, x.Title = ui.Soon, r.T("track.title."+s.stand.Asks())
	case s.signer != "":
		x.Tone, x.Title = ui.Info, r.T("track.title.signer", s.signer)
	case s.stand.Public == dossier.Ready:
		x.Title = r.T("track.title.ready")
	case s.stand.Public == dossier.Closed:
		x.Tone, x.Title = ui.Plain, title
	case Late(d, s.stand, s.now):
		x.Tone, x.State, x.Title = ui.Bad, r.T("track.late.tag"), r.T("track.title.late")
	case d.Due.IsZero():
		x.Title = r.T("track.title.received")
	default:
		x.Title = r.T("track.title.due", s.when(d.Due))
	}
	if s.stand.Public == dossier.Submitted && x.Tone == ui.Good {
		x.State = r.T("track.received")
	}
	if !s.blind {
		x.Acts = s.tools()
	}
	return x
}

// tools are what one takes away.
func (s *story) tools() []templ.Component {
	r, all := s.r, []templ.Component{}
	for _, b := range s.calls {
		all = append(all, b)
	}
	papers := paper.Of(s.d, s.k)
	receipt := slices.ContainsFunc(papers, func(x paper.Paper) bool { return x.Sort == paper.Receipt })
	switch {
	case s.result():
		all = append(all, ui.Button{Text: r.T("track.result"), Icon: "save", Href: s.path("/result.pdf")},
			ui.Link{Text: r.T("track.receipt"), Icon: "paper", Href: s.path("/receipt.pdf"), Fix: true})
	case receipt:
		all = append(all, ui.Button{Text: r.T("track.receipt"), Icon: "save", Weight: ui.Second, Href: s.path("/receipt.pdf")})
	}
	if len(s.d.Acts) > 0 && s.d.Acts[0].Entry.Signed != nil {
		all = append(all, ui.Link{Text: r.T("track.signed"), Icon: "paper", Href: s.path("/signed.pdf"), Fix: true})
	}
	for _, x := range papers { // letters, and what was asked
		if x.Sort != paper.Receipt && x.Sort != paper.Result {
			name := x.Name(r.Voice, s.k)
			if x.Sort != paper.Form {
				name = r.T("track.letter", name, r.Voice.Day(x.Act.At))
			}
			all = append(all, ui.Link{Text: name, Icon: "paper", Href: s.path("/" + x.Path()), Fix: true})
		}
	}
	if s.d.Due.After(s.now) && !s.stand.Ends && s.stand.Waits == "" {
		all = append(all, ui.Link{Text: r.T("track.addtocalendar"), Icon: "date", Href: s.path("/appointment.ics"), Fix: true})
	}
	if !s.d.Due.IsZero() {
		all = append(all, ui.Link{Text: r.T("track.why"), Icon: "clock", Href: s.path("/due"), Fix: true})
	}
	if receipt {
		all = append(all, ui.Link{Text: r.T("track.export"), Icon: "lock", Href: s.path("/export.zip"), Fix: true})
	}
	return append(all, ui.Print())
}

func (s *story) result() bool { return s.d.Result != nil && s.stand.Result && s.signer == "" }

// label is what a reason is about, unless the reason says just that.
func (s *story) label(x dossier.Reason) string {
	if about := kernel.About(s.r.Voice, s.k, x.Ref); about != x.Text {
		return about
	}
	return ""
}

// decision is what the result says.
func (s *story) decision() (all []ui.Answer, err error) {
	if !s.result() {
		return nil, nil
	}
	lines, err := s.r.App.Decision(s.r.Voice, s.d, s.k)
	for _, l := range lines {
		all = append(all, ui.Answer{Ask: s.r.Voice.Of(l.Label), Say: l.Value})
	}
	return all, err
}

// A message is what an act says to the applicant.
type message struct {
	title, at string
	reasons   []dossier.Reason
}

// messages are the reasons given to the applicant, the latest first; what one
// desk tells the next is not his, and what is still to do stands elsewhere.
func (s *story) messages() (all []message) {
	todo := s.d.Open
	for _, a := range slices.Backward(s.d.Acts) {
		to := s.k.Stands[a.Entry.To].Public
		if len(a.Entry.Reasons) == 0 || a.Entry.To != "" && (to == dossier.Progress || to == dossier.Submitted) {
			continue
		}
		if todo && to == dossier.Action {
			todo = false
			continue
		}
		if x := s.k.Step(a.Act); x != nil {
			all = append(all, message{s.r.ActTitle(s.k, x), s.when(a.At), a.Entry.Reasons})
		}
	}
	return all
}

// ways are the acts that the person may do now: those that carry the dossier
// on, and those that end it.
func (s *story) ways() (on, out []*dossier.Step) { return ways(s.k, s.steps) }

func ways(k *dossier.Kind, steps []*dossier.Step) (on, out []*dossier.Step) {
	for _, x := range steps {
		if x.To != "" && k.Stands[x.To].Public == dossier.Closed {
			out = append(out, x)
		} else {
			on = append(on, x)
		}
	}
	return on, out
}

// given are the answers as they stand now.
func (s *story) given() (all []ui.Answer) {
	o := s.k.Opening()
	if o == nil || o.Form == nil {
		return nil
	}
	for _, q := range o.Form.Fields() {
		if say := form.Show(*q, s.d.Answers[q.Name], s.r.Voice, s.r.App.Country.UnitName); say != "" {
			all = append(all, ui.Answer{Ask: s.r.Voice.Of(q.Label), Say: say})
		}
	}
	return all
}
