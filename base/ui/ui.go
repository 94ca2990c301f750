// Package ui is how every page looks: typed components over one style sheet.
//
// A component that stands alone is a value (@ui.Tag{Text: …}); one that holds
// others is a function (@ui.Page(…) { … }). All texts arrive translated; the
// frame's own words are said in the language of the context. Nothing here needs
// a script, and nothing writes a style: the content security policy forbids both
// inside a page.
package ui

import (
	"context"
	"embed"
	"net/url"

	"motcua/base/lang"
)

// Texts are the words of the frame and of the fields.
//
//go:embed texts.yaml
var Texts embed.FS

// A Skin is what all pages of one request share. base/web puts it in the context.
type Skin struct {
	Asset  func(name string) string // address of a built file, such as app.css
	URL    string                   // path and query of this page; the switches link back to it
	Large  bool                     // one size larger than the shell's own
	Scheme string                   // light, dark or auto; "" is light
	Demo   bool                     // say on every page that all is invented
	Help   string                   // phone number of the help line
}

type skinKey struct{}

// With gives ctx a skin.
func With(ctx context.Context, s Skin) context.Context { return context.WithValue(ctx, skinKey{}, s) }

func skin(ctx context.Context) Skin {
	s, _ := ctx.Value(skinKey{}).(Skin)
	if s.Scheme == "" {
		s.Scheme = "light"
	}
	return s
}

func asset(ctx context.Context, name string) string {
	if f := skin(ctx).Asset; f != nil {
		return f(name)
	}
	return "/assets/" + name
}

// turned is the address of this page with one switch turned.
func (s Skin) turned(key, value string) string {
	u, err := url.Parse(s.URL)
	if err != nil {
		u = &url.URL{}
	}
	q := u.Query()
	q.Set(key, value)
	return (&url.URL{Path: u.Path, RawPath: u.RawPath, RawQuery: q.Encode()}).String()
}

func (s Skin) size(office bool) string {
	switch {
	case office && !s.Large:
		return "sm"
	case !office && s.Large:
		return "lg"
	}
	return "md"
}

func t(ctx context.Context, key string, args ...any) string { return lang.T(ctx, "ui."+key, args...) }

// A Tone is what a colour says. It never speaks alone: an icon or a word says the same.
type Tone string

// The tones.
const (
	Plain Tone = "neutral"
	Good  Tone = "success" // done, valid, the State has it
	Info  Tone = "info"    // a state, neither good nor bad
	Soon  Tone = "warning" // due soon, something to do
	Bad   Tone = "danger"  // overdue, wrong, refused
)

func (t Tone) icon() string {
	return map[Tone]string{Good: "ok", Info: "help", Soon: "warn", Bad: "no"}[t]
}

// ink is the class that colours text and icons in the tone.
func (t Tone) ink() string {
	return map[Tone]string{Good: "good", Soon: "soon", Bad: "late"}[t]
}
