package form

import (
	"strings"
	"testing"
	"time"

	"motcua/base/data"
)

func TestCompileFaults(t *testing.T) {
	field := func(s string) string {
		return "sections:\n- id: a\n  title: A\n  pages:\n  - title: P\n    fields:\n    - {name: first, type: number, label: F}\n    - " + s + "\n    - {name: last, type: group, label: L, fields: [{name: inner, type: number, label: I}]}\n"
	}
	for _, x := range []struct{ source, want string }{
		{field(`{name: x, type: text, label: X}`), ""},
		{field(`{name: x, type: text, label: X, when: first > 1}`), ""},
		{field(`{name: first, type: text, label: X}`), "/fields/1: field \"first\": the name stands twice"},
		{field(`{name: inner, type: text, label: X}`), "the name stands twice"},
		{field(`{name: First, type: text, label: X}`), "want a name in lower_snake"},
		{field(`{name: today, type: text, label: X}`), "means something else"},
		{field(`{name: in, type: text, label: X}`), "means something else"},
		{field(`{name: x, type: textt, label: X}`), `there is no type "textt"`},
		{field(`{name: x, type: text}`), "label of \"x\" is missing in vi"},
		{field(`{name: x, type: text, label: {en: X}}`), "missing in vi"},
		{field(`{name: x, type: choice, label: X}`), "choice and choices have options"},
		{field(`{name: x, type: text, label: X, options: [{value: a, label: A}]}`), "others have none"},
		{field(`{name: x, type: choice, label: X, options: [{value: a, label: A}, {value: a, label: B}]}`), "each once"},
		{field(`{name: x, type: choice, label: X, options: [{value: "a b", label: A}]}`), "want letters"},
		{field(`{name: x, type: date, label: X, min: 3}`), "date has no min or max"},
		{field(`{name: x, type: number, label: X, min: 3, max: 2}`), "min 3 is above max 2"},
		{field(`{name: x, type: text, label: X, max: 10001}`), "max is at most 10000"},
		{field(`{name: x, type: text, label: X, before: today}`), "only a date"},
		{field(`{name: x, type: date, label: X, before: tomorrow}`), "want YYYY-MM-DD"},
		{field(`{name: x, type: date, label: X, after: today-}`), "want YYYY-MM-DD"},
		{field(`{name: x, type: date, label: X, after: today-3w}`), "want YYYY-MM-DD"},
		{field(`{name: x, type: text, label: X, from: applicant.shoe}`), "nothing to take"},
		{field(`{name: x, type: text, label: X, must: [{say: S}]}`), "either if or rule"},
		{field(`{name: x, type: text, label: X, must: [{if: x == "a"}]}`), "what the rule says is missing"},
		{field(`{name: x, type: text, label: X, must: [{rule: tall}]}`), `no rule "tall"`},
		{field(`{name: x, type: number, label: X, must: [{rule: adult}]}`), `no rule "adult" for number`},
		{field(`{name: x, type: text, label: X, fields: [{name: y, type: text, label: Y}]}`), "a group has fields"},
		{field(`{name: x, type: group, label: X, fields: [{name: y, type: group, label: Y, fields: [{name: z, type: text, label: Z}]}]}`), "a group in a group"},
		{field(`{name: x, type: group, label: X, fields: [{name: y, type: text, label: Y, when: z > 1}, {name: z, type: number, label: Z}]}`), "not asked before"},

		{field(`{name: x, type: text, label: X, when: first}`), "form.yaml:8: the formula \"first\" gives int: want bool"},
		{field(`{name: x, type: text, label: X, when: first > "a"}`), "form.yaml:8: "},
		{field(`{name: x, type: text, label: X, when: first >}`), "form.yaml:8: "},
		{field(`{name: x, type: text, label: X, when: shoe > 1}`), "undeclared reference to 'shoe'"},
		{field(`{name: x, type: text, label: X, when: x == "a"}`), `"x", which is not asked before it`},
		{field(`{name: x, type: text, label: X, when: size(last) > 1}`), `"last", which is not asked before it`},
		{field(`{name: x, type: text, label: X, when: first > 1 && first < 3 || first == 7}`), "5 operators: at most 3"},
		{field(`{name: x, type: text, label: X, must: [{if: "last.all(r, r.inner > 1)", say: S}]}`), ""},
		{field(`{name: x, type: text, label: X, must: [{if: "last.all(r, r.iner > 1)", say: S}]}`), "no such key: iner"},
		{field(`{name: x, type: text, label: X, must: [{if: "last[0].inner > 1", say: S}]}`), "form.yaml:8: "},
		{field(`{name: x, type: address, label: X, must: [{if: "x.provinz == \"01\"", say: S}]}`), "no such key: provinz"},
		{field(`{name: x, type: text, label: X, must: [{if: "applicant.shoe == \"01\"", say: S}]}`), "no such key: shoe"},
		{field(`{name: x, type: text, label: X, when: first / 2 > 1}`), "form.yaml:8: the formula \"first / 2 > 1\": there is no / here"},
		{field(`{name: x, type: text, label: X, when: 'timestamp("2020-01-01T00:00:00Z") == timestamp("2020-01-01T00:00:00Z")'}`), "form.yaml:8: "},
		{field(`{name: x, type: text, label: X, when: "first > ` + strings.Repeat("1", 300) + `"}`), "at most 300"},
		{"sections:\n- id: A\n  title: A\n  pages: [{title: P, fields: [{name: x, type: text, label: X}]}]\n", "/sections/0: section id \"A\""},
		{"sections:\n- id: a\n  title: A\n", "the section has no page"},
		{"sections:\n- id: a\n  title: A\n  pages: [{title: P}]\n", "the page has no field"},
		{"sections:\n- id: a\n  pages: [{title: P, fields: [{name: x, type: text, label: X}]}]\n", "the section's title is missing"},
	} {
		var f Form
		if err := data.Read("form.yaml", []byte(x.source), &f); err != nil {
			t.Errorf("%s: %v", x.source, err)
			continue
		}
		got := ""
		if err := f.Compile("form.yaml"); err != nil {
			got = err.Error()
		}
		if x.want == "" && got != "" || !strings.Contains(got, x.want) {
			t.Errorf("%s:\ngot %q\nwant %q in it", x.source, got, x.want)
		}
	}
}

func TestFormulas(t *testing.T) {
	f := compiled(t, sample)
	a := Answers{"child_name": "An", "born": "2014-03-02", "place": "home", "married": true, "rooms": 3.0, "help": []any{"milk"},
		"home": map[string]any{"province": "01"}, "siblings": []any{map[string]any{"name": "B", "age": 4.0}, map[string]any{"name": "C"}}}
	for formula, want := range map[string]bool{
		`age(born, today) == 6`:              true,
		`years(born, "2020-03-01") == 5`:     true,
		`days("2020-02-28", today) == 3`:     true,
		`age(father_born, today) == 0`:       true, // not answered
		`father_born == ""`:                  true,
		`income == 0`:                        true,
		`sure == false`:                      true,
		`size(help) == 1`:                    true,
		`"milk" in help`:                     true,
		`"bed" in help`:                      false,
		`home.province == "01"`:              true,
		`home.line == ""`:                    true,
		`siblings.exists(s, s.age > 3)`:      true,
		`siblings.all(s, s.age > 3)`:         false,
		`rooms * 2 + 1 == 7`:                 true,
		`applicant.number.startsWith("001")`: true,
		`applicant.org_name == ""`:           true,
		`child_name.matches("^[A-Z]")`:       true,
		`married && place == "hospital"`:     false,
	} {
		x, err := f.Condition("t.yaml", data.Expr{Text: formula, Line: 3})
		if err != nil {
			t.Errorf("%s: %v", formula, err)
			continue
		}
		if got, err := x.Holds(a, today); got != want || err != nil {
			t.Errorf("%s: got %v, %v; want %v", formula, got, err, want)
		}
	}
	x, err := f.Formula("t.yaml", data.Expr{Text: `place == "home" ? child_name : "x"`})
	if err != nil {
		t.Fatal(err)
	}
	if got, err := x.Text(a, today); got != "An" || err != nil {
		t.Errorf("got %q, %v; want An", got, err)
	}
	if !x.Reads("place") || x.Reads("today") {
		t.Errorf("the formula reads %v: want child_name and place", x.names)
	}
	if _, err := f.Formula("t.yaml", data.Expr{Text: "rooms"}); err == nil {
		t.Error("a number was taken for a text")
	}
	var nothing *Formula
	if ok, err := nothing.Holds(a, today); !ok || err != nil {
		t.Errorf("no formula: got %v, %v; want true", ok, err)
	}
}

func TestWith(t *testing.T) {
	f := compiled(t, sample)
	wide, err := f.With([]Field{{Name: "book", Type: Text, Label: f.Sections[0].Title}})
	if err != nil {
		t.Fatal(err)
	}
	x, err := wide.Formula("t.yaml", data.Expr{Text: `child_name + " " + book`})
	if err != nil {
		t.Fatal(err)
	}
	if got, _ := x.Text(Answers{"child_name": "An", "book": "1/2020"}, today); got != "An 1/2020" {
		t.Errorf("got %q", got)
	}
	if !wide.Has("book") || f.Has("book") {
		t.Error("With changed the form itself, or did not add the field")
	}
}

// The dearest formulas that three operators and the largest group allow must end soon.
func TestFormulaCost(t *testing.T) {
	f := compiled(t, "sections:\n- id: a\n  title: A\n  pages:\n  - title: P\n    fields:\n    - {name: g, type: group, label: G, max: 100, fields: [{name: x, type: text, label: X, max: 10000}]}\n")
	var rows []any
	for range 100 {
		rows = append(rows, map[string]any{"x": strings.Repeat("a", 1900)})
	}
	for _, formula := range []string{`g.all(r, g.all(s, g.all(t, r.x == t.x)))`, `g.all(r, g.all(s, r.x.matches("(a+)+b") == false))`,
		`g.map(r, g.map(s, g)) == g.map(r, g.map(s, g))`, `g.all(r, g.exists(s, s.x + s.x == r.x + "b"))`} {
		x, err := f.Condition("t.yaml", data.Expr{Text: formula, Line: 1})
		if err != nil {
			continue // more than three operators
		}
		begin := time.Now()
		_, err = x.Holds(Answers{"g": rows}, today)
		if took := time.Since(begin); took > 2*time.Second {
			t.Errorf("%s took %v (%v)", formula, took, err)
		}
	}
}
