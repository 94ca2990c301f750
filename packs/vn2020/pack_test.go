package vn2020

import (
	"io/fs"
	"testing"

	"motcua/base/data"
	"motcua/kernel/procedure"
)

// Every procedure decodes into its type.
func TestProceduresDecode(t *testing.T) {
	names, err := fs.Glob(Files, "procedures/*.yaml")
	if err != nil || len(names) == 0 {
		t.Fatal(names, err)
	}
	for _, name := range names {
		b, _ := fs.ReadFile(Files, name)
		var p procedure.Procedure
		if err := data.Read(name, b, &p); err != nil {
			t.Error(err)
		}
	}
}
