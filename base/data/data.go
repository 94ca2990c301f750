// Package data reads the files that people write (YAML), and says on which line a fault is.
package data

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strconv"

	"go.yaml.in/yaml/v3"
)

// Read decodes one YAML document into v. A key that v does not know, a second
// document and a wrong type are faults; every fault starts with "name:line: ".
func Read(name string, b []byte, v any) error {
	d := yaml.NewDecoder(bytes.NewReader(b))
	d.KnownFields(true)
	err := d.Decode(v)
	if err == nil {
		if err = d.Decode(new(any)); errors.Is(err, io.EOF) {
			return nil
		}
		return fmt.Errorf("%s: more than one document in the file", name)
	}
	if errors.Is(err, io.EOF) {
		return fmt.Errorf("%s:1: the file is empty", name)
	}
	var te *yaml.TypeError
	if !errors.As(err, &te) {
		return fmt.Errorf("%s: %w", name, err)
	}
	var all []error
	for _, e := range te.Errors { // "line 3: field x not found in type …"
		line, why := 0, e
		if n, rest, ok := bytes.Cut([]byte(e), []byte(": ")); ok && bytes.HasPrefix(n, []byte("line ")) {
			line, _ = strconv.Atoi(string(n[5:]))
			why = string(rest)
		}
		all = append(all, fmt.Errorf("%s:%d: %s", name, line, why))
	}
	return errors.Join(all...)
}

// Write encodes v as YAML.
func Write(v any) ([]byte, error) { return yaml.Marshal(v) }

// An Expr is a scalar that remembers its line, so that a later check of it can say where it stands.
type Expr struct {
	Text string
	Line int
}

// UnmarshalYAML implements the YAML decoder's interface.
func (e *Expr) UnmarshalYAML(n *yaml.Node) error {
	e.Line = n.Line
	return n.Decode(&e.Text)
}

// MarshalYAML writes the text alone.
func (e Expr) MarshalYAML() (any, error) { return e.Text, nil }
