package walk

import (
	"bytes"
	"fmt"
	"mime/multipart"
	"net/http"
	"net/textproto"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"golang.org/x/net/html"
)

// A Form is a form of a page, with what stands in it.
type Form struct {
	Method   string
	Action   *url.URL
	Encoding string
	Controls []*Control // in the order of the page
}

// A Control is one box, choice or button of a form.
type Control struct {
	Kind    string // type of an input; textarea, select, submit
	ID      string
	Name    string
	Value   string   // of a choice: what it sends when On
	On      bool     // of checkbox and radio
	Options []string // of select
	Most    int      // characters taken, 0: any number
	Fixed   bool     // cannot be changed
	Many    bool     // takes several files
	Files   []File
	Action  *url.URL // of a button: another address for the form
	Text    string   // of a button
	Weight  string   // of a button: "" is the page's main one
	Hidden  bool     // not for people
	off     bool     // disabled: not sent
	Touched bool     // changed since the page was opened
}

// A File is a file to attach.
type File struct {
	Name  string
	Type  string
	Bytes []byte
}

// Forms are the forms of the page.
func (p *Page) Forms() (all []*Form) {
	byID := map[string]*Form{}
	own := map[*html.Node]*Form{}
	for n := range each(p.root, "form") {
		f := &Form{Method: strings.ToUpper(attr(n, "method")), Encoding: attr(n, "enctype"), Action: p.address(attr(n, "action"))}
		if f.Method == "" {
			f.Method = http.MethodGet
		}
		if f.Encoding == "" {
			f.Encoding = "application/x-www-form-urlencoded"
		}
		own[n], byID[attr(n, "id")] = f, f
		all = append(all, f)
	}
	for n := range each(p.root, "") {
		if !slices.Contains([]string{"input", "select", "textarea", "button"}, n.Data) {
			continue
		}
		f := byID[attr(n, "form")]
		if !has(n, "form") {
			f = nil
			for a := range n.Ancestors() {
				if own[a] != nil {
					f = own[a]
					break
				}
			}
		}
		if f != nil {
			f.Controls = append(f.Controls, p.control(n))
		}
	}
	return all
}

func (p *Page) address(to string) *url.URL {
	u, err := p.URL.Parse(to)
	if err != nil {
		return p.URL
	}
	return u
}

func (p *Page) control(n *html.Node) *Control {
	c := &Control{Kind: n.Data, ID: attr(n, "id"), Name: attr(n, "name"), Value: attr(n, "value"), Fixed: has(n, "readonly"), Many: has(n, "multiple")}
	c.Most, _ = strconv.Atoi(attr(n, "maxlength"))
	c.off = has(n, "disabled") || within(n, func(a *html.Node) bool { return a.Data == "fieldset" && has(a, "disabled") })
	c.Hidden = attr(n, "aria-hidden") == "true" || within(n, func(a *html.Node) bool { return has(a, "hidden") })
	switch n.Data {
	case "input":
		if c.Kind = attr(n, "type"); c.Kind == "" {
			c.Kind = "text"
		}
		c.On = has(n, "checked")
		if (c.Kind == "checkbox" || c.Kind == "radio") && !has(n, "value") {
			c.Value = "on"
		}
		c.Hidden = c.Hidden || c.Kind == "hidden"
	case "textarea":
		c.Value = strings.TrimPrefix(text(n), "\n")
	case "select":
		chosen := false
		for o := range each(n, "option") {
			v := attr(o, "value")
			if !has(o, "value") {
				v = strings.TrimSpace(text(o))
			}
			if has(o, "selected") || !chosen && len(c.Options) == 0 {
				c.Value, chosen = v, has(o, "selected")
			}
			c.Options = append(c.Options, v)
		}
	case "button":
		if c.Kind = attr(n, "type"); c.Kind == "" {
			c.Kind = "submit"
		}
		c.Text, c.Weight = strings.Join(strings.Fields(text(n)), " "), attr(n, "data-variant")
		if has(n, "formaction") {
			c.Action = p.address(attr(n, "formaction"))
		}
	}
	return c
}

// Control is the first control of this name, or nil.
func (f *Form) Control(name string) *Control {
	i := slices.IndexFunc(f.Controls, func(c *Control) bool { return c.Name == name })
	if i < 0 {
		return nil
	}
	return f.Controls[i]
}

// Button is the button of this name and value, or nil.
func (f *Form) Button(name, value string) *Control {
	for _, c := range f.Controls {
		if c.Kind == "submit" && c.Name == name && c.Value == value {
			return c
		}
	}
	return nil
}

// Main is the button that people press when they are done: the heaviest one in sight.
func (f *Form) Main() *Control {
	for _, weight := range []string{"", "secondary", "tertiary"} {
		for _, c := range f.Controls {
			if c.Kind == "submit" && !c.Hidden && !c.off && c.Weight == weight {
				return c
			}
		}
	}
	return nil
}

// Type puts a value where it belongs under this name: into the box, or on the
// choices that have it. What a person could not do there is an error.
func (f *Form) Type(name string, values ...string) error {
	found := false
	for _, c := range f.Controls {
		if c.Name != name || c.Kind == "submit" || c.Kind == "file" {
			continue
		}
		found = true
		if c.off || c.Fixed || c.Kind == "hidden" {
			return fmt.Errorf("%s cannot be changed", name)
		}
		on := slices.Contains(values, c.Value)
		switch c.Kind {
		case "checkbox", "radio":
			c.Touched, c.On = c.Touched || c.On != on, on
			continue
		case "select":
			if len(values) == 1 && !slices.Contains(c.Options, values[0]) {
				return fmt.Errorf("%s does not offer %q", name, values[0])
			}
		}
		v := ""
		if len(values) > 0 {
			v = values[0]
		}
		if c.Most > 0 && utf8.RuneCountInString(v) > c.Most {
			return fmt.Errorf("%s takes %d characters, not %q", name, c.Most, v)
		}
		c.Touched, c.Value = c.Touched || c.Value != v, v
		values = values[min(1, len(values)):]
	}
	if !found {
		return fmt.Errorf("there is no %s on the form", name)
	}
	return nil
}

// Attach puts files into the box of this name.
func (f *Form) Attach(name string, files ...File) error {
	for _, c := range f.Controls {
		if c.Name == name && c.Kind == "file" {
			if len(files) > 1 && !c.Many {
				return fmt.Errorf("%s takes one file, not %d", name, len(files))
			}
			c.Files, c.Touched = files, true
			return nil
		}
	}
	return fmt.Errorf("there is no %s to attach to", name)
}

// Request is what a browser sends for f when b is pressed (nil: the Enter key
// in a form without buttons).
func (f *Form) Request(b *Control) (*http.Request, error) {
	to := *f.Action
	if b != nil && b.Action != nil {
		to = *b.Action
	}
	to.Fragment = ""
	v := url.Values{}
	for _, c := range f.Controls {
		if c.sent(b) && c.Kind != "file" {
			v.Add(c.Name, c.Value)
		}
	}
	if f.Method == http.MethodGet {
		to.RawQuery = v.Encode()
		return http.NewRequest(http.MethodGet, to.String(), nil)
	}
	kind, body := "application/x-www-form-urlencoded", []byte(v.Encode())
	if f.Encoding == "multipart/form-data" {
		var err error
		if kind, body, err = f.parts(b); err != nil {
			return nil, err
		}
	}
	r, err := http.NewRequest(http.MethodPost, to.String(), bytes.NewReader(body))
	if err == nil {
		r.Header.Set("Content-Type", kind)
	}
	return r, err
}

// sent reports whether the control is part of what is sent when b is pressed.
func (c *Control) sent(b *Control) bool {
	switch c.Kind {
	case "submit":
		return c == b && c.Name != ""
	case "button", "reset":
		return false
	case "checkbox", "radio":
		return c.Name != "" && c.On && !c.off
	}
	return c.Name != "" && !c.off
}

var quote = strings.NewReplacer("\"", "%22", "\r", "%0D", "\n", "%0A")

// parts encodes the form with its files in the order of the page, as browsers do.
func (f *Form) parts(b *Control) (kind string, body []byte, err error) {
	var out bytes.Buffer
	w := multipart.NewWriter(&out)
	for _, c := range f.Controls {
		if !c.sent(b) {
			continue
		}
		if c.Kind != "file" {
			err = w.WriteField(c.Name, strings.ReplaceAll(c.Value, "\n", "\r\n"))
		}
		files := c.Files
		if c.Kind == "file" && len(files) == 0 {
			files = []File{{Type: "application/octet-stream"}}
		}
		for _, x := range files {
			h := textproto.MIMEHeader{"Content-Type": {x.Type},
				"Content-Disposition": {fmt.Sprintf(`form-data; name="%s"; filename="%s"`, quote.Replace(c.Name), quote.Replace(x.Name))}}
			if part, bad := w.CreatePart(h); bad != nil {
				err = bad
			} else if _, bad := part.Write(x.Bytes); bad != nil {
				err = bad
			}
		}
		if err != nil {
			return "", nil, err
		}
	}
	err = w.Close()
	return w.FormDataContentType(), out.Bytes(), err
}

// Tag is the element that the control is.
func (c *Control) Tag() string {
	switch c.Kind {
	case "select", "textarea":
		return c.Kind
	case "submit", "reset", "button":
		return "button"
	}
	return "input"
}
