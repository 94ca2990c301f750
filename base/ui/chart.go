package ui

import (
	"context"
	"io"
	"strconv"
	"strings"
)

// A Chart is a figure in words: what it shows and what one sees in it.
type Chart struct {
	Title string // seen above it
	About string // a second line: unit, period
	Desc  string // what one sees, in a sentence, for who does not see it
	Quiet bool   // the title is said already by a heading above
}

// A Bar is one line of Bars.
type Bar struct {
	Label string
	Value float64
	Text  string // the value in words
	Tone  Tone
	Href  string // where the figure comes from
}

// Bars compare values, side by side under one another.
type Bars struct {
	Chart
	Bars   []Bar
	From   float64 // where the bars begin
	To     float64 // where they end; 0 is the largest value
	Target float64 // a line across; 0 has none
	Aim    string  // the target in words
}

func (b Bars) Render(ctx context.Context, w io.Writer) error { return b.view().Render(ctx, w) }

func (b Bars) end() float64 {
	to := b.To
	if to == 0 {
		for _, x := range b.Bars {
			to = max(to, x.Value)
		}
	}
	return to
}

// length is how far v reaches, in hundredths of the width.
func (b Bars) length(v float64) string { return px(100 * share(v, b.From, b.end())) }

// A Point is one value of a series.
type Point struct {
	Label string
	Value float64
	Text  string // the value in words
}

// A Mark is a value named at the side.
type Mark struct {
	Value float64
	Text  string
}

// Series is how one figure went over time, as a line, with Area a filled one.
type Series struct {
	Chart
	Points []Point
	Scale  []Mark // evenly spaced, from the lowest to the highest shown
	Area   bool
	Target float64 // a dashed line; 0 has none
	Aim    string  // the target in words
	Heads  [2]string
}

func (s Series) Render(ctx context.Context, w io.Writer) error { return s.view().Render(ctx, w) }

// y is where v stands in a field 100 high.
func (s Series) y(v float64) string {
	return px(100 - 100*share(v, s.Scale[0].Value, s.Scale[len(s.Scale)-1].Value))
}

func (s Series) x(i int) string { return px(100 * float64(i) / float64(max(len(s.Points)-1, 1))) }

func (s Series) path() string {
	var b strings.Builder
	for i, p := range s.Points {
		b.WriteString(map[bool]string{true: "M", false: "L"}[i == 0])
		b.WriteString(s.x(i) + " " + s.y(p.Value))
	}
	return b.String()
}

func (s Series) table(ctx context.Context) Table {
	b := Table{Caption: s.Title, Columns: []Column{{Title: s.Heads[0]}, {Title: s.Heads[1], Right: true}}}
	for _, p := range s.Points {
		b.Rows = append(b.Rows, Row{Cells: []Cell{{Text: p.Label}, {Text: p.Text, Num: true}}})
	}
	return b
}

// A Spark is a series without words, beside a figure that has them.
type Spark []float64

func (s Spark) Render(ctx context.Context, w io.Writer) error { return s.view().Render(ctx, w) }

func (s Spark) path() string {
	low, high := s[0], s[0]
	for _, v := range s {
		low, high = min(low, v), max(high, v)
	}
	var b strings.Builder
	for i, v := range s {
		b.WriteString(map[bool]string{true: "M", false: "L"}[i == 0])
		b.WriteString(px(100*float64(i)/float64(max(len(s)-1, 1))) + " " + px(22-20*share(v, low, high)))
	}
	return b.String()
}

// A KPI is one figure on which work is judged.
type KPI struct {
	Label string
	Value string
	Href  string
	Spark Spark
	State State
}

// KPIs stand in a row.
type KPIs []KPI

func (k KPIs) Render(ctx context.Context, w io.Writer) error { return k.view().Render(ctx, w) }

// A Heat is one field of a grid: 1 is bad, 5 is good, 0 is not known.
type Heat struct {
	Bin  int
	Text string // short: a sign or a figure
	Say  string // what it means
	Href string
}

// A HeatRow is one body over all periods.
type HeatRow struct {
	Label string
	Cells []Heat
}

// A HeatGrid shows who did what when.
type HeatGrid struct {
	Chart
	Corner  string // head of the first column
	Columns []string
	Rows    []HeatRow
	Legend  []Heat
}

func (h HeatGrid) Render(ctx context.Context, w io.Writer) error { return h.view().Render(ctx, w) }

// A Place is one tile of a map.
type Place struct {
	Name  string
	Short string // a few letters, for phones
	Bin   int    // 1 is bad, 5 is good, 0 is not known
	Text  string // the value in words
	Href  string
}

// A TileMap is a country as equal tiles, each about where it lies.
type TileMap struct {
	Chart
	// Layout is the rows from north to south, with | between rows and one key or
	// .. for each column, as in "12 10 .. 04|11 15 08 06".
	Layout string
	Places map[string]Place // by key
	Notes  []MapNote
	Legend []Heat
	Heads  [2]string
	Skip   string // words of the link past the map; the table stands below
	ID     string // makes the table a place to link to
}

// A MapNote names what has no figure of its own, such as an archipelago.
type MapNote struct {
	Row, Column int // from 0
	Name, Under string
}

func (m TileMap) Render(ctx context.Context, w io.Writer) error { return m.view().Render(ctx, w) }

// A tile is a place with its left upper corner.
type tile struct {
	Place
	x, y int
}

const tileWidth, tileHeight, tileGap = 76, 38, 3

func corner(row, column int) (x, y int) {
	return 2 + column*(tileWidth+tileGap), 2 + row*(tileHeight+tileGap)
}

func (m TileMap) tiles() (all []tile, box string) {
	columns, rows := 0, strings.Split(m.Layout, "|")
	for r, line := range rows {
		for c, key := range strings.Fields(line) {
			columns = max(columns, c+1)
			if p, ok := m.Places[key]; ok {
				x, y := corner(r, c)
				all = append(all, tile{p, x, y})
			}
		}
	}
	w, h := corner(len(rows), columns)
	return all, "0 0 " + strconv.Itoa(w) + " " + strconv.Itoa(h)
}

func (m TileMap) table() Table {
	b := Table{Caption: m.Title, Columns: []Column{{Title: m.Heads[0]}, {Title: m.Heads[1], Right: true}}}
	all, _ := m.tiles()
	for _, p := range all {
		b.Rows = append(b.Rows, Row{Cells: []Cell{{Text: p.Name, Href: p.Href}, {Text: p.Text, Num: true}}})
	}
	return b
}

// A Span is a stretch of time, in parts of the whole: 0 is the start, 1 the end.
type Span struct {
	Label      string
	Start, End float64
	Due        float64 // when it had to be over; 0 is not said
	Text       string  // the stretch in words
	Tone       Tone
}

// A Timeline shows what took how long, one under the other.
type Timeline struct {
	Chart
	Spans []Span
	Heads [3]string // what, when, how long
}

func (l Timeline) Render(ctx context.Context, w io.Writer) error { return l.view().Render(ctx, w) }

// share is how far v is on the way from low to high, between 0 and 1.
func share(v, low, high float64) float64 {
	if high <= low {
		return 0
	}
	return min(max((v-low)/(high-low), 0), 1)
}

// px writes a length with at most one place after the point.
func px(f float64) string {
	return strings.TrimSuffix(strconv.FormatFloat(f, 'f', 1, 64), ".0")
}

// barClass colours a bar.
func barClass(t Tone) string {
	return join("bar", map[Tone]string{Good: "hi", Soon: "mid", Bad: "lo"}[t])
}

func bin(n int) string { return "b" + strconv.Itoa(n) }

// Stacks compare wholes and what they are made of, under one another: one
// measure, the longest as wide as there is room.
type Stacks struct {
	Chart
	Parts []string // what the wholes are made of, in the order of their colours; at most seven
	Rows  []Stack
	Heads [2]string // of the rows, and of the wholes
}

// A Stack is one whole.
type Stack struct {
	Label string
	Href  string
	Parts []float64
	Said  []string // the parts in words
	Text  string   // the whole in words
}

func (s Stacks) Render(ctx context.Context, w io.Writer) error { return s.view().Render(ctx, w) }

func (s Stack) sum() (sum float64) {
	for _, v := range s.Parts {
		sum += v
	}
	return sum
}

func (s Stacks) longest() (most float64) {
	for _, r := range s.Rows {
		most = max(most, r.sum())
	}
	return most
}

// piece is where part i of a row begins and how wide it is, in hundredths of the longest.
func (s Stacks) piece(r Stack, i int) (x, width string) {
	before := Stack{Parts: r.Parts[:i]}.sum()
	return px(100 * share(before, 0, s.longest())), px(100 * share(r.Parts[i], 0, s.longest()))
}

func (s Stacks) table() Table {
	b := Table{Caption: s.Title, Scroll: true, Columns: []Column{{Title: s.Heads[0]}, {Title: s.Heads[1], Right: true}}}
	for _, p := range s.Parts {
		b.Columns = append(b.Columns, Column{Title: p, Right: true})
	}
	for _, r := range s.Rows {
		cells := []Cell{{Text: r.Label}, {Text: r.Text, Num: true}}
		for _, said := range r.Said {
			cells = append(cells, Cell{Text: said, Num: true})
		}
		b.Rows = append(b.Rows, Row{Cells: cells})
	}
	return b
}
