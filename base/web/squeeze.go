package web

import (
	"bytes"
	"compress/gzip"
	"net/http"
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

// mayPress reports whether a page for r may be compressed: for who brings no
// cookie but his choices, and where the address is always the same. Of a page
// with something private in it, the compressed length would tell a listener
// whether that repeats what he made the browser ask for (BREACH): nothing, where
// the route has no variable and no question came.
func mayPress(r *Request) bool {
	takes := strings.Contains(r.Header.Get("Accept-Encoding"), "gzip") && r.Header.Get("Authorization") == ""
	if takes && r.Method == http.MethodGet && r.URL.RawQuery == "" && r.Pattern != "" && !strings.Contains(r.Pattern, "{") {
		return true
	}
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
