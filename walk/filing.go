package walk

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// A Filing is what somebody asks for, with all that he would answer on the way.
type Filing struct {
	Start   string   // where to begin: the page of the service
	Body    string   // the body to choose
	Places  []string // the territories in which it is found, largest first
	Name    string   // of the body, to look for when it has no territory
	Org     string   // in whose name: the id of an organisation; "": his own
	Answers Answers
	Papers  map[string][]File
	SignIn  Answers // login and password
}

// Submit walks from the page of the service to the receipt.
func (x Filing) Submit(w Window) (*Page, error) {
	p, err := x.Prepare(w)
	if err != nil {
		return p, err
	}
	return x.Hand(w, p)
}

// Prepare walks from the page of the service to the last check, with every
// question answered and every paper given, without an account.
func (x Filing) Prepare(w Window) (*Page, error) {
	p, err := x.begin(w)
	said := map[string]bool{}
	for pages := 0; err == nil; pages++ {
		if pages > 120 {
			return p, fmt.Errorf("%s: questions without end", p.URL)
		}
		at := p.URL.Path
		switch {
		case strings.HasSuffix(at, "/check"):
			return p, x.unsaid(said)
		case strings.Contains(at, "/q/"), strings.HasSuffix(at, "/papers"):
			p, err = Send(w, p, asking, x.Answers, x.Papers, said)
		default: // the hub: its main button leads on
			to := p.Main()
			if to == "" {
				return p, fmt.Errorf("%s: nothing leads on: %s", p.URL, p.brief())
			}
			if more := p.Link(at + "/papers"); strings.HasSuffix(to, "/check") && more != "" && !said[more] && x.unsaid(said) != nil {
				to, said[more] = more, true // papers that may be left out are not on the way
			}
			p, err = w.Open(to)
		}
	}
	return p, err
}

// begin chooses the body and begins a draft.
func (x Filing) begin(w Window) (*Page, error) {
	p, err := w.Open(x.Start)
	if err != nil {
		return p, err
	}
	to := p.Link("/start/")
	if to == "" {
		return p, fmt.Errorf("%s leads nowhere", p.URL)
	}
	places := x.Places
	for p, err = w.Open(to); err == nil; {
		if f := p.Form("body"); f != nil && f.Method == "POST" && f.Control("body").Value == x.Body {
			if org := f.Control("org"); org != nil && x.Org != "" && org.Kind != "hidden" {
				if err := f.Type("org", x.Org); err != nil {
					return p, err
				}
			}
			return w.Press(f, f.Main())
		}
		if i := slices.IndexFunc(p.Links(), func(l Link) bool { return l.To.Query().Get("body") == x.Body }); i >= 0 {
			p, err = w.Open(p.Links()[i].To.RequestURI())
			continue
		}
		f := p.Form("in")
		field, value := "in", ""
		if f != nil && len(places) > 0 {
			value, places = places[0], places[1:]
		} else if f = p.Form("q"); f != nil && len(x.Name) > 0 && !p.Says(x.Name) {
			for _, other := range p.Forms() { // the search of the frame asks for services
				if other.Control("q") != nil && other.Action.Path == p.URL.Path {
					f = other
				}
			}
			field, value = "q", x.Name
		} else {
			return p, fmt.Errorf("%s: the body %s is not to be found", p.URL, x.Body)
		}
		if err := f.Type(field, value); err != nil {
			return p, fmt.Errorf("%s: %w", p.URL, err)
		}
		p, err = w.Press(f, f.Main())
	}
	return p, err
}

// asking is the form of a page of questions or papers.
func asking(p *Page) *Form {
	for _, f := range p.Forms() {
		if f.Method == "POST" && strings.HasPrefix(f.Action.Path, p.URL.Path) {
			return f
		}
	}
	return nil
}

// unsaid is the error of answers and papers that nobody asked for.
func (x Filing) unsaid(said map[string]bool) error {
	var never []string
	for _, name := range slices.Sorted(maps.Keys(x.Answers)) {
		if !said[name] {
			never = append(never, name)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(x.Papers)) {
		if !said[name] {
			never = append(never, name)
		}
	}
	if never != nil {
		return fmt.Errorf("nobody asked for %s", strings.Join(never, ", "))
	}
	return nil
}

// Hand signs in on the check page, where that is still to do, declares and submits.
func (x Filing) Hand(w Window, p *Page) (*Page, error) {
	if to := p.Link("/sign-in"); to != "" && p.Form("declare") == nil {
		in, err := w.Open(signIn(p))
		if err != nil {
			return in, err
		}
		if p, err = Send(w, in, func(p *Page) *Form { return p.Form("password") }, x.SignIn, nil, map[string]bool{}); err != nil {
			return p, err
		}
	}
	if f := p.Form("org"); f != nil { // in whose name, now that it is known who asks
		if err := f.Type("org", x.Org); err != nil {
			return p, err
		}
		var err error
		if p, err = w.Press(f, f.Main()); err != nil {
			return p, err
		}
	}
	declare := func(p *Page) *Form { return p.Form("declare") }
	return Send(w, p, declare, Answers{"declare": true}, nil, map[string]bool{})
}

// signIn is the link that signs in and comes back to the page; the frame's own does not come back.
func signIn(p *Page) string {
	for _, l := range p.Links() {
		if l.To.Path == "/sign-in" && l.To.Query().Has("to") {
			return l.To.RequestURI()
		}
	}
	return p.Link("/sign-in")
}

// Main is where the page's main button leads when it is a link: "" without one.
func (p *Page) Main() string {
	for n := range each(p.root, "a") {
		classes := strings.Fields(attr(n, "class"))
		if slices.Contains(classes, "ds-button") && attr(n, "data-variant") == "" {
			return p.address(attr(n, "href")).RequestURI()
		}
	}
	return ""
}

// Do does an act from the page of a dossier: it presses the button or follows
// the link that leads to it, and answers what is asked there.
func Do(w Window, dossier, act string, a Answers, papers map[string][]File) (*Page, error) {
	p, err := w.Open(dossier)
	if err != nil {
		return p, err
	}
	at := p.URL.Path + "/act/" + act
	form := func(p *Page) *Form {
		for _, f := range p.Forms() {
			if f.Method == "POST" && f.Action.Path == at {
				return f
			}
		}
		return nil
	}
	said := map[string]bool{}
	if to := p.Link(at); to != "" {
		if p, err = w.Open(to); err != nil {
			return p, err
		}
	} else if form(p) == nil {
		return p, fmt.Errorf("%s: nothing leads to %q: %s", p.URL, act, p.brief())
	}
	for range 5 { // an answer may bring up more questions
		if p, err = Send(w, p, form, a, papers, said); err != nil {
			return p, err
		}
		if p.URL.Path != at {
			break
		}
	}
	if p.URL.Path == at {
		return p, fmt.Errorf("%s: not done: %s", p.URL, p.brief())
	}
	return p, Filing{Answers: a, Papers: papers}.unsaid(said)
}
