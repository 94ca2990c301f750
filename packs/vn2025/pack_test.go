package vn2025

import (
	"strings"
	"testing"

	"motcua/base/lang"
	"motcua/kernel"
	"motcua/kernel/procedure"
	"motcua/packs/vn2020"
)

func TestCountry(t *testing.T) {
	c, err := Country()
	if err != nil {
		t.Fatal(err)
	}
	if got := len(c.Inside("")); got != 34 {
		t.Errorf("%d provinces, want 34", got)
	}
	for _, x := range []struct{ code, next, name string }{
		{"H63", "H38", "UBND tỉnh Lào Cai"},
		{"H63.STP", "H38.STP", "Sở Tư pháp Lào Cai"},
		{"H06.SXD", "H29.SXD", "Sở Xây dựng Hồ Chí Minh"},
		{"H57", "H57", "UBND thành phố Huế"},
		{"H26.002.00061", "H26.002.00061", "UBND phường Hàng Bạc"},
		{"G05", "G12", "Bộ Tài chính"},
		{"000.00.00.H63", "H38", "UBND tỉnh Lào Cai"},
	} {
		b, ok := c.Successor(x.code)
		if !ok || b.Code != x.next || b.Name[lang.VI] != x.name {
			t.Errorf("%s is carried on by %s, %s: want %s, %s", x.code, b.Code, b.Name[lang.VI], x.next, x.name)
		}
	}
	for _, b := range c.Ended() {
		if next, ok := c.Successor(b.Code); !ok || next.Next != "" || next.Level != b.Level {
			t.Errorf("%s: the successor %s is none, or of another level", b.Code, next.Code)
		}
		if b.To == "" || b.Name[lang.VI] == "" {
			t.Errorf("%s: ended on %q, called %q", b.Code, b.To, b.Name)
		}
	}
	if got := c.Seek("ubnd tinh yen bai", nil, 5); len(got) != 0 {
		t.Errorf("a body that ended is still offered: %v", got)
	}
}

// A code of the statistics office that was used again never turns an address on
// an older paper into another place.
func TestCodesUsedAgain(t *testing.T) {
	c, err := Country()
	if err != nil {
		t.Fatal(err)
	}
	for _, x := range []struct{ code, was, now string }{
		{"15", "Tỉnh Yên Bái", "Tỉnh Lào Cai"}, {"24", "Tỉnh Bắc Giang", "Tỉnh Bắc Ninh"}, {"44", "Tỉnh Quảng Bình", "Tỉnh Quảng Trị"},
		{"52", "Tỉnh Bình Định", "Tỉnh Gia Lai"}, {"80", "Tỉnh Long An", "Tỉnh Tây Ninh"}, {"82", "Tỉnh Tiền Giang", "Tỉnh Đồng Tháp"},
		{"91", "Tỉnh Kiên Giang", "Tỉnh An Giang"},
	} {
		if got := c.UnitName(x.code)[lang.VI]; got != x.was {
			t.Errorf("%s reads %q, want %q", x.code, got, x.was)
		}
		if got := c.UnitName(year + x.code)[lang.VI]; got != x.now {
			t.Errorf("%s reads %q, want %q", year+x.code, got, x.now)
		}
		u, _ := c.Unit(x.code)
		if got := c.UnitName(u.Next)[lang.VI]; got != x.now {
			t.Errorf("%s became %q, want %q: all of these stayed in the territory that took their code", x.was, got, x.now)
		}
	}
	if !c.Has("002", "01") || !c.Has("002", "2025-01") || c.Has("002", "2025-15") {
		t.Error("a district lies in its province of today, and in that of older papers, and in no other")
	}
}

// The pack is whole: what it does not say is as in vn2020, and every service compiles.
func TestPackReads(t *testing.T) {
	c, err := Country()
	if err != nil {
		t.Fatal(err)
	}
	p, err := kernel.ReadPack(Files, c, vn2020.PersonID)
	if err != nil {
		t.Fatal(err)
	}
	set, faults := procedure.Load(Files, p.Law)
	for _, f := range faults {
		t.Error(f)
	}
	if len(set.All()) < 8 {
		t.Errorf("%d services", len(set.All()))
	}
	for _, x := range set.All() {
		for _, b := range c.Ended() {
			if x.Decides(b) && strings.HasPrefix(b.Code, "H") {
				if next, _ := c.Successor(b.Code); !x.Decides(next) {
					t.Fatalf("%s decides on %s, its successor %s does not", b.Code, x.Code, next.Code)
				}
			}
		}
	}
}
