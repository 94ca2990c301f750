package upload

import (
	"path"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// endings are the endings of the types, the first one ours.
var endings = map[string][]string{
	JPEG: {".jpg", ".jpeg", ".jpe", ".jfif"},
	PNG:  {".png"},
	PDF:  {".pdf"},
}

// longest is how many characters a name keeps.
const longest = 100

// ending is the part of name that says a type, as in .pdf; a last dot with
// spaces or nothing but digits after it is part of the name.
func ending(name string) string {
	e := strings.ToLower(path.Ext(name))
	if len(e) < 2 || len(e) > 6 || strings.Trim(e[1:], "abcdefghijklmnopqrstuvwxyz0123456789") != "" || strings.Trim(e[1:], "0123456789") == "" {
		return ""
	}
	return e
}

// claimed is the type that the ending of name says: "" when it says none,
// something that is no type of ours when it says another.
func claimed(name string) string {
	e := ending(clean(name))
	for kind, all := range endings {
		for _, x := range all {
			if x == e {
				return kind
			}
		}
	}
	return e
}

// Name is what a file called name by its sender is called by us: no path, no
// character that cannot be seen or that turns the reading direction, composed
// form, at most 100 characters, the ending of its type.
func Name(name, kind string) string {
	name = clean(name)
	if e := ending(name); e != "" {
		name = name[:len(name)-len(e)]
	}
	name = strings.Trim(name, " .")
	if name == "" {
		name = "file"
	}
	end := endings[kind][0]
	r := []rune(name)
	return strings.TrimRight(string(r[:min(len(r), longest-len(end))]), " .") + end
}

// Label is a name as its sender wrote it, fit to be shown back to him.
func Label(name string) string {
	r := []rune(clean(name))
	return string(r[:min(len(r), longest)])
}

func clean(name string) string {
	name = strings.ToValidUTF8(name, "")
	name = name[strings.LastIndexAny(name, `/\`)+1:]
	name = norm.NFC.String(strings.Map(func(r rune) rune { // composed last: what is taken out may have kept a letter from its mark
		switch {
		case unicode.IsSpace(r):
			return ' '
		case unicode.In(r, unicode.C, unicode.Zl, unicode.Zp), r == unicode.ReplacementChar:
			return -1
		case strings.ContainsRune(`:*?"<>|`, r):
			return '-'
		}
		return r
	}, name))
	return strings.Join(strings.Fields(name), " ")
}
