// Package upload looks into files that people send before anything keeps them.
//
// Only JPEG, PNG and PDF are taken, known by their bytes and not by what they
// call themselves. Pictures are decoded and written anew: what was hidden in
// them, where they were taken included, is gone. A file waits in a temporary
// file, not in memory, and few pictures are open at a time.
package upload

import (
	"bytes"
	"context"
	"embed"
	"errors"
	"fmt"
	"io"
	"os"
	"syscall"

	"motcua/base/fault"
)

// Texts are the sentences of this package.
//
//go:embed texts.yaml
var Texts embed.FS

// Most is how many bytes one file may have.
const Most = 25 << 20

// The media types that are taken.
const (
	JPEG = "image/jpeg"
	PNG  = "image/png"
	PDF  = "application/pdf"
)

// Accept is what a page's file input should offer.
const Accept = JPEG + "," + PNG + "," + PDF

// A File is a document that may be kept: reading gives its bytes once.
type File struct {
	Name          string // cleaned, with the ending of its type
	Type          string // what it is, by its bytes
	Size          int64
	Width, Height int // pixels, of pictures
	body          *os.File
}

func (f *File) Read(b []byte) (int, error) { return f.body.Read(b) }

// Content is what would be kept, for who looks at it before.
func (f *File) Content() io.Reader { return io.NewSectionReader(f.body, 0, f.Size) }

// Close lets go of the temporary file.
func (f *File) Close() error {
	defer os.Remove(f.body.Name())
	return f.body.Close()
}

// Take reads a document that somebody calls name. What is refused is a fault
// that says why: upload.cut, upload.empty, upload.large, upload.type, upload.image, upload.pdf.
func Take(ctx context.Context, r io.Reader, name string) (*File, error) {
	body, err := hidden()
	if err != nil {
		return nil, err
	}
	f := &File{body: body}
	if err := f.take(ctx, r, name); err != nil {
		f.Close()
		return nil, err
	}
	return f, nil
}

func (f *File) take(ctx context.Context, r io.Reader, name string) error {
	n, err := io.Copy(f.body, io.LimitReader(waiting{ctx, r}, Most+1))
	switch {
	case errors.Is(err, io.ErrUnexpectedEOF):
		return fmt.Errorf("upload: %w: %w", fault.New(fault.Invalid, "upload.cut"), err)
	case err != nil:
		return disk(err)
	case n == 0:
		return fault.New(fault.Invalid, "upload.empty")
	case n > Most:
		return fault.New(fault.TooLarge, "upload.large", Most>>20)
	}
	f.Size = n
	head := make([]byte, 16)
	if n, err := f.body.ReadAt(head, 0); err != nil && !errors.Is(err, io.EOF) {
		return fmt.Errorf("upload: %w", err)
	} else {
		head = head[:n]
	}
	f.Type = sniff(head)
	if says := claimed(name); f.Type == "" || says != "" && says != f.Type {
		return fault.New(fault.Unsupported, "upload.type")
	}
	f.Name = Name(name, f.Type)
	if f.Type == PDF {
		err = f.document()
	} else {
		err = f.picture(ctx)
	}
	if err != nil {
		return err
	}
	_, err = f.body.Seek(0, io.SeekStart)
	return err
}

// sniff is the type that a file's first bytes say, or "".
func sniff(head []byte) string {
	for _, m := range []struct{ kind, magic string }{{JPEG, "\xff\xd8\xff"}, {PNG, "\x89PNG\r\n\x1a\n"}, {PDF, "%PDF-"}} {
		if bytes.HasPrefix(head, []byte(m.magic)) {
			return m.kind
		}
	}
	return ""
}

// hidden is a temporary file that is gone when it is closed and, where the
// system can, when the program dies.
func hidden() (*os.File, error) {
	f, err := os.CreateTemp("", "upload-")
	if err != nil {
		return nil, disk(err)
	}
	os.Remove(f.Name())
	return f, nil
}

// disk gives a full disk its sentence.
func disk(err error) error {
	if errors.Is(err, syscall.ENOSPC) || errors.Is(err, syscall.EDQUOT) {
		return fmt.Errorf("upload: %w: %w", fault.New(fault.Unavailable, "upload.full"), err)
	}
	return fmt.Errorf("upload: %w", err)
}

// waiting is a reader that ends with its context.
type waiting struct {
	ctx context.Context
	r   io.Reader
}

func (w waiting) Read(p []byte) (int, error) {
	if err := w.ctx.Err(); err != nil {
		return 0, err
	}
	return w.r.Read(p)
}
