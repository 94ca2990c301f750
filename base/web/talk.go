package web

import (
	"encoding/json"
	"io"
	"net/http"
	"time"
)

// quiet is how long one side of a conversation may say nothing.
const quiet = time.Minute

// Bytes of one block of what comes in, and how many may wait.
const (
	blockSize = 64 << 10
	blocks    = 2
)

// A Talk is an answer that is given while its request still comes in: a line
// for a line, for hours if need be. Neither side may be silent for a minute.
type Talk struct {
	out  http.ResponseWriter
	ctl  *http.ResponseController
	come chan []byte // blocks of the request's body
	free chan []byte // those that have been read
	over chan struct{}
	err  error  // that ended the body; owned by who closes come until then
	now  []byte // left of the block that is being read
	held []byte // that block
}

// Converse answers with what f writes while it reads the request's body. An
// error in the middle can only be said in what is written.
func Converse(contentType string, f func(*Talk)) Answer {
	a := Raw(contentType, nil)
	a.talk = f
	return a
}

func (a Answer) converse(r *Request) {
	t := &Talk{out: r.w, ctl: http.NewResponseController(r.w), come: make(chan []byte, blocks), free: make(chan []byte, blocks+1), over: make(chan struct{})}
	t.ctl.EnableFullDuplex() // HTTP/2 always is; a server that cannot sends the answer afterwards
	for range blocks + 1 {
		t.free <- nil
	}
	go t.listen(r.Body)
	defer close(t.over)
	r.w.WriteHeader(a.status)
	a.talk(t)
}

// listen fetches the body, so that More can tell whether there is more yet.
func (t *Talk) listen(body io.Reader) {
	defer close(t.come)
	for {
		var b []byte
		select {
		case b = <-t.free:
		case <-t.over:
			return
		}
		if b == nil {
			b = make([]byte, blockSize)
		}
		t.ctl.SetReadDeadline(time.Now().Add(quiet))
		n, err := body.Read(b[:blockSize])
		if n > 0 {
			select {
			case t.come <- b[:n]:
			case <-t.over:
				return
			}
		}
		if err != nil {
			t.err = err
			return
		}
	}
}

// next makes b, the block that has come, the one to be read.
func (t *Talk) next(b []byte) {
	if t.held != nil {
		t.free <- t.held
	}
	t.held, t.now = b, b
}

// Read reads the request's body.
func (t *Talk) Read(b []byte) (int, error) {
	if len(t.now) == 0 {
		block, ok := <-t.come
		if !ok {
			return 0, t.err
		}
		t.next(block)
	}
	n := copy(b, t.now)
	t.now = t.now[n:]
	return n, nil
}

// More reports whether Read has something to say within a time.
func (t *Talk) More(within time.Duration) bool {
	if len(t.now) > 0 {
		return true
	}
	wait := time.NewTimer(within)
	defer wait.Stop()
	select {
	case b, ok := <-t.come:
		if ok {
			t.next(b)
		}
		return true
	case <-wait.C:
		return false
	}
}

// Write sends b on its way at once.
func (t *Talk) Write(b []byte) (int, error) {
	t.ctl.SetWriteDeadline(time.Now().Add(quiet))
	n, err := t.out.Write(b)
	if err == nil {
		err = t.ctl.Flush()
	}
	return n, err
}

// AppendJSON appends a text as JSON.
func AppendJSON(b []byte, s string) []byte {
	for i := range len(s) {
		if c := s[i]; c < 0x20 || c == '"' || c == '\\' || c >= 0x7f {
			q, _ := json.Marshal(s) // a string can always be written
			return append(b, q...)
		}
	}
	return append(append(append(b, '"'), s...), '"')
}
