package web

import (
	"errors"
	"net/http"
	"strings"
	"testing"
	"unicode/utf8"

	"motcua/base/fault"
)

func TestSoundJSON(t *testing.T) {
	for body, want := range map[string]string{
		`{"a":["` + "khai sinh" + `"]}`: "",
		`[1.5e3]`:                       "",
		``:                              "|web.json.empty",
		" \n":                           "|web.json.empty",
		`{"a":`:                         "|web.json.syntax",
		`{} 1`:                          "|web.json.syntax",
		"\"\xff\"":                      "|web.json.utf8",
		`{"a":{"b~/c":["\u0000"]}}`:     "/a/b~0~1c/0|web.json.nul",
		`{"\u0000":1}`:                  "|web.json.nul",
		`[1e400]`:                       "/0|web.json.number",
		strings.Repeat("[", 17) + strings.Repeat("]", 17): strings.Repeat("/0", 16) + "|web.json.deep",
		strings.Repeat("[", 16) + strings.Repeat("]", 16): "",
	} {
		got := ""
		var f *fault.Error
		if err := soundJSON([]byte(body)); errors.As(err, &f) {
			got = f.Fields[0].Pointer + "|" + f.Fields[0].Code
		} else if err != nil {
			t.Errorf("%q: %v", body, err)
		}
		if got != want {
			t.Errorf("%.40q: got %s, want %s", body, got, want)
		}
	}
}

// What plain lets through, look finds nothing in.
func FuzzPlain(f *testing.F) {
	for _, body := range []string{`{"a":["\\u0000","x"]}`, `{"a\"":[1.5,-2]}`, `[1e400]`, `["\\\u0000"]`, strings.Repeat("[", 17) + strings.Repeat("]", 17), strings.Repeat("9", 400)} {
		f.Add([]byte(body))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		if !utf8.Valid(b) || !plain(b) {
			return
		}
		if err := look(b); err != nil {
			t.Errorf("%q: %v", b, err)
		}
	})
}

func TestMatch(t *testing.T) {
	for tag, want := range map[string]int{``: 0, `*`: 0, `"3"`: 3, `3`: 3, `W/"3"`: -1, `"x"`: -1, `"0"`: -1, `"1", "2"`: -1} {
		r := &Request{Request: &http.Request{Header: http.Header{}}}
		if tag != "" {
			r.Header.Set("If-Match", tag)
		}
		got, err := r.Match()
		if errors.Is(err, fault.Stale) {
			got = -1
		}
		if got != want {
			t.Errorf("If-Match %s: got %d, want %d", tag, got, want)
		}
	}
	if ETag(3) != `"3"` {
		t.Error(ETag(3))
	}
}

func TestPointer(t *testing.T) {
	for place, want := range map[string]string{"body": "", "body.kind": "/kind", "body.papers.form[0]": "/papers/form/0", "body[2].a": "/2/a", "query.limit": "/limit", "header.Idempotency-Key": "/headers/Idempotency-Key"} {
		if got := pointer(place); got != want {
			t.Errorf("%s: got %s, want %s", place, got, want)
		}
	}
}
