package pdf

import (
	"strconv"
)

// Text is a paragraph. Line breaks in it are kept.
type Text struct {
	Text   string
	Bold   bool
	Small  bool
	Centre bool
}

// Heading opens a part; it never stands alone at the foot of a page.
type Heading string

// List is numbered from 1, or from From.
type List struct {
	Items []string
	From  int
}

// A Row is a label and what stands for it.
type Row struct {
	Label, Value string
	Bold         bool // of the value
}

// Rows are labels on the left, values on the right; on a roll one under the other.
type Rows []Row

// Table has a head that is repeated on each page.
type Table struct {
	Head   []string
	Widths []float64 // shares of the width; nil: equal
	Cells  [][]string
	Grid   bool // lines around every cell, as the registers of offices have them
	Small  bool
}

// QR is a code given as its modules (true is black) with lines beside it.
type QR struct {
	Modules [][]bool
	Side    float64 // millimetres; 0: as suits the sheet
	Lines   []Line
}

// Signatures are places to sign: one stands on the right, two side by side.
type Signatures []Place

// A Place is where one person signs. With Stamp the paper is signed
// digitally and the lines of Stamp say so in a frame; without, room is left for a pen.
type Place struct {
	Lines []Line // capacity and post, such as "On behalf of …"
	Stamp []string
	Plain bool // the frame of Stamp is no signature: grey
	Name  string
}

// Gap is empty room in millimetres.
type Gap float64

func (t Text) draw(p *page) {
	size, c := p.pt, ink
	if t.Small {
		size, c = p.pt*0.85, grey
	}
	lh := size * mm * 1.42
	lines := p.wrap(t.Text, p.inner(), t.Bold, size)
	p.need(min(float64(len(lines)), 2) * lh)
	for _, s := range lines {
		p.need(lh)
		x := p.left
		if t.Centre {
			x += (p.inner() - p.width(s, t.Bold, size)) / 2
		}
		p.text(x, s, t.Bold, size, c)
		p.y += lh
	}
	p.y += p.em() * 0.45
}

func (h Heading) draw(p *page) {
	size := p.pt * 1.12
	lines := p.wrap(string(h), p.inner(), true, size)
	p.need(float64(len(lines))*size*mm*1.35 + 4*p.lh())
	if p.y > p.top {
		p.y += p.em() * 0.9
	}
	for _, s := range lines {
		p.text(p.left, s, true, size, ink)
		p.y += size * mm * 1.35
	}
	p.y += p.em() * 0.35
}

func (l List) draw(p *page) {
	from := max(l.From, 1)
	indent := p.width(strconv.Itoa(from+len(l.Items))+". ", false, p.pt) + p.em()*0.3
	for i, item := range l.Items {
		p.cells([]cell{
			{p.left, []string{strconv.Itoa(from+i) + "."}, false, ink},
			{p.left + indent, p.wrap(item, p.inner()-indent, false, p.pt), false, ink},
		}, 0, 0.25)
	}
	p.y += p.em() * 0.4
}

func (r Rows) draw(p *page) {
	for _, row := range r {
		if p.doc.Size == Roll {
			p.cells([]cell{{p.left, p.wrap(row.Label, p.inner(), false, p.pt), false, grey}}, 0, 0)
			p.cells([]cell{{p.left, p.wrap(row.Value, p.inner(), true, p.pt), true, ink}}, 0, 0.35)
			continue
		}
		split := p.inner() * 0.36
		p.cells([]cell{
			{p.left, p.wrap(row.Label, split-3, false, p.pt), false, grey},
			{p.left + split, p.wrap(row.Value, p.inner()-split, row.Bold, p.pt), row.Bold, ink},
		}, 0.3, 0.3)
		p.line(p.left, p.y, p.w-p.right, p.y, hair, 0.12)
	}
	p.y += p.em() * 0.5
}

func (t Table) draw(p *page) {
	const pad = 1.6
	size := p.pt * 0.95
	if t.Small {
		size = p.pt * 0.86
	}
	share, total := t.Widths, 0.0
	if len(share) < len(t.Head) {
		share = make([]float64, len(t.Head))
		for i := range share {
			share[i] = 1
		}
	}
	for i := range t.Head {
		total += share[i]
	}
	row := func(texts []string, bold bool) (cells []cell) {
		x := p.left
		for i := range t.Head {
			w := p.inner() * share[i] / total
			if i < len(texts) {
				cells = append(cells, cell{x + pad, p.wrap(texts[i], w-2*pad, bold, size), bold, ink})
			}
			x += w
		}
		return cells
	}
	var edges []float64
	if t.Grid {
		x := p.left
		for i := range t.Head {
			edges = append(edges, x)
			x += p.inner() * share[i] / total
		}
		edges = append(edges, x)
	}
	old := p.pt
	p.pt = size
	defer func() { p.pt = old }()
	head := func() {
		cells := row(t.Head, true)
		h := tall(cells)*p.lh() + p.em()*0.7
		p.fill(p.left, p.y, p.inner(), h, tint)
		if t.Grid {
			p.line(p.left, p.y, p.w-p.right, p.y, grey, 0.2)
		}
		p.edges = edges
		p.cells(cells, 0.35, 0.35)
		p.line(p.left, p.y, p.w-p.right, p.y, grey, 0.2)
	}
	p.need(6 * p.lh())
	head()
	p.again = head
	for _, texts := range t.Cells {
		p.cells(row(texts, false), 0.3, 0.3)
		if t.Grid {
			p.line(p.left, p.y, p.w-p.right, p.y, grey, 0.12)
		} else {
			p.line(p.left, p.y, p.w-p.right, p.y, hair, 0.12)
		}
	}
	p.again, p.edges = nil, nil
	p.y += p.em() * 0.7
}

func (g Gap) draw(p *page) { p.y += float64(g) }

// A cell is wrapped text whose left edge is x.
type cell struct {
	x     float64
	lines []string
	bold  bool
	ink   colour
}

// tall is the number of lines of the tallest cell.
func tall(cells []cell) float64 {
	n := 0
	for _, c := range cells {
		n = max(n, len(c.lines))
	}
	return float64(n)
}

// cells draws cells side by side with ems of room above and below. They stay
// together on a page unless they are taller than a third of it.
func (p *page) cells(cells []cell, above, below float64) {
	n := tall(cells)
	above *= p.em()
	if h := n * p.lh(); h < p.height()/3 {
		p.need(above + h)
	} else {
		p.need(above + 3*p.lh())
	}
	p.fall(above)
	for i := range int(n) {
		p.need(p.lh())
		for _, c := range cells {
			if i < len(c.lines) {
				p.text(c.x, c.lines[i], c.bold, p.pt, c.ink)
			}
		}
		p.fall(p.lh())
	}
	p.fall(p.em() * below)
}

// fall goes down by h along the lines between cells.
func (p *page) fall(h float64) {
	for _, x := range p.edges {
		p.line(x, p.y, x, p.y+h, grey, 0.12)
	}
	p.y += h
}
