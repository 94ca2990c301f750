package ask

import (
	"context"
	"net/url"
	"reflect"
	"strings"
	"testing"
	"time"

	"motcua/base/fault"
	"motcua/base/lang"
	"motcua/base/ui"
	"motcua/kernel/form"
	"motcua/kernel/who"
)

func sheet(t *testing.T) Sheet {
	t.Helper()
	f := &form.Form{Sections: []form.Section{{ID: "a", Title: lang.Say("Một"), Pages: []form.Page{
		{Fields: []form.Field{{Name: "name", Type: form.Text, Label: lang.Say("Tên")}}},
		{Fields: []form.Field{{Name: "home", Type: form.Address, Label: lang.Say("Nơi ở")}}},
		{Fields: []form.Field{{Name: "kin", Type: form.Group, Label: lang.Say("Người thân"), Fields: []form.Field{{Name: "who", Type: form.Text, Label: lang.Say("Ai")}}}}},
	}}}}
	if err := f.Compile("test"); err != nil {
		t.Fatal(err)
	}
	texts, err := lang.Load(ui.Texts, form.Texts)
	if err != nil {
		t.Fatal(err)
	}
	units := []who.Unit{{Code: "01", Name: "Hà Nội"}, {Code: "002", Name: "Hoàn Kiếm", Parent: "01"}}
	return Sheet{Voice: lang.Voice{Lang: lang.VI, Zone: time.UTC, Catalogue: texts}, Country: who.NewCountry(nil, units, nil), Form: f, Env: form.Env{Today: "2020-03-02"}}
}

func TestReadKeepsWhatWasNotShown(t *testing.T) {
	s := sheet(t)
	got := Read(s.Form, []string{"name"}, url.Values{"name": {"Lan"}, "kin.0.who": {"not asked"}}, form.Answers{"home": map[string]any{"line": "1"}, "name": "old"})
	want := form.Answers{"home": map[string]any{"line": "1"}, "name": "Lan"}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
	if got := Given(form.Answers{"a": nil, "b": false}); len(got) != 1 {
		t.Errorf("an empty answer is given: %v", got)
	}
}

func TestNames(t *testing.T) {
	for pointer, want := range map[string]string{"/answers/kin/0/who": "kin.0.who", "/papers/photo": "papers.photo", "/answers/name": "name", "/to": "to"} {
		if got := Name(pointer); got != want {
			t.Errorf("%s: %s, want %s", pointer, got, want)
		}
	}
}

// What is wrong stands beside its box and, in the order of the page, in the summary.
func TestWrong(t *testing.T) {
	s := sheet(t)
	s.Answers = form.Answers{"kin": []any{map[string]any{"who": "Mẹ"}, map[string]any{}}, "home": map[string]any{"province": "01"}}
	s.In = Values(s.Form, s.Answers)
	err := fault.Wrong(fault.Field{Pointer: "/papers/photo", Code: "form.required"}, fault.Field{Pointer: "/answers/kin/1/who", Code: "form.required"},
		fault.Field{Pointer: "/answers/home/district", Code: "form.address.district"}, fault.Field{Pointer: "/answers/name", Code: "form.required"})
	s.Wrong = Wrong(s.Voice, err)
	var lines []string
	var fields []form.Field
	for _, p := range Pages(s.Form.Sections) {
		fields = append(fields, p.Fields...)
	}
	for _, l := range s.Errors(fields) {
		lines = append(lines, l.Href)
	}
	if got, want := strings.Join(lines, " "), "#f-name #f-home_district #f-kin_1_who #f-papers_photo"; got != want {
		t.Errorf("summary %s, want %s", got, want)
	}
	var b strings.Builder
	ctx := lang.With(context.Background(), s.Voice)
	if err := s.Sections(s.Form.Sections).Render(ctx, &b); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{`name="asked" value="home"`, `name="kin.0.who"`, `value="Mẹ"`, `id="f-kin_1_who"`, `aria-invalid="true"`, `<option value="002">`, `name="kin.remove.1"`, `name="kin.add"`} {
		if !strings.Contains(b.String(), want) {
			t.Errorf("the page has no %s", want)
		}
	}
	if Wrong(s.Voice, fault.New(fault.Conflict, "x")) != nil {
		t.Error("a conflict is no wrong answer")
	}
}
