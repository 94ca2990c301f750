package web

import (
	"bytes"
	"compress/gzip"
	"io"
	"net/http"
	"net/http/httptest"
	"testing"
)

// TestSqueeze: pages for everybody are compressed, those of one person never.
func TestSqueeze(t *testing.T) {
	page, p := bytes.Repeat([]byte("<p>tiếng Việt</p>"), 1000), &press{}
	for name, c := range map[string]struct {
		page    []byte
		header  string
		cookies []string
		want    bool
		at      string
		pattern string
	}{
		"first visit":       {page, "gzip, deflate, br", nil, true, "/", "GET /{$}"},
		"with his choices":  {page, "gzip", []string{"lang", "scheme", "size"}, true, "/", "GET /{$}"},
		"takes none":        {page, "", nil, false, "/", "GET /{$}"},
		"little":            {page[:1000], "gzip", nil, false, "/", "GET /{$}"},
		"signed in":         {page, "gzip", []string{"lang", "motcua"}, false, "/", "GET /{$}"},
		"holds a draft":     {page, "gzip", []string{"draft-0cn5y1cs400007"}, false, "/", "GET /{$}"},
		"a fixed address":   {page, "gzip", []string{"motcua"}, true, "/work", "GET /work"},
		"with a question":   {page, "gzip", []string{"motcua"}, false, "/work?q=x", "GET /work"},
		"a variable one":    {page, "gzip", []string{"motcua"}, false, "/work/d/1", "GET /work/d/{id}"},
		"anything not ours": {page, "gzip", []string{"x"}, false, "/", "GET /{$}"},
	} {
		hr := httptest.NewRequest("GET", c.at, nil)
		hr.Pattern = c.pattern
		hr.Header.Set("Accept-Encoding", c.header)
		for _, name := range c.cookies {
			hr.AddCookie(&http.Cookie{Name: name, Value: "v"})
		}
		var got []byte
		if mayPress(&Request{Request: hr}) {
			got = p.squeeze(c.page)
		}
		squeezed := got != nil
		if squeezed != c.want {
			t.Errorf("%s: compressed %v, want %v", name, squeezed, c.want)
		}
		if !squeezed {
			continue
		}
		z, err := gzip.NewReader(bytes.NewReader(got))
		if err != nil {
			t.Fatal(err)
		}
		if back, err := io.ReadAll(z); err != nil || !bytes.Equal(back, c.page) || len(got) > len(page)/10 {
			t.Errorf("%s: %d bytes came back from %d, %v", name, len(back), len(got), err)
		}
	}
}
