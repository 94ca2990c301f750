// Package lang holds what is said to people, in their language.
//
// Texts of the interface stand in texts.yaml beside the code that says them
// and are complete in every language. Texts of data (Text) have the first
// language always and the others where somebody wrote them.
package lang

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"motcua/base/data"
)

// A Lang is a language, as a BCP 47 tag.
type Lang string

// The languages of the interface; the first is the one data always has.
const (
	VI Lang = "vi"
	EN Lang = "en"
	FR Lang = "fr"
)

// All are the languages of the interface in the order of the switch.
func All() []Lang { return []Lang{VI, EN, FR} }

// Parse is the language of tag, and whether the interface has it.
func Parse(tag string) (Lang, bool) {
	base, _, _ := strings.Cut(strings.ToLower(strings.TrimSpace(tag)), "-")
	return Lang(base), slices.Contains(All(), Lang(base))
}

// A Text is a text of data in one or more languages. In YAML it is a plain
// string (the first language) or a mapping from language to string.
type Text map[Lang]string

// Say makes a Text of the first language alone.
func Say(s string) Text { return Text{VI: s} }

// UnmarshalYAML reads a string or a mapping.
func (t *Text) UnmarshalYAML(decode func(any) error) error {
	var s string
	if decode(&s) == nil {
		*t = Text{VI: s}
		return nil
	}
	var m map[Lang]string
	if err := decode(&m); err != nil {
		return err
	}
	*t = m
	return nil
}

// In is the text in l, or in the first language when l is missing.
func (t Text) In(l Lang) string {
	if s := t[l]; s != "" {
		return s
	}
	return t[VI]
}

// Marked is the language the text really is in when asked for l, for the lang attribute.
func (t Text) Marked(l Lang) Lang {
	if t[l] != "" {
		return l
	}
	return VI
}

// A Catalogue is every text of the interface by its key.
type Catalogue struct{ texts map[string]Text }

// Load reads texts.yaml of every package given. A key said twice, or missing in
// one language, or with other placeholders there, is an error.
func Load(sources ...fs.FS) (*Catalogue, error) {
	c := &Catalogue{map[string]Text{}}
	var bad []error
	for _, src := range sources {
		b, err := fs.ReadFile(src, "texts.yaml")
		if err != nil {
			return nil, err
		}
		var m map[string]Text
		if err := data.Read("texts.yaml", b, &m); err != nil {
			return nil, err
		}
		for key, t := range m {
			if c.texts[key] != nil {
				bad = append(bad, fmt.Errorf("text %q stands twice", key))
			}
			for _, l := range All() {
				if t[l] == "" {
					bad = append(bad, fmt.Errorf("text %q is missing in %s", key, l))
				}
				for n := range 6 {
					if hole := "{" + strconv.Itoa(n) + "}"; strings.Contains(t[l], hole) != strings.Contains(t[VI], hole) {
						bad = append(bad, fmt.Errorf("text %q in %s: %s differs from %s", key, l, hole, VI))
					}
				}
			}
			c.texts[key] = t
		}
	}
	return c, errors.Join(bad...)
}

// Keys are all keys, sorted.
func (c *Catalogue) Keys() []string { return slices.Sorted(maps.Keys(c.texts)) }

// Has reports whether there is a text of this key.
func (c *Catalogue) Has(key string) bool { return c.texts[key] != nil }

// A Voice says texts and figures to one person: his language and the place whose clock he reads.
type Voice struct {
	Lang      Lang
	Zone      *time.Location
	Catalogue *Catalogue
}

type ctxKey struct{}

// With gives ctx a voice.
func With(ctx context.Context, v Voice) context.Context { return context.WithValue(ctx, ctxKey{}, v) }

// From is the voice of ctx.
func From(ctx context.Context) Voice {
	v, _ := ctx.Value(ctxKey{}).(Voice)
	if v.Zone == nil {
		v.Zone = time.UTC
	}
	if v.Lang == "" {
		v.Lang = VI
	}
	return v
}

// T says the text of key in the language of ctx; {0}, {1} … are the arguments.
func T(ctx context.Context, key string, args ...any) string { return From(ctx).T(key, args...) }

// T says the text of key. A missing key shows itself, so that a test finds it.
func (v Voice) T(key string, args ...any) string {
	var t Text
	if v.Catalogue != nil {
		t = v.Catalogue.texts[key]
	}
	if t == nil {
		return "[" + key + "]"
	}
	return v.fill(t.In(v.Lang), args)
}

// Of is a text of data in the voice's language.
func (v Voice) Of(t Text, args ...any) string { return v.fill(t.In(v.Lang), args) }

// fill puts the arguments into the holes {0} to {9}.
func (v Voice) fill(s string, args []any) string {
	if len(args) == 0 || strings.IndexByte(s, '{') < 0 {
		return s
	}
	var b strings.Builder
	for {
		i := strings.IndexByte(s, '{')
		if i < 0 || i+2 >= len(s) {
			break
		}
		n := int(s[i+1]) - '0'
		if s[i+2] != '}' || n < 0 || n > 9 || n >= len(args) {
			b.WriteString(s[:i+1])
			s = s[i+1:]
			continue
		}
		b.WriteString(s[:i])
		b.WriteString(v.Show(args[n]))
		s = s[i+3:]
	}
	b.WriteString(s)
	return b.String()
}

// Show writes a value as people of the language write it.
func (v Voice) Show(a any) string {
	switch a := a.(type) {
	case string:
		return a
	case Text:
		return a.In(v.Lang)
	case time.Time:
		return v.Moment(a)
	case int:
		return v.Number(int64(a))
	case int64:
		return v.Number(a)
	case fmt.Stringer:
		return a.String()
	}
	return fmt.Sprint(a)
}

// Number groups the digits of n: 1.900.000 in Vietnamese, 1,900,000 in English, 1 900 000 in French.
func (v Voice) Number(n int64) string {
	sep := map[Lang]string{VI: ".", EN: ",", FR: " "}[v.Lang]
	s := strconv.FormatInt(n, 10)
	sign := ""
	if n < 0 {
		sign, s = "-", s[1:]
	}
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + sep + s[i:]
	}
	return sign + s
}

// Decimal writes f with p places: 96,1 in Vietnamese and French, 96.1 in English.
func (v Voice) Decimal(f float64, p int) string {
	s := strconv.FormatFloat(f, 'f', p, 64)
	if v.Lang != EN {
		s = strings.Replace(s, ".", ",", 1)
	}
	return s
}

// Day is the date of t in the voice's place, such as 23/11/2026.
func (v Voice) Day(t time.Time) string { return t.In(v.Zone).Format("02/01/2006") }

// Hour is the clock time of t, such as 16:30.
func (v Voice) Hour(t time.Time) string { return t.In(v.Zone).Format("15:04") }

// Moment is hour and date, such as 16:30, 23/11/2026.
func (v Voice) Moment(t time.Time) string { return t.In(v.Zone).Format("15:04, 02/01/2006") }

// Weekday is the name of t's day; the names are texts lang.day.0 (Sunday) to lang.day.6.
func (v Voice) Weekday(t time.Time) string {
	return v.T("lang.day." + strconv.Itoa(int(t.In(v.Zone).Weekday())))
}
