package sight

import (
	"strings"

	"motcua/base/ui"
	"motcua/kernel"
)

// Trend is the share on time of months in which no fewer than few ended.
func Trend(r *kernel.Request, months []Line, few int64) ui.Series {
	s := ui.Series{Chart: ui.Chart{Title: r.T("sight.trend"), About: r.T("sight.trend.about"), Desc: r.T("sight.trend.desc")}, Area: true,
		Target: Aim, Aim: r.T("sight.aim", Aim), Heads: [2]string{r.T("sight.month"), r.T("sight.share")}}
	low := float64(Aim)
	for _, m := range months {
		if m.Ends >= max(few, 1) {
			low = min(low, m.Share())
			s.Points = append(s.Points, ui.Point{Label: strings.TrimLeft(m.Key[5:], "0") + "/" + m.Key[2:4], Value: m.Share(), Text: Percent(r.Voice, m)})
		}
	}
	step := 5.0
	if low < 80 {
		step = 25
	}
	for v := max(0, step*float64(int(low/step)-boolean(low == 100))); v <= 100; v += step {
		s.Scale = append(s.Scale, ui.Mark{Value: v, Text: r.Voice.Decimal(v, 0) + " %"})
	}
	return s
}

func boolean(b bool) int {
	if b {
		return 1
	}
	return 0
}
