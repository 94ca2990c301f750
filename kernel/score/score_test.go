package score_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"motcua/base/lang"
	"motcua/kernel/score"
)

// names are inputs as the tests count them.
var names = []string{"early", "ontime", "late", "online", "opened", "twice", "overdue", "ended", "days"}

func near(a, b float64) bool { return math.Abs(a-b) < 1e-9 }

// TestMark is worked examples, each by hand.
func TestMark(t *testing.T) {
	time := score.Index{Unit: score.Points, Max: 2, Each: []score.Grade{{Of: score.Terms{"early"}, Points: 2}, {Of: score.Terms{"ontime", "-early"}, Points: 1}, {Of: score.Terms{"late"}}}}
	share := score.Index{Unit: score.Percent, Max: 2, Over: score.Terms{"online"}, Of: score.Terms{"opened"}, Clean: score.Terms{"late"},
		Bands: []score.Band{{From: 30, Points: 2}, {From: 15, Points: 1}}}
	kept := score.Index{Unit: score.Percent, Max: 20, Full: 100, Over: score.Terms{"ontime", "-twice"}, Of: score.Terms{"ended", "overdue"}}
	used := score.Index{Unit: score.Percent, Max: 4, Full: 50, Over: score.Terms{"online"}, Of: score.Terms{"opened"}}
	mean := score.Index{Unit: score.Days, Over: score.Terms{"days"}, Of: score.Terms{"ended"}}
	cases := []struct {
		name string
		x    score.Index
		in   score.Inputs
		want score.Mark
	}{
		{"five early, three on the day, two late: (5x2+3x1)/10", time, score.Inputs{"early": 5, "ontime": 8, "late": 2}, score.Mark{Known: true, Value: 1.3, Of: 10, Points: 1.3}},
		{"nothing ended", time, score.Inputs{"early": 0, "ontime": 0, "late": 0}, score.Mark{}},
		{"nobody counts what is early", time, score.Inputs{"ontime": 8, "late": 2}, score.Mark{}},
		{"30 of 100 online", share, score.Inputs{"online": 30, "opened": 100, "late": 0}, score.Mark{Known: true, Value: 30, Over: 30, Of: 100, Points: 2}},
		{"29 of 100", share, score.Inputs{"online": 29, "opened": 100, "late": 0}, score.Mark{Known: true, Value: 29, Over: 29, Of: 100, Points: 1}},
		{"14 of 100", share, score.Inputs{"online": 14, "opened": 100, "late": 0}, score.Mark{Known: true, Value: 14, Over: 14, Of: 100}},
		{"80 of 100, one of them late", share, score.Inputs{"online": 80, "opened": 100, "late": 1}, score.Mark{Known: true, Value: 80, Over: 80, Of: 100}},
		{"90 on time, 4 of them asked twice, 6 late, 4 overdue: 86 of 100", kept, score.Inputs{"ontime": 90, "twice": 4, "ended": 96, "overdue": 4}, score.Mark{Known: true, Value: 86, Over: 86, Of: 100, Points: 17.2}},
		{"half of what gives all points: 25 of 100 of 50 %", used, score.Inputs{"online": 25, "opened": 100}, score.Mark{Known: true, Value: 25, Over: 25, Of: 100, Points: 2}},
		{"more than gives all points", used, score.Inputs{"online": 90, "opened": 100}, score.Mark{Known: true, Value: 90, Over: 90, Of: 100, Points: 4}},
		{"nothing opened", used, score.Inputs{"online": 0, "opened": 0}, score.Mark{}},
		{"four days each", mean, score.Inputs{"days": 40, "ended": 10}, score.Mark{Known: true, Value: 4, Over: 40, Of: 10}},
		{"not measured here", score.Index{Unit: score.Percent, Max: 4}, score.Inputs{"ended": 10}, score.Mark{}},
	}
	for _, c := range cases {
		got := c.x.Mark(c.in)
		if got.Known != c.want.Known || !near(got.Value, c.want.Value) || !near(got.Points, c.want.Points) || got.Over != c.want.Over || got.Of != c.want.Of {
			t.Errorf("%s: got %+v, want %+v", c.name, got, c.want)
		}
	}
}

// TestTotal: what is not measured takes no points and is in no denominator.
func TestTotal(t *testing.T) {
	rate := func(over string) score.Index {
		return score.Index{Unit: score.Percent, Max: 10, Full: 100, Over: score.Terms{over}, Of: score.Terms{"ended"}}
	}
	s := score.Scheme{Places: 1, Groups: []score.Group{{Indices: []score.Index{rate("ontime"), rate("nobody")}}, {Indices: []score.Index{rate("early"), {Unit: score.Days}}}}}
	got := s.Total(score.Inputs{"ended": 3, "ontime": 2, "early": 1})
	if want := (score.Total{Points: 10, Max: 20, Whole: 30, Known: 2, Of: 3}); got != want { // 6.7 + 3.3
		t.Errorf("got %+v, want %+v", got, want)
	}
	if got := s.Total(nil); got.Points != 0 || got.Max != 0 || got.Share() != 0 {
		t.Errorf("of nothing: %+v", got)
	}
}

// TestMarksAreWithinTheirBounds: whatever was counted, no index gives less than
// nothing or more than it may, none counts what was not measured, and none
// falls when more was done well.
func TestMarksAreWithinTheirBounds(t *testing.T) {
	b := pack(t)
	r := rand.New(rand.NewPCG(11, 1))
	all := inputs(b)
	for range 4000 {
		in := score.Inputs{}
		for _, n := range all {
			if r.IntN(12) > 0 {
				in[n] = r.Int64N(1 + r.Int64N(1000))
			}
		}
		for _, s := range b.Schemes {
			if got := s.Total(in); got.Points < 0 || got.Points > got.Max+1e-9 || got.Max > got.Whole || got.Known > got.Of {
				t.Fatalf("%s: %+v of %v", s.ID, got, in)
			}
			for _, g := range s.Groups {
				for _, x := range g.Indices {
					m := x.Mark(in)
					if m.Points < 0 || m.Points > x.Max || m.Value < 0 || x.Unit == score.Percent && m.Value > 100 || !m.Known && m != (score.Mark{}) {
						t.Fatalf("%s %s: %+v of %v", s.ID, x.ID, m, in)
					}
					for _, name := range terms(x) {
						without := score.Inputs{}
						for n, v := range in {
							if n != name {
								without[n] = v
							}
						}
						if slices.Contains(x.Clean, name) {
							continue
						}
						if x.Mark(without).Known {
							t.Fatalf("%s %s is marked without %s", s.ID, x.ID, name)
						}
					}
					if len(x.Over) == 0 || !m.Known || strings.HasPrefix(x.Over[0], "-") || slices.Contains(x.Of, x.Over[0]) {
						continue
					}
					in[x.Over[0]]++
					if more := x.Mark(in); more.Points < m.Points {
						t.Fatalf("%s %s falls from %v to %v when %s grows", s.ID, x.ID, m.Points, more.Points, x.Over[0])
					}
					in[x.Over[0]]--
				}
			}
		}
	}
}

func terms(x score.Index) (all []string) {
	every := slices.Concat(x.Over, x.Of, x.Clean)
	for _, g := range x.Each {
		every = append(every, g.Of...)
	}
	for _, n := range every {
		if n = strings.TrimPrefix(n, "-"); !slices.Contains(all, n) {
			all = append(all, n)
		}
	}
	return all
}

func inputs(b score.Book) (all []string) {
	for _, s := range b.Schemes {
		for _, g := range s.Groups {
			for _, x := range g.Indices {
				for _, n := range terms(x) {
					if !slices.Contains(all, n) {
						all = append(all, n)
					}
				}
			}
		}
	}
	return all
}

// pack is the schemes of the pack as they are.
func pack(t *testing.T) score.Book {
	t.Helper()
	text, err := os.ReadFile("../../packs/vn2020/scores.yaml")
	if err != nil {
		t.Fatal(err)
	}
	b, err := score.Read(fstest.MapFS{"scores.yaml": {Data: text}}, score.Counted)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// TestThePack: nine indices of two points each, and a hundred points in five groups of law (payment is in that of online services).
func TestThePack(t *testing.T) {
	var got []string
	for _, s := range pack(t).Schemes {
		n := 0
		for _, g := range s.Groups {
			n += len(g.Indices)
			for _, x := range g.Indices {
				for _, l := range []lang.Lang{"vi", "en", "fr"} {
					if x.Name[l] == "" || x.Means[l] == "" || x.Article[l] == "" {
						t.Errorf("%s %s says nothing in %s", s.ID, x.ID, l)
					}
				}
			}
			got = append(got, fmt.Sprintf("%s %g", s.ID, s.Of(g, nil).Whole))
		}
		got = append(got, fmt.Sprintf("%s: %d, %g", s.ID, n, s.Total(nil).Whole))
	}
	want := []string{"circular-01 18", "circular-01: 9, 18",
		"decision-766 18", "decision-766 20", "decision-766 12", "decision-766 10", "decision-766 22", "decision-766 18", "decision-766: 20, 100"}
	if !slices.Equal(got, want) {
		t.Errorf("got %q\nwant %q", got, want)
	}
}

// TestRead: data that would say what nobody meant is refused.
func TestRead(t *testing.T) {
	say := "name: {vi: x}, means: {vi: x}, article: {vi: x}, "
	for _, c := range []struct{ index, want string }{
		{"{id: a, " + say + "unit: percent, max: 2, over: [wrong], of: [ended], full: 100}", `"wrong" is not counted`},
		{"{id: a, " + say + "unit: percent, max: 2, over: [late], of: [ended]}", "the rate at which all are given"},
		{"{id: a, " + say + "unit: percent, max: 2, over: [late], full: 80}", "what it is a part of"},
		{"{id: a, " + say + "unit: points, max: 1, each: [{of: [late], points: 2}]}", "gives 2 points of 1"},
		{"{id: a, " + say + "unit: weeks, over: [late], of: [ended]}", `unit "weeks"`},
		{"{id: a, " + say + "unit: percent, max: 2, over: [late], of: [ended], bands: [{from: 10, points: 1}, {from: 20, points: 2}]}", "from the highest down"},
		{"{id: a, unit: days, over: [late], of: [ended]}", "name, means and article"},
	} {
		_, err := score.Read(fstest.MapFS{"scores.yaml": {Data: []byte("schemes: [{id: s, groups: [{indices: [" + c.index + "]}]}]")}}, names)
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want %s", c.index, err, c.want)
		}
	}
}
