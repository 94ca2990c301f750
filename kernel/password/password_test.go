package password

import (
	"context"
	"crypto/fips140"
	"crypto/sha1"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"motcua/base/fault"
)

var own = []string{"nguyen.lan", "Nguyễn Thị Lan", "lan.nguyen90", "0912345678", "001190012345", "1990-02-28"}

// said is which sentence refuses a password, "" for none.
func said(k *Keeper, password string) string {
	err := k.fit(password, own)
	var f *fault.Error
	if !errors.As(err, &f) {
		return ""
	}
	return strings.TrimPrefix(f.Fields[0].Code, "password.")
}

func TestRefuses(t *testing.T) {
	if !Built() {
		t.Skip("the list is not built: make assets")
	}
	k := NewKeeper()
	k.Words = []string{"dvc.example.vn"}
	for password, want := range map[string]string{
		"ngắn quá":                     "short",
		strings.Repeat("dài lắm ", 26): "long",
		"password123":                  "common",
		"P@ssw0rd2019!":                "common",
		"Matkhau@123":                  "common",
		"mậtkhẩu123456":                "common",
		"1234567890":                   "common",
		"0987654321012":                "common",
		"qwertyuiop123":                "common",
		"aaaaaaaaaaaaaaaaaaa":          "common",
		"Abc@123456":                   "common",
		"Anhyeuem1990":                 "common",
		"DichVuCong2020":               "common",
		"iloveyou!!!!":                 "common",
		"091234567890":                 "common", // numbers of phones and persons are soon tried
		"nguyenthilan@":                "common",
		"001190012345xx":               "common",
		"lan.nguyen90":                 "own",
		"Nguyễn Thị Lan 90":            "own",
		"thilan28021990!":              "own",
		"example.vn-nguyen":            "own",
		"một câu dễ nhớ":               "",
		"mot hai ba bon":               "",
		"mật khẩu rất dài":             "",
		"đo cho thật công bằng":        "",
		"xkqz7vbn2m":                   "",
		"correct horse battery staple": "",
		"trời mưa trên phố 3 lần":      "",
		"Lan đi chợ mua bưởi":          "",
	} {
		if got := said(k, password); got != want {
			t.Errorf("%q: %q, want %q", password, got, want)
		}
	}
}

// TestMostCommon counts what ASVS 6.2.4 asks for: the 3,000 most common passwords
// that are long enough, each refused as it stands.
func TestMostCommon(t *testing.T) {
	if !Built() {
		t.Skip("the list is not built: make assets")
	}
	b, err := dist.ReadFile(built)
	if err != nil {
		t.Fatal(err)
	}
	all := strings.Split(strings.TrimSuffix(string(b), "\n"), "\n")
	if !slices.IsSorted(all) {
		t.Error("the list is not in order")
	}
	n, k := 0, NewKeeper()
	for i, w := range all {
		if utf8.RuneCountInString(w) < Least {
			continue
		}
		if n++; n%200 == 0 || i == len(all)-1 {
			if k.fit(w, nil) == nil {
				t.Errorf("%q is taken", w)
			}
		}
	}
	if n < 30_000 {
		t.Errorf("%d passwords of %d characters and more, want 30,000", n, Least)
	}
	t.Logf("%d listed, %d of them long enough", len(all), n)
}

// sum is what a corpus keeps of a password.
func sum(password []byte) (s [sha1.Size]byte) {
	fips140.WithoutEnforcement(func() { s = sha1.Sum(password) })
	return s
}

func TestBreached(t *testing.T) {
	leaked, safe := "bí mật đã lộ rồi", "bí mật chưa ai biết"
	var hashes []string
	for i := range 3000 {
		hashes = append(hashes, fmt.Sprintf("%X:%d", sum(fmt.Append(nil, "lộ", i)), i+1))
	}
	hashes = append(hashes, fmt.Sprintf("%X:7", sum([]byte(leaked))))
	slices.Sort(hashes)
	dir := t.TempDir()
	write := func(name, text string) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	folder := filepath.Join(dir, "ranges")
	if err := os.Mkdir(folder, 0o700); err != nil {
		t.Fatal(err)
	}
	ranges := map[string]string{}
	for _, p := range []string{leaked, safe, "password", "lộ0", "lộ2999"} {
		ranges[fmt.Sprintf("%X", sum([]byte(p)))[:5]] = ""
	}
	for _, h := range hashes {
		if _, asked := ranges[h[:5]]; asked {
			ranges[h[:5]] += h[5:] + "\r\n"
		}
	}
	for p, text := range ranges {
		write("ranges/"+p+map[bool]string{true: ".txt"}[p < "8"], text)
	}
	for name, path := range map[string]string{"file": write("all.txt", strings.Join(hashes, "\r\n")+"\r\n"), "folder": folder} {
		c, err := Open(path)
		if err != nil {
			t.Fatal(name, err)
		}
		for p, want := range map[string]bool{leaked: true, "lộ0": true, "lộ2999": true, safe: false} {
			if got, err := c.Has(p); got != want || err != nil {
				t.Errorf("%s: %q leaked %v %v, want %v", name, p, got, err, want)
			}
		}
		k := NewKeeper()
		k.Breached = c
		if got := said(k, leaked); got != "breached" {
			t.Errorf("%s: %q is refused by %q", name, leaked, got)
		}
	}
	for _, bad := range []string{filepath.Join(dir, "none"), write("bad.txt", strings.Repeat("x", 500))} {
		if _, err := Open(bad); err == nil {
			t.Errorf("%s was opened", bad)
		}
	}
	c, _ := Open(filepath.Join(dir, "all.txt"))
	if err := os.Remove(filepath.Join(dir, "all.txt")); err != nil {
		t.Fatal(err)
	}
	k := NewKeeper()
	k.Breached = c
	if _, err := k.Hash(t.Context(), safe); err == nil {
		t.Error("a corpus that is gone refuses nothing, and nobody is told")
	}
}

func TestHash(t *testing.T) {
	k := NewKeeper()
	stored, err := k.Hash(t.Context(), "một câu dễ nhớ")
	if err != nil {
		t.Fatal(err)
	}
	for p, want := range map[string]bool{"một câu dễ nhớ": true, "một câu dễ nhớ ": false, "": false} {
		if got, err := k.Is(t.Context(), stored, p); got != want || err != nil {
			t.Errorf("%q: %v %v, want %v", p, got, err, want)
		}
	}
	if _, err := k.Is(t.Context(), "x", "x"); err == nil {
		t.Error("a stored form that is none")
	}
	gone, end := context.WithCancel(t.Context())
	end()
	for range cap(k.free) {
		<-k.free
	}
	if _, err := k.Is(gone, stored, "x"); fault.Of(err) != fault.Unavailable {
		t.Errorf("who waits no longer: %v", err)
	}
}

// FuzzGuesses: no password has more pieces than characters, and what is known of
// its owner makes it no harder to guess.
func FuzzGuesses(f *testing.F) {
	f.Add("P@ssw0rd 1990", "Nguyễn Văn An")
	f.Add("\xff\u0301İ", "2000-01-01")
	f.Fuzz(func(t *testing.T, password, who string) {
		if len(password) > 4*Most {
			return
		}
		n := guesses(password, nil)
		if most := utf8.RuneCountInString(Fold(password)); n > most {
			t.Errorf("%d pieces of %d characters", n, most)
		}
		if m := guesses(password, names([]string{who})); m > n {
			t.Errorf("%d pieces, with what is known %d", n, m)
		}
	})
}
