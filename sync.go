package main

import (
	"bufio"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"
)

// A delivery is a file of lines on its way to a portal, for a body whose
// software can only write files. Beside the file stand its journal, how far it
// is answered, and what was rejected.
type delivery struct {
	portal, token, body string
	file                string
	err                 io.Writer // where people read
	bar                 bool      // it is a terminal

	size, at int64          // bytes of the file, and those whose lines are answered
	line     int            // answered
	counts   map[string]int // by status
	rejects  *os.File
	told     time.Time
}

// syncCommand sends files of dossiers to a portal.
func syncCommand(ctx context.Context, c *call) error {
	portal := c.flags.Lookup("url")
	portal.Usage = "the portal that is reported to"
	token := c.flags.String("token", os.Getenv("MOTCUA_TOKEN"), "secret of the body's account, of scope sync; or in MOTCUA_TOKEN")
	body := c.flags.String("body", "", "code of the body, where the account belongs to several")
	first := c.flags.String("first", "", "compare: first day on which the dossiers were opened, such as 2020-03-02")
	last := c.flags.String("last", "", "compare: last day; default: the first")
	if err := c.parse(); err != nil {
		return err
	}
	if len(c.args) != 2 || *token == "" || !slices.Contains([]string{"send", "watch", "compare"}, c.args[0]) || c.args[0] == "compare" && *first == "" {
		c.flags.Usage()
		return errUsage
	}
	if c.args[0] == "compare" {
		q := url.Values{"body": {*body}, "from": {*first}, "to": {cmp.Or(*last, *first)}}
		return compareFile(ctx, c, c.args[1], strings.TrimSuffix(c.URL, "/")+"/api/v1/sync/statement?"+q.Encode(), *token)
	}
	info, err := os.Stderr.Stat()
	bar := err == nil && info.Mode()&os.ModeCharDevice != 0 && c.err == io.Writer(os.Stderr)
	send := func(file string) error {
		d := &delivery{portal: strings.TrimSuffix(c.URL, "/"), token: *token, body: *body, file: file, err: c.err, bar: bar}
		return d.whole(ctx)
	}
	if c.args[0] == "send" {
		return send(c.args[1])
	}
	return watchFolder(ctx, c.args[1], c.err, send)
}

// watchFolder sends what is put into a folder, and puts it into its folder "sent".
// A file counts as whole once it has not grown for two looks.
func watchFolder(ctx context.Context, dir string, say io.Writer, send func(string) error) error {
	if err := os.MkdirAll(filepath.Join(dir, "sent"), 0o755); err != nil {
		return err
	}
	sizes := map[string]int64{}
	for {
		files, err := filepath.Glob(filepath.Join(dir, "*.ndjson"))
		if err != nil {
			return err
		}
		for _, f := range files {
			info, err := os.Stat(f)
			if err != nil {
				continue
			}
			if was, ok := sizes[f]; !ok || was != info.Size() {
				sizes[f] = info.Size()
				continue
			}
			delete(sizes, f)
			if err := send(f); err != nil && !errors.Is(err, errRejects) {
				fmt.Fprintf(say, "%s: %v; it is tried again\n", f, err)
				continue
			}
			for _, name := range []string{f, f + ".rejected"} {
				if err := os.Rename(name, filepath.Join(dir, "sent", filepath.Base(name))); err != nil && !errors.Is(err, os.ErrNotExist) {
					return err
				}
			}
		}
		select {
		case <-ctx.Done():
			return nil
		case <-time.After(2 * time.Second):
		}
	}
}

// errRejects ends a delivery of which lines were not taken.
var errRejects = errors.New("some lines were rejected")

// whole sends the file from where it was left, again and again until all is answered.
func (d *delivery) whole(ctx context.Context) error {
	info, err := os.Stat(d.file)
	if err != nil {
		return err
	}
	d.size, d.counts = info.Size(), map[string]int{}
	if err := d.resume(); err != nil {
		return err
	}
	if d.rejects, err = os.OpenFile(d.file+".rejected", os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o644); err != nil {
		return err
	}
	defer d.rejects.Close()
	for failed := 0; d.at < d.size; {
		before := d.at
		err := d.once(ctx)
		var no *refusal
		switch {
		case ctx.Err() != nil:
			return ctx.Err()
		case errors.As(err, &no) && no.final():
			return err
		case err != nil && d.at == before:
			if failed++; failed == 8 {
				return fmt.Errorf("line %d: %w", d.line+1, err)
			}
		default:
			failed = 0
		}
		if err != nil {
			select {
			case <-ctx.Done():
				return ctx.Err()
			case <-time.After(time.Duration(1<<min(failed, 6)) * 250 * time.Millisecond):
			}
		}
	}
	d.progress(true)
	if d.counts["rejected"] == 0 {
		d.rejects.Close()
		return errors.Join(os.Remove(d.file+".rejected"), os.Remove(d.file+".journal"))
	}
	if err := os.Remove(d.file + ".journal"); err != nil {
		return err
	}
	return fmt.Errorf("%w: %d, with their reasons in %s.rejected", errRejects, d.counts["rejected"], d.file)
}

// The journal is one line: bytes and lines answered, and how many of each status.
type journal struct {
	Bytes  int64          `json:"bytes"`
	Lines  int            `json:"lines"`
	Counts map[string]int `json:"counts"`
}

func (d *delivery) resume() error {
	b, err := os.ReadFile(d.file + ".journal")
	if errors.Is(err, os.ErrNotExist) {
		return d.note()
	}
	if err != nil {
		return err
	}
	var j journal
	if err := json.Unmarshal(b, &j); err != nil || j.Bytes > d.size {
		return fmt.Errorf("%s.journal is not of this file: take it away to begin anew", d.file)
	}
	d.at, d.line = j.Bytes, j.Lines
	if j.Counts != nil {
		d.counts = j.Counts
	}
	return nil
}

// note writes the journal; a line that is sent twice because of its age does no harm.
func (d *delivery) note() error {
	b, err := json.Marshal(journal{d.at, d.line, d.counts})
	if err != nil {
		return err
	}
	if err := os.WriteFile(d.file+".journal.new", append(b, '\n'), 0o644); err != nil {
		return err
	}
	return os.Rename(d.file+".journal.new", d.file+".journal")
}

// A refusal is an answer to the stream as a whole.
type refusal struct {
	status int
	detail string
}

func (r *refusal) Error() string {
	return fmt.Sprintf("the portal answered %d: %s", r.status, r.detail)
}

// final reports whether asking again would get the same answer.
func (r *refusal) final() bool {
	return r.status >= 400 && r.status < 500 && r.status != http.StatusTooManyRequests && r.status != http.StatusRequestTimeout
}

// once sends the rest of the file in one stream.
func (d *delivery) once(ctx context.Context) error {
	f, err := os.Open(d.file)
	if err != nil {
		return err
	}
	defer f.Close()
	if _, err := f.Seek(d.at, io.SeekStart); err != nil {
		return err
	}
	q, err := http.NewRequestWithContext(ctx, "POST", d.portal+"/api/v1/sync/dossiers?"+url.Values{"body": {d.body}}.Encode(), io.LimitReader(f, d.size-d.at))
	if err != nil {
		return err
	}
	q.Header.Set("Authorization", "Bearer "+d.token)
	q.Header.Set("Content-Type", "application/x-ndjson")
	a, err := http.DefaultClient.Do(q)
	if err != nil {
		return err
	}
	defer a.Body.Close()
	if a.StatusCode != http.StatusOK {
		var p struct{ Title, Detail string }
		json.NewDecoder(io.LimitReader(a.Body, 1<<16)).Decode(&p)
		return &refusal{a.StatusCode, strings.TrimSpace(p.Title + " " + p.Detail)}
	}
	again, err := os.Open(d.file) // read a second time, to know each answered line's length
	if err != nil {
		return err
	}
	defer again.Close()
	if _, err := again.Seek(d.at, io.SeekStart); err != nil {
		return err
	}
	return errors.Join(d.answers(bufio.NewReader(a.Body), bufio.NewReaderSize(again, 256<<10)), d.note())
}

// answers counts the answers; an empty line has none.
func (d *delivery) answers(in, file *bufio.Reader) error {
	first, read := d.line, 0
	for {
		b, err := in.ReadBytes('\n')
		if errors.Is(err, io.EOF) {
			return d.rest(file)
		}
		if err != nil {
			return err
		}
		var said struct {
			Line   int    `json:"line"`
			Status string `json:"status"`
			Error  string `json:"error"`
		}
		if err := json.Unmarshal(b, &said); err != nil {
			return fmt.Errorf("not the portal's answer: %q", b)
		}
		if said.Error != "" {
			return errors.New(said.Error)
		}
		for ; read < said.Line; read++ {
			line, err := file.ReadSlice('\n')
			for errors.Is(err, bufio.ErrBufferFull) {
				d.at += int64(len(line))
				line, err = file.ReadSlice('\n')
			}
			d.at += int64(len(line))
			if err != nil && !errors.Is(err, io.EOF) {
				return err
			}
		}
		d.line = first + said.Line
		d.counts[said.Status]++
		if said.Status == "rejected" {
			fmt.Fprintf(d.rejects, "%s:%d %s", d.file, d.line, b)
		}
		if time.Since(d.told) > time.Second {
			if err := d.note(); err != nil {
				return err
			}
			d.progress(false)
		}
	}
}

// rest is what has no answer: blank lines at the end, or else the stream was cut.
func (d *delivery) rest(file *bufio.Reader) error {
	for at := d.at; ; at++ {
		c, err := file.ReadByte()
		if err != nil {
			d.at = at
			return nil
		}
		if c > ' ' {
			return io.ErrUnexpectedEOF
		}
	}
}

// progress draws a bar where there is a terminal, and says the end in any case.
func (d *delivery) progress(end bool) {
	d.told = time.Now()
	words := ""
	for _, s := range []string{"stored", "unchanged", "stale", "rejected"} {
		words += "  " + s + " " + strconv.Itoa(d.counts[s])
	}
	switch {
	case d.bar:
		const wide = 30
		full := int(wide * d.at / max(d.size, 1))
		fmt.Fprintf(d.err, "\r%s%s %3d %%%s", strings.Repeat("█", full), strings.Repeat("░", wide-full), 100*d.at/max(d.size, 1), words)
		if end {
			fmt.Fprintln(d.err)
		}
	case end:
		fmt.Fprintf(d.err, "%s: %d lines%s\n", d.file, d.line, words)
	}
}
