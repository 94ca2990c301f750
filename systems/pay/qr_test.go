package pay_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"motcua/base/db/dbtest"
	"motcua/systems/pay/book"
	"motcua/systems/pay/vietqr"
)

// TestPicture reads the code back from the picture with a reader that is not ours.
func TestPicture(t *testing.T) {
	zbar, err := exec.LookPath("zbarimg")
	if err != nil {
		if os.Getenv("MOTCUA_TEST_NEED_TOOLS") == "1" {
			t.Fatal(err)
		}
		t.Skip("zbarimg is not here")
	}
	r := open(t, dbtest.SQLite(t), 0)
	_, o := r.owing(t)
	a := r.As(t, "applicant").Get("/pay/" + o.ID.String() + "/qr.png")
	if a.Status != 200 {
		t.Fatalf("status %d", a.Status)
	}
	file := filepath.Join(t.TempDir(), "qr.png")
	if err := os.WriteFile(file, []byte(a.Body), 0o600); err != nil {
		t.Fatal(err)
	}
	out, err := exec.Command(zbar, "--quiet", "--raw", file).Output()
	if err != nil {
		t.Fatal(err)
	}
	want, err := vietqr.Transfer{Bank: "970499", Account: "3511260000", Amount: 100_000, Words: book.Code(o.ID)}.Text()
	if got := strings.TrimSpace(string(out)); err != nil || got != want {
		t.Errorf("read back %q, want %q (%v)", got, want, err)
	}
	if a := r.As(t, "").Get("/pay/" + o.ID.String() + "/qr.png"); a.Status != 401 && a.Status != 303 {
		t.Errorf("a visitor gets status %d", a.Status)
	}
}
