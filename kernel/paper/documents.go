package paper

import (
	"context"
	"slices"
	"strconv"
	"strings"
	"time"

	"motcua/base/lang"
	"motcua/base/pdf"
	"motcua/kernel"
	"motcua/kernel/clock"
	"motcua/kernel/dossier"
	"motcua/kernel/form"
	"motcua/kernel/procedure"
)

// receipt tells the applicant that the dossier has arrived and when the result is
// due. On a roll it is what a counter's printer gives out: the same, but narrow.
func (s *sheet) receipt(doc *pdf.Doc) error {
	v := s.voice
	intro, closing := s.words()
	due := moment(v, s.due())
	rows := pdf.Rows{{Label: v.T("paper.of"), Value: s.Name}, {Label: v.T("paper.service"), Value: s.serviceName()}}
	add := func(label, value string) {
		if value != "" {
			rows = append(rows, pdf.Row{Label: v.T(label), Value: value})
		}
	}
	add("paper.subject", s.Subject)
	if s.Helper != 0 {
		add("paper.helper", s.Acts[0].Entry.Name)
	}
	if s.kind.Limit != nil {
		if l := s.kind.Limit(s.Answers, s.Body); !l.IsZero() {
			add("paper.limit", l.Say(v))
		}
	}
	add("paper.received", moment(v, s.Opened))
	rows = append(rows, pdf.Row{Label: v.T("paper.due"), Value: due, Bold: true})
	add("paper.receive", upper(s.way()))
	add("paper.fee", s.fee())
	if doc.Size != pdf.Roll { // there it stands under the code
		rows = slices.Insert(rows, 0, pdf.Row{Label: v.T("paper.code"), Value: s.Printed(), Bold: true})
	}
	doc.Body = []pdf.Block{rows, pdf.Text{Text: intro}}
	doc.Body = append(doc.Body, given(v, s.kind, s.papers(), doc.Size)...)
	hint := pdf.Text{Text: v.T("paper.track", plainURL(s.URL)), Small: true}
	if doc.Size == pdf.Roll {
		doc.Body = append(doc.Body, hint)
	}
	giver := pdf.Place{Lines: []pdf.Line{{Text: strings.ToUpper(v.T("paper.giver")), Bold: true}}, Stamp: []string{v.T("paper.given." + s.Channel), s.Name, moment(v, s.Opened)}, Plain: true}
	if !s.Texts.Has("paper.given." + s.Channel) {
		giver.Stamp[0] = v.T("paper.given.online")
	}
	places := s.signed(strings.ToUpper(v.T("paper.receiver")))
	if doc.Size != pdf.Roll {
		places = append(pdf.Signatures{giver}, places...)
	}
	doc.Body = append(doc.Body, pdf.Together{pdf.Text{Text: closing}, places})
	if doc.Size != pdf.Roll {
		doc.Body = append(doc.Body, hint)
	}
	return nil
}

// given lists the papers that came with the dossier, each file by its hash, so
// that nobody can say later that another one was handed in.
func given(v lang.Voice, k *dossier.Kind, files map[string][]dossier.File, size pdf.Size) []pdf.Block {
	var cells [][]string
	var items []string
	for _, p := range k.Papers {
		for _, f := range files[p.ID] {
			cells = append(cells, []string{strconv.Itoa(len(cells) + 1), v.Of(p.Name), grouped(f.Sum)})
			items = append(items, v.Of(p.Name)+"\n"+f.Sum[:min(16, len(f.Sum))]+"…")
		}
	}
	switch {
	case cells == nil:
		return []pdf.Block{pdf.Text{Text: v.T("paper.nopapers")}}
	case size == pdf.Roll:
		return []pdf.Block{pdf.List{Items: items}}
	}
	return []pdf.Block{pdf.Table{Head: []string{v.T("paper.no"), v.T("paper.name"), v.T("paper.hash")}, Widths: []float64{1, 4.4, 6.6}, Cells: cells}}
}

// grouped writes a hash on two lines so that two people can compare it by eye.
func grouped(sum string) string {
	var b strings.Builder
	for i := range len(sum) {
		switch {
		case i > 0 && i%32 == 0:
			b.WriteByte('\n')
		case i > 0 && i%8 == 0:
			b.WriteByte(' ')
		}
		b.WriteByte(sum[i])
	}
	return b.String()
}

// fee says what there is to pay, line by line.
func (s *sheet) fee() string {
	p, v := service(s.kind), s.voice
	var all []string
	if p != nil {
		for _, c := range p.Fee(procedure.CaseOf(s.Dossier)) {
			all = append(all, v.Of(c.Name)+": "+s.money(c.Amount))
		}
	}
	if all == nil {
		return v.T("paper.free")
	}
	return strings.Join(all, "\n")
}

func (s *sheet) money(amount int64) string {
	if amount == 0 {
		return lower(s.voice.T("paper.free"))
	}
	return s.voice.T("form.money", amount)
}

func (s *sheet) serviceName() string {
	name := s.voice.Of(s.kind.Title)
	if p := service(s.kind); p != nil {
		name += " (" + p.Code + ")"
	}
	return name
}

// answers is the form that was filled in, with all its answers as they stood.
func (s *sheet) answers(ctx context.Context, doc *pdf.Doc) error {
	v := s.voice
	doc.Size, doc.Title = pdf.A4, strings.ToUpper(v.T("paper.form", v.Of(s.kind.Title)))
	doc.Subtitle = v.T("paper.to", s.bodyName(s.Dossier, v))
	applicant, err := s.Book.Person(ctx, s.Applicant)
	if err != nil {
		return err
	}
	day := s.paper.Act.At.In(v.Zone).Format(time.DateOnly)
	doc.Body = Said(s.App, v, s.kind, s.filled(), s.papers(), s.Env(day, applicant, s.Org))
	declared := v.T("paper.declared")
	if p := service(s.kind); p != nil && len(p.Declare) > 0 {
		declared = v.Of(p.Declare)
	}
	doc.Body = append(doc.Body, pdf.Together{pdf.Text{Text: declared}, pdf.Text{Text: v.T("paper.filed", s.Name, moment(v, s.paper.Act.At)), Small: true},
		s.signed(strings.ToUpper(v.T("paper.receiver")))})
	return nil
}

// Said is what is asked with a dossier as it stands on a paper: the answers by
// section, then the papers enclosed.
func Said(a *kernel.App, v lang.Voice, k *dossier.Kind, answers form.Answers, papers map[string][]dossier.File, env form.Env) (all []pdf.Block) {
	for _, section := range opening(k).Shown(answers, env) {
		var rows pdf.Rows
		for _, page := range section.Pages {
			for _, q := range page.Fields {
				if text := form.Show(q, answers[q.Name], v, a.Country.UnitName); text != "" {
					rows = append(rows, pdf.Row{Label: v.Of(q.Label), Value: text})
				}
			}
		}
		if rows != nil {
			all = append(all, pdf.Heading(v.Of(section.Title)), rows)
		}
	}
	return append(append(all, pdf.Heading(v.T("paper.papers"))), given(v, k, papers, pdf.A4)...)
}

// filled are the applicant's answers after the paper's act.
func (s *sheet) filled() form.Answers {
	all := form.Answers{}
	for _, a := range s.Acts[:s.paper.Act.Version] {
		e := a.Entry
		if e.Open == nil && e.As != dossier.Applicant && e.As != dossier.Mandate && a.Act != "correct" && s.kind.Stands[e.From].Waits != clock.Supplement {
			continue // of officials
		}
		for name, x := range e.Answers {
			if all[name] = x; x == nil {
				delete(all, name)
			}
		}
	}
	return all
}

// result is the decision, laid out by Decree 30/2020/ND-CP.
func (s *sheet) result(doc *pdf.Doc) error {
	v, r, p := s.voice, s.paper.Act.Entry.Result, service(s.kind)
	doc.Size, doc.Title, doc.Number = pdf.A4, strings.ToUpper(resultTitle(v, s.kind)), v.T("paper.number", r.Number)
	if r.Version > 1 {
		doc.Subtitle = v.T("paper.again", r.Version)
	}
	var rows pdf.Rows
	if p == nil || len(p.Result.Lines) == 0 {
		rows = pdf.Rows{{Label: v.T("paper.applicant"), Value: s.Name}, {Label: v.T("paper.service"), Value: s.serviceName()}}
	}
	lines, err := s.Decision(v, s.Dossier, s.kind)
	if err != nil {
		return err
	}
	for _, l := range lines {
		rows = append(rows, pdf.Row{Label: v.Of(l.Label), Value: l.Value})
	}
	if last := s.paper.Last(s.kind); last != "" {
		rows = append(rows, pdf.Row{Label: v.T("paper.valid"), Value: v.T("paper.valid.until", date(last))})
	}
	end := pdf.Together{s.signed(s.capacity()...), pdf.Text{Text: v.T("paper.dossier", s.Code) + ". " + v.T("paper.check", plainURL(s.URL)), Small: true}}
	if p != nil && len(p.Result.Text) > 0 {
		end = append(pdf.Together{pdf.Text{Text: v.Of(p.Result.Text)}}, end...)
	}
	doc.Body = []pdf.Block{rows, end}
	return nil
}

// capacity is in what capacity the result is signed (Decree 30/2020/ND-CP,
// annex I: for a committee, in place of the head, or as the head).
func (s *sheet) capacity() (lines []string) {
	v := s.voice
	b, _ := s.Country.Body(s.Body)
	if key := "paper.capacity." + b.Level; s.Texts.Has(key) {
		lines = append(lines, strings.ToUpper(v.T(key, v.Of(b.Name))))
	}
	role := Role(v, s.paper.Act)
	if s.paper.Act.Entry.For != 0 {
		role = v.T("paper.capacity.for", role)
	}
	return append(lines, strings.ToUpper(role))
}

// date writes a stored date as people do.
func date(s string) string {
	t, err := time.Parse(time.DateOnly, s)
	if err != nil {
		return s
	}
	return t.Format("02/01/2006")
}

// letter says what is missing, why not, why later or why no more, with the
// ground in law.
func (s *sheet) letter(doc *pdf.Doc) {
	v := s.voice
	intro, closing := s.words()
	var items []string
	for _, r := range s.paper.Act.Entry.Reasons {
		text := said(kernel.About(v, s.kind, r.Ref), r.Text)
		if r.Fix != "" {
			text += "\n" + v.T("paper.fix", r.Fix)
		}
		if law := s.law(r.Ref); law != "" {
			text += "\n" + v.T("paper.law", law)
		}
		items = append(items, text)
	}
	if items == nil { // time itself did it
		items = []string{v.T("paper.lapsed", moment(v, s.asked()))}
	}
	capacity := []string{strings.ToUpper(v.T("paper.receiver"))}
	if s.paper.Sort == Apology {
		capacity = s.capacity()
	}
	foot := v.T("paper.check", plainURL(s.URL))
	if s.Help != "" {
		foot = v.T("paper.help", s.Help) + " " + foot
	}
	doc.Body = []pdf.Block{pdf.Text{Text: v.T("paper.dear", s.Name), Bold: true}, pdf.Text{Text: intro}, pdf.List{Items: items},
		pdf.Together{pdf.Text{Text: closing}, s.signed(capacity...), pdf.Text{Text: foot, Small: true}}}
}

// asked is when the state that the paper's act ended had begun.
func (s *sheet) asked() (t time.Time) {
	for _, a := range s.Acts[:s.paper.Act.Version-1] {
		if Moves(a) {
			t = a.At
		}
	}
	return t
}

// said is a reason after what it is about, which may be a question or a sentence.
func said(about, text string) string {
	switch {
	case about == "":
		return text
	case strings.ContainsAny(about[len(about)-1:], ".?!:"):
		return about + " " + text
	}
	return about + ": " + text
}

// law is the place in law that a ground of refusal rests on.
func (s *sheet) law(ref string) string {
	p := service(s.kind)
	if p == nil {
		return ""
	}
	for _, g := range p.Refusals {
		if g.ID != ref {
			continue
		}
		act, article, ok := s.Pack.Law.Cited(g.Law)
		if !ok {
			return g.Law
		}
		return lang.Text(act.Title).In(s.voice.Lang) + " " + act.Number + ", " + article
	}
	return ""
}

// plainURL is an address as it is read out.
func plainURL(s string) string {
	_, rest, ok := strings.Cut(s, "://")
	if !ok {
		return s
	}
	return rest
}
