// Package sheet writes tables for people who calculate: CSV that opens in a
// spreadsheet as it is, and XLSX.
//
// A cell is a string, an int64 or a float64; nil is empty. A text never becomes
// a formula on the reader's machine, whoever wrote it.
package sheet

import (
	"bufio"
	"encoding/csv"
	"fmt"
	"io"
	"iter"
	"strconv"
	"strings"

	"github.com/xuri/excelize/v2"
)

// A Sheet is one table. Rows are taken one by one as they are written.
type Sheet struct {
	Name string // of the tab; at most 31 characters count
	Head []string
	Rows iter.Seq2[[]any, error]
}

// Types of media.
const (
	TypeCSV  = "text/csv; charset=utf-8"
	TypeXLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
)

// Of are rows that are there already.
func Of(rows [][]any) iter.Seq2[[]any, error] {
	return func(yield func([]any, error) bool) {
		for _, r := range rows {
			if !yield(r, nil) {
				return
			}
		}
	}
}

// CSV writes s as RFC 4180 has it, in UTF-8 with the mark by which spreadsheets know that.
func (s Sheet) CSV(w io.Writer) error {
	b := bufio.NewWriter(w)
	b.WriteString("\uFEFF")
	c := csv.NewWriter(b)
	c.UseCRLF = true
	line := make([]string, 0, len(s.Head))
	for _, h := range s.Head {
		line = append(line, safe(h))
	}
	if err := c.Write(line); err != nil {
		return err
	}
	for row, err := range s.Rows {
		if err != nil {
			return err
		}
		line = line[:0]
		for _, v := range row {
			t, err := text(v)
			if err != nil {
				return err
			}
			line = append(line, t)
		}
		if err := c.Write(line); err != nil {
			return err
		}
	}
	c.Flush()
	if err := c.Error(); err != nil {
		return err
	}
	return b.Flush()
}

func text(v any) (string, error) {
	switch v := v.(type) {
	case nil:
		return "", nil
	case string:
		return safe(v), nil
	case int64:
		return strconv.FormatInt(v, 10), nil
	case float64:
		return strconv.FormatFloat(v, 'f', -1, 64), nil
	}
	return "", fmt.Errorf("sheet: a cell of type %T", v)
}

// safe marks as text what a spreadsheet would take for a formula.
func safe(s string) string {
	if s != "" && strings.ContainsRune("=+-@\t\r\n|%", rune(s[0])) {
		return "'" + s
	}
	return s
}

// XLSX writes s as a workbook of one tab, its head bold and kept in sight.
func (s Sheet) XLSX(w io.Writer) (err error) {
	f := excelize.NewFile()
	defer func() {
		if e := f.Close(); err == nil {
			err = e
		}
	}()
	name := tab(s.Name)
	if err := f.SetSheetName("Sheet1", name); err != nil {
		return err
	}
	bold, err := f.NewStyle(&excelize.Style{Font: &excelize.Font{Bold: true}})
	if err != nil {
		return err
	}
	to, err := f.NewStreamWriter(name)
	if err != nil {
		return err
	}
	if err := to.SetPanes(&excelize.Panes{Freeze: true, YSplit: 1, TopLeftCell: "A2", ActivePane: "bottomLeft"}); err != nil {
		return err
	}
	if err := to.SetColWidth(1, 1, 44); err != nil {
		return err
	}
	if n := len(s.Head); n > 1 {
		if err := to.SetColWidth(2, n, 16); err != nil {
			return err
		}
	}
	head := make([]any, 0, len(s.Head))
	for _, h := range s.Head {
		head = append(head, excelize.Cell{StyleID: bold, Value: h})
	}
	if err := to.SetRow("A1", head); err != nil {
		return err
	}
	n := 1
	for row, err := range s.Rows {
		if err != nil {
			return err
		}
		for _, v := range row {
			if _, err := text(v); err != nil {
				return err
			}
		}
		n++
		if err := to.SetRow("A"+strconv.Itoa(n), row); err != nil {
			return err
		}
	}
	if err := to.Flush(); err != nil {
		return err
	}
	return f.Write(w)
}

// tab is a name that a workbook takes: 31 characters, none of []:*?/\.
func tab(s string) string {
	r := []rune(strings.Map(func(r rune) rune {
		if strings.ContainsRune(`[]:*?/\'`, r) {
			return ' '
		}
		return r
	}, s))
	s = strings.TrimSpace(string(r[:min(31, len(r))]))
	if s == "" {
		return "1"
	}
	return s
}
