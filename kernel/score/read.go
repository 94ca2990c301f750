package score

import (
	"fmt"
	"io/fs"
	"slices"
	"strings"

	"motcua/base/data"
	"motcua/base/lang"
)

// A Book is the schemes of a pack.
type Book struct {
	Answers string   `yaml:"answers"` // the family of kinds that are complaints and suggestions to be answered
	Schemes []Scheme `yaml:"schemes"`
}

// Read reads scores.yaml of a pack; inputs are the names that can be counted.
func Read(files fs.FS, inputs []string) (b Book, err error) {
	text, err := fs.ReadFile(files, "scores.yaml")
	if err != nil {
		return b, err
	}
	if err = data.Read("scores.yaml", text, &b); err != nil {
		return b, err
	}
	for _, s := range b.Schemes {
		for _, g := range s.Groups {
			for _, x := range g.Indices {
				if err := x.check(inputs); err != nil {
					return b, fmt.Errorf("scores.yaml: %s %s: %w", s.ID, x.ID, err)
				}
			}
		}
	}
	return b, nil
}

// check finds what would make an index say something that nobody meant.
func (x Index) check(inputs []string) error {
	for _, t := range []lang.Text{x.Name, x.Means, x.Article} {
		if t["vi"] == "" {
			return fmt.Errorf("name, means and article are needed")
		}
	}
	terms := slices.Concat(x.Over, x.Of, x.Clean)
	highest := x.Max
	for _, g := range x.Each {
		terms, highest = append(terms, g.Of...), max(highest, g.Points)
	}
	for i, b := range x.Bands {
		if highest = max(highest, b.Points); i > 0 && b.From >= x.Bands[i-1].From {
			return fmt.Errorf("bands go from the highest down")
		}
	}
	for _, name := range terms {
		if !slices.Contains(inputs, strings.TrimPrefix(name, "-")) {
			return fmt.Errorf("%q is not counted", name)
		}
	}
	switch measured := len(terms) > 0; {
	case highest > x.Max:
		return fmt.Errorf("gives %v points of %v", highest, x.Max)
	case !slices.Contains([]Unit{Points, Percent, Days, Number}, x.Unit):
		return fmt.Errorf("unit %q", x.Unit)
	case len(x.Each) > 0 && (x.Unit != Points || x.Over != nil):
		return fmt.Errorf("a mean of points has no rate")
	case measured && x.Max > 0 && x.Each == nil && x.Bands == nil && (x.Full <= 0 || x.Full > 100):
		return fmt.Errorf("points by a rate need the rate at which all are given")
	case measured && x.Unit == Percent && len(x.Of) == 0:
		return fmt.Errorf("a rate needs what it is a part of")
	}
	return nil
}
