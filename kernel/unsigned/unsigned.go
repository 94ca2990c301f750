// Package unsigned is what programs file where the applicant has to sign: no
// program signs for a person. It fills in a draft of his, and he signs that on our
// pages, by a link, in a session of his own; or the program brings the signature
// that he made with a key on his side, over the bytes that it got here.
//
// A filing is the draft that a program prepared (signed.Prepare): what stands in
// the way of filing is refused at once, so that all it lacks is the signature.
package unsigned

import (
	"embed"
	"encoding/hex"
	"io"
	"io/fs"
	"net/http"
	"time"

	"motcua/base/db"
	"motcua/base/fault"
	"motcua/base/id"
	"motcua/base/web"
	"motcua/kernel"
	"motcua/kernel/api"
	"motcua/kernel/dossier"
	"motcua/kernel/draft"
	"motcua/kernel/signed"
)

//go:embed texts.yaml
var texts embed.FS

// The states of a filing.
const (
	waits = "unsigned" // for its person's signature
	filed = "filed"    // it is a dossier
)

// PKCS7 is the media type of a detached signature (CMS, DER).
const PKCS7 = "application/pkcs7-signature"

// System is the operations on filings.
func System() kernel.System {
	return kernel.System{Name: "unsigned", Texts: []fs.FS{texts}, Routes: routes, Ops: ops}
}

func routes(*kernel.App) []kernel.Route {
	me := kernel.SignedIn()
	return []kernel.Route{
		{Pattern: "GET /api/v1/filings/{id}/form.pdf", Who: me, API: true, Scope: web.ScopeRead, Do: form},
		{Pattern: "GET /api/v1/filings/{id}/form.bin", Who: me, API: true, Scope: web.ScopeRead, Do: form},
		{Pattern: "POST /api/v1/filings/{id}/signature", Who: me, API: true, Scope: web.ScopeWrite, Limit: 256 << 10, Do: sign},
	}
}

// A Filing as programs see it.
type Filing struct {
	ID      string     `json:"id" doc:"unsigned.id"`
	State   string     `json:"state" enum:"unsigned,filed" doc:"unsigned.state"`
	Kind    string     `json:"kind" doc:"unsigned.kind"`
	Title   string     `json:"title" doc:"unsigned.title"`
	Body    string     `json:"body" doc:"unsigned.body"`
	Level   string     `json:"level" enum:"substantial,high" doc:"unsigned.level"`
	Ways    []string   `json:"ways" enum:"passkey,code,tool" doc:"unsigned.ways"`
	SignAt  string     `json:"sign_at" doc:"unsigned.signat"`
	Until   *time.Time `json:"until,omitempty" doc:"unsigned.until"`
	Covered string     `json:"covered,omitempty" doc:"unsigned.covered"`
	Dossier string     `json:"dossier,omitempty" doc:"unsigned.dossier"`
}

type answered struct {
	Location string `header:"Location" doc:"api.header.location"`
	Replayed string `header:"Idempotency-Replayed" doc:"api.header.replayed"`
	Body     Filing
}

// Whose names the filing of an operation; its name is exported for huma, which reads no other.
type Whose struct {
	ID string `path:"id" doc:"unsigned.id" example:"0fh2k9s7d3qm1x"`
}

// prepare takes a filing.
func prepare(r *kernel.Request, in *api.New) (*answered, error) {
	o, err := in.Order(r)
	if err != nil {
		return nil, err
	}
	k, err := r.App.Kind(o.Kind, "")
	if err == nil && (k.Signs == "" || o.Helped != nil) {
		err = fault.New(fault.Conflict, "unsigned.neednot")
	}
	if err == nil {
		o.Key, err = r.Key()
	}
	if err != nil {
		return nil, err
	}
	n, replayed, err := signed.Prepare(r.Context(), r.App, o)
	if err != nil {
		return nil, err
	}
	d, err := find(r, n.String())
	if err != nil {
		return nil, err
	}
	f, err := shown(d)
	out := &answered{Location: path(d.ID), Body: f}
	if replayed {
		out.Replayed = "true"
	}
	return out, err
}

func path(n id.ID) string { return "/api/v1/filings/" + n.String() }

// find is the filing that some program prepared for r's person.
func find(r *kernel.Request, s string) (*draft.Draft, error) {
	missing := fault.New(fault.NotFound, "unsigned.missing")
	n, err := id.Parse(s)
	if err != nil {
		return nil, missing
	}
	err = r.App.DB.Read(r.Context(), func(tx *db.Tx) error {
		ours, err := signed.Prepared(tx, r.Me.ID, n)
		if err == nil && !ours {
			err = missing
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	return draft.Find(r, n)
}

// shown is d as programs see it.
func shown(d *draft.Draft) (f Filing, err error) {
	f = Filing{ID: d.ID.String(), State: waits, Kind: d.Kind, Title: d.R.Voice.Of(d.K.Title), Body: d.Body, Level: string(d.K.Signs), Ways: signed.Ways(d.K.Signs), SignAt: d.R.App.URL + d.Path("/check")}
	if d.Dossier != 0 {
		f.State, f.Dossier = filed, d.Dossier.String()
		return f, nil
	}
	until := d.Saved.Add(dossier.Keep).UTC()
	f.Until = &until
	paper, err := begun(d)
	if paper != nil {
		f.Covered = hex.EncodeToString(paper.Digest[:])
	}
	return f, err
}

// begun is the paper that was drawn to be signed with a key on its person's side:
// nil when it was not, or what it says was changed since.
func begun(d *draft.Draft) (*signed.Paper, error) {
	f, err := signed.For(d.R.Context(), d.R.App, d.Order())
	if fault.Of(err) == fault.Invalid { // he is changing it on our pages
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	return signed.Begun(d.R.Context(), f)
}

func read(r *kernel.Request, in *Whose) (*answered, error) {
	d, err := find(r, in.ID)
	if err != nil {
		return nil, err
	}
	f, err := shown(d)
	return &answered{Location: path(d.ID), Body: f}, err
}

// drawing asks for the paper.
type drawing struct {
	Whose
	api.Once
}

// draw makes the paper that a key on the person's side is to sign. Asked again it
// draws another: the last one counts.
func draw(r *kernel.Request, in *drawing) (*answered, error) {
	d, err := find(r, in.ID)
	if err == nil && d.Dossier == 0 {
		err = begin(d)
	}
	if err != nil {
		return nil, err
	}
	f, err := shown(d)
	return &answered{Location: path(d.ID), Body: f}, err
}

func begin(d *draft.Draft) error {
	if err := signed.Elsewhere(d.K); err != nil {
		return err
	}
	f, err := signed.For(d.R.Context(), d.R.App, d.Order())
	if err == nil {
		err = signed.Begin(d.R.Context(), f)
	}
	return err
}

// form gives the paper to read, or the bytes of it to sign.
func form(r *kernel.Request) (web.Answer, error) {
	d, err := find(r, r.PathValue("id"))
	if err != nil {
		return web.Answer{}, err
	}
	var paper *signed.Paper
	if d.Dossier == 0 {
		paper, err = begun(d)
	}
	switch {
	case err != nil:
		return web.Answer{}, err
	case paper == nil:
		return web.Answer{}, fault.New(fault.Gone, "unsigned.undrawn")
	case r.URL.Path == path(d.ID)+"/form.bin":
		return web.File("form.bin", "application/octet-stream", paper.Covered, true), nil
	}
	return web.File("form.pdf", "application/pdf", paper.PDF, false), nil
}

// sign takes the signature and files. Sent again it files nothing twice.
func sign(r *kernel.Request) (web.Answer, error) {
	d, err := find(r, r.PathValue("id"))
	if err != nil {
		return web.Answer{}, err
	}
	message, err := io.ReadAll(r.Body)
	if err == nil && d.Dossier == 0 {
		err = file(d, message)
	}
	if err == nil {
		d, err = find(r, d.ID.String())
	}
	if err != nil {
		return web.Answer{}, err
	}
	f, err := shown(d)
	if err != nil {
		return web.Answer{}, err
	}
	return web.JSON(http.StatusOK, f)
}

// file opens the dossier of d with the signature that was brought.
func file(d *draft.Draft, message []byte) error {
	ctx, a, o := d.R.Context(), d.R.App, d.Order()
	f, err := signed.For(ctx, a, o)
	if err == nil {
		err = signed.Elsewhere(d.K)
	}
	if err != nil {
		return err
	}
	if o.Signed, err = signed.Of(ctx, f); err == nil && o.Signed == nil { // unless it was cut short after it was taken
		if err = signed.Send(d.R, d.ID, message); err == nil {
			o.Signed, err = signed.Of(ctx, f)
		}
	}
	if err == nil {
		_, err = a.Engine.Act(ctx, o)
	}
	return err
}
