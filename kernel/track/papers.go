package track

import (
	"strconv"

	"motcua/base/fault"
	"motcua/base/ui"
	"motcua/base/upload"
	"motcua/base/web"
	"motcua/kernel"
)

// papers are the files given.
func (s *story) papers() (all ui.Papers) {
	for _, p := range s.k.Papers {
		for i, f := range s.d.Papers[p.ID] {
			at := s.path("/papers/" + p.ID + "/" + strconv.Itoa(i))
			x := ui.Paper{Name: s.r.Voice.Of(p.Name), About: s.r.T("track.file", f.Name, (f.Size+1023)>>10), Link: ui.Link{Text: s.r.T("track.see"), Href: at}}
			if f.Type == upload.JPEG || f.Type == upload.PNG {
				x.Thumb, x.Alt = at+"?small=1", s.r.T("track.pictureof", x.Name)
			}
			all = append(all, x)
		}
	}
	return all
}

// showPaper shows the n-th file of a paper, counted from 0.
func showPaper(r *kernel.Request) (web.Answer, error) {
	d, _, err := own(r)
	if err != nil {
		return web.Answer{}, err
	}
	files := d.Papers[r.PathValue("paper")]
	n, err := strconv.Atoi(r.PathValue("n"))
	if err != nil || n < 0 || n >= len(files) {
		return web.Answer{}, fault.New(fault.NotFound, "dossier.file")
	}
	return r.App.Files.Document(r.Context(), files[n], r.URL.Query().Has("small"), false)
}
