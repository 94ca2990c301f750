package form

import (
	"errors"
	"reflect"
	"strings"
	"testing"

	"motcua/base/data"
	"motcua/base/fault"
	"motcua/base/lang"
)

// sample has every type of answer, conditions, rules and a group.
const sample = `sections:
  - id: child
    title: Bé
    pages:
      - fields:
          - {name: child_name, type: text, label: Tên bé, min: 2, max: 20, must: [{rule: full_name}]}
      - title: Sinh ở đâu, khi nào
        fields:
          - {name: born, type: date, label: Ngày sinh, before: today, after: today-5y}
          - name: place
            type: choice
            label: Nơi sinh
            options: [{value: hospital, label: Bệnh viện}, {value: home, label: Ở nhà}]
          - {name: home, type: address, label: Nhà ở đâu, when: place == "home"}
  - id: parents
    title: Cha mẹ
    pages:
      - fields:
          - {name: married, type: "yes", label: Cha mẹ đã kết hôn}
      - when: married
        title: Cha
        fields:
          - name: father_born
            type: date
            label: Ngày sinh của cha
            must:
              - if: father_born < born
                say: {vi: Cha phải sinh trước con, en: A father is older than his child}
          - {name: father_number, type: personid, label: Số của cha, optional: true, from: applicant.number}
      - title: Anh chị
        fields:
          - name: siblings
            type: group
            label: Anh chị em
            optional: true
            max: 3
            fields:
              - {name: name, type: text, label: Tên}
              - {name: age, type: number, label: Tuổi, min: 0, max: 60}
              - {name: school, type: text, label: Trường, optional: true, when: age > 5 && married}
            must:
              - if: siblings.all(s, s.age < 50)
                say: Anh chị em không quá 50 tuổi
  - id: rest
    title: Phần còn lại
    pages:
      - title: Liên hệ
        fields:
          - {name: phone, type: phone, label: Điện thoại, from: applicant.phone}
          - {name: email, type: email, label: Thư, optional: true}
          - {name: income, type: money, label: Thu nhập, optional: true}
          - {name: rooms, type: number, label: Số phòng, optional: true, max: 9}
          - {name: story, type: long, label: Chuyện, optional: true}
      - fields:
          - name: help
            type: choices
            label: Cần giúp gì
            optional: true
            options: [{value: milk, label: Sữa}, {value: bed, label: Nôi}, {value: visit, label: Thăm nhà}]
      - fields:
          - {name: sure, type: tick, label: Tôi cam đoan}
`

var today = Env{Today: "2020-03-02", Applicant: map[string]any{"phone": "0900 000 001", "number": "001200000001"},
	Unit: func(code, parent string) bool {
		return map[string]string{"01": "", "002": "01", "00061": "002"}[code] == parent && code != ""
	}}

func compiled(t testing.TB, source string) *Form {
	t.Helper()
	var f Form
	if err := data.Read("form.yaml", []byte(source), &f); err != nil {
		t.Fatal(err)
	}
	if err := f.Compile("form.yaml"); err != nil {
		t.Fatal(err)
	}
	return &f
}

// good are answers of the sample that are right as they stand.
func good() Answers {
	return Answers{"child_name": "Phạm An Nhiên", "born": "2020-02-05", "place": "hospital", "married": false, "phone": "0900000001", "sure": true}
}

func TestTexts(t *testing.T) {
	c, err := lang.Load(Texts)
	if err != nil {
		t.Fatal(err)
	}
	for name := range rules {
		if !c.Has("form.rule." + name) {
			t.Errorf("rule %q has no sentence", name)
		}
	}
}

// wrongAt are the pointers and codes of err, one a line.
func wrongAt(t *testing.T, err error) string {
	t.Helper()
	var f *fault.Error
	if err != nil && (!errors.As(err, &f) || f.Kind != fault.Invalid) {
		t.Fatalf("got error %v, want a fault of the answers", err)
	}
	var all []string
	if f != nil {
		for _, x := range f.Fields {
			all = append(all, strings.TrimPrefix(x.Pointer, "/answers")+" "+strings.TrimPrefix(x.Code, "form."))
		}
	}
	return strings.Join(all, "; ")
}

func TestCheck(t *testing.T) {
	f := compiled(t, sample)
	c, _ := lang.Load(Texts)
	home := map[string]any{"province": "01", "district": "002", "commune": "00061", "line": " Số 1 "}
	row := func(age any) map[string]any { return map[string]any{"name": "Bình", "age": age} }
	for _, x := range []struct {
		name   string
		change Answers // of good; nil takes an answer away
		wrong  string
		stored Answers // what of the change is stored, when it differs from it
	}{
		{"as it stands", nil, "", nil},
		{"nothing", Answers{"child_name": nil, "born": nil, "place": nil, "married": nil, "phone": nil, "sure": nil},
			"/child_name required; /born required; /place required; /married required; /phone required; /sure required", nil},
		{"unknown field", Answers{"chid_name": "x", "a/b": 1}, "/a~1b unknown; /chid_name unknown", nil},
		{"only spaces", Answers{"child_name": " \t "}, "/child_name required", nil},
		{"spaces around", Answers{"child_name": "  Phạm An "}, "", Answers{"child_name": "Phạm An"}},
		{"decomposed letters", Answers{"child_name": "Pha\u0323m An"}, "", Answers{"child_name": "Phạm An"}},
		{"too long", Answers{"child_name": "An " + strings.Repeat("n", 18)}, "/child_name long", nil},
		{"20 letters with marks are not too long", Answers{"child_name": "Ân " + strings.Repeat("ễ", 17)}, "", nil},
		{"too short", Answers{"child_name": "A"}, "/child_name short", nil},
		{"named rule", Answers{"child_name": "An4 Nhiên"}, "/child_name rule.full_name", nil},
		{"not text", Answers{"child_name": 4.0}, "/child_name text", nil},
		{"broken UTF-8", Answers{"child_name": "Ph\xffm An"}, "/child_name utf8", nil},
		{"replacement character", Answers{"child_name": "Ph\ufffdm An"}, "/child_name utf8", nil},
		{"NUL", Answers{"child_name": "Phạm\x00 An"}, "/child_name utf8", nil},
		{"new line in one line", Answers{"child_name": "Phạm\nAn"}, "/child_name utf8", nil},
		{"text that turns around", Answers{"child_name": "Phạm \u202enA"}, "/child_name utf8", nil},
		{"new line in many lines", Answers{"story": "a\r\nb"}, "", Answers{"story": "a\nb"}},
		{"long text", Answers{"story": strings.Repeat("ă", 2001)}, "/story long", nil},
		{"10 MB", Answers{"story": strings.Repeat("a", 10<<20)}, " large", nil},
		{"nested too deep", Answers{"story": []any{[]any{[]any{[]any{[]any{[]any{1}}}}}}}, " large", nil},
		{"no such day", Answers{"born": "2020-02-30"}, "/born date", nil},
		{"of the three boxes", Answers{"born": "5/2/2020"}, "", Answers{"born": "2020-02-05"}},
		{"a box left empty", Answers{"born": "5//2020"}, "/born date", nil},
		{"year of two digits", Answers{"born": "5/2/20"}, "/born date", nil},
		{"tomorrow", Answers{"born": "2020-03-03"}, "/born future", nil},
		{"today", Answers{"born": "2020-03-02"}, "", nil},
		{"longer ago than asked", Answers{"born": "2015-03-01"}, "/born after", nil},
		{"no such option", Answers{"place": "moon"}, "/place option", nil},
		{"choice of another type", Answers{"place": []any{"home"}}, "/place text", nil},
		{"address", Answers{"place": "home", "home": home}, "", Answers{"place": "home",
			"home": map[string]any{"province": "01", "district": "002", "commune": "00061", "line": "Số 1"}}},
		{"address not asked is dropped", Answers{"home": home}, "", Answers{}},
		{"address asked", Answers{"place": "home"}, "/home required", nil},
		{"empty address", Answers{"place": "home", "home": map[string]any{"line": " "}}, "/home required", nil},
		{"commune of another district", Answers{"place": "home", "home": map[string]any{"province": "01", "commune": "00061"}}, "/home/commune address.commune", nil},
		{"no province", Answers{"place": "home", "home": map[string]any{"line": "Số 1"}}, "/home/province address.province", nil},
		{"address with more", Answers{"place": "home", "home": map[string]any{"zip": "1"}}, "/home/zip unknown", nil},
		{"address is text", Answers{"place": "home", "home": "Hà Nội"}, "/home address", nil},
		{"yes as text", Answers{"married": "yes"}, "/married option", nil},
		{"not ticked", Answers{"sure": false}, "/sure required", nil},
		{"page asked by an answer", Answers{"married": true}, "/father_born required", nil},
		{"page asked", Answers{"married": true, "father_born": "1990-01-01"}, "", nil},
		{"rule over two answers", Answers{"married": true, "father_born": "2020-02-05"}, "/father_born rule", nil},
		{"answers of a page not asked are dropped", Answers{"father_born": "1990-01-01", "father_number": "x"}, "", Answers{}},
		{"person's number", Answers{"married": true, "father_born": "1990-01-01", "father_number": "001 200 000 001"}, "",
			Answers{"married": true, "father_born": "1990-01-01", "father_number": "001200000001"}},
		{"wrong number", Answers{"married": true, "father_born": "1990-01-01", "father_number": "12345"}, "/father_number personid", nil},
		{"phone", Answers{"phone": "+84 (90) 000-00.01"}, "", Answers{"phone": "+84900000001"}},
		{"wrong phone", Answers{"phone": "12345"}, "/phone phone", nil},
		{"e-mail", Answers{"email": "an@example.vn"}, "", nil},
		{"no e-mail", Answers{"email": "an@example"}, "/email email", nil},
		{"e-mail with a name", Answers{"email": "An <an@example.vn>"}, "/email email", nil},
		{"money as typed", Answers{"income": "1.900.000"}, "", Answers{"income": int64(1900000)}},
		{"money with a small part", Answers{"income": "1.90"}, "/income number", nil},
		{"money below nothing", Answers{"income": -1.0}, "/income least", nil},
		{"JSON number", Answers{"rooms": 4.0}, "", Answers{"rooms": int64(4)}},
		{"no whole number", Answers{"rooms": 4.5}, "/rooms number", nil},
		{"number too large", Answers{"rooms": 10.0}, "/rooms most", nil},
		{"number beyond all", Answers{"rooms": 1e300}, "/rooms number", nil},
		{"choices in the question's order", Answers{"help": []any{"visit", "milk", "visit"}}, "", Answers{"help": []any{"milk", "visit"}}},
		{"no such choice", Answers{"help": []any{"milk", "car"}}, "/help option", nil},
		{"no choice", Answers{"help": []any{}}, "", Answers{}},
		{"rows", Answers{"siblings": []any{row(4), map[string]any{"school": "b"}, row("12")}}, "/siblings/1/name required; /siblings/1/age required", nil},
		{"empty rows are left out", Answers{"siblings": []any{row(4), map[string]any{"name": " ", "age": nil}, row("12")}}, "",
			Answers{"siblings": []any{map[string]any{"name": "Bình", "age": int64(4)}, map[string]any{"name": "Bình", "age": int64(12)}}}},
		{"pointers name the row as sent", Answers{"siblings": []any{map[string]any{}, row(61)}}, "/siblings/1/age range", nil},
		{"too many rows", Answers{"siblings": []any{row(1), row(2), row(3), row(4)}}, "/siblings rows", nil},
		{"101 rows", Answers{"siblings": make([]any, 101)}, "/siblings rows", nil},
		{"rows that are none", Answers{"siblings": []any{"x"}}, "/siblings/0 list", nil},
		{"a row with more", Answers{"siblings": []any{map[string]any{"name": "a", "age": 1, "x": 1}}}, "/siblings/0/x unknown", nil},
		{"rule over rows", Answers{"siblings": []any{row(55)}}, "/siblings rule", nil},
		{"question of a row not asked", Answers{"siblings": []any{map[string]any{"name": "a", "age": 9, "school": "b"}}}, "",
			Answers{"siblings": []any{map[string]any{"name": "a", "age": int64(9)}}}},
		{"question of a row asked", Answers{"married": true, "father_born": "1990-01-01", "siblings": []any{map[string]any{"name": "a", "age": 9, "school": "b"}}}, "",
			Answers{"married": true, "father_born": "1990-01-01", "siblings": []any{map[string]any{"name": "a", "age": int64(9), "school": "b"}}}},
	} {
		in := good()
		for k, v := range x.change {
			in[k] = v
		}
		out, err := f.Check(in, today)
		got := wrongAt(t, err)
		if got != x.wrong {
			t.Errorf("%s: wrong %q, want %q", x.name, got, x.wrong)
		}
		var bad *fault.Error
		if errors.As(err, &bad) {
			for _, w := range bad.Fields {
				if said := (lang.Voice{Catalogue: c}).T(w.Code, w.Args...); strings.HasPrefix(said, "[") || strings.Contains(said, "{") {
					t.Errorf("%s: %s says %q", x.name, w.Code, said)
				}
			}
			continue
		}
		want := good()
		stored := x.stored
		if stored == nil {
			stored = x.change
		}
		for k, v := range stored {
			want[k] = v
		}
		if x.wrong == "" && !reflect.DeepEqual(out, want) {
			t.Errorf("%s: stored %v, want %v", x.name, out, want)
		}
		if again, err := f.Check(out, today); err != nil || !reflect.DeepEqual(again, out) {
			t.Errorf("%s: checked again %v, %v; want the same", x.name, again, err)
		}
	}
}

func TestRuleSays(t *testing.T) {
	a := good()
	a["married"], a["father_born"] = true, "2020-02-05"
	_, err := compiled(t, sample).Check(a, today)
	var bad *fault.Error
	if !errors.As(err, &bad) || len(bad.Fields) != 1 {
		t.Fatalf("got %v, want one fault", err)
	}
	c, _ := lang.Load(Texts)
	v := lang.Voice{Lang: lang.EN, Catalogue: c}
	if got, want := v.T(bad.Fields[0].Code, bad.Fields[0].Args...), "A father is older than his child"; got != want {
		t.Errorf("got %q, want the rule's own sentence %q", got, want)
	}
}

func TestNotCompiled(t *testing.T) {
	var f Form
	if _, err := f.Check(Answers{}, today); err == nil || fault.Of(err) != "" {
		t.Errorf("Check of a form that was not compiled: got %v, want an error of ours", err)
	}
	if _, err := compiled(t, sample).Check(Answers{}, Env{}); err == nil || fault.Of(err) != "" {
		t.Errorf("Check without today: got %v, want an error of ours", err)
	}
}

func TestNamedRules(t *testing.T) {
	for _, x := range []struct {
		rule, value string
		want        bool
	}{
		{"adult", "2002-03-02", true}, {"adult", "2002-03-03", false}, {"adult", "", false},
		{"not_future", "2020-03-02", true}, {"not_future", "2020-03-03", false}, {"not_future", "x", false},
		{"business_number", "0100109106", true}, {"business_number", "0100109106-001", true},
		{"business_number", "010010910", false}, {"business_number", "01001091O6", false},
		{"full_name", "Lò Thị Én", true}, {"full_name", "Én", false}, {"full_name", "An 2", false}, {"full_name", "D'Arc Jean-Paul", true},
	} {
		if got := rules[x.rule].holds(x.value, today); got != x.want {
			t.Errorf("%s of %q: got %v, want %v", x.rule, x.value, got, x.want)
		}
	}
	own := Env{Business: func(n string) bool { return n == "7" }}
	if !rules["business_number"].holds("7", own) || rules["business_number"].holds("0100109106", own) {
		t.Error("business_number does not ask the pack's rule")
	}
}

// An address ends with the district where there are no communes below it, and only there.
func TestAddressOfAnIsland(t *testing.T) {
	f := compiled(t, "sections:\n  - id: s\n    title: {vi: S}\n    pages:\n      - fields:\n          - {name: home, type: address, label: {vi: Ở đâu}}\n")
	env := today
	env.Unit = func(code, parent string) bool { return true }
	env.Whole = func(code string) bool { return code == "island" }
	for district, right := range map[string]bool{"island": true, "town": false} {
		_, err := f.Check(Answers{"home": map[string]any{"province": "p", "district": district}}, env)
		if (err == nil) != right {
			t.Errorf("%s without a commune: %v", district, err)
		}
	}
}
