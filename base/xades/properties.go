package xades

import (
	"bytes"
	"crypto"
	"encoding/base64"
	"errors"
	"time"

	"github.com/beevik/etree"

	"motcua/base/cms"
)

// A property is what XAdES adds to a signature, as far as it counts here.
type property struct {
	at      time.Time // as the signer says
	token   []byte    // a time stamp
	stamped []byte    // what that is over
}

// properties reads them and picks the certificate that they name. A signature
// without them is plain XML Signature: it says neither when nor with which certificate.
func (x *signature) properties(root *etree.Element) (p property, err error) {
	var all *etree.Element
	for _, o := range x.el.ChildElements() {
		if !is(o, "Object") || len(o.ChildElements()) != 1 {
			continue
		}
		if c := o.ChildElements()[0]; c.Tag == "QualifyingProperties" && c.NamespaceURI() == nsXAdES {
			if all != nil {
				return p, errors.New("properties twice")
			}
			all, x.object = c, o
		}
	}
	var reference *etree.Element
	for _, c := range x.info.ChildElements() {
		if is(c, "Reference") && c != x.content {
			if reference != nil {
				return p, errors.New("two references to properties")
			}
			reference = c
		}
	}
	if all == nil || reference == nil {
		if all != nil || reference != nil {
			return p, errors.New("properties that are not signed, or not there")
		}
		return p, nil
	}
	if id := x.el.SelectAttrValue("Id", ""); id == "" || all.SelectAttrValue("Target", "") != "#"+id {
		return p, errors.New("properties of another signature")
	}
	signed, err := descend(all, "SignedProperties")
	if err != nil {
		return p, err
	}
	over, _, hash, err := x.refer(root, reference)
	if err != nil {
		return p, err
	}
	if over != signed {
		return p, errors.New("other properties are signed")
	}
	x.old = x.old || hash == crypto.SHA1
	of, err := descend(signed, "SignedSignatureProperties")
	if err != nil {
		return p, err
	}
	if at, err := descend(of, "SigningTime"); err == nil {
		if p.at, err = when(at.Text()); err != nil {
			return p, err
		}
	}
	if err := x.named(of); err != nil {
		return p, err
	}
	return p, x.stamp(all, &p)
}

// when reads a time; one without a zone is taken as of UTC.
func when(s string) (time.Time, error) {
	t, err := time.Parse(time.RFC3339, s)
	if err != nil {
		t, err = time.Parse("2006-01-02T15:04:05", s)
	}
	return t.UTC(), err
}

// named picks the certificate whose hash is signed.
func (x *signature) named(of *etree.Element) error {
	digest, err := descend(of, "SigningCertificateV2", "Cert", "CertDigest")
	if err != nil {
		if digest, err = descend(of, "SigningCertificate", "Cert", "CertDigest"); err != nil {
			return err
		}
	}
	m, err := child(digest, nsDSig, "DigestMethod")
	if err != nil {
		return err
	}
	want, err := decode(digest, "DigestValue")
	if err != nil {
		return err
	}
	hash := digests[m.SelectAttrValue("Algorithm", "")]
	if hash == 0 {
		return errors.New("certificate: unknown hash")
	}
	x.old = x.old || hash == crypto.SHA1
	for _, c := range x.others {
		if bytes.Equal(cms.Sum(hash, c.Raw), want) {
			x.cert = c
			return nil
		}
	}
	return errors.New("certificate: another one")
}

// stamp finds the time stamp over the signature's value, if there is one.
func (x *signature) stamp(all *etree.Element, p *property) error {
	at, err := descend(all, "UnsignedProperties", "UnsignedSignatureProperties", "SignatureTimeStamp")
	if err != nil {
		return nil
	}
	token, err := descend(at, "EncapsulatedTimeStamp")
	if err != nil {
		return err
	}
	algorithm, prefixes := inclusive, ""
	if m, err := child(at, nsDSig, "CanonicalizationMethod"); err == nil {
		algorithm, prefixes = m.SelectAttrValue("Algorithm", "-"), inclusiveIn(m)
	}
	value, err := child(x.el, nsDSig, "SignatureValue")
	if err != nil {
		return err
	}
	if p.stamped, err = canonical(value, algorithm, prefixes); err != nil {
		return err
	}
	p.token, err = base64.StdEncoding.DecodeString(strip(token.Text()))
	return err
}
