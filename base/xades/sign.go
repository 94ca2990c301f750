// Package xades signs documents in XML and says what the signatures in one
// prove: XML Signature (W3C, RFC 3275) as organisations exchange documents with
// it, and XAdES, its European profile (ETSI EN 319 132).
//
// It is pure, like the readers of the other forms. A signature in XML proves
// something about a part of a tree; which part, and that a program reads just
// that, is where all attacks are. So a reader gets back what was signed, and a
// file of which anything else is not signed is never called valid.
package xades

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"embed"
	"encoding/asn1"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"math/big"
	"strings"
	"time"

	"github.com/beevik/etree"

	"motcua/base/fault"
)

//go:embed texts.yaml
var Texts embed.FS

// By is who signs, and how.
type By struct {
	Key   crypto.Signer       // ECDSA P-256 or RSA
	Chain []*x509.Certificate // the signer's first
	At    time.Time           // as the signer says
	Plain bool                // without the properties of XAdES, for those who do not read them
	Into  string              // name of the element that the signature becomes the last child of; empty: the root

	// Stamp makes a time-stamp token (RFC 3161) over a SHA-256 digest; with it the
	// signature is one of level B-T.
	Stamp func(digest []byte) (token []byte, err error)
}

// Sign puts a signature over all of a document into it (enveloped).
func Sign(doc []byte, by By) ([]byte, error) {
	d, err := read(doc)
	if err != nil {
		return nil, err
	}
	into := d.Root()
	if by.Into != "" {
		if into = d.FindElement("//" + by.Into); into == nil {
			return nil, fault.New(fault.Invalid, "xades.noplace", by.Into)
		}
	}
	return by.sign(d, into, "", d.Root(), true)
}

// Wrap puts a document into a signature over it (enveloping).
func Wrap(doc []byte, by By) ([]byte, error) {
	inner, err := read(doc)
	if err != nil {
		return nil, err
	}
	d := etree.NewDocument()
	object := etree.NewElement("ds:Object")
	object.CreateAttr("xmlns:ds", nsDSig)
	object.CreateAttr("Id", "content")
	object.AddChild(inner.Root().Copy())
	d.SetRoot(object)
	return by.sign(d, nil, "#content", object, false)
}

// SignPart signs the element with this ID and puts the signature beside it, as
// the last child of the root (detached).
func SignPart(doc []byte, id string, by By) ([]byte, error) {
	d, err := read(doc)
	if err != nil {
		return nil, err
	}
	part := byID(d.Root(), id)
	if part == nil || part == d.Root() {
		return nil, fault.New(fault.Invalid, "xades.nopart", id)
	}
	return by.sign(d, d.Root(), "#"+id, part, false)
}

// read parses a document that is to be signed.
func read(doc []byte) (*etree.Document, error) {
	d, err := parse(doc)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", fault.New(fault.Unsupported, "xades.unsafe"), err)
	}
	return d, nil
}

// sign makes the signature over part and puts it into an element, or around part when into is nil.
func (by By) sign(d *etree.Document, into *etree.Element, uri string, part *etree.Element, within bool) ([]byte, error) {
	if len(by.Chain) == 0 {
		return nil, errors.New("sign: no certificate")
	}
	method := rsaSHA256
	switch k := by.Key.Public().(type) {
	case *ecdsa.PublicKey:
		if method = ecdsaSHA256; k.Curve.Params().BitSize != 256 {
			return nil, errors.New("sign: want P-256")
		}
	case *rsa.PublicKey:
	default:
		return nil, errors.New("sign: want a key of ECDSA or RSA")
	}
	content, err := canonical(part, exclusive, "")
	if err != nil {
		return nil, err
	}
	id := "s-" + hex.EncodeToString(sum(append(content, by.Chain[0].Raw...)))[:16]

	el, err := by.element(id, method, uri, sum(content), within)
	if err != nil {
		return nil, err
	}
	if into == nil {
		object := d.Root()
		d.SetRoot(el)
		el.InsertChildAt(3, object)
		object.RemoveAttr("xmlns:ds")
	} else {
		into.AddChild(el)
	}
	if !by.Plain {
		p := el.FindElement("./Object/QualifyingProperties/SignedProperties")
		b, err := canonical(p, exclusive, "")
		if err != nil {
			return nil, err
		}
		el.FindElement("./SignedInfo/Reference[@Type]/DigestValue").SetText(base64.StdEncoding.EncodeToString(sum(b)))
	}
	info, err := canonical(el.FindElement("./SignedInfo"), exclusive, "")
	if err != nil {
		return nil, err
	}
	value, err := by.Key.Sign(nil, sum(info), crypto.SHA256)
	if err != nil {
		return nil, err
	}
	if method == ecdsaSHA256 {
		if value, err = sideBySide(value); err != nil {
			return nil, err
		}
	}
	holder := el.FindElement("./SignatureValue")
	holder.SetText(base64.StdEncoding.EncodeToString(value))
	if by.Stamp != nil {
		if err := by.stamp(el, holder); err != nil {
			return nil, err
		}
	}
	d.WriteSettings = etree.WriteSettings{CanonicalAttrVal: true, CanonicalText: true}
	return d.WriteToBytes()
}

func sum(b []byte) []byte {
	s := sha256.Sum256(b)
	return s[:]
}

// sideBySide turns a signature of ECDSA into r and s of 32 bytes each (RFC 6931, 2.3.6).
func sideBySide(der []byte) ([]byte, error) {
	var v struct{ R, S *big.Int }
	if _, err := asn1.Unmarshal(der, &v); err != nil {
		return nil, err
	}
	out := make([]byte, 64)
	v.R.FillBytes(out[:32])
	v.S.FillBytes(out[32:])
	return out, nil
}

// element is the signature but for what follows from where it stands.
func (by By) element(id, method, uri string, digest []byte, within bool) (*etree.Element, error) {
	var b strings.Builder
	reference := func(attributes, transforms string, digest []byte) {
		fmt.Fprintf(&b, `<ds:Reference %s><ds:Transforms>%s<ds:Transform Algorithm="%s"/></ds:Transforms><ds:DigestMethod Algorithm="%s"/><ds:DigestValue>%s</ds:DigestValue></ds:Reference>`,
			attributes, transforms, exclusive, sha256Name, base64.StdEncoding.EncodeToString(digest))
	}
	fmt.Fprintf(&b, `<ds:Signature xmlns:ds="%s" Id="%s"><ds:SignedInfo><ds:CanonicalizationMethod Algorithm="%s"/><ds:SignatureMethod Algorithm="%s"/>`, nsDSig, id, exclusive, method)
	transforms := ""
	if within {
		transforms = `<ds:Transform Algorithm="` + enveloped + `"/>`
	}
	reference(fmt.Sprintf(`URI="%s"`, uri), transforms, digest)
	if !by.Plain {
		reference(fmt.Sprintf(`Type="%s" URI="#%s-properties"`, typeSigned, id), "", nil)
	}
	b.WriteString(`</ds:SignedInfo><ds:SignatureValue/><ds:KeyInfo><ds:X509Data>`)
	for _, c := range by.Chain {
		fmt.Fprintf(&b, `<ds:X509Certificate>%s</ds:X509Certificate>`, base64.StdEncoding.EncodeToString(c.Raw))
	}
	b.WriteString(`</ds:X509Data></ds:KeyInfo>`)
	if !by.Plain {
		fmt.Fprintf(&b, `<ds:Object><xades:QualifyingProperties xmlns:xades="%s" Target="#%s"><xades:SignedProperties Id="%s-properties"><xades:SignedSignatureProperties>`+
			`<xades:SigningTime>%s</xades:SigningTime><xades:SigningCertificateV2><xades:Cert><xades:CertDigest><ds:DigestMethod Algorithm="%s"/><ds:DigestValue>%s</ds:DigestValue>`+
			`</xades:CertDigest></xades:Cert></xades:SigningCertificateV2></xades:SignedSignatureProperties></xades:SignedProperties></xades:QualifyingProperties></ds:Object>`,
			nsXAdES, id, id, by.At.UTC().Format(time.RFC3339), sha256Name, base64.StdEncoding.EncodeToString(sum(by.Chain[0].Raw)))
	}
	b.WriteString(`</ds:Signature>`)
	d := etree.NewDocument()
	if err := d.ReadFromString(b.String()); err != nil {
		return nil, err
	}
	return d.Root(), nil
}

// stamp adds a time stamp over the signature's value.
func (by By) stamp(el, value *etree.Element) error {
	all := el.FindElement("./Object/QualifyingProperties")
	if all == nil {
		return errors.New("sign: a plain signature has no place for a time stamp")
	}
	b, err := canonical(value, exclusive, "")
	if err != nil {
		return err
	}
	token, err := by.Stamp(sum(b))
	if err != nil {
		return err
	}
	at := all.CreateElement("xades:UnsignedProperties").CreateElement("xades:UnsignedSignatureProperties").CreateElement("xades:SignatureTimeStamp")
	at.CreateElement("ds:CanonicalizationMethod").CreateAttr("Algorithm", exclusive)
	at.CreateElement("xades:EncapsulatedTimeStamp").SetText(base64.StdEncoding.EncodeToString(token))
	return nil
}
