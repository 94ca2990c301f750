package sync

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"io"
	"log/slog"
	"mime"
	"slices"
	"strconv"
	"time"

	"motcua/base/fault"
	"motcua/base/web"
	"motcua/kernel"
	"motcua/kernel/mirror"
)

// lines is the media type of a line of JSON after the other.
const lines = "application/x-ndjson"

// streams are the names under which lines are taken.
var streams = []string{lines, "application/ndjson", "application/jsonl"}

// take reads a stream of lines and answers each.
func (s *system) take(r *kernel.Request) (web.Answer, error) {
	if media, _, err := mime.ParseMediaType(r.Header.Get("Content-Type")); err != nil || !slices.Contains(streams, media) {
		return web.Answer{}, fault.New(fault.Unsupported, "sync.media")
	}
	from, err := sender(r, r.URL.Query().Get("body"))
	if err != nil {
		return web.Answer{}, err
	}
	if err := r.App.Heard.From(r.Context(), from); err != nil {
		return web.Answer{}, err
	}
	return web.Converse(lines, func(t *web.Talk) {
		c := &stream{r: r, sender: from, parse: mirror.Parser{Sender: from}, in: bufio.NewReaderSize(t, 64<<10), talk: t}
		if err := c.run(r.Context()); err != nil {
			c.broken(err)
		}
	}), nil
}

// A stream is one sender's lines on their way. It keeps one batch at most, so
// that any number of slow senders cost little and hold up nobody.
type stream struct {
	r      *kernel.Request
	sender string
	parse  mirror.Parser
	in     *bufio.Reader
	talk   *web.Talk

	n     int // of the line last read
	bytes int // of the batch
	batch []mirror.Line
	at    []int        // numbers of the batch's lines
	wrong []rejected   // lines of this stretch that could not be read
	said  []byte       // answers of this stretch
	long  bytes.Buffer // a line that is longer than the reader's buffer
}

type rejected struct {
	n     int
	code  string // of the dossier, as far as it was understood
	wrong *mirror.Wrong
}

// batchBytes ends a batch early: 200 lines of 200 KB each would be much to hold.
const batchBytes = 1 << 20

// pause is how long a batch waits to be filled once nothing more has come.
const pause = 20 * time.Millisecond

func (c *stream) run(ctx context.Context) error {
	for {
		line, err := c.line()
		if errors.Is(err, io.EOF) {
			return c.flush(ctx)
		}
		if err != nil { // the sender was cut off: what came whole is kept
			return errors.Join(c.flush(ctx), err)
		}
		if len(line) > 0 {
			c.read(line)
		}
		full := len(c.batch) == mirror.Chunk || c.bytes > batchBytes || len(c.wrong) > mirror.Chunk
		// Who waits for answers before he goes on gets them.
		if full || c.in.Buffered() == 0 && !c.talk.More(pause) {
			if err := c.flush(ctx); err != nil {
				return err
			}
		}
	}
}

// line reads one line without its end; a longer one than is taken is read to
// its end and comes as itself, cut.
func (c *stream) line() ([]byte, error) {
	c.n++
	b, err := c.in.ReadSlice('\n')
	if err == nil || errors.Is(err, io.EOF) && len(b) > 0 {
		return bytes.TrimSpace(b), nil
	}
	if !errors.Is(err, bufio.ErrBufferFull) {
		return nil, err
	}
	c.long.Reset()
	for errors.Is(err, bufio.ErrBufferFull) {
		if c.long.Len() <= mirror.Longest {
			c.long.Write(b)
		}
		b, err = c.in.ReadSlice('\n')
	}
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, err
	}
	c.long.Write(b)
	return bytes.TrimSpace(c.long.Bytes()), nil
}

// read takes one line into the batch, or its fault into the answers.
func (c *stream) read(b []byte) {
	var l mirror.Line
	wrong := &mirror.Wrong{Code: "mirror.wrong.size", Args: []any{mirror.Longest}}
	if len(b) <= mirror.Longest {
		l, wrong = c.parse.Parse(b)
	}
	if wrong != nil {
		c.wrong = append(c.wrong, rejected{c.n, l.Code, wrong})
		return
	}
	c.batch, c.at, c.bytes = append(c.batch, l), append(c.at, c.n), c.bytes+len(b)
}

// flush stores the batch and answers its lines in their order.
func (c *stream) flush(ctx context.Context) error {
	if len(c.batch)+len(c.wrong) == 0 {
		return nil
	}
	answers, err := c.r.App.Mirror.Put(ctx, c.r.Me, c.sender, c.batch)
	if err != nil {
		return err
	}
	w := c.wrong
	for i, a := range answers {
		for len(w) > 0 && w[0].n < c.at[i] {
			c.say(w[0].n, w[0].code, mirror.Answer{Status: mirror.Rejected, Wrong: w[0].wrong})
			w = w[1:]
		}
		c.say(c.at[i], c.batch[i].Code, a)
	}
	for _, x := range w {
		c.say(x.n, x.code, mirror.Answer{Status: mirror.Rejected, Wrong: x.wrong})
	}
	clear(c.batch)
	c.batch, c.at, c.wrong, c.bytes = c.batch[:0], c.at[:0], c.wrong[:0], 0
	_, err = c.talk.Write(c.said)
	c.said = c.said[:0]
	return err
}

// say appends the answer to one line.
func (c *stream) say(n int, code string, a mirror.Answer) {
	b := strconv.AppendInt(append(c.said, `{"line":`...), int64(n), 10)
	if code != "" {
		b = web.AppendJSON(append(b, `,"code":`...), code)
	}
	b = append(append(append(b, `,"status":"`...), a.Status...), '"')
	if a.Wrong != nil {
		if a.Wrong.At != "" {
			b = web.AppendJSON(append(b, `,"field":`...), a.Wrong.At)
		}
		b = web.AppendJSON(append(b, `,"reason":`...), c.r.T(a.Wrong.Code, a.Wrong.Args...))
	}
	c.said = append(b, "}\n"...)
}

// broken says why the stream ends before its end: from the line after the last
// answered one it may be sent again.
func (c *stream) broken(err error) {
	if c.r.Context().Err() != nil {
		return
	}
	p := c.r.Server.Problem(c.r.Request, err)
	b := web.AppendJSON([]byte(`{"error":`), p.Detail)
	if p.Status == 500 {
		slog.Error("a stream of dossiers failed", "sender", c.sender, "err", err)
	}
	c.talk.Write(append(b, "}\n"...))
}
