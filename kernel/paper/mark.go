package paper

import (
	"cmp"
	"context"
	"net/url"
	"strings"
	"time"

	"motcua/base/pdf"
	"motcua/base/ui"
)

// mark is the code in the upper left corner: lines of text, the address first at
// which the paper can be checked, then what Circular 01/2023/TT-VPCP asks for,
// in this order: code of the dossier, code of the procedure, number of the
// applicant, name of the paper, system that issued it, when, and what only some
// papers have: the appointment, or the last day on which a result holds.
// No address holds the applicant's number, and neither does what stays inside.
func (s *sheet) mark(ctx context.Context, doc pdf.Doc) (pdf.QR, error) {
	p := s.paper
	q := url.Values{}
	if p.Sort == Receipt || p.Sort == Form || p.Sort == Control {
		q.Set("doc", string(p.Sort))
		q.Set("tail", s.Tail)
	}
	link := s.URL + "/verify/" + p.Act.ID.String()
	if len(q) > 0 {
		link += "?" + q.Encode()
	}
	number := ""
	if p.Sort != Control {
		var err error
		if number, err = s.applicant(ctx); err != nil {
			return pdf.QR{}, err
		}
	}
	stamp := func(t time.Time) string { return t.In(s.voice.Zone).Format("20060102T1504") }
	lines := []string{link, s.Code, s.kind.Name[strings.LastIndexByte(s.kind.Name, '/')+1:], number, cmp.Or(s.voice.Of(s.form.Title), p.Name(s.voice, s.kind)), s.Node, stamp(p.Act.At)}
	switch due := s.due(); {
	case p.Sort == Result:
		lines = append(lines, p.Last(s.kind))
	case (p.Sort == Receipt || p.Sort == Apology) && !due.IsZero():
		lines = append(lines, stamp(due))
	}
	modules, err := ui.Modules(strings.TrimRight(strings.Join(lines, "\n"), "\n"))
	return pdf.QR{Modules: modules, Lines: []pdf.Line{{Text: s.Printed(), Bold: true}}}, err
}

// applicant is the number of who asked: of the organisation, or of the person's
// identity card; the node's own where he has none.
func (s *sheet) applicant(ctx context.Context) (string, error) {
	p, err := s.Book.Person(ctx, s.Applicant)
	if err != nil {
		return "", err
	}
	for _, m := range p.Mandates {
		if m.Org == s.Org && s.Org != 0 && m.Number != "" {
			return m.Number, nil
		}
	}
	if s.Org != 0 {
		return s.Org.String(), nil
	}
	if p.Number == "" {
		return p.ID.String(), nil
	}
	return p.Number, nil
}
