package roll

import (
	"encoding/csv"
	"errors"
	"io"
	"slices"
	"strings"
	"unicode/utf8"

	"motcua/base/fault"
	"motcua/base/lang"
	"motcua/kernel/cutover"
)

// A row is one line of a list, by its columns.
type row struct {
	at   int // the line of the file
	cell map[string]string
}

// read gives take every line of a CSV list whose first line names its columns:
// some of columns, of which the first must are needed. A line that cannot be
// read comes with what is wrong with it; an error of take ends the reading.
func read(f io.Reader, columns []string, must int, take func(row, []fault.Field) error) error {
	table := csv.NewReader(f)
	table.FieldsPerRecord = -1
	heads, err := table.Read()
	var broken *csv.ParseError
	if err == io.EOF || errors.As(err, &broken) {
		return list("roll.heads", strings.Join(columns[:must], ","))
	}
	if err != nil {
		return err
	}
	for i := range heads {
		heads[i] = strings.ToLower(strings.TrimSpace(strings.TrimPrefix(heads[i], "\ufeff")))
		if !slices.Contains(columns, heads[i]) {
			return list("roll.column", heads[i], strings.Join(columns, ", "))
		}
	}
	for _, need := range columns[:must] {
		if !slices.Contains(heads, need) {
			return list("roll.missing", need)
		}
	}
	for {
		cells, err := table.Read()
		switch {
		case err == io.EOF:
			return nil
		case errors.As(err, &broken):
			if err := take(row{at: broken.StartLine}, []fault.Field{{Code: "cutover.csv"}}); err != nil {
				return err
			}
			continue
		case err != nil:
			return err
		}
		r := row{cell: map[string]string{}}
		r.at, _ = table.FieldPos(0)
		var bad []fault.Field
		if len(cells) > len(heads) {
			bad = []fault.Field{{Code: "cutover.cells"}}
		}
		for i, c := range cells[:min(len(cells), len(heads))] {
			if !utf8.ValidString(c) || strings.ContainsRune(c, utf8.RuneError) { // U+FFFD is what a browser makes of other bytes
				bad, c = append(bad, fault.Field{Pointer: "/" + heads[i], Code: "cutover.utf8"}), strings.ToValidUTF8(c, "�")
			}
			r.cell[heads[i]] = strings.TrimSpace(c)
		}
		if err := take(r, bad); err != nil {
			return err
		}
	}
}

// list says what is wrong with the whole list.
func list(code string, args ...any) error {
	return fault.Wrong(fault.Field{Pointer: "/list", Code: code, Args: args})
}

// refuse tells why the line is not taken; it is about what stands in the column key.
func (r row) refuse(v lang.Voice, key string, wrong []fault.Field, reject func(cutover.Reject)) {
	for _, x := range wrong {
		reject(cutover.Reject{Line: r.at, Code: r.cell[key], Field: x.Pointer, Reason: v.T(x.Code, x.Args...)})
	}
}
