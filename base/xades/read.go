package xades

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/x509"
	"encoding/asn1"
	"encoding/base64"
	"errors"
	"fmt"
	"math/big"
	"slices"
	"strings"

	"github.com/beevik/etree"

	"motcua/base/cms"
	"motcua/base/fault"
	"motcua/base/verdict"
)

const maxSignatures = 20

// Is reports whether b looks like a document in XML.
func Is(b []byte) bool {
	b = bytes.TrimLeft(bytes.TrimPrefix(b, []byte("\xef\xbb\xbf")), " \t\r\n")
	return len(b) > 1 && b[0] == '<' && !bytes.HasPrefix(b, []byte("<!DOCTYPE html"))
}

// Read checks the signatures of a document against the roots that are trusted.
// What is no XML is an error; everything else is a verdict. signed is what the
// signatures are over, in canonical form and in their order, when they are
// intact: who acts on a document reads this and nothing else of it.
func Read(b []byte, roots ...*x509.Certificate) (v verdict.Verdict, signed [][]byte, err error) {
	if !Is(b) {
		return v, nil, fault.New(fault.Unsupported, "xades.noxml")
	}
	v.Form, v.Signatures = verdict.XML, []verdict.Signature{}
	d, err := parse(b)
	if err != nil {
		v.Judge(verdict.Broken, "xades.why.unsafe")
		return v, nil, nil
	}
	var all []*etree.Element
	var find func(el *etree.Element)
	find = func(el *etree.Element) {
		if is(el, "Signature") {
			all = append(all, el)
		}
		for _, c := range el.ChildElements() {
			find(c)
		}
	}
	find(d.Root())
	switch {
	case len(all) == 0 && bytes.Contains(b, []byte(nsDSig)):
		v.Judge(verdict.Broken, "xades.why.lost")
	case len(all) == 0:
		v.Judge(verdict.None, "xades.why.none")
	case len(all) > maxSignatures:
		v.Judge(verdict.Broken, "xades.why.unreadable")
	}
	if v.State != "" {
		return v, nil, nil
	}
	v.State = verdict.Valid
	var covered []*etree.Element
	for _, el := range all {
		s, over, content := check(&v, d.Root(), el, roots)
		v.Signatures = append(v.Signatures, s)
		if s.Intact {
			covered, signed = append(covered, over), append(signed, content)
		}
	}
	for i := range v.Signatures {
		v.Signatures[i].Whole = v.Signatures[i].Intact
	}
	if v.State != verdict.Broken && v.State != verdict.Changed && !whole(d.Root(), all, covered) {
		for i := range v.Signatures {
			v.Signatures[i].Whole = false
		}
		v.Judge(verdict.Changed, "xades.why.part")
	}
	return v, signed, nil
}

// whole reports whether nothing that a reader might take for content stands
// outside of what is signed: the root is, or it only holds what is signed and
// the signatures.
func whole(root *etree.Element, signatures, covered []*etree.Element) bool {
	if slices.Contains(covered, root) {
		return true
	}
	if is(root, "Signature") { // enveloping: what it holds was checked with it
		return len(signatures) == 1 && len(covered) == 1 && under(covered[0], root)
	}
	for _, a := range root.Attr {
		if a.Space != "xmlns" && (a.Space != "" || a.Key != "xmlns") {
			return false
		}
	}
	for _, c := range root.Child {
		switch c := c.(type) {
		case *etree.Element:
			if !slices.Contains(covered, c) && !slices.Contains(signatures, c) {
				return false
			}
		case *etree.CharData:
			if !c.IsWhitespace() {
				return false
			}
		}
	}
	// Each signature stands in the root itself, or within what another covers.
	for _, s := range signatures {
		if s.Parent() != root && !slices.ContainsFunc(covered, func(c *etree.Element) bool { return s != c && under(s, c) }) {
			return false
		}
	}
	return len(covered) == len(signatures)
}

// A signature as it was read, before anything is proven.
type signature struct {
	el      *etree.Element
	raw     []byte         // the SignedInfo in canonical form, over which the signature is
	info    *etree.Element // the same, read anew from that
	content *etree.Element // the reference to what is signed
	object  *etree.Element // that holds the properties
	old     bool
	method  x509.SignatureAlgorithm
	hash    crypto.Hash
	cert    *x509.Certificate
	others  []*x509.Certificate
	value   []byte
}

// check verifies one signature and adds to the verdict what is wrong with it.
func check(v *verdict.Verdict, root, el *etree.Element, roots []*x509.Certificate) (s verdict.Signature, over *etree.Element, content []byte) {
	x, err := readSignature(el)
	if err != nil {
		v.Judge(verdict.Broken, "xades.why.unreadable")
		return s, nil, nil
	}
	p, err := x.properties(root)
	if err != nil {
		v.Judge(verdict.Broken, "xades.why.unreadable")
		return s, nil, nil
	}
	s.At, s.Old = p.at, x.old
	s.Of(x.cert, x.hash)
	if x.verify() != nil {
		v.Judge(verdict.Changed, "verdict.why.digest", s.Name)
		return s, nil, nil
	}
	over, content, hash, err := x.refer(root, x.content)
	if err == nil {
		err = x.nothingElse(over)
	}
	if err != nil {
		v.Judge(verdict.Changed, "verdict.why.digest", s.Name)
		return s, nil, nil
	}
	s.Old = s.Old || hash == crypto.SHA1
	s.Intact = true
	v.Vouch(&s, x.others, roots, p.token, p.stamped)
	return s, over, content
}

// readSignature reads what a Signature says. Its parts stand there once and in
// order, and nothing else does: what is in it is not signed.
func readSignature(el *etree.Element) (x signature, err error) {
	x.el = el
	order := []string{"SignedInfo", "SignatureValue", "KeyInfo", "Object"}
	at := 0
	for _, c := range el.ChildElements() {
		i := slices.Index(order, c.Tag)
		if c.NamespaceURI() != nsDSig || i < at {
			return x, fmt.Errorf("%s in a signature", c.Tag)
		}
		if at = i; i < 3 {
			at = i + 1
		}
	}
	info, err := child(el, nsDSig, "SignedInfo")
	if err != nil {
		return x, err
	}
	method, err := child(info, nsDSig, "CanonicalizationMethod")
	if err != nil {
		return x, err
	}
	// Everything below is read from the bytes over which the signature is.
	if x.raw, err = canonical(info, method.SelectAttrValue("Algorithm", "-"), inclusiveIn(method)); err != nil {
		return x, err
	}
	d, err := parse(x.raw)
	if err != nil {
		return x, err
	}
	x.info = d.Root()
	if x.value, err = decode(el, "SignatureValue"); err != nil {
		return x, err
	}
	m, err := child(x.info, nsDSig, "SignatureMethod")
	if err != nil {
		return x, err
	}
	known, ok := methods[m.SelectAttrValue("Algorithm", "")]
	if !ok || len(m.ChildElements()) > 0 {
		return x, errors.New("unknown method")
	}
	x.method, x.hash, x.old = known.x509, known.hash, known.hash == crypto.SHA1
	if err := x.references(); err != nil {
		return x, err
	}
	return x, x.certificates()
}

// references finds what is signed: one content, and the signed properties at most.
func (x *signature) references() error {
	for _, c := range x.info.ChildElements() {
		switch {
		case is(c, "Reference") && c.SelectAttrValue("Type", "") == typeSigned:
		case is(c, "Reference"):
			if x.content != nil {
				return errors.New("two contents")
			}
			x.content = c
		case !is(c, "CanonicalizationMethod") && !is(c, "SignatureMethod"):
			return fmt.Errorf("%s in what is signed", c.Tag)
		}
	}
	if x.content == nil {
		return errors.New("no content")
	}
	return nil
}

func (x *signature) certificates() error {
	info, err := child(x.el, nsDSig, "KeyInfo")
	if err != nil {
		return err
	}
	data, err := child(info, nsDSig, "X509Data")
	if err != nil {
		return err
	}
	for _, c := range data.ChildElements() {
		if !is(c, "X509Certificate") {
			continue
		}
		der, err := base64.StdEncoding.DecodeString(strip(c.Text()))
		if err != nil || len(x.others) == 10 {
			return errors.New("certificate")
		}
		cert, err := x509.ParseCertificate(der)
		if err != nil {
			return err
		}
		x.others = append(x.others, cert)
	}
	if len(x.others) == 0 {
		return errors.New("no certificate")
	}
	x.cert = x.others[0]
	return nil
}

func strip(s string) string { return strings.Join(strings.Fields(s), "") }

func decode(el *etree.Element, tag string) ([]byte, error) {
	c, err := child(el, nsDSig, tag)
	if err != nil {
		return nil, err
	}
	return base64.StdEncoding.DecodeString(strip(c.Text()))
}

// verify checks the value over the canonical SignedInfo.
func (x *signature) verify() error {
	method := x.method
	value := x.value
	if k, ok := x.cert.PublicKey.(*ecdsa.PublicKey); ok { // r and s side by side (RFC 6931, 2.3.6)
		n := (k.Curve.Params().BitSize + 7) / 8
		if len(value) != 2*n {
			return errors.New("length of the value")
		}
		var err error
		if value, err = asn1.Marshal(struct{ R, S *big.Int }{new(big.Int).SetBytes(value[:n]), new(big.Int).SetBytes(value[n:])}); err != nil {
			return err
		}
	}
	if x.old || cms.Weak(x.cert) {
		return cms.CheckOld(x.cert, method, x.raw, value)
	}
	return x.cert.CheckSignature(method, x.raw, value)
}

// refer finds what a reference is to and compares its digest; content is that in canonical form.
func (x *signature) refer(root, r *etree.Element) (over *etree.Element, content []byte, hash crypto.Hash, err error) {
	uri := r.SelectAttr("URI")
	switch {
	case uri == nil:
		return nil, nil, 0, errors.New("a reference to nothing")
	case uri.Value == "":
		over = root
	case strings.HasPrefix(uri.Value, "#"):
		over = byID(root, uri.Value[1:])
	}
	if over == nil {
		return nil, nil, 0, errors.New("a reference to nothing here")
	}
	algorithm, prefixes, within, err := transforms(r)
	if err != nil {
		return nil, nil, 0, err
	}
	el := over
	switch {
	case within && over == root && x.el != root:
		if el, err = without(root, path(x.el)); err != nil {
			return nil, nil, 0, err
		}
	case within || under(x.el, over): // what is signed cannot hold its own signature
		return nil, nil, 0, errors.New("a signature within what it signs")
	}
	if content, err = canonical(el, algorithm, prefixes); err != nil {
		return nil, nil, 0, err
	}
	m, err := child(r, nsDSig, "DigestMethod")
	if err != nil {
		return nil, nil, 0, err
	}
	want, err := decode(r, "DigestValue")
	if err != nil {
		return nil, nil, 0, err
	}
	if hash = digests[m.SelectAttrValue("Algorithm", "")]; hash == 0 {
		return nil, nil, 0, errors.New("digest")
	}
	if !bytes.Equal(cms.Sum(hash, content), want) {
		return nil, nil, 0, errors.New("digest")
	}
	return over, content, hash, nil
}

// nothingElse makes sure that the signature holds no content but what it signs.
func (x *signature) nothingElse(over *etree.Element) error {
	if under(over, x.el) && (over.Parent() != x.el || !is(over, "Object")) {
		return errors.New("a content inside the signature that is no object of it")
	}
	for _, c := range x.el.ChildElements() {
		if is(c, "Object") && c != over && c != x.object {
			return errors.New("an object that is not signed")
		}
	}
	return nil
}

// transforms reads how what is signed was written: in canonical form, and without the signature if that is within.
func transforms(r *etree.Element) (algorithm, prefixes string, within bool, err error) {
	algorithm = inclusive // when nothing is said (RFC 3275, 4.3.3.2)
	list, err := child(r, nsDSig, "Transforms")
	if err != nil {
		return algorithm, "", false, nil
	}
	for i, t := range list.ChildElements() {
		switch a := t.SelectAttrValue("Algorithm", ""); {
		case a == enveloped && i == 0:
			within = true
		case (a == exclusive || a == inclusive) && i == len(list.ChildElements())-1:
			algorithm, prefixes = a, inclusiveIn(t)
		default:
			return "", "", false, fmt.Errorf("transform %q", a)
		}
	}
	return algorithm, prefixes, within, nil
}

// inclusiveIn is the list of prefixes that exclusive canonical form treats as inclusive.
func inclusiveIn(method *etree.Element) string {
	for _, c := range method.ChildElements() {
		if c.Tag == "InclusiveNamespaces" && c.NamespaceURI() == exclusive {
			return c.SelectAttrValue("PrefixList", "")
		}
	}
	return ""
}
