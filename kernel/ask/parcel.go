package ask

import (
	"context"
	"errors"
	"io"
	"mime/multipart"
	"net/http"
	"net/url"
	"strings"

	"motcua/base/fault"
	"motcua/base/lang"
	"motcua/base/upload"
	"motcua/kernel/dossier"
)

// A Parcel is what a page with papers sent.
type Parcel struct {
	Values url.Values
	Files  map[string][]dossier.File // kept already, by paper
	Wrong  map[string]string         // what was refused and why, by paper
}

// A Taker says what becomes of the files of a parcel.
type Taker struct {
	Voice lang.Voice
	Room  func(paper string) (left, most int) // how many files of the paper are still taken, and in all; most 0: not asked
	Keep  func(ctx context.Context, r io.Reader, name string) (dossier.File, error)
}

// value is how many bytes of all values together are read.
const value = 1 << 20

// Receive reads a parcel part by part: each file is looked into and kept before
// the next one is read, so that little of it is in memory at once. What is
// refused is noted in Wrong and the rest is taken; with an error, what came
// before it is in the parcel all the same.
func (t Taker) Receive(r *http.Request) (p Parcel, err error) {
	p = Parcel{url.Values{}, map[string][]dossier.File{}, map[string]string{}}
	parts, err := r.MultipartReader()
	if errors.Is(err, http.ErrNotMultipart) {
		err = r.ParseForm()
		p.Values = r.PostForm
		return p, broken(err)
	}
	if err != nil {
		return p, broken(err)
	}
	left := int64(value)
	for {
		part, err := parts.NextPart()
		if errors.Is(err, io.EOF) {
			return p, nil
		}
		if err != nil {
			return p, broken(err)
		}
		if part.FileName() != "" {
			if err := t.file(r.Context(), &p, part); err != nil {
				return p, err
			}
			continue
		}
		b, err := io.ReadAll(io.LimitReader(part, left+1))
		if err != nil {
			return p, broken(err)
		}
		if left -= int64(len(b)); left < 0 {
			return p, fault.New(fault.TooLarge, "web.large", value>>20)
		}
		if !isFile(part) {
			p.Values.Add(part.FormName(), string(b))
		}
	}
}

// isFile tells a file input that was left empty from a value.
func isFile(part *multipart.Part) bool {
	return strings.Contains(part.Header.Get("Content-Disposition"), "filename=")
}

// broken is the error of a form that cannot be read to its end.
func broken(err error) error {
	var large *http.MaxBytesError
	if err == nil || errors.As(err, &large) {
		return err
	}
	return fault.New(fault.Invalid, "fault.invalid")
}

func (t Taker) file(ctx context.Context, p *Parcel, part *multipart.Part) error {
	paper := part.FormName()
	left, most := t.Room(paper)
	if most == 0 {
		return nil
	}
	if left <= len(p.Files[paper]) {
		p.Wrong[paper] = t.Voice.T("dossier.papermany", most)
		return nil
	}
	f, err := t.Keep(ctx, part, part.FileName())
	var e *fault.Error
	if errors.As(err, &e) && (strings.HasPrefix(e.Code, "upload.") || strings.HasPrefix(e.Code, "file.")) && e.Kind != fault.Unavailable {
		p.Wrong[paper] = upload.Label(part.FileName()) + ": " + t.Voice.T(e.Code, e.Args...)
		return nil
	}
	if err != nil {
		return err
	}
	p.Files[paper] = append(p.Files[paper], f)
	return nil
}

// Files is how many files a paper takes.
func Files(p dossier.Paper) int {
	if p.Max > 0 {
		return p.Max
	}
	return 5
}
