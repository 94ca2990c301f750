package sheet_test

import (
	"bytes"
	"errors"
	"strings"
	"testing"

	"github.com/xuri/excelize/v2"

	"motcua/base/sheet"
)

func sample() sheet.Sheet {
	return sheet.Sheet{Name: "Đúng hẹn: tháng 11/2020, theo cơ quan và thủ tục", Head: []string{"Cơ quan", "Nhận", "Tỷ lệ"}, Rows: sheet.Of([][]any{
		{"Hà Nội", int64(1900000), 96.1}, {"=HYPERLINK(\"http://x\")", int64(-3), nil}, {"a,\"b\"\nc", int64(0), 0.5}})}
}

func TestCSV(t *testing.T) {
	var b bytes.Buffer
	if err := sample().CSV(&b); err != nil {
		t.Fatal(err)
	}
	want := "\uFEFFCơ quan,Nhận,Tỷ lệ\r\nHà Nội,1900000,96.1\r\n\"'=HYPERLINK(\"\"http://x\"\")\",-3,\r\n\"a,\"\"b\"\"\r\nc\",0,0.5\r\n"
	if got := b.String(); got != want {
		t.Errorf("got\n%q\nwant\n%q", got, want)
	}
}

func TestNoTextBecomesAFormula(t *testing.T) {
	for _, s := range []string{"=1+1", "+1", "-1", "@x", "\t=1", "\r=1", "\n=1", "|x", "%x"} {
		var b bytes.Buffer
		if err := (sheet.Sheet{Head: []string{"a"}, Rows: sheet.Of([][]any{{s}})}).CSV(&b); err != nil {
			t.Fatal(err)
		}
		if _, row, _ := strings.Cut(b.String(), "\r\n"); !strings.HasPrefix(strings.TrimPrefix(row, `"`), "'") {
			t.Errorf("%q is written as %q", s, row)
		}
	}
}

func TestXLSX(t *testing.T) {
	var b bytes.Buffer
	if err := sample().XLSX(&b); err != nil {
		t.Fatal(err)
	}
	f, err := excelize.OpenReader(&b)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	name := f.GetSheetName(0)
	rows, err := f.GetRows(name)
	if err != nil || len(rows) != 4 || rows[1][0] != "Hà Nội" || rows[1][1] != "1900000" || rows[2][0] != `=HYPERLINK("http://x")` {
		t.Errorf("%q: %q, %v", name, rows, err)
	}
	if formula, err := f.GetCellFormula(name, "A3"); formula != "" || err != nil {
		t.Errorf("a text became the formula %q, %v", formula, err)
	}
	if sort, err := f.GetCellType(name, "B2"); sort == excelize.CellTypeSharedString || sort == excelize.CellTypeInlineString || err != nil {
		t.Errorf("a number is of type %v, %v", sort, err)
	}
}

func TestWhatFailsIsToldNotCut(t *testing.T) {
	gone := errors.New("gone")
	for _, rows := range []func(func([]any, error) bool){
		func(yield func([]any, error) bool) { yield(nil, gone) },
		func(yield func([]any, error) bool) { yield([]any{struct{}{}}, nil) },
	} {
		s := sheet.Sheet{Head: []string{"a"}, Rows: rows}
		if err := s.CSV(new(bytes.Buffer)); err == nil {
			t.Error("CSV hid an error")
		}
		if err := s.XLSX(new(bytes.Buffer)); err == nil {
			t.Error("XLSX hid an error")
		}
	}
}
