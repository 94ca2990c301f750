package procedure_test

import (
	"errors"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"motcua/base/db"
	"motcua/base/db/dbtest"
	"motcua/base/fault"
	"motcua/kernel/form"
	"motcua/kernel/procedure"
)

func sprint(v any) string { return fmt.Sprint(v) }

var now = time.Date(2020, 3, 2, 1, 0, 0, 0, time.UTC)

// An open dossier keeps the version it was filed under, with its overlays, even
// when the pack has lost what it refers to.
func TestOldVersions(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		if err := d.Migrate(t.Context(), "procedure", procedure.Schema()); err != nil {
			t.Fatal(err)
		}
		first := set(t, `[{body: H26, code: "1.000001", limit: 2.75d, intake: 0.25d, law: nq-1 điều 1, fees: [{name: Phí, amount: 7, when: kind == "big"}]}]`)
		for range 2 { // storing twice is nothing new
			if err := first.Store(t.Context(), d, now); err != nil {
				t.Fatal(err)
			}
		}
		was := first.Get("1.000001")
		today := set(t, "[]")
		today.Pack.Law, today.Pack.Sectors = nil, nil
		p, err := today.Old(t.Context(), d, "1.000001", was.Version)
		if err != nil {
			t.Fatal(err)
		}
		if p.Version != was.Version || p.Kind().Name != "portal/1.000001" || p.Kind().Version != was.Version {
			t.Errorf("got version %s of %s, want %s", p.Version, p.Kind().Name, was.Version)
		}
		if got := p.Kind().Limit(form.Answers{}, "H26.002").String(); got != "2.75d" {
			t.Errorf("its limit at the district is %s, want the 2.75d promised then", got)
		}
		if got := p.Fee(procedure.Case{Answers: form.Answers{"kind": "big"}, Body: "H26"}); len(got) != 1 || got[0].Amount != 7 {
			t.Errorf("its fee is %v, want the 7 of then", got)
		}
		if _, err := p.Kind().Opening().Form.Check(was.Examples[0].Answers, testPack(t).Env); err != nil {
			t.Errorf("its form refuses its own example: %v", err)
		}
		again, err := today.Old(t.Context(), d, "1.000001", was.Version)
		if err != nil || again != p {
			t.Errorf("compiled twice: %v", err)
		}
		if p, err := today.Old(t.Context(), d, "1.000001", ""); err != nil || p != today.Get("1.000001") {
			t.Errorf("without a version: got %v, %v; want today's", p, err)
		}
		for _, x := range [][2]string{{"1.000001", "0000"}, {"1.000009", ""}, {"1.000009", was.Version}} {
			if _, err := today.Old(t.Context(), d, x[0], x[1]); !errors.Is(err, fault.NotFound) {
				t.Errorf("%v: got %v, want not found", x, err)
			}
		}
		err = d.Write(t.Context(), func(tx *db.Tx) error {
			_, err := tx.Exec(`update procedure_source set source = replace(source, '3d', '9d')`)
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := set(t, "[]").Old(t.Context(), d, "1.000001", was.Version); err == nil || !strings.Contains(err.Error(), "was changed") {
			t.Errorf("a stored source that somebody changed: got %v", err)
		}
	})
}

const header = "code,name,ministry,field,level,object,decision,channels,time_limit,fee_text,n_steps_chars,result\n"

func TestImportCSV(t *testing.T) {
	line := func(code string) string {
		return code + `,"Tên, có phẩy",bo,Lĩnh vực,Cấp xã,Ai,1/QĐ,counter|online,5 Ngày,Miễn phí,12,KQ` + "\n"
	}
	for _, x := range []struct{ name, text, rows, rejected string }{
		{"two", header + line("1.000001") + line("1.000002"), "1.000001 1.000002", ""},
		{"mark of a spreadsheet, other line ends, empty lines", "\ufeff" + strings.ReplaceAll(header+"\n"+line("1.000001"), "\n", "\r\n"), "1.000001", ""},
		{"cell of two lines", header + "1.000001,\"Tên\ndài\",b,f,l,o,d,,,,1,\n" + line("1.000002"), "1.000001 1.000002", ""},
		{"bad code", header + line("1.00001") + line("1.000002"), "1.000002", "2: code"},
		{"doubled code", header + line("1.000001") + line("1.000001"), "1.000001", "3: code 1.000001 stands in line 2 already"},
		{"too few columns", header + "1.000001,Tên\n" + line("1.000002"), "1.000002", "2: 2 columns: want 12"},
		{"too many columns", header + strings.TrimSuffix(line("1.000001"), "\n") + ",x\n", "", "2: 13 columns: want 12"},
		{"not UTF-8", header + strings.Replace(line("1.000001"), "Tên", "T\xean", 1) + line("1.000002"), "1.000002", "2: name: not UTF-8"},
		{"NUL", header + strings.Replace(line("1.000001"), "Ai", "A\x00i", 1), "", "2: object: a NUL character"},
		{"no name", header + "1.000001, ,b,f,l,o,d,,,,1,\n", "", "2: the name is missing"},
		{"channel", header + strings.Replace(line("1.000001"), "online", "pigeon", 1), "", `2: channel "pigeon"`},
		{"quote never closed", header + line("1.000001") + `1.000002,"Tên` + "\n" + line("1.000003") + line("1.000004"), "1.000001 1.000003 1.000004", "3: a quote is not closed"},
		{"stray quote", header + `1.000002,Tê"n,b,f,l,o,d,,,,1,` + "\n" + line("1.000003"), "1.000003", "2: a quote is not closed or stands where none may"},
		{"cell too long", header + strings.Replace(line("1.000001"), "Tên", strings.Repeat("ê", 4001), 1), "", "2: name: longer than 4000"},
		{"line too long", header + strings.Repeat("x", 200_000) + "\n" + line("1.000003"), "1.000003", "2: 1 columns"},
		{"other columns", "code,title\n" + line("1.000001"), "", "1: the first line must name the columns"},
		{"nothing", "", "", ""},
		{"no last line end", header + strings.TrimSuffix(line("1.000001"), "\n"), "1.000001", ""},
	} {
		rows, rejected := procedure.ImportCSV(strings.NewReader(x.text))
		var codes, bad []string
		for _, r := range rows {
			codes = append(codes, r.Code)
		}
		for _, r := range rejected {
			bad = append(bad, fmt.Sprintf("%d: %s", r.Line, r.Reason))
		}
		if got := strings.Join(codes, " "); got != x.rows {
			t.Errorf("%s: rows %q, want %q", x.name, got, x.rows)
		}
		if got := strings.Join(bad, "; "); !strings.HasPrefix(got, x.rejected) || (got == "") != (x.rejected == "") || len(bad) > 1 {
			t.Errorf("%s: rejected %q, want %q", x.name, got, x.rejected)
		}
	}
}

func TestInfos(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		if err := d.Migrate(t.Context(), "procedure", procedure.Schema()); err != nil {
			t.Fatal(err)
		}
		var text strings.Builder
		text.WriteString(header)
		for i := range 450 { // more than two chunks
			fmt.Fprintf(&text, "1.%06d,Tên %d,bo,f,l,o,d,counter|post,5 Ngày,Miễn phí,1,KQ\n", 999-i, i)
		}
		rows, rejected := procedure.ImportCSV(strings.NewReader(text.String()))
		if len(rejected) > 0 {
			t.Fatal(rejected)
		}
		dropped := 0
		d.Watch("procedure_info", func() { dropped++ })
		for _, title := range []string{"", "Tên mới"} {
			if rows[0].Title = title + rows[0].Title; title != "" {
				rows = rows[:1]
			}
			if err := procedure.StoreInfos(t.Context(), d, rows, now); err != nil {
				t.Fatal(err)
			}
		}
		got, err := procedure.Infos(t.Context(), d)
		if err != nil || len(got) != 450 {
			t.Fatalf("got %d pages, %v; want 450", len(got), err)
		}
		if last := got[449]; sprint(last) != sprint(rows[0]) || last.Title != "Tên mớiTên 0" || len(last.Channels) != 2 {
			t.Errorf("got %v, want %v", last, rows[0])
		}
		if dropped < 4 {
			t.Errorf("caches were told %d times, want after each of 4 chunks", dropped)
		}
	})
}

// The national catalogue itself, where it is at hand.
func TestCatalogue(t *testing.T) {
	f, err := os.Open("../../../shared/data/procedures.csv")
	if err != nil {
		t.Skip(err)
	}
	defer f.Close()
	rows, rejected := procedure.ImportCSV(f)
	if len(rows) != 2642 || len(rejected) != 0 {
		t.Errorf("got %d procedures, rejected %v; want 2642", len(rows), rejected)
	}
}

func FuzzImport(f *testing.F) {
	f.Add(header + "1.000001,\"Tên\ndài\",b,f,l,o,d,counter,,,1,\n")
	f.Add(header + "\"\n\"\"\n1.000001,T,b,f,l,o,d,,,,1,\n")
	f.Fuzz(func(t *testing.T, text string) {
		rows, rejected := procedure.ImportCSV(strings.NewReader(text))
		seen := map[string]bool{}
		for _, r := range rows {
			if seen[r.Code] || r.Title == "" {
				t.Errorf("took %v", r)
			}
			seen[r.Code] = true
		}
		last := 0
		for _, r := range rejected {
			if r.Line <= last || r.Line > strings.Count(text, "\n")+1 || r.Reason == "" {
				t.Errorf("rejected %v after line %d", r, last)
			}
			last = r.Line
		}
	})
}
