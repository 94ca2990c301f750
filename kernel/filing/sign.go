package filing

import (
	"errors"
	"io"

	"github.com/a-h/templ"

	"motcua/base/fault"
	"motcua/base/id"
	"motcua/base/web"
	"motcua/kernel"
	"motcua/kernel/dossier"
	"motcua/kernel/signed"
)

// sign puts the applicant's signature into the order. Without one it leads to the
// page where he confirms what he signs; from there he comes back to confirmed.
func (d *filing) sign(o *dossier.Order) (a web.Answer, err error) {
	f, err := signed.For(d.R.Context(), d.R.App, *o)
	if err != nil {
		return a, err
	}
	if o.Signed, err = signed.Of(d.R.Context(), f); err != nil || o.Signed != nil {
		return a, err
	}
	path, err := signed.Ask(d.R, f, d.Path("/check"))
	if err != nil {
		return a, err
	}
	return web.Goto("%s", path)
}

// confirmed goes on when the person confirmed the paper: it is signed and filed.
func confirmed(r *kernel.Request, matter id.ID) (web.Answer, error) {
	n, err := signed.Confirmed(r, matter)
	if err != nil {
		return web.Answer{}, err
	}
	r.SetPathValue("draft", n.String())
	return writing(fileSigned)(r)
}

// fileSigned files what was signed, unless something stands against it by now.
func fileSigned(d *filing) (web.Answer, error) {
	faults, err := d.faults()
	if err != nil {
		return web.Answer{}, err
	}
	if len(faults) > 0 {
		return d.refuseSubmit(faults, false)
	}
	o := d.Order()
	if a, err := d.sign(&o); err != nil || o.Signed == nil {
		return a, err
	}
	return d.file(o)
}

func (d *filing) ownPage(begun bool, err error) templ.Component {
	page := signed.Keeper{Request: d.R, Path: d.Path(""), Begun: begun}
	var f *fault.Error
	if errors.As(err, &f) {
		page.Wrong = d.R.T(f.Code, f.Args...)
	}
	return page.Page()
}

// own reads what he is about to sign.
func (d *filing) own() (f *signed.Filing, paper *signed.Paper, err error) {
	if err := signed.Elsewhere(d.K); err != nil {
		return nil, nil, err
	}
	if d.Owner != 0 && d.Owner != d.R.Me.ID {
		return nil, nil, fault.New(fault.Forbidden, "filing.notowner")
	}
	if f, err = signed.For(d.R.Context(), d.R.App, d.Order()); err == nil {
		paper, err = signed.Begun(d.R.Context(), f)
	}
	return f, paper, err
}

func showOwn(d *filing) (web.Answer, error) {
	_, paper, err := d.own()
	if err != nil {
		return web.Answer{}, err
	}
	return web.Show(d.ownPage(paper != nil, nil))
}

// beginOwn draws the paper.
func beginOwn(d *filing) (web.Answer, error) {
	f, _, err := d.own()
	if err == nil {
		err = signed.Begin(d.R.Context(), f)
	}
	if errors.Is(err, fault.Conflict) {
		return web.ShowWrong(d.ownPage(false, err))
	}
	if err != nil {
		return web.Answer{}, err
	}
	return web.Goto("%s", d.Path("/sign"))
}

// ownFile gives the paper to read, and the bytes of it to sign.
func ownFile(d *filing) (web.Answer, error) {
	_, paper, err := d.own()
	if err == nil && paper == nil {
		err = fault.New(fault.Gone, "signed.gone")
	}
	if err != nil {
		return web.Answer{}, err
	}
	switch d.R.PathValue("file") {
	case "form.pdf":
		return web.File("form.pdf", "application/pdf", paper.PDF, false), nil
	case "form.bin":
		return web.File("form.bin", "application/octet-stream", paper.Covered, true), nil
	}
	return web.Answer{}, fault.New(fault.NotFound, "signed.gone")
}

// sendOwn takes the signature and files.
func sendOwn(d *filing) (web.Answer, error) {
	if _, _, err := d.own(); err != nil {
		return web.Answer{}, err
	}
	parts, err := d.R.MultipartReader()
	if err != nil {
		return web.Answer{}, fault.Wrong()
	}
	var message []byte
	for {
		part, err := parts.NextPart()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return web.Answer{}, err
		}
		if part.FileName() != "" {
			if message, err = io.ReadAll(part); err != nil {
				return web.Answer{}, err
			}
		}
	}
	err = signed.Send(d.R, d.ID, message)
	if errors.Is(err, fault.Invalid) {
		return web.ShowWrong(d.ownPage(true, err))
	}
	if err != nil {
		return web.Answer{}, err
	}
	return fileSigned(d)
}

// signedPaper gives the applicant what he signed.
func signedPaper(r *kernel.Request) (web.Answer, error) {
	n, err := id.Parse(r.PathValue("id"))
	if err != nil {
		return web.Answer{}, fault.New(fault.NotFound, "dossier.missing")
	}
	d, _, err := r.App.Engine.See(r.Context(), r.Me, n)
	if err != nil {
		return web.Answer{}, err
	}
	if e := d.Acts[0].Entry; e.Signed != nil && e.File != nil {
		return r.App.Files.Document(r.Context(), *e.File, false, false)
	}
	return web.Answer{}, fault.New(fault.NotFound, "dossier.file")
}
