package web

import (
	"net/url"
	"slices"
	"strings"
	"unicode/utf8"

	"motcua/base/fault"
)

// letters refuses an address with what no browser sends and no page can show: text
// that is none (invalid UTF-8), and the character nought, on which databases disagree.
// What people type into forms is looked at where it is read, so that nothing of it is lost.
func letters(u *url.URL) error {
	if none(u.Path) {
		return fault.New(fault.NotFound, "web.nopage")
	}
	for name, all := range u.Query() {
		if none(name) || slices.ContainsFunc(all, none) {
			return fault.New(fault.Invalid, "web.letters")
		}
	}
	return nil
}

func none(s string) bool { return !utf8.ValidString(s) || strings.Contains(s, "\x00") }
