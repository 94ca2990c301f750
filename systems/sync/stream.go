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
	"motcua/kernel/repeat"
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

	n    int          // of the line last read
	came []came       // lines of this stretch
	text []byte       // theirs, one after the other
	said []byte       // answers of this stretch
	long bytes.Buffer // a line that is longer than the reader's buffer
}

// A came is a line on its way to its answer.
type came struct {
	n, to  int    // its number; where its text ends
	code   string // of the dossier, as far as it was understood
	answer mirror.Answer
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
		full := len(c.came) == mirror.Chunk || len(c.text) > batchBytes
		// Who waits for answers before he goes on gets them.
		if full || c.in.Buffered() == 0 && !c.talk.More(pause) {
			if err := c.flush(ctx); err != nil {
				return err
			}
			if !full {
				c.text = nil // many slow senders cost little
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

// read takes one line into the batch; of one that is too long only that it came.
func (c *stream) read(b []byte) {
	x := came{n: c.n}
	if len(b) > mirror.Longest {
		b, x.answer = nil, mirror.Answer{Status: mirror.Rejected, Wrong: &mirror.Wrong{Code: "mirror.wrong.size", Args: []any{mirror.Longest}}}
	}
	c.text = append(c.text, b...)
	x.to = len(c.text)
	c.came = append(c.came, x)
}

// flush stores the batch and answers its lines in their order.
func (c *stream) flush(ctx context.Context) error {
	if len(c.came) == 0 {
		return nil
	}
	batch, err := c.fresh(ctx)
	if err != nil {
		return err
	}
	answers, err := c.r.App.Mirror.Put(ctx, c.r.Me, c.sender, batch)
	if err != nil {
		return err
	}
	for i := range c.came {
		x := &c.came[i]
		if x.answer.Status == "" {
			x.answer, answers = answers[0], answers[1:]
		}
		c.say(x.n, x.code, x.answer)
	}
	clear(c.came)
	c.came, c.text = c.came[:0], c.text[:0]
	_, err = c.talk.Write(c.said)
	c.said = c.said[:0]
	return err
}

// fresh reads the lines of the stretch that did not come just so before, and
// answers the others and those that cannot be read.
func (c *stream) fresh(ctx context.Context) (batch []mirror.Line, err error) {
	lines, sums, from := make([][]byte, len(c.came)), make([]int64, len(c.came)), 0
	for i, x := range c.came {
		lines[i] = c.text[from:x.to]
		sums[i], from = repeat.Sum(c.sender, lines[i]), x.to
	}
	known, err := repeat.Known(ctx, c.r.App.Mirror, c.sender, lines, sums)
	if err != nil {
		return nil, err
	}
	var read []mirror.Line
	take := func(i int) {
		if read == nil {
			read = make([]mirror.Line, len(c.came))
		}
		x := &c.came[i]
		var wrong *mirror.Wrong
		if read[i], wrong = c.parse.Parse(lines[i]); wrong != nil {
			x.answer = mirror.Answer{Status: mirror.Rejected, Wrong: wrong}
		}
		read[i].Raw, x.code, known[i] = sums[i], read[i].Code, ""
	}
	news := map[string]bool{}
	for i := range c.came {
		if known[i] == "" && c.came[i].answer.Status == "" {
			take(i)
			news[read[i].Code] = true
		}
	}
	for i := range c.came {
		x := &c.came[i]
		if known[i] != "" && news[known[i]] { // a newer one may stand before it
			take(i)
		}
		switch {
		case known[i] != "":
			x.code, x.answer = known[i], mirror.Answer{Status: mirror.Unchanged}
		case x.answer.Status == "":
			batch = append(batch, read[i])
		}
	}
	return batch, nil
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
