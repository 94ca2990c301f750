package nps

import (
	"fmt"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"motcua/kernel/mirror"
)

const page = "../../../docs/tutorial/field-names.md"

// TestFieldNames writes the page of names from the code, and compares.
func TestFieldNames(t *testing.T) {
	var b strings.Builder
	b.WriteString("# Field names\nWhat a line of `POST /api/v1/sync/dossiers` calls each field, and what the national portal's services call it.\n" +
		"Written from the code (`packs/vn2020/nps`, `kernel/mirror`) by `MOTCUA_GOLDEN=1 go test ./packs/vn2020/nps`.\n")
	table(t, &b, "The dossier (DongBoHoSoMC)", dossier, mirror.Dossier)
	for _, n := range dossier {
		if n.many != nil {
			table(t, &b, n.ours+" ("+n.national+")", n.many, of(mirror.Dossier, n.ours).Of)
		}
	}
	table(t, &b, "progress (CapNhatTienDoHoSoMC)", step, of(mirror.Dossier, "progress").Of)
	if os.Getenv("MOTCUA_GOLDEN") != "" {
		if err := os.WriteFile(page, []byte(b.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	got, err := os.ReadFile(page)
	if err != nil || string(got) != b.String() {
		t.Errorf("%s is not what the code says (%v); MOTCUA_GOLDEN=1 writes it anew", page, err)
	}
}

func of(s mirror.Shape, name string) mirror.Field {
	if i := slices.IndexFunc(s, func(f mirror.Field) bool { return f.Name == name }); i >= 0 {
		return s[i]
	}
	return mirror.Field{}
}

// table is every field of a shape with its national name; a name of the
// adapter that is no field of the shape would be lost on its way.
func table(t *testing.T, b *strings.Builder, title string, names []name, s mirror.Shape) {
	fmt.Fprintf(b, "\n## %s\n| ours | national | what it holds |\n|---|---|---|\n", title)
	for _, f := range s {
		national := ""
		for _, n := range names {
			if n.ours == f.Name {
				national = "`" + n.national + "`"
			}
		}
		need := ""
		if f.Need {
			need = ", required"
		}
		fmt.Fprintf(b, "| `%s` | %s | %s%s |\n", f.Name, national, holds(f), need)
	}
	for _, n := range names {
		if of(s, n.ours).Name == "" {
			t.Errorf("%s becomes %s, which is no field of a line", n.national, n.ours)
		}
	}
}

func holds(f mirror.Field) string {
	switch f.Sort {
	case mirror.Whole:
		return fmt.Sprintf("number, %d to %d", f.Least, f.Most)
	case mirror.Flag:
		return "true or false"
	case mirror.Moment:
		return "moment, RFC 3339 with its zone"
	case mirror.Choice:
		return strings.Join(f.Among, ", ")
	case mirror.Many:
		return fmt.Sprintf("list, at most %d", f.Most)
	}
	return fmt.Sprintf("text, at most %d characters", f.Most)
}

// TestEveryNationalNameIsKnown reads the list of the national services' fields
// where it is at hand.
func TestEveryNationalNameIsKnown(t *testing.T) {
	b, err := os.ReadFile("../../../../shared/design/domain.md")
	if err != nil {
		t.Skip("the facts of the domain are not here")
	}
	_, text, _ := strings.Cut(string(b), "Dossier fields: ")
	text, _, _ = strings.Cut(text, "Document kind")
	known, err := os.ReadFile(page)
	if err != nil {
		t.Fatal(err)
	}
	names := regexp.MustCompile(`\b[A-Z][a-zA-Z]*[a-z][A-Z][a-zA-Z]+\b`).FindAllString(text, -1)
	if len(names) < 50 {
		t.Fatalf("%d names: the list is told otherwise now", len(names))
	}
	for _, n := range names {
		if !strings.Contains(string(known), "`"+n+"`") && n != "CapNhatTienDoHoSoMC" && n != "MaHoSo" {
			t.Errorf("%s has no name of ours", n)
		}
	}
}
