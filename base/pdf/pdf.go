// Package pdf makes the papers a body hands out: receipts, letters, forms
// with their answers, as PDF pages that print well.
//
// A Doc says what stands on the paper, never where: margins, wrapping, page
// breaks and repeated table heads are decided here. The texts arrive in the
// reader's language. The same Doc with the same fonts gives the same bytes,
// so a paper made again has the hash it had before.
package pdf

import (
	"bytes"
	"crypto/fips140"
	"fmt"
	"time"

	"codeberg.org/go-pdf/fpdf"
)

// A Size is the sheet a Doc is made for.
type Size string

// The sheets. Margins of A4 follow Decree 30/2020/ND-CP, annex I; receipts
// are A5 (Circular 01/2018/TT-VPCP); Roll is the 80 mm paper of a counter's
// printer, one page as long as its content.
const (
	A4   Size = "A4"
	Wide Size = "A4 wide" // registers lie on their side
	A5   Size = "A5"
	Roll Size = "80mm"
)

// A Doc is one paper.
type Doc struct {
	Size        Size
	Lang        string // BCP 47, for readers that speak the page
	Left, Right []Line // heads of the page: the issuing body; the State and its motto. A rule closes each.
	Mark        QR     // in the upper left corner, before Left; on a roll under the title, with its lines
	Form        string // small above Right: which official form it is
	Number      string // under Left: number and notation
	Place       string // under Right: place and date
	Title       string
	Subtitle    string
	Body        []Block
	Watermark   string // pale, across every page, such as DEMO
	Code        string // left foot of every page
	Page        string // right foot: {0} is the page, {1} the number of pages; not on Roll

	Subject, Author, Keywords, Creator string
	At                                 time.Time // date of creation; given in, so that the bytes can be repeated
}

// A Line is one line of a head or of a signature place.
type Line struct {
	Text string
	Bold bool
}

// Fonts are TrueType files whose glyphs cover the texts. Without them the
// core Helvetica is used and marks are dropped: readable, but only a stopgap.
type Fonts struct{ Regular, Bold []byte }

// A Block is one part of the body: Text, Heading, List, Rows, Table, QR, Signatures, Together or Gap.
type Block interface{ draw(p *page) }

const maxPages = 500

// ErrLong is a document that does not end: more pages than maxPages, or a table
// whose head alone fills a page.
var ErrLong = fmt.Errorf("more than %d pages", maxPages)

// Make draws d. The error names what does not fit or which font cannot be read.
func Make(d Doc, f Fonts) (out []byte, err error) {
	// The library names fonts by SHA-1, which nothing rests on; so papers are made
	// even where only approved algorithms are enforced (FIPS 140-3).
	fips140.WithoutEnforcement(func() { out, err = draw(d, f) })
	return out, err
}

func draw(d Doc, f Fonts) (out []byte, err error) {
	s, ok := styles[d.Size]
	if !ok {
		return nil, fmt.Errorf("pdf %q: size %q is not known", d.Title, d.Size)
	}
	for _, font := range [][]byte{f.Regular, f.Bold} {
		if font != nil && !bytes.HasPrefix(font, []byte{0, 1, 0, 0}) && !bytes.HasPrefix(font, []byte("true")) {
			return nil, fmt.Errorf("pdf %q: the font is not TrueType", d.Title)
		}
	}
	// The font reader below trusts its input; a bad font must not take the program down.
	defer func() {
		if r := recover(); r != nil {
			out, err = nil, fmt.Errorf("pdf %q: %v", d.Title, r)
		}
	}()

	p := &page{doc: d, style: s, plain: f.Regular == nil}
	p.open(f)
	p.dry = true
	p.run()
	if p.n > maxPages {
		return nil, fmt.Errorf("pdf %q: %w", d.Title, ErrLong)
	}
	of, end := p.n, p.y
	if d.Size == Roll {
		s.h = end + s.bottom
	}
	p.style, p.of, p.dry = s, of, false
	p.run()

	var b bytes.Buffer
	if err := p.f.Output(&b); err != nil {
		return nil, fmt.Errorf("pdf %q: %w", d.Title, err)
	}
	return b.Bytes(), nil
}

// open makes the empty file with its fonts and what it says about itself.
func (p *page) open(f Fonts) {
	p.f = fpdf.NewCustom(&fpdf.InitType{UnitStr: "mm", Size: fpdf.SizeType{Wd: p.w, Ht: p.h}})
	p.f.SetMargins(0, 0, 0)
	p.f.SetAutoPageBreak(false, 0)
	p.f.SetCatalogSort(true)
	p.f.SetCreationDate(p.doc.At.UTC())
	p.f.SetModificationDate(p.doc.At.UTC())
	p.f.SetProducer("motcua", true)
	p.f.SetLang(p.doc.Lang)
	p.f.SetTitle(clean(p.doc.Title), true)
	p.f.SetSubject(clean(p.doc.Subject), true)
	p.f.SetAuthor(clean(p.doc.Author), true)
	p.f.SetKeywords(clean(p.doc.Keywords), true)
	p.f.SetCreator(clean(p.doc.Creator), true)
	p.family = "Helvetica"
	if !p.plain {
		p.family = "body"
		bold := f.Bold
		if bold == nil {
			bold = f.Regular
		}
		p.f.AddUTF8FontFromBytes(p.family, "", f.Regular)
		p.f.AddUTF8FontFromBytes(p.family, "B", bold)
	}
}

// run lays the whole document out once: dry to learn the number of pages and
// the length of a roll, then for good.
func (p *page) run() {
	p.n, p.again = 0, nil
	p.next()
	p.heads()
	p.title()
	for _, b := range p.doc.Body {
		if b != nil {
			b.draw(p)
		}
	}
	if !p.dry {
		p.foot()
	}
}

// heads draws the issuing body on the left and the State on the right, as
// official letters have them; on a roll one under the other.
func (p *page) heads() {
	d := p.doc
	if len(d.Left)+len(d.Right) == 0 {
		return
	}
	if d.Size == Roll {
		p.centred(p.left, p.inner(), d.Left)
		p.y += p.em()
		return
	}
	top, from := p.y, p.left
	if d.Form != "" {
		size := p.pt * 0.82
		p.y -= size * mm * 1.5
		p.text(p.w-p.right-p.width(d.Form, false, size), d.Form, false, size, grey)
		p.y = top
	}
	low := top
	if d.Mark.Modules != nil {
		side := p.side(d.Mark)
		p.modules(d.Mark.Modules, p.left, side)
		from, low = p.left+side+1.5, top+side
	}
	split := from + (p.w-p.right-from)*0.41
	p.centred(from, split-from, d.Left)
	if d.Number != "" {
		if p.width(d.Number, false, p.pt) > split-from-2 { // a long one has the corner's whole width
			p.y, from = max(low, p.y), p.left
		}
		p.y += p.em() * 0.5
		p.column(from, split-from, []Line{{Text: d.Number}})
	}
	low = max(low, p.y)
	p.y = top
	p.centred(split, p.w-p.right-split, d.Right)
	if d.Place != "" {
		p.y += p.em() * 0.5
		p.column(split, p.w-p.right-split, []Line{{Text: d.Place}})
	}
	p.y = max(p.y, low) + p.em()*1.2
}

// centred draws lines in the middle of a column and a short rule under them.
func (p *page) centred(x, w float64, lines []Line) {
	if len(lines) == 0 {
		return
	}
	rule := min(p.column(x, w, lines)*0.5, w*0.4)
	p.line(x+(w-rule)/2, p.y+0.6, x+(w+rule)/2, p.y+0.6, ink, 0.25)
	p.y += 1.4
}

// column draws lines in the middle of a column; it says how wide the last one
// is. A line that is only a little too wide is set smaller rather than broken.
func (p *page) column(x, w float64, lines []Line) (last float64) {
	for _, l := range lines {
		size := p.pt
		if fit := (w - 2) / p.width(l.Text, l.Bold, size); fit > 0.82 && fit < 1 {
			size *= fit * 0.999
		}
		for _, s := range p.balance(l.Text, w-2, l.Bold, size) {
			last = p.width(s, l.Bold, size)
			p.text(x+(w-last)/2, s, l.Bold, size, ink)
			p.y += p.lh()
		}
	}
	return last
}

func (p *page) title() {
	for _, t := range []struct {
		text string
		bold bool
		pt   float64
		ink  colour
	}{{p.doc.Title, true, p.pt * 1.45, ink}, {p.doc.Subtitle, false, p.pt, grey}} {
		if t.text == "" {
			continue
		}
		for _, s := range p.balance(t.text, p.inner(), t.bold, t.pt) {
			p.text(p.left+(p.inner()-p.width(s, t.bold, t.pt))/2, s, t.bold, t.pt, t.ink)
			p.y += t.pt * mm * 1.3
		}
		p.y += p.em() * 0.2
	}
	p.y += p.em() * 0.8
	if d := p.doc; d.Size == Roll && d.Mark.Modules != nil {
		d.Mark.draw(p)
	}
}
