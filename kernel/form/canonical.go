package form

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"
)

// Canonical is v as the one JSON that acts are hashed over: keys sorted by
// their bytes, no space, whole numbers without point or exponent, no escaping
// that JSON does not ask for, strings as they are. Reading it and writing it
// again gives the same bytes.
func Canonical(v any) ([]byte, error) {
	var first bytes.Buffer
	e := json.NewEncoder(&first)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		return nil, fmt.Errorf("canonical: %w", err)
	}
	d := json.NewDecoder(&first)
	d.UseNumber()
	var plain any
	if err := d.Decode(&plain); err != nil {
		return nil, fmt.Errorf("canonical: %w", err)
	}
	var out bytes.Buffer
	if err := canonical(&out, plain); err != nil {
		return nil, fmt.Errorf("canonical: %w", err)
	}
	return out.Bytes(), nil
}

func canonical(out *bytes.Buffer, v any) error {
	switch v := v.(type) {
	case map[string]any:
		out.WriteByte('{')
		for i, key := range slices.Sorted(maps.Keys(v)) {
			if i > 0 {
				out.WriteByte(',')
			}
			quote(out, key)
			out.WriteByte(':')
			if err := canonical(out, v[key]); err != nil {
				return err
			}
		}
		out.WriteByte('}')
	case []any:
		out.WriteByte('[')
		for i, x := range v {
			if i > 0 {
				out.WriteByte(',')
			}
			if err := canonical(out, x); err != nil {
				return err
			}
		}
		out.WriteByte(']')
	case string:
		quote(out, v)
	case json.Number:
		s, err := number(string(v))
		if err != nil {
			return err
		}
		out.WriteString(s)
	case bool:
		out.WriteString(strconv.FormatBool(v))
	case nil:
		out.WriteString("null")
	}
	return nil
}

// number writes whole numbers as digits and others in the shortest form that reads back the same.
func number(s string) (string, error) {
	if !strings.ContainsAny(s, ".eE") {
		if s == "-0" {
			s = "0"
		}
		return s, nil // as long as it is: an int64 keeps its last digit
	}
	f, err := strconv.ParseFloat(s, 64)
	if err != nil || math.IsInf(f, 0) {
		return "", errors.New("a number too large: " + s)
	}
	if f == math.Trunc(f) && math.Abs(f) <= float64(numberMax) {
		return strconv.FormatInt(int64(f), 10), nil
	}
	return strconv.FormatFloat(f, 'g', -1, 64), nil
}

// quote writes s with the escapes that JSON requires and no others.
func quote(out *bytes.Buffer, s string) {
	out.WriteByte('"')
	for _, r := range s {
		switch {
		case r == '"' || r == '\\':
			out.WriteByte('\\')
			out.WriteRune(r)
		case r < 0x20:
			fmt.Fprintf(out, `\u%04x`, r)
		default:
			out.WriteRune(r)
		}
	}
	out.WriteByte('"')
}
