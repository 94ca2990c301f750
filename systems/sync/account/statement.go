// Package account compares what bodies say they handled with what they
// reported, and alarms them when they fall silent or drift.
package account

import (
	"bufio"
	"bytes"
	"context"
	"encoding/csv"
	"encoding/json"
	"errors"
	"io"
	"slices"
	"strconv"
	"strings"
	"time"

	"motcua/base/fault"
	"motcua/kernel"
	"motcua/kernel/mirror"
	"motcua/kernel/who"
)

// Table is the media type of an account as a table.
const Table = "text/csv"

// Give compares the account that in holds with what is here, and keeps what came of it.
func Give(ctx context.Context, a *kernel.App, me who.Person, body, media string, in io.Reader, days Span) (Statement, []Difference, error) {
	b, _ := a.Country.Body(body)
	zone, err := time.LoadLocation(b.Zone)
	if err != nil {
		zone = a.Zone
	}
	from, to, err := days.times(zone)
	if err != nil {
		return Statement{}, nil, err
	}
	read := readLines
	if media == Table {
		read = readTable
	}
	said, err := read(in, body)
	if err != nil {
		return Statement{}, nil, err
	}
	for k := range said {
		if !a.Mirror.May(body, k.body) {
			return Statement{}, nil, fault.Wrong(fault.Field{Pointer: "/body", Code: "mirror.wrong.body", Args: []any{k.body}})
		}
	}
	all, here, err := compare(ctx, a, body, said, from, to)
	if err != nil {
		return Statement{}, nil, err
	}
	st, err := keep(ctx, a, me, Statement{Body: body, Span: days, Said: len(said), Here: here}, all)
	return st, all, err
}

// A key is what a dossier is known by.
type key struct{ code, body string }

// The dossiers are what a body says it handled: the version and the state of each.
// A stand of version 0 is none.
type dossiers map[key]mirror.Stand

// most is how many dossiers one account holds: a longer one is given by shorter spans.
const most = 300_000

// faults is how many wrong lines are named; an account with one is refused whole.
const faults = 20

// readLines reads an account as lines of JSON. Fields that are not needed are
// passed over, so that the file of the lines themselves is an account too.
func readLines(r io.Reader, sender string) (dossiers, error) {
	a := reader{sender: sender, all: dossiers{}}
	in := bufio.NewScanner(r)
	in.Buffer(nil, mirror.Longest+1)
	for in.Scan() {
		a.n++
		line := bytes.TrimSpace(in.Bytes())
		if len(line) == 0 {
			continue
		}
		var x struct {
			Code    string
			Body    string
			Version int64
			State   int
		}
		if err := json.Unmarshal(line, &x); err != nil {
			a.wrong("", "sync.wrong.json")
			continue
		}
		a.add(mirror.Stand{Code: x.Code, Body: x.Body, Version: x.Version, State: x.State})
	}
	if errors.Is(in.Err(), bufio.ErrTooLong) {
		a.n++
		a.wrong("", "mirror.wrong.size", mirror.Longest)
		return a.done(nil)
	}
	return a.done(in.Err())
}

// columns are those of an account as a table; the last may be left out.
var columns = []string{"code", "version", "state", "body"}

// readTable reads an account as CSV, whose first line names the columns.
func readTable(r io.Reader, sender string) (dossiers, error) {
	a := reader{sender: sender, all: dossiers{}}
	in := csv.NewReader(r)
	in.ReuseRecord, in.FieldsPerRecord = true, -1
	at := map[string]int{}
	for {
		row, err := in.Read()
		if errors.Is(err, io.EOF) {
			return a.done(nil)
		}
		var broken *csv.ParseError
		if errors.As(err, &broken) {
			a.n = broken.StartLine
			a.wrong("", "sync.wrong.csv")
			return a.done(nil)
		}
		if err != nil {
			return a.done(err)
		}
		a.n, _ = in.FieldPos(0)
		if len(at) == 0 {
			for i, c := range row {
				at[strings.ToLower(strings.TrimSpace(strings.TrimPrefix(c, "\ufeff")))] = i + 1
			}
			for _, c := range columns[:3] {
				if at[c] == 0 {
					a.wrong(c, "sync.wrong.column", c)
				}
			}
			if a.bad != nil {
				return a.done(nil)
			}
			continue
		}
		cell := func(name string) string {
			if i := at[name]; i > 0 && i <= len(row) {
				return strings.TrimSpace(row[i-1])
			}
			return ""
		}
		version, _ := strconv.ParseInt(cell("version"), 10, 64)
		state, _ := strconv.Atoi(cell("state"))
		a.add(mirror.Stand{Code: strings.Clone(cell("code")), Body: strings.Clone(cell("body")), Version: version, State: state})
	}
}

// A reader is an account on its way.
type reader struct {
	sender string
	n      int // of the line
	all    dossiers
	bad    []fault.Field
}

func (a *reader) wrong(at, code string, args ...any) {
	if len(a.bad) < faults {
		a.bad = append(a.bad, fault.Field{Pointer: strings.TrimSuffix("/"+strconv.Itoa(a.n)+"/"+at, "/"), Code: code, Args: args})
	}
}

// add takes one dossier; said twice, the newer version counts.
func (a *reader) add(x mirror.Stand) {
	if x.Body == "" {
		x.Body = a.sender
	}
	switch {
	case x.Code == "" || len(x.Code) > 80*4:
		a.wrong("code", "mirror.wrong.missing", "code")
	case x.Version < 1:
		a.wrong("version", "sync.wrong.version")
	case x.State < 1 || x.State > 10:
		a.wrong("state", "sync.wrong.state")
	case len(a.all) == most:
		if !slices.ContainsFunc(a.bad, func(f fault.Field) bool { return f.Code == "sync.wrong.many" }) {
			a.wrong("", "sync.wrong.many", most)
		}
	default:
		k := key{x.Code, x.Body}
		if x.Version > a.all[k].Version {
			a.all[k] = x
		}
	}
}

func (a *reader) done(err error) (dossiers, error) {
	if err == nil && a.bad != nil {
		err = fault.Wrong(a.bad...)
	}
	return a.all, err
}
