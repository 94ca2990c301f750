package statement

import (
	"bufio"
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
)

// columns of a CSV statement, and "account" if it is of several; others may
// stand beside them, in any order.
var columns = []string{"ref", "date", "amount", "payer", "text"}

// table reads CSV with commas or semicolons and a head.
func table(b []byte, account string) (lines []Line, rejects []Reject, err error) {
	head, _ := bufio.NewReader(bytes.NewReader(b)).ReadString('\n')
	c := csv.NewReader(bytes.NewReader(b))
	c.FieldsPerRecord = -1
	if strings.Count(head, ";") > strings.Count(head, ",") {
		c.Comma = ';'
	}
	names, err := c.Read()
	if err != nil {
		return nil, nil, fmt.Errorf("%w: %w", ErrFile, err)
	}
	var at [5]int
	for i, want := range columns {
		at[i] = slices.IndexFunc(names, func(s string) bool { return strings.EqualFold(strings.TrimSpace(s), want) })
		if at[i] < 0 {
			return nil, nil, fmt.Errorf("%w: its first line must name %s", ErrFile, strings.Join(columns, ", "))
		}
	}
	own := slices.IndexFunc(names, func(s string) bool { return strings.EqualFold(strings.TrimSpace(s), "account") })
	for n := 1; ; n++ {
		cells, err := c.Read()
		switch {
		case errors.Is(err, io.EOF):
			return lines, rejects, nil
		case n > linesMost:
			return nil, nil, fmt.Errorf("%w: more than %d lines", ErrFile, linesMost)
		case err != nil:
			rejects = append(rejects, Reject{n, err.Error()})
			continue
		case len(cells) < len(names):
			rejects = append(rejects, Reject{n, fmt.Sprintf("%d columns: want %d", len(cells), len(names))})
			continue
		}
		l := Line{Ref: cells[at[0]], Day: strings.TrimSpace(cells[at[1]]), Payer: cells[at[3]], Words: cells[at[4]]}
		if l.Amount, err = dong(cells[at[2]]); err == nil {
			err = l.whole()
		}
		if err == nil && own >= 0 {
			err = other(cells[own], account)
		}
		if err != nil {
			rejects = append(rejects, Reject{n, err.Error()})
			continue
		}
		lines = append(lines, l)
	}
}
