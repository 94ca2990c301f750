package pdf

// side is how wide the code is drawn.
func (p *page) side(q QR) float64 {
	switch {
	case q.Side > 0:
		return q.Side
	case p.doc.Size == Roll:
		return 46
	case p.doc.Size == A5:
		return 22
	}
	return 26
}

func (q QR) draw(p *page) {
	side := p.side(q)
	if p.doc.Size == Roll {
		p.need(side)
		p.modules(q.Modules, p.left+(p.inner()-side)/2, side)
		p.y += side + p.em()*0.6
		p.column(p.left, p.inner(), q.Lines)
		p.y += p.em() * 0.6
		return
	}
	var cells []cell
	for _, l := range q.Lines {
		c := grey
		if l.Bold {
			c = ink
		}
		cells = append(cells, cell{p.left + side + 6, p.wrap(l.Text, p.inner()-side-6, l.Bold, p.pt), l.Bold, c})
	}
	lines := 0.0
	for _, c := range cells {
		lines += float64(len(c.lines))
	}
	h := max(side, lines*p.lh())
	p.need(h + p.em())
	p.y += p.em() * 0.4
	top := p.y
	p.modules(q.Modules, p.left, side)
	p.y += (h - lines*p.lh()) / 2
	for _, c := range cells {
		p.cells([]cell{c}, 0, 0)
	}
	p.y = top + h + p.em()*0.6
}

// modules draws the black ones, each run of a line as one rectangle a hair
// taller than its line, so that no white seam shows between lines.
func (p *page) modules(m [][]bool, x, side float64) {
	if len(m) == 0 {
		return
	}
	quiet := 1.0
	u := side / (float64(len(m)) + 2*quiet)
	p.fill(x, p.y, side, side, colour{255, 255, 255})
	for r, row := range m {
		for c := 0; c < len(row); c++ {
			from := c
			for c < len(row) && row[c] {
				c++
			}
			if c > from {
				p.fill(x+(quiet+float64(from))*u, p.y+(quiet+float64(r))*u, float64(c-from)*u, u*1.02, colour{0, 0, 0})
			}
		}
	}
}

// pen is the room left for a signature by hand.
const pen = 20

func (s Signatures) draw(p *page) {
	if len(s) == 0 {
		return
	}
	n := max(len(s), 2)
	if p.doc.Size == Roll {
		n = 1
	}
	w := p.inner() / float64(n)
	tallest := 0.0
	for _, place := range s {
		tallest = max(tallest, p.measure(func() { place.at(p, p.left, w) }))
	}
	p.y += p.em() * 0.8
	p.need(tallest)
	top, low := p.y, p.y
	for i, place := range s {
		x := p.left + w*float64(i)
		if n == 1 {
			x, top = p.left, p.y
		} else if len(s) == 1 {
			x = p.left + w
		}
		p.y = top
		place.at(p, x, w)
		low = max(low, p.y)
	}
	p.y = low + p.em()*0.5
}

// measure is how far down draw would come.
func (p *page) measure(draw func()) float64 {
	y, dry := p.y, p.dry
	p.dry = true
	draw()
	h := p.y - y
	p.y, p.dry = y, dry
	return h
}

func (s Place) at(p *page, x, w float64) {
	p.column(x, w, s.Lines)
	if len(s.Stamp) == 0 {
		p.y += pen
	} else {
		p.stamp(s, x, w)
	}
	p.column(x, w, []Line{{s.Name, true}})
}

// stamp is the frame that says who signed digitally.
func (p *page) stamp(s Place, x, w float64) {
	const pad = 2.2
	ink := seal
	if s.Plain {
		ink = grey
	}
	size := p.pt * 0.85
	lh := size * mm * 1.4
	box := min(w-4, 78)
	x += (w - box) / 2
	p.y += p.em() * 0.7
	top := p.y
	p.y += pad
	for i, l := range s.Stamp {
		for _, s := range p.wrap(l, box-2*pad-1.2, i == 0, size) {
			p.text(x+pad+1.2, s, i == 0, size, ink)
			p.y += lh
		}
	}
	p.y += pad * 0.7
	p.fill(x, top, 0.9, p.y-top, ink)
	for _, l := range [][4]float64{{x, top, x + box, top}, {x + box, top, x + box, p.y}, {x, p.y, x + box, p.y}} {
		p.line(l[0], l[1], l[2], l[3], ink, 0.2)
	}
	p.y += p.em() * 0.7
}

// seal is the deep red of a stamp.
var seal = colour{150, 28, 34}
