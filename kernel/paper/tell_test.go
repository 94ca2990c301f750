package paper

import (
	"strings"
	"testing"

	"motcua/base/lang"
)

func TestShort(t *testing.T) {
	link := "https://dichvucong.example.gov.vn/c/0cn5ztygg0003c"
	for _, c := range []struct{ say, want string }{
		{"Đã nộp hồ sơ H26-1.  Hẹn trả: 17:00, thứ Ba. " + link, "Da nop ho so H26-1. Hen tra: 17:00, thu Ba. " + link},
		{"Dossier déposé, à bientôt", "Dossier depose, a bientot"},
		{"“Đủ” – rồi", "Du roi"},
	} {
		if got := strings.Join(strings.Fields(short(c.say)), " "); got != c.want {
			t.Errorf("short(%q) = %q, want %q", c.say, got, c.want)
		}
	}
	long := short(strings.Repeat("rất dài ", 40) + link)
	if len(long) > most || !strings.HasSuffix(long, ".. "+link) {
		t.Errorf("%d characters, want at most %d with the whole address: %s", len(long), most, long)
	}
}

func TestTidy(t *testing.T) {
	if got, want := tidy("Chào,\n\nmã 1. \n\n\n\nhết \n"), "Chào,\n\nmã 1.\n\nhết"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
}

func TestLower(t *testing.T) {
	for in, want := range map[string]string{"Đăng ký khai sinh": "đăng ký khai sinh", "UBND xã": "UBND xã", "Ở": "ở", "": ""} {
		if got := lower(in); got != want {
			t.Errorf("lower(%q) = %q, want %q", in, got, want)
		}
	}
}

func TestSaid(t *testing.T) {
	for about, want := range map[string]string{"": "mờ", "Ảnh": "Ảnh: mờ", "Bao nhiêu kW?": "Bao nhiêu kW? mờ", "Bị tước quyền.": "Bị tước quyền. mờ"} {
		if got := said(about, "mờ"); got != want {
			t.Errorf("said(%q) = %q, want %q", about, got, want)
		}
	}
}

// Every kind of news has its three texts in every language, and its short one
// fits where code and address are as long as they get.
func TestNewsTexts(t *testing.T) {
	texts, err := lang.Load(texts)
	if err != nil {
		t.Fatal(err)
	}
	code, link := "000.00.00.H26.002.00061-20261123-0000012", "https://dichvucong.hanoi.example.gov.vn/c/0cn5ztygg0003c"
	for _, what := range []string{"filed", "received", "supplied", "action", "ready", "returned", "corrected", "closed"} {
		for _, key := range []string{"paper.mail." + what, "paper.mail." + what + ".subject", "paper.sms." + what} {
			if !texts.Has(key) {
				t.Errorf("no text %s", key)
			}
		}
		for _, l := range lang.All() {
			v := lang.Voice{Lang: l, Catalogue: texts}
			due := v.T("paper.mail.due", v.T("paper.moment", "17:00", "thứ Tư", "25/11/2026"))
			said := short(v.T("paper.sms."+what, "", "", code, due, link, "", "", "đã cấp kết quả thay thế", "", ""))
			if len(said) > most || !strings.Contains(said, code) || !strings.HasSuffix(said, link) {
				t.Errorf("%s in %s, %d characters: %s", what, l, len(said), said)
			}
		}
	}
}
