package api

import (
	"errors"
	"slices"
	"strconv"
	"strings"

	"motcua/base/fault"
	"motcua/base/id"
	"motcua/kernel"
	"motcua/kernel/dossier"
	"motcua/kernel/form"
	"motcua/kernel/procedure"
	"motcua/kernel/who"
)

// Once is what every POST may carry: the key under which it is done but once.
type Once struct {
	Key string `header:"Idempotency-Key" maxLength:"200" doc:"api.in.key" example:"3f0c2b1e-7a41"`
}

// A New dossier is what a program asks to open; exported for those that take the same.
type New struct {
	Once
	Body struct {
		Kind    string              `json:"kind" maxLength:"200" doc:"api.in.kind"`
		Body    string              `json:"body" maxLength:"100" doc:"api.in.body"`
		Answers map[string]any      `json:"answers,omitempty" doc:"api.in.answers"`
		Papers  map[string][]string `json:"papers,omitempty" doc:"api.in.papers"`
		Org     string              `json:"org,omitempty" maxLength:"40" doc:"api.in.org"`
		Helped  *helped             `json:"helped,omitempty" doc:"api.in.helped"`
	} `nameHint:"NewDossier"`
}

// helped is the citizen at the counter for whom a clerk files.
type helped struct {
	Name   string `json:"name" maxLength:"200" doc:"api.helped.name"`
	Number string `json:"number" maxLength:"40" doc:"api.helped.number"`
	Phone  string `json:"phone,omitempty" maxLength:"40" doc:"api.helped.phone"`
	Email  string `json:"email,omitempty" maxLength:"254" doc:"api.helped.email"`
	Born   string `json:"born,omitempty" maxLength:"10" doc:"api.helped.born"`
}

// Order is what in asks for.
func (in *New) Order(r *kernel.Request) (o dossier.Order, err error) {
	b := &in.Body
	k, err := r.App.Kind(b.Kind, "")
	if errors.Is(err, fault.NotFound) {
		return o, fault.Wrong(fault.Field{Pointer: "/kind", Code: "kernel.kind"})
	}
	if err != nil {
		return o, err
	}
	o = dossier.Order{Me: r.Me, Kind: k.Name, Body: b.Body, Answers: form.Answers(b.Answers)}
	if o.Papers, err = papersIn(b.Papers); err != nil {
		return o, err
	}
	if h := b.Helped; h != nil {
		o.Helped = &dossier.Helped{Name: h.Name, Number: h.Number, Phone: h.Phone, Email: h.Email, Born: h.Born}
	}
	o.Org, err = orgOf(r, k, b.Org)
	return o, err
}

func open(r *kernel.Request, in *New) (*answered, error) {
	o, err := in.Order(r)
	if err != nil {
		return nil, err
	}
	out, err := do(r, o)
	if err == nil {
		out.Location = "/api/v1/dossiers/" + out.Body.ID
	}
	return out, err
}

// orgOf is for whom a filing asks: the organisation named by its number or id,
// else the person himself; where only businesses may ask and he may act for
// one alone, that one.
func orgOf(r *kernel.Request, k *dossier.Kind, said string) (id.ID, error) {
	all := slices.DeleteFunc(slices.Clone(r.Me.Mandates), func(m who.Mandate) bool { return !m.Allows(who.File, k.Name) })
	if said == "" {
		if p, ok := k.Service.(*procedure.Procedure); ok && len(p.For) == 1 && p.For[0] == "business" && len(all) == 1 {
			return all[0].Org, nil
		}
		return 0, nil
	}
	for _, m := range all {
		if said == m.Number || said == m.Org.String() {
			return m.Org, nil
		}
	}
	return 0, fault.Wrong(fault.Field{Pointer: "/org", Code: "api.wrong.org"})
}

// papersIn are the files of each paper by their ids.
func papersIn(papers map[string][]string) (map[string][]id.ID, error) {
	var wrong []fault.Field
	all := map[string][]id.ID{}
	for paper, files := range papers {
		for i, s := range files {
			n, err := id.Parse(s)
			if err != nil {
				wrong = append(wrong, fault.Field{Pointer: "/papers/" + escape(paper) + "/" + strconv.Itoa(i), Code: "dossier.file"})
			}
			all[paper] = append(all[paper], n)
		}
	}
	if wrong != nil {
		return nil, fault.Wrong(wrong...)
	}
	return all, nil
}

func escape(key string) string { return strings.NewReplacer("~", "~0", "/", "~1").Replace(key) }

type acting struct {
	Whose
	Once
	Match string `header:"If-Match" doc:"api.in.match" example:"\"3\""`
	Body  struct {
		Act     string              `json:"act" maxLength:"100" doc:"api.in.act" example:"withdraw"`
		Answers map[string]any      `json:"answers,omitempty" doc:"api.in.actanswers"`
		Papers  map[string][]string `json:"papers,omitempty" doc:"api.in.papers"`
		Version int                 `json:"version,omitempty" minimum:"0" doc:"api.in.version"`
	} `nameHint:"NewAct"`
}

func act(r *kernel.Request, in *acting) (*answered, error) {
	n, err := number(in.ID)
	if err != nil {
		return nil, err
	}
	o := dossier.Order{Me: r.Me, Dossier: n, Act: in.Body.Act, Answers: form.Answers(in.Body.Answers), Version: in.Body.Version}
	if o.Act == "" {
		return nil, fault.Wrong(fault.Field{Pointer: "/act", Code: "web.shape.missing"})
	}
	if o.Papers, err = papersIn(in.Body.Papers); err != nil {
		return nil, err
	}
	match, err := r.Match()
	if err != nil {
		return nil, err
	}
	switch {
	case o.Version == 0:
		o.Version = match
	case match != 0 && match != o.Version:
		return nil, fault.Wrong(fault.Field{Pointer: "/version", Code: "api.wrong.versions"})
	}
	return do(r, o)
}

// do carries the order out under the request's key.
func do(r *kernel.Request, o dossier.Order) (*answered, error) {
	var err error
	if o.Key, err = r.Key(); err != nil {
		return nil, err
	}
	d, replayed, err := r.App.Engine.ActOnce(r.Context(), o)
	if err != nil {
		return nil, err
	}
	k, err := r.App.Kind(d.Kind, d.KindVersion)
	if err != nil {
		return nil, err
	}
	out, err := whole(r, d, k)
	if err == nil && replayed {
		out.Replayed = "true"
	}
	return out, err
}
