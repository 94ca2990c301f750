// Package filing is how a person asks: the draft and its questions, the papers,
// the check, and submitting, for every kind of dossier.
package filing

import (
	"embed"
	"io/fs"

	"motcua/base/id"
	"motcua/base/web"
	"motcua/kernel"
	"motcua/kernel/dossier"
	"motcua/kernel/draft"
	"motcua/kernel/procedure"
	"motcua/kernel/signed"
)

//go:embed texts.yaml
var texts embed.FS

// System is the pages of drafts.
func System() kernel.System {
	return kernel.System{Name: "filing", Texts: []fs.FS{texts, draft.Texts}, Routes: routes,
		Confirmed: func(*kernel.App) map[string]func(*kernel.Request, id.ID) (web.Answer, error) {
			return map[string]func(*kernel.Request, id.ID) (web.Answer, error){signed.Purpose: confirmed}
		}}
}

func routes(*kernel.App) []kernel.Route {
	anyone := kernel.Anyone() // each draft asks for its owner or its secret
	return []kernel.Route{
		{Pattern: "GET /d/{draft}", Who: anyone, Do: reading(hub)},
		{Pattern: "POST /d/{draft}/link", Who: anyone, Do: draft.Reading(draft.Link)},
		{Pattern: "POST /d/{draft}/delete", Who: anyone, Do: draft.Reading(draft.Drop)},
		{Pattern: "POST /d/{draft}/as", Who: kernel.SignedIn(), Do: draft.Reading(draft.ActFor)},
		{Pattern: "GET /resume/{draft}/{secret}", Who: anyone, Do: draft.ShowResume},
		{Pattern: "POST /resume/{draft}/{secret}", Who: anyone, Do: draft.Resume},
		{Pattern: "GET /d/{draft}/q/{page}", Who: anyone, Do: reading(showQuestion)},
		{Pattern: "POST /d/{draft}/q/{page}", Who: anyone, Do: writing(question)},
		{Pattern: "GET /d/{draft}/papers", Who: anyone, Do: reading(showPapers)},
		{Pattern: "POST /d/{draft}/papers", Who: anyone, Do: writing(papers), Limit: many},
		{Pattern: "POST /d/{draft}/papers/{paper}", Who: anyone, Do: writing(papers), Limit: many},
		{Pattern: "GET /d/{draft}/file/{file}", Who: anyone, Do: reading(file)},
		{Pattern: "GET /d/{draft}/check", Who: anyone, Do: reading(showCheck)},
		{Pattern: "POST /d/{draft}/submit", Who: anyone, Do: writing(submit)},
		{Pattern: "GET /c/{id}/signed.pdf", Who: kernel.SignedIn(), Do: signedPaper},
		{Pattern: "GET /d/{draft}/sign", Who: kernel.SignedIn(), Do: reading(showOwn)},
		{Pattern: "POST /d/{draft}/sign", Who: kernel.SignedIn(), Do: reading(beginOwn)},
		{Pattern: "GET /d/{draft}/sign/{file}", Who: kernel.SignedIn(), Do: reading(ownFile)},
		{Pattern: "POST /d/{draft}/sign/signature", Who: kernel.SignedIn(), Do: reading(sendOwn), Limit: 256 << 10},
	}
}

// A filing is a draft that is being filled in.
type filing struct{ *draft.Draft }

func reading(do func(*filing) (web.Answer, error)) func(*kernel.Request) (web.Answer, error) {
	return draft.Reading(func(d *draft.Draft) (web.Answer, error) { return do(&filing{d}) })
}

func writing(do func(*filing) (web.Answer, error)) func(*kernel.Request) (web.Answer, error) {
	return draft.Writing(func(d *draft.Draft) (web.Answer, error) { return do(&filing{d}) })
}

// Service is what a kind was compiled from when it is a public service; nil for others.
func Service(k *dossier.Kind) *procedure.Procedure {
	p, _ := k.Service.(*procedure.Procedure)
	return p
}

// home is the page that explains the kind, or "".
func home(k *dossier.Kind) string {
	if p := Service(k); p != nil {
		return "/services/" + p.Code
	}
	return ""
}
