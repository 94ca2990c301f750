// Package file keeps the documents that people send, and gives them out again to
// who was found to have a right to them.
//
// Where the operator names a scanner, a document is shown to it first. One with
// malware is refused. When the scanner does not answer, the document is taken all
// the same (a citizen's limit does not wait for our machines), marked, and shown
// to the scanner later; if malware is found then, nobody is given it any more. Its
// bytes stay: what was filed is what the ledger proves.
package file

import (
	"bytes"
	"context"
	"embed"
	"io"
	"io/fs"
	"sync/atomic"
	"time"

	"motcua/base/blob"
	"motcua/base/clamd"
	"motcua/base/db"
	"motcua/base/fault"
	"motcua/base/upload"
	"motcua/base/web"
	"motcua/kernel/dossier"
)

// Texts are the sentences of this package.
//
//go:embed texts.yaml
var Texts embed.FS

//go:embed schema/*.sql
var schema embed.FS

// thumb is the longer edge of small pictures, in pixels.
const thumb = 400

// A Store keeps documents.
type Store struct {
	DB      *db.DB
	Blobs   *blob.Store
	Scanner *clamd.Daemon // nil: there is none
	Now     func() time.Time

	rests atomic.Int64 // until when the scanner is not asked, since it did not answer: Unix seconds
}

// Open makes the table.
func Open(ctx context.Context, d *db.DB) error {
	files, _ := fs.Sub(schema, "schema")
	return d.Migrate(ctx, "file", files)
}

// Take takes a document that somebody calls name: looked into, scanned, kept. media
// is the type it must be of, "" any.
func (s *Store) Take(ctx context.Context, r io.Reader, name, media string) (dossier.File, error) {
	f, err := upload.Take(ctx, r, name)
	if err != nil {
		return dossier.File{}, err
	}
	defer f.Close()
	if media != "" && media != f.Type {
		return dossier.File{}, fault.New(fault.Unsupported, "upload.type")
	}
	sum, n, err := s.Put(ctx, f)
	return dossier.File{Name: f.Name, Type: f.Type, Size: n, Sum: sum.String()}, err
}

// Put keeps a document that was looked into. It is durable when Put returns, with
// its mark if it has one.
func (s *Store) Put(ctx context.Context, f *upload.File) (sum blob.Sum, n int64, err error) {
	unseen, err := s.scan(ctx, f.Content())
	if err != nil {
		return sum, 0, err
	}
	if sum, n, err = s.Blobs.Put(ctx, f, upload.Most); err == nil && unseen != nil {
		err = s.mark(ctx, sum.String(), unseen)
	}
	return sum, n, err
}

// Document answers a stored file to who was found to have a right to it, or a
// small picture of it.
func (s *Store) Document(ctx context.Context, f dossier.File, small, download bool) (web.Answer, error) {
	b, err := s.Bytes(ctx, f) // checked: what is damaged is not shown, not even small
	if err != nil || !small || f.Type == upload.PDF {
		return web.File(f.Name, f.Type, b, download), err
	}
	b, err = upload.Thumb(ctx, bytes.NewReader(b), thumb)
	return web.File(f.Name, upload.JPEG, b, false), err
}

// Bytes are those of a stored file, unless malware was found in it.
func (s *Store) Bytes(ctx context.Context, f dossier.File) ([]byte, error) {
	sum, err := blob.Parse(f.Sum)
	if err == nil {
		err = s.Sound(ctx, f.Sum)
	}
	if err != nil {
		return nil, err
	}
	return s.Blobs.Bytes(sum)
}

// Sound refuses a file in which malware was found after it had been kept (Gone).
func (s *Store) Sound(ctx context.Context, sum string) error {
	marks, err := s.Marks(ctx, sum)
	if m := marks[sum]; err == nil && m.Found != "" {
		return fault.New(fault.Gone, "file.malware.later", m.Found)
	}
	return err
}
