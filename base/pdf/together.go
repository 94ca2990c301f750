package pdf

// Together keeps its parts on one page, so that no signature stands alone on
// the last. Parts that are longer than a page flow as usual.
type Together []Block

func (t Together) draw(p *page) {
	n, y, dry := p.n, p.y, p.dry
	p.y, p.dry = p.top, true // measured on an empty page
	for _, b := range t {
		b.draw(p)
	}
	h, fits := p.y-p.top, p.n == n
	p.n, p.y, p.dry = n, y, dry
	if fits {
		p.need(h)
	}
	for _, b := range t {
		b.draw(p)
	}
}
