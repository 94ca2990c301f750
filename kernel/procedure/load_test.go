package procedure_test

import (
	"fmt"
	"os"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"motcua/base/lang"
	"motcua/kernel/procedure"
)

func read(t testing.TB, name string) string {
	t.Helper()
	b, err := os.ReadFile("testdata/" + name)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// service is the test service, which is right.
func service(t testing.TB) *procedure.Procedure {
	t.Helper()
	p, faults := procedure.Parse("service.yaml", []byte(read(t, "service.yaml")), testPack(t))
	if len(faults) > 0 {
		t.Fatal(faults)
	}
	return p
}

func TestTexts(t *testing.T) {
	if _, err := lang.Load(procedure.Texts); err != nil {
		t.Fatal(err)
	}
	for name, s := range service(t).Kind().Stands {
		for _, l := range lang.All() {
			if s.Title[l] == "" && s.Title[lang.VI] != "Ký" && s.Public != "progress" {
				t.Errorf("state %s has no name in %s", name, l)
			}
		}
	}
	for _, s := range service(t).Kind().Steps {
		for _, l := range lang.All() {
			if s.Title[l] == "" {
				t.Errorf("act %s has no name in %s", s.Act, l)
			}
		}
	}
}

// Every fault names the line on which it stands and says why; the file is then left out.
func TestFaults(t *testing.T) {
	source := read(t, "service.yaml")
	for _, x := range []struct{ old, new, why string }{
		{`code: "1.000001"`, `code: "1.00001"`, "want one digit, a point, six digits"},
		{`title: {vi: Thử nghiệm, en: Trial}`, `title: {en: Trial}`, "the title is missing in vi"},
		{`level: 3`, `level: 5`, "level 5: want 1 to 4"},
		{`sector: business`, `sector: busines`, `there is no sector "busines"`},
		{`for: [citizen, business]`, `for: [citizen, alien]`, `for "alien"`},
		{`for: [citizen, business]`, `for: [citizen, citizen, business]`, "each once"},
		{`events: [birth]`, `events: [birt]`, `there is no event "birt"`},
		{`body: district`, `body: moon`, `body "moon"`},
		{`receive: [online, counter, post]`, `receive: []`, "no way to get the result"},
		{`receive: [online, counter, post]`, `receive: [pigeon]`, `receive "pigeon"`},
		{`minutes: 5`, `minuts: 5`, "field minuts not found"},
		{`minutes: 5`, `minutes: five`, "cannot unmarshal"},
		{`minutes: 5`, `minutes: [5`, "did not find expected"},
		{`  time: 3d`, `  time: 3 days`, "want an amount in quarters"},
		{`  time: 3d`, `  time: 2.75d`, "intake and steps take 3d together, not exactly the limit of 2.75d"},
		{`  time: 3d`, `  time: 23h`, "the budget 0.5d of intake is not counted as the limit of 23h is"},
		{`  law: ho-tich-2014 điều 1`, `  law: ho-tich-2014`, "then the article"},
		{`  law: ho-tich-2014 điều 1`, `  law: ho-tich-2015 điều 1`, "want the id of an act of law.yaml"},
		{`  law: ho-tich-2014 điều 1`, ``, "no law is named"},
		{`{when: size(people) > 2, time: 5d,`, `{when: size(people) > 2,`, "a case has when and time"},
		{`{when: size(people) > 2, time: 5d,`, `{when: size(persons) > 2, time: 5d,`, "undeclared reference to 'persons'"},
		{`amount: 50000, when: kind == "big"`, `amount: 50000, when: kind`, "gives string: want bool"},
		{`amount: 50000, when: kind == "big"`, `amount: 50000, at: soon, when: kind == "big"`, `at "soon"`},
		{`amount: 50000, when: kind == "big"`, `amount: 50000, when: kind == "bigg"`, `kind is never "bigg"`},
		{`amount: 50000, when: kind == "big"`, `amount: 50000, when: channel == "onlin"`, `channel is never "onlin": it is one of ["online" "counter" "post"]`},
		{`amount: 50000, when: kind == "big"`, `amount: 50000, when: 'channel in ["online", "pigeon"]'`, `channel is never "pigeon"`},
		{`amount: 50000, when: kind == "big"`, `amount: 50000, when: applicant.kind == "citizen"`, `the condition reads "applicant"`},
		{`amount: 50000`, `amount: -1`, "amount -1"},
		{`{id: proof, name: Giấy chứng minh, law: ho-tich-2014 điều 4}`, `{id: proof, name: Giấy chứng minh}`, "no law is named"},
		{`{id: proof, name: Giấy chứng minh`, `{id: Proof, name: Giấy chứng minh`, `paper "Proof"`},
		{`{id: proof, name: Giấy chứng minh`, `{id: matter, name: Giấy chứng minh`, `paper "matter"`},
		{`optional: true, max: 3`, `optional: true, max: 33`, "max 33"},
		{`  - {act: ho-tich-2014, article: điều 1}`, `  - {act: x, article: điều 1}`, `law.yaml has no act "x"`},
		{`  - {act: ho-tich-2014, article: điều 1}`, `  - {act: ho-tich-2014}`, "the article is missing"},
		{`{name: matter, type: text, label: Tên việc}`, `{name: matter, type: txt, label: Tên việc}`, `there is no type "txt"`},
		{`{name: matter, type: text, label: Tên việc}`, `{name: matter, type: text, label: Tên việc, when: kind == "big"}`, "not asked before it"},
		{`{name: matter, type: text, label: Tên việc}`, `{name: reasons, type: text, label: Tên việc}`, "the name is used by acts"},
		{`{name: matter, type: text, label: Tên việc}`, `{name: proposal, type: text, label: Tên việc}`, "the name is used by acts"},
		{`declare: Tôi cam đoan.`, ``, "the declaration is missing"},
		{`intake: 0.5d`, `intake: 1d`, "intake and steps take 3.5d together"},
		{`intake: 0.5d`, `intake: 0.25d`, "intake and steps take 2.75d together, not exactly the limit of 3d"},
		{`intake: 0.5d`, ``, "intake has no budget of the limit of 3d"},
		{`steps: {weigh: 3d}`, `steps: {weigh: 2d}`, "intake and steps take 4d together, not exactly the limit of 5d"},
		{`steps: {weigh: 3d}`, `steps: {wei: 3d}`, `there is no step "wei"`},
		{`intake: 0.5d`, `intake: 0.4d`, "want an amount in quarters"},
		{`  - id: look`, `  - id: waiting`, `step "waiting"`},
		{`    role: leader`, `    role: admin`, `role "admin"`},
		{`    checks: [Đủ giấy tờ]`, `    checks: [{en: Complete}]`, "the check is missing in vi"},
		{`fields: [{name: finding, type: text, label: Nhận xét}]`, `fields: [{name: kind, type: text, label: Nhận xét}]`, `field "kind": the name is used already`},
		{`fields: [{name: book, type: text, label: Quyển}]`, `fields: [{name: book, type: text, label: Quyển, max: 99999}]`, "max is at most 10000"},
		{`  - {id: not_here, say: Không thuộc thẩm quyền, law: ho-tich-2014 điều 5}`, `  - {id: not_here, law: ho-tich-2014 điều 5}`, "the ground is missing in vi"},
		{`  - {id: not_here, say: Không thuộc thẩm quyền, law: ho-tich-2014 điều 5}`, `  - {id: not_here, say: Không thuộc thẩm quyền}`, "no law is named"},
		{`subject: [matter]`, `subject: [matters]`, `there is no question "matters"`},
		{`value: matter}`, `value: mater}`, "undeclared reference to 'mater'"},
		{`value: matter}`, `value: size(people)}`, "gives int: want string"},
		{`value: matter}`, `value: today}`, "it cannot depend on today"},
		{`    applicant: business`, `    applicant: cat`, `a "cat" may not file it`},
		{`      kind: big`, `      kind: large`, "/answers/kind: Choose one of the answers offered."},
		{`      matter: Mở xưởng` + "\n", ``, "/answers/matter: Please answer this question."},
		{`people: [{name: An, born: 2000-02-05}]`, `people: [{name: An, born: "2000-02-30"}]`, "/answers/people/0/born: There is no such date."},
		{`    papers: {proof: jpg, plan: png}`, `    papers: {plan: png}`, `the paper "proof" is missing`},
		{`    papers: {proof: jpg, plan: png}`, `    papers: {proof: exe, plan: png}`, "want pdf, jpg or png"},
		{`    papers: {proof: jpg, plan: png}`, `    papers: {proof: jpg, plane: png}`, `the paper "plane" is not asked for`},
		{`      - {by: officer, act: pass, answers: {finding: Được}}`, `      - {by: leader, act: pass, answers: {finding: Được}}`, `leader cannot "pass"`},
		{`      - {by: officer, act: pass, answers: {finding: Được}}`, `      - {by: officer, act: pas, answers: {finding: Được}}`, `officer cannot "pas"`},
		{`      - {by: officer, act: pass, answers: {finding: Được}}`, `      - {by: officer, act: pass}`, "/answers/finding: Please answer this question."},
		{`answers: {proposal: grant, book: "2/2020"}`, `answers: {proposal: refuse}`, `leader cannot "approve"`}, // see below
		{`      - {by: applicant, act: supply, answers: {matter: Mở xưởng mộc}, papers: {proof: jpg}}`, `      - {by: applicant, act: supply, answers: {matter: Mở xưởng mộc}}`, `the paper "proof" is missing`},
		{`      - {by: applicant, act: supply, answers: {matter: Mở xưởng mộc}, papers: {proof: jpg}}`, `      - {by: applicant, act: supply, answers: {kind: small}, papers: {proof: jpg}}`, `"kind" was not asked for`},
		{`{ref: proof, text: Mờ}`, `{ref: prof, text: Mờ}`, `there is no question or paper "prof"`},
		{`{ref: proof, text: Mờ}`, `{ref: proof}`, "a reason without text"},
		{`    ends: withdrawn`, `    ends: refused`, `the story ends "withdrawn", not "refused"`},
		{"\n    story:\n      - {by: applicant, act: withdraw}\n    ends: withdrawn", "\n    story: *through\n    ends: granted", "no example is refused, declined or withdrawn"},
		{`    body: H26.002` + "\n    answers: *straight", `    body: H26` + "\n    answers: *straight", `body "H26" does not decide on it`},
		{`  - name: Rút`, `  - name: Thẳng`, "each once"},
	} {
		at := strings.Index(source, x.old)
		if at < 0 {
			t.Fatalf("the test service has no %q", x.old)
		}
		broken := source[:at] + x.new + source[at+len(x.old):]
		if x.why == `leader cannot "approve"` { // the second proposal too
			broken = strings.Replace(broken, `{proposal: grant, book: "3/2020"}`, `{proposal: refuse}`, 1)
		}
		p, faults := procedure.Parse("service.yaml", []byte(broken), testPack(t))
		if p != nil || len(faults) == 0 {
			t.Errorf("%q: taken, want %q", x.new, x.why)
			continue
		}
		found := false
		for _, f := range faults {
			found = found || strings.Contains(f.Reason, x.why)
			if f.File != "service.yaml" || f.Line < 1 || f.Line > strings.Count(broken, "\n")+1 || f.Reason == "" {
				t.Errorf("%q: fault without its place: %#v", x.new, f)
			}
		}
		if !found {
			t.Errorf("%q: got %q, want %q", x.new, faults, x.why)
		}
	}
}

func TestFaultLines(t *testing.T) {
	source := read(t, "service.yaml")
	line := func(s string) int { return strings.Count(source[:strings.Index(source, s)], "\n") + 1 }
	for old, new := range map[string]string{
		`level: 3`: `level: 5`,
		`  - {name: Miễn phí, amount: 0, when: kind != "big"`:  `  - {name: Miễn phí, amount: 0, when: knd != "big"`,
		`          - {name: matter, type: text`:                `          - {name: matter, type: txt`,
		`    fields: [{name: book, type: text, label: Quyển}]`: `    fields: [{name: book, type: text}]`,
		`      kind: big`:                                                         `      kind: large`,
		`      - {by: leader, act: sendback`:                                      `      - {by: clerk, act: sendback`,
		`    - {label: Ghi chú, value: 'kind == "big" ?`:                          `    - {label: Ghi chú, value: 'knd == "big" ?`,
		`        answers: {reasons: [{ref: matter`:                                `        answers: {reasons: [{ref: mater`,
		`    - {when: size(people) > 2, time: 5d, steps: {weigh: 3d}, say: Nhiều`: `    - {when: size(people) > 2, time: 5, steps: {weigh: 3d}, say: Nhiều`,
	} {
		_, faults := procedure.Parse("service.yaml", []byte(strings.Replace(source, old, new, 1)), testPack(t))
		if len(faults) == 0 || faults[0].Line != line(old) {
			t.Errorf("%q: got %v, want line %d", new, faults, line(old))
		}
	}
}

func TestLoad(t *testing.T) {
	source := read(t, "service.yaml")
	files := fstest.MapFS{
		"procedures/a.yaml":     {Data: []byte(source)},
		"procedures/b.yaml":     {Data: []byte(strings.Replace(source, "1.000001", "1.000002", 1))},
		"procedures/twin.yaml":  {Data: []byte(source)},
		"procedures/bad.yaml":   {Data: []byte("code: 1\nnothing: else\n")},
		"procedures/empty.yaml": {},
		"procedures/big.yaml":   {Data: []byte(strings.Repeat("# ", 512<<10))},
		"procedures/notes.txt":  {Data: []byte("not read")},
		"overlays/o.yaml": {Data: []byte(`- {body: H26, code: "1.000001", limit: 2.75d, intake: 0.25d, law: nq-1 điều 1}
- {body: H26, code: "1.000001", limit: 4d, law: nq-1 điều 1}
- {body: H99, code: "1.000001", limit: 3d, law: nq-1 điều 1}
- {body: H26.002, code: "1.000001", steps: {look: 2d}, law: nq-1 điều 1}
- {body: H26.002, code: "1.000001", steps: {lok: 1d}, law: nq-1 điều 1}
- {body: H26.002, code: "1.000001", fees: [{name: Phí, amount: 1}]}
- {body: H26.002, code: "1.000001", fees: [{name: Phí, amount: 1, when: x, law: nq-1 điều 1}]}
- {body: H26.002, code: "9.999999", law: nq-1 điều 1}
- {body: H26.002, code: "1.000001", office: Tầng một}
`)},
		"overlays/bad.yaml": {Data: []byte("- {body: H26, papers: [x]}\n")},
	}
	set, faults := procedure.Load(files, testPack(t))
	var got []string
	for _, f := range faults {
		got = append(got, fmt.Sprint(f))
	}
	want := []string{
		"overlays/bad.yaml:1: field papers not found",
		"overlays/o.yaml:2: 1.000001: the limit 4d is longer than the 3d",
		"overlays/o.yaml:3: 1.000001: there is no body \"H99\"",
		"overlays/o.yaml:4: 1.000001: intake and steps take 3.75d together, not exactly the limit of 2.75d",
		"overlays/o.yaml:5: 1.000001: there is no step \"lok\"",
		"overlays/o.yaml:6: 1.000001: law \"\"",
		"overlays/o.yaml:7: 1.000001: the formula \"x\"",
		"overlays/o.yaml:8: no procedure \"9.999999\" is loaded",
		"procedures/bad.yaml:2: field nothing not found",
		"procedures/big.yaml:1: the file is too large",
		"procedures/empty.yaml:1: the file is empty",
		"procedures/twin.yaml:2: 1.000001 stands in procedures/a.yaml already",
	}
	for _, w := range want {
		n := 0
		for _, g := range got {
			if strings.HasPrefix(g, w) {
				n++
			}
		}
		if n != 1 {
			t.Errorf("%d faults begin with %q, want one", n, w)
		}
	}
	if len(got) != len(want) {
		t.Errorf("got %d faults, want %d:\n%s", len(got), len(want), strings.Join(got, "\n"))
	}
	if len(set.All()) != 2 || set.Get("1.000002") == nil || set.Get("1.000003") != nil {
		t.Fatalf("got %d procedures, want the two that are right", len(set.All()))
	}
	if got := len(set.Get("1.000001").Overlays); got != 2 {
		t.Errorf("got %d overlays, want the two that are right", got)
	}
	if got := set.Alike(); len(got) != 1 || !strings.Contains(got[0].Reason, "shares 3 of 3 questions") {
		t.Errorf("two procedures that ask the same: got %v", got)
	}
	a, b := set.Get("1.000001"), service(t)
	if a.Version == b.Version {
		t.Error("overlays do not change the version: an open dossier would lose the terms it was filed under")
	}
}

func TestNoDay(t *testing.T) {
	pack := testPack(t)
	pack.Env.Today = ""
	if _, faults := procedure.Parse("service.yaml", []byte(read(t, "service.yaml")), pack); len(faults) == 0 {
		t.Error("examples were checked on no day")
	}
}

// A file of aliases to aliases would be gigabytes written out.
func TestBombs(t *testing.T) {
	bomb := "a: &a [x, x, x, x, x, x, x, x, x]\n"
	for i := 'b'; i < 'k'; i++ {
		bomb += fmt.Sprintf("%c: &%c [*%c, *%c, *%c, *%c, *%c, *%c, *%c, *%c, *%c]\n", i, i, i-1, i-1, i-1, i-1, i-1, i-1, i-1, i-1, i-1)
	}
	for _, source := range []string{bomb, "words: &w [*w]\n", strings.Replace(bomb, "a: &a", "words: &a", 1),
		"examples:\n - answers:\n    " + strings.ReplaceAll(strings.TrimSpace(bomb), "\n", "\n    "), strings.Repeat("[", 100_000), strings.Repeat("a: ", 5000)} {
		begin := time.Now()
		if p, faults := procedure.Parse("bomb.yaml", []byte(source), testPack(t)); p != nil || len(faults) == 0 {
			t.Errorf("%.60q was taken", source)
		}
		if took := time.Since(begin); took > 3*time.Second {
			t.Errorf("%.60q took %v", source, took)
		}
	}
}

func FuzzProcedure(f *testing.F) {
	f.Add(read(f, "service.yaml"))
	f.Add("code: \"1.000001\"\nsections: [{id: a, title: A, pages: [{title: P, fields: [{name: x, type: text, label: X, when: y > 1}]}]}]\n")
	f.Add("examples: [{name: a, answers: &a {x: *a}}]")
	pack := testPack(f)
	f.Fuzz(func(t *testing.T, source string) {
		p, faults := procedure.Parse("f.yaml", []byte(source), pack)
		if (p == nil) == (len(faults) == 0) {
			t.Errorf("got a procedure %v and faults %v", p != nil, faults)
		}
		if p != nil {
			if err := p.Kind().Check(); err != nil {
				t.Error(err)
			}
		}
	})
}
