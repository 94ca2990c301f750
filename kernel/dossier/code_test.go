package dossier

import (
	"strings"
	"testing"

	"motcua/kernel/who"
)

func TestPrintedCodes(t *testing.T) {
	b := who.Body{Code: "H26.002.00061", Code102: "000.00061.002.H26"}
	for pattern, want := range map[string]string{
		"{code102}-{yymmdd}-{seq4}": "000.00061.002.H26-200302-0007",
		"{code}-{yyyymmdd}-{seq7}":  "H26.002.00061-20200302-0000007",
	} {
		d := Dossier{Code: Pattern{Pattern: pattern}.Code(b, "2020-03-02", 7), Tail: "K7QF"}
		if d.Code != want {
			t.Errorf("%s writes %s, want %s", pattern, d.Code, want)
		}
		code, tail, ok := cutTail(d.Printed())
		if code != d.Code || tail != d.Tail || !ok {
			t.Errorf("%s reads as %q %q %v", d.Printed(), code, tail, ok)
		}
		if _, _, ok := cutTail(d.Code); ok {
			t.Errorf("%s has no tail, and one was found", d.Code)
		}
	}
}

func FuzzCode(f *testing.F) {
	f.Add("H26.002.00061-20200302-0000007-K7QF")
	f.Add("000.00.00.H26-200302-0007")
	f.Fuzz(func(t *testing.T, s string) {
		code, tail, ok := cutTail(s)
		if !ok && (code != s || tail != "") {
			t.Errorf("%q: no tail, and yet %q %q", s, code, tail)
		}
		if d := (&Dossier{Code: code, Tail: tail}); ok && (d.Printed() != s || strings.Contains(tail, "-")) {
			t.Errorf("%q reads as %q and %q", s, code, tail)
		}
	})
}
