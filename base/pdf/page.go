package pdf

import (
	"strconv"
	"strings"

	"codeberg.org/go-pdf/fpdf"
)

// mm is one point in millimetres; all lengths here are millimetres, font sizes points.
const mm = 25.4 / 72

type style struct {
	w, h                     float64
	top, right, bottom, left float64
	pt                       float64 // size of running text
}

var styles = map[Size]style{
	A4:   {210, 297, 20, 18, 20, 28, 10.5},
	Wide: {297, 210, 18, 15, 15, 18, 9.5},
	A5:   {148, 210, 12, 12, 14, 15, 8.5},
	Roll: {80, 4000, 5, 5, 6, 5, 8.5},
}

type colour [3]int

var (
	ink  = colour{24, 24, 27}
	grey = colour{96, 96, 104}
	hair = colour{205, 205, 210}
	pale = colour{240, 233, 231}
	tint = colour{244, 244, 246}
)

// A page is the sheet being drawn and how far down it is full.
type page struct {
	style
	doc    Doc
	f      *fpdf.Fpdf
	family string
	plain  bool      // core font: no marks
	dry    bool      // only measuring: nothing reaches the file
	n, of  int       // this page, of how many
	y      float64   // top of what comes next
	again  func()    // drawn at the top of each further page: the head of a table
	edges  []float64 // where the lines between a table's columns stand
}

// base is the size of running text outside tables.
func (p *page) base() float64 { return styles[p.doc.Size].pt }

func (p *page) inner() float64  { return p.w - p.left - p.right }
func (p *page) em() float64     { return p.pt * mm }
func (p *page) lh() float64     { return p.em() * 1.42 }
func (p *page) low() float64    { return p.h - p.bottom } // nothing of the body stands below
func (p *page) height() float64 { return p.low() - p.top }

// next begins a page.
func (p *page) next() {
	if p.n > maxPages {
		return
	}
	if p.n > 0 && !p.dry {
		p.foot()
	}
	p.n++
	p.y = p.top
	if !p.dry {
		p.f.AddPageFormat("P", fpdf.SizeType{Wd: p.w, Ht: p.h})
		p.watermark()
	}
	if p.again != nil {
		p.again()
	}
}

// need begins a page when h no longer fits on this one but would on an empty one.
func (p *page) need(h float64) {
	if p.y+h > p.low() && p.y > p.top && h <= p.height() {
		p.next()
	}
}

// foot draws code, watermark in plain letters, and page number.
func (p *page) foot() {
	if p.doc.Size == Roll {
		return
	}
	y, size := p.y, p.base()*0.8
	p.y = p.h - p.bottom*0.62
	p.line(p.left, p.y-1.6, p.w-p.right, p.y-1.6, hair, 0.15)
	p.text(p.left, p.doc.Code, false, size, grey)
	// The watermark is too pale and too slanted for a fax or a screen reader.
	p.text((p.w-p.width(p.doc.Watermark, true, size))/2, p.doc.Watermark, true, size, grey)
	s := strings.NewReplacer("{0}", strconv.Itoa(p.n), "{1}", strconv.Itoa(p.of)).Replace(p.doc.Page)
	p.text(p.w-p.right-p.width(s, false, size), s, false, size, grey)
	p.y = y
}

// watermark lies under everything else.
func (p *page) watermark() {
	if p.doc.Watermark == "" {
		return
	}
	size := p.base() * 11
	if w := p.width(p.doc.Watermark, true, size); w > p.w*0.8 {
		size *= p.w * 0.8 / w
	}
	// A roll is long: the word is repeated, so that every torn-off piece shows it.
	step := p.h
	if p.doc.Size == Roll {
		step = 90
	}
	for mid := min(step, p.h) / 2; mid < p.h; mid += step {
		w := p.width(p.doc.Watermark, true, size)
		p.f.TransformBegin()
		p.f.TransformRotate(38, p.w/2, mid)
		p.y = mid - size*mm/2
		p.text((p.w-w)/2, p.doc.Watermark, true, size, pale)
		p.f.TransformEnd()
	}
	p.y = p.top
}

// text draws one line whose top is y.
func (p *page) text(x float64, s string, bold bool, pt float64, c colour) {
	if p.dry || s == "" {
		return
	}
	p.font(bold, pt)
	p.f.SetTextColor(c[0], c[1], c[2])
	p.f.Text(x, p.y+pt*mm*1.02, p.glyphs(s))
}

func (p *page) line(x1, y1, x2, y2 float64, c colour, w float64) {
	if p.dry {
		return
	}
	p.f.SetDrawColor(c[0], c[1], c[2])
	p.f.SetLineWidth(w)
	p.f.Line(x1, y1, x2, y2)
}

func (p *page) fill(x, y, w, h float64, c colour) {
	if p.dry {
		return
	}
	p.f.SetFillColor(c[0], c[1], c[2])
	p.f.Rect(x, y, w, h, "F")
}

func (p *page) font(bold bool, pt float64) {
	face := ""
	if bold {
		face = "B"
	}
	p.f.SetFont(p.family, face, pt)
}

func (p *page) width(s string, bold bool, pt float64) float64 {
	p.font(bold, pt)
	return p.f.GetStringWidth(p.glyphs(s))
}
