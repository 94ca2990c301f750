package form

import (
	"errors"
	"fmt"
	"net/url"
	"reflect"
	"slices"
	"testing"

	"motcua/base/fault"
	"motcua/base/lang"
)

func TestShownAndDone(t *testing.T) {
	f := compiled(t, sample)
	ids := func(a Answers) (all []string) {
		for _, s := range f.Shown(a, today) {
			for _, p := range s.Pages {
				all = append(all, fmt.Sprint(s.ID, " ", p.ID(), " ", len(p.Fields)))
			}
		}
		return all
	}
	want := []string{"child child_name 1", "child born 2", "parents married 1", "parents siblings 1", "rest phone 5", "rest help 1", "rest sure 1"}
	if got := ids(nil); !slices.Equal(got, want) {
		t.Errorf("at first: got %q, want %q", got, want)
	}
	got := ids(Answers{"place": "home", "married": true})
	want = []string{"child child_name 1", "child born 3", "parents married 1", "parents father_born 2", "parents siblings 1", "rest phone 5", "rest help 1", "rest sure 1"}
	if !slices.Equal(got, want) {
		t.Errorf("then: got %q, want %q", got, want)
	}
	for _, x := range []struct {
		a    Answers
		want Progress
	}{
		{nil, None},
		{Answers{"married": false}, Some}, // brothers and sisters were not asked yet
		{Answers{"married": false, "siblings": nil}, All},                            // asked, and left empty
		{Answers{"married": true, "siblings": nil}, Some},                            // now the father is asked
		{Answers{"married": "?", "siblings": nil}, Some},                             // wrong
		{Answers{"married": false, "siblings": []any{map[string]any{"x": 1}}}, Some}, // wrong
	} {
		if got := f.Done("parents", x.a, today); got != x.want {
			t.Errorf("%v: got %q, want %q", x.a, got, x.want)
		}
	}
}

func TestRow(t *testing.T) {
	f := compiled(t, sample)
	q := *f.Field("siblings")
	if got := len(f.Row(q, map[string]any{"age": 4}, Answers{"married": true}, today)); got != 2 {
		t.Errorf("a row of age 4 asks %d questions, want 2", got)
	}
	if got := len(f.Row(q, map[string]any{"age": "9"}, Answers{"married": true}, today)); got != 3 {
		t.Errorf("a row of age 9 asks %d questions, want 3", got)
	}
}

func TestCheckPage(t *testing.T) {
	f := compiled(t, sample)
	// What is wrong on other pages is not this page's matter, and is kept as typed.
	a := Answers{"child_name": "A", "born": "5/2/2020", "place": "hospital", "home": map[string]any{"province": "01"}, "phone": "x"}
	got, err := f.CheckPage("born", a, today)
	want := Answers{"child_name": "A", "born": "2020-02-05", "place": "hospital", "phone": "x"}
	if err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("got %v, %v; want %v", got, err, want)
	}
	a["place"] = "home"
	got, err = f.CheckPage("born", a, today)
	if w := wrongAt(t, err); w != "/home/commune address.commune" && w != "/home/district address.district" {
		t.Errorf("got %q, want what is wrong with the address alone", w)
	}
	if !reflect.DeepEqual(got["home"], a["home"]) {
		t.Errorf("a wrong answer is lost: %v", got)
	}
	if _, err := f.CheckPage("nothing", a, today); !errors.Is(err, fault.NotFound) {
		t.Errorf("got %v, want not found", err)
	}
	// A rule reads answers of other pages.
	_, err = f.CheckPage("father_born", Answers{"born": "2020-02-05", "married": true, "father_born": "2020-02-06"}, today)
	if w := wrongAt(t, err); w != "/father_born rule" {
		t.Errorf("got %q, want the rule", w)
	}
	// An optional question seen and left empty is remembered as seen.
	got, err = f.CheckPage("siblings", Answers{"siblings": nil}, today)
	if v, seen := got["siblings"]; err != nil || !seen || v != nil {
		t.Errorf("got %v, %v; want siblings seen and empty", got, err)
	}
}

func TestReadPage(t *testing.T) {
	f := compiled(t, sample)
	for _, x := range []struct {
		page, form string
		want       Answers
	}{
		{"child_name", "child_name=+An+", Answers{"child_name": " An "}},
		{"child_name", "", Answers{"child_name": nil}},
		{"born", "born.day=5&born.month=2&born.year=2020&place=home&home.province=01&home.line=+", Answers{"born": "5/2/2020", "place": "home", "home": map[string]any{"province": "01"}}},
		{"born", "born.day=5&born.year=", Answers{"born": "5//", "place": nil, "home": nil}},
		{"born", "born=2020-02-05", Answers{"born": "2020-02-05", "place": nil, "home": nil}},
		{"married", "married=no", Answers{"married": false}},
		{"married", "married=x", Answers{"married": "x"}},
		{"sure", "sure=on", Answers{"sure": true}},
		{"help", "help=bed&help=&help=milk", Answers{"help": []any{"bed", "milk"}}},
		{"siblings", "siblings.0.name=B&siblings.0.age=4", Answers{"siblings": []any{map[string]any{"name": "B", "age": "4", "school": nil}}}},
		{"siblings", "siblings.0.name=B&siblings.1.name=C&siblings.remove.0=1", Answers{"siblings": []any{map[string]any{"name": "C", "age": nil, "school": nil}}}},
		{"siblings", "siblings.0.name=B&siblings.add=1", Answers{"siblings": []any{map[string]any{"name": "B", "age": nil, "school": nil}, map[string]any{}}}},
		{"siblings", "siblings.100.name=B&siblings.-1.name=B&siblings.x.name=C", Answers{"siblings": nil}},
		{"nothing", "x=1", nil},
	} {
		v, err := url.ParseQuery(x.form)
		if err != nil {
			t.Fatal(err)
		}
		if got := f.ReadPage(x.page, v); !reflect.DeepEqual(got, x.want) {
			t.Errorf("%s: got %v, want %v", x.form, got, x.want)
		}
	}
	for form, want := range map[string]bool{"siblings.add=": true, "siblings.remove.2=": true, "siblings.0.name=": false, "siblings.remove.100=": false} {
		v, _ := url.ParseQuery(form)
		if got := f.Button("siblings", v); got != want {
			t.Errorf("Button(%s) = %v, want %v", form, got, want)
		}
	}
}

func TestFirst(t *testing.T) {
	got := compiled(t, sample).First(today)
	if want := (Answers{"phone": "0900 000 001", "father_number": "001200000001"}); !reflect.DeepEqual(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}

func TestShow(t *testing.T) {
	f := compiled(t, sample)
	c, _ := lang.Load(Texts)
	voice := lang.Voice{Lang: lang.VI, Catalogue: c}
	unit := func(code string) lang.Text {
		return map[string]lang.Text{"01": lang.Say("Hà Nội"), "002": lang.Say("Hoàn Kiếm")}[code]
	}
	for _, x := range []struct {
		field string
		v     any
		want  string
	}{
		{"child_name", "An", "An"}, {"child_name", nil, ""}, {"born", "2020-02-05", "05/02/2020"}, {"born", "5//", "5//"},
		{"place", "home", "Ở nhà"}, {"place", "moon", "moon"}, {"married", true, "Có"}, {"married", false, "Không"},
		{"income", 1900000.0, "1.900.000 đồng"}, {"rooms", int64(3), "3"}, {"help", []any{"bed", "milk"}, "Sữa, Nôi"},
		{"home", map[string]any{"province": "01", "district": "002", "commune": "9", "line": "Số 1"}, "Số 1, 9, Hoàn Kiếm, Hà Nội"},
		{"siblings", []any{map[string]any{"name": "B", "age": 4.0}, map[string]any{"name": "C"}}, "Tên: B; Tuổi: 4\nTên: C"},
	} {
		if got := Show(*f.Field(x.field), x.v, voice, unit); got != x.want {
			t.Errorf("%s %v: got %q, want %q", x.field, x.v, got, x.want)
		}
	}
}
