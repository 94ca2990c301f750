package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"motcua/base/db/dbtest"
	"motcua/kernel/dossier"
	"motcua/kernel/paper"
)

// scan reads the code on the first page of b as a phone does: from its picture.
func scan(t *testing.T, b []byte) []string {
	t.Helper()
	tool(t, "pdftoppm")
	tool(t, "zbarimg")
	name := put(t, "scan.pdf", b)
	picture := strings.TrimSuffix(name, ".pdf")
	if out, err := exec.Command("pdftoppm", "-r", "200", "-f", "1", "-l", "1", "-singlefile", "-png", name, picture).CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	out, err := exec.Command("zbarimg", "--quiet", "--raw", "-Sdisable", "-Sqrcode.enable", picture+".png").Output()
	if err != nil {
		t.Fatalf("no code in the picture: %v", err)
	}
	return strings.Split(strings.TrimRight(string(out), "\n"), "\n")
}

// moving is what differs from one run to the next.
var moving = regexp.MustCompile(`[A-Z]\d\d\.002\.00061-\d{8}-\d{7}(-[0-9A-Z]{4})?|\d\d:\d\d(:\d\d)?|\d\d/\d\d/\d{4}|(thứ \pL+|Chủ nhật|chủ nhật)|ngày \d\d tháng \d\d năm \d{4}|[0-9a-f]{8}( [0-9a-f]{8}){3}|http://[0-9.:]+|127\.0\.0\.1:\d+`)

// TestForms asks for every form of one story, looks whether each is signed, says
// its number and bears the code that the circular asks for.
func TestForms(t *testing.T) {
	h := openHouse(t, dbtest.SQLite(t))
	d := h.tell("1.001193", "Giấy chứng sinh mờ")
	k := h.Procedures.Get("1.001193").Kind()
	for _, p := range paper.Inside(d, k) {
		b := h.pdf("leader", "/work/d/"+d.ID.String()+"/"+p.Path())
		if dir := os.Getenv("MOTCUA_TEST_KEEP"); dir != "" {
			if err := os.WriteFile(filepath.Join(dir, string(p.Sort)+".pdf"), b, 0o644); err != nil {
				t.Fatal(err)
			}
		}
		fmt.Println(p.Sort, scan(t, b))
	}
	_ = dossier.Applicant
}
