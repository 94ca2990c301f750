package find_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"motcua/base/db"
	"motcua/base/db/dbtest"
	"motcua/base/fault"
	"motcua/base/lang"
	"motcua/kernel/find"
)

var few = []find.Entry{
	{Code: "1.001193", Title: lang.Text{lang.VI: "Đăng ký khai sinh", lang.EN: "Register a birth", lang.FR: "Déclarer une naissance"}, Full: true, Level: 4, For: []string{"citizen"}, Sector: "civil"},
	{Code: "1.004884", Title: lang.Say("Thủ tục đăng ký lại khai sinh"), Level: 1, For: []string{"citizen"}, Sector: "civil"},
	{Code: "1.000894", Title: lang.Say("Đăng ký kết hôn"), Summary: lang.Say("Hai bạn cùng đến ký sổ"), Full: true, Level: 3, For: []string{"citizen"}, Sector: "civil"},
	{Code: "3.000347", Title: lang.Say("Đổi giấy phép lái xe"), Words: []string{"bằng lái"}, Level: 1, For: []string{"citizen"}, Sector: "road"},
	{Code: "3.000355", Title: lang.Say("Cấp giấy phép sát hạch cho trung tâm sát hạch lái xe loại 1, loại 2"), Level: 1, For: []string{"business"}, Sector: "road"},
	{Code: "1.001612", Title: lang.Say("Đăng ký thành lập hộ kinh doanh"), Level: 4, For: []string{"citizen", "business"}, Sector: "business"},
	{Code: "2.001001", Title: lang.Say("Xuất khẩu đường phèn"), Level: 1, For: []string{"business"}, Sector: "trade"},
}

var sayings = []find.Synonym{
	{Say: []string{"sổ đỏ", "gplx"}, Mean: []string{"giấy phép lái xe"}},
	{Say: []string{"mở quán", "mở quán cà phê"}, Mean: []string{"1.001612"}},
	{Say: []string{"tôi", "muốn", "xin"}},
}

func codes(hits []find.Hit) (all []string) {
	for _, h := range hits {
		all = append(all, h.Code)
	}
	return all
}

func TestSearch(t *testing.T) {
	x := find.Build(few, sayings)
	cases := []struct {
		name, q string
		want    []string // the first hits, "" for none at all
	}{
		{"as written", "Đăng ký khai sinh", []string{"1.001193", "1.004884"}},
		{"without marks", "khai sinh", []string{"1.001193", "1.004884"}},
		{"đ as d", "dang ky ket hon", []string{"1.000894"}},
		{"decomposed marks", "ke\u0302\u0301t ho\u0302n", []string{"1.000894"}},
		{"half typed", "khai s", []string{"1.001193", "1.004884"}},
		{"half a word", "hô kinh doa", []string{"1.001612"}},
		{"a letter wrong", "kinh doang", []string{"1.001612"}},
		{"two letters swapped", "khia sinh", []string{"1.001193"}},
		{"a letter left out", "ket hn", []string{"1.000894"}},
		{"a letter too many", "dangg ky ket hon", []string{"1.000894"}},
		{"a slip that is a word", "kinh doan", []string{"1.001612"}},
		{"two slips in a long word", "declaration naisance", []string{"1.001193"}},
		{"another language", "birth", []string{"1.001193"}},
		{"people's words", "bằng lái", []string{"3.000347"}},
		{"a saying", "sổ đỏ", []string{"3.000347", "3.000355"}},
		{"a saying half typed", "so d", []string{"3.000347"}},
		{"a saying that names a code", "mở quán cà phê", []string{"1.001612"}},
		{"words said in passing", "tôi muốn xin kết hôn", []string{"1.000894"}},
		{"a summary", "hai ban ky so", []string{"1.000894"}},
		{"code", "1.000894", []string{"1.000894"}},
		{"code without its point", " 2001001 ", []string{"2.001001"}},
		{"part of the title only", "đăng ký lại khai sinh", []string{"1.004884", "1.001193"}},
		{"unknown", "zzz qqq", nil},
		{"mostly unknown", "vũ trụ song song đường hầm lượng tử", nil},
		{"nothing", " .-! ", nil},
		{"empty", "", nil},
	}
	for _, c := range cases {
		got := codes(x.Search(c.q, find.Filter{}, 10))
		if len(c.want) == 0 && len(got) > 0 || len(got) < len(c.want) || !slices.Equal(got[:len(c.want)], c.want) {
			t.Errorf("%s: %q: got %v, want first %v", c.name, c.q, got, c.want)
		}
	}
	if got := x.Search("khai sinh", find.Filter{}, 1); len(got) != 1 {
		t.Errorf("limit 1: got %v", codes(got))
	}
	if got := x.Search("khai sinh", find.Filter{}, 0); got != nil {
		t.Errorf("limit 0: got %v", codes(got))
	}
	// A space after the last word says that it is whole, so "lai" does not begin it.
	if got := codes(x.Search("la", find.Filter{}, 10)); !slices.Contains(got, "3.000347") {
		t.Errorf("half typed: got %v", got)
	}
	if got := codes(x.Search("la ", find.Filter{}, 10)); slices.Contains(got, "3.000347") {
		t.Errorf("whole: got %v", got)
	}
	if got := find.Build(nil, sayings).Search("khai sinh", find.Filter{}, 10); got != nil {
		t.Errorf("of no entries: got %v", codes(got))
	}
}

func TestFilter(t *testing.T) {
	x := find.Build(few, nil)
	cases := []struct {
		f    find.Filter
		want []string
	}{
		{find.Filter{}, []string{"1.000894", "1.001193", "1.001612", "1.004884"}},
		{find.Filter{Sector: "civil"}, []string{"1.000894", "1.001193", "1.004884"}},
		{find.Filter{For: "business"}, []string{"1.001612"}},
		{find.Filter{Level: 4}, []string{"1.001193", "1.001612"}},
		{find.Filter{Full: true}, []string{"1.000894", "1.001193"}},
		{find.Filter{Body: "nowhere"}, nil},
	}
	for _, c := range cases {
		got := codes(x.Search("đăng ký", c.f, 10))
		slices.Sort(got)
		if !slices.Equal(got, c.want) {
			t.Errorf("%+v: got %v, want %v", c.f, got, c.want)
		}
		byCode := codes(x.Search("1.001612", c.f, 10))
		if got, want := slices.Contains(byCode, "1.001612"), slices.Contains(c.want, "1.001612"); got != want {
			t.Errorf("%+v: found by code: %v, want %v", c.f, got, want)
		}
		if got := len(x.Nearest("xyz", c.f, 10)); got > 0 != (c.want != nil) {
			t.Errorf("%+v: %d nearest", c.f, got)
		}
	}
}

func TestNearest(t *testing.T) {
	x := find.Build(few, sayings)
	if got := codes(x.Nearest("khaisinh", find.Filter{}, 3)); len(got) == 0 || got[0] != "1.001193" {
		t.Errorf("words run together: got %v", got)
	}
	for _, q := range []string{"zzzz", "", "☃"} { // nothing alike: what can be filed here
		if got, want := codes(x.Nearest(q, find.Filter{}, 2)), []string{"1.001193", "1.000894"}; !slices.Equal(got, want) {
			t.Errorf("%q: got %v, want %v", q, got, want)
		}
	}
}

func TestWhyAndMark(t *testing.T) {
	x := find.Build(few, sayings)
	hits := x.Search("sổ đỏ", find.Filter{}, 1)
	var b strings.Builder
	for _, p := range find.Mark("Đổi GIẤY phép-lái xe (loại 1).", hits[0].Words) {
		if p.Marked {
			p.Text = "[" + p.Text + "]"
		}
		b.WriteString(p.Text)
	}
	if got, want := b.String(), "Đổi [GIẤY] [phép]-[lái] [xe] (loại 1)."; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	for _, s := range []string{"", "…", "đ", "ke\u0302\u0301t ho\u0302n!", "\xff khai \xc3"} {
		var b strings.Builder
		for _, p := range find.Mark(s, []string{"ket", "khai"}) {
			b.WriteString(p.Text)
		}
		if b.String() != s {
			t.Errorf("pieces of %q add up to %q", s, b.String())
		}
	}
}

// Many search at once, and each finds what one alone finds.
func TestConcurrentSearch(t *testing.T) {
	x := find.Build(few, sayings)
	var all sync.WaitGroup
	for w := range 8 {
		all.Go(func() {
			for i := range 200 {
				q, want := "khai s", "1.001193"
				if (w+i)%2 == 0 {
					q, want = "so do", "3.000347"
				}
				hits := x.Search(q, find.Filter{}, 3)
				if hits[0].Code != want || slices.Contains(hits[0].Words, "zzz") {
					t.Errorf("%q: got %v", q, codes(hits))
				}
			}
		})
	}
	all.Wait()
}

func TestFinder(t *testing.T) {
	dbtest.EachURL(t, func(t *testing.T, url string) {
		entries := func(context.Context) ([]find.Entry, error) { return few, nil }
		open := func() (*db.DB, *find.Finder) {
			d := dbtest.Open(t, url)
			f, err := find.Open(t.Context(), d, sayings, entries)
			if err != nil {
				t.Fatal(err)
			}
			return d, f
		}
		d, f := open()
		_, other := open()
		has := func(f *find.Finder) bool {
			return slices.Contains(codes(f.Index().Search("vợ chồng son", find.Filter{}, 3)), "1.000894")
		}
		if has(f) {
			t.Fatal("found before anybody said so")
		}
		e := find.Extension{ID: 7, Synonym: find.Synonym{Say: []string{"vợ chồng son", "đám cưới"}, Mean: []string{"kết hôn"}}}
		if err := d.Write(t.Context(), func(tx *db.Tx) error { return find.Extend(tx, e) }); err != nil {
			t.Fatal(err)
		}
		if !has(f) {
			t.Error("the instance that wrote does not find it")
		}
		for end := time.Now().Add(3 * time.Second); !has(other); time.Sleep(20 * time.Millisecond) {
			if time.Now().After(end) {
				t.Fatal("the other instance does not find it")
			}
		}
		err := d.Read(t.Context(), func(tx *db.Tx) error {
			all, err := find.Extensions(tx)
			if got := fmt.Sprint(all); got != fmt.Sprint([]find.Extension{e}) {
				t.Errorf("extensions: got %s", got)
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		if err := d.Write(t.Context(), func(tx *db.Tx) error { return find.Forget(tx, e.ID) }); err != nil {
			t.Fatal(err)
		}
		if has(f) {
			t.Error("found after it was forgotten")
		}
		err = d.Write(t.Context(), func(tx *db.Tx) error { return find.Forget(tx, e.ID) })
		if !errors.Is(err, fault.NotFound) {
			t.Errorf("forgotten twice: got %v, want not found", err)
		}
	})
}

func TestExtendRefuses(t *testing.T) {
	long := strings.Repeat("x", 81)
	cases := []struct {
		e    find.Synonym
		want []string
	}{
		{find.Synonym{}, []string{"find.wrong.say", "find.wrong.mean"}},
		{find.Synonym{Say: []string{"x"}}, []string{"find.wrong.mean"}},
		{find.Synonym{Say: []string{"x", "…"}, Mean: []string{"y"}}, []string{"find.wrong.say"}},
		{find.Synonym{Say: []string{long}, Mean: []string{"y"}}, []string{"find.wrong.say"}},
		{find.Synonym{Say: []string{"x"}, Mean: slices.Repeat([]string{"y"}, 21)}, []string{"find.wrong.mean"}},
	}
	for _, c := range cases {
		var f *fault.Error
		var got []string
		if errors.As(find.Extend(nil, find.Extension{ID: 1, Synonym: c.e}), &f) {
			for _, w := range f.Fields {
				got = append(got, w.Code)
			}
		}
		if !slices.Equal(got, c.want) {
			t.Errorf("%v: got %v, want %v", c.e, got, c.want)
		}
	}
	if _, err := lang.Load(find.Texts); err != nil {
		t.Error(err)
	}
}

func FuzzSearch(f *testing.F) {
	for _, q := range questions(f) {
		f.Add(q.words)
	}
	f.Add("khai s ")
	f.Add(strings.Repeat("đ", 500))
	f.Add("\xff\xfe 1.001193")
	f.Add(strings.Repeat("khai sinh ", 60))
	entries, more := pack(f)
	x := find.Build(append(entries, few...), append(more, sayings...))
	f.Fuzz(func(t *testing.T, q string) {
		hits := x.Search(q, find.Filter{}, 5)
		if len(hits) > 5 {
			t.Fatalf("%d hits, want 5 at most", len(hits))
		}
		for i, h := range hits {
			if i > 0 && h.Score > hits[i-1].Score {
				t.Errorf("hit %d is better than the one before it", i+1)
			}
			shown := " " + lang.Fold(h.Title[lang.VI]+" "+h.Title[lang.EN]+" "+h.Title[lang.FR]+" "+h.Summary[lang.VI]+" "+h.Summary[lang.EN]+" "+h.Summary[lang.FR]+" "+h.Sector) + " "
			for _, w := range h.Words {
				if !strings.Contains(shown, " "+w+" ") {
					t.Errorf("%s: %q is to be marked but not there", h.Code, w)
				}
			}
		}
		if again := codes(x.Search(q, find.Filter{}, 5)); !slices.Equal(again, codes(hits)) {
			t.Errorf("the second time %v, the first time %v", again, codes(hits))
		}
		if len(x.Nearest(q, find.Filter{}, 3)) != 3 && len(hits) == 0 {
			t.Error("nothing found and nothing near")
		}
	})
}

func BenchmarkSearch(b *testing.B) {
	entries, sayings := pack(b)
	x := find.Build(append(entries, published(b, entries)...), sayings)
	ask := questions(b)
	b.ReportAllocs()
	i := 0
	for b.Loop() {
		x.Search(ask[i%len(ask)].words, find.Filter{}, 10)
		i++
	}
}

func BenchmarkBuild(b *testing.B) {
	entries, sayings := pack(b)
	entries = append(entries, published(b, entries)...)
	b.ReportAllocs()
	for b.Loop() {
		find.Build(entries, sayings)
	}
}
