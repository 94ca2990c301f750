package paper

import (
	"cmp"
	"context"
	"maps"
	"net/url"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"motcua/base/lang"
	"motcua/base/pdf"
	"motcua/base/ui"
	"motcua/kernel/dossier"
	"motcua/kernel/form"
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
	voice lang.Voice
	key   sign.Key
	at    time.Time // of the signature
}

func (m *maker) voice(d *dossier.Dossier) lang.Voice {
	zone, err := time.LoadLocation(d.Zone)
	if err != nil {
		zone = m.Zone
	}
	return lang.Voice{Lang: lang.All()[0], Zone: zone, Catalogue: m.Texts}
}

// draw writes the sheet. Size is for the receipt, which a counter's printer takes too.
func (s *sheet) draw(ctx context.Context, size pdf.Size) (pdf.Doc, error) {
	v, path := s.voice, s.Country.Path(s.Body)
	doc := pdf.Doc{Size: cmp.Or(size, pdf.A5), Lang: string(v.Lang), At: s.at, Code: s.Code, Page: v.T("paper.page"), Creator: "motcua", Author: s.bodyName(s.Dossier, v),
		Right:   []pdf.Line{{Text: v.Of(s.Nation.Title), Bold: true}, {Text: v.Of(s.Nation.Motto), Bold: true}},
		Subject: v.Of(s.kind.Title), Keywords: s.Code, Place: s.placed(s.paper.Act.At)}
	for i := min(len(path), 2) - 1; i >= 0; i-- {
		doc.Left = append(doc.Left, pdf.Line{Text: strings.ToUpper(v.Of(path[i].Name)), Bold: i == 0})
	}
	if s.Demo {
		doc.Watermark = v.T("paper.demo")
	}
	var err error
	switch s.paper.Sort {
	case Receipt:
		err = s.receipt(&doc)
	case Form:
		err = s.form(ctx, &doc)
	case Result:
		err = s.result(&doc)
	default:
		err = s.letter(&doc)
	}
	return doc, err
}

// placed is the place and date of a paper.
func (s *sheet) placed(t time.Time) string {
	t = t.In(s.voice.Zone)
	day := s.voice.T("paper.date", t.Format("02"), t.Format("01"), t.Format("2006"))
	for _, b := range s.Country.Path(s.Body) {
		if u, ok := s.Country.Unit(b.Unit); ok {
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

// words are the sentences of the pack's letter, with the service's own where it has some.
func (s *sheet) words() (title, intro, closing string) {
	i := slices.IndexFunc(s.Letters, func(l letter) bool { return l.ID == string(s.paper.Sort) })
	if i < 0 {
		return s.paper.Title(s.voice), "", ""
	}
	l, v := s.Letters[i], s.voice
	if p := service(s.kind); p != nil {
		for _, own := range p.Letters {
			if own.ID == l.ID {
				l.Intro = own.Text
			}
		}
	}
	code := s.Code
	if s.paper.Sort == Receipt {
		code = s.Printed()
	}
	args := []any{s.bodyName(s.Dossier, v), s.Name, lower(v.Of(s.kind.Title)), code, moment(v, s.Opened), moment(v, s.due()), "", s.way()}
	return v.Of(l.Title), v.Of(l.Intro, args...), v.Of(l.Closing, args...)
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

// qr is the square at the head of a paper: an address that says what the paper
// is (Circular 01/2023/TT-VPCP: code, procedure, applicant, paper, time, appointment).
// The applicant is the node's number of him, never that of his identity card.
func (s *sheet) qr(path string, q url.Values, lines ...pdf.Line) (pdf.QR, error) {
	q.Set("service", s.kind.Name[strings.LastIndexByte(s.kind.Name, '/')+1:])
	q.Set("applicant", s.Applicant.String())
	q.Set("at", s.paper.Act.At.In(s.voice.Zone).Format("20060102T1504"))
	modules, err := ui.Modules(s.URL + path + "?" + q.Encode())
	return pdf.QR{Modules: modules, Side: 24, Lines: lines}, err
}

// signed is the place of the signature that the paper bears.
func (s *sheet) signed(capacity ...string) pdf.Signatures {
	v, name := s.voice, s.key.Certificate.Subject.CommonName
	p := pdf.Place{Stamp: []string{v.T("paper.signed.by", name), s.bodyName(s.Dossier, v), v.T("paper.signed.at", s.at.In(v.Zone).Format("15:04:05, 02/01/2006"))}}
	for _, c := range capacity {
		p.Lines = append(p.Lines, pdf.Line{Text: c, Bold: true})
	}
	if s.key.ID != s.Seal.ID {
		p.Name = name
	} else {
		p.Stamp[0] = v.T("paper.sealed.by", name)
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
