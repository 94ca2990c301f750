package verify

import (
	"bytes"
	"crypto/sha256"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"motcua/base/cades"
	"motcua/base/fault"
	"motcua/base/lang"
	"motcua/base/pades"
	"motcua/base/pdf"
	"motcua/base/verdict"
	. "motcua/base/verdict/verdicttest"
	"motcua/base/xades"
	"motcua/kernel/sign"
)

// reports are what can be said of files of all forms, by name.
func reports(t *testing.T) map[string]Report {
	t.Helper()
	w := New(t)
	key, seal := Key(t), RSA(t, 2048)
	chain := w.Chain(t, Person("Nguyễn Thị Hồng Nhung"), key.Public())
	of := Person("UBND phường Hàng Bạc")
	of.Subject.SerialNumber, of.Subject.ExtraNames = "", nil
	sealed := w.Chain(t, of, seal.Public())
	stamp := w.Stamp(Day.Add(time.Minute))

	paper, err := pdf.Make(pdf.Doc{Size: pdf.A5, Title: "x", At: Day}, pdf.Fonts{})
	if err != nil {
		t.Fatal(err)
	}
	must := func(b []byte, err error) []byte {
		if err != nil {
			t.Fatal(err)
		}
		return b
	}
	two := must(pades.Sign(must(pades.Sign(paper, pades.By{Key: key, Chain: chain, Reason: "Phê duyệt", At: Day, Stamp: stamp})), pades.By{Key: seal, Chain: sealed, At: Day.Add(time.Hour)}))
	table := []byte("mot,hai\n")
	p7s := must(cades.Sign(sha256.Sum256(table), cades.By{Key: key, Chain: chain, At: Day}))
	doc := must(xades.Sign([]byte(`<packet><amount>100</amount></packet>`), xades.By{Key: key, Chain: chain, At: Day, Stamp: stamp}))

	out := map[string]Report{}
	for name, f := range map[string]File{
		"pdf, two signatures, one stamped": {Main: two},
		"pdf, appended to":                 {Main: append(bytes.Clone(two), "%x\n"...)},
		"pdf, not signed":                  {Main: paper},
		"cms, only claimed":                {Main: p7s, Beside: table},
		"cms, the other way round":         {Main: table, Beside: p7s},
		"cms, changed":                     {Main: p7s, Beside: append(bytes.Clone(table), 'x')},
		"xml, stamped":                     {Main: doc},
		"xml, changed":                     {Main: bytes.Replace(doc, []byte("100"), []byte("900"), 1)},
		"xml, unreadable":                  {Main: append([]byte("<!DOCTYPE x>"), doc...)},
	} {
		r, err := Read(f, w.Root)
		if err != nil {
			t.Fatal(name, err)
		}
		out[name] = r
	}
	facts := func(name, of string, list *x509.RevocationList) {
		r := out[of]
		r.Signatures = append([]verdict.Signature{}, r.Signatures...)
		verdict.Facts{Lists: []*x509.RevocationList{list}}.Weigh(&r.Verdict)
		out[name] = r
	}
	facts("xml, stamped, revoked later", "xml, stamped", w.Revoked(t, chain[0], Day.AddDate(0, 1, 0), Day.AddDate(1, 0, 0)))
	facts("cms, only claimed, revoked later", "cms, only claimed", w.Revoked(t, chain[0], Day.AddDate(0, 1, 0), Day.AddDate(1, 0, 0)))
	facts("cms, good then", "cms, only claimed", w.Revoked(t, nil, Day, Day.AddDate(0, 0, 1)))
	return out
}

// What machines read is as the schema says, and what people read is said in each language; both are reviewed files.
func TestReports(t *testing.T) {
	all := reports(t)
	compiler := jsonschema.NewCompiler()
	schema, err := os.ReadFile("verify.schema.json")
	if err != nil {
		t.Fatal(err)
	}
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(schema))
	if err == nil {
		err = compiler.AddResource("verify.schema.json", doc)
	}
	if err != nil {
		t.Fatal(err)
	}
	compiled, err := compiler.Compile("verify.schema.json")
	if err != nil {
		t.Fatal(err)
	}
	for name, r := range all {
		b, err := json.Marshal(r)
		if err != nil {
			t.Fatal(err)
		}
		v, err := jsonschema.UnmarshalJSON(bytes.NewReader(b))
		if err == nil {
			err = compiled.Validate(v)
		}
		if err != nil {
			t.Errorf("%s: %v\n%s", name, err, b)
		}
	}
	b, err := json.MarshalIndent(all, "", "  ")
	if err != nil {
		t.Fatal(err)
	}
	golden(t, "testdata/reports.json", append(b, '\n'))

	texts, err := lang.Load(Texts, pades.Texts, cades.Texts, xades.Texts, verdict.Texts, sign.Texts)
	if err != nil {
		t.Fatal(err)
	}
	var said bytes.Buffer
	for _, l := range []lang.Lang{lang.VI, lang.EN, lang.FR} {
		v := lang.Voice{Lang: l, Zone: time.UTC, Catalogue: texts}
		for _, name := range []string{"pdf, two signatures, one stamped", "pdf, appended to", "cms, only claimed, revoked later", "xml, stamped, revoked later", "xml, unreadable"} {
			fmt.Fprintf(&said, "== %s: %s\n", l, name)
			say(&said, all[name].Say(v, Day))
		}
	}
	if strings.Contains(said.String(), "verify.") || strings.Contains(said.String(), "verdict.") {
		t.Error("a text is missing")
	}
	golden(t, "testdata/said.txt", said.Bytes())
}

func say(b *bytes.Buffer, s *Saying) {
	fmt.Fprintf(b, "%s\n%s\n", s.Verdict.Title, s.Verdict.Text)
	for _, l := range s.Checks {
		fmt.Fprintf(b, "- %s. %s\n", l.Text, l.More)
	}
	for _, one := range s.Signers {
		fmt.Fprintf(b, "%s\n", one.Name)
		for _, a := range one.Rows.Rows {
			fmt.Fprintf(b, "  %s: %s. %s\n", a.Ask, a.Say, a.Source)
		}
	}
	b.WriteByte('\n')
}

func golden(t *testing.T, name string, got []byte) {
	t.Helper()
	if os.Getenv("MOTCUA_GOLDEN") == "1" {
		if err := os.MkdirAll("testdata", 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(name)
	if err != nil || !bytes.Equal(got, want) {
		t.Errorf("%s differs (MOTCUA_GOLDEN=1 writes it anew): %v\n%s", name, err, got)
	}
}

func TestNotToBeChecked(t *testing.T) {
	for name, tt := range map[string]struct {
		f    File
		want fault.Kind
	}{
		"a letter":             {File{Main: []byte("Dear Sir")}, fault.Unsupported},
		"nothing":              {File{}, fault.Unsupported},
		"two without any sign": {File{Main: []byte("%PDF-1.4"), Beside: []byte("x")}, fault.Invalid},
	} {
		if _, err := Read(tt.f); !errors.Is(err, tt.want) {
			t.Errorf("%s: %v, want %s", name, err, tt.want)
		}
	}
}
