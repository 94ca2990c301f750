package procedure

import (
	"bufio"
	"context"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"motcua/base/db"
)

// An Info is a public service that is not carried out here yet: its page says
// what it is and which office takes it.
type Info struct {
	Code     string // d.dddddd
	Title    string
	Ministry string
	Sector   string
	Level    string // of the bodies that decide, as the source writes it
	Object   string // who may ask
	Decision string // that published it
	Channels []string
	Time     string // as the source writes it, "" unknown
	Fee      string
	Result   string // code of the paper one gets
}

// A Reject is a line of an import that was not taken.
type Reject struct {
	Line   int
	Reason string
}

// columns of the national catalogue as it is exported; the tenth, a count of characters, is not kept.
var columns = []string{"code", "name", "ministry", "field", "level", "object", "decision", "channels", "time_limit", "fee_text", "n_steps_chars", "result"}

const (
	rowsMax   = 100_000
	recordMax = 64 << 10 // bytes of one record
	linesMax  = 50       // that one quoted record may span
	cellMax   = 4_000    // characters
)

// ImportCSV reads the national catalogue of procedures. A bad line is rejected
// with its reason and the next one is read, even when a quote is never closed.
func ImportCSV(r io.Reader) (rows []Info, rejected []Reject) {
	in := &records{from: bufio.NewReaderSize(r, recordMax)}
	seen := map[string]int{}
	for first := true; ; first = false {
		line, cells, err := in.next()
		if err == io.EOF {
			return rows, rejected
		}
		var x Info
		switch {
		case first:
			if err == nil && !slices.Equal(cells, columns) {
				err = fmt.Errorf("the first line must name the columns %s", strings.Join(columns, ","))
			}
			if err != nil {
				return nil, []Reject{{line, err.Error()}}
			}
			continue
		case len(rows) >= rowsMax:
			return rows, append(rejected, Reject{line, fmt.Sprintf("more than %d procedures", rowsMax)})
		case err == nil:
			x, err = info(cells)
		}
		if err == nil && seen[x.Code] > 0 {
			err = fmt.Errorf("code %s stands in line %d already", x.Code, seen[x.Code])
		}
		if err != nil {
			rejected = append(rejected, Reject{line, err.Error()})
			continue
		}
		seen[x.Code] = line
		rows = append(rows, x)
	}
}

func info(cells []string) (Info, error) {
	if len(cells) != len(columns) {
		return Info{}, fmt.Errorf("%d columns: want %d", len(cells), len(columns))
	}
	for i, c := range cells {
		switch {
		case !utf8.ValidString(c) || strings.ContainsRune(c, utf8.RuneError):
			return Info{}, fmt.Errorf("%s: not UTF-8", columns[i])
		case strings.ContainsRune(c, 0):
			return Info{}, fmt.Errorf("%s: a NUL character", columns[i])
		case utf8.RuneCountInString(c) > cellMax:
			return Info{}, fmt.Errorf("%s: longer than %d characters", columns[i], cellMax)
		}
		cells[i] = strings.Join(strings.Fields(c), " ")
	}
	x := Info{Code: cells[0], Title: cells[1], Ministry: cells[2], Sector: cells[3], Level: cells[4], Object: cells[5],
		Decision: cells[6], Time: cells[8], Fee: cells[9], Result: cells[11]}
	if !codeRule.MatchString(x.Code) {
		return x, fmt.Errorf("code %.40q: want one digit, a point, six digits", x.Code)
	}
	if x.Title == "" {
		return x, errors.New("the name is missing")
	}
	for _, c := range strings.Split(cells[7], "|") {
		if c != "" && !slices.Contains(ways, c) {
			return x, fmt.Errorf("channel %.40q: want some of %s", c, strings.Join(ways, "|"))
		}
		if c != "" {
			x.Channels = append(x.Channels, c)
		}
	}
	return x, nil
}

// records cuts a file into CSV records, each from the shortest run of lines that is one.
type records struct {
	from  *bufio.Reader
	ahead []string // lines read and not used yet
	at    int      // lines used
}

func (r *records) next() (line int, cells []string, err error) {
	for s := r.line(0); s != "" && strings.TrimSpace(s) == ""; s = r.line(0) {
		r.use(1)
	}
	line = r.at + 1
	if r.line(0) == "" {
		return line, nil, io.EOF
	}
	text := ""
	for n := range linesMax {
		s := r.line(n)
		if text += s; s == "" || len(text) > recordMax {
			break
		}
		c := csv.NewReader(strings.NewReader(text))
		c.FieldsPerRecord = -1
		if cells, err := c.Read(); err == nil {
			r.use(n + 1)
			cells[0] = strings.TrimPrefix(cells[0], "\ufeff") // as spreadsheets begin a file
			return line, cells, nil
		}
	}
	r.use(1)
	return line, nil, errors.New("a quote is not closed or stands where none may")
}

// line is the n-th line not used yet, with its end; "" is the end of the file.
func (r *records) line(n int) string {
	for len(r.ahead) <= n {
		b, err := r.from.ReadSlice('\n')
		s := string(b)
		for err == bufio.ErrBufferFull {
			_, err = r.from.ReadSlice('\n')
			s = "a line too long\n" // one column: rejected as such
		}
		r.ahead = append(r.ahead, s)
	}
	return r.ahead[n]
}

func (r *records) use(n int) { r.at, r.ahead = r.at+n, r.ahead[n:] }

// StoreInfos keeps rows as information pages in place of earlier ones of the same code.
func StoreInfos(ctx context.Context, d *db.DB, rows []Info, now time.Time) error {
	for chunk := range slices.Chunk(rows, 200) { // a person's filing gets in between
		err := d.Write(ctx, func(tx *db.Tx) error {
			for _, x := range chunk {
				_, err := tx.Exec(`insert into procedure_info (code, title, ministry, sector, level, object, decision, channels, time, fee, result, at)
					values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)
					on conflict (code) do update set title = excluded.title, ministry = excluded.ministry, sector = excluded.sector,
					level = excluded.level, object = excluded.object, decision = excluded.decision, channels = excluded.channels,
					time = excluded.time, fee = excluded.fee, result = excluded.result, at = excluded.at`,
					x.Code, x.Title, x.Ministry, x.Sector, x.Level, x.Object, x.Decision, strings.Join(x.Channels, "|"), x.Time, x.Fee, x.Result, db.At(now))
				if err != nil {
					return fmt.Errorf("information page %s: %w", x.Code, err)
				}
			}
			return tx.Bump("procedure_info")
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// Infos are all information pages by code. Their changes bump "procedure_info".
func Infos(ctx context.Context, d *db.DB) (all []Info, err error) {
	err = d.Read(ctx, func(tx *db.Tx) error {
		all, err = db.List(tx, func(into func(...any) error) (x Info, err error) {
			var channels string
			err = into(&x.Code, &x.Title, &x.Ministry, &x.Sector, &x.Level, &x.Object, &x.Decision, &channels, &x.Time, &x.Fee, &x.Result)
			if channels != "" {
				x.Channels = strings.Split(channels, "|")
			}
			return x, err
		}, `select code, title, ministry, sector, level, object, decision, channels, time, fee, result from procedure_info order by code`)
		return err
	})
	return all, err
}
