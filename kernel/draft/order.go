package draft

import (
	"motcua/base/id"
	"motcua/base/lang"
	"motcua/kernel"
	"motcua/kernel/ask"
	"motcua/kernel/dossier"
	"motcua/kernel/form"
	"motcua/kernel/procedure"
)

// Find is the draft n of r's person, whether it was filed by now or not.
func Find(r *kernel.Request, n id.ID) (*Draft, error) {
	d, err := r.App.Engine.FindDraft(r.Context(), n)
	if err == nil && (r.Me.ID == 0 || d.Owner != r.Me.ID) {
		err = missing(n)
	}
	if err != nil {
		return nil, err
	}
	return prepared(r, d)
}

// Given are the answers of the draft without those left empty.
func (d *Draft) Given() form.Answers {
	all := form.Answers{}
	for name, v := range ask.Given(d.Answers) {
		if d.Form.Has(name) {
			all[name] = v
		}
	}
	return all
}

// Asked are the papers that the service asks for, given the answers.
func (d *Draft) Asked() (all []dossier.Paper) {
	for _, p := range d.K.Papers {
		if p.When == nil || p.When(d.Answers) {
			all = append(all, p)
		}
	}
	return all
}

// Order is what submitting the draft asks for, the same however often it is sent.
func (d *Draft) Order() dossier.Order {
	files := map[string][]id.ID{}
	for _, p := range d.Asked() {
		for _, f := range d.Papers[p.ID] {
			files[p.ID] = append(files[p.ID], f.ID)
		}
	}
	return dossier.Order{Me: d.R.Me, Kind: d.Kind, KindVersion: d.KindVersion, Body: d.Body, Org: d.Org, Answers: d.Given(), Papers: files, Draft: d.ID, Key: d.ID.String()}
}

// Declared is what the applicant declares with his filing.
func Declared(v lang.Voice, k *dossier.Kind) string {
	if p, ok := k.Service.(*procedure.Procedure); ok && len(p.Declare) > 0 {
		return v.Of(p.Declare)
	}
	return v.T("draft.declare")
}
