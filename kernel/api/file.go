package api

import (
	"encoding/base64"
	"mime"
	"net/http"
	"strconv"

	"motcua/base/fault"
	"motcua/base/web"
	"motcua/kernel"
	"motcua/kernel/dossier"
	"motcua/kernel/ledger"
)

// sent is what may be said of a file beside its bytes.
type sent struct {
	Once
	Name        string `query:"name" doc:"api.in.name" example:"giay-chung-sinh.pdf"`
	Disposition string `header:"Content-Disposition" doc:"api.in.disposition"`
}

// kept is the answer to a file that was sent.
type kept struct {
	Replayed string `header:"Idempotency-Replayed" doc:"api.header.replayed"`
	Body     File
}

// takeFile takes the body as it is: the bytes of one document.
func takeFile(r *kernel.Request) (web.Answer, error) {
	key, err := r.Key()
	if err != nil {
		return web.Answer{}, err
	}
	media, _, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	switch {
	case r.Header.Get("Content-Type") == "", media == "application/octet-stream", media == "application/x-www-form-urlencoded" && err == nil:
		media = "" // nobody said: the bytes will
	case err != nil:
		return web.Answer{}, fault.New(fault.Unsupported, "upload.type")
	}
	name := r.URL.Query().Get("name")
	if name == "" {
		if _, given, err := mime.ParseMediaType(r.Header.Get("Content-Disposition")); err == nil {
			name = given["filename"]
		}
	}
	f, replayed, err := r.App.KeepOnce(r.Context(), r.Me.ID, key, r.Body, name, media)
	if err != nil {
		return web.Answer{}, err
	}
	a, err := web.JSON(http.StatusCreated, fileOf(f))
	if replayed {
		a = a.With("Idempotency-Replayed", "true")
	}
	return a, err
}

// givePaper gives a file of a paper: the n-th, or the first.
func givePaper(r *kernel.Request) (web.Answer, error) {
	missing := fault.New(fault.NotFound, "dossier.file")
	n, err := number(r.PathValue("id"))
	if err != nil {
		return web.Answer{}, err
	}
	at := 1
	if s := r.PathValue("n"); s != "" {
		if at, err = strconv.Atoi(s); err != nil {
			return web.Answer{}, missing
		}
	}
	d, _, err := r.App.Engine.See(r.Context(), r.Me, n)
	if err != nil {
		return web.Answer{}, err
	}
	files := d.Papers[r.PathValue("paper")]
	if at < 1 || at > len(files) {
		return web.Answer{}, missing
	}
	return give(r, files[at-1])
}

func give(r *kernel.Request, f dossier.File) (web.Answer, error) {
	return r.App.Files.Document(r.Context(), f, false, true)
}

// A Proof shows that an act is in the ledger.
type Proof struct {
	Act        int      `json:"act" doc:"api.proof.act"`
	Index      int64    `json:"index" doc:"api.proof.index"`
	Size       int64    `json:"size" doc:"api.proof.size"`
	Leaf       string   `json:"leaf" doc:"api.proof.leaf"`
	Hashes     []string `json:"hashes" doc:"api.proof.hashes"`
	Checkpoint string   `json:"checkpoint" doc:"api.proof.checkpoint"`
	Key        string   `json:"key" doc:"api.proof.key"`
	Salt       string   `json:"salt,omitempty" doc:"api.proof.salt"`
	Canonical  string   `json:"canonical,omitempty" doc:"api.proof.canonical"`
}

type proving struct {
	Whose
	Act int `query:"act" minimum:"1" default:"1" doc:"api.in.actnumber"`
}

type proved struct{ Body Proof }

func prove(r *kernel.Request, in *proving) (*proved, error) {
	n, err := number(in.ID)
	if err != nil {
		return nil, err
	}
	d, _, err := r.App.Engine.See(r.Context(), r.Me, n)
	if err != nil {
		return nil, err
	}
	if in.Act < 1 || in.Act > len(d.Acts) {
		return nil, fault.New(fault.NotFound, "api.noact", in.Act)
	}
	a := &d.Acts[in.Act-1]
	p, err := r.App.Log.Proof(r.Context(), a.ID)
	if err != nil {
		return nil, err
	}
	return &proved{proofOf(p, r.App.Log, a, dossier.Official(r.Me, d))}, nil
}

func proofOf(p ledger.Proof, l *ledger.Log, a *dossier.Act, official bool) Proof {
	out := Proof{Act: a.Version, Index: p.Index, Size: p.Size, Leaf: p.Leaf.String(), Hashes: []string{}, Checkpoint: p.Checkpoint, Key: l.PublicKey()}
	for _, h := range p.Hashes {
		out.Hashes = append(out.Hashes, h.String())
	}
	if official || Plain(a) {
		out.Salt, out.Canonical = base64.StdEncoding.EncodeToString(a.Salt), string(a.Canonical())
	}
	return out
}

// Plain reports whether an applicant may read all that the act holds: it is his
// own, or it has nothing that officials write for one another.
func Plain(a *dossier.Act) bool {
	e := a.Entry
	return e.Open != nil || !byOffice(a) || told(a) && e.Note == "" && e.Holder == 0 && len(e.Answers) == 0
}
