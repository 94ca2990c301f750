package ui

import (
	"context"
	_ "embed"
	"io"
	"net/url"

	"github.com/a-h/templ"

	"motcua/base/data"
)

//go:embed gallery.yaml
var sampleFile []byte

// Gallery is the whole page that shows every component in every state, for those who
// build pages: first what citizens meet, then the officials' denser parts. The
// names over them are those of the Go types.
func Gallery() templ.Component {
	return templ.ComponentFunc(func(ctx context.Context, w io.Writer) error {
		var s sample
		if err := data.Read("gallery.yaml", sampleFile, &s); err != nil {
			return err
		}
		return gallery(s).Render(ctx, w)
	})
}

// A sample is what the gallery shows; it stands in gallery.yaml.
type sample struct {
	Place, Body, Person, Hero, Lead, Saved, Work, Caption, Bulk, Nothing, State, Why, Because string

	Nav, OfficeNav, Links []Link
	SignIn                Link
	Foot                  []Link

	Crumbs  Crumbs
	Back    Back
	Find    Find
	Buttons []Button
	Tags    []Tag
	States  []State
	Notes   []Note

	Fields, RowFields                                       []Field
	Heading, Date, Choice, Address, File, FileWrong, Filter Field
	Row                                                     Fieldset
	AddRow                                                  Button
	Errors                                                  ErrorSummary

	Facts                          Facts
	Lines                          Lines
	Tasks                          Tasks
	Tiles                          Tiles
	Results                        Results
	Pledge                         Pledge
	Ladder, LadderHeld, LadderStop []Step
	Slip, SlipLate                 Slip
	Verdicts                       []Verdict
	Proof                          Proof
	Answers, Thin                  Answers
	Papers                         Papers

	Views    Views
	Columns  []Column
	Rows     [][]string
	Dues     []State
	BulkActs []Button
	Pager    Pager
	Keys     Keys
	Fees     [][]string
	FeeHeads []string

	KPIs     KPIs
	Bars     Bars
	Rank     Bars
	Series   Series
	Heat     HeatGrid
	Map      TileMap
	Timeline Timeline
	Stacks   Stacks
}

// inbox is the officials' list: the second row is where one was, the third is picked.
func (s sample) inbox() Table {
	b := Table{Caption: s.Caption, Pick: "dossier", Columns: s.Columns}
	for i, r := range s.Rows {
		b.Rows = append(b.Rows, Row{
			Pick: r[0], About: r[0] + ", " + r[2], At: i == 1, On: i == 2,
			Cells: []Cell{{Text: r[0], Num: true, Soft: true}, {Text: r[1], Href: "#d" + r[0], Under: r[2]}, {Text: r[2]}, {Text: r[3]}, {Body: s.Dues[i]}},
		})
	}
	return b
}

// fees is a plain table.
func (s sample) fees() Table {
	b := Table{Caption: s.FeeHeads[1], Shown: true, Columns: []Column{{Title: s.FeeHeads[0]}, {Title: s.FeeHeads[1], Right: true}}}
	for _, r := range s.Fees {
		b.Rows = append(b.Rows, Row{Cells: []Cell{{Text: r[0]}, {Text: r[1], Num: true}}})
	}
	return b
}

// typed is the date as somebody typed it: in the future.
func (s sample) typed() Field {
	f := s.Date
	f.In = url.Values{f.Name + ".day": {"23"}, f.Name + ".month": {"11"}, f.Name + ".year": {"2021"}}
	return f
}

func (s sample) placed() Field {
	f := s.Address
	f.In = url.Values{f.Name + ".province": {"01"}, f.Name + ".district": {""}, f.Name + ".line": {"18 B2"}}
	return f
}

// slip has what YAML cannot say: components.
func (s sample) slip() Slip {
	p := s.Slip
	p.Acts = []templ.Component{s.Buttons[2], s.Links[2]}
	return p
}

func (s sample) frame() Frame {
	return Frame{Title: "ui", Code: "U01", Place: s.Place, Nav: s.Nav, Account: s.SignIn, Foot: s.Foot, State: s.State}
}
