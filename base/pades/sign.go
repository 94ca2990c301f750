// Package pades signs PDF files and says what the signatures in one prove:
// PAdES, the European standard of signatures in PDFs (ETSI EN 319 142), as
// this State's documents carry them.
//
// It is pure: keys, certificates and time are arguments, nothing is fetched,
// so a verdict is the same on a machine without a network. The files may come
// from anyone. What is not understood is never called valid.
package pades

import (
	"bytes"
	"crypto"
	"crypto/sha256"
	"crypto/x509"
	"embed"
	"encoding/hex"
	"errors"
	"fmt"
	"time"

	"motcua/base/cms"
	"motcua/base/fault"
)

//go:embed texts.yaml
var Texts embed.FS

// By is who signs, and how.
type By struct {
	Key    crypto.Signer       // ECDSA P-256 or RSA
	Chain  []*x509.Certificate // the signer's first
	Reason string
	At     time.Time // as the signer says, in the zone that people shall read
	Field  string    // the place that was kept for him; empty: the signature is invisible

	// Stamp makes a time-stamp token (RFC 3161) over a SHA-256 digest; with it the
	// signature is one of level B-T.
	Stamp func(digest []byte) (token []byte, err error)
}

// Sign appends an update that holds one signature field and its signature over
// everything else: PAdES baseline B-B or B-T (ETSI EN 319 142-1). Signing again
// appends another. Without a stamp and with an ECDSA key the same input gives
// the same bytes, because the signature's random number is derived from what is
// signed (RFC 6979).
func Sign(pdf []byte, by By) ([]byte, error) {
	if len(by.Chain) == 0 {
		return nil, errors.New("sign: no certificate")
	}
	room := by.room()
	out, from, err := prepare(pdf, room, by)
	if err != nil {
		return nil, err
	}
	h := sha256.New()
	h.Write(out[:from])
	h.Write(out[from+2*room+2:])
	der, err := cms.Sign(cms.Signing{Key: by.Key, Chain: by.Chain, Digest: h.Sum(nil), Stamp: by.Stamp})
	if err != nil {
		return nil, err
	}
	if len(der) > room {
		return nil, fmt.Errorf("sign: %d bytes of signature where %d have room", len(der), room)
	}
	hex.Encode(out[from+1:], der)
	return out, nil
}

// prepare appends the update with everything but the signature, for which
// there is room at from: "<", twice as many digits as bytes, ">".
func prepare(pdf []byte, room int, by By) (out []byte, from int, err error) {
	u, err := newUpdate(pdf)
	if err != nil {
		return nil, 0, err
	}
	fields, err := u.f.fields(len(pdf))
	if err != nil {
		return nil, 0, layout(err)
	}
	if len(fields) >= maxSignatures {
		return nil, 0, fault.New(fault.Conflict, "pades.many", maxSignatures)
	}
	sig, err := u.signature(len(fields)+1, room, by)
	if err != nil {
		return nil, 0, layout(err)
	}
	out, offsets := u.bytes()

	// Now that all lengths are known the range is filled in, of the width its place was given.
	object := out[offsets[sig]:]
	from = offsets[sig] + bytes.Index(object, []byte("/Contents <")) + len("/Contents ")
	to := from + 2*room + 2
	covered := fmt.Sprintf("[0 %d %d %d]", from, to, len(out)-to)
	copy(object[bytes.Index(object, []byte(rangePlace)):], fmt.Sprintf("%-*s", len(rangePlace), covered))
	return out, from, nil
}

// layout says that a file cannot be signed because of how it is written, unless err says more.
func layout(err error) error {
	if fault.Of(err) != "" {
		return err
	}
	return fmt.Errorf("%w: %w", fault.New(fault.Unsupported, "pades.layout"), err)
}

const rangePlace = "[0                                 ]" // for three numbers of ten digits

// room is how many bytes are kept free for the signature: certificates and what
// stands around them, and a token with the certificates of its authority.
func (by By) room() int {
	n := 1024
	for _, c := range by.Chain {
		n += len(c.Raw)
	}
	if by.Stamp != nil {
		n += 8 << 10
	}
	return (n + 255) &^ 255
}

// signature adds a signature and puts it into its field; it tells the signature's number.
func (u *update) signature(nth, room int, by By) (sig int, err error) {
	name := ""
	if len(by.Chain) > 0 {
		name = by.Chain[0].Subject.CommonName
	}
	when := by.At.Format("D:20060102150405-0700")
	when = when[:len(when)-2] + "'" + when[len(when)-2:] + "'"
	sig = u.add(fmt.Sprintf("<</Type /Sig /Filter /Adobe.PPKLite /SubFilter /ETSI.CAdES.detached\n/ByteRange %s\n/Name %s /Reason %s /M (%s)\n/Contents <%s>>>",
		rangePlace, textString(name), textString(by.Reason), when, bytes.Repeat([]byte("0"), 2*room)))
	if by.Field != "" {
		return sig, u.fill(sig, by, moment(when))
	}
	return sig, u.invisible(nth, sig)
}

// invisible adds a field that shows nothing.
func (u *update) invisible(nth, sig int) error {
	root, rootN, err := u.f.catalog(len(u.f.b))
	if err != nil {
		return err
	}
	page, pageN, err := u.f.firstPage(root, len(u.f.b))
	if err != nil {
		return err
	}
	field := u.add(fmt.Sprintf("<</Type /Annot /Subtype /Widget /FT /Sig /T (Signature%d) /F 132 /Rect [0 0 0 0] /P %d 0 R /V %d 0 R>>", nth, pageN, sig))
	item := fmt.Sprintf("%d 0 R", field)
	if err := u.push(&page, "Annots", item); err != nil {
		return err
	}
	u.objects[pageN] = page.source()
	err = u.inner(&root, "AcroForm", func(form *value) error {
		form.set("SigFlags", "3")
		return u.push(form, "Fields", item)
	})
	u.objects[rootN] = root.source()
	return err
}

// fill puts a signature into the field that was kept for it, and draws it there.
func (u *update) fill(sig int, by By, at time.Time) error {
	end := len(u.f.b)
	field, n, err := u.f.kept(by.Field, end)
	if err != nil {
		return err
	}
	w, h, ok := box(field.get("Rect"))
	font := u.f.font(end)
	if !ok || font.kind != ref || len(by.Chain) == 0 {
		return errSyntax
	}
	block := u.add(blockOf(w, h, font, drawing(w, h, by.Chain[0], at)))
	field.set("V", fmt.Sprintf("%d 0 R", sig))
	field.set("AP", fmt.Sprintf("<</N %d 0 R>>", block))
	u.objects[n] = field.source()
	return nil
}

// kept is the empty field of a name, and its number.
func (f *file) kept(name string, end int) (v value, n int, err error) {
	root, _, err := f.catalog(end)
	for _, key := range []string{"AcroForm", "Fields"} {
		if err == nil {
			root, err = f.follow(root.get(key), end)
		}
	}
	for _, at := range root.list {
		if err == nil && at.kind == ref {
			if v, err = f.object(int(at.num), end); err == nil && v.get("T").readable() == name && v.get("FT").str == "Sig" && v.get("V").kind == null {
				return v, int(at.num), nil
			}
		}
	}
	if err == nil {
		err = fault.New(fault.NotFound, "pades.noplace", name)
	}
	return v, 0, err
}

// firstPage is the first page of the file that ended at end.
func (f *file) firstPage(root value, end int) (v value, n int, err error) {
	return f.page(root, 1, end)
}

// page walks down the page tree to the nth page, from 1.
func (f *file) page(root value, nth, end int) (v value, n int, err error) {
	seen := map[int64]bool{}
	var walk func(at value, depth int) (bool, error)
	walk = func(at value, depth int) (bool, error) {
		if at.kind != ref || seen[at.num] || depth > maxDepth {
			return false, errSyntax
		}
		seen[at.num] = true
		if v, err = f.object(int(at.num), end); err != nil {
			return false, err
		}
		kids, err := f.follow(v.get("Kids"), end)
		if err != nil {
			return false, err
		}
		if kids.kind == null && v.kind == dict {
			nth, n = nth-1, int(at.num)
			return nth == 0, nil
		}
		for _, kid := range kids.list {
			if found, err := walk(kid, depth+1); found || err != nil {
				return found, err
			}
		}
		return false, nil
	}
	found, err := walk(root.get("Pages"), 0)
	if err == nil && !found {
		err = errSyntax
	}
	return v, n, err
}
