package procedure_test

import (
	"flag"
	"os"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"motcua/base/lang"
	"motcua/kernel/dossier"
	"motcua/kernel/form"
	"motcua/kernel/procedure"
	"motcua/kernel/who"
)

var update = flag.Bool("update", false, "write golden files")

func set(t testing.TB, overlays string) *procedure.Set {
	t.Helper()
	s, faults := procedure.Load(fstest.MapFS{
		"procedures/service.yaml": {Data: []byte(read(t, "service.yaml"))},
		"overlays/o.yaml":         {Data: []byte(overlays)},
	}, testPack(t))
	if len(faults) > 0 {
		t.Fatal(faults)
	}
	return s
}

// What a lawyer reviews: a change of this file is a change of procedure.
func TestGolden(t *testing.T) {
	got := set(t, "[]").Golden()
	if *update {
		if err := os.WriteFile("testdata/golden.txt", []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if want := read(t, "golden.txt"); got != want {
		t.Errorf("the kind changed; if that is meant, run with -update. got:\n%s", got)
	}
}

// No dossier can get stuck: from every state there is a way to an end, and every state can be reached.
func TestNoDeadEnd(t *testing.T) {
	k := service(t).Kind()
	if err := k.Check(); err != nil {
		t.Fatal(err)
	}
	reached, ends := map[dossier.State]bool{}, map[dossier.State]bool{}
	for state, s := range k.Stands {
		ends[state] = s.Ends
		if s.Public == "" || s.National < 1 || s.National > 10 {
			t.Errorf("state %s is %q to the public and %d to the national portal", state, s.Public, s.National)
		}
	}
	for range k.Stands {
		for _, s := range k.Steps {
			if len(s.From) == 0 || slices.ContainsFunc(s.From, func(f dossier.State) bool { return reached[f] }) {
				reached[s.To] = true
			}
			for _, f := range s.From {
				ends[f] = ends[f] || ends[s.To] && s.To != ""
			}
		}
	}
	for state := range k.Stands {
		if !reached[state] {
			t.Errorf("no act leads to %s", state)
		}
		if !ends[state] {
			t.Errorf("from %s no act leads to an end", state)
		}
	}
}

// What the rules of the one door forbid is not in the table.
func TestForbidden(t *testing.T) {
	for _, s := range service(t).Kind().Steps {
		official := func(by dossier.By) bool { return strings.HasSuffix(string(by), "@body") }
		switch s.Act {
		case "decline", "supplement", "refuse", "sendback", "revoke", "correct", "replace":
			if !s.Reasons {
				t.Errorf("%s is possible without reasons", s.Act)
			}
		case "stop":
			if !s.Reasons && !slices.Equal(s.By, []dossier.By{dossier.Clock}) {
				t.Error("an official can stop without reasons")
			}
		case "withdraw":
			if slices.ContainsFunc(s.By, official) {
				t.Error("an official can withdraw what a citizen asked for")
			}
		case "approve", "propose", "pass", "receive":
			if !slices.ContainsFunc(s.By, official) || len(s.By) != 1 {
				t.Errorf("%s may be done by %v", s.Act, s.By)
			}
		}
		if s.Act == "refuse" && !s.Grounds {
			t.Error("a refusal needs no legal ground")
		}
	}
}

func step(t *testing.T, k *dossier.Kind, act string, from dossier.State, by dossier.By) dossier.Step {
	t.Helper()
	for _, s := range k.Steps {
		if s.Act == act && slices.Contains(s.From, from) && slices.Contains(s.By, by) {
			return s
		}
	}
	t.Fatalf("no %s from %s by %s", act, from, by)
	return dossier.Step{}
}

func act(name string, from dossier.State, a form.Answers) dossier.Act {
	return dossier.Act{Act: name, Entry: dossier.Entry{From: from, Answers: a}}
}

func TestConditions(t *testing.T) {
	k := service(t).Kind()
	officer, leader, clerk := dossier.At(who.Officer), dossier.At(who.Leader), dossier.At(who.Clerk)
	d := &dossier.Dossier{Answers: form.Answers{"receive": "online"}}
	counter := &dossier.Dossier{Answers: form.Answers{"receive": "counter"}}
	grant := act("propose", "weigh", form.Answers{"proposal": "grant"})
	refuse := act("propose", "weigh", form.Answers{"proposal": "refuse"})
	once := step(t, k, "supplement", "look", officer).If
	approve := step(t, k, "approve", "sign", leader).If
	byItself := step(t, k, "return", "granted", dossier.Clock).If
	for name, x := range map[string][2]bool{
		"asked once":                   {once(d, nil), true},
		"asked twice at one stage":     {once(d, []dossier.Act{act("supplement", "look", nil)}), false},
		"asked at the counter before":  {once(d, []dossier.Act{act("supplement", "submitted", nil)}), true},
		"approved unproposed":          {approve(d, nil), false},
		"approved as proposed":         {approve(d, []dossier.Act{grant}), true},
		"approved against a refusal":   {approve(d, []dossier.Act{grant, refuse}), false},
		"approved after a second look": {approve(d, []dossier.Act{refuse, act("sendback", "sign", nil), grant}), true},
		"online is returned at once":   {byItself(d, nil), true},
		"at the counter a clerk does":  {byItself(counter, nil), false},
	} {
		if x[0] != x[1] {
			t.Errorf("%s: got %v, want %v", name, x[0], x[1])
		}
	}
	if s := step(t, k, "return", "granted", clerk); s.To != "returned" {
		t.Errorf("the clerk returns to %q", s.To)
	}
	if s := step(t, k, "stop", "waiting-look", dossier.Clock); s.After.String() != "30cd" {
		t.Errorf("time stops after %s, want 30cd", s.After)
	}
	if s := step(t, k, "supply", "waiting-look", dossier.Mandate); s.To != "look" || !s.Papers {
		t.Errorf("a completed dossier goes to %q, papers %v", s.To, s.Papers)
	}
}

// The clerk proposes nothing, and what is proposed asks for what it needs.
func TestProposal(t *testing.T) {
	f := step(t, service(t).Kind(), "propose", "weigh", dossier.At(who.Officer)).Form
	env := form.Env{Today: "2020-03-02"}
	for _, x := range []struct {
		a    form.Answers
		want string // fields wrong
	}{
		{form.Answers{}, "proposal"},
		{form.Answers{"proposal": "grant"}, "book"},
		{form.Answers{"proposal": "grant", "book": "1"}, ""},
		{form.Answers{"proposal": "refuse"}, ""},
		{form.Answers{"proposal": "refuse", "ground": "not_here"}, ""},
		{form.Answers{"proposal": "refuse", "ground": "because"}, "ground"},
		{form.Answers{"proposal": "maybe"}, "proposal"},
	} {
		out, err := f.Check(x.a, env)
		if x.want == "" && err != nil || x.want != "" && (err == nil || !strings.Contains(err.Error(), "/answers/"+x.want)) {
			t.Errorf("%v: got %v, want wrong: %q", x.a, err, x.want)
		}
		if _, kept := out["book"]; kept && x.a["proposal"] == "refuse" {
			t.Errorf("%v: a refusal keeps what a grant needs", x.a)
		}
	}
}

func TestTakes(t *testing.T) {
	p := service(t)
	for code, want := range map[string]bool{"H26": false, "H26.002": true, "H26.002.00061": false} {
		if got := p.Kind().Takes(bodies[code]); got != want {
			t.Errorf("%s decides: got %v, want %v", code, got, want)
		}
	}
	q := procedure.Procedure{Bodies: []string{"G01", "H26.*"}}
	for code, want := range map[string]bool{"G01": true, "G011": false, "H26": false, "H26.SGTVT": true} {
		if got := q.Decides(who.Body{Code: code}); got != want {
			t.Errorf("pattern: %s decides: got %v, want %v", code, got, want)
		}
	}
}

func TestTerms(t *testing.T) {
	p := set(t, `
- {body: H26, code: "1.000001", limit: 2.75d, steps: {look: 0.75d}, office: Sở, law: nq-1 điều 1,
   fees: [{name: Phí tỉnh, amount: 30000, when: kind == "big"}, {name: Phí mọi nơi, amount: 1000, law: ho-tich-2014 điều 9}]}
- {body: H26.002, code: "1.000001", intake: 0.25d, steps: {look: 1d}, office: Tầng một, law: nq-1 điều 2}
`).Get("1.000001")
	big := form.Answers{"kind": "big", "people": []any{map[string]any{}, map[string]any{}, map[string]any{}}}
	for _, x := range []struct {
		body                 string
		limit, case5, intake string
		look, by, office     string
	}{
		{"", "3d", "5d", "0.5d", "1d", "", ""},
		{"H99", "3d", "5d", "0.5d", "1d", "", ""},
		{"H26", "2.75d", "2.75d", "0.5d", "0.75d", "H26", "Sở"},
		{"H26.002", "2.75d", "2.75d", "0.25d", "1d", "H26", "Tầng một"},
		{"H26.002.00061", "2.75d", "2.75d", "0.25d", "1d", "H26", "Tầng một"},
	} {
		terms := p.TermsAt(x.body)
		if got := p.LimitFor(form.Answers{}, x.body).String(); got != x.limit {
			t.Errorf("%s: limit %s, want %s", x.body, got, x.limit)
		}
		if got := p.LimitFor(big, x.body).String(); got != x.case5 {
			t.Errorf("%s: limit of the case %s, want %s", x.body, got, x.case5)
		}
		if got := terms.Budgets["intake"].String() + " " + terms.Budgets["look"].String(); got != x.intake+" "+x.look {
			t.Errorf("%s: budgets %s, want %s %s", x.body, got, x.intake, x.look)
		}
		if terms.Set["limit"] != x.by || terms.Office[lang.VI] != x.office {
			t.Errorf("%s: limit set by %q, office %q; want %q, %q", x.body, terms.Set["limit"], terms.Office[lang.VI], x.by, x.office)
		}
	}
	for body, want := range map[string]string{
		"":        "[{map[vi:Lệ phí] 50000 ho-tich-2014 điều 3  }]",
		"H26.002": "[{map[vi:Phí tỉnh] 30000 nq-1 điều 1 H26 } {map[vi:Phí mọi nơi] 1000 ho-tich-2014 điều 9 H26 }]",
	} {
		if got := sprint(p.Fee(procedure.Case{Answers: big, Body: body})); got != want {
			t.Errorf("%s: fee %s, want %s", body, got, want)
		}
	}
	if got := len(p.Fee(procedure.Case{Answers: form.Answers{"kind": "small"}, Body: "H26"})); got != 1 {
		t.Errorf("a small matter pays %d lines, want 1", got)
	}
}

func TestPaperConditions(t *testing.T) {
	k := service(t).Kind()
	for kind, want := range map[string]bool{"big": true, "small": false} {
		if got := k.Papers[1].When(form.Answers{"kind": kind}); got != want {
			t.Errorf("the plan is asked for %s: got %v, want %v", kind, got, want)
		}
	}
	if !k.Papers[0].When(nil) {
		t.Error("the proof is not always asked for")
	}
}

func TestSays(t *testing.T) {
	p := service(t)
	d := &dossier.Dossier{
		Answers: form.Answers{"matter": "Mở quán", "kind": "big", "people": []any{map[string]any{"name": "An", "born": "2000-02-05"}}},
		Desk:    form.Answers{"book": "7"},
	}
	voice := lang.Voice{Lang: lang.VI}
	got, err := p.Says(d, voice, nil)
	want := "[{map[vi:Việc] Mở quán} {map[vi:Loại] Lớn} {map[vi:Người] Tên: An; Ngày sinh: 05/02/2000} {map[vi:Ghi chú] việc lớn, quyển 7}]"
	if err != nil || sprint(got) != want {
		t.Errorf("got %v, %v; want %s", got, err, want)
	}
	d.Answers["kind"] = "small"
	if got, err := p.Says(d, voice, nil); err != nil || len(got) != 3 {
		t.Errorf("got %v, %v; want a line with nothing to say left out", got, err)
	}
}
