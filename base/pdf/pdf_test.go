package pdf_test

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"rsc.io/qr"

	"motcua/base/pdf"
)

// tool skips a test that needs a program of Debian, or fails it where those are promised.
func tool(t *testing.T, name string) {
	t.Helper()
	if _, err := exec.LookPath(name); err != nil {
		if os.Getenv("MOTCUA_TEST_NEED_TOOLS") == "1" {
			t.Fatal(err)
		}
		t.Skip(err)
	}
}

// fonts are those of MOTCUA_TEST_FONTS (a folder with regular.ttf and bold.ttf) or Debian's DejaVu.
func fonts(t testing.TB) pdf.Fonts {
	t.Helper()
	regular, bold := "/usr/share/fonts/truetype/dejavu/DejaVuSans.ttf", "/usr/share/fonts/truetype/dejavu/DejaVuSans-Bold.ttf"
	if dir := os.Getenv("MOTCUA_TEST_FONTS"); dir != "" {
		regular, bold = filepath.Join(dir, "regular.ttf"), filepath.Join(dir, "bold.ttf")
	}
	r, err := os.ReadFile(regular)
	if err != nil {
		if os.Getenv("MOTCUA_TEST_NEED_TOOLS") == "1" {
			t.Fatal(err)
		}
		t.Skip(err)
	}
	b, err := os.ReadFile(bold)
	if err != nil {
		t.Fatal(err)
	}
	return pdf.Fonts{Regular: r, Bold: b}
}

func modules(t testing.TB, s string) [][]bool {
	t.Helper()
	code, err := qr.Encode(s, qr.M)
	if err != nil {
		t.Fatal(err)
	}
	m := make([][]bool, code.Size)
	for y := range m {
		m[y] = make([]bool, code.Size)
		for x := range m[y] {
			m[y][x] = code.Black(x, y)
		}
	}
	return m
}

var (
	left = []pdf.Line{{Text: "ỦY BAN NHÂN DÂN QUẬN HOÀN KIẾM"}, {Text: "ỦY BAN NHÂN DÂN PHƯỜNG HÀNG BẠC", Bold: true}}
	nat  = []pdf.Line{{Text: "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM", Bold: true}, {Text: "Độc lập - Tự do - Hạnh phúc", Bold: true}}
	day  = time.Date(2020, 11, 23, 9, 30, 0, 0, time.UTC)
)

const longName = "Công Tằng Tôn Nữ Nguyễn Thị Hoàng Thụy Khánh Minh Phương Anh Thư"

func receipt(t testing.TB) pdf.Doc {
	return pdf.Doc{
		Size: pdf.A5, Lang: "vi", Left: left, Right: nat, At: day,
		Number: "Số: 000.00.01.H26-201123-0001", Place: "Hà Nội, ngày 23 tháng 11 năm 2020",
		Title: "GIẤY TIẾP NHẬN HỒ SƠ VÀ HẸN TRẢ KẾT QUẢ", Watermark: "DEMO", Code: "000.00.01.H26-201123-0001", Page: "Trang {0}/{1}",
		Subject: "Giấy tiếp nhận", Author: "UBND phường Hàng Bạc", Keywords: "mẫu 01",
		Body: []pdf.Block{
			pdf.Text{Text: "Bộ phận tiếp nhận và trả kết quả Ủy ban nhân dân phường Hàng Bạc tiếp nhận hồ sơ của:"},
			pdf.Rows{
				{Label: "Ông/Bà", Value: longName},
				{Label: "Nội dung yêu cầu", Value: "Đăng ký khai sinh (1.001193)"},
				{Label: "Ngày giờ nhận", Value: "09:30, ngày 23 tháng 11 năm 2020"},
				{Label: "Hẹn trả kết quả", Value: "16:30, ngày 24 tháng 11 năm 2020"},
				{Label: "Cách nhận", Value: "Trực tiếp tại bộ phận một cửa"},
			},
			pdf.Heading("Thành phần hồ sơ"),
			pdf.List{Items: []string{"Tờ khai đăng ký khai sinh (bản chính, 1 bản)", "Giấy chứng sinh do Bệnh viện Phụ sản Trung ương cấp ngày 15 tháng 11 năm 2020 (bản chụp có chứng thực, 1 bản)", "Giấy chứng nhận kết hôn của cha mẹ (xuất trình)"}},
			pdf.QR{Modules: modules(t, "https://motcua.example/c/000.00.01.H26-201123-0001-K7QF"), Lines: []pdf.Line{
				{Text: "000.00.01.H26-201123-0001", Bold: true}, {Text: "Mã tra cứu: K7QF", Bold: true},
				{Text: "Quét mã hoặc vào motcua.example/tra-cuu để biết hồ sơ đang ở đâu. Không cần đăng nhập."}}},
			pdf.Signatures{
				{Lines: []pdf.Line{{Text: "NGƯỜI NỘP HỒ SƠ", Bold: true}, {Text: "(Ký và ghi rõ họ tên)"}}, Name: longName},
				{Lines: []pdf.Line{{Text: "NGƯỜI TIẾP NHẬN HỒ SƠ", Bold: true}}, Stamp: []string{"Trần Thị Mai", "UBND phường Hàng Bạc, quận Hoàn Kiếm", "Ký lúc 09:31, 23/11/2020"}, Name: "Trần Thị Mai"},
			},
		},
	}
}

// answers is a form with enough questions for three pages.
func answers() pdf.Doc {
	d := pdf.Doc{Size: pdf.A4, Lang: "vi", Left: left, Right: nat, Place: "Hà Nội, ngày 23 tháng 11 năm 2020", At: day,
		Title: "TỜ KHAI ĐĂNG KÝ KHAI SINH", Subtitle: "Kính gửi: Ủy ban nhân dân phường Hàng Bạc", Code: "000.00.01.H26-201123-0001", Page: "Trang {0}/{1}"}
	for part := range 5 {
		d.Body = append(d.Body, pdf.Heading("Phần "+strconv.Itoa(part+1)+". Thông tin của người được khai sinh"))
		var rows pdf.Rows
		for i := range 13 {
			value := "Xóm 3, thôn Phú Mỹ, xã Mỹ Đình, huyện Từ Liêm"
			if i%4 == 0 {
				value = longName + ", sinh ngày 01 tháng 01 năm 1990, thường trú tại số 12 ngõ 34 phố Hàng Bạc, quận Hoàn Kiếm, thành phố Hà Nội"
			}
			rows = append(rows, pdf.Row{Label: "Câu hỏi " + strconv.Itoa(part*13+i+1) + ": nơi cư trú của mẹ", Value: value})
		}
		d.Body = append(d.Body, rows)
	}
	table := pdf.Table{Head: []string{"STT", "Tên giấy tờ", "Số bản", "Mã băm"}, Widths: []float64{1, 6, 1.4, 4}}
	for i := range 24 {
		table.Cells = append(table.Cells, []string{strconv.Itoa(i + 1), "Bản sao giấy chứng sinh có chứng thực", "1", strings.Repeat("9f86d081884c7d659a2feaa0c55ad015", 2)})
	}
	d.Body = append(d.Body, pdf.Heading("Giấy tờ kèm theo"), table,
		pdf.Text{Text: "Tôi cam đoan những lời khai trên đây là đúng sự thật và chịu trách nhiệm trước pháp luật về cam đoan của mình."},
		pdf.Signatures{{Lines: []pdf.Line{{Text: "NGƯỜI KHAI", Bold: true}, {Text: "(Ký, ghi rõ họ tên)"}}, Name: "Nguyễn Văn An"}})
	return d
}

func roll(t testing.TB) pdf.Doc {
	return pdf.Doc{Size: pdf.Roll, Lang: "vi", Left: left[1:], At: day, Title: "PHIẾU TIẾP NHẬN", Watermark: "DEMO",
		Body: []pdf.Block{
			pdf.Rows{{Label: "Người nộp", Value: longName}, {Label: "Thủ tục", Value: "Đăng ký khai sinh"}, {Label: "Hẹn trả", Value: "16:30, 24/11/2020"}},
			pdf.QR{Modules: modules(t, "https://motcua.example/c/000.00.01.H26-201123-0001"), Side: 40, Lines: []pdf.Line{{Text: "000.00.01.H26-201123-0001", Bold: true}}},
			pdf.Text{Text: "Giữ phiếu này để nhận kết quả.", Centre: true},
		}}
}

func made(t testing.TB, d pdf.Doc, f pdf.Fonts) []byte {
	t.Helper()
	b, err := pdf.Make(d, f)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// save writes the file where MOTCUA_TEST_OUT says, for looking at, or into the test's folder.
func save(t *testing.T, name string, b []byte) string {
	t.Helper()
	dir := os.Getenv("MOTCUA_TEST_OUT")
	if dir == "" {
		dir = t.TempDir()
	}
	path := filepath.Join(dir, name)
	if err := os.WriteFile(path, b, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func run(t *testing.T, name string, args ...string) string {
	t.Helper()
	out, err := exec.Command(name, args...).CombinedOutput()
	if err != nil {
		t.Fatalf("%s %v: %v\n%s", name, args, err, out)
	}
	return string(out)
}

func TestTextAndPages(t *testing.T) {
	tool(t, "pdftotext")
	tool(t, "pdfinfo")
	tool(t, "qpdf")
	f := fonts(t)
	for _, tt := range []struct {
		name  string
		doc   pdf.Doc
		pages int // at least
		size  string
		says  []string
	}{
		{"receipt", receipt(t), 1, "419.53 x 595.28", []string{"GIẤY TIẾP NHẬN HỒ SƠ VÀ HẸN TRẢ KẾT QUẢ", "Độc lập - Tự do - Hạnh phúc", "Mã tra cứu: K7QF", "Trang 1/1", "DEMO", "Công Tằng Tôn Nữ"}},
		{"answers", answers(), 4, "595.28 x 841.89", []string{"TỜ KHAI ĐĂNG KÝ KHAI SINH", "Câu hỏi 65", "NGƯỜI KHAI"}},
		{"roll", roll(t), 1, "226.77 x ", []string{"PHIẾU TIẾP NHẬN", "Giữ phiếu này"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			path := save(t, tt.name+".pdf", made(t, tt.doc, f))
			run(t, "qpdf", "--check", path)
			info := run(t, "pdfinfo", path)
			_, after, _ := strings.Cut(info, "Pages:")
			n, err := strconv.Atoi(strings.TrimSpace(strings.SplitN(after, "\n", 2)[0]))
			if err != nil || n < tt.pages {
				t.Errorf("%d pages (%v), want at least %d", n, err, tt.pages)
			}
			for _, want := range []string{tt.size, tt.doc.Title} {
				if !strings.Contains(info, want) {
					t.Errorf("pdfinfo has no %q:\n%s", want, info)
				}
			}
			text := run(t, "pdftotext", "-raw", path, "-")
			if tt.doc.Page != "" {
				tt.says = append(tt.says, fmt.Sprintf("Trang %d/%d", n, n))
			}
			for _, want := range tt.says {
				if !strings.Contains(text, want) {
					t.Errorf("no %q in the text:\n%s", want, text)
				}
			}
		})
	}
}

// Nothing may reach beyond the margins or be cut between pages: every word given in comes back, in order.
func TestNothingIsLost(t *testing.T) {
	tool(t, "pdftotext")
	var words []string
	for i := range 1500 {
		words = append(words, "chữ"+strconv.Itoa(i))
	}
	long := strings.Repeat("W", 300)
	d := pdf.Doc{Size: pdf.A5, Title: "X", Page: "{0}", Body: []pdf.Block{
		pdf.Rows{{Label: "Nhãn", Value: strings.Join(words, " ")}}, pdf.Text{Text: long}}}
	path := save(t, "long.pdf", made(t, d, fonts(t)))
	text := run(t, "pdftotext", path, "-")
	at := 0
	for _, w := range words {
		i := strings.Index(text[at:], w)
		if i < 0 {
			t.Fatalf("%q is missing or out of order", w)
		}
		at += i
	}
	if got := strings.Count(text, "W"); got != 300 {
		t.Errorf("%d letters of the long word, want 300", got)
	}
}

func TestSameBytes(t *testing.T) {
	f := fonts(t)
	one := made(t, receipt(t), f)
	for range 3 {
		if !bytes.Equal(one, made(t, receipt(t), f)) {
			t.Fatal("the same document gave other bytes")
		}
	}
	var all sync.WaitGroup
	for range 4 { // the fonts are shared and stay as they are
		all.Go(func() {
			if b, err := pdf.Make(receipt(t), f); err != nil || !bytes.Equal(one, b) {
				t.Errorf("side by side: other bytes, or %v", err)
			}
		})
	}
	all.Wait()
	other := receipt(t)
	other.At = day.Add(time.Second)
	if bytes.Equal(one, made(t, other, f)) {
		t.Fatal("another date gave the same bytes: the test proves nothing")
	}
}

func TestWithoutFonts(t *testing.T) {
	b := made(t, receipt(t), pdf.Fonts{})
	path := save(t, "plain.pdf", b)
	tool(t, "pdftotext")
	text := run(t, "pdftotext", "-layout", path, "-")
	for _, want := range []string{"GIAY TIEP NHAN HO SO", "Doc lap - Tu do - Hanh phuc"} {
		if !strings.Contains(text, want) {
			t.Errorf("no %q in:\n%s", want, text)
		}
	}
}

func TestRefused(t *testing.T) {
	for name, tt := range map[string]struct {
		doc   pdf.Doc
		fonts pdf.Fonts
	}{
		"size": {pdf.Doc{Size: "B7"}, pdf.Fonts{}},
		"font": {pdf.Doc{Size: pdf.A4, Title: "x"}, pdf.Fonts{Regular: []byte("this is no font, only some words that are longer than a header")}},
		"bulk": {pdf.Doc{Size: pdf.A5, Body: []pdf.Block{pdf.Text{Text: strings.Repeat("a\n", 60_000)}}}, pdf.Fonts{}},
	} {
		if b, err := pdf.Make(tt.doc, tt.fonts); err == nil {
			t.Errorf("%s: got %d bytes, want an error", name, len(b))
		}
	}
}

// What people type must never take the program down: emoji, control
// characters, broken UTF-8, letters that no font has.
func FuzzMake(f *testing.F) {
	for _, s := range []string{"", "Nguyễn Văn A", "😀 \x00\xff\u202e", "\u0300\u0301", strings.Repeat("ự", 400), "a\n\n\nb", "\uffff\U0010ffff"} {
		f.Add(s)
	}
	fs := fonts(f)
	f.Add(" \x00" + strings.Repeat("Y", 1400)) // a head of a table that fills its page
	f.Fuzz(func(t *testing.T, s string) {
		for _, fonts := range []pdf.Fonts{{}, fs} {
			d := pdf.Doc{Size: pdf.A5, Title: s, Number: s, Code: s, Left: []pdf.Line{{Text: s}}, Watermark: s, Subject: s,
				Body: []pdf.Block{pdf.Text{Text: s}, pdf.Rows{{Label: s, Value: s}}, pdf.List{Items: []string{s}}, pdf.Table{Head: []string{s, ""}, Cells: [][]string{{s}}, Grid: true, Small: true}, pdf.Signatures{{Name: s, Stamp: []string{s}}}}}
			if len(s) > 20_000 {
				return
			}
			if _, err := pdf.Make(d, fonts); err != nil && !errors.Is(err, pdf.ErrLong) {
				t.Fatal(err)
			}
		}
	})
}

func BenchmarkReceipt(b *testing.B) {
	d, f := receipt(b), fonts(b)
	for b.Loop() {
		made(b, d, f)
	}
}

// A signature takes the sentence before it along to the next page.
func TestTogether(t *testing.T) {
	tool(t, "pdftotext")
	pages := func(last ...pdf.Block) []string {
		d := pdf.Doc{Size: pdf.A5, Title: "Giấy", At: day}
		for range 27 {
			d.Body = append(d.Body, pdf.Text{Text: "dòng"})
		}
		b, err := pdf.Make(pdf.Doc{Size: d.Size, Title: d.Title, At: d.At, Body: append(d.Body, last...)}, fonts(t))
		if err != nil {
			t.Fatal(err)
		}
		name := filepath.Join(t.TempDir(), "x.pdf")
		if err := os.WriteFile(name, b, 0o644); err != nil {
			t.Fatal(err)
		}
		out, err := exec.Command("pdftotext", name, "-").Output()
		if err != nil {
			t.Fatal(err)
		}
		return strings.Split(strings.TrimSuffix(string(out), "\f"), "\f")
	}
	sign := pdf.Signatures{{Name: "Người ký", Stamp: []string{"Ký số", "lúc 9:00"}}}
	if apart := pages(pdf.Text{Text: "câu cuối"}, sign); len(apart) != 2 || strings.Contains(apart[1], "câu cuối") {
		t.Fatalf("apart: %d pages, the second %q: the test wants the break just before the signature", len(apart), apart[len(apart)-1])
	}
	if kept := pages(pdf.Together{pdf.Text{Text: "câu cuối"}, sign}); len(kept) != 2 || !strings.Contains(kept[1], "câu cuối") {
		t.Errorf("together: %d pages, the last %q, want the sentence on it", len(kept), kept[len(kept)-1])
	}
	long := pdf.Together{}
	for range 90 {
		long = append(long, pdf.Text{Text: "dài"})
	}
	if got := len(pages(long)); got < 3 || got > 4 {
		t.Errorf("parts longer than a page: %d pages, want 3 or 4", got)
	}
}
