package main

import (
	"regexp"
	"strings"
)

var (
	comment    = regexp.MustCompile(`(?s)/\*.*?\*/`)
	layerList  = regexp.MustCompile(`@layer [^{};]+;`)
	layerBlock = regexp.MustCompile(`@layer [^{};]+\{`)
	blank      = regexp.MustCompile(`>\s+<`)
)

// unlayer takes the wrappers of @layer blocks off css and keeps their rules in
// place. That keeps the meaning only if layers were declared in the order in
// which they stand, as the design system's theme does. The dark colours stay
// on the screen: paper is light.
func unlayer(css string) string {
	css = layerList.ReplaceAllString(comment.ReplaceAllString(css, ""), "")
	for {
		at := layerBlock.FindStringIndex(css)
		if at == nil {
			return css
		}
		name, end := css[at[0]:at[1]], closing(css, at[1])
		body := css[at[1]:end]
		if strings.Contains(name, ".dark") {
			body = "@media screen{" + body + "}"
		}
		css = css[:at[0]] + body + css[end+1:]
	}
}

// closing is the index of the brace that closes the block whose body starts at i.
func closing(css string, i int) int {
	for depth := 1; i < len(css); i++ {
		switch css[i] {
		case '{':
			depth++
		case '}':
			if depth--; depth == 0 {
				return i
			}
		}
	}
	return len(css) - 1
}

// squeeze drops comments and the space between elements of an SVG.
func squeeze(svg []byte) []byte {
	s := regexp.MustCompile(`(?s)<!--.*?-->`).ReplaceAllString(string(svg), "")
	return []byte(strings.TrimSpace(blank.ReplaceAllString(s, "><")))
}
