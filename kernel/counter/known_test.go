package counter

import (
	"maps"
	"slices"
	"strings"
	"testing"

	"motcua/base/lang"
	"motcua/kernel/form"
)

func TestReuse(t *testing.T) {
	f := func(fields ...form.Field) *form.Form {
		x := form.Of(lang.Say("?"), fields...)
		for i := range fields {
			x.Sections[0].Pages[0].Fields[i].Label = lang.Say("?")
		}
		if err := x.Compile("test"); err != nil {
			t.Fatal(err)
		}
		return x
	}
	options := []form.Option{{Value: "a", Label: lang.Say("A")}}
	now := f(form.Field{Name: "me", Type: form.Text, From: "applicant.name"}, form.Field{Name: "child", Type: form.Text}, form.Field{Name: "home", Type: form.Address},
		form.Field{Name: "pick", Type: form.Choice, Options: options}, form.Field{Name: "turned", Type: form.Date})
	then := f(form.Field{Name: "me", Type: form.Text}, form.Field{Name: "child", Type: form.Text}, form.Field{Name: "home", Type: form.Address},
		form.Field{Name: "pick", Type: form.Choice, Options: append(options, form.Option{Value: "b", Label: lang.Say("B")})}, form.Field{Name: "turned", Type: form.Text}, form.Field{Name: "gone", Type: form.Text})
	all := form.Answers{"me": "Lan", "child": "An", "home": map[string]any{"line": "1"}, "pick": "a", "turned": "x", "gone": "x", "never": "x"}
	for _, c := range []struct {
		name    string
		change  form.Answers
		granted bool
		want    string
	}{
		{"another service", nil, false, "child home me pick"},
		{"the same service, granted: another child", nil, true, "home me"},
		{"an option that is no more", form.Answers{"pick": "b"}, false, "child home me"},
		{"left empty", form.Answers{"child": nil}, false, "home me pick"},
	} {
		a := maps.Clone(all)
		maps.Copy(a, c.change)
		got := strings.Join(slices.Sorted(maps.Keys(reuse(now, then, a, c.granted))), " ")
		if got != c.want {
			t.Errorf("%s: %s, want %s", c.name, got, c.want)
		}
	}
}
