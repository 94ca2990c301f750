package account

import (
	"strings"
	"testing"
)

func FuzzAccount(f *testing.F) {
	f.Add([]byte(`{"code":"HB-1","version":1,"body":"H26","state":4}`))
	f.Add([]byte("code,version,state,body\nA,1,4,H26\n\"A\nB\",2,5,\n"))
	f.Add([]byte("\ufeffcode,version,state\n\"\n"))
	f.Fuzz(func(t *testing.T, b []byte) {
		for _, read := range []func(string) (dossiers, error){
			func(s string) (dossiers, error) { return readLines(strings.NewReader(s), "H26") },
			func(s string) (dossiers, error) { return readTable(strings.NewReader(s), "H26") },
		} {
			all, err := read(string(b))
			if err != nil {
				continue
			}
			for k, x := range all {
				if k.code == "" || k.body == "" || x.Version < 1 || x.State < 1 || x.State > 10 {
					t.Fatalf("%q: %v %+v", b, k, x)
				}
			}
		}
	})
}
