package pades

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"motcua/base/verdict"
	"motcua/base/verdict/verdicttest"
)

// differs is where pdfsig is content with a file that we call changed, and why.
var differs = map[string]string{
	"appended and signed again": "each signature holds over its own revision, and the last covers the file; pdfsig does not compare what was appended between them",
	"a digit of a certificate":  "pdfsig is asked about signatures alone; we compare the certificate with the one whose hash is signed",
}

// tampered is a signed file after somebody was at it.
func tampered(t *testing.T, w world, b []byte, r *rand.Rand) map[string][]byte {
	t.Helper()
	from := bytes.Index(b, []byte("/Contents <")) + len("/Contents <")
	to := from + bytes.IndexByte(b[from:], '>')
	flip := func(at int) []byte { c := bytes.Clone(b); c[at] ^= 1; return c }
	digit := bytes.Clone(b)
	at := from + 400 + 2*r.IntN(100)
	digit[at] = map[bool]byte{true: '1', false: '0'}[digit[at] == '0']
	room := bytes.Clone(b)
	room[to-1] = '1'
	page := amend(t, b, func(u *update, root, page *value) { page.set("Contents", ref0(fake(u, "PAY 1000000"))) })
	return map[string][]byte{
		"a bit of what is covered":  flip(20 + r.IntN(from-100)),
		"a digit of a certificate":  digit,
		"bytes appended":            append(bytes.Clone(b), "%more\n"...),
		"cut":                       b[:len(b)-1-r.IntN(200)],
		"a page replaced":           page,
		"appended and signed again": again(w, t, page),
		"space in the room":         room,
	}
}

// pdfsig says whether it is content: every signature valid and the last over all of the file.
func pdfsig(t *testing.T, b []byte) bool {
	t.Helper()
	said, _ := verdicttest.Run("pdfsig", "-nocert", verdicttest.Save(t, "x.pdf", b))
	n := strings.Count(said, "Signature #")
	return n > 0 && strings.Count(said, "Signature is Valid.") == n && strings.Contains(said, "  - Total document signed")
}

// pdfsig and qpdf agree on honest files of four layouts; on tampered ones pdfsig
// agrees, or the reason is known. MOTCUA_LONG: 200 files.
func TestToolsAgree(t *testing.T) {
	for _, name := range []string{"pdfsig", "qpdf"} {
		tool(t, name)
	}
	w := newWorld(t)
	n := 4
	if long() {
		n = 200
	}
	asked, differ := 0, map[string]int{}
	for i := range n {
		r := rand.New(rand.NewPCG(uint64(i), 5))
		b := w.sign(t, producers[i%len(producers)].made(t, r), "An", day)
		for k := range r.IntN(3) {
			b = w.sign(t, b, fmt.Sprint("Người ký ", k), day.Add(time.Hour))
		}
		asked++
		if v := read(t, b, w.root); v.State != verdict.Valid || !pdfsig(t, b) {
			t.Errorf("%d: honest: %s %v", i, v.State, v.Why)
		}
		if said, ok := verdicttest.Run("qpdf", "--check", verdicttest.Save(t, "x.pdf", b)); !ok {
			t.Errorf("%d: qpdf: %s", i, said)
		}
		if long() && i >= 50 {
			continue
		}
		for name, bad := range tampered(t, w, b, r) {
			asked++
			v, err := Read(bad, w.root)
			ours := err == nil && v.State == verdict.Valid
			if ours {
				t.Errorf("%d: %s: valid", i, name)
			}
			if theirs := pdfsig(t, bad); theirs {
				if differs[name] == "" {
					t.Errorf("%d: %s: we say %s, pdfsig is content", i, name, v.State)
				}
				differ[name]++
			}
		}
	}
	verdicttest.Record(t, "pdfsig and qpdf", map[string]any{"honest": n, "asked": asked, "differ": differ, "why": differs})
}
