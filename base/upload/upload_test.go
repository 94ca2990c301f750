package upload_test

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"image"
	"image/color"
	"image/jpeg"
	"image/png"
	"io"
	"os"
	"strings"
	"testing"
	"testing/iotest"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"motcua/base/fault"
	"motcua/base/upload"
)

// picture is w by h pixels, red in its upper left quarter and white elsewhere.
func picture(w, h int) image.Image {
	m := image.NewNRGBA(image.Rect(0, 0, w, h))
	for y := range h {
		for x := range w {
			c := color.NRGBA{255, 255, 255, 255}
			if x < w/2 && y < h/2 {
				c = color.NRGBA{200, 0, 0, 255}
			}
			m.SetNRGBA(x, y, c)
		}
	}
	return m
}

func encoded(t testing.TB, kind string, m image.Image) []byte {
	t.Helper()
	var b bytes.Buffer
	var err error
	if kind == upload.JPEG {
		err = jpeg.Encode(&b, m, nil)
	} else {
		err = png.Encode(&b, m)
	}
	if err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// held is a JPEG that says how the camera was held, and where.
func held(t testing.TB, o uint16) []byte {
	j := encoded(t, upload.JPEG, picture(80, 40))
	e := []byte("Exif\x00\x00MM\x00\x2a\x00\x00\x00\x08\x00\x01\x01\x12\x00\x03\x00\x00\x00\x01")
	e = binary.BigEndian.AppendUint16(e, o)
	e = append(e, "\x00\x00\x00\x00\x00\x00 GPS 21.0285N 105.8542E"...)
	app := binary.BigEndian.AppendUint16([]byte{0xff, 0xe1}, uint16(len(e)+2))
	return append(append(append([]byte{}, j[:2]...), append(app, e...)...), j[2:]...)
}

const document = "%PDF-1.7\n1 0 obj<</Type/Catalog>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n"

// claims makes the header of a PNG say that it is w by h.
func claims(b []byte, w, h uint32) []byte {
	b = bytes.Clone(b)
	binary.BigEndian.PutUint32(b[16:], w)
	binary.BigEndian.PutUint32(b[20:], h)
	binary.BigEndian.PutUint32(b[29:], crc(b[12:29]))
	return b
}

func crc(b []byte) uint32 {
	c := ^uint32(0)
	for _, x := range b {
		c ^= uint32(x)
		for range 8 {
			c = c>>1 ^ 0xedb88320*(c&1)
		}
	}
	return ^c
}

func TestTake(t *testing.T) {
	jpg, pic := encoded(t, upload.JPEG, picture(60, 40)), encoded(t, upload.PNG, picture(60, 40))
	for _, x := range []struct {
		name  string
		body  string
		kind  string     // taken as
		code  string     // refused with
		fault fault.Kind //
		as    string
	}{
		{"giấy chứng sinh.jpg", string(jpg), upload.JPEG, "", "", "giấy chứng sinh.jpg"},
		{"a.JPEG", string(jpg), upload.JPEG, "", "", "a.jpg"},
		{"a.png", string(pic), upload.PNG, "", "", "a.png"},
		{"không tên", string(jpg), upload.JPEG, "", "", "không tên.jpg"},
		{"quyết định 12.2020", document, upload.PDF, "", "", "quyết định 12.2020.pdf"},
		{"a.pdf", document, upload.PDF, "", "", "a.pdf"},
		{"a.jpg", "", "", "upload.empty", fault.Invalid, ""},
		{"a.pdf", string(jpg), "", "upload.type", fault.Unsupported, ""},
		{"a.jpg", string(pic), "", "upload.type", fault.Unsupported, ""},
		{"a.docx", string(jpg), "", "upload.type", fault.Unsupported, ""},
		{"a.jpg.exe", string(jpg), "", "upload.type", fault.Unsupported, ""},
		{"a.jpg", "GIF89a" + strings.Repeat("x", 100), "", "upload.type", fault.Unsupported, ""},
		{"a.pdf", "PK\x03\x04" + strings.Repeat("x", 100), "", "upload.type", fault.Unsupported, ""},
		{"a.jpg", "<script>alert(1)</script>", "", "upload.type", fault.Unsupported, ""},
		{"a.jpg", string(jpg[:len(jpg)/2]), "", "upload.image", fault.Invalid, ""},
		{"a.jpg", "\xff\xd8\xff\xe0", "", "upload.image", fault.Invalid, ""},
		{"a.png", string(claims(pic, 60_000, 60_000)), "", "upload.pixels", fault.TooLarge, ""},
		{"a.png", string(claims(pic, 7_000, 7_000)), "", "upload.image", fault.Invalid, ""},
		{"a.pdf", "%PDF-1.7\nhalf", "", "upload.pdf", fault.Invalid, ""},
		{"a.pdf", strings.Replace(document, "/Root", "/Encrypt 5 0 R/Root", 1), "", "upload.locked", fault.Invalid, ""},
		{"a.pdf", strings.Replace(document, "/Root", strings.Repeat(" ", 1<<20-90)+"/Encrypt <</V 4>>/Root", 1), "", "upload.locked", fault.Invalid, ""},
		{"a.pdf", strings.Replace(document, "/Root", "/EncryptMetadata false/Root", 1), upload.PDF, "", "", "a.pdf"},
		{"a.pdf", document + strings.Repeat("x", upload.Most), "", "upload.large", fault.TooLarge, ""},
	} {
		f, err := upload.Take(t.Context(), strings.NewReader(x.body), x.name)
		if x.code != "" {
			var e *fault.Error
			if !errors.As(err, &e) || e.Code != x.code || e.Kind != x.fault {
				t.Errorf("%s (%d bytes): got %v, want %s", x.name, len(x.body), err, x.code)
			}
			continue
		}
		if err != nil {
			t.Errorf("%s: %v", x.name, err)
			continue
		}
		b, err := io.ReadAll(f)
		if err != nil || int64(len(b)) != f.Size || f.Type != x.kind || f.Name != x.as {
			t.Errorf("%s: got %q %s, %d bytes of %d (%v), want %q %s", x.name, f.Name, f.Type, len(b), f.Size, err, x.as, x.kind)
		}
		if err := f.Close(); err != nil {
			t.Error(err)
		}
	}
}

func TestNothingHiddenIsKept(t *testing.T) {
	// The red quarter of the picture as stored is at the upper left; as seen it is where the camera was held.
	corner := map[uint16][2]int{1: {0, 0}, 2: {1, 0}, 3: {1, 1}, 4: {0, 1}, 5: {0, 0}, 6: {1, 0}, 7: {1, 1}, 8: {0, 1}}
	for o, at := range corner {
		sent := held(t, o)
		f, err := upload.Take(t.Context(), bytes.NewReader(sent), "photo.jpg")
		if err != nil {
			t.Fatal(err)
		}
		b, _ := io.ReadAll(f)
		f.Close()
		if bytes.Contains(b, []byte("GPS")) || bytes.Contains(b, []byte("Exif")) {
			t.Errorf("orientation %d: what the camera wrote is still there", o)
		}
		m, err := jpeg.Decode(bytes.NewReader(b))
		if err != nil {
			t.Fatal(err)
		}
		w, h := m.Bounds().Dx(), m.Bounds().Dy()
		if (w < h) != (o >= 5) {
			t.Errorf("orientation %d: %d by %d", o, w, h)
		}
		_, g, _, _ := m.At(w/4+at[0]*w/2, h/4+at[1]*h/2).RGBA()
		if g > 0x4000 {
			t.Errorf("orientation %d: the red quarter is not at %v", o, at)
		}
	}
}

func TestLargePicturesShrink(t *testing.T) {
	f, err := upload.Take(t.Context(), bytes.NewReader(encoded(t, upload.PNG, picture(4000, 1000))), "x.png")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if f.Width != 3000 || f.Height != 750 {
		t.Errorf("got %d by %d, want 3000 by 750", f.Width, f.Height)
	}
	b, _ := io.ReadAll(f)
	small, err := upload.Thumb(t.Context(), bytes.NewReader(b), 400)
	if err != nil {
		t.Fatal(err)
	}
	c, err := jpeg.DecodeConfig(bytes.NewReader(small))
	if err != nil || c.Width != 400 || c.Height != 100 {
		t.Errorf("thumb: %d by %d, %v", c.Width, c.Height, err)
	}
}

func TestName(t *testing.T) {
	for name, want := range map[string]string{
		`C:\Users\lan\ảnh thẻ.jpg`:        "ảnh thẻ.jpg",
		"../../etc/passwd":                "passwd.jpg",
		"anh\u200b\u0309.jpg":             norm.NFC.String("anh\u0309") + ".jpg",
		"..":                              "file.jpg",
		"":                                "file.jpg",
		"\u202egnp.exe":                   "gnp.jpg",
		"a\x00b\r\nc.jpg":                 "ab c.jpg",
		"a\xffb.jpg":                      "ab.jpg",
		"  giấy   tờ . jpg":               "giấy tờ . jpg.jpg",
		"anh\u0323 the\u0309.jpg":         norm.NFC.String("anh\u0323 the\u0309") + ".jpg",
		strings.Repeat("ở", 200) + ".jpg": strings.Repeat("ở", 96) + ".jpg",
		`a<b>"c|d?.jpg`:                   "a-b--c-d-.jpg",
		"bản sao 12.2020":                 "bản sao 12.2020.jpg",
		"\u200b\u2066\u2069\ufeff.jpg":    "file.jpg",
		"hồ sơ " + strings.Repeat("a", 89) + ". x": "hồ sơ " + strings.Repeat("a", 89) + ".jpg",
	} {
		if got := upload.Name(name, upload.JPEG); got != want {
			t.Errorf("%q: got %q, want %q", name, got, want)
		}
	}
}

// stalled sends some bytes, then waits for ever.
type stalled struct{ cancel func() }

func (s stalled) Read(p []byte) (int, error) { s.cancel(); return copy(p, "%PDF-"), nil }

func TestContextEndsIt(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	if _, err := upload.Take(ctx, stalled{cancel}, "a.pdf"); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v, want canceled", err)
	}
}

func TestNothingIsLeftBehind(t *testing.T) {
	dir := t.TempDir()
	t.Setenv("TMPDIR", dir)
	for _, body := range []string{document, "nonsense", ""} {
		if f, err := upload.Take(t.Context(), strings.NewReader(body), "a.pdf"); err == nil {
			f.Close()
		}
	}
	left, err := os.ReadDir(dir)
	if err != nil || len(left) > 0 {
		t.Errorf("left in the temporary folder: %v %v", left, err)
	}
}

func FuzzTake(f *testing.F) {
	f.Add("a.jpg", held(f, 6))
	f.Add("a.png", encoded(f, upload.PNG, picture(4, 3)))
	f.Add("a.pdf", []byte(document))
	f.Add("\u202e../a.b", []byte("\xff\xd8\xff\xe1\x00\x08Exif\x00\x00"))
	f.Add("a\u200b\u0301\ue000\u0323.png", encoded(f, upload.PNG, picture(4, 3)))
	f.Add("x", claims(encoded(f, upload.PNG, picture(4, 3)), 1<<30, 1<<30))
	f.Fuzz(func(t *testing.T, name string, body []byte) {
		got, err := upload.Take(t.Context(), bytes.NewReader(body), name)
		if err != nil {
			if fault.Of(err) == "" {
				t.Fatalf("not a fault of the sender: %v", err)
			}
			return
		}
		defer got.Close()
		b, err := io.ReadAll(got)
		if err != nil || int64(len(b)) != got.Size {
			t.Fatalf("%d bytes of %d, %v", len(b), got.Size, err)
		}
		switch got.Type {
		case upload.JPEG:
			_, err = jpeg.Decode(bytes.NewReader(b))
		case upload.PNG:
			_, err = png.Decode(bytes.NewReader(b))
		case upload.PDF:
			if !bytes.Equal(b, body) {
				t.Error("a PDF was changed")
			}
		default:
			t.Errorf("type %q", got.Type)
		}
		if err != nil {
			t.Errorf("what was kept does not open: %v", err)
		}
		n := got.Name
		if !utf8.ValidString(n) || utf8.RuneCountInString(n) > 100 || strings.ContainsAny(n, `/\`) || n != norm.NFC.String(n) ||
			strings.ContainsFunc(n, func(r rune) bool { return unicode.In(r, unicode.C) }) || strings.HasPrefix(n, ".") {
			t.Errorf("name %q", n)
		}
		if again := upload.Name(n, got.Type); again != n {
			t.Errorf("the name %q becomes %q", n, again)
		}
	})
}

// TestCut: the connection ends before the file does.
func TestCut(t *testing.T) {
	half := io.MultiReader(strings.NewReader(document[:20]), iotest.ErrReader(io.ErrUnexpectedEOF))
	_, err := upload.Take(t.Context(), half, "a.pdf")
	var e *fault.Error
	if !errors.As(err, &e) || e.Code != "upload.cut" || e.Kind != fault.Invalid {
		t.Errorf("got %v, want upload.cut", err)
	}
}
