package form

import (
	"bytes"
	"encoding/json"
	"net/url"
	"reflect"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"pgregory.net/rapid"

	"motcua/base/lang"
)

// anyAnswer draws something for q: often right, sometimes nearly, sometimes not at all.
func anyAnswer(q *Field) *rapid.Generator[any] {
	return rapid.Custom(func(t *rapid.T) any {
		if rapid.IntRange(0, 19).Draw(t, "stray") == 0 {
			return rapid.OneOf(rapid.Just[any](nil), rapid.String().AsAny(), rapid.Float64().AsAny(), rapid.Bool().AsAny(),
				rapid.SliceOfN(rapid.String().AsAny(), 0, 3).AsAny(), rapid.Just[any](map[string]any{"x": 1.0})).Draw(t, "strange")
		}
		pick := func(all ...string) any { return rapid.SampledFrom(all).Draw(t, q.Name) }
		switch q.Type {
		case Text, Long:
			return pick("An Nhiên", " Bình  An ", "Ân", "Pha\u0323m An", "A", "", "a\nb", strings.Repeat("ễ ", 10), strings.Repeat("x ", 150))
		case Number, Money:
			return rapid.OneOf(rapid.Int64Range(-3, 70).AsAny(), rapid.Float64Range(-1, 12).AsAny(), rapid.Just[any]("1.500"), rapid.Just[any]("7")).Draw(t, q.Name)
		case Date:
			return pick("2020-02-05", "5/2/2020", "1990-01-01", "2020-03-02", "2020-03-03", "5//2020", "2015-03-01")
		case Choice:
			return pick("hospital", "home", "moon")
		case Choices:
			return rapid.SliceOfN(rapid.SampledFrom([]any{"milk", "bed", "visit", "milk", "car"}), 0, 4).Draw(t, q.Name)
		case Yes, Tick:
			return rapid.Bool().Draw(t, q.Name)
		case Email:
			return pick("an@example.vn", "an@", "")
		case Phone:
			return pick("0900000001", "+84 900 000 001", "12")
		case PersonID:
			return pick("001200000001", "001 200 000 001", "1")
		case Address:
			m := map[string]any{}
			for part, code := range map[string]string{"province": "01", "district": "002", "commune": "00061", "line": " Số 1"} {
				if rapid.IntRange(0, 5).Draw(t, part) > 0 {
					m[part] = code
				}
			}
			return m
		case Group:
			return rapid.SliceOfN(rapid.Custom(func(t *rapid.T) any {
				m := map[string]any{}
				for i := range q.Fields {
					m[q.Fields[i].Name] = anyAnswer(&q.Fields[i]).Draw(t, q.Fields[i].Name)
				}
				return m
			}), 0, 4).Draw(t, q.Name)
		}
		return nil
	})
}

func anyAnswers(f *Form, t *rapid.T) Answers {
	a := good()
	for _, q := range f.Fields() {
		if rapid.IntRange(0, 5).Draw(t, "given") == 0 {
			a[q.Name] = anyAnswer(q).Draw(t, q.Name)
		}
	}
	return a
}

func compileSchema(t testing.TB, f *Form) *jsonschema.Schema {
	t.Helper()
	b, err := json.Marshal(f.Schema(lang.EN))
	if err != nil {
		t.Fatal(err)
	}
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(b))
	if err != nil {
		t.Fatal(err)
	}
	c := jsonschema.NewCompiler()
	c.AssertFormat()
	if err := c.AddResource("form.json", doc); err != nil {
		t.Fatal(err)
	}
	s, err := c.Compile("form.json")
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// What Check stores the schema accepts, Check itself takes again unchanged, and
// its JSON survives storing.
func TestStoredAnswers(t *testing.T) {
	f := compiled(t, sample)
	schema := compileSchema(t, f)
	right := 0
	rapid.Check(t, func(t *rapid.T) {
		out, err := f.Check(anyAnswers(f, t), today)
		if err != nil {
			return
		}
		right++
		b, err := json.Marshal(out)
		if err != nil {
			t.Fatal(err)
		}
		doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(b))
		if err != nil {
			t.Fatal(err)
		}
		if err := schema.Validate(doc); err != nil {
			t.Fatalf("Check took %s, the schema says %v", b, err)
		}
		var back Answers
		if err := json.Unmarshal(b, &back); err != nil {
			t.Fatal(err)
		}
		again, err := f.Check(back, today)
		if err != nil {
			t.Fatalf("stored as %s, then: %v", b, err)
		}
		if c, _ := json.Marshal(again); !bytes.Equal(b, c) {
			t.Fatalf("stored as %s, checked again %s", b, c)
		}
	})
	if t.Logf("%d of the drawn answers were right", right); right < 10 && !testing.Short() {
		t.Error("too few of the drawn answers were right: the test sees too little")
	}
}

func TestSchemaRefuses(t *testing.T) {
	s := compileSchema(t, compiled(t, sample))
	for _, wrong := range []string{`{}`, `{"child_name":"An Nhiên","born":"2020-02-05","place":"moon","married":false,"phone":"0900000001","sure":true}`,
		`{"child_name":"An Nhiên","born":"2020-02-05","place":"home","married":false,"phone":"0900000001","sure":false}`,
		`{"child_name":"An Nhiên","born":"2020-02-05","place":"home","married":false,"phone":"0900000001","sure":true,"x":1}`} {
		doc, _ := jsonschema.UnmarshalJSON(strings.NewReader(wrong))
		if s.Validate(doc) == nil {
			t.Errorf("the schema accepts %s", wrong)
		}
	}
}

// What a page shows is read back as it was: no answer changes by looking at it.
func TestValuesInverse(t *testing.T) {
	f := compiled(t, sample)
	rapid.Check(t, func(t *rapid.T) {
		a, err := f.Check(anyAnswers(f, t), today)
		if err != nil {
			return
		}
		back := Answers{}
		for _, s := range f.Sections {
			for _, p := range s.Pages {
				v, err := url.ParseQuery(f.Values(p.ID(), a).Encode())
				if err != nil {
					t.Fatal(err)
				}
				for name, x := range f.ReadPage(p.ID(), v) {
					back[name] = x
				}
			}
		}
		again, err := f.Check(back, today)
		if err != nil || !reflect.DeepEqual(again, a) {
			t.Fatalf("got %v, %v; want %v", again, err, a)
		}
	})
}

// FuzzRead sends bytes as a posted page: nothing may panic, and what is right stays right.
func FuzzRead(f *testing.F) {
	form := compiled(f, sample)
	for _, s := range form.Sections {
		for _, p := range s.Pages {
			f.Add(p.ID(), form.Values(p.ID(), good()).Encode())
		}
	}
	f.Add("born", "born.day=5&born.month=2&born.year=2020&place=home&home.province=01&home.district=002&home.commune=00061&home.line=x")
	f.Add("siblings", "siblings.0.name=B&siblings.0.age=4&siblings.7.age=x&siblings.add=&siblings.remove.0=")
	f.Fuzz(func(t *testing.T, id, body string) {
		v, _ := url.ParseQuery(body)
		a := form.ReadPage(id, v)
		form.Button(id, v)
		out, err := form.CheckPage(id, a, today)
		if err != nil {
			return
		}
		for name, x := range out {
			if s, ok := x.(string); ok && (!utf8.ValidString(s) || strings.ContainsRune(s, 0)) {
				t.Errorf("%s was taken: %q", name, s)
			}
		}
		if again, err := form.CheckPage(id, out, today); err != nil || !reflect.DeepEqual(again, out) {
			t.Errorf("%v, checked again %v, %v", out, again, err)
		}
	})
}

// FuzzCheck sends bytes as the answers of an API call.
func FuzzCheck(f *testing.F) {
	form := compiled(f, sample)
	schema := compileSchema(f, form)
	b, _ := json.Marshal(good())
	f.Add(string(b))
	f.Add(`{"place":"home","home":{"province":"01"},"siblings":[{"name":"a","age":7}],"help":["milk"],"rooms":1e1,"married":true}`)
	f.Fuzz(func(t *testing.T, body string) {
		var a Answers
		if json.Unmarshal([]byte(body), &a) != nil {
			return
		}
		out, err := form.Check(a, today)
		form.Shown(a, today)
		form.Done("parents", a, today)
		if err != nil {
			return
		}
		c, err := json.Marshal(out)
		if err != nil {
			t.Fatal(err)
		}
		doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(c))
		if err != nil {
			t.Fatal(err)
		}
		if err := schema.Validate(doc); err != nil {
			t.Errorf("Check took %s, the schema says %v", c, err)
		}
	})
}
