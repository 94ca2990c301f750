// Package score is marks given to the work of a body: indices that the law
// defines, each computed from what was counted.
//
// Which indices there are, their terms, thresholds and points is data of the
// pack (scores.yaml); how a mark follows from counts is here, as pure functions.
// What nobody has counted has no mark, and its points are left out of what could
// be had: a body is never marked down for what is not measured.
package score

import (
	"math"
	"strings"

	"motcua/base/lang"
)

// Inputs are counts by name. A name that is not among them was not measured,
// which is not the same as none.
type Inputs map[string]int64

// Terms are names of inputs to be added up; one that begins with a minus is taken off.
type Terms []string

// sum is the sum of the terms; ok is false where one of them was not measured.
func (t Terms) sum(in Inputs) (n int64, ok bool) {
	for _, name := range t {
		plain, minus := strings.CutPrefix(name, "-")
		v, has := in[plain]
		if !has {
			return 0, false
		}
		if minus {
			v = -v
		}
		n += v
	}
	return n, len(t) > 0
}

// A Scheme is the indices of one legal act.
type Scheme struct {
	ID     string    `yaml:"id"`
	Title  lang.Text `yaml:"title"`
	Short  lang.Text `yaml:"short"`
	Law    lang.Text `yaml:"law"`
	Places int       `yaml:"places"` // to which points are rounded
	Groups []Group   `yaml:"groups"`
}

// A Group is indices about one thing.
type Group struct {
	Title   lang.Text `yaml:"title"`
	Indices []Index   `yaml:"indices"`
}

// An Index is one thing that is marked, in one of three ways: points for each
// dossier by how it went (Each), points by the class that a rate falls in
// (Bands), or the greatest number of points in proportion to a rate (Full).
// Without terms it is not measured here.
type Index struct {
	ID         string    `yaml:"id"`
	Name       lang.Text `yaml:"name"`
	Means      lang.Text `yaml:"means"`   // definition and formula in words
	Article    lang.Text `yaml:"article"` // where it stands
	Note       lang.Text `yaml:"note"`    // what this program reads it from
	Max        float64   `yaml:"max"`     // points; 0: it is shown and not marked
	Unit       Unit      `yaml:"unit"`
	Each       []Grade   `yaml:"each"`
	Over       Terms     `yaml:"over"`
	Of         Terms     `yaml:"of"`
	Full       float64   `yaml:"full"`  // the rate in per cent from which all points are given
	Bands      []Band    `yaml:"bands"` // the highest first
	Clean      Terms     `yaml:"clean"` // with Bands: no points where any of these happened
	Drill      string    `yaml:"drill"` // the measure whose dossiers are behind it
	Unverified bool      `yaml:"unverified"`
}

// A Unit is what the value of an index is counted in.
type Unit string

// The units.
const (
	Points  Unit = "points"
	Percent Unit = "percent"
	Days    Unit = "days"
	Number  Unit = "number"
)

// A Grade is points for each dossier that went so.
type Grade struct {
	Of     Terms   `yaml:"of"`
	Points float64 `yaml:"points"`
}

// A Band is points from a rate in per cent on.
type Band struct {
	From   float64 `yaml:"from"`
	Points float64 `yaml:"points"`
}

// A Mark is what an index comes to.
type Mark struct {
	Known    bool    // it was measured, and there was something to measure
	Value    float64 // in the index's unit
	Over, Of int64   // what Value follows from
	Points   float64 // not rounded
}

// Mark marks the index: a pure function of the counts.
func (x Index) Mark(in Inputs) (m Mark) {
	if len(x.Each) > 0 {
		return x.mean(in)
	}
	over, ok := x.Over.sum(in)
	if !ok {
		return Mark{}
	}
	if len(x.Of) == 0 {
		return Mark{Known: true, Value: float64(over), Over: over}
	}
	of, ok := x.Of.sum(in)
	if !ok || of <= 0 {
		return Mark{}
	}
	m = Mark{Known: true, Over: max(over, 0), Of: of}
	if m.Value = float64(m.Over) / float64(of); x.Unit != Percent {
		return m
	}
	m.Value = min(100*m.Value, 100)
	if len(x.Bands) == 0 {
		m.Points = x.Max
		if m.Value < x.Full {
			m.Points = x.Max * m.Value / x.Full
		}
		return m
	}
	if bad, _ := x.Clean.sum(in); bad > 0 {
		return m
	}
	for _, b := range x.Bands {
		if m.Value >= b.From {
			m.Points = b.Points
			break
		}
	}
	return m
}

// mean is the mean of the points that each dossier was given.
func (x Index) mean(in Inputs) (m Mark) {
	var sum float64
	for _, g := range x.Each {
		n, ok := g.Of.sum(in)
		if !ok {
			return Mark{}
		}
		n = max(n, 0)
		m.Of += n
		sum += float64(n) * g.Points
	}
	if m.Of == 0 {
		return Mark{}
	}
	m.Known, m.Value = true, sum/float64(m.Of)
	m.Points = m.Value
	return m
}

// A Total is marks added up.
type Total struct {
	Points float64 // each rounded as the scheme says, then added
	Max    float64 // of what was measured
	Whole  float64 // of everything
	Known  int     // indices with points that were measured
	Of     int     // indices with points
}

// Share is the points in hundredths of those that could be had.
func (t Total) Share() float64 {
	if t.Max == 0 {
		return 0
	}
	return 100 * t.Points / t.Max
}

// Total adds up marks: each index of the scheme is marked from the counts.
func (s Scheme) Total(in Inputs) (t Total) {
	for _, g := range s.Groups {
		t = t.plus(s.Of(g, in))
	}
	t.Points = s.Round(t.Points)
	return t
}

// Of adds up the marks of one group.
func (s Scheme) Of(g Group, in Inputs) (t Total) {
	for _, x := range g.Indices {
		if x.Max == 0 {
			continue
		}
		t.Of++
		t.Whole += x.Max
		if m := x.Mark(in); m.Known {
			t.Known++
			t.Max += x.Max
			t.Points += s.Round(m.Points)
		}
	}
	t.Points = s.Round(t.Points)
	return t
}

func (t Total) plus(o Total) Total {
	return Total{t.Points + o.Points, t.Max + o.Max, t.Whole + o.Whole, t.Known + o.Known, t.Of + o.Of}
}

// Round rounds points as the scheme says.
func (s Scheme) Round(f float64) float64 {
	p := math.Pow10(s.Places)
	return math.Round(f*p) / p
}
