package verify

import (
	"bytes"
	"embed"
	"encoding/pem"
	"errors"
	"io"
	"io/fs"
	"mime/multipart"
	"net/http"
	"net/url"
	"runtime"
	"slices"
	"strings"
	"time"

	"motcua/base/db"
	"motcua/base/fault"
	"motcua/base/id"
	"motcua/base/ui"
	"motcua/base/verdict"
	"motcua/base/web"
	"motcua/kernel"
	"motcua/kernel/dossier"
	"motcua/kernel/paper"
	"motcua/kernel/track"
)

// Texts are the sentences of this package.
//
//go:embed texts.yaml
var Texts embed.FS

// System is the check of papers.
func System() kernel.System {
	p := pages{turns: make(chan struct{}, runtime.GOMAXPROCS(0)), tries: &track.Limiter{Most: 20, Per: time.Minute}}
	return kernel.System{Name: "verify", Texts: []fs.FS{Texts}, Routes: p.routes}
}

// pages are open to anyone.
type pages struct {
	turns chan struct{}  // as many files are read at once as there are processors
	tries *track.Limiter // of secret tails
}

func (p pages) routes(*kernel.App) []kernel.Route {
	anyone := kernel.Anyone()
	return []kernel.Route{
		{Pattern: "GET /verify", Who: anyone, Do: ask},
		{Pattern: "POST /verify", Who: anyone, Do: p.upload, Limit: 2*mostFile + 1<<16},
		{Pattern: "GET /verify/{act}", Who: anyone, Do: p.link},
		{Pattern: "GET /verify/{act}/status", Who: anyone, Do: p.status, API: true},
		{Pattern: "GET /roots.pem", Who: anyone, Do: roots, API: true},
	}
}

// A verdictPage is the answer of a check.
type verdictPage struct {
	*kernel.Request
	Saying
	note  string // what the page cannot know
	track string // where the dossier is followed, for who holds its receipt
}

func ask(r *kernel.Request) (web.Answer, error) { return web.Show(askPage(r, "")) }

// upload checks a file that somebody sent. It is read and forgotten.
func (p pages) upload(r *kernel.Request) (web.Answer, error) {
	f, err := sent(r)
	var report Report
	if err == nil {
		report, err = p.check(r, f)
	}
	var why *fault.Error
	if errors.As(err, &why) && (why.Kind == fault.Invalid || why.Kind == fault.Unsupported || why.Kind == fault.TooLarge) {
		return web.ShowWrong(askPage(r, r.T(why.Code, why.Args...)))
	}
	if err != nil {
		return web.Answer{}, err
	}
	if strings.HasPrefix(r.Header.Get("Accept"), "application/json") {
		return web.JSON(http.StatusOK, report)
	}
	return web.Show((&verdictPage{Request: r, Saying: *report.Say(r.Voice, r.App.Now())}).page())
}

func (p pages) check(r *kernel.Request, f File) (Report, error) {
	select {
	case p.turns <- struct{}{}:
		defer func() { <-p.turns }()
		return Check(r.Context(), r.App, r.Voice, f)
	case <-r.Context().Done():
		return Report{}, fault.New(fault.Unavailable, "paper.busy")
	}
}

// bodies are the types of a body that is the file itself.
var bodies = []string{"application/pdf", "application/xml", "text/xml", "application/pkcs7-signature"}

// sent is the file of the form with the one beside it, or the whole body when it is a file.
func sent(r *kernel.Request) (f File, err error) {
	kind, _, _ := strings.Cut(r.Header.Get("Content-Type"), ";")
	if slices.Contains(bodies, kind) {
		f.Main, err = io.ReadAll(r.Body)
		return f, err
	}
	parts, err := r.MultipartReader()
	for err == nil {
		var part *multipart.Part
		if part, err = parts.NextPart(); err != nil {
			break
		}
		var b []byte
		if b, err = io.ReadAll(part); err != nil || len(b) == 0 {
			continue
		}
		switch part.FormName() {
		case "file":
			f.Main = b
		case "beside":
			f.Beside = b
		}
	}
	if errors.Is(err, io.EOF) {
		if err = nil; f.Main == nil {
			f.Main, f.Beside = f.Beside, nil
		}
	}
	var large *http.MaxBytesError
	if err == nil && f.Main != nil || errors.As(err, &large) {
		return f, err
	}
	return f, fault.New(fault.Invalid, "verify.nofile")
}

// link answers the address in a paper's QR code: what became of it. Whether the
// sheet in hand is the one that was issued, only its file can show.
func (x pages) link(r *kernel.Request) (web.Answer, error) {
	d, k, q, err := x.find(r)
	if err != nil {
		return web.Answer{}, err
	}
	v, now := r.Voice, r.App.Now()
	p := &verdictPage{Request: r, Saying: Saying{voice: v}, note: r.T("verify.link.note")}
	p.Verdict.When = v.T("verify.checked", stamp(v, now))
	report := Report{Verdict: verdict.Verdict{State: verdict.Valid}, Says: &paper.Statement{Code: d.Code}, Standing: standing(v, r.App, d, k, q)}
	report.Says.Form, report.Says.Law = paper.Official(r.App, d, q)
	if q.Sort == paper.Receipt {
		p.track = "/track?" + url.Values{"code": {d.Code}, "tail": {d.Tail}}.Encode()
	}
	if q.Sort == paper.Result {
		report.Signatures = []verdict.Signature{{Name: q.Act.Entry.Name, Role: paper.Role(v, q.Act), At: q.Act.At}}
	}
	p.stands(report.Standing)
	if report.Standing.State == InForce {
		p.judge(ui.Good, "", "issued")
	}
	p.Checks = ui.Lines{p.force(report, now)}
	p.describe(report)
	numbers, err := r.App.Log.Numbers(r.Context(), []id.ID{q.Act.ID})
	if err != nil {
		return web.Answer{}, err
	}
	state, err := r.App.Log.State(r.Context())
	if n, ok := numbers[q.Act.ID]; ok {
		p.Proof.Text = v.T("verify.ledger.act", n, state.Size)
	}
	if err != nil {
		return web.Answer{}, err
	}
	return web.Show(p.page())
}

// roots are the certificates that this node's signatures lead to, for who checks them elsewhere.
func roots(r *kernel.Request) (web.Answer, error) {
	var b bytes.Buffer
	err := r.App.DB.Read(r.Context(), func(tx *db.Tx) error {
		b.Reset()
		all, err := r.App.Keys.Roots(tx)
		for _, c := range all {
			if err == nil {
				err = pem.Encode(&b, &pem.Block{Type: "CERTIFICATE", Bytes: c.Raw})
			}
		}
		return err
	})
	return web.Raw("application/x-pem-file", b.Bytes()), err
}

// find reads the act of an address and the paper it is about: the one the act is
// known for, or another of the same act that ?doc= names. That one is told only
// to who knows the secret tail printed on it, so that nobody can walk numbers.
func (x pages) find(r *kernel.Request) (*dossier.Dossier, *dossier.Kind, paper.Paper, error) {
	none := fault.New(fault.NotFound, "verify.none")
	n, err := id.Parse(strings.TrimSuffix(r.PathValue("act"), ".pdf"))
	if err != nil {
		return nil, nil, paper.Paper{}, none
	}
	d, k, act, err := r.App.Engine.Done(r.Context(), n)
	if errors.Is(err, fault.NotFound) {
		err = none
	}
	if err != nil {
		return nil, nil, paper.Paper{}, err
	}
	p, ok := paperOf(d, k, act)
	q := r.URL.Query()
	if doc, tail := q.Get("doc"), q.Get("tail"); doc != "" && tail != "" {
		if !x.tries.Allow(r.RemoteAddr, r.App.Now()) || !strings.EqualFold(tail, d.Tail) {
			return d, k, paper.Paper{Act: act}, none
		}
		x.tries.Right(r.RemoteAddr)
		p = paper.Paper{Sort: paper.Sort(doc), Act: act}
		ok = standing(r.Voice, r.App, d, k, p) != nil
	}
	if !ok {
		return d, k, paper.Paper{Act: act}, none
	}
	return d, k, p, nil
}

// status is what became of a paper, for programs: of the one that ?doc= names,
// or of the one that the act is known for.
func (x pages) status(r *kernel.Request) (web.Answer, error) {
	d, k, p, err := x.find(r)
	if doc := r.URL.Query().Get("doc"); doc != "" && p.Act != nil {
		p.Sort, err = paper.Sort(doc), nil
	}
	if err != nil {
		return web.Answer{}, err
	}
	s := standing(r.Voice, r.App, d, k, p)
	if s == nil {
		return web.Answer{}, fault.New(fault.NotFound, "verify.none")
	}
	return web.JSON(http.StatusOK, s)
}
