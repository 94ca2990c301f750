package data

import (
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"
)

// Lines knows on which line of a file each of its values stands, by RFC 6901
// pointer, so that a check made after reading can say where.
type Lines map[string]int

var escaped = strings.NewReplacer("~", "~0", "/", "~1") // in a pointer

// Where reads the lines of a file. A file that is no YAML has none. What an
// alias stands for is on the line of the alias.
func Where(b []byte) Lines {
	var doc yaml.Node
	lines := Lines{}
	if yaml.Unmarshal(b, &doc) == nil && len(doc.Content) > 0 {
		lines.walk("", doc.Content[0])
	}
	return lines
}

func (l Lines) walk(at string, n *yaml.Node) {
	if _, known := l[at]; !known { // a mapping's value stands where its key does
		l[at] = n.Line
	}
	switch n.Kind {
	case yaml.MappingNode:
		for i := 0; i+1 < len(n.Content); i += 2 {
			key := at + "/" + escaped.Replace(n.Content[i].Value)
			l[key] = n.Content[i].Line
			l.walk(key, n.Content[i+1])
		}
	case yaml.SequenceNode:
		for i, c := range n.Content {
			l.walk(at+"/"+strconv.Itoa(i), c)
		}
	}
}

// Of is the line of the value at the pointer, or of the nearest value that contains it.
func (l Lines) Of(pointer string) int {
	for {
		if n, ok := l[pointer]; ok || pointer == "" {
			return n
		}
		pointer = pointer[:max(strings.LastIndexByte(pointer, '/'), 0)]
	}
}
