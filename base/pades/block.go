package pades

import (
	"bytes"
	"crypto/x509"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode/utf16"

	"motcua/base/cms"
	"motcua/base/fault"
	"motcua/base/pdf"
	"motcua/base/verdict"
)

// A Place is kept on a page for a signature that people shall see: who signed, in
// what capacity, when. It is kept before anybody signs, so that the first signer
// knows where others will, and whatever is drawn elsewhere later is a change.
type Place struct {
	Field      string  // the name by which a signer says where he signs: letters, digits and "-"
	Page       int     // from 1
	X, Y, W, H float64 // in points (1/72 inch) from the lower left corner
}

// The largest place: enough for a long name, too small to cover what a page says.
const (
	maxWidth  = 280
	maxHeight = 120
)

const fontName = "MotcuaSign"

// Keep keeps places for signatures in a file that nobody has signed yet. The
// font is put into the file with them, so that no later signer brings his own:
// a font can show any letter as any other.
func Keep(file []byte, fonts pdf.Fonts, places ...Place) ([]byte, error) {
	for _, p := range places {
		u, err := newUpdate(file)
		if err == nil {
			err = u.keep(p, fonts)
		}
		if err != nil {
			return nil, layout(err)
		}
		file, _ = u.bytes()
	}
	return file, nil
}

// keep adds an empty signature field.
func (u *update) keep(p Place, fonts pdf.Fonts) error {
	end := len(u.f.b)
	if !p.good() {
		return fmt.Errorf("place %q: %w", p.Field, errLimit)
	}
	signed, err := u.f.fields(end)
	if err != nil {
		return err
	}
	if len(signed) > 0 {
		return fault.New(fault.Conflict, "pades.signed")
	}
	font := u.f.font(end)
	if font.kind == null {
		n, err := u.graftFont(fonts)
		if err != nil {
			return err
		}
		font.raw = fmt.Appendf(nil, "%d 0 R", n)
	}
	root, rootN, err := u.f.catalog(end)
	if err != nil {
		return err
	}
	page, pageN, err := u.f.page(root, p.Page, end)
	if err != nil {
		return err
	}
	item := fmt.Sprintf("%d 0 R", u.add(fmt.Sprintf("<</Type /Annot /Subtype /Widget /FT /Sig /T (%s) /F 132 /Rect [%s %s %s %s] /P %d 0 R>>",
		p.Field, short(p.X), short(p.Y), short(p.X+p.W), short(p.Y+p.H), pageN)))
	if err := u.push(&page, "Annots", item); err != nil {
		return err
	}
	u.objects[pageN] = page.source()
	err = u.inner(&root, "AcroForm", func(form *value) error {
		form.set("SigFlags", "3")
		if err := u.push(form, "Fields", item); err != nil {
			return err
		}
		return u.inner(form, "DR", func(dr *value) error {
			return u.inner(dr, "Font", func(v *value) error {
				v.set(fontName, string(font.raw))
				return nil
			})
		})
	})
	u.objects[rootN] = root.source()
	return err
}

// good reports whether a place is one.
func (p Place) good() bool {
	name := p.Field != "" && !strings.ContainsFunc(p.Field, func(r rune) bool {
		return r != '-' && (r < '0' || r > '9') && (r < 'a' || r > 'z') && (r < 'A' || r > 'Z')
	})
	return name && p.Page > 0 && p.X >= 0 && p.Y >= 0 && p.W >= 40 && p.H >= 20 && p.W <= maxWidth && p.H <= maxHeight
}

func short(x float64) string {
	return strings.TrimSuffix(strings.TrimRight(fmt.Sprintf("%.2f", x), "0"), ".")
}

// box is the size of a field's rectangle, and whether it may hold a block.
func box(rect value) (w, h float64, ok bool) {
	var n [4]float64
	if len(rect.list) != 4 {
		return 0, 0, false
	}
	for i, v := range rect.list {
		if _, err := fmt.Sscanf(string(v.raw), "%g", &n[i]); err != nil || v.kind != number {
			return 0, 0, false
		}
	}
	w, h = n[2]-n[0], n[3]-n[1]
	return w, h, w > 0 && h > 0 && w <= maxWidth+1 && h <= maxHeight+1
}

// drawing is the block as it is drawn: a thin frame and lines of text, which say
// what the certificate says and the time that the signer claims. The bytes follow
// from these alone, so that a reader can tell them from any other drawing. The
// letters are code points, as the fonts of package pdf number them.
func drawing(w, h float64, c *x509.Certificate, at time.Time) string {
	var s verdict.Signature
	s.Of(c, 0)
	size, lines := fit(w, h, []string{s.Name, s.Role, s.Body, at.Format("15:04:05 02/01/2006 -07:00")})
	var b strings.Builder
	fmt.Fprintf(&b, "q 0.5 w 0.45 G 0.5 0.5 %s %s re S Q\nBT 0 g\n/F %s Tf\n%s TL\n4 %s Td\n", short(w-1), short(h-1), short(size), short(size*1.25), short(h-2))
	for _, line := range lines {
		b.WriteString("T* <")
		for _, u := range utf16.Encode([]rune(line)) {
			fmt.Fprintf(&b, "%04X", u)
		}
		b.WriteString("> Tj\n")
	}
	b.WriteString("ET\n")
	return b.String()
}

// fit breaks texts into lines that have room in a box, at the largest size that
// leaves some. A letter is taken to be 0.62 of the size wide.
func fit(w, h float64, texts []string) (size float64, lines []string) {
	for size = 11; ; size -= 0.5 {
		lines = lines[:0]
		most := max(1, int((w-8)/(size*0.62)))
		for _, t := range texts {
			line := ""
			for _, word := range strings.Fields(t) {
				if n := len([]rune(line)) + 1 + len([]rune(word)); line != "" && n > most {
					lines, line = append(lines, line), word
				} else {
					line = strings.TrimSpace(line + " " + word)
				}
			}
			if line != "" {
				lines = append(lines, line)
			}
		}
		if size <= 5 || float64(len(lines))*size*1.25+5 <= h {
			return size, lines
		}
	}
}

// blockOf writes the drawing as an object.
func blockOf(w, h float64, font value, drawn string) string {
	return fmt.Sprintf("<</Type /XObject /Subtype /Form /BBox [0 0 %s %s] /Resources <</Font <</F %s>>>> /Length %d>>\nstream\n%s\nendstream",
		short(w), short(h), font.raw, len(drawn), drawn)
}

// font is the one that Keep put into the file that ended at end.
func (f *file) font(end int) value {
	v, _, err := f.catalog(end)
	for _, key := range []string{"AcroForm", "DR", "Font"} {
		if err == nil {
			v, err = f.follow(v.get(key), end)
		}
	}
	return v.get(fontName)
}

// isBlock reports whether a new object has the form of a block, drawn with the font that was there.
func (f *file) isBlock(v value, old int) bool {
	keys := []string{"Type", "Subtype", "BBox", "Resources", "Length", ""}
	font, fonts := f.font(old), v.get("Resources").get("Font")
	return v.get("Subtype").str == "Form" && len(v.dict) == len(keys) && !slices.ContainsFunc(v.dict, func(e entry) bool { return !slices.Contains(keys, e.key) }) &&
		font.kind == ref && len(v.get("Resources").dict) == 1 && len(fonts.dict) == 1 && fonts.get("F").same(font)
}

// filled reports whether a field that was kept got a signature and the block that belongs to it, and nothing else.
func (f *file) filled(was, v value, old, now int) bool {
	bare := v
	bare.dict = slices.DeleteFunc(slices.Clone(v.dict), func(e entry) bool { return e.key == "V" || e.key == "AP" })
	w, h, ok := box(was.get("Rect"))
	if !ok || was.get("AP").kind != null || !bare.same(was) || !f.newValue(v, old, now) {
		return false
	}
	ap := v.get("AP")
	n := ap.get("N")
	if len(ap.dict) != 1 || n.kind != ref || f.has(int(n.num), old) {
		return false
	}
	block, err1 := f.object(int(n.num), now)
	sig, err2 := f.object(int(v.get("V").num), now)
	m, err3 := cms.Read([]byte(sig.get("Contents").str))
	if err1 != nil || err2 != nil || err3 != nil || !f.isBlock(block, old) {
		return false
	}
	bw, bh, ok := box(block.get("BBox"))
	return ok && short(bw) == short(w) && short(bh) == short(h) &&
		bytes.Equal(block.get("").raw, []byte(drawing(w, h, m.Certificate, moment(sig.get("M").str))))
}
