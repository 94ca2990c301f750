package xades

import (
	"bytes"
	"crypto"
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"motcua/base/fault"
	"motcua/base/lang"
	"motcua/base/verdict"
	. "motcua/base/verdict/verdicttest"
)

// packet has the shape of the documents that organisations exchange, in small.
const packet = `<?xml version="1.0" encoding="UTF-8"?>
<edoc:edXML xmlns:edoc="http://www.mic.gov.vn/edXML"><edoc:edXMLEnvelope><edoc:edXMLHeader><edoc:Subject>Về việc &amp; theo dõi</edoc:Subject>
<!-- between --><edoc:Amount currency="VND">100</edoc:Amount></edoc:edXMLHeader></edoc:edXMLEnvelope></edoc:edXML>`

// signer is somebody with a certificate, who signs as asked.
func signer(t testing.TB, w World, key crypto.Signer) By {
	t.Helper()
	return By{Key: key, Chain: w.Chain(t, Person("Nguyễn Thị Hồng Nhung"), key.Public()), At: Day}
}

// xmlsec asks the other implementation.
func xmlsec(t testing.TB, root string, b []byte, names ...string) (string, bool) {
	t.Helper()
	args := []string{"--verify", "--trusted-pem", root, "--verification-time", Day.Format("2006-01-02 15:04:05"), "--enabled-key-data", "x509",
		"--id-attr:Id", "http://uri.etsi.org/01903/v1.3.2#:SignedProperties", "--id-attr:Id", "http://www.w3.org/2000/09/xmldsig#:Object"}
	for _, n := range names {
		args = append(args, "--id-attr:ID", n)
	}
	return Run("xmlsec1", append(args, Save(t, "doc.xml", b))...)
}

func read1(t testing.TB, b []byte, w World) (verdict.Verdict, [][]byte) {
	t.Helper()
	v, signed, err := Read(b, w.Root)
	if err != nil {
		t.Fatal(err)
	}
	return v, signed
}

// Each way of putting a signature, each kind of key, with and without properties and time stamp.
func TestSign(t *testing.T) {
	Tool(t, "xmlsec1")
	w := New(t)
	root := w.PEM(t)
	part := `<packet xmlns="urn:x"><body ID="p1"><amount>100</amount></body></packet>`
	for _, key := range []crypto.Signer{Key(t), RSA(t, 2048)} {
		for _, level := range []string{"plain", "B-B", "B-T"} {
			by := signer(t, w, key)
			by.Plain = level == "plain"
			if level == "B-T" {
				by.Stamp = w.Stamp(Day.Add(time.Minute))
			}
			deep := by
			deep.Into = "edXMLHeader"
			for how, sign := range map[string]func() ([]byte, error){
				"enveloped":  func() ([]byte, error) { return Sign([]byte(packet), by) },
				"in header":  func() ([]byte, error) { return Sign([]byte(packet), deep) },
				"enveloping": func() ([]byte, error) { return Wrap([]byte(packet), by) },
				"detached":   func() ([]byte, error) { return SignPart([]byte(part), "p1", by) },
			} {
				b, err := sign()
				if err != nil {
					t.Fatal(how, level, err)
				}
				v, signed := read1(t, b, w)
				want := verdict.Valid
				if by.Plain { // it does not say when
					want = verdict.Unknown
				}
				if v.State != want || len(v.Signatures) != 1 || !v.Signatures[0].Intact || !v.Signatures[0].Whole || len(signed) != 1 || !bytes.Contains(signed[0], []byte(">100<")) {
					t.Errorf("%s %s: %+v\n%s", how, level, v, b)
					continue
				}
				if s := v.Signatures[0]; s.Name != "Nguyễn Thị Hồng Nhung" || !by.Plain && !s.At.Equal(Day) || level == "B-T" && (s.Stamp == nil || !s.Stamp.Trusted) {
					t.Errorf("%s %s: %+v", how, level, s)
				}
				if said, ok := xmlsec(t, root, b, "urn:x:body"); !ok {
					t.Errorf("%s %s: xmlsec1: %s\n%s", how, level, said, b)
				}
				bad := bytes.Replace(b, []byte(">100<"), []byte(">900<"), 1)
				if v, signed := read1(t, bad, w); v.State != verdict.Changed || len(signed) > 0 {
					t.Errorf("%s %s changed: %s", how, level, v.State)
				}
				if _, ok := xmlsec(t, root, bad, "urn:x:body"); ok {
					t.Errorf("%s %s changed: xmlsec1 is content", how, level)
				}
			}
		}
	}
	by := signer(t, w, Key(t))
	by.Into = "nowhere"
	if _, err := Sign([]byte(packet), by); !errors.Is(err, fault.Invalid) {
		t.Errorf("into nowhere: %v", err)
	}
	if _, err := SignPart([]byte(part), "p2", by); !errors.Is(err, fault.Invalid) {
		t.Errorf("a part that is not there: %v", err)
	}
	if _, err := Sign([]byte(`<!DOCTYPE a><a/>`), by); !errors.Is(err, fault.Unsupported) {
		t.Errorf("with a DOCTYPE: %v", err)
	}
}

func TestWhatIsNotTrusted(t *testing.T) {
	w, alien := New(t), New(t)
	by := signer(t, w, Key(t))
	b, err := Sign([]byte(packet), by)
	if err != nil {
		t.Fatal(err)
	}
	if v, _, err := Read(b, alien.Root); err != nil || v.State != verdict.Unknown || v.Why[0].Code != "verdict.why.unknown" {
		t.Errorf("another root: %+v %v", v, err)
	}
	if v, _, err := Read([]byte(packet), w.Root); err != nil || v.State != verdict.None {
		t.Errorf("unsigned: %+v %v", v, err)
	}
	if _, _, err := Read([]byte("%PDF-1.4")); !errors.Is(err, fault.Unsupported) {
		t.Errorf("no XML: %v", err)
	}
	wrong := by
	wrong.Stamp = func([]byte) ([]byte, error) { return w.Stamp(Day)(sum([]byte("something else"))) }
	if b, err = Sign([]byte(packet), wrong); err != nil {
		t.Fatal(err)
	}
	if v, _ := read1(t, b, w); v.State != verdict.Broken || v.Why[0].Code != "verdict.why.stamp" {
		t.Errorf("stamp of something else: %+v", v)
	}
}

// unsafe are documents that parsers read differently.
var unsafe = map[string]string{
	"external entity":          `<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/hostname">]><a>&x;</a>`,
	"external DTD":             `<!DOCTYPE a SYSTEM "http://127.0.0.1:1/x.dtd"><a>ok</a>`,
	"billion laughs":           `<!DOCTYPE a [<!ENTITY b "lol"><!ENTITY c "&b;&b;&b;">]><a>&c;</a>`,
	"doctype":                  `<!DOCTYPE a><a>ok</a>`,
	"attribute twice":          `<a ID="1" ID="2">ok</a>`,
	"two IDs alike":            `<a ID="1"><b Id="1"/></a>`,
	"two roots":                `<a>1</a><b>2</b>`,
	"trailing junk":            `<a>1</a>junk`,
	"no end":                   `<a><b></a>`,
	"comment in text":          `<a>admin<!-- -->@x</a>`,
	"instruction":              `<?xml-stylesheet href="x"?><a>ok</a>`,
	"late declaration":         `<a/><?xml version="1.0"?>`,
	"undeclared prefix":        `<p:a>ok</p:a>`,
	"undeclared of attribute":  `<a p:x="1"/>`,
	"two prefixes of one name": `<a xmlns:p="u" xmlns:q="u" p:i="1" q:i="2">ok</a>`,
	"prefix undone":            `<a xmlns:p="u"><b xmlns:p=""/></a>`,
	"colons":                   `<a:b:c>ok</a:b:c>`,
	"deep":                     strings.Repeat("<a>", 200) + strings.Repeat("</a>", 200),
	"very deep":                strings.Repeat("<a>", 200000) + strings.Repeat("</a>", 200000),
	"UTF-16":                   `<?xml version="1.0" encoding="utf-16"?><a>ok</a>`,
	"Latin 1":                  `<?xml version="1.0" encoding="iso-8859-1"?><a>ok</a>`,
	"bad UTF-8":                "<a>\xff</a>",
	"control":                  "<a>\x01</a>",
	"unknown entity":           `<a>&nbsp;</a>`,
}

func TestUnsafe(t *testing.T) {
	w := New(t)
	for name, doc := range unsafe {
		if _, err := parse([]byte(doc)); err == nil {
			t.Errorf("%s was parsed", name)
		}
		if v, _, err := Read([]byte(doc), w.Root); err != nil || v.State != verdict.Broken {
			t.Errorf("%s: %s %v", name, v.State, err)
		}
	}
	for name, doc := range map[string]string{"plain": packet, "mark": "\xef\xbb\xbf<a/>", "comments": `<!-- x --><a><!-- y --><b/></a><!-- z -->`, "data": `<a><![CDATA[<b>]]></a>`} {
		if _, err := parse([]byte(doc)); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// document is one that nobody wrote: names, prefixes, attributes and texts by chance.
func document(r *rand.Rand, name string) string {
	var b strings.Builder
	text := func() string {
		return []string{"Nguyễn Văn A", "a &lt; b &amp; c", "100", " \n ", "&#x1F600;", "x&#13;y", "'\"", "<![CDATA[<z>]]>"}[r.IntN(8)]
	}
	var element func(depth int, prefixes []string)
	element = func(depth int, prefixes []string) {
		p := prefixes[r.IntN(len(prefixes))]
		declare := ""
		if r.IntN(3) == 0 {
			p = fmt.Sprintf("n%d", r.IntN(3))
			declare = fmt.Sprintf(` xmlns:%s="urn:%d"`, p, r.IntN(4))
			prefixes = append(prefixes[:len(prefixes):len(prefixes)], p)
		}
		tag := []string{"a", "b", "amount", "Body"}[r.IntN(4)]
		if p != "" {
			tag = p + ":" + tag
		}
		fmt.Fprintf(&b, `<%s%s`, tag, declare)
		for i := range r.IntN(3) {
			fmt.Fprintf(&b, ` k%d="%s"`, 2-i, []string{"", "v", "a &amp; b", "&#10;", "&quot;"}[r.IntN(5)])
		}
		b.WriteByte('>')
		for range r.IntN(4) {
			if depth < 4 && r.IntN(2) == 0 {
				element(depth+1, prefixes)
			} else {
				b.WriteString(text())
			}
		}
		fmt.Fprintf(&b, `</%s>`, tag)
	}
	fmt.Fprintf(&b, `<%s ID="_good" xmlns="urn:%d"><body><amount>100</amount>`, name, r.IntN(3))
	for range 1 + r.IntN(4) {
		element(0, []string{""})
	}
	fmt.Fprintf(&b, `</body></%s>`, name)
	return b.String()
}

func TestTexts(t *testing.T) {
	if _, err := lang.Load(Texts, verdict.Texts); err != nil {
		t.Error(err)
	}
}

func FuzzRead(f *testing.F) {
	w := New(f)
	by := signer(f, w, Key(f))
	for _, doc := range unsafe {
		f.Add([]byte(doc[:min(len(doc), 2000)]))
	}
	for _, sign := range []func([]byte, By) ([]byte, error){Sign, Wrap} {
		b, err := sign([]byte(packet), by)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(b)
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		v, signed, err := Read(b, w.Root)
		if err == nil && (v.State == "" || v.State == verdict.Valid && len(signed) == 0) {
			t.Errorf("%q", v.State)
		}
		Sign(b, by)
	})
}
