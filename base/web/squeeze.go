package web

import (
	"bytes"
	"compress/gzip"
	"slices"
	"strings"
	"sync"
)

// little is how many bytes go over the wire in one breath anyway.
const little = 4 << 10

// choices are the cookies that say nothing of who has them.
var choices = []string{"lang", "size", "scheme"}

// A press keeps compressors for the next page: a new one takes a megabyte.
type press struct{ idle sync.Pool }

// mayPress reports whether a page for r may be compressed: only for who brings
// no cookie but his choices. Of a page with something private in it, the
// compressed length would tell a listener whether that repeats what he made the
// browser ask for (BREACH).
func mayPress(r *Request) bool {
	takes := strings.Contains(r.Header.Get("Accept-Encoding"), "gzip") && r.Header.Get("Authorization") == ""
	for _, c := range r.Cookies() {
		takes = takes && slices.Contains(choices, c.Name)
	}
	return takes
}

// squeeze is the page compressed, nil where that is of no use.
func (p *press) squeeze(page []byte) []byte {
	if len(page) < little {
		return nil
	}
	var b bytes.Buffer
	z, _ := p.idle.Get().(*gzip.Writer)
	if z == nil {
		z = gzip.NewWriter(&b)
	}
	defer p.idle.Put(z)
	z.Reset(&b)
	if _, err := z.Write(page); err != nil {
		return nil
	}
	if err := z.Close(); err != nil {
		return nil
	}
	return b.Bytes()
}
