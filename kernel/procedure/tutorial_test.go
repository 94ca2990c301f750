package procedure_test

import (
	"os"
	"regexp"
	"strings"
	"testing"
	"testing/fstest"

	"motcua/kernel/procedure"
)

var snippet = regexp.MustCompile("(?s)```(yaml|console)\n(.*?)```")

// The tutorial is followed to the letter: its snippets are appended to the
// files they name, and each check it shows prints what it says it prints.
func TestTutorial(t *testing.T) {
	b, err := os.ReadFile("../../docs/tutorial/define-a-service.md")
	if err != nil {
		t.Fatal(err)
	}
	const dir = "packs/vn2020/"
	files := fstest.MapFS{}
	for _, name := range []string{"sectors.yaml", "events.yaml", "law.yaml"} {
		b, err := os.ReadFile("testdata/pack/" + name)
		if err != nil {
			t.Fatal(err)
		}
		files[dir+name] = &fstest.MapFile{Data: b}
	}
	load := func() (*procedure.Set, []procedure.Fault) {
		here := fstest.MapFS{}
		for name, f := range files {
			here[strings.TrimPrefix(name, dir)] = f
		}
		return procedure.Load(here, pack(t, here))
	}
	checks := 0
	for _, m := range snippet.FindAllStringSubmatch(string(b), -1) {
		kind, text := m[1], m[2]
		if kind == "yaml" {
			head, _, _ := strings.Cut(text, "\n")
			name := strings.TrimPrefix(head, "# ")
			if files[name] == nil {
				files[name] = &fstest.MapFile{}
			}
			files[name].Data = append(files[name].Data, text...)
			continue
		}
		command, want, _ := strings.Cut(text, "\n")
		name := command[strings.LastIndexByte(command, ' ')+1:]
		set, faults := load()
		got := ""
		for _, f := range faults {
			got += dir + f.Error() + "\n"
		}
		for _, p := range set.All() {
			got = name + ": " + p.Code + " is right, 3 examples\n"
		}
		if checks++; got != want {
			t.Errorf("%s\ngot:\n%s\nwant:\n%s", command, got, want)
		}
	}
	if checks != 2 {
		t.Errorf("the tutorial shows %d checks, want 2", checks)
	}
	set, faults := load()
	if len(faults) > 0 || len(set.All()) != 1 {
		t.Fatalf("at the end: %d services, faults %v", len(set.All()), faults)
	}
	p := set.All()[0]
	if got := p.TermsAt("H26.002.00061"); got.Limit.String() != "4h" || got.Set["limit"] != "H26.002" {
		t.Errorf("the overlay of the district gives %v", got)
	}
}
