package xades

import (
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/beevik/etree"
)

// Bounds of one document.
const (
	maxFile  = 16 << 20
	maxDepth = 100
)

// parse reads a document that every XML parser reads in the same way, or none:
// most attacks on signatures in XML live between two parsers. So there is no
// DOCTYPE, no instruction, no entity of its own, one root and nothing behind it,
// no attribute and no ID twice, no prefix that is not declared, no comment that
// splits a text, and no other encoding than UTF-8.
func parse(b []byte) (*etree.Document, error) {
	if len(b) > maxFile {
		return nil, errors.New("too large")
	}
	if err := guard(b); err != nil {
		return nil, err
	}
	d := etree.NewDocument() // a fresh one: reading again into a document appends
	d.ReadSettings.MaxDepth = maxDepth + 1
	if err := d.ReadFromBytes(b); err != nil {
		return nil, err
	}
	if d.Root() == nil {
		return nil, errors.New("no root")
	}
	return d, nil
}

// A guarded is what guard knows of an element that is open.
type guarded struct {
	name     string
	prefixes map[string]string // declared here
	text     bool              // it has text that is not blank
	comment  bool              // it has a comment
}

func guard(b []byte) error {
	b = bytes.TrimPrefix(b, []byte("\xef\xbb\xbf"))
	d := xml.NewDecoder(bytes.NewReader(b))
	d.CharsetReader = func(charset string, _ io.Reader) (io.Reader, error) {
		return nil, fmt.Errorf("encoding %q", charset)
	}
	g := guards{ids: map[string]bool{}}
	for {
		t, err := d.RawToken()
		if err == io.EOF {
			if len(g.open) > 0 || g.roots != 1 {
				return errors.New("not one root")
			}
			return nil
		}
		if err == nil {
			err = g.token(t)
		}
		if err != nil {
			return err
		}
	}
}

type guards struct {
	open  []guarded
	roots int
	ids   map[string]bool
	begun bool
}

func (g *guards) token(t xml.Token) error {
	first := !g.begun
	g.begun = true
	var top *guarded
	if len(g.open) > 0 {
		top = &g.open[len(g.open)-1]
	}
	switch t := t.(type) {
	case xml.Directive:
		return errors.New("a DOCTYPE")
	case xml.ProcInst:
		if t.Target != "xml" || !first {
			return errors.New("a processing instruction")
		}
		if _, encoding, ok := strings.Cut(string(t.Inst), "encoding="); ok && !strings.HasPrefix(strings.ToLower(strings.Trim(encoding, `"' `)), "utf-8") {
			return errors.New("another encoding")
		}
	case xml.CharData:
		blank := len(bytes.TrimSpace(t)) == 0
		if top == nil && !blank {
			return errors.New("text beside the root")
		}
		if top != nil && !blank {
			top.text = true
		}
	case xml.Comment:
		if top != nil {
			top.comment = true
		}
	case xml.EndElement:
		if top == nil || top.name != full(t.Name) {
			return errors.New("an end without its beginning")
		}
		if top.text && top.comment {
			return errors.New("a comment within a text")
		}
		g.open = g.open[:len(g.open)-1]
	case xml.StartElement:
		return g.start(t)
	}
	return nil
}

// full is a name as it is written.
func full(n xml.Name) string {
	if n.Space == "" {
		return n.Local
	}
	return n.Space + ":" + n.Local
}

func (g *guards) start(t xml.StartElement) error {
	if len(g.open) == 0 {
		g.roots++
	}
	if g.roots > 1 || len(g.open) >= maxDepth {
		return errors.New("a second root, or too deep")
	}
	e := guarded{name: full(t.Name), prefixes: map[string]string{}}
	for _, a := range t.Attr {
		switch {
		case a.Name.Space == "xmlns":
			if a.Value == "" || a.Name.Local == "xmlns" || a.Name.Local == "xml" {
				return errors.New("a prefix that may not be declared")
			}
			e.prefixes[a.Name.Local] = a.Value
		case a.Name.Space == "" && a.Name.Local == "xmlns":
			e.prefixes[""] = a.Value
		}
	}
	g.open = append(g.open, e)
	seen := map[string]bool{}
	for _, a := range t.Attr {
		space := ""
		if a.Name.Space != "" && a.Name.Space != "xmlns" {
			var ok bool
			if space, ok = g.resolve(a.Name.Space); !ok {
				return fmt.Errorf("prefix %q is not declared", a.Name.Space)
			}
		}
		key := space + " " + a.Name.Local
		if a.Name.Space == "xmlns" {
			key = "xmlns:" + a.Name.Local
		}
		if seen[key] || strings.Contains(a.Name.Local, ":") {
			return fmt.Errorf("attribute %s twice", full(a.Name))
		}
		seen[key] = true
		if strings.EqualFold(a.Name.Local, "id") && a.Name.Space != "xmlns" {
			if g.ids[a.Value] {
				return fmt.Errorf("ID %q twice", a.Value)
			}
			g.ids[a.Value] = true
		}
	}
	if _, ok := g.resolve(t.Name.Space); !ok || strings.Contains(t.Name.Local, ":") {
		return fmt.Errorf("prefix %q is not declared", t.Name.Space)
	}
	return nil
}

// resolve is what a prefix stands for; the empty one stands for nothing unless declared.
func (g *guards) resolve(prefix string) (string, bool) {
	for i := len(g.open) - 1; i >= 0; i-- {
		if space, ok := g.open[i].prefixes[prefix]; ok {
			return space, true
		}
	}
	if prefix == "xml" {
		return "http://www.w3.org/XML/1998/namespace", true
	}
	return "", prefix == ""
}
