package filing_test

import (
	"strings"
	"testing"

	"motcua/base/db/dbtest"
	"motcua/base/ui"
	"motcua/kernel/ask"
	"motcua/kernel/dossier"
	"motcua/kernel/filing"
	"motcua/kernel/form"
	"motcua/kernel/kerneltest"
	"motcua/kernel/start"
	"motcua/kernel/track"
)

// A public service says what it costs, how long it takes, what is declared,
// and each of its questions is a page that can be shown.
func TestPublicService(t *testing.T) {
	r := kerneltest.Open(t, dbtest.SQLite(t), []string{"birth"}, start.System(), filing.System(), track.System())
	p := r.Procedures.All()[0]
	b := r.As(t, "applicant")
	sees := func(page string, all ...string) {
		t.Helper()
		for _, s := range all {
			if !strings.Contains(page, s) {
				t.Errorf("does not say %q:\n%s", s, text(page))
			}
		}
	}
	sees(b.Get("/start/"+p.Kind().Name+"?body="+kerneltest.Here).Body, "1 ngày làm việc", "nhiều nhất 8.000 đồng", "khoảng 7 phút", "/services/"+p.Code)
	d := &dossier.Draft{Owner: r.People["applicant"].ID, Kind: p.Kind().Name, KindVersion: p.Version, Body: kerneltest.Here, Answers: form.Answers{}}
	if err := r.Engine.Save(t.Context(), d); err != nil {
		t.Fatal(err)
	}
	for _, page := range ask.Pages(p.Form.Shown(p.Examples[0].Answers, form.Env{Today: "2020-03-02"})) {
		a := p.Form.Values(page.ID(), p.Examples[0].Answers)
		if got := b.Post("/d/"+d.ID.String()+"/q/"+page.ID(), a); got.Status != 303 {
			t.Errorf("page %s: %d\n%s", page.ID(), got.Status, text(got.Body))
		}
		got := b.Get("/d/" + d.ID.String() + "/q/" + page.ID())
		if n := strings.Count(got.Body, "<h1"); got.Status != 200 || n != 1 {
			t.Errorf("page %s: %d with %d headings", page.ID(), got.Status, n)
		}
		for _, q := range page.Fields {
			sees(got.Body, `id="`+ui.ID(q.Name)+`"`) // where an error would lead
		}
	}
	check := "/d/" + d.ID.String() + "/check"
	sees(b.Get(check).Body, "Còn 2 chỗ cần hoàn thành", "Giấy chứng sinh", "Miễn phí", "trước 17:00 ngày mai")
	if _, err := r.Engine.Change(t.Context(), d.ID, func(d *dossier.Draft) error {
		d.Papers = map[string][]dossier.File{"birth_note": {{Name: "a.pdf"}}, "declarant_card": {{Name: "b.pdf"}}}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	sees(b.Get(check).Body, "a.pdf", p.Declare["vi"])
}
