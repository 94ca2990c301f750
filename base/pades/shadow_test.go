package pades

import (
	"bytes"
	"crypto/x509"
	"fmt"
	"math/rand/v2"
	"os"
	"strings"
	"testing"
	"time"

	"motcua/base/pdf"
	"motcua/base/verdict"
	"motcua/base/verdict/verdicttest"
)

// A producer writes papers in a layout of its own.
type producer struct {
	name string
	args []string // of qpdf; nil: as package pdf writes
}

var producers = []producer{
	{"table", nil},
	{"streams", []string{"--object-streams=generate"}},
	{"linear", []string{"--linearize", "--object-streams=generate"}},
	{"spread", []string{"--qdf", "--object-streams=disable"}},
}

// made is a paper by chance, in a producer's layout.
func (p producer) made(t testing.TB, r *rand.Rand) []byte {
	t.Helper()
	body := []pdf.Block{pdf.Text{Text: strings.Repeat("Mot dong chu. ", 5+r.IntN(400))}}
	for range r.IntN(3) {
		body = append(body, pdf.Rows{{Label: "So tien", Value: fmt.Sprint(r.IntN(1e6))}})
	}
	b, err := pdf.Make(pdf.Doc{Size: []pdf.Size{pdf.A4, pdf.A5}[r.IntN(2)], Title: fmt.Sprint("Giay ", r.IntN(1e6)), At: day, Body: body}, pdf.Fonts{})
	if err != nil {
		t.Fatal(err)
	}
	if p.args == nil {
		return b
	}
	in := verdicttest.Save(t, "in.pdf", b)
	if said, ok := verdicttest.Run("qpdf", append(append([]string{}, p.args...), in, in+".x")...); !ok {
		t.Fatal(said)
	}
	if b, err = os.ReadFile(in + ".x"); err != nil {
		t.Fatal(err)
	}
	return b
}

func long() bool { return os.Getenv("MOTCUA_LONG") != "" }

// A shadow prepares a file before it is signed, and shows something else after.
type shadow struct {
	before func(u *update, root, page *value)
	after  func(u *update, root, page *value)
}

// fake is a page content that says something else.
func fake(u *update, text string) int {
	s := "BT /F1 40 Tf 40 300 Td (" + text + ") Tj ET"
	return u.add(fmt.Sprintf("<</Length %d>>\nstream\n%s\nendstream", len(s), s))
}

// overlay is an annotation that covers the page.
func overlay(u *update, page *value, kind, more string) int {
	form := u.add("<</Type /XObject /Subtype /Form /BBox [0 0 400 500] /Length 24>>\nstream\n1 g 0 0 400 500 re f    \nendstream")
	n := u.add(fmt.Sprintf("<</Type /Annot /Subtype /%s /Rect [0 0 400 500] /F 4 /AP <</N %d 0 R>> %s>>", kind, form, more))
	u.push(page, "Annots", fmt.Sprintf("%d 0 R", n))
	return n
}

func ref0(n int) string { return fmt.Sprintf("%d 0 R", n) }

// shadows are the published families: hide, replace, hide and replace (Mainka et
// al. 2021), incremental saving, wrapping of what is referred to, universal
// forgery by a second catalog (Mladenov et al. 2019), evil annotations and sneaky
// signatures on certified files (Rohlmann et al. 2021).
func shadows() map[string]shadow {
	all := map[string]shadow{}
	nothing := func(u *update, root, page *value) {}
	after := func(name string, f func(u *update, root, page *value)) { all[name] = shadow{nothing, f} }

	// Hide: what was seen at signing is covered, or what covered it is taken away.
	for i, kind := range []string{"Stamp", "FreeText", "Square", "Link", "Popup", "Watermark", "Ink", "Redact", "Line", "Highlight", "Circle"} {
		after(fmt.Sprintf("hide %d: a %s over the page", i, kind), func(u *update, root, page *value) { overlay(u, page, kind, "") })
	}
	all["hide: the cover is taken away"] = shadow{
		func(u *update, root, page *value) { overlay(u, page, "Stamp", "") },
		func(u *update, root, page *value) { page.set("Annots", "[]") },
	}
	all["hide: the cover is freed"] = shadow{
		func(u *update, root, page *value) { overlay(u, page, "Stamp", "/NM (cover)") },
		func(u *update, root, page *value) {
			for _, a := range page.get("Annots").list {
				if v, _ := u.f.follow(a, len(u.f.b)); v.get("NM").str == "cover" {
					u.objects[int(a.num)] = "null"
				}
			}
		},
	}
	all["hide: the cover becomes clear"] = shadow{
		func(u *update, root, page *value) { overlay(u, page, "Stamp", "/NM (cover)") },
		func(u *update, root, page *value) {
			for _, a := range page.get("Annots").list {
				if v, _ := u.f.follow(a, len(u.f.b)); v.get("NM").str == "cover" {
					u.objects[int(v.get("AP").get("N").num)] = "<</Type /XObject /Subtype /Form /BBox [0 0 0 0] /Length 0>>\nstream\n\nendstream"
				}
			}
		},
	}
	for _, state := range []string{"OFF", "ON"} {
		all["hide: a layer is switched "+state] = shadow{
			func(u *update, root, page *value) {
				g := u.add("<</Type /OCG /Name (x)>>")
				root.set("OCProperties", fmt.Sprintf("<</OCGs [%d 0 R] /D <</%s [%d 0 R]>>>>", g, map[string]string{"OFF": "ON", "ON": "OFF"}[state], g))
			},
			func(u *update, root, page *value) {
				g := string(root.get("OCProperties").get("OCGs").list[0].raw)
				root.set("OCProperties", "<</OCGs ["+g+"] /D <</"+state+" ["+g+"]>>>>")
			},
		}
	}

	// Replace: what is shown is exchanged for what was brought along or is new.
	for _, key := range []string{"Contents", "Resources", "MediaBox", "CropBox", "Rotate", "UserUnit", "Group"} {
		after("replace: "+key, func(u *update, root, page *value) {
			switch key {
			case "Contents":
				page.set(key, ref0(fake(u, "PAY 1000000")))
			case "Rotate", "UserUnit":
				page.set(key, "180")
			case "Resources", "Group":
				page.set(key, "<</Font <<>>>>")
			default:
				page.set(key, "[0 0 10 10]")
			}
		})
	}
	all["replace: a font"] = shadow{
		func(u *update, root, page *value) {
			root.set("Fake", ref0(u.add("<</Type /Font /Subtype /Type1 /BaseFont /Courier>>")))
		},
		func(u *update, root, page *value) {
			resources, _ := u.f.follow(page.get("Resources"), len(u.f.b))
			fonts, _ := u.f.follow(resources.get("Font"), len(u.f.b))
			for _, e := range fonts.dict {
				if e.value.kind == ref {
					u.objects[int(e.value.num)] = "<</Type /Font /Subtype /Type1 /BaseFont /Symbol>>"
				}
			}
		},
	}
	all["replace: the value of a field"] = shadow{
		func(u *update, root, page *value) {
			n := u.add("<</Type /Annot /Subtype /Widget /FT /Tx /T (sum) /V (100) /Rect [50 50 150 70] /F 4>>")
			u.push(page, "Annots", ref0(n))
			u.inner(root, "AcroForm", func(v *value) error { return u.push(v, "Fields", ref0(n)) })
		},
		func(u *update, root, page *value) { first(u, root, func(v *value) { v.set("V", "(1000000)") }) },
	}
	all["replace: the look of a field"] = shadow{
		func(u *update, root, page *value) {
			n := u.add("<</Type /Annot /Subtype /Widget /FT /Tx /T (sum) /V (100) /Rect [50 50 150 70] /F 4>>")
			u.push(page, "Annots", ref0(n))
			u.inner(root, "AcroForm", func(v *value) error { return u.push(v, "Fields", ref0(n)) })
		},
		func(u *update, root, page *value) {
			form := u.add("<</Type /XObject /Subtype /Form /BBox [0 0 100 20] /Length 0>>\nstream\n\nendstream")
			first(u, root, func(v *value) { v.set("AP", "<</N "+ref0(form)+">>") })
		},
	}

	// Hide and replace: a whole second document is brought along, and shown afterwards.
	second := func(u *update, root, page *value) {
		p := u.add("<</Type /Page /MediaBox [0 0 400 500] /Resources <<>> /Contents " + ref0(fake(u, "PAY 1000000")) + ">>")
		root.set("Shadow", ref0(u.add("<</Type /Pages /Kids ["+ref0(p)+"] /Count 1>>")))
	}
	all["hide and replace: the pages"] = shadow{second, func(u *update, root, page *value) { root.set("Pages", string(root.get("Shadow").raw)) }}
	all["hide and replace: the list of pages"] = shadow{second, func(u *update, root, page *value) {
		shadow, _ := u.f.follow(root.get("Shadow"), len(u.f.b))
		u.objects[int(root.get("Pages").num)] = shadow.source()
	}}
	all["hide and replace: the first page"] = shadow{second, func(u *update, root, page *value) {
		shadow, _ := u.f.follow(root.get("Shadow"), len(u.f.b))
		v, _ := u.f.follow(shadow.get("Kids").list[0], len(u.f.b))
		*page = v
	}}
	all["hide and replace: another catalog"] = shadow{second, func(u *update, root, page *value) {
		r := *root
		r.set("Pages", string(root.get("Shadow").raw))
		u.f.tables[0].trailer.set("Root", ref0(u.add(r.source())))
	}}
	all["hide and replace: only the table"] = shadow{second, nil} // see below

	// Incremental saving.
	for _, key := range []string{"OpenAction", "AA", "Names", "Outlines", "PageLabels", "Dests", "Threads", "Perms", "Lang", "NeedsRendering", "AF", "MarkInfo"} {
		after("saving: "+key+" of the catalog", func(u *update, root, page *value) { root.set(key, "<</S /JavaScript /JS (x)>>") })
	}
	for _, key := range []string{"AA", "Tabs", "Trans", "B", "Metadata"} {
		after("saving: "+key+" of the page", func(u *update, root, page *value) { page.set(key, "<</X 1>>") })
	}
	for _, key := range []string{"NeedAppearances", "XFA", "DA", "CO", "DR"} {
		after("saving: "+key+" of the form", func(u *update, root, page *value) {
			u.inner(root, "AcroForm", func(v *value) error { v.set(key, "<</Font <<>>>>"); return nil })
		})
	}
	after("saving: an object nobody refers to", func(u *update, root, page *value) { u.add("<</Evil true>>") })

	// Evil annotations and sneaky signatures: what a certified file may be given is used to cover it.
	for i, look := range []string{"/DA (/F1 40 Tf) /Contents (PAY 1000000)", "/RC (<p>PAY 1000000</p>)", "/Q 1 /DS (font: 40pt)"} {
		after(fmt.Sprintf("annotation %d", i), func(u *update, root, page *value) { overlay(u, page, "FreeText", look) })
	}
	sneak := func(u *update, root, page *value, more string) {
		v := u.add("<</Type /Sig /Filter /Adobe.PPKLite /SubFilter /adbe.pkcs7.detached /ByteRange [0 0 0 0] /Contents <00>>>")
		n := overlay(u, page, "Widget", "/FT /Sig /T (Sneaky) "+more+" /V "+ref0(v))
		u.inner(root, "AcroForm", func(v *value) error { return u.push(v, "Fields", ref0(n)) })
	}
	after("sneaky: a visible signature", func(u *update, root, page *value) { sneak(u, root, page, "") })
	after("sneaky: locked", func(u *update, root, page *value) { sneak(u, root, page, "/Lock <</Type /SigFieldLock /Action /All>>") })
	after("sneaky: with an action", func(u *update, root, page *value) { sneak(u, root, page, "/A <</S /URI /URI (x)>>") })
	all["sneaky: a place kept over the page"] = shadow{
		func(u *update, root, page *value) {
			n := u.add("<</Type /Annot /Subtype /Widget /FT /Sig /T (kept) /F 132 /Rect [0 0 400 500]>>")
			u.push(page, "Annots", ref0(n))
			u.inner(root, "AcroForm", func(v *value) error { return u.push(v, "Fields", ref0(n)) })
		},
		func(u *update, root, page *value) {
			v := u.add("<</Type /Sig /Filter /Adobe.PPKLite /SubFilter /adbe.pkcs7.detached /ByteRange [0 0 0 0] /Contents <00>>>")
			form := u.add("<</Type /XObject /Subtype /Form /BBox [0 0 400 500] /Length 24>>\nstream\n1 g 0 0 400 500 re f    \nendstream")
			first(u, root, func(f *value) { f.set("V", ref0(v)); f.set("AP", "<</N "+ref0(form)+">>") })
		},
	}
	return all
}

// first edits the first field of the form.
func first(u *update, root *value, edit func(v *value)) {
	form, _ := u.f.follow(root.get("AcroForm"), len(u.f.b))
	fields, _ := u.f.follow(form.get("Fields"), len(u.f.b))
	v, _ := u.f.follow(fields.list[0], len(u.f.b))
	edit(&v)
	u.objects[int(fields.list[0].num)] = v.source()
}

// None of them is shown as valid, in the layouts of three producers, signed by
// the attacker afterwards or not. MOTCUA_LONG: all layouts.
func TestShadows(t *testing.T) {
	tool(t, "qpdf")
	w := newWorld(t)
	r := rand.New(rand.NewPCG(1, 2))
	all := shadows()
	layouts := producers[:2]
	if long() {
		layouts = producers
	}
	tried := 0
	for _, p := range layouts {
		plain := p.made(t, r)
		for name, s := range all {
			prepared := amend(t, plain, s.before)
			signed := w.sign(t, prepared, "An", day)
			if v := read(t, signed, w.root); v.State != verdict.Valid {
				t.Fatalf("%s, %s: honest as it stands: %+v", p.name, name, v)
			}
			var bad []byte
			if s.after == nil {
				f, _ := parse(signed)
				bad = append(bytes.Clone(signed), fmt.Sprintf("startxref\n%d\n%%%%EOF\n", f.tables[1].at)...)
			} else {
				bad = amend(t, signed, s.after)
			}
			for _, file := range [][]byte{bad, again(w, t, bad)} {
				tried++
				if v, err := Read(file, w.root); err == nil && v.State != verdict.Changed && v.State != verdict.Broken {
					t.Errorf("%s, %s: %s %v", p.name, name, v.State, v.Why)
				}
			}
		}
	}
	if len(all) < 60 {
		t.Errorf("only %d shapes", len(all))
	}
	verdicttest.Record(t, "pdf shadows", map[string]any{"shapes": len(all), "layouts": len(layouts), "tried": tried, "shown_valid": 0})
}

// again signs a file as somebody who is trusted would; one that cannot be signed stays.
func again(w world, t testing.TB, file []byte) []byte {
	cert, key := certify(t, person("Bình"), w.issuer, w.key)
	out, err := Sign(file, By{Key: key, Chain: []*x509.Certificate{cert, w.issuer}, At: day.Add(time.Hour)})
	if err != nil {
		return file
	}
	return out
}

// Honest files of several signers: no false alarm. MOTCUA_LONG: 200.
func TestHonestFiles(t *testing.T) {
	tool(t, "qpdf")
	w := newWorld(t)
	n := 12
	if long() {
		n = 200
	}
	font := fonts(t)
	signatures, seen := 0, map[string]int{}
	for i := range n {
		r := rand.New(rand.NewPCG(uint64(i), 3))
		p := producers[i%len(producers)]
		b := p.made(t, r)
		visible := r.IntN(4) == 0
		if visible {
			var err error
			if b, err = Keep(b, font, Place{Field: "one", Page: 1, X: 20, Y: 20, W: 180, H: 60}, Place{Field: "two", Page: 1, X: 210, Y: 20, W: 180, H: 60}); err != nil {
				t.Fatal(err)
			}
			b = w.at(t, b, "Nguyễn Thị Hồng Nhung", "one", day)
			b = w.at(t, b, "Trần Văn Bình", "two", day.Add(time.Minute))
			signatures += 2
		}
		more := 2 + r.IntN(4)
		for k := range more {
			b = w.sign(t, b, fmt.Sprint("Người ký ", k), day.Add(time.Duration(k)*time.Hour))
		}
		signatures += more
		seen[p.name]++
		if v := read(t, b, w.root); v.State != verdict.Valid {
			t.Errorf("%d, %s, visible %v, %d more: %s %v", i, p.name, visible, more, v.State, v.Why)
		}
	}
	verdicttest.Record(t, "pdf honest", map[string]any{"files": n, "signatures": signatures, "layouts": seen, "false_alarms": 0})
}
