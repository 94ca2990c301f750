package data

import "testing"

func TestWhere(t *testing.T) {
	l := Where([]byte("a: 1\nb:\n  - x: 2\n  - y:\n      z: 3\nc/d: &it\n  e: 4\nf: *it\n"))
	for at, want := range map[string]int{"/a": 1, "/b": 2, "/b/0": 3, "/b/0/x": 3, "/b/1/y/z": 5, "/c~1d/e": 7,
		"/f/e": 8, "/b/1/nothing/here": 4, "/nothing": 1, "": 1} {
		if got := l.Of(at); got != want {
			t.Errorf("line of %q: got %d, want %d", at, got, want)
		}
	}
	if got := Where([]byte("\t{")).Of("/a"); got != 0 {
		t.Errorf("line in a file that is no YAML: got %d, want 0", got)
	}
}
