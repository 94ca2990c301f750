package main

import (
	"io/fs"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"motcua/base/lang"
	"motcua/kernel/deeds"
)

// others are the acts of the registers that are no administrator's doing: a
// person's own account and rights, a clerk's and an officer's work, the node's.
var others = []string{"account.close", "account.leave", "account.stay", "app.add", "app.remove", "consent.give", "consent.withdraw", "contact.ask", "contact.done", "contact.set", "contact.stop", "keys.confirm", "keys.wish",
	"level.ask", "level.doubt", "level.judge", "level.reach", "level.refuse", "level.stop", "level.withdraw", "lists.keep", "mydata.copy", "org.add", "passkey.add", "passkey.remove", "password.set", "pay.statement",
	"person.look", "recover.ask", "recover.refuse", "recover.second", "recover.trust", "recovery.make", "recovery.use", "register.draw", "register.issue", "sync.statement"}

// TestEveryActOfARegisterIsSomebodys: whoever adds an act to a register says whether it is an
// administrator's; else he would do it unseen.
func TestEveryActOfARegisterIsSomebodys(t *testing.T) {
	t.Parallel()
	record := regexp.MustCompile(`\b(?:(?:Record(?:As)?|noted)\([^"\n]*"([a-z]+(?:\.[a-z]+)+)"|console\([^"\n]*"([a-z]+)")`)
	var found, kinds []string
	var said []fs.FS
	for _, s := range systems(settings{}) {
		if s.Name == "deeds" || s.Deeds != nil {
			said = append(said, s.Texts...)
		}
	}
	texts, err := lang.Load(said...)
	if err != nil {
		t.Fatal(err)
	}
	for _, k := range deeds.Kinds(systems(settings{})) {
		if slices.Contains(kinds, k.Act) || !texts.Has(k.Text) {
			t.Errorf("%s is declared twice, or nothing is called %s", k.Act, k.Text)
		}
		kinds = append(kinds, k.Act)
	}
	for _, root := range []string{".", "kernel", "systems", "packs"} {
		err := fs.WalkDir(os.DirFS(root), ".", func(path string, d fs.DirEntry, err error) error {
			if d != nil && d.IsDir() && root == "." && path != "." {
				return fs.SkipDir
			}
			if err != nil || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
				return err
			}
			b, err := os.ReadFile(root + "/" + path)
			for _, m := range record.FindAllSubmatch(b, -1) {
				act := string(m[1])
				if act == "" {
					act = "console." + string(m[2])
				}
				if found = append(found, act); !slices.Contains(others, act) && !slices.Contains(kinds, act) {
					t.Errorf("%s records %s, which no system declares as a deed and is not in others", path, act)
				}
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	for _, act := range others {
		if !slices.Contains(found, act) || slices.Contains(kinds, act) {
			t.Errorf("nobody records %s, or it is a deed", act)
		}
	}
}
