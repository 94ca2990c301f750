package sight

import (
	"embed"
	"io/fs"
	"slices"
	"strings"
	"unicode/utf8"

	"motcua/base/data"
	"motcua/base/lang"
	"motcua/base/ui"
	"motcua/kernel"
)

// Texts are the words of maps and shares.
//
//go:embed texts.yaml
var Texts embed.FS

// A Map is the provinces as equal tiles, from the pack's tiles.yaml.
type Map struct {
	Columns int               `yaml:"columns"`
	Rows    []string          `yaml:"rows"`
	Labels  map[string]string `yaml:"labels"`
	Islands []struct {
		Name     lang.Text `yaml:"name"`
		Province string    `yaml:"province"`
	} `yaml:"islands"`
}

// ReadMap reads the map of a pack.
func ReadMap(files fs.FS) (m Map, err error) {
	b, err := fs.ReadFile(files, "tiles.yaml")
	if err != nil {
		return m, err
	}
	return m, data.Read("tiles.yaml", b, &m)
}

// Percent says a share in words; – where nothing fell due.
func Percent(v lang.Voice, l Line) string {
	if l.Ends == 0 {
		return "–"
	}
	return v.Decimal(l.Share(), 1) + " %"
}

// Aim is the share of promises kept from which nobody need worry.
const Aim = 95

// Bin puts a share into one of five classes, 1 the worst; 0 is none.
func Bin(l Line) int {
	switch s := l.Share(); {
	case l.Ends == 0:
		return 0
	case s < 80:
		return 1
	case s < 90:
		return 2
	case s < Aim:
		return 3
	case s < 98:
		return 4
	}
	return 5
}

// Tone is the colour of a share.
func Tone(l Line) ui.Tone {
	return []ui.Tone{ui.Plain, ui.Bad, ui.Soon, ui.Soon, ui.Good, ui.Good}[Bin(l)]
}

// Chart is the map by promises kept: of the lines of the highest bodies, those of
// provinces. What ended less often than few is not shown.
func (m Map) Chart(r *kernel.Request, lines []Line, few int64, href func(code string) string) ui.TileMap {
	c := ui.TileMap{Chart: ui.Chart{Title: r.T("sight.map"), Desc: r.T("sight.map.desc")}, Layout: strings.Join(m.Rows, "|"), Places: map[string]ui.Place{},
		Heads: [2]string{r.T("sight.province"), r.T("sight.share")}, Skip: r.T("sight.map.skip"), ID: "map-figures"}
	for i, say := range []string{"sight.bin.1", "sight.bin.2", "sight.bin.3", "sight.bin.4", "sight.bin.5"} {
		c.Legend = append(c.Legend, ui.Heat{Bin: i + 1, Say: r.T(say)})
	}
	lies := map[string]int{} // the row of a province
	for i, row := range m.Rows {
		for _, key := range strings.Fields(row) {
			u, ok := r.App.Country.Unit(key)
			if !ok {
				continue
			}
			lies[key] = i
			place := ui.Place{Name: shortName(u.Name), Short: m.Labels[key], Text: "–"}
			if code := Province(r.App, key); code != "" {
				place.Href = href(code)
				if at := slices.IndexFunc(lines, func(l Line) bool { return l.Key == code }); at >= 0 && lines[at].Ends >= max(few, 1) {
					place.Bin, place.Text = Bin(lines[at]), r.Voice.Decimal(lines[at].Share(), 1)
				}
			}
			c.Places[key] = place
		}
	}
	for _, x := range m.Islands {
		if u, ok := r.App.Country.Unit(x.Province); ok {
			c.Notes = append(c.Notes, ui.MapNote{Row: m.sea(lies[x.Province]), Column: m.Columns - 1,
				Name: strings.TrimPrefix(x.Name.In("vi"), r.T("sight.islands")+" "), Under: "(" + shortName(u.Name) + ")"})
		}
	}
	return c
}

// sea is the first row from this one on whose last tile is free.
func (m Map) sea(row int) int {
	for ; row < len(m.Rows); row++ {
		if f := strings.Fields(m.Rows[row]); len(f) < m.Columns || f[m.Columns-1] == ".." {
			break
		}
	}
	return row
}

// shortName fits a tile: of a double name the second, of a long one the initials and the last word.
func shortName(s string) string {
	if utf8.RuneCountInString(s) <= 13 {
		return s
	}
	if i := strings.LastIndexByte(s, '-'); i > 0 {
		return strings.TrimSpace(s[i+1:])
	}
	f := strings.Fields(s)
	short := ""
	for _, w := range f[:len(f)-1] {
		r, _ := utf8.DecodeRuneInString(w)
		short += string(r)
	}
	return short + ". " + f[len(f)-1]
}

// Province is the code of the body that governs a province.
func Province(a *kernel.App, unit string) string {
	for _, x := range a.Country.Serving(unit) {
		if x.Level == "province" {
			return x.Code
		}
	}
	return ""
}
