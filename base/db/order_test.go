package db

import "testing"

func TestInOrderOf(t *testing.T) {
	for q, want := range map[string]string{
		"select 1":                 "select 1",
		"a = $1 and b in ($2, $3)": "a = ? and b in (?, ?)",
		"b = $2 and a = $1":        "b = $2 and a = $1",
		"a = $1 or b = $1":         "a = $1 or b = $1",
		"a = '$1' and b = $1":      "a = '$1' and b = ?",
		"a = $x":                   "a = $x",
	} {
		if got := inOrderOf(q); got != want {
			t.Errorf("%s: got %s, want %s", q, got, want)
		}
	}
}
