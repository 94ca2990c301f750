package cutover

import (
	"context"
	"crypto/sha256"
	"errors"
	"io"
	"io/fs"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"motcua/base/blob"
	"motcua/base/fault"
	"motcua/base/id"
	"motcua/base/upload"
	"motcua/kernel/dossier"
)

// papers looks at every file, compares it with its sum, and keeps it.
func (x *Dossiers) papers(ctx context.Context, c *checker, t *taking) error {
	for i, s := range t.Papers {
		at := "/papers/" + number(i)
		paper, ok := paperOf(t.kind, mapped(x.Mapping.Papers, s.Paper))
		sum, err := blob.Parse(strings.ToLower(s.Sum))
		switch {
		case !ok:
			c.wrong(at+"/paper", "dossier.paper")
			continue
		case err != nil:
			c.wrong(at+"/sha256", "cutover.sum")
			continue
		case x.Files == nil:
			c.wrong(at+"/file", "cutover.files")
			continue
		case len(t.entry.Papers[paper.ID]) >= paper.Most():
			c.wrong(at+"/paper", "dossier.papermany", paper.Most())
			continue
		}
		f, bad, err := x.keep(ctx, s, sum)
		if err != nil {
			return err
		}
		if bad != nil {
			c.wrong(at+"/file", bad.Code, bad.Args...)
			continue
		}
		if t.entry.Papers == nil {
			t.entry.Papers = map[string][]dossier.File{}
		}
		t.entry.Papers[paper.ID] = append(t.entry.Papers[paper.ID], f)
	}
	return nil
}

// keep takes a file in as if somebody had sent it: by its true type, pictures
// written anew. bad says what is wrong with the file itself.
func (x *Dossiers) keep(ctx context.Context, s Sheet, want blob.Sum) (out dossier.File, bad *fault.Error, err error) {
	f, err := x.Files.Open(s.File)
	if errors.Is(err, fs.ErrNotExist) || err != nil && strings.Contains(err.Error(), "escapes") {
		return out, fault.New(fault.Invalid, "cutover.file", s.File), nil
	}
	if err != nil {
		return out, nil, err
	}
	defer f.Close()
	got, err := sumOf(f)
	if err != nil {
		return out, nil, err
	}
	if got != want {
		return out, fault.New(fault.Invalid, "cutover.changed", s.File), nil
	}
	name := s.Name
	if name == "" {
		name = s.File[strings.LastIndexByte(s.File, '/')+1:]
	}
	u, err := upload.Take(ctx, f, name)
	var refused *fault.Error
	if errors.As(err, &refused) {
		return out, refused, nil
	}
	if err != nil {
		return out, nil, err
	}
	defer u.Close()
	out = dossier.File{Name: u.Name, Type: u.Type, Size: u.Size, Sum: want.String()}
	if x.DryRun {
		return out, nil, nil
	}
	kept, size, err := x.App.Files.Put(ctx, u)
	if errors.As(err, &refused) && refused.Kind == fault.Invalid { // malware
		return out, refused, nil
	}
	if err != nil {
		return out, nil, err
	}
	out.ID, out.Sum, out.Size = x.App.IDs.New(), kept.String(), size
	if kept != want {
		out.Was = want.String()
	}
	return out, nil, nil
}

// sameFiles gives files that came with the case before the numbers they had.
func sameFiles(now, before map[string][]dossier.File) (fresh []id.ID) {
	for paper, files := range now {
		for i, f := range files {
			if j := slices.IndexFunc(before[paper], func(o dossier.File) bool { return o.Sum == f.Sum && o.Name == f.Name }); j >= 0 {
				files[i] = before[paper][j]
				continue
			}
			fresh = append(fresh, f.ID)
		}
	}
	return fresh
}

// sumOf reads f through and goes back to its beginning.
func sumOf(f io.ReadSeeker) (sum blob.Sum, err error) {
	h := sha256.New()
	if _, err = io.Copy(h, f); err == nil {
		_, err = f.Seek(0, io.SeekStart)
	}
	h.Sum(sum[:0])
	return sum, err
}

func number(i int) string { return strconv.Itoa(i) }

// short is s in at most n bytes, cut between characters.
func short(s string, n int) string {
	s = strings.TrimSpace(s)
	for len(s) > n {
		_, last := utf8.DecodeLastRuneInString(s[:n+1])
		s = s[:n+1-last]
	}
	return s
}
