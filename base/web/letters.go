package web

import (
	"errors"
	"net/http"
	"slices"
	"strings"
	"unicode/utf8"

	"motcua/base/fault"
)

// letters refuses what no browser sends and no page can show: text that is none
// (invalid UTF-8), and the character nought, on which databases and the programs of
// others disagree. Files, and what programs send, are looked at where they are read.
func letters(r *http.Request, program bool) error {
	v := r.URL.Query()
	if kind, _, _ := strings.Cut(r.Header.Get("Content-Type"), ";"); !program && r.Method == http.MethodPost && strings.EqualFold(strings.TrimSpace(kind), "application/x-www-form-urlencoded") {
		var big *http.MaxBytesError
		if err := r.ParseForm(); errors.As(err, &big) {
			return err
		} else if err != nil {
			return fault.New(fault.Invalid, "fault.invalid")
		}
		v = r.Form
	}
	if none(r.URL.Path) {
		return fault.New(fault.NotFound, "web.nopage")
	}
	for name, all := range v {
		if none(name) || slices.ContainsFunc(all, none) {
			return fault.New(fault.Invalid, "web.letters")
		}
	}
	return nil
}

func none(s string) bool { return !utf8.ValidString(s) || strings.Contains(s, "\x00") }
