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

// squeeze is the page as it goes over the wire, and whether it is compressed.
// It is so only for who brings no cookie but his choices: of a page with
// something private in it, the compressed length would tell a listener whether
// that repeats what he made the browser ask for (BREACH).
func (p *press) squeeze(r *Request, page []byte) ([]byte, bool) {
	takes := strings.Contains(r.Header.Get("Accept-Encoding"), "gzip")
	for _, c := range r.Cookies() {
		takes = takes && slices.Contains(choices, c.Name)
	}
	if !takes || len(page) < little || r.Header.Get("Authorization") != "" {
		return page, false
	}
	var b bytes.Buffer
	z, _ := p.idle.Get().(*gzip.Writer)
	if z == nil {
		z = gzip.NewWriter(&b)
	}
	defer p.idle.Put(z)
	z.Reset(&b)
	if _, err := z.Write(page); err != nil {
		return page, false
	}
	if err := z.Close(); err != nil {
		return page, false
	}
	return b.Bytes(), true
}
