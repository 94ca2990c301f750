package clamd

import (
	"strings"
	"testing"
)

func FuzzVerdict(f *testing.F) {
	for _, s := range []string{"stream: OK", "stream: Win.Test.EICAR_HDB-1 FOUND", "INSTREAM size limit exceeded. ERROR", "stream: x ERROR", "stream: OK FOUND", "", "stream:  FOUND"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, line string) {
		found, err := verdict(line)
		switch {
		case err == nil && found == "" && line != "stream: OK":
			t.Errorf("%q is taken for clean", line)
		case found != "" && (err != nil || line != "stream: "+found+" FOUND" || strings.ContainsAny(found, "\r\n\x00\x1b")):
			t.Errorf("%q gives %q, %v", line, found, err)
		}
	})
}
