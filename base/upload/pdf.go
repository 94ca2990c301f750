package upload

import (
	"bytes"
	"fmt"
	"io"
	"regexp"

	"motcua/base/fault"
)

// locked is how the end of a PDF says that one needs a password for it.
var locked = regexp.MustCompile(`/Encrypt\s*(<<|\d+\s+\d+\s+R)`)

// tail is where a PDF's %%EOF must be found: the last bytes of the file.
const tail = 1024

// document checks that f is a whole PDF that opens without a password. What is
// in it is not ours to change: a signature in it would break.
func (f *File) document() error {
	end := make([]byte, min(f.Size, tail))
	if _, err := f.body.ReadAt(end, f.Size-int64(len(end))); err != nil && err != io.EOF {
		return fmt.Errorf("upload: %w", err)
	}
	if !bytes.Contains(end, []byte("%%EOF")) {
		return fault.New(fault.Invalid, "upload.pdf")
	}
	const step, overlap = 1 << 20, 64
	b := make([]byte, step+overlap)
	for at := int64(0); at < f.Size; at += step {
		n, err := f.body.ReadAt(b, at)
		if err != nil && err != io.EOF {
			return fmt.Errorf("upload: %w", err)
		}
		if locked.Match(b[:n]) {
			return fault.New(fault.Invalid, "upload.locked")
		}
	}
	return nil
}
