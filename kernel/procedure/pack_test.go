package procedure_test

import (
	"io/fs"
	"os"
	"testing"

	"motcua/kernel/form"
	"motcua/kernel/procedure"
	"motcua/kernel/who"
)

// bodies of the test country, each with the one above it.
var bodies = map[string]who.Body{
	"H26":           {Code: "H26", Level: "province"},
	"H26.002":       {Code: "H26.002", Level: "district", Parent: "H26"},
	"H26.002.00061": {Code: "H26.002.00061", Level: "commune", Parent: "H26.002"},
}

// pack is the test country, on the day of the first case.
func pack(t testing.TB, files fs.FS) procedure.Pack {
	t.Helper()
	p, err := procedure.ReadPack(files)
	if err != nil {
		t.Fatal(err)
	}
	p.Body = func(code string) (who.Body, bool) { b, ok := bodies[code]; return b, ok }
	p.Env = form.Env{Today: "2020-03-02", Unit: func(code, parent string) bool {
		over, ok := map[string]string{"01": "", "002": "01", "00061": "002"}[code]
		return ok && over == parent
	}}
	return p
}

func testPack(t testing.TB) procedure.Pack { return pack(t, os.DirFS("testdata/pack")) }
