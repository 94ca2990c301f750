package main

import (
	"bytes"
	"fmt"
	"math"
	"slices"
	"strings"
)

// What the picture shows, each divided by its own value at the first size.
var shown = []struct{ figure, name string }{
	{"sync_vs_loader", "taking in"}, {"filing_vs_small", "filing"}, {"list_vs_small", "list"}, {"dossier_vs_small", "dossier"},
	{"dash_vs_small", "country's figures"}, {"proof_vs_small", "proof"}, {"start_vs_empty", "start"}, {"bytes_vs_json", "bytes"},
}

// The picture's measures, in pixels, and the span of its upright axis.
const (
	wide, high             = 800, 440
	left, right, top, base = 56, 190, 24, 392
	least, most            = 0.5, 4.0
)

// draw is the curve as SVG: size to the right and growth upwards, both by powers.
func draw(lines []Result) []byte {
	var b bytes.Buffer
	fmt.Fprintf(&b, `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %d %d" role="img" aria-labelledby="t" font-family="system-ui, sans-serif" font-size="13">
<title id="t">What things cost as dossiers grow, against the same at %s</title>
<style>
  .paper { fill: #fff } text { fill: #1f2933 } .grid { stroke: #d9dee4 } .goal { stroke: #b42318; stroke-dasharray: 5 4 }
  .line { fill: none; stroke-width: 2 } .c0 { stroke: #0b63ce } .c1 { stroke: #b54708 } .c2 { stroke: #067647 } .c3 { stroke: #6941c6 }
  .c4 { stroke: #c11574 } .c5 { stroke: #0e7090 } .c6 { stroke: #667085 } .c7 { stroke: #854a0e }
  @media (prefers-color-scheme: dark) { .paper { fill: #14181d } text { fill: #e4e7ec } .grid { stroke: #344054 }
    .c0 { stroke: #84b6ff } .c1 { stroke: #fdb022 } .c2 { stroke: #6ce9a6 } .c3 { stroke: #bdb4fe } .c4 { stroke: #faa7e0 } .c5 { stroke: #67e3f9 } .c6 { stroke: #98a2b3 } .c7 { stroke: #e0c08a } }
</style>
<rect class="paper" width="%d" height="%d"/>
`, wide, high, count(lines[0].More["n"]), wide, high)
	first, last := math.Log10(lines[0].More["n"]), math.Log10(lines[len(lines)-1].More["n"])
	x := func(n float64) float64 { return left + (math.Log10(n)-first)/max(last-first, 0.01)*(wide-left-right) }
	y := func(v float64) float64 {
		v = math.Log(min(max(v, least), most)/least) / math.Log(most/least)
		return base - v*(base-top)
	}
	for _, v := range []float64{0.5, 0.75, 1, 1.5, 2, 3, 4} {
		class := "grid"
		if v == 1.5 {
			class = "goal"
		}
		fmt.Fprintf(&b, `<line class="%s" x1="%d" x2="%d" y1="%.1f" y2="%.1f"/><text x="%d" y="%.1f" text-anchor="end">%g×</text>`+"\n", class, left, wide-right, y(v), y(v), left-8, y(v)+4, v)
	}
	for _, r := range lines {
		n := r.More["n"]
		fmt.Fprintf(&b, `<line class="grid" x1="%.1f" x2="%.1f" y1="%d" y2="%d"/><text x="%.1f" y="%d" text-anchor="middle">%s</text>`+"\n", x(n), x(n), top, base, x(n), base+20, count(n))
	}
	fmt.Fprintf(&b, `<text x="%d" y="%d" text-anchor="middle">dossiers</text>`+"\n", (left+wide-right)/2, high-8)
	var labels []label
	for i, s := range shown {
		var path []string
		at := 0.0
		for _, r := range lines {
			v, start := r.More[s.figure], lines[0].More[s.figure]
			if v == 0 || start == 0 {
				continue
			}
			at = v / start
			path = append(path, fmt.Sprintf("%.1f,%.1f", x(r.More["n"]), y(at)))
		}
		fmt.Fprintf(&b, `<polyline class="line c%d" points="%s"/>`+"\n", i, strings.Join(path, " "))
		labels = append(labels, label{y(at), i, fmt.Sprintf("%s %.2f×", s.name, at)})
	}
	place(labels)
	for _, l := range labels {
		fmt.Fprintf(&b, `<line class="line c%d" x1="%d" x2="%d" y1="%.1f" y2="%.1f"/><text x="%d" y="%.1f">%s</text>`+"\n", l.of, wide-right+6, wide-right+18, l.at, l.at, wide-right+23, l.at+4, l.text)
	}
	b.WriteString("</svg>\n")
	return b.Bytes()
}

// A label stands at the right end of its line.
type label struct {
	at   float64
	of   int
	text string
}

// place moves labels apart that would stand on one another, from below upwards.
func place(all []label) {
	slices.SortFunc(all, func(a, b label) int { return int(b.at*100) - int(a.at*100) })
	for i := range all {
		if i > 0 {
			all[i].at = min(all[i].at, all[i-1].at-17)
		}
	}
}

// count is a number of dossiers in few letters.
func count(n float64) string {
	if n >= 1_000_000 {
		return fmt.Sprintf("%g M", n/1_000_000)
	}
	return fmt.Sprintf("%g k", n/1000)
}
