package pades

import (
	"bytes"
	"crypto/x509"
	"fmt"
	"os"
	"runtime"
	"strconv"
	"strings"
	"testing"
	"time"

	"motcua/base/verdict"
)

// amend appends an update to a file, as an attacker with a PDF library does.
func amend(t *testing.T, file []byte, edit func(u *update, root, page *value)) []byte {
	t.Helper()
	u, err := newUpdate(file)
	if err != nil {
		t.Fatal(err)
	}
	root, rootN, err := u.f.catalog(len(file))
	if err != nil {
		t.Fatal(err)
	}
	page, pageN, err := u.f.firstPage(root, len(file))
	if err != nil {
		t.Fatal(err)
	}
	wasRoot, wasPage := root.source(), page.source()
	edit(u, &root, &page)
	if s := root.source(); s != wasRoot {
		u.objects[rootN] = s
	}
	if s := page.source(); s != wasPage {
		u.objects[pageN] = s
	}
	out, _ := u.bytes()
	return out
}

// The published attacks on PDF signatures (universal forgery, incremental
// saving, signature wrapping, shadowing by hide, replace, and both, evil
// annotation) in their shapes for classic tables, and more of the kind. None
// may be called valid; nor may one whose signer is trusted become "unknown".
func TestAttacks(t *testing.T) {
	w, evil := newWorld(t), newWorld(t)
	good := w.sign(t, paper(t), "An", day)
	replace := func(old, with string) []byte {
		if len(old) != len(with) || !bytes.Contains(good, []byte(old)) {
			t.Fatalf("nothing like %q to replace", old)
		}
		return bytes.Replace(good, []byte(old), []byte(with), 1)
	}
	content := func(u *update, page *value) int {
		return u.add("<</Length 30>>\nstream\nBT /F1 40 Tf (PAY 1000000) Tj\nendstream")
	}
	f, err := parse(good)
	if err != nil {
		t.Fatal(err)
	}
	fields, err := f.fields(len(good))
	if err != nil {
		t.Fatal(err)
	}
	sig := fields[0].sig
	at := sig.get("ByteRange").at
	rng, contents := string(good[at:at+len(rangePlace)]), string(sig.get("Contents").raw)
	ranged := func(with string) []byte { return replace(rng, fmt.Sprintf("%-*s", len(rng), with)) }
	tail := good[fields[0].sig.get("Contents").at+len(contents):]

	attacks := map[string][]byte{
		// Universal forgery: the signature is made unreadable, so that a careless program passes over it.
		"no range":       replace("/ByteRange", "/ByteRangf"),
		"null range":     ranged("null"),
		"empty range":    ranged("[]"),
		"short range":    ranged("[0 0]"),
		"negative range": ranged("[0 -1 5 5]"),
		"huge range":     ranged("[0 9 9223372036854775807 9]"),
		"overflow":       ranged("[0 9 9223372036854775807 922337203]"),
		"no contents":    replace("/Contents <", "/Contentz <"),
		"null contents":  replace("/Contents <"+contents[1:20], "/Contents null"+strings.Repeat(" ", 16)),
		"zero contents":  replace(contents, "<"+strings.Repeat("0", len(contents)-2)+">"),

		// Incremental saving: something is appended.
		"space":        append(bytes.Clone(good), '\n'),
		"comment":      append(bytes.Clone(good), "%hello\n"...),
		"garbage":      append(bytes.Clone(good), "1 0 obj\nnull\nendobj\n"...),
		"only trailer": amend(t, good, func(u *update, root, page *value) {}),
		"new content": amend(t, good, func(u *update, root, page *value) {
			page.set("Contents", fmt.Sprintf("%d 0 R", content(u, page)))
		}),
		"unused object": amend(t, good, func(u *update, root, page *value) { u.add("<</A 1>>") }),
		"open action": amend(t, good, func(u *update, root, page *value) {
			root.set("OpenAction", "<</S /URI /URI (https://evil.example)>>")
		}),
		"other pages": amend(t, good, func(u *update, root, page *value) {
			root.set("Pages", fmt.Sprintf("%d 0 R", u.add("<</Type /Pages /Kids [] /Count 0>>")))
		}),
		"note on the page": amend(t, good, func(u *update, root, page *value) {
			n := u.add("<</Type /Annot /Subtype /FreeText /Rect [0 0 400 400] /Contents (PAY)>>")
			u.push(page, "Annots", fmt.Sprintf("%d 0 R", n))
		}),
		"visible second signature": amend(t, good, func(u *update, root, page *value) {
			v := u.add("<</Type /Sig /ByteRange [0 0 0 0] /Contents <00>>>")
			n := u.add(fmt.Sprintf("<</Type /Annot /Subtype /Widget /FT /Sig /T (S2) /Rect [0 0 400 400] /V %d 0 R>>", v))
			u.push(page, "Annots", fmt.Sprintf("%d 0 R", n))
		}),
		"appearance": amend(t, good, func(u *update, root, page *value) {
			v := u.add("<</Type /Sig /ByteRange [0 0 0 0] /Contents <00>>>")
			a := u.add("<</Length 0>>\nstream\n\nendstream")
			n := u.add(fmt.Sprintf("<</Type /Annot /Subtype /Widget /FT /Sig /T (S2) /Rect [0 0 0 0] /AP <</N %d 0 R>> /V %d 0 R>>", a, v))
			u.push(page, "Annots", fmt.Sprintf("%d 0 R", n))
		}),
		"text field": amend(t, good, func(u *update, root, page *value) {
			n := u.add("<</FT /Tx /T (sum) /V (1000000)>>")
			u.inner(root, "AcroForm", func(v *value) error { return u.push(v, "Fields", fmt.Sprintf("%d 0 R", n)) })
		}),
		"form rule": amend(t, good, func(u *update, root, page *value) {
			u.inner(root, "AcroForm", func(v *value) error { v.set("NeedAppearances", "true"); return nil })
		}),
		"freed": append(bytes.Clone(good), fmt.Sprintf("xref\n1 1\n0000000000 00001 f \ntrailer\n<</Size 20 %s /Prev %d>>\nstartxref\n%d\n%%%%EOF\n",
			"/Root "+string(f.tables[0].trailer.get("Root").raw), f.tables[0].at, len(good))...),
		"pointed back": append(bytes.Clone(good), fmt.Sprintf("xref\n3 1\n%010d 00000 n \ntrailer\n<</Size 20 /Root %s /Prev %d>>\nstartxref\n%d\n%%%%EOF\n",
			f.place(5, len(good)).at, f.tables[0].trailer.get("Root").raw, f.tables[0].at, len(good))...),
		"rolled back": append(bytes.Clone(good), fmt.Sprintf("startxref\n%d\n%%%%EOF\n", f.tables[1].at)...),
		"other root": amend(t, good, func(u *update, root, page *value) {
			n := u.add(root.source())
			u.f.tables[0].trailer.set("Root", fmt.Sprintf("%d 0 R", n))
		}),
		"new info": amend(t, good, func(u *update, root, page *value) {
			u.f.tables[0].trailer.set("Info", fmt.Sprintf("%d 0 R", u.add("<</Title (Other)>>")))
		}),

		// Signature wrapping: the covered end is moved away and something put between.
		"wrapped": func() []byte {
			between := []byte("\n9 0 obj\n<</Evil true>>\nendobj\n")
			to := sig.get("Contents").at + len(contents)
			out := append(bytes.Clone(good[:to]), between...)
			out = append(out, tail...)
			moved := fmt.Sprintf("[0 %d %d %d]", sig.get("Contents").at, to+len(between), len(tail))
			return bytes.Replace(out, []byte(rng), fmt.Appendf(nil, "%-*s", len(rng), moved), 1)
		}(),

		// The whole file signed again by somebody else: the first signature must still be seen as broken.
		"changed and signed again": evil.sign(t, amend(t, good, func(u *update, root, page *value) {
			page.set("Contents", fmt.Sprintf("%d 0 R", content(u, page)))
		}), "An", day),
		"changed and signed by one who is trusted": w.sign(t, amend(t, good, func(u *update, root, page *value) {
			page.set("Contents", fmt.Sprintf("%d 0 R", content(u, page)))
		}), "Bình", day),
		"taken off and signed again": w.sign(t, amend(t, w.sign(t, good, "Bình", day), func(u *update, root, page *value) {
			u.inner(root, "AcroForm", func(v *value) error {
				v.set("Fields", "["+string(v.get("Fields").list[1].raw)+"]")
				return nil
			})
		}), "Chi", day),
		"key twice": replace("/Type /Sig /Filter ", "/Type /Sig /Type   "),
	}
	for name, b := range attacks {
		v, err := Read(b, w.root)
		if err == nil && v.State != verdict.Changed && v.State != verdict.Broken {
			t.Errorf("%s: %s %+v", name, v.State, v.Why)
		}
	}
	if len(attacks) < 30 {
		t.Errorf("only %d attacks", len(attacks))
	}
}

// Whoever signs a file by the rules and is nobody's acquaintance makes it unknown, not changed.
func TestHonestSignersAreNoAlarm(t *testing.T) {
	w := newWorld(t)
	for n := 1; n <= maxSignatures; n += 3 {
		b := paper(t)
		for i := range n {
			b = w.sign(t, b, "Người ký "+strconv.Itoa(i), day.Add(time.Duration(i)*time.Minute))
		}
		v := read(t, b, w.root)
		if v.State != verdict.Valid || len(v.Signatures) != n {
			t.Errorf("%d signatures: %s, %d read, %v", n, v.State, len(v.Signatures), v.Why)
		}
	}
	b := paper(t)
	for range maxSignatures {
		b = w.sign(t, b, "An", day)
	}
	cert, key := certify(t, person("Thừa"), w.issuer, w.key)
	if _, err := Sign(b, By{Key: key, Chain: nil, Reason: "", At: day}); err == nil {
		t.Error("signed without a certificate")
	}
	if _, _, err := prepare(b, 1024, By{Chain: []*x509.Certificate{cert}, At: day}); err == nil {
		t.Error("one signature too many was accepted")
	}
}

// Whatever is thrown at it ends soon and in little memory.
func TestHostileFiles(t *testing.T) {
	end := func(body string, at int) []byte {
		return fmt.Appendf(nil, "%%PDF-1.7\n%s\nstartxref\n%d\n%%%%EOF /ByteRange", body, at)
	}
	table := "xref\n0 1\n0000000000 65535 f \ntrailer\n"
	for name, b := range map[string][]byte{
		"deep array":      end(table+"<</Root 1 0 R /A "+strings.Repeat("[", 5_000_000)+">>", 9),
		"deep dictionary": end(table+strings.Repeat("<</A ", 3_000_000), 9),
		"many values":     end(table+"<</A ["+strings.Repeat("1 ", 10_000_000)+"]>>", 9),
		"many names":      end(table+"<<"+strings.Repeat("/A 1 ", 5_000_000)+">>", 9),
		"many entries":    end("xref\n0 99999999999\n"+strings.Repeat("0000000009 00000 n \n", 1_000_000)+"trailer\n<<>>", 9),
		"long string":     end(table+"<</A ("+strings.Repeat("(", 20_000_000)+")>>", 9),
		"to itself":       end(table+"<</Root 1 0 R /Prev 9>>", 9),
		"beyond":          end(table+"<</Root 1 0 R /Prev 99999999>>", 9),
		"negative":        end(table+"<</Root 1 0 R /Prev -9>>", 9),
		"long comment":    end("xref %"+strings.Repeat("x", 20_000_000), 9),
		"object in a ring": end("1 0 obj\n<</Type /Catalog /AcroForm <</Fields [2 0 R]>>>>\nendobj\n"+
			"2 0 obj\n<</Kids [2 0 R 2 0 R]>>\nendobj\nxref\n0 3\n0000000000 65535 f \n0000000009 00000 n \n0000000068 00000 n \ntrailer\n<</Root 1 0 R /Size 3>>", 110),
	} {
		var before, after runtime.MemStats
		runtime.GC()
		runtime.ReadMemStats(&before)
		began := time.Now()
		v, err := Read(b)
		spent := time.Since(began)
		runtime.ReadMemStats(&after)
		if err == nil && v.State != verdict.Broken {
			t.Errorf("%s: %s", name, v.State)
		}
		if _, ok := Statement(b); ok {
			t.Errorf("%s: a statement", name)
		}
		if used := (after.TotalAlloc - before.TotalAlloc) >> 20; used > 200 || spent > 3*time.Second {
			t.Errorf("%s: %v, %d MB", name, spent, used)
		}
	}
}

func FuzzRead(f *testing.F) {
	w := newWorld(f)
	b, err := os.ReadFile("testdata/seed.pdf")
	if err != nil {
		f.Fatal(err)
	}
	f.Add(b)
	f.Add(w.sign(f, b, "An", day))
	f.Add(w.sign(f, w.sign(f, b, "An", day), "Bình", day))
	attached, err := Attach(b, []byte(`{"motcua":1}`))
	if err != nil {
		f.Fatal(err)
	}
	f.Add(attached)
	signed := w.sign(f, attached, "An", day)
	f.Add(signed)
	cert, key := certify(f, person("An"), w.issuer, w.key)
	f.Fuzz(func(t *testing.T, b []byte) {
		v, err := Read(b, w.root)
		if err == nil && v.State == "" {
			t.Error("no verdict")
		}
		Statement(b)
		out, err := Attach(b, []byte(`{"n":1}`))
		if err == nil && !bytes.HasPrefix(out, b) {
			t.Error("attaching changed what was there")
		}
		out, _, err = prepare(b, By{}.room(), By{Chain: []*x509.Certificate{cert}, At: day})
		if err == nil && !bytes.HasPrefix(out, b) {
			t.Error("signing changed what was there")
		}
		_ = key
	})
}

// build writes a file of the given objects, numbered from 1, the first the catalog.
func build(objects ...string) []byte {
	var b bytes.Buffer
	b.WriteString("%PDF-1.4\n")
	table := fmt.Sprintf("xref\r\n0 %d\r\n0000000000 65535 f\r\n", len(objects)+1)
	for i, o := range objects {
		table += fmt.Sprintf("%010d 00000 n\r\n", b.Len())
		fmt.Fprintf(&b, "%d 0 obj %s endobj\r\n", i+1, o)
	}
	fmt.Fprintf(&b, "%strailer <</Size %d/Root 1 0 R/Info 9 0 R>>\r\nstartxref\r\n%d\r\n%%%%EOF", table, len(objects)+1, b.Len())
	return b.Bytes()
}

// Forms, lists and names that are objects of their own, old fields and attachments: all stay, and others can still read it.
func TestEverythingIndirect(t *testing.T) {
	w := newWorld(t)
	b := build("<</Type/Catalog/Pages 2 0 R/AcroForm 4 0 R/Names 7 0 R>>", "<</Type/Pages/Kids 8 0 R/Count 1>>",
		"<</Type/Page/Parent 2 0 R/MediaBox[0 0 99 99]/Resources<<>>/Annots 6 0 R>>", "<</Fields 5 0 R/DA(/F 0 Tf)>>",
		"[<</FT/Tx/T(name)/V(\\101n \\(b\\)\\\n)>>]", "[]", "<</EmbeddedFiles 10 0 R>>", "[3 0 R]", "<</Title(x)>>",
		"<</Names[(a.txt) <</Type/Filespec/F(a.txt)>> (z.txt) <</Type/Filespec/F(z.txt)>>]>>")
	b, err := Attach(b, []byte(`{"motcua":1}`))
	if err != nil {
		t.Fatal(err)
	}
	b = w.sign(t, w.sign(t, w.sign(t, b, "An", day), "Bình", day), "Chi", day)
	if v := read(t, b, w.root); v.State != verdict.Valid || len(v.Signatures) != 3 || string(v.Statement) != `{"motcua":1}` {
		t.Errorf("%+v", v)
	}
	tool(t, "qpdf")
	tool(t, "pdfsig")
	path := save(t, b)
	run(t, "qpdf", "--check", path)
	if said := run(t, "pdfsig", "-nocert", path); strings.Count(said, "Signature is Valid") != 3 {
		t.Error(said)
	}
	if got := firstField(t, b); got != "An (b)" {
		t.Errorf("the old field says %q", got)
	}
}

// firstField is the value of the first field of a file's form.
func firstField(t *testing.T, b []byte) string {
	t.Helper()
	f, err := parse(b)
	if err != nil {
		t.Fatal(err)
	}
	root, _, _ := f.catalog(len(b))
	form, _ := f.follow(root.get("AcroForm"), len(b))
	list, _ := f.follow(form.get("Fields"), len(b))
	return list.list[0].get("V").readable()
}
