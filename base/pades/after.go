package pades

import (
	"cmp"
	"maps"
	"slices"
)

// A change is what was appended after a signature: the key of its sentence, "" when
// it is nothing but further signatures.
type change string

// The changes, as far as they can be told apart.
const (
	bytesAdded  change = "pades.after.bytes"  // that belong to no object
	otherRoot   change = "pades.after.root"   // another catalog, title or encryption
	otherPage   change = "pades.after.page"   // a page shows something else, or has notes
	otherForm   change = "pades.after.form"   // fields, or how they look
	otherObject change = "pades.after.object" // anything else
)

// after says what was appended after end, where a signature's cover ends. Known
// attacks on signed PDFs append an update that shows other content, and a
// verifier that only hashes the covered bytes calls that valid. So an update is
// understood completely or it is a change: every byte of it belongs to an
// object, a table or a trailer; every object is a new signature, or is one of
// catalog, form, page or list of these, told apart from its former self by a
// new signature alone, or a place that was kept for a signature and is filled.
func (f *file) after(end int) change {
	at := end
	for i, t := range slices.Backward(f.tables) { // oldest first
		if t.at < end {
			continue
		}
		if !f.tight(t, at) {
			return bytesAdded
		}
		if !f.sameTrailer(i) {
			return otherRoot
		}
		for _, n := range slices.Sorted(maps.Keys(t.places)) {
			if !f.permitted(n, at, t) {
				return f.kindOf(n, at, t.end)
			}
		}
		at = t.end
	}
	if at != len(f.b) {
		return bytesAdded
	}
	return ""
}

// kindOf tells what object n is that may not differ.
func (f *file) kindOf(n, old, now int) change {
	was, _ := f.object(n, old)
	v, _ := f.object(n, now)
	root, rootN, _ := f.catalog(old)
	switch {
	case n == rootN:
		return otherRoot
	case was.get("Type").str == "Page" || v.get("Type").str == "Page" || v.get("Type").str == "Annot" || was.get("").raw != nil:
		return otherPage
	case int(root.get("AcroForm").num) == n || v.get("FT").kind != null || v.get("ByteRange").kind != null:
		return otherForm
	}
	return otherObject
}

// tight reports whether the update of t begins at from and has no byte that is not accounted for.
func (f *file) tight(t table, from int) bool {
	if t.end == 0 {
		return false
	}
	type object struct{ n, at int }
	var objects []object
	for n, p := range t.places {
		// Neither the head of the list of free objects, which some programs repeat,
		// nor what is inside a stream, nor the stream that is the table itself.
		if p.at == 0 && (n == 0 || p.in != 0) || p.at == t.at && t.stream {
			continue
		}
		objects = append(objects, object{n, p.at})
	}
	slices.SortFunc(objects, func(a, b object) int { return cmp.Compare(a.at, b.at) })
	s := f.scan(from)
	for _, o := range objects {
		if s.blank(); s.at != o.at {
			return false
		}
		_, after, err := f.objectAt(o.at, o.n, t.end)
		if err != nil || after == 0 {
			return false
		}
		s.at = after
	}
	s.blank()
	return s.at == t.at
}

// blank skips white space, but no comments.
func (s *scanner) blank() {
	for s.at < len(s.b) && s.b[s.at] <= ' ' {
		s.at++
	}
}

// sameTrailer compares the trailer of table i with that before it.
func (f *file) sameTrailer(i int) bool {
	if i+1 >= len(f.tables) {
		return false
	}
	now, old := f.tables[i].trailer, f.tables[i+1].trailer
	for _, e := range now.dict {
		switch e.key {
		case "Size", "Prev", "ID", "Type", "W", "Index", "Length", "Filter", "DecodeParms", "":
		default:
			if !e.value.same(old.get(e.key)) {
				return false
			}
		}
	}
	return now.get("Root").same(old.get("Root"))
}

// permitted compares object n as the update of t has it with what it was at old.
func (f *file) permitted(n, old int, t table) bool {
	if n == 0 {
		return true
	}
	now := t.end
	v, err := f.object(n, now)
	if err != nil {
		return false
	}
	if !f.has(n, old) {
		return f.isSignature(v, old, now) || f.isBlock(v, old) || f.isPacking(n, v, t)
	}
	was, err := f.object(n, old)
	if err != nil {
		return false
	}
	root, rootN, err := f.catalog(old)
	if err != nil {
		return false
	}
	form := root.get("AcroForm")
	switch {
	case n == rootN:
		return f.differs(was, v, "AcroForm", func(a, b value) bool {
			return a.kind == null || b.kind == ref && a.same(b) || a.kind == dict && b.kind == dict && f.formGrew(a, b, old, now)
		}) && f.formNew(v, old, now)
	case form.kind == ref && int(form.num) == n:
		return f.formGrew(was, v, old, now)
	case was.get("FT").str == "Sig" && was.get("V").kind == null:
		return f.filled(was, v, old, now)
	case was.kind == array && v.kind == array:
		return f.grew(was, v, old, now) && f.isList(n, old)
	}
	return was.get("Type").str == "Page" && f.differs(was, v, "Annots", func(a, b value) bool {
		return a.kind == ref && a.same(b) || f.grew(a, b, old, now)
	})
}

// differs reports whether two dictionaries say the same but for key, where ok decides.
func (f *file) differs(was, v value, key string, ok func(a, b value) bool) bool {
	if was.kind != dict || v.kind != dict {
		return false
	}
	keys := map[string]bool{}
	for _, e := range slices.Concat(was.dict, v.dict) {
		keys[e.key] = true
	}
	for k := range maps.Keys(keys) {
		a, b := was.get(k), v.get(k)
		if !a.same(b) && (k != key || !ok(a, b)) {
			return false
		}
	}
	return true
}

// formNew reports whether the form that v's catalog brings is made of signatures alone, if it is new.
func (f *file) formNew(root value, old, now int) bool {
	before, _, err := f.catalog(old)
	if err != nil || before.get("AcroForm").kind != null {
		return err == nil
	}
	form, err := f.follow(root.get("AcroForm"), now)
	return err == nil && (form.kind == null || f.formGrew(value{kind: dict}, form, old, now))
}

// formGrew reports whether a form got new signatures and nothing else.
func (f *file) formGrew(was, v value, old, now int) bool {
	return f.differs(withoutFlags(was), withoutFlags(v), "Fields", func(a, b value) bool {
		return a.kind == ref && a.same(b) || f.grew(a, b, old, now)
	})
}

// withoutFlags leaves out SigFlags, which only says that there are signatures.
func withoutFlags(v value) value {
	v.dict = slices.DeleteFunc(slices.Clone(v.dict), func(e entry) bool { return e.key == "SigFlags" })
	return v
}

// grew reports whether list b is list a with new signature fields behind it.
func (f *file) grew(a, b value, old, now int) bool {
	if a.kind != null && a.kind != array || b.kind != array || len(b.list) < len(a.list) {
		return false
	}
	for i, item := range b.list {
		if i < len(a.list) {
			if !item.same(a.list[i]) {
				return false
			}
			continue
		}
		if item.kind != ref || f.has(int(item.num), old) {
			return false
		}
		v, err := f.object(int(item.num), now)
		if err != nil || v.get("FT").str != "Sig" || !f.isSignature(v, old, now) {
			return false
		}
	}
	return true
}

// isList reports whether array n is that of the form's fields or of the first page's annotations.
func (f *file) isList(n, old int) bool {
	root, _, err := f.catalog(old)
	if err != nil {
		return false
	}
	form, err := f.follow(root.get("AcroForm"), old)
	if err != nil {
		return false
	}
	page, _, err := f.firstPage(root, old)
	if err != nil {
		return false
	}
	for _, v := range []value{form.get("Fields"), page.get("Annots")} {
		if v.kind == ref && int(v.num) == n {
			return true
		}
	}
	return false
}

// What a new invisible signature field and a signature may say.
var (
	fieldKeys     = []string{"Type", "Subtype", "FT", "T", "F", "Rect", "P", "V", "Ff"}
	signatureKeys = []string{"Type", "Filter", "SubFilter", "ByteRange", "Contents", "M", "Name", "Reason", "Location", "ContactInfo", "Prop_Build"}
)

// isSignature reports whether a new object is a signature or the field that holds one and shows nothing.
func (f *file) isSignature(v value, old, now int) bool {
	keys := fieldKeys
	if v.get("FT").kind == null {
		if keys = signatureKeys; v.get("ByteRange").kind != array {
			return false
		}
	} else if v.get("FT").str != "Sig" || !f.holdsNew(v, old, now) {
		return false
	}
	for _, e := range v.dict {
		if !slices.Contains(keys, e.key) {
			return false
		}
	}
	return v.kind == dict
}

// isPacking reports whether a new object is the update's table, or holds objects that the table lists, all of them.
func (f *file) isPacking(n int, v value, t table) bool {
	switch v.get("Type").str {
	case "XRef":
		return t.stream && t.places[n].at == t.at
	case "ObjStm":
		p, err := f.pack(n, t.end)
		if err != nil {
			return false
		}
		for i, inside := range p.numbers {
			if t.places[inside] != (place{in: n, nth: i}) {
				return false
			}
		}
		return true
	}
	return false
}

// holdsNew reports whether a field is invisible and its value a new signature.
func (f *file) holdsNew(v value, old, now int) bool {
	for _, n := range v.get("Rect").list {
		if !n.whole || n.num != 0 {
			return false
		}
	}
	return f.newValue(v, old, now)
}

// newValue reports whether the value of a field is a new signature.
func (f *file) newValue(v value, old, now int) bool {
	sig := v.get("V")
	if sig.kind != ref || f.has(int(sig.num), old) {
		return false
	}
	is, err := f.object(int(sig.num), now)
	return err == nil && is.get("FT").kind == null && f.isSignature(is, old, now)
}
