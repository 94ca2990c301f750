package lang

import (
	"context"
	"strings"
	"testing"
	"testing/fstest"
	"time"
)

func voice(t *testing.T, l Lang) Voice {
	c, err := Load(fstest.MapFS{"texts.yaml": {Data: []byte(`a.b: {vi: "{0} hồ sơ, hạn {1}", en: "{0} dossiers, due {1}", fr: "{0} dossiers, dus le {1}"}`)}})
	if err != nil {
		t.Fatal(err)
	}
	return Voice{Lang: l, Zone: time.FixedZone("", 7*3600), Catalogue: c}
}

func TestSay(t *testing.T) {
	at := time.Date(2026, 3, 2, 10, 30, 0, 0, time.UTC)
	for l, want := range map[Lang]string{VI: "1.900.000 hồ sơ, hạn 17:30, 02/03/2026", EN: "1,900,000 dossiers, due 17:30, 02/03/2026", FR: "1 900 000 dossiers, dus le 17:30, 02/03/2026"} {
		if got := voice(t, l).T("a.b", 1_900_000, at); got != want {
			t.Errorf("%s: got %q, want %q", l, got, want)
		}
	}
	v := voice(t, VI)
	if got := v.T("no.such"); got != "[no.such]" {
		t.Errorf("a missing text says %q", got)
	}
	if got := v.Of(Say("{0}{9} {x} {"), "a{0}"); got != "a{0}{9} {x} {" {
		t.Errorf("holes without arguments: %q", got)
	}
	if got := T(With(context.Background(), v), "a.b", 1, 2); got != "1 hồ sơ, hạn 2" {
		t.Errorf("through the context: %q", got)
	}
}

func TestLoadRefuses(t *testing.T) {
	for why, text := range map[string]string{
		"missing in fr": `a: {vi: "x", en: "x"}`,
		"other holes":   `a: {vi: "{0}", en: "x", fr: "{0}"}`,
	} {
		if _, err := Load(fstest.MapFS{"texts.yaml": {Data: []byte(text)}}); err == nil {
			t.Errorf("%s passed", why)
		}
	}
	one := fstest.MapFS{"texts.yaml": {Data: []byte(`a: {vi: "x", en: "x", fr: "x"}`)}}
	if _, err := Load(one, one); err == nil || !strings.Contains(err.Error(), "twice") {
		t.Errorf("a text said twice: %v", err)
	}
}

func TestFold(t *testing.T) {
	for in, want := range map[string]string{"Đổi giấy phép lái xe": "doi giay phep lai xe", "  ĐƯỜNG  Lý-Thường Kiệt! ": "duong ly thuong kiet", "": "", "H26": "h26"} {
		if got := Fold(in); got != want {
			t.Errorf("Fold(%q) = %q, want %q", in, got, want)
		}
	}
}

func FuzzFold(f *testing.F) {
	f.Add("Đăng ký Khai sinh")
	f.Fuzz(func(t *testing.T, s string) {
		if once := Fold(s); Fold(once) != once {
			t.Errorf("Fold(%q) = %q, and again %q", s, once, Fold(once))
		}
	})
}
