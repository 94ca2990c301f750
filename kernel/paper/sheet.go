package paper

import (
	"cmp"
	"context"
	"maps"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"motcua/base/lang"
	"motcua/base/pdf"
	"motcua/kernel"
	"motcua/kernel/dossier"
	"motcua/kernel/form"
	"motcua/kernel/letter"
	"motcua/kernel/procedure"
	"motcua/kernel/sign"
)

// A sheet is one paper being written, in the country's first language and the
// body's own time.
type sheet struct {
	*maker
	*dossier.Dossier
	kind  *dossier.Kind
	paper Paper
	form  letter.Form // that the law has for it
	voice lang.Voice
	key   sign.Key
	at    time.Time // of the signature
}

func (m *maker) voice(d *dossier.Dossier) lang.Voice { return m.Voice("", d.Zone) }

// draw writes the sheet. Size is for the receipt, which a counter's printer takes too.
func (s *sheet) draw(ctx context.Context, size pdf.Size) (pdf.Doc, error) {
	v := s.voice
	s.form = s.Forms.Form(string(s.paper.Sort), s.day())
	doc := Head(s.App, v, s.Body, s.paper.Act.At)
	doc.Size, doc.At, doc.Code, doc.Subject, doc.Keywords, doc.Number = cmp.Or(size, pdf.A5), s.at, s.Code, v.Of(s.kind.Title), s.Code, v.T("paper.number", s.Code)
	doc.Title = strings.ToUpper(cmp.Or(v.Of(s.form.Title), s.paper.Title(v)))
	if number, law := Official(s.App, s.Dossier, s.paper); number != "" {
		doc.Form = v.T("paper.official", number, law)
	}
	var err error
	switch s.paper.Sort {
	case Receipt:
		err = s.receipt(&doc)
	case Form:
		err = s.answers(ctx, &doc)
	case Result:
		err = s.result(&doc)
	case Control:
		s.slip(&doc)
	default:
		s.letter(&doc)
	}
	if err == nil {
		doc.Mark, err = s.mark(ctx, doc)
	}
	return doc, err
}

// Head is the beginning of every paper of a body: who issues it, the State and
// its motto, place and date.
func Head(a *kernel.App, v lang.Voice, body string, at time.Time) pdf.Doc {
	path := a.Country.Path(body)
	doc := pdf.Doc{Size: pdf.A5, Lang: string(v.Lang), At: at, Page: v.T("paper.page"), Creator: "motcua", Place: placed(a, v, body, at),
		Right: []pdf.Line{{Text: v.Of(a.Forms.Nation.Title), Bold: true}, {Text: v.Of(a.Forms.Nation.Motto), Bold: true}}}
	for i := min(len(path), 2) - 1; i >= 0; i-- {
		doc.Author = v.Of(path[i].Name)
		doc.Left = append(doc.Left, pdf.Line{Text: strings.ToUpper(doc.Author), Bold: i == 0})
	}
	if a.Demo {
		doc.Watermark = v.T("paper.demo")
	}
	return doc
}

// day is the day of the paper's act at the body.
func (s *sheet) day() string { return s.paper.Act.At.In(s.voice.Zone).Format(time.DateOnly) }

// Official is the number of p among the official forms of its day, and the
// number of the legal act that brought it; "" where the law has none.
func Official(a *kernel.App, d *dossier.Dossier, p Paper) (number, law string) {
	zone, err := time.LoadLocation(d.Zone)
	if err != nil {
		zone = a.Zone
	}
	f := a.Forms.Form(string(p.Sort), p.Act.At.In(zone).Format(time.DateOnly))
	if f.Number == "" {
		return "", ""
	}
	act, ok := a.Law.Act(f.Law)
	if !ok {
		return f.Number, f.Law
	}
	return f.Number, act.Number
}

// placed is the place and date of a paper.
func placed(a *kernel.App, v lang.Voice, body string, t time.Time) string {
	t = t.In(v.Zone)
	day := v.T("paper.date", t.Format("02"), t.Format("01"), t.Format("2006"))
	for _, b := range a.Country.Path(body) {
		if u, ok := a.Country.Unit(b.Unit); ok {
			return u.Name + ", " + day
		}
	}
	return day
}

// moment says hour and day as an appointment is said.
func moment(v lang.Voice, t time.Time) string {
	if t.IsZero() {
		return v.T("paper.nodue")
	}
	return v.T("paper.moment", v.Hour(t), v.Weekday(t), v.Day(t))
}

// due is the appointment as the paper's act left it.
func (s *sheet) due() (t time.Time) {
	for _, a := range s.Acts[:s.paper.Act.Version] {
		if a.Entry.Due != 0 {
			t = time.UnixMicro(a.Entry.Due)
		}
	}
	return t
}

// papers and answers are those that the applicant had given when the paper's act was done.
func (s *sheet) papers() map[string][]dossier.File {
	all := map[string][]dossier.File{}
	for _, a := range s.Acts[:s.paper.Act.Version] {
		maps.Copy(all, a.Entry.Papers)
	}
	return all
}

// before is the appointment that the paper's act changed.
func (s *sheet) before() (t time.Time) {
	for _, a := range s.Acts[:s.paper.Act.Version-1] {
		if a.Entry.Due != 0 {
			t = time.UnixMicro(a.Entry.Due)
		}
	}
	return t
}

// words are the sentences before and after what the paper lists, with the
// service's own where it has some.
func (s *sheet) words() (intro, closing string) {
	l, v := s.form.Words, s.voice
	if p := service(s.kind); p != nil {
		for _, own := range p.Letters {
			if own.ID == l.ID {
				l.Intro = own.Text
			}
		}
	}
	args := []any{s.bodyName(s.Dossier, v), s.Name, lower(v.Of(s.kind.Title)), s.Code, moment(v, s.Opened), moment(v, s.due()), moment(v, s.before()), s.way()}
	return v.Of(l.Intro, args...), v.Of(l.Closing, args...)
}

// way is how the applicant gets the result.
func (s *sheet) way() string {
	way, _ := s.Answers["receive"].(string)
	if p := service(s.kind); p != nil && way == "" && len(p.Receive) > 0 {
		way = p.Receive[0]
	}
	if way == "" {
		return s.voice.T("paper.way")
	}
	return lower(s.voice.T("procedure.receive." + way))
}

// signed is the place of the signature that the paper bears.
func (s *sheet) signed(capacity ...string) pdf.Signatures {
	v, name := s.voice, s.key.Certificate.Subject.CommonName
	p := pdf.Place{Stamp: []string{v.T("paper.signed.by", name), s.bodyName(s.Dossier, v), v.T("paper.signed.at", s.at.In(v.Zone).Format("15:04:05, 02/01/2006"))}}
	for _, c := range capacity {
		p.Lines = append(p.Lines, pdf.Line{Text: c, Bold: true})
	}
	if s.key.Kind == sign.Seal {
		p.Stamp[0] = v.T("paper.sealed.by", name)
	}
	if s.key.Body != "" && s.key.Kind == sign.Seal {
		p.Stamp = slices.Delete(p.Stamp, 1, 2) // its name is said
	}
	if s.paper.Sort == Result || s.paper.Sort == Apology { // somebody answers for it
		p.Name = s.paper.Act.Entry.Name
	}
	return pdf.Signatures{p}
}

// service is what a kind was compiled from when it is a public service; nil for others.
func service(k *dossier.Kind) *procedure.Procedure {
	p, _ := k.Service.(*procedure.Procedure)
	return p
}

// opening is the form that was filled in.
func opening(k *dossier.Kind) *form.Form {
	if s := k.Opening(); s != nil && s.Form != nil {
		return s.Form
	}
	return form.Of(k.Title)
}

// lower begins s with a small letter, unless it begins with a name in capitals.
func lower(s string) string {
	first, n := utf8.DecodeRuneInString(s)
	if second, _ := utf8.DecodeRuneInString(s[n:]); n == 0 || unicode.IsUpper(second) {
		return s
	}
	return string(unicode.ToLower(first)) + s[n:]
}

// upper begins s with a capital.
func upper(s string) string {
	first, n := utf8.DecodeRuneInString(s)
	return string(unicode.ToUpper(first)) + s[n:]
}
