package pades

import (
	"bytes"
	"cmp"
	"crypto/x509"
	"slices"
	"strings"
	"time"

	"motcua/base/cms"
	"motcua/base/fault"
	"motcua/base/verdict"
)

const maxSignatures = 20

// Read checks the signatures of a PDF against the roots that are trusted. A
// file that is too large or no PDF at all is an error; everything else is a
// verdict. Whether a certificate was revoked is known to its Authority only.
func Read(pdf []byte, roots ...*x509.Certificate) (v verdict.Verdict, err error) {
	if len(pdf) > maxFile {
		return v, fault.New(fault.TooLarge, "pades.large", maxFile>>20)
	}
	if !bytes.HasPrefix(pdf, []byte("%PDF-")) {
		return v, fault.New(fault.Unsupported, "pades.nopdf")
	}
	v.Form, v.Signatures = verdict.PDF, []verdict.Signature{}
	f, err := parse(pdf)
	var fields []field
	if err == nil {
		v.Statement, _ = f.statement()
		fields, err = f.fields(len(pdf))
	}
	switch {
	case err != nil && traces(pdf):
		v.Judge(verdict.Broken, "pades.why.layout")
	case len(fields) > 0 && f.orphans(fields):
		v.Judge(verdict.Changed, "pades.why.lost")
	case len(fields) == 0 && traces(pdf):
		v.Judge(verdict.Broken, "pades.why.lost")
	case err != nil || len(fields) == 0:
		v.Judge(verdict.None, "pades.why.none")
	}
	if v.State != "" {
		return v, nil
	}
	v.State = verdict.Valid
	slices.SortStableFunc(fields, func(a, b field) int { return cmp.Compare(a.end, b.end) })
	for i, one := range fields {
		v.Signatures = append(v.Signatures, f.check(&v, one, roots))
		s := &v.Signatures[i]
		if !s.Intact {
			continue
		}
		what := change("")
		if one.end != len(pdf) {
			what = f.after(one.end)
			if what == "" && i == len(fields)-1 {
				what = bytesAdded
			}
		}
		if s.Whole = what == ""; !s.Whole {
			v.Judge(verdict.Changed, "pades.why.after", s.Name)
			v.Judge(verdict.Changed, string(what))
		}
	}
	return v, nil
}

// traces reports whether a file speaks of signatures at all. The words cannot
// hide in a compressed part: a signature's place has to be known in the file.
func traces(pdf []byte) bool {
	for _, word := range []string{"ByteRange", "adbe.pkcs7", "ETSI.CAdES"} {
		if bytes.Contains(pdf, []byte(word)) {
			return true
		}
	}
	return false
}

// orphans reports whether the file has a signature over itself that its form does
// not: somebody's revision was left out, and with it what he signed.
func (f *file) orphans(fields []field) bool {
	word := []byte("/ByteRange")
	for at := bytes.Index(f.b, word); at >= 0; {
		s := f.scan(at + len(word))
		r, err := s.value()
		known := slices.ContainsFunc(fields, func(x field) bool { return x.sig.at >= 0 && x.sig.at < at && at < x.sig.at+len(x.sig.raw) })
		if err == nil && !known && len(r.list) == 4 {
			from, to := r.list[1].num, r.list[2].num
			if 0 < from && from < to && to < int64(len(f.b)) && f.b[from] == '<' && f.b[to-1] == '>' {
				return true
			}
		}
		next := bytes.Index(f.b[at+len(word):], word)
		if next < 0 {
			break
		}
		at += len(word) + next
	}
	return false
}

// A field is a signature field of the form, with the end of what it covers.
type field struct {
	sig   value
	end   int
	fault bool // its range is not that of a signature over a whole file
}

// fields are the signatures in the form of the file that ended at end.
func (f *file) fields(end int) (out []field, err error) {
	root, _, err := f.catalog(end)
	if err != nil {
		return nil, err
	}
	form, err := f.follow(root.get("AcroForm"), end)
	if err != nil {
		return nil, err
	}
	top, err := f.follow(form.get("Fields"), end)
	if err != nil {
		return nil, err
	}
	seen := map[int64]bool{}
	var walk func(list []value, signature bool, depth int) error
	walk = func(list []value, signature bool, depth int) error {
		for _, at := range list {
			if at.kind == ref && seen[at.num] || depth > maxDepth {
				return errLimit
			}
			seen[at.num] = at.kind == ref
			v, err := f.follow(at, end)
			if err != nil {
				return err
			}
			is := signature
			if t := v.get("FT"); t.kind != null {
				is = t.str == "Sig"
			}
			kids, err := f.follow(v.get("Kids"), end)
			if err != nil {
				return err
			}
			if err := walk(kids.list, is, depth+1); err != nil {
				return err
			}
			if !is || v.get("V").kind == null {
				continue
			}
			sig, err := f.follow(v.get("V"), end)
			if err != nil {
				return err
			}
			if len(out) == maxSignatures {
				return errLimit
			}
			out = append(out, f.covers(sig))
		}
		return nil
	}
	return out, walk(top.list, false, 0)
}

// covers reads the range of a signature: from 0 to the end of the file as it
// was, but for the place of the signature itself.
func (f *file) covers(sig value) field {
	r, c := sig.get("ByteRange").list, sig.get("Contents")
	if len(r) != 4 || c.kind != text || !bytes.HasPrefix(c.raw, []byte("<")) {
		return field{sig: sig, end: len(f.b), fault: true}
	}
	for _, n := range r {
		if !n.whole || n.num < 0 || n.num > int64(len(f.b)) {
			return field{sig: sig, end: len(f.b), fault: true}
		}
	}
	end := int(r[2].num + r[3].num)
	if r[0].num != 0 || int(r[1].num) != c.at || int(r[2].num) != c.at+len(c.raw) || end > len(f.b) || sig.at+len(sig.raw) > end {
		return field{sig: sig, end: len(f.b), fault: true}
	}
	return field{sig: sig, end: end}
}

// check verifies one signature and adds to the verdict what is wrong with it.
func (f *file) check(v *verdict.Verdict, one field, roots []*x509.Certificate) (s verdict.Signature) {
	s.Name, s.Reason = one.sig.get("Name").readable(), one.sig.get("Reason").readable()
	s.At = date(one.sig.get("M").str)
	c, err := cms.Read([]byte(one.sig.get("Contents").str))
	if err != nil || c.Content != nil || !c.Type.Equal(cms.Data) {
		v.Judge(verdict.Broken, "verdict.why.unreadable", s.Name)
		return s
	}
	s.Old = c.Old
	s.Of(c.Certificate, c.Hash)
	if s.At.IsZero() {
		s.At = c.At
	}
	if one.fault {
		v.Judge(verdict.Changed, "pades.why.range", s.Name)
		return s
	}
	from := one.sig.get("Contents")
	if c.Check(cms.Sum(c.Hash, f.b[:from.at], f.b[from.at+len(from.raw):one.end])) != nil {
		v.Judge(verdict.Changed, "verdict.why.digest", s.Name)
		return s
	}
	s.Intact = true
	v.Vouch(&s, c.Others, roots, c.Token, c.Signature)
	return s
}

// date reads D:YYYYMMDDHHmmSS with its zone (ISO 32000-1, 7.9.4); the zero time when it is anything else.
func date(s string) time.Time { return moment(s).UTC() }

// moment is a date in the zone it was written in.
func moment(s string) time.Time {
	s = strings.TrimSuffix(strings.ReplaceAll(strings.TrimPrefix(s, "D:"), "'", ""), "Z")
	for _, layout := range []string{"20060102150405-0700", "20060102150405", "20060102150405Z0000"} {
		if t, err := time.Parse(layout, s); err == nil {
			return t
		}
	}
	return time.Time{}
}
