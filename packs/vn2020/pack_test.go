package vn2020

import (
	"io/fs"
	"maps"
	"os"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"motcua/base/lang"
	"motcua/kernel/clock"
	"motcua/kernel/dossier"
	"motcua/kernel/find"
	"motcua/kernel/form"
	"motcua/kernel/letter"
	"motcua/kernel/procedure"
	"motcua/kernel/who"
)

func decode(t *testing.T, name string, v any) {
	t.Helper()
	if err := read(name, v); err != nil {
		t.Fatal(err)
	}
}

// load reads the procedures as of a day, in a country of these territories.
func load(t *testing.T, today string, units []who.Unit) *procedure.Set {
	t.Helper()
	bodies, err := bodiesOf(units)
	if err != nil {
		t.Fatal(err)
	}
	country := who.NewCountry(bodies, units, nil)
	p, err := procedure.ReadPack(Files)
	if err != nil {
		t.Fatal(err)
	}
	p.Body, p.Orders = country.Body, "pay/order"
	p.Env = form.Env{Today: today, Person: PersonID, Unit: country.Has}
	set, faults := procedure.Load(Files, p)
	for _, f := range faults {
		t.Errorf("on %s: %v", today, f)
	}
	return set
}

// Every procedure loads, with all its examples, on the days the pack is about,
// years later, and on a clone without the built list.
func TestProceduresLoad(t *testing.T) {
	few, err := bare()
	if err != nil {
		t.Fatal(err)
	}
	all, err := Units()
	if err != nil {
		t.Fatal(err)
	}
	for _, today := range []string{"2020-02-01", "2027-12-31"} {
		for _, units := range [][]who.Unit{few, all} {
			if got, want := len(load(t, today, units).All()), 24; got != want {
				t.Errorf("on %s with %d territories: %d procedures load: want %d", today, len(units), got, want)
			}
		}
	}
}

// No two procedures are one service in two files, and what they ask is a form, not a questionnaire.
func TestProceduresAreTheirOwn(t *testing.T) {
	few, _ := bare()
	set := load(t, "2020-02-01", few)
	for _, f := range set.Alike() {
		t.Error(f)
	}
	business := 0
	for _, p := range set.All() {
		if n := len(p.Form.Fields()); n < 12 || n > 32 {
			t.Errorf("%s asks %d questions: want 12 to 30, and how to get the result", p.File, n)
		}
		if n := len(p.Form.Sections); n < 3 || n > 5 {
			t.Errorf("%s has %d sections: want 3 to 5", p.File, n)
		}
		if slices.Contains(p.For, "business") {
			business++
		}
	}
	if business < 2 {
		t.Errorf("%d procedures are for businesses: want 2", business)
	}
}

// These procedures speak three languages: where they have a text they have it in each.
func TestThreeLanguages(t *testing.T) {
	few, _ := bare()
	set := load(t, "2020-02-01", few)
	for _, code := range []string{"1.001193", "1.001612", "1.002809", "1.000656", "2.000635", "1.004873", "2.000205"} {
		p := set.Get(code)
		if p == nil {
			t.Fatalf("no procedure %s", code)
		}
		texts(reflect.ValueOf(*p), p.File, map[uintptr]bool{}, func(where string, text lang.Text) {
			for _, l := range lang.All() {
				if text[l] == "" {
					t.Errorf("%s: missing in %s: %q", where, l, text)
				}
			}
		})
	}
}

// texts calls f with every text of data within v.
func texts(v reflect.Value, where string, seen map[uintptr]bool, f func(string, lang.Text)) {
	if v.Type() == reflect.TypeFor[lang.Text]() {
		if v.Len() > 0 {
			f(where, v.Interface().(lang.Text))
		}
		return
	}
	switch v.Kind() {
	case reflect.Struct:
		for i := range v.NumField() {
			if name := v.Type().Field(i); name.IsExported() && name.Name != "Examples" {
				texts(v.Field(i), where+"/"+name.Name, seen, f)
			}
		}
	case reflect.Slice:
		for i := range v.Len() {
			texts(v.Index(i), where, seen, f)
		}
	}
}

// What a lawyer reviews: limits, fees, papers, grounds, states and acts of every procedure.
// MOTCUA_GOLDEN=1 go test writes the file anew.
func TestKindsGolden(t *testing.T) {
	const name = "testdata/kinds.golden"
	few, _ := bare()
	got := load(t, "2020-02-01", few).Golden()
	if os.Getenv("MOTCUA_GOLDEN") != "" {
		if err := os.WriteFile(name, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	b, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	if want := string(b); got != want {
		g, w := strings.Split(got, "\n"), strings.Split(want, "\n")
		for i := range min(len(g), len(w)) {
			if g[i] != w[i] {
				t.Fatalf("%s:%d: got %q, want %q: if the law changed, write it anew", name, i+1, g[i], w[i])
			}
		}
		t.Fatalf("%s: got %d lines, want %d", name, len(g), len(w))
	}
}

// grammar is that of Decision 20/2020/QĐ-TTg: level 1 is a letter and two
// digits, or the tax code of a company; then groups of digits and capitals.
var grammar = regexp.MustCompile(`^([A-Y]\d\d|\d{10})(\.[0-9A-Z]+)*$`)

func TestBodies(t *testing.T) {
	few, err := bare()
	if err != nil {
		t.Fatal(err)
	}
	all, err := Units()
	if err != nil {
		t.Fatal(err)
	}
	for _, units := range [][]who.Unit{few, all} {
		bodies, err := bodiesOf(units)
		if err != nil {
			t.Fatal(err)
		}
		seen, place := map[string]bool{}, map[string]bool{"": true}
		for _, u := range units {
			if place[u.Code] || !place[u.Parent] {
				t.Errorf("territory %s stands twice, or before its parent %q", u.Code, u.Parent)
			}
			place[u.Code] = true
		}
		count := map[string]int{}
		for _, b := range bodies {
			if !grammar.MatchString(b.Code) || len(b.Code) > 35 || seen[b.Code] {
				t.Errorf("code %q: not by the grammar, or twice", b.Code)
			}
			if b.Parent != "" && !seen[b.Parent] {
				t.Errorf("%s: its parent %q does not stand before it", b.Code, b.Parent)
			}
			if !place[b.Unit] || b.Name[lang.VI] == "" || strings.ContainsAny(b.Name[lang.VI], "{}") {
				t.Errorf("%s: territory %q, name %q", b.Code, b.Unit, b.Name)
			}
			if got := fromOld(b.Code102); b.Code102 != "" && got != b.Code {
				t.Errorf("%s: the old code %q reads %q", b.Code, b.Code102, got)
			}
			seen[b.Code] = true
			count[b.Level]++
		}
		if count["ministry"] != 22 || count["province"] != 63 {
			t.Errorf("%d ministries and %d provinces: want 22 and 63", count["ministry"], count["province"])
		}
	}
}

// fromOld reads a code of QCVN 102:2016 from right to left, without its empty groups.
func fromOld(code string) string {
	groups := strings.Split(code, ".")
	slices.Reverse(groups)
	return strings.Join(slices.DeleteFunc(groups, func(g string) bool { return strings.Trim(g, "0") == "" }), ".")
}

func TestBuiltList(t *testing.T) {
	all, err := Units()
	if err != nil {
		t.Fatal(err)
	}
	if len(all) < 1000 {
		t.Skip("not built: go run ./packs/vn2020/build")
	}
	if got, want := len(all), 63+705+10599; got != want {
		t.Errorf("%d territories: want %d", got, want)
	}
	few, _ := bare()
	byCode := map[string]who.Unit{}
	for _, u := range all {
		byCode[u.Code] = u
	}
	for _, want := range few {
		if got := byCode[want.Code]; got.Type != want.Type || got.Parent != want.Parent || lang.Fold(got.Name) != lang.Fold(want.Name) {
			t.Errorf("bare list has %v, the built list %v", want, got)
		}
	}
	country, err := Country()
	if err != nil {
		t.Fatal(err)
	}
	for _, x := range []struct{ code, name, parent string }{
		{"H26.002.00061", "UBND phường Hàng Bạc", "H26.002"},
		{"H26.STP", "Sở Tư pháp Hà Nội", "H26"},
		{"G01.01.002", "Công an quận Hoàn Kiếm", "G01"},          // a city under central rule: the district
		{"G01.02.026.00712", "Công an thị trấn Phó Bảng", "G01"}, // a rural district: the commune
		{"G01.38.380", "Công an thành phố Thanh Hóa", "G01"},     // a city of a province
		{"G01.01.PA08", "Phòng Quản lý xuất nhập cảnh, Công an thành phố Hà Nội", "G01"},
		{"G24.01.002", "Bảo hiểm xã hội quận Hoàn Kiếm", "G24"},
		{"H26.STNMT.002", "Chi nhánh Văn phòng đăng ký đất đai quận Hoàn Kiếm", "H26.STNMT"},
		{"0100101114.002", "Công ty Điện lực Hoàn Kiếm", "0100101114"}, // Hà Nội: by district
		{"0100100417.38", "Công ty Điện lực Thanh Hóa", "0100100417"},  // elsewhere: by province
	} {
		if b, ok := country.Body(x.code); !ok || b.Name[lang.VI] != x.name || b.Parent != x.parent {
			t.Errorf("%s: got %q under %q, want %q under %q", x.code, b.Name[lang.VI], b.Parent, x.name, x.parent)
		}
	}
	if _, ok := country.Body("G01.01.002.00061"); ok {
		t.Error("residence is registered by the ward's police in a city under central rule: want the district's")
	}
	if got, want := country.UnitName("00061")[lang.VI], "Phường Hàng Bạc"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestCalendar(t *testing.T) {
	b, err := fs.ReadFile(Files, "calendar.yaml")
	if err != nil {
		t.Fatal(err)
	}
	c, err := clock.Read("calendar.yaml", b)
	if err != nil {
		t.Fatal(err)
	}
	at := func(day string) time.Time {
		d, err := time.ParseInLocation(time.DateOnly, day, c.Zone())
		if err != nil {
			t.Fatal(err)
		}
		return d.Add(10 * time.Hour)
	}
	for _, x := range []struct {
		from, to string // first and last day without work, weekends around it included
	}{
		{"2020-01-23", "2020-01-29"}, // Tết Canh Tý
		{"2021-02-10", "2021-02-16"}, // Tết Tân Sửu
		{"2019-04-27", "2019-05-01"}, // with a swapped Monday
		{"2020-04-02", "2020-04-02"}, // Hùng Kings
		{"2020-09-02", "2020-09-02"}, // one day
		{"2021-09-02", "2021-09-05"}, // two days and a weekend
		{"2023-04-29", "2023-05-03"}, // Hùng Kings on a Saturday
		{"2030-01-31", "2030-02-06"}, // Tết is a day before China's
	} {
		first, last := at(x.from), at(x.to)
		for d := first; !d.After(last); d = d.AddDate(0, 0, 1) {
			if c.IsWorking(d) {
				t.Errorf("%s is worked: want a day off", d.Format(time.DateOnly))
			}
		}
		for _, d := range []time.Time{first.AddDate(0, 0, -1), last.AddDate(0, 0, 1)} {
			if !c.IsWorking(d) {
				t.Errorf("%s is off: want a working day beside %s to %s", d.Format(time.DateOnly), x.from, x.to)
			}
		}
	}
	for _, saturday := range []string{"2019-05-04", "2024-05-04", "2025-04-26"} {
		if d := at(saturday); d.Weekday() != time.Saturday || !c.IsWorking(d) {
			t.Errorf("%s is not a worked Saturday", saturday)
		}
	}
	for year := 2019; year <= 2030; year++ {
		off := 0
		for d := time.Date(year, 1, 1, 10, 0, 0, 0, c.Zone()); d.Year() == year; d = d.AddDate(0, 0, 1) {
			if weekend := d.Weekday() == time.Saturday || d.Weekday() == time.Sunday; !weekend && !c.IsWorking(d) {
				off++
			} else if weekend && c.IsWorking(d) {
				off-- // worked instead of a free weekday
			}
		}
		want := 11 // by the code of 2019; that of 2012 gives ten
		if year <= 2020 {
			want = 10
		}
		if off != want {
			t.Errorf("%d has %d weekdays off: want %d", year, off, want)
		}
	}
}

func TestTilesAreTheProvinces(t *testing.T) {
	var m struct {
		Columns int               `yaml:"columns"`
		Rows    []string          `yaml:"rows"`
		Labels  map[string]string `yaml:"labels"`
		Islands []struct {
			Name     lang.Text `yaml:"name"`
			Province string    `yaml:"province"`
		} `yaml:"islands"`
	}
	decode(t, "tiles.yaml", &m)
	list, err := Provinces()
	if err != nil {
		t.Fatal(err)
	}
	want, h := map[string]bool{}, map[string]bool{}
	for _, p := range list {
		want[p.GSO], h[p.H] = true, true
	}
	if len(list) != 63 || len(want) != 63 || len(h) != 63 {
		t.Errorf("%d provinces with %d and %d codes: want 63 of each", len(list), len(want), len(h))
	}
	seen := map[string]bool{}
	for i, row := range m.Rows {
		tiles := strings.Fields(row)
		if len(tiles) != m.Columns {
			t.Errorf("row %d has %d tiles: want %d", i, len(tiles), m.Columns)
		}
		for _, code := range tiles {
			if code != ".." && (seen[code] || !want[code] || m.Labels[code] == "") {
				t.Errorf("row %d: %s stands twice, is no province or has no label", i, code)
			}
			seen[code] = true
		}
	}
	if delete(seen, ".."); len(seen) != 63 {
		t.Errorf("%d provinces on the map: want 63", len(seen))
	}
	labels := slices.Sorted(maps.Values(m.Labels))
	if len(slices.Compact(labels)) != 63 {
		t.Error("two provinces have the same label")
	}
	for _, x := range m.Islands {
		if !want[x.Province] {
			t.Errorf("%v: no province %q", x.Name, x.Province)
		}
	}
}

func TestEventsLeadToServices(t *testing.T) {
	few, _ := bare()
	set := load(t, "2020-02-01", few)
	events := set.Pack.Events
	if len(events) != 8 {
		t.Errorf("%d events: want 8", len(events))
	}
	icons, err := os.ReadFile("../../web/icons.svg")
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range events {
		if !strings.Contains(string(icons), `id="`+e.Icon+`"`) {
			t.Errorf("event %s: no icon %q", e.ID, e.Icon)
		}
		for _, l := range lang.All() {
			if e.Title[l] == "" || e.Hint[l] == "" {
				t.Errorf("event %s: title or hint missing in %s", e.ID, l)
			}
		}
		for _, code := range e.Services {
			if p := set.Get(code); p == nil || !slices.Contains(p.Events, e.ID) {
				t.Errorf("event %s: service %s is not there or does not know of it", e.ID, code)
			}
		}
	}
	for _, p := range set.All() {
		for _, id := range p.Events {
			i := slices.IndexFunc(events, func(e procedure.Event) bool { return e.ID == id })
			if i < 0 || !slices.Contains(events[i].Services, p.Code) {
				t.Errorf("%s: event %q does not lead to it", p.File, id)
			}
		}
	}
}

func TestSynonyms(t *testing.T) {
	b, err := Files.ReadFile("synonyms.yaml")
	if err != nil {
		t.Fatal(err)
	}
	all, err := find.ReadSynonyms("synonyms.yaml", b)
	if err != nil {
		t.Fatal(err)
	}
	if len(all) < 80 {
		t.Errorf("%d lines: want 80", len(all))
	}
	passing := 0
	for _, x := range all {
		if len(x.Mean) == 0 {
			passing++
		}
		if len(x.Say) == 0 {
			t.Errorf("%v: nobody says it", x)
		}
	}
	if passing != 1 {
		t.Errorf("%d lines mean nothing: want one, of words said in passing", passing)
	}
}

func TestCodesFollowEachOther(t *testing.T) {
	var all []dossier.Pattern
	decode(t, "codes.yaml", &all)
	body := who.Body{Code: "H26.002", Code102: "000.00.002.H26"}
	for i, want := range []string{"000.00.002.H26-200302-0007", "H26.002-20200302-0000007"} {
		if got := all[i].Code(body, "2020-03-02", 7); got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	}
	for i := range len(all) - 1 {
		end, err := time.Parse(time.DateOnly, all[i].To)
		if next := end.AddDate(0, 0, 1).Format(time.DateOnly); err != nil || next != all[i+1].From {
			t.Errorf("pattern %d ends %s, the next begins %s", i, all[i].To, all[i+1].From)
		}
	}
}

func TestLetters(t *testing.T) {
	book, err := letter.Read(Files)
	if err != nil {
		t.Fatal(err)
	}
	p, err := procedure.ReadPack(Files)
	if err != nil {
		t.Fatal(err)
	}
	for id, want := range map[string]string{"receipt": "01", "supplement": "02", "refusal": "03", "apology": "04", "control": "05", "register": "06", "stopping": ""} {
		f := book.Form(id, "2020-03-02")
		if _, ok := p.Act(f.Law); f.Number != want || !ok || f.Closing[lang.VI] == "" {
			t.Errorf("%s is form %q of %q, want %s and a closing sentence", id, f.Number, f.Law, want)
		}
		for _, to := range lang.All() {
			if f.Title[to] == "" || book.Nation.Title[to] == "" || book.Nation.Motto[to] == "" {
				t.Errorf("%s: title missing in %s", id, to)
			}
		}
	}
}

// What says where it comes from cites an act that exists; an act ends after it began, before its successor.
func TestLawIsInOrder(t *testing.T) {
	p, err := procedure.ReadPack(Files)
	if err != nil {
		t.Fatal(err)
	}
	for _, a := range p.Law {
		for _, day := range []string{a.From, a.To} {
			if _, err := time.Parse(time.DateOnly, day); day != "" && err != nil {
				t.Errorf("%s: %v", a.ID, err)
			}
		}
		next, _ := p.Act(a.ReplacedBy)
		if a.To != "" && a.To <= a.From || a.ReplacedBy != "" && next.From <= a.To {
			t.Errorf("%s is in force from %s to %s, its successor from %s", a.ID, a.From, a.To, next.From)
		}
		if a.Number == "" || a.Title[lang.VI] == "" || a.Issuer[lang.VI] == "" || a.Kind == "" {
			t.Errorf("%s: number, title, issuer or kind is missing", a.ID)
		}
	}
}

func TestPersonID(t *testing.T) {
	for s, want := range map[string]bool{
		"001195000022":  true,  // a woman born in 1995, Hà Nội
		"096304123456":  true,  // a woman born in 2004, Cà Mau
		"038090000044":  true,  // a man born in 1990, Thanh Hóa
		"003195000022":  false, // there is no province 03
		"001495000022":  false, // the 22nd century
		"00119500002":   false,
		"0011950000222": false,
		"00119500002x":  false,
		"٠٠١١٩٥٠٠٠٠٢٢":  false, // digits, but not these
		"":              false,
	} {
		if got := PersonID(s); got != want {
			t.Errorf("%q: got %v, want %v", s, got, want)
		}
	}
}

func BenchmarkCountry(b *testing.B) {
	for b.Loop() {
		if _, err := Country(); err != nil {
			b.Fatal(err)
		}
	}
}
