package walk

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
)

// Answers are what somebody would answer to whatever he is asked: JSON values
// by the name of the question.
type Answers map[string]any

// box is what the box of this name holds for the answers. Names say where the
// answer is: child_born.day, mother_home.province, movers.0.co_name.
func (a Answers) box(name string) (values []string, ok bool) {
	var v any = map[string]any(a)
	parts := strings.Split(name, ".")
	for i, part := range parts {
		switch x := v.(type) {
		case map[string]any:
			if v, ok = x[part]; !ok {
				return nil, false
			}
		case []any:
			n, err := strconv.Atoi(part)
			if err != nil || n < 0 || n >= len(x) {
				return nil, false
			}
			v = x[n]
		case string:
			ymd := strings.Split(x, "-")
			at := slices.Index([]string{"year", "month", "day"}, part)
			if len(ymd) != 3 || at < 0 || i+1 < len(parts) {
				return nil, false
			}
			v = strings.TrimLeft(ymd[at], "0")
		default:
			return nil, false
		}
	}
	switch x := v.(type) {
	case nil, map[string]any:
		return nil, false
	case bool:
		return []string{map[bool]string{true: "yes", false: "no"}[x]}, true
	case []any:
		for _, e := range x {
			if _, row := e.(map[string]any); row {
				return nil, false
			}
			values = append(values, fmt.Sprint(e))
		}
		return values, true
	}
	return []string{fmt.Sprint(v)}, true
}

// rows is how many rows the group of this name has in the answers.
func (a Answers) rows(name string) int {
	all, _ := a[name].([]any)
	return len(all)
}

// errAgain says that a page has to be sent for more boxes before it can be filled in.
type errAgain struct{ by *Control }

func (e errAgain) Error() string { return "press " + e.by.Text + " first" }

// Fill types into every box of f what the answers say; boxes they do not know
// stay as they are. An errAgain names the button that brings more boxes. said
// collects the questions that were answered.
func (f *Form) Fill(a Answers, said map[string]bool) error {
	var again *Control
	for _, c := range f.Controls {
		if group, ok := strings.CutSuffix(c.Name, ".add"); ok && c.Kind == "submit" && again == nil && f.rows(group) < a.rows(group) {
			again = c
		}
	}
	done := map[string]bool{}
	for _, c := range f.Controls {
		values, ok := a.box(c.Name)
		if !ok || done[c.Name] || c.Kind == "submit" || c.Kind == "file" || c.Kind == "hidden" {
			continue
		}
		done[c.Name] = true
		question, _, _ := strings.Cut(c.Name, ".")
		if c.Kind == "select" && !slices.Contains(c.Options, values[0]) {
			if more := f.Button("units", question); more != nil {
				again = cmp.Or(again, more)
				continue
			}
		}
		if c.Kind == "radio" && !slices.ContainsFunc(f.Controls, func(x *Control) bool { return x.Name == c.Name && x.Value == values[0] }) {
			return fmt.Errorf("%s does not offer %q", c.Name, values[0])
		}
		if c.Kind == "checkbox" && c.Value == "yes" && values[0] == "no" {
			values = nil // a tick
		}
		if err := f.Type(c.Name, values...); err != nil {
			return err
		}
		said[question] = true
	}
	if again != nil {
		return errAgain{again}
	}
	return nil
}

// rows is how many rows of a group the form shows.
func (f *Form) rows(group string) int {
	seen := map[string]bool{}
	for _, c := range f.Controls {
		if rest, ok := strings.CutPrefix(c.Name, group+"."); ok && c.Kind != "submit" {
			row, _, inner := strings.Cut(rest, ".")
			seen[row] = seen[row] || inner
		}
	}
	return len(seen)
}

// Send fills in the form that find picks of the page and presses its main
// button, after those that bring more boxes. It returns the page that follows,
// and fails when that is the same form with something wrong in it.
func Send(w Window, p *Page, find func(*Page) *Form, a Answers, files map[string][]File, said map[string]bool) (*Page, error) {
	for range 20 {
		f := find(p)
		if f == nil {
			return p, fmt.Errorf("%s has no such form: %s", p.URL, p.brief())
		}
		err := f.Fill(a, said)
		var more errAgain
		b := f.Main()
		switch {
		case errors.As(err, &more):
			b = more.by
		case err != nil:
			return p, fmt.Errorf("%s: %w", p.URL, err)
		}
		if more.by == nil {
			for _, name := range slices.Sorted(maps.Keys(files)) {
				if f.Attach(name, files[name]...) == nil {
					said[name] = true
				}
			}
		}
		if p, err = w.Press(f, b); err != nil {
			return p, err
		}
		if p.Status >= 400 {
			return p, fmt.Errorf("%s: %d %s", p.URL, p.Status, p.brief())
		}
		if more.by == nil {
			return p, nil
		}
	}
	return p, fmt.Errorf("%s: asks for more without end", p.URL)
}

// brief is what a page says first, for messages.
func (p *Page) brief() string {
	if wrong := p.Errors(); len(wrong) > 0 {
		return strings.Join(wrong, "; ")
	}
	all := append(p.All("h1"), p.All("p")...)
	return strings.Join(all[:min(len(all), 3)], "; ")
}
