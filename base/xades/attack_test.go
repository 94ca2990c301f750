package xades

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"math/rand/v2"
	"os"
	"strings"
	"testing"

	"github.com/beevik/etree"

	"motcua/base/verdict"
	. "motcua/base/verdict/verdicttest"
)

// The names under which signed documents are looked for; an attack may depend on it.
var names = []string{"doc", "edXML", "Response"}

func text(el *etree.Element) string {
	d := etree.NewDocument()
	d.SetRoot(el.Copy())
	d.WriteSettings = etree.WriteSettings{CanonicalAttrVal: true, CanonicalText: true}
	s, err := d.WriteToString()
	if err != nil {
		panic(err)
	}
	return s
}

func parsed(t testing.TB, s string) *etree.Element {
	t.Helper()
	d := etree.NewDocument()
	if err := d.ReadFromString(s); err != nil {
		t.Fatal(err)
	}
	return d.Root()
}

// attacks are the eight published shapes of signature wrapping and others, on one
// document that is honestly signed by its ID.
func attacks(t testing.TB, w World, by By, r *rand.Rand, name string) (good string, bad map[string]string) {
	t.Helper()
	doc := document(r, name)
	d, err := parse([]byte(doc))
	if err != nil {
		t.Fatal(err, doc)
	}
	b, err := by.sign(d, d.Root(), "#_good", d.Root(), true)
	if err != nil {
		t.Fatal(err)
	}
	good = string(b)
	signed := parsed(t, good)
	sig := func() *etree.Element { return signed.SelectElement("Signature").Copy() }
	orig := func(with bool) *etree.Element {
		o := signed.Copy()
		if !with {
			o.RemoveChild(o.SelectElement("Signature"))
		}
		return o
	}
	evil := func(id string) *etree.Element {
		o := orig(false)
		o.FindElement("./body/amount").SetText("999999")
		o.RemoveAttr("ID")
		if id != "" {
			o.CreateAttr("ID", id)
		}
		return o
	}
	with := func(parent *etree.Element, children ...*etree.Element) string {
		for _, c := range children {
			parent.AddChild(c)
		}
		return text(parent)
	}
	holding := func(parent, child *etree.Element) *etree.Element { parent.AddChild(child); return parent }
	swap := func(old, with string) string {
		if !strings.Contains(good, old) {
			t.Fatalf("nothing like %q in %s", old, good)
		}
		return strings.Replace(good, old, with, 1)
	}
	extended := func() string {
		o := orig(true)
		o.InsertChildAt(0, holding(etree.NewElement("Extensions"), evil("_good")))
		return text(o)
	}
	method := methodOf(good)
	return good, map[string]string{
		"XSW1 evil root, its signature holds the original": with(evil("_evil"), holding(sig(), orig(false))),
		"XSW2 evil root, signature and original beside":    with(evil("_evil"), sig(), orig(false)),
		"XSW3 wrapper, evil before the signed":             with(etree.NewElement("wrap"), evil("_evil"), orig(true)),
		"XSW4 evil root holds the signed":                  with(evil("_evil"), orig(true)),
		"XSW5 the same ID twice":                           with(evil("_good"), sig(), orig(false)),
		"XSW6 the same ID, original in an object":          with(evil("_good"), holding(sig(), holding(etree.NewElement("ds:Object"), orig(false)))),
		"XSW7 evil in an extension":                        extended(),
		"XSW8 evil root without ID":                        with(evil(""), sig(), orig(false)),
		"original in an object":                            with(evil("_evil"), holding(sig(), holding(etree.NewElement("ds:Object"), orig(false)))),
		"wrapper, evil after the signed":                   with(etree.NewElement("wrap"), orig(true), evil("_evil")),
		"evil object in the signature":                     with(orig(false), holding(sig(), holding(etree.NewElement("ds:Object"), evil("_evil")))),
		"changed":                                          swap(">100<", ">999<"),
		"comment in a text":                                swap(">100<", ">1<!--x-->00<"),
		"ID twice":                                         swap(` ID="_good"`, ` ID="_evil" ID="_good"`),
		"another ID first":                                 swap(` ID="_good"`, ` Id="_good" ID="_good"`),
		"reference emptied":                                swap(`URI="#_good"`, `URI=""`),
		"reference to nothing":                             swap(`URI="#_good"`, `URI="#_bad"`),
		"reference away":                                   swap(`URI="#_good"`, `URI="file:///etc/hostname"`),
		"stripped":                                         text(orig(false)),
		"signature twice":                                  with(orig(true), sig()),
		"HMAC":                                             swap(method, "http://www.w3.org/2000/09/xmldsig#hmac-sha1"),
		"HMAC of SHA-256":                                  swap(method, "http://www.w3.org/2001/04/xmldsig-more#hmac-sha256"),
		"no method":                                        swap(method, ""),
		"the other family":                                 swap(method, map[bool]string{true: ecdsaSHA256, false: rsaSHA256}[method == rsaSHA256]),
		"SHA-1 in name":                                    swap(sha256Name, "http://www.w3.org/2000/09/xmldsig#sha1"),
		"canonical form with comments":                     swap(`Algorithm="`+exclusive+`"`, `Algorithm="`+exclusive+`WithComments"`),
		"XSLT":                                             swap(`<ds:Transform Algorithm="`+exclusive+`"`, `<ds:Transform Algorithm="http://www.w3.org/TR/1999/REC-xslt-19991116"`),
		"XPath":                                            swap(`<ds:Transform Algorithm="`+enveloped+`"`, `<ds:Transform Algorithm="http://www.w3.org/TR/1999/REC-xpath-19991116"`),
		"DOCTYPE":                                          `<!DOCTYPE ` + name + `>` + good,
		"entity":                                           `<!DOCTYPE ` + name + ` [<!ENTITY x "100">]>` + strings.Replace(good, ">100<", ">&x;<", 1),
		"second root":                                      good + text(evil("_evil")),
		"junk":                                             good + "junk",
		"comment in the digest":                            swap("<ds:DigestValue>", "<ds:DigestValue><!--"+base64.StdEncoding.EncodeToString(make([]byte, 32))+"-->"),
		"certificate of another":                           swap(base64.StdEncoding.EncodeToString(by.Chain[0].Raw), base64.StdEncoding.EncodeToString(w.Root.Raw)),
		"time moved":                                       swap("2020-11-23T09:30:00Z", "2020-11-22T09:30:00Z"),
		"properties of another signature":                  swap(`Target="#s-`, `Target="#t-`),
		"no properties":                                    swap(`<ds:Object>`, `<ds:Object><!---->`)[:strings.Index(good, "<ds:Object>")] + good[strings.Index(good, "</ds:Object>")+len("</ds:Object>"):],
	}
}

func methodOf(s string) string {
	_, s, _ = strings.Cut(s, `SignatureMethod Algorithm="`)
	s, _, _ = strings.Cut(s, `"`)
	return s
}

// Nobody gets evil content accepted, in any shape, and every honest document is valid. MOTCUA_LONG: the whole campaign.
func TestAttacks(t *testing.T) {
	w := New(t)
	by := signer(t, w, Key(t))
	n := 5
	if os.Getenv("MOTCUA_LONG") != "" {
		n = 100
	}
	tried, shapes := 0, 0
	for i := range n {
		for _, name := range names {
			good, bad := attacks(t, w, by, rand.New(rand.NewPCG(uint64(i), 17)), name)
			if v, signed := read1(t, []byte(good), w); v.State != verdict.Valid || len(signed) != 1 {
				t.Fatalf("honest: %+v\n%s", v, good)
			}
			shapes = len(bad)
			for shape, doc := range bad {
				tried++
				v, signed := read1(t, []byte(doc), w)
				if v.State == verdict.Valid || v.State == verdict.Unknown {
					t.Errorf("%s of %s: %s\n%s", shape, name, v.State, doc)
				}
				for _, s := range signed {
					if bytes.Contains(s, []byte(">999")) {
						t.Errorf("%s of %s: evil content was handed out", shape, name)
					}
				}
			}
		}
	}
	if shapes < 30 || tried != n*len(names)*shapes {
		t.Errorf("%d shapes, %d tried", shapes, tried)
	}
	Record(t, "xml attacks", map[string]any{"documents": n, "names": len(names), "shapes": shapes, "tried": tried, "accepted": 0})
}

// xmlsec1 and we agree on honest documents, and where we do not on others the reason is known.
func TestOthersAgree(t *testing.T) {
	Tool(t, "xmlsec1")
	w := New(t)
	root := w.PEM(t)
	n := 3
	if os.Getenv("MOTCUA_LONG") != "" {
		n = 35
	}
	asked, differ := 0, map[string]int{}
	for i := range n {
		by := signer(t, w, Key(t))
		if i%2 == 1 {
			k := RSA(t, 2048)
			by = signer(t, w, k)
		}
		name := names[i%len(names)]
		good, bad := attacks(t, w, by, rand.New(rand.NewPCG(uint64(i), 23)), name)
		bad["honest"] = good
		for shape, doc := range bad {
			v, _ := read1(t, []byte(doc), w)
			ids := []string{}
			for u := range 4 {
				ids = append(ids, fmt.Sprintf("urn:%d:%s", u, name))
			}
			_, ok := xmlsec(t, root, []byte(doc), ids...)
			asked++
			if ok == (v.State == verdict.Valid) {
				continue
			}
			if known[shape] == "" || !ok {
				t.Errorf("%s: we say %s, xmlsec1 %v\n%s", shape, v.State, ok, doc)
			}
			differ[shape]++
		}
	}
	Record(t, "xmlsec1", map[string]any{"asked": asked, "differ": differ, "why": known})
}
