package unsigned

import (
	"motcua/base/upload"
	"motcua/base/web"
	"motcua/kernel"
	"motcua/kernel/api"
)

func ops(a *kernel.App, to *web.API) {
	const (
		all  = "/api/v1/filings"
		one  = all + "/{id}"
		mine = all + "/$FILING"
		with = api.SampleToken
	)
	_, file := api.SampleFiling(a, all, true)
	me := kernel.SignedIn()
	op := func(name, method, path, scope, sample string, faults ...int) web.Op {
		return web.Op{ID: name, Method: method, Path: path, Summary: "unsigned.op." + name, Detail: "unsigned.op." + name + ".detail", Tag: "unsigned.tag", Scope: scope, Faults: append(faults, 403), Sample: sample}
	}
	first := op("prepareFiling", "POST", all, web.ScopeWrite, file, 409, 413, 415, 422, 503)
	first.Status = 201
	kernel.Op(a, to, first, me, prepare)
	kernel.Op(a, to, op("readFiling", "GET", one, web.ScopeRead, api.Curl(mine, with), 404), me, read)
	kernel.Op(a, to, op("drawFiling", "POST", one+"/paper", web.ScopeWrite, api.Curl(mine+"/paper", with, "-X POST"), 404, 409, 422, 503), me, draw)
	pdf, bin := op("filingForm", "GET", one+"/form.pdf", web.ScopeRead, api.Curl(mine+"/form.pdf", with, "-o form.pdf"), 404, 410), op("filingBytes", "GET", one+"/form.bin", web.ScopeRead, api.Curl(mine+"/form.bin", with, "-o form.bin"), 404, 410)
	pdf.Gives, bin.Gives = upload.PDF, "application/octet-stream"
	web.Describe[Whose, struct{}](to, pdf)
	web.Describe[Whose, struct{}](to, bin)
	put := op("signFiling", "POST", one+"/signature", web.ScopeWrite, api.Curl(mine+"/signature", with, `-H "Content-Type: `+PKCS7+`"`, "--data-binary @form.p7s"), 404, 409, 410, 413, 422, 503)
	put.Takes = []string{PKCS7}
	web.Describe[struct {
		Whose
		api.Once
	}, struct{ Body Filing }](to, put)
}
