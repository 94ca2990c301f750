// Package walk walks through the program as people do who have no scripts: it
// opens pages, reads their HTML, fills in the forms and presses the buttons.
// Only tests use it.
//
// Nothing in it knows a service: what is typed comes from an example's answers,
// and whatever has no box on any page is an error.
package walk

import (
	"bytes"
	"fmt"
	"iter"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"golang.org/x/net/html"
)

// A Window shows one page after another: plain HTTP, or a real browser.
type Window interface {
	// Open shows the page at an address, which may be relative to the page before.
	Open(to string) (*Page, error)
	// Press sends f as it is filled in, by its button b.
	Press(f *Form, b *Control) (*Page, error)
}

// A Page is what a window shows, redirects followed.
type Page struct {
	Status int
	URL    *url.URL
	Header http.Header
	Body   []byte
	root   *html.Node
}

// Read reads a page. What is not HTML has no links and no forms.
func Read(status int, at *url.URL, h http.Header, body []byte) (*Page, error) {
	p := &Page{Status: status, URL: at, Header: h, Body: body, root: &html.Node{Type: html.DocumentNode}}
	if kind := h.Get("Content-Type"); !strings.HasPrefix(kind, "text/html") {
		return p, nil
	}
	var err error
	p.root, err = html.Parse(bytes.NewReader(body))
	if err != nil {
		err = fmt.Errorf("%s: %w", at, err)
	}
	return p, err
}

// A Link leads to another page.
type Link struct {
	Text string
	To   *url.URL
}

// Links are the links of the page in order, as absolute addresses.
func (p *Page) Links() (all []Link) {
	for n := range each(p.root, "a") {
		if to, err := p.URL.Parse(attr(n, "href")); has(n, "href") && err == nil {
			all = append(all, Link{strings.Join(strings.Fields(text(n)), " "), to})
		}
	}
	return all
}

// Link is the first link whose path begins so; "" when there is none.
func (p *Page) Link(path string) string {
	for _, l := range p.Links() {
		if strings.HasPrefix(l.To.Path, path) {
			return l.To.RequestURI()
		}
	}
	return ""
}

// Says reports whether the page says the words, whatever markup stands between them.
func (p *Page) Says(words string) bool {
	fold := func(s string) string { return strings.Join(strings.Fields(s), " ") }
	return strings.Contains(fold(p.Text()), fold(words))
}

// Text is what the page says to who reads it from top to bottom.
func (p *Page) Text() string { return text(p.root) }

// All are the texts of the elements of this name.
func (p *Page) All(element string) (all []string) {
	for n := range each(p.root, element) {
		all = append(all, strings.Join(strings.Fields(text(n)), " "))
	}
	return all
}

// Lang is the language that the page says it is in.
func (p *Page) Lang() string {
	for n := range each(p.root, "html") {
		return attr(n, "lang")
	}
	return ""
}

// Errors are the lines of the page's alert: what is wrong, and with what.
func (p *Page) Errors() (all []string) {
	for n := range each(p.root, "") {
		if attr(n, "role") != "alert" {
			continue
		}
		before := len(all)
		for l := range each(n, "li") {
			all = append(all, strings.Join(strings.Fields(text(l)), " "))
		}
		if len(all) == before {
			all = append(all, strings.Join(strings.Fields(text(n)), " "))
		}
	}
	return all
}

// Form is the first form that has a box or button of this name, or nil; "" is
// any form that posts.
func (p *Page) Form(name string) *Form {
	for _, f := range p.Forms() {
		if name == "" && f.Method == http.MethodPost || name != "" && f.Control(name) != nil {
			return f
		}
	}
	return nil
}

// each goes through the elements of a name below n, in order; "" is all.
func each(n *html.Node, name string) iter.Seq[*html.Node] {
	return func(yield func(*html.Node) bool) {
		for d := range n.Descendants() {
			if d.Type == html.ElementNode && (name == "" || d.Data == name) && !yield(d) {
				return
			}
		}
	}
}

func text(n *html.Node) string {
	var b strings.Builder
	for d := range n.Descendants() {
		if d.Type == html.TextNode && !slices.Contains([]string{"script", "style", "template"}, d.Parent.Data) {
			b.WriteString(d.Data)
		}
	}
	return b.String()
}

func attr(n *html.Node, key string) string {
	for _, a := range n.Attr {
		if a.Key == key && a.Namespace == "" {
			return a.Val
		}
	}
	return ""
}

func has(n *html.Node, key string) bool {
	return slices.ContainsFunc(n.Attr, func(a html.Attribute) bool { return a.Key == key && a.Namespace == "" })
}

// within reports whether one of the elements above n is so.
func within(n *html.Node, is func(*html.Node) bool) bool {
	return slices.ContainsFunc(slices.Collect(n.Ancestors()), is)
}

// IDs are the ids of the page's elements, in order.
func (p *Page) IDs() iter.Seq[string] {
	return func(yield func(string) bool) {
		for n := range each(p.root, "") {
			if has(n, "id") && !yield(attr(n, "id")) {
				return
			}
		}
	}
}
