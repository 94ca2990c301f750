package cutover

import (
	"bufio"
	"bytes"
	"crypto/sha256"
	"encoding/csv"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"motcua/base/fault"
	"motcua/kernel/dossier"
)

// A Line is one open case as other software hands it over. Times are RFC 3339,
// or as the clock of the body says them: 2020-03-02 08:30, 20200302083000,
// 02/03/2020 08:30.
type Line struct {
	Code         string           `json:"code"` // as printed on the receipt: it stays
	Tail         string           `json:"tail"` // secret part of it, if there was one
	Procedure    string           `json:"procedure"`
	Body         string           `json:"body"`
	State        string           `json:"state"`     // one of the procedure's, by id or title, or 1 to 6 of the national ten
	Received     string           `json:"received"`  //
	Since        string           `json:"since"`     // when it entered the state
	Due          string           `json:"due"`       // promised: kept as it is
	Remaining    string           `json:"remaining"` // of the limit, such as 2.5d, where no date was promised
	Channel      string           `json:"channel"`   // counter, online, post; "": counter
	Subject      string           `json:"subject"`
	Applicant    Party            `json:"applicant"`
	Organisation Party            `json:"organisation"`
	Answers      map[string]any   `json:"answers"`
	Desk         map[string]any   `json:"desk"`   // of the officials
	Holder       string           `json:"holder"` // sign-in name of the official who has it
	Papers       []Sheet          `json:"papers"`
	Asked        []dossier.Reason `json:"asked"` // of the applicant, where the state waits for him
	Note         string           `json:"note"`
	at           int              // line of the file
	hash         string           // of the line and of the mapping it was read by
}

// A Party is who asks.
type Party struct {
	Name   string `json:"name"`
	Number string `json:"number"`
	Phone  string `json:"phone"`
	Email  string `json:"email"`
	Born   string `json:"born"` // YYYY-MM-DD
}

// A Sheet is a paper that comes along as a file.
type Sheet struct {
	Paper string `json:"paper"` // of the procedure
	Name  string `json:"name"`  // of the file, as people see it; "": as it is called
	File  string `json:"file"`  // below the folder of files
	Sum   string `json:"sha256"`
}

// longest is how many bytes one line may have.
const longest = 1 << 20

// ParseLine reads one line of NDJSON. What it does not know is a fault: a
// misspelt field would be lost silently.
func ParseLine(b []byte) (*Line, []fault.Field) {
	if !utf8.Valid(b) {
		return nil, wrong("", "cutover.utf8")
	}
	l := new(Line)
	d := json.NewDecoder(bytes.NewReader(b))
	d.DisallowUnknownFields()
	err := d.Decode(l)
	if err == nil {
		if _, more := d.Token(); more != io.EOF {
			err = errors.New("more")
		}
	}
	var kind *json.UnmarshalTypeError
	switch {
	case errors.As(err, &kind):
		return l, wrong("/"+strings.ReplaceAll(kind.Field, ".", "/"), "cutover.type")
	case err != nil && strings.HasPrefix(err.Error(), "json: unknown field "):
		return l, wrong("/"+strings.Trim(strings.TrimPrefix(err.Error(), "json: unknown field "), `"`), "cutover.unknown")
	case err != nil:
		return l, wrong("", "cutover.json")
	}
	return l, nil
}

// A Reader gives the lines of a file one by one, NDJSON or CSV.
type Reader struct {
	lines *bufio.Reader // of NDJSON
	table *csv.Reader
	heads []string
	at    int
	salt  string // goes into every line's hash
}

// NewReader reads r as CSV when name ends in .csv, else as NDJSON. salt is what
// the meaning of a line depends on besides itself.
func NewReader(r io.Reader, name, salt string) (*Reader, error) {
	x := &Reader{lines: bufio.NewReaderSize(r, longest), salt: salt}
	if bom, _ := x.lines.Peek(3); string(bom) == "\xef\xbb\xbf" {
		x.lines.Discard(3)
	}
	if !strings.HasSuffix(strings.ToLower(name), ".csv") {
		return x, nil
	}
	x.table = csv.NewReader(x.lines)
	x.table.FieldsPerRecord = -1
	heads, err := x.table.Read()
	if err != nil {
		return nil, fmt.Errorf("%s: the first line names the columns: %w", name, err)
	}
	x.heads, x.at = heads, 1
	return x, nil
}

// Next is the next line, or what is wrong with it; io.EOF after the last.
func (x *Reader) Next() (*Line, []fault.Field, error) {
	if x.table != nil {
		return x.row()
	}
	for {
		b, err := x.lines.ReadSlice('\n')
		if len(b) == 0 && err != nil {
			return nil, nil, err
		}
		x.at++
		if errors.Is(err, bufio.ErrBufferFull) {
			for errors.Is(err, bufio.ErrBufferFull) {
				_, err = x.lines.ReadSlice('\n')
			}
			return &Line{at: x.at}, wrong("", "cutover.long", longest>>10), nil
		}
		if err != nil && err != io.EOF {
			return nil, nil, err
		}
		if b = bytes.TrimSpace(b); len(b) == 0 {
			continue
		}
		l, bad := ParseLine(b)
		if l == nil {
			l = new(Line)
		}
		l.at, l.hash = x.at, x.hash(b)
		return l, bad, nil
	}
}

func (x *Reader) hash(b []byte) string {
	h := sha256.New()
	io.WriteString(h, x.salt)
	h.Write(b)
	return hex.EncodeToString(h.Sum(nil)[:16])
}

// row reads a line of CSV. A column is called as the field of the line is, with
// points: applicant.name, answers.child_name, papers.certificate; a paper is
// written as its file, a bar and its sum, several with semicolons.
func (x *Reader) row() (*Line, []fault.Field, error) {
	cells, err := x.table.Read()
	if err == io.EOF {
		return nil, nil, err
	}
	if len(cells) > 0 {
		x.at, _ = x.table.FieldPos(0)
	}
	if err != nil {
		var bad *csv.ParseError
		if errors.As(err, &bad) {
			return &Line{at: bad.StartLine}, wrong("", "cutover.csv"), nil
		}
		return nil, nil, err
	}
	all := map[string]any{}
	for i, head := range x.heads {
		if i >= len(cells) || strings.TrimSpace(cells[i]) == "" {
			continue
		}
		v := strings.TrimSpace(cells[i])
		group, name, deep := strings.Cut(strings.TrimSpace(head), ".")
		switch {
		case !deep:
			all[group] = v
		case group == "papers":
			papers, _ := all[group].([]any)
			for one := range strings.SplitSeq(v, ";") {
				file, sum, _ := strings.Cut(strings.TrimSpace(one), "|")
				papers = append(papers, map[string]any{"paper": name, "file": strings.TrimSpace(file), "sha256": strings.TrimSpace(sum)})
			}
			all[group] = papers
		default:
			m, _ := all[group].(map[string]any)
			if m == nil {
				m = map[string]any{}
			}
			m[name], all[group] = v, m
		}
	}
	b, err := json.Marshal(all)
	if err != nil {
		return nil, nil, err
	}
	l, bad := ParseLine(b)
	if l == nil {
		l = new(Line)
	}
	if len(cells) > len(x.heads) {
		bad = append(bad, wrong("", "cutover.cells")...)
	}
	l.at, l.hash = x.at, x.hash(b)
	return l, bad, nil
}

// shapes in which other software writes times, beside RFC 3339.
var shapes = []string{"2006-01-02 15:04:05", "2006-01-02 15:04", "2006-01-02T15:04:05", "2006-01-02", "20060102150405", "02/01/2006 15:04:05", "02/01/2006 15:04", "02/01/2006"}

// parseTime reads a time; without a zone of its own it is the body's.
func parseTime(s string, zone *time.Location) (time.Time, bool) {
	s = strings.TrimSpace(s)
	t, err := time.Parse(time.RFC3339, s)
	for i := 0; err != nil && i < len(shapes); i++ {
		t, err = time.ParseInLocation(shapes[i], s, zone)
	}
	ok := err == nil && t.Year() >= 1990 && t.Year() < 2200
	return t.UTC().Truncate(time.Microsecond), ok
}

// printed reports whether a code is one that people can type from a receipt.
func printed(s string) bool {
	return s != "" && len(s) <= 60 && !slices.ContainsFunc([]byte(s), func(c byte) bool {
		return c <= ' ' || c > '~' || strings.IndexByte(`"'<>&\`, c) >= 0
	})
}
