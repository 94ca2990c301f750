package main

import (
	"bytes"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	assets "motcua/web"
)

// TestSBOM: the built program names what it is made of, each library once and as
// the lock files have it, and nothing that it was only built or tested with.
func TestSBOM(t *testing.T) {
	t.Parallel()
	program := filepath.Join(t.TempDir(), "motcua")
	if out, err := exec.Command("go", "build", "-o", program, ".").CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	write := func() []byte {
		out, err := exec.Command(program, "version", "--sbom").Output()
		if err != nil {
			t.Fatal(err)
		}
		return out
	}
	out := write()
	var b bom
	if err := json.Unmarshal(out, &b); err != nil || b.Format != "CycloneDX" || b.Spec != "1.6" || b.Version != 1 {
		t.Fatalf("%v: %.200s", err, out)
	}
	if !bytes.Equal(out, write()) {
		t.Error("the same program writes another bill")
	}
	list, err := exec.Command("go", "version", "-m", program).Output()
	if err != nil {
		t.Fatal(err)
	}
	var want []string
	for _, m := range regexp.MustCompile(`(?m)^\tdep\t(\S+)\t(\S+)\t(\S+)`).FindAllStringSubmatch(string(list), -1) {
		want = append(want, m[1]+" "+m[2]+" "+m[3])
	}
	var linked, web, refs []string
	for _, c := range b.Components {
		refs = append(refs, c.Ref)
		switch {
		case c.Name == "std":
		case strings.HasPrefix(c.PURL, "pkg:golang/"):
			linked = append(linked, c.Name+" "+c.Version+" "+c.Properties[0].Value)
		case len(c.Hashes) == 1 && len(c.Hashes[0].Content) == 128 && len(c.Licenses) == 1:
			web = append(web, c.Name)
		default:
			t.Errorf("%s has no hash or licence", c.Ref)
		}
	}
	slices.Sort(want)
	slices.Sort(linked)
	if len(want) < 20 || !slices.Equal(linked, want) {
		t.Errorf("got %v\nwant %v", linked, want)
	}
	if slices.Sort(web); !slices.Contains(web, "@digdir/designsystemet-css") || slices.Contains(web, "axe-core") {
		t.Errorf("of the front end: %v", web)
	}
	if !slices.Equal(b.Dependencies[0].On, refs) || !slices.IsSorted(refs) || len(slices.Compact(slices.Clone(refs))) != len(refs) {
		t.Error("the references are not each once, in order")
	}
	lock, err := os.ReadFile("web/package-lock.json")
	if err != nil || !bytes.Equal(lock, assets.Lock) {
		t.Errorf("the lock file in the program is another: %v", err)
	}
}
