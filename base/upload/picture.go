package upload

import (
	"bytes"
	"context"
	"fmt"
	"image"
	"image/color"
	"image/jpeg"
	"image/png"
	"io"
	"math"

	"golang.org/x/image/draw"

	"motcua/base/fault"
)

const (
	pixels  = 50_000_000 // a picture of more would fill the memory
	side    = 3000       // of the longer edge, once kept: an A4 page at 250 dots an inch
	quality = 85
)

// open lets two pictures at a time into memory: one of 50 million pixels takes 200 MB.
var open = make(chan struct{}, 2)

// enter waits for a place among them.
func enter(ctx context.Context) (leave func(), err error) {
	select {
	case open <- struct{}{}:
		return func() { <-open }, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// picture writes f anew from nothing but what one sees of it.
func (f *File) picture(ctx context.Context) error {
	leave, err := enter(ctx)
	if err != nil {
		return err
	}
	defer leave()
	turn := 1
	if f.Type == JPEG {
		turn = orientation(io.NewSectionReader(f.body, 0, f.Size))
	}
	img, err := decode(io.NewSectionReader(f.body, 0, f.Size))
	if err != nil {
		return err
	}
	out := turned(fitted(img, side), turn)
	if err := f.body.Truncate(0); err != nil {
		return fmt.Errorf("upload: %w", err)
	}
	if _, err := f.body.Seek(0, io.SeekStart); err != nil {
		return fmt.Errorf("upload: %w", err)
	}
	if f.Type == JPEG {
		err = jpeg.Encode(f.body, out, &jpeg.Options{Quality: quality})
	} else {
		err = png.Encode(f.body, out)
	}
	if err != nil {
		return disk(err)
	}
	f.Width, f.Height = out.Bounds().Dx(), out.Bounds().Dy()
	f.Size, err = f.body.Seek(0, io.SeekCurrent)
	return err
}

// decode reads a picture after a look at how large it says it is.
func decode(r io.ReadSeeker) (image.Image, error) {
	c, kind, err := image.DecodeConfig(r)
	if err != nil || kind != "jpeg" && kind != "png" {
		return nil, fault.New(fault.Invalid, "upload.image")
	}
	most := int64(pixels)
	switch c.ColorModel {
	case color.RGBA64Model, color.NRGBA64Model, color.Gray16Model:
		most /= 2 // each pixel takes twice the memory
	}
	if int64(c.Width)*int64(c.Height) > most {
		return nil, fault.New(fault.TooLarge, "upload.pixels", pixels/1_000_000)
	}
	if _, err := r.Seek(0, io.SeekStart); err != nil {
		return nil, fmt.Errorf("upload: %w", err)
	}
	img, _, err := image.Decode(r)
	if err != nil || img.Bounds().Empty() {
		return nil, fault.New(fault.Invalid, "upload.image")
	}
	return img, nil
}

// fitted is img with edges of at most most pixels.
func fitted(img image.Image, most int) image.Image {
	b := img.Bounds()
	long := max(b.Dx(), b.Dy())
	if long <= most {
		return img
	}
	scaled := func(n int) int { return max(int(math.Round(float64(n)*float64(most)/float64(long))), 1) }
	out := image.NewNRGBA(image.Rect(0, 0, scaled(b.Dx()), scaled(b.Dy())))
	draw.BiLinear.Scale(out, out.Bounds(), img, b, draw.Src, nil)
	return out
}

// turned is img as the camera was held: o is the orientation of EXIF, 1 to 8.
func turned(img image.Image, o int) image.Image {
	if o <= 1 || o > 8 {
		return img
	}
	b := img.Bounds()
	in := image.NewNRGBA(image.Rect(0, 0, b.Dx(), b.Dy()))
	draw.Draw(in, in.Bounds(), img, b.Min, draw.Src)
	w, h := b.Dx(), b.Dy()
	if o >= 5 {
		w, h = h, w
	}
	out := image.NewNRGBA(image.Rect(0, 0, w, h))
	for y := range h {
		for x := range w {
			sx, sy := x, y
			switch o { // where in the stored picture the pixel stands
			case 2:
				sx = w - 1 - x
			case 3:
				sx, sy = w-1-x, h-1-y
			case 4:
				sy = h - 1 - y
			case 5:
				sx, sy = y, x
			case 6:
				sx, sy = y, w-1-x
			case 7:
				sx, sy = h-1-y, w-1-x
			case 8:
				sx, sy = h-1-y, x
			}
			copy(out.Pix[out.PixOffset(x, y):][:4], in.Pix[in.PixOffset(sx, sy):][:4])
		}
	}
	return out
}

// Thumb is a small JPEG of a picture that Take let through, its edges at most
// most pixels.
func Thumb(ctx context.Context, picture io.ReadSeeker, most int) ([]byte, error) {
	leave, err := enter(ctx)
	if err != nil {
		return nil, err
	}
	defer leave()
	img, err := decode(picture)
	if err != nil {
		return nil, err
	}
	img = fitted(img, most)
	page := image.NewRGBA(image.Rect(0, 0, img.Bounds().Dx(), img.Bounds().Dy()))
	draw.Draw(page, page.Bounds(), image.White, image.Point{}, draw.Src)
	draw.Draw(page, page.Bounds(), img, img.Bounds().Min, draw.Over)
	var b bytes.Buffer
	err = jpeg.Encode(&b, page, &jpeg.Options{Quality: 75})
	return b.Bytes(), err
}
