package main

import (
	"bytes"
	"crypto/sha256"
	"encoding/pem"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"motcua/base/db"
	"motcua/base/db/dbtest"
	"motcua/base/verdict/verdicttest"
)

// A root outside is trusted by who has the machine and knows its fingerprint;
// the root's own list is signed anew with the key from the safe. Both are acts.
func TestRootsCommand(t *testing.T) {
	dbtest.EachURL(t, func(t *testing.T, url string) {
		a := testApp(t, url)
		acts := func(act string) (n int) {
			t.Helper()
			err := a.DB.Read(t.Context(), func(tx *db.Tx) error {
				return tx.Row(`select count(*) from act where act = $1`, act).Scan(&n)
			})
			if err != nil {
				t.Fatal(err)
			}
			return n
		}
		dir := t.TempDir()
		file := filepath.Join(dir, "root.pem")
		w := verdicttest.New(t)
		if err := os.WriteFile(file, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: w.Root.Raw}), 0o600); err != nil {
			t.Fatal(err)
		}
		sum := fmt.Sprintf("%x", sha256.Sum256(w.Root.Raw))
		roots := func(want int, says string, args ...string) string {
			t.Helper()
			var out, errs bytes.Buffer
			code := run(t.Context(), append([]string{"roots"}, append(args, "--dir", a.Dir, "--db", url)...), &out, &errs)
			if code != want || !strings.Contains(out.String()+errs.String(), says) {
				t.Errorf("roots %v: exit %d, want %d and %q:\n%s%s", args, code, want, says, &out, &errs)
			}
			return out.String()
		}
		roots(2, "motcua roots trust")
		roots(1, "the fingerprint is "+sum, "trust", file, "--sha256", strings.Repeat("0", 64))
		if n := acts("keys.root.trust"); n != 0 {
			t.Errorf("%d acts of trust, want none", n)
		}
		roots(0, sum, "trust", file, "--sha256", strings.ToUpper(sum[:2]+":"+sum[2:]))
		if n := acts("keys.root.trust"); n != 1 {
			t.Errorf("%d acts of trust, want 1", n)
		}
		if out := roots(0, "root", "drop", sum); strings.Contains(out, sum) {
			t.Error("a root that was dropped is trusted still")
		}
		roots(1, "root key", "relist", file)
		roots(0, "root", "relist", filepath.Join(a.Dir, "root-key.pem"))
		if d, r := acts("keys.root.drop"), acts("keys.root.relist"); d != 1 || r != 1 {
			t.Errorf("%d acts of dropping, %d of the list, want 1 and 1", d, r)
		}
	})
}
