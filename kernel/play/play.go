// Package play acts out the stories that public services tell of themselves:
// the examples in their files, which an official can read, are their tests.
package play

import (
	"bytes"
	"context"
	"fmt"
	"image"
	"image/color"
	"image/jpeg"
	"image/png"
	"maps"
	"slices"
	"sync"

	"motcua/base/blob"
	"motcua/base/id"
	"motcua/kernel"
	"motcua/kernel/dossier"
	"motcua/kernel/form"
	"motcua/kernel/procedure"
	"motcua/kernel/signed"
	"motcua/kernel/who"
)

// A Cast is who plays whom: applicant, clerk, officer, leader.
type Cast map[string]who.Person

// A Stage is where stories are played.
type Stage struct {
	Engine *dossier.Engine
	Blobs  *blob.Store
	App    *kernel.App // where applicants sign what they file
	Cast   Cast
	Org    id.ID              // for whom a business's applicant acts
	File   map[string]id.ID   // sample files of the applicant by pdf, jpg, png; filled as needed
	Change func(form.Answers) // varies the example's answers before filing; nil: none
}

// Open files the example.
func (s *Stage) Open(ctx context.Context, k *dossier.Kind, x procedure.Example) (*dossier.Dossier, error) {
	answers := maps.Clone(x.Answers)
	if s.Change != nil {
		s.Change(answers)
	}
	papers, err := s.papers(ctx, s.Cast["applicant"], x.Papers)
	if err != nil {
		return nil, err
	}
	o := dossier.Order{Me: s.Cast["applicant"], Kind: k.Name, Body: x.Body, Answers: answers, Papers: papers}
	if x.Applicant == "business" {
		o.Org = s.Org
	}
	if k.Signs != "" {
		if o.Signed, err = signed.Play(ctx, s.App, o); err != nil {
			return nil, fmt.Errorf("%s, %q, signing: %w", k.Name, x.Name, err)
		}
	}
	d, err := s.Engine.Act(ctx, o)
	if err != nil {
		return nil, fmt.Errorf("%s, %q, filing: %w", k.Name, x.Name, err)
	}
	return d, nil
}

// Turn plays one turn of the story.
func (s *Stage) Turn(ctx context.Context, d *dossier.Dossier, t procedure.Turn) (*dossier.Dossier, error) {
	if t.By == procedure.Payer {
		return s.pay(ctx, d)
	}
	me := s.Cast[t.By]
	papers, err := s.papers(ctx, me, t.Papers)
	if err != nil {
		return nil, err
	}
	next, err := s.Engine.Act(ctx, dossier.Order{Me: me, Dossier: d.ID, Act: t.Act, Answers: maps.Clone(t.Answers), Papers: papers})
	if err != nil {
		return nil, fmt.Errorf("%s in state %s, %s does %s: %w", d.Kind, d.State, t.By, t.Act, err)
	}
	return next, nil
}

// pay brings the money that d waits for to the counter, where the clerk takes it.
func (s *Stage) pay(ctx context.Context, d *dossier.Dossier) (*dossier.Dossier, error) {
	orders, err := s.Engine.Children(ctx, d.ID)
	for _, o := range orders {
		if err != nil || !o.Ended.IsZero() {
			continue
		}
		whole, e := s.Engine.Find(ctx, o.ID)
		if err = e; err == nil {
			_, err = s.Engine.Act(ctx, dossier.Order{Me: s.Cast["clerk"], Dossier: o.ID, Act: "cash", Answers: form.Answers{"amount": whole.Answers["amount"]}})
		}
	}
	if err != nil {
		return nil, fmt.Errorf("%s in state %s, paying: %w", d.Kind, d.State, err)
	}
	return s.Engine.Find(ctx, d.ID)
}

// Tell plays the whole story and says where the dossier stands after it. What
// time itself does at once is done by settle, which may be nil.
func (s *Stage) Tell(ctx context.Context, k *dossier.Kind, x procedure.Example, settle func() error) (*dossier.Dossier, error) {
	d, err := s.Open(ctx, k, x)
	for _, t := range x.Story {
		if err == nil {
			d, err = s.Turn(ctx, d, t)
		}
	}
	if err != nil || settle == nil {
		return d, err
	}
	if err := settle(); err != nil {
		return nil, err
	}
	return s.Engine.Find(ctx, d.ID)
}

// papers stores the sample files that a story names and gives their ids.
func (s *Stage) papers(ctx context.Context, owner who.Person, samples map[string]string) (map[string][]id.ID, error) {
	out := map[string][]id.ID{}
	for _, paper := range slices.Sorted(maps.Keys(samples)) {
		sort := samples[paper]
		key := owner.ID.String() + sort
		if s.File[key] == 0 {
			f, err := Sample(sort)
			if err != nil {
				return nil, err
			}
			sum, err := s.Blobs.PutBytes(ctx, f.Bytes)
			if err != nil {
				return nil, err
			}
			row, err := s.Engine.AddFile(ctx, owner.ID, 0, dossier.File{Name: f.Name, Type: f.Type, Size: int64(len(f.Bytes)), Sum: sum.String()})
			if err != nil {
				return nil, err
			}
			if s.File == nil {
				s.File = map[string]id.ID{}
			}
			s.File[key] = row.ID
		}
		out[paper] = []id.ID{s.File[key]}
	}
	return out, nil
}

// A File is a sample paper.
type File struct {
	Name, Type string
	Bytes      []byte
}

// Sample makes a plainly invented paper of the sort pdf, jpg or png.
func Sample(sort string) (File, error) {
	switch sort {
	case "jpg":
		b, err := sampleJPEG()
		return File{"demo.jpg", "image/jpeg", b}, err
	case "png":
		b, err := samplePNG()
		return File{"demo.png", "image/png", b}, err
	case "pdf":
		return File{"demo.pdf", "application/pdf", samplePDF()}, nil
	}
	return File{}, fmt.Errorf("sample %q: want pdf, jpg or png", sort)
}

// Pictures take long to make, and stories ask for them often.
var (
	sampleJPEG = sync.OnceValues(func() ([]byte, error) {
		var b bytes.Buffer
		err := jpeg.Encode(&b, samplePicture(), nil)
		return b.Bytes(), err
	})
	samplePNG = sync.OnceValues(func() ([]byte, error) {
		var b bytes.Buffer
		err := png.Encode(&b, samplePicture())
		return b.Bytes(), err
	})
)

// samplePicture is a letter with a dark heading, grey lines and a red seal.
func samplePicture() image.Image {
	pic := image.NewRGBA(image.Rect(0, 0, 420, 594))
	for y := range 594 {
		for x := range 420 {
			c := color.RGBA{250, 247, 242, 255}
			switch {
			case y > 60 && y < 90 && x > 110 && x < 310:
				c = color.RGBA{42, 36, 31, 255}
			case y > 130 && y < 480 && y%28 < 3 && x > 40 && x < 380-(y*7)%120:
				c = color.RGBA{133, 122, 109, 255}
			case (x-310)*(x-310)+(y-520)*(y-520) < 1600 && (x-310)*(x-310)+(y-520)*(y-520) > 1300:
				c = color.RGBA{143, 26, 34, 255}
			}
			pic.SetRGBA(x, y, c)
		}
	}
	return pic
}

// samplePDF is one page that says that it is a sample.
func samplePDF() []byte {
	var b bytes.Buffer
	var at []int
	obj := func(s string) { at = append(at, b.Len()); fmt.Fprintf(&b, "%d 0 obj\n%s\nendobj\n", len(at), s) }
	b.WriteString("%PDF-1.4\n")
	obj("<</Type /Catalog /Pages 2 0 R>>")
	obj("<</Type /Pages /Kids [3 0 R] /Count 1>>")
	obj("<</Type /Page /Parent 2 0 R /MediaBox [0 0 420 595] /Contents 4 0 R /Resources <</Font <</F 5 0 R>>>>>>")
	text := "BT /F 28 Tf 60 480 Td (DEMO) Tj 0 -40 Td /F 14 Tf (This paper is invented.) Tj ET"
	obj(fmt.Sprintf("<</Length %d>>\nstream\n%s\nendstream", len(text), text))
	obj("<</Type /Font /Subtype /Type1 /BaseFont /Helvetica>>")
	xref := b.Len()
	fmt.Fprintf(&b, "xref\n0 %d\n0000000000 65535 f \n", len(at)+1)
	for _, o := range at {
		fmt.Fprintf(&b, "%010d 00000 n \n", o)
	}
	fmt.Fprintf(&b, "trailer\n<</Size %d /Root 1 0 R>>\nstartxref\n%d\n%%%%EOF\n", len(at)+1, xref)
	return b.Bytes()
}
