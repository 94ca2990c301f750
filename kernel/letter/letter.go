// Package letter is what the State prints on its papers: its heading, the
// official forms with their numbers and titles as the law of a day has them, and
// the standard sentences of each.
//
// All of it is data of the pack: forms.yaml and letters.yaml.
package letter

import (
	"fmt"
	"io/fs"
	"slices"

	"motcua/base/data"
	"motcua/base/lang"
)

// A Book is the papers of one country.
type Book struct {
	Nation struct {
		Title lang.Text `yaml:"title"`
		Motto lang.Text `yaml:"motto"`
	} `yaml:"nation"`
	Letters []Words `yaml:"letters"`
	sets    []set
}

// Words are the sentences of a paper before and after what it lists. Their
// places are said at the head of letters.yaml.
type Words struct {
	ID      string    `yaml:"id"`
	Intro   lang.Text `yaml:"intro"`
	Closing lang.Text `yaml:"closing"`
}

// A set is the forms that one legal act brought, from its first day in force.
type set struct {
	Law        string   `yaml:"law"` // id in law.yaml
	From       string   `yaml:"from"`
	Unverified []string `yaml:"unverified"` // what of the set was not read in the act itself
	Forms      []struct {
		ID     string    `yaml:"id"`
		Number string    `yaml:"number"` // "": the law has no form for it
		Title  lang.Text `yaml:"title"`
	} `yaml:"forms"`
}

// A Form is a paper as the law of one day has it.
type Form struct {
	Words
	Number string // among the official forms, "" for none
	Law    string // id of the legal act
	Title  lang.Text
}

// Read reads forms.yaml and letters.yaml.
func Read(files fs.FS) (*Book, error) {
	b := new(Book)
	for name, into := range map[string]any{"letters.yaml": b, "forms.yaml": &b.sets} {
		text, err := fs.ReadFile(files, name)
		if err != nil {
			return nil, err
		}
		if err := data.Read(name, text, into); err != nil {
			return nil, err
		}
	}
	if len(b.sets) == 0 {
		return nil, fmt.Errorf("forms.yaml: no forms")
	}
	for i, s := range b.sets {
		if i > 0 && s.From <= b.sets[i-1].From {
			return nil, fmt.Errorf("forms.yaml: the forms of %s are not later than those before", s.Law)
		}
		for _, f := range s.Forms {
			if f.Title.In(lang.All()[0]) == "" {
				return nil, fmt.Errorf("forms.yaml: %s of %s has no title", f.ID, s.Law)
			}
		}
	}
	return b, nil
}

// Form is the paper id on a day (YYYY-MM-DD): that of the latest forms in force
// then, and of the first ones before all. A paper that no law knows has its
// sentences alone.
func (b *Book) Form(id, day string) Form {
	at := 0
	for i, s := range b.sets {
		if s.From <= day {
			at = i
		}
	}
	var f Form
	if i := slices.IndexFunc(b.Letters, func(w Words) bool { return w.ID == id }); i >= 0 {
		f.Words = b.Letters[i]
	}
	for _, x := range b.sets[at].Forms {
		if x.ID == id {
			f.Number, f.Law, f.Title = x.Number, b.sets[at].Law, x.Title
		}
	}
	return f
}
