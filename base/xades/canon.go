package xades

import (
	"crypto"
	_ "crypto/sha1" // read, never written
	_ "crypto/sha512"
	"crypto/x509"
	"errors"
	"fmt"

	"github.com/beevik/etree"
	dsig "github.com/russellhaering/goxmldsig"
)

// Names of XML Signature (RFC 3275 and 6931) and of XAdES (ETSI EN 319 132-1).
const (
	nsDSig      = "http://www.w3.org/2000/09/xmldsig#"
	nsXAdES     = "http://uri.etsi.org/01903/v1.3.2#"
	typeSigned  = "http://uri.etsi.org/01903#SignedProperties"
	enveloped   = "http://www.w3.org/2000/09/xmldsig#enveloped-signature"
	exclusive   = "http://www.w3.org/2001/10/xml-exc-c14n#"
	inclusive   = "http://www.w3.org/TR/2001/REC-xml-c14n-20010315"
	rsaSHA256   = "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256"
	ecdsaSHA256 = "http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha256"
	sha256Name  = "http://www.w3.org/2001/04/xmlenc#sha256"
)

var digests = map[string]crypto.Hash{
	"http://www.w3.org/2000/09/xmldsig#sha1":        crypto.SHA1,
	sha256Name:                                      crypto.SHA256,
	"http://www.w3.org/2001/04/xmldsig-more#sha384": crypto.SHA384,
	"http://www.w3.org/2001/04/xmlenc#sha512":       crypto.SHA512,
}

// methods are the ways of signing that are read. HMAC is none: its key would be
// a secret, and a public one taken for it makes anybody a signer.
var methods = map[string]struct {
	x509 x509.SignatureAlgorithm
	hash crypto.Hash
}{
	"http://www.w3.org/2000/09/xmldsig#rsa-sha1": {x509.SHA1WithRSA, crypto.SHA1},
	rsaSHA256: {x509.SHA256WithRSA, crypto.SHA256},
	"http://www.w3.org/2001/04/xmldsig-more#rsa-sha384": {x509.SHA384WithRSA, crypto.SHA384},
	"http://www.w3.org/2001/04/xmldsig-more#rsa-sha512": {x509.SHA512WithRSA, crypto.SHA512},
	"http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha1": {x509.ECDSAWithSHA1, crypto.SHA1},
	ecdsaSHA256: {x509.ECDSAWithSHA256, crypto.SHA256},
	"http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha384": {x509.ECDSAWithSHA384, crypto.SHA384},
	"http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha512": {x509.ECDSAWithSHA512, crypto.SHA512},
}

// canonical writes an element in canonical form, as it stands in its document.
func canonical(el *etree.Element, algorithm, prefixes string) ([]byte, error) {
	switch algorithm {
	case exclusive, "":
		return dsig.MakeC14N10ExclusiveCanonicalizerWithPrefixList(prefixes).Canonicalize(apart(el))
	case inclusive:
		return dsig.MakeC14N10RecCanonicalizer().Canonicalize(el)
	}
	return nil, fmt.Errorf("canonical form %q", algorithm)
}

// apart is a copy of an element that declares the prefixes it stands under.
func apart(el *etree.Element) *etree.Element {
	out := el.Copy()
	seen := map[string]bool{}
	for e := el; e != nil; e = e.Parent() {
		for _, a := range e.Attr {
			if a.Space != "xmlns" && (a.Space != "" || a.Key != "xmlns") || seen[a.FullKey()] {
				continue
			}
			seen[a.FullKey()] = true
			if e != el && a.Value != "" {
				out.CreateAttr(a.FullKey(), a.Value)
			}
		}
	}
	return out
}

// is reports whether an element has this name of XML Signature.
func is(el *etree.Element, tag string) bool { return el.Tag == tag && el.NamespaceURI() == nsDSig }

// child is the only child of that name.
func child(el *etree.Element, space, tag string) (found *etree.Element, err error) {
	for _, c := range el.ChildElements() {
		if c.Tag != tag || c.NamespaceURI() != space {
			continue
		}
		if found != nil {
			return nil, fmt.Errorf("%s twice", tag)
		}
		found = c
	}
	if found == nil {
		return nil, fmt.Errorf("no %s", tag)
	}
	return found, nil
}

// descend follows names of XAdES.
func descend(el *etree.Element, tags ...string) (*etree.Element, error) {
	var err error
	for _, tag := range tags {
		if el, err = child(el, nsXAdES, tag); err != nil {
			return nil, err
		}
	}
	return el, nil
}

// path is the way from the root to an element, in numbers of children.
func path(el *etree.Element) (way []int) {
	for ; el.Parent() != nil; el = el.Parent() {
		way = append(way, el.Index())
	}
	return way
}

// without is a copy of the root from which the element at the end of the way is taken.
func without(root *etree.Element, way []int) (*etree.Element, error) {
	d := etree.NewDocument()
	d.SetRoot(root.Copy())
	at := d.Root()
	for i := len(way) - 2; i >= 0; i-- { // the last number is that of the root itself
		c, ok := at.Child[way[i]].(*etree.Element)
		if !ok {
			return nil, errors.New("no such element")
		}
		if i == 0 {
			at.RemoveChild(c)
			return d.Root(), nil
		}
		at = c
	}
	return nil, errors.New("the signature is the root")
}

// byID is the element with this ID.
func byID(el *etree.Element, id string) *etree.Element {
	for _, a := range el.Attr {
		if isID(a) && a.Value == id {
			return el
		}
	}
	for _, c := range el.ChildElements() {
		if found := byID(c, id); found != nil {
			return found
		}
	}
	return nil
}

func isID(a etree.Attr) bool {
	return a.Space != "xmlns" && len(a.Key) == 2 && (a.Key[0]|0x20) == 'i' && (a.Key[1]|0x20) == 'd'
}

// under reports whether el is top or stands somewhere in it.
func under(el, top *etree.Element) bool {
	for ; el != nil; el = el.Parent() {
		if el == top {
			return true
		}
	}
	return false
}
