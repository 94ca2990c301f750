package main

import (
	"os"
	"path/filepath"
	"testing"
)

func TestUnlayer(t *testing.T) {
	for in, want := range map[string]string{
		"@layer a, b;p{x:y}":                            "p{x:y}",
		"@layer a{p{x:y}}q{}":                           "p{x:y}q{}",
		"@layer a.b {@media print{p{x:y}}} /* { */ q{}": "@media print{p{x:y}}  q{}",
		"@layer t.dark{p{}}q{}":                         "@media screen{p{}}q{}",
		"@layer a{@layer b{p{}}}":                       "p{}",
		"p{x:y}":                                        "p{x:y}",
	} {
		if got := unlayer(in); got != want {
			t.Errorf("%s: got %q, want %q", in, got, want)
		}
	}
}

func TestSqueeze(t *testing.T) {
	const in = "<svg>\n<!-- why -->\n<symbol id=\"a\">\n  <path d=\"M0 0\"/></symbol>\n</svg>\n"
	const want = `<svg><symbol id="a"><path d="M0 0"/></symbol></svg>`
	if got := string(squeeze([]byte(in))); got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

func TestEmptyKeepsThePlaceholder(t *testing.T) {
	dir := t.TempDir()
	for _, name := range []string{"placeholder.txt", "app-OLD.css", "pdf/bold.ttf"} {
		if err := write(filepath.Join(dir, name), []byte("x")); err != nil {
			t.Fatal(err)
		}
	}
	if err := empty(dir); err != nil {
		t.Fatal(err)
	}
	left, err := os.ReadDir(dir)
	if err != nil || len(left) != 1 || left[0].Name() != "placeholder.txt" {
		t.Errorf("left are %v, %v", left, err)
	}
}
