package password

import (
	"bytes"
	"crypto/fips140"
	"crypto/sha1"
	"embed"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"sort"
	"strings"
)

// What nobody may lean on beside the built list: the product, its roles, and
// what people of its tongues type first.
//
//go:embed words.txt
var words string

// The built list of common passwords, folded, one a line in order; a bare clone
// has none. It is read where the program's file is mapped and takes no memory.
//
//go:embed all:dist
var dist embed.FS

const built = "dist/common.txt"

// Built reports whether the list of common passwords is in this program.
func Built() bool {
	_, err := fs.Stat(dist, built)
	return err == nil
}

// listed reports whether a folded word stands in one of the lists of the program.
func listed(word string) bool {
	yes, _ := lines{strings.NewReader(words), int64(len(words))}.has(word) // of memory: it cannot fail
	if yes {
		return true
	}
	f, err := dist.Open(built)
	if err != nil {
		return false
	}
	yes, _ = over(f).has(word)
	return yes
}

// A Corpus is breached passwords as Have I Been Pwned gives them away: SHA-1 in
// capital hexadecimal digits, a colon, how often, in order; one file of whole
// hashes, or a folder of ranges, each named by its first five digits.
type Corpus struct{ path string }

// Open looks whether such a corpus is at path; "" is none.
func Open(path string) (*Corpus, error) {
	if path == "" {
		return nil, nil
	}
	c := &Corpus{path}
	if _, err := c.Has("password"); err != nil {
		return nil, fmt.Errorf("breached: %w", err)
	}
	return c, nil
}

// Has reports whether a password leaked. Nothing secret rests on SHA-1 here: it is
// what the corpus is kept by.
func (c *Corpus) Has(password string) (yes bool, err error) {
	if c == nil {
		return false, nil
	}
	var sum [sha1.Size]byte
	fips140.WithoutEnforcement(func() { sum = sha1.Sum([]byte(password)) })
	key, path := fmt.Sprintf("%X", sum), c.path
	s, err := os.Stat(path)
	if err != nil {
		return false, err
	}
	if s.IsDir() {
		path, key = filepath.Join(path, key[:5]), key[5:]
		if _, err = os.Stat(path); errors.Is(err, fs.ErrNotExist) {
			path += ".txt"
		}
	}
	f, err := os.Open(path)
	if err != nil {
		return false, err
	}
	defer f.Close()
	return over(f).has(key)
}

// lines are a text whose lines are in order, each shorter than wide.
type lines struct {
	r    io.ReaderAt
	size int64
}

const wide = 64

func over(f fs.File) lines {
	s, err := f.Stat()
	r, ok := f.(io.ReaderAt)
	if err != nil || !ok {
		return lines{strings.NewReader(""), 0}
	}
	return lines{r, s.Size()}
}

// has reports whether a line is key, or begins with it and a colon.
func (l lines) has(key string) (bool, error) {
	var failed error
	at := func(i int) string {
		s, err := l.at(int64(i))
		failed = errors.Join(failed, err)
		return s
	}
	i := sort.Search(int(l.size), func(i int) bool { return failed != nil || at(i) >= key })
	if failed != nil || i == int(l.size) {
		return false, failed
	}
	rest, found := strings.CutPrefix(at(i), key)
	return found && (rest == "" || rest[0] == ':'), failed
}

// at is the line in which the byte i stands.
func (l lines) at(i int64) (string, error) {
	from := max(0, i-wide)
	b := make([]byte, 2*wide)
	n, err := l.r.ReadAt(b, from)
	if err != nil && err != io.EOF {
		return "", err
	}
	here := int(i - from)
	start := bytes.LastIndexByte(b[:here], '\n') + 1
	end := bytes.IndexByte(b[here:n], '\n')
	if end < 0 {
		end = n - here
	}
	if start == 0 && from > 0 || here+end-start >= wide {
		return "", fmt.Errorf("a line of %d bytes or more at %d: not such a list", wide, i)
	}
	return strings.TrimSuffix(string(b[start:here+end]), "\r"), nil
}
