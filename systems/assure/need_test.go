package assure_test

import (
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"motcua/base/db/dbtest"
	"motcua/base/fault"
	"motcua/kernel/filing"
	"motcua/kernel/kerneltest"
	"motcua/kernel/level"
	"motcua/kernel/onetime"
	"motcua/kernel/passkey"
	"motcua/kernel/start"
	"motcua/kernel/who"
	"motcua/systems/assure"

	"motcua/base/db"
)

// TestServiceNeedsLevel: a service that has to be sure of who files says so
// before it is filed, keeps what was filled in, and takes it once the level is reached.
func TestServiceNeedsLevel(t *testing.T) {
	b, err := os.ReadFile("../../packs/vn2020/procedures/birth.yaml")
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "sure.yaml")
	if err := os.WriteFile(file, []byte(strings.Replace(string(b), "\nsector:", "\nassurance: substantial\nsector:", 1)), 0o600); err != nil {
		t.Fatal(err)
	}
	r := kerneltest.Open(t, dbtest.SQLite(t), []string{file}, start.System(), filing.System(), onetime.System(), passkey.System(), assure.System(assure.Settings{}))
	p := r.Procedures.All()[0]
	if p.Assurance != who.Substantial || p.Kind().Needs != who.Substantial {
		t.Fatalf("the service asks for %q", p.Assurance)
	}
	me := r.As(t, "applicant")
	me.Get("/start/"+p.Kind().Name+"?body="+kerneltest.Here).Want(t, 200, "mức Đáng kể", "/me/level?to=")
	a := me.Post("/start/"+p.Kind().Name, url.Values{"body": {kerneltest.Here}})
	draft := a.To
	check := me.Get(draft + "/check")
	check.Want(t, 200, "mức Đáng kể", "/me/level?to="+url.QueryEscape(draft+"/check"))
	me.Get("/me/level?to="+url.QueryEscape(draft+"/check")).Want(t, 200, "Chưa biết chắc")
	me.Get("/me/level?to=https://evil.example/").Want(t, 200)
	if strings.Contains(me.Get("/me/level?to=//evil.example/x").Body, "evil.example/x\"") {
		t.Error("the page leads away")
	}
	if _, err := r.Play.Open(t.Context(), p.Kind(), p.Examples[0]); fault.Of(err) != fault.Forbidden {
		t.Errorf("filed without the level: %v", err)
	}
	err = r.DB.Write(t.Context(), func(tx *db.Tx) (err error) {
		x := r.People["applicant"]
		if err = level.Reach(tx, r.Book, x, x.ID, level.Proof{Level: who.Substantial, Way: "register", Number: x.Number, Name: x.Name, Born: "1990-01-01"}); err == nil {
			r.People["applicant"], err = r.Book.Find(tx, x.ID)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if a := me.Get(draft + "/check"); strings.Contains(a.Body, "mức Đáng kể") {
		t.Error("the level is reached, and still asked for")
	}
	me.Get("/me/level?to="+url.QueryEscape(draft+"/check")).Want(t, 200, "Về việc đang làm", draft+"/check")
	if _, err := r.Play.Open(t.Context(), p.Kind(), p.Examples[0]); err != nil {
		t.Errorf("filed with the level: %v", err)
	}
}
