package leave_test

import (
	"bytes"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"motcua/base/blob"
	"motcua/base/db"
	"motcua/base/db/dbtest"
	"motcua/base/fault"
	"motcua/kernel/confirm"
	"motcua/kernel/counter"
	"motcua/kernel/desk"
	"motcua/kernel/device"
	"motcua/kernel/doctor"
	"motcua/kernel/door"
	"motcua/kernel/dossier"
	"motcua/kernel/doubt"
	"motcua/kernel/form"
	"motcua/kernel/inbox"
	"motcua/kernel/kerneltest"
	"motcua/kernel/leave"
	"motcua/kernel/ledger"
	"motcua/kernel/paper"
	"motcua/kernel/readers"
	"motcua/kernel/register"
	"motcua/kernel/track"
	"motcua/kernel/who"
)

// canary stands in every answer, name and contact of who leaves: whoever finds it
// afterwards found what was to be erased.
const canary = "Hoàng Yến"

func open(t *testing.T, at string) *kerneltest.Rig {
	return kerneltest.Open(t, at, []string{"birth"}, door.System(), device.System(), confirm.System(), readers.System(), leave.System(), track.System(),
		inbox.System(), desk.System(), doubt.System(), counter.System(), register.System(), paper.System())
}

// After the time of keeping nothing of who left is in the database, its file or the
// stored documents; every proof still verifies and the doctor finds nothing.
func TestErasure(t *testing.T) {
	dbtest.EachURL(t, func(t *testing.T, at string) {
		r := open(t, at)
		ctx := t.Context()
		me := r.People["applicant"]
		err := r.DB.Write(ctx, func(tx *db.Tx) error {
			_, err := tx.Exec(`update person set name = $1, email = 'yen@canary.example', phone = '0911222333', number = '079190777888' where id = $2`, canary, me.ID)
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		r.Book.Drop()
		if r.People["applicant"], err = r.Book.Person(ctx, me.ID); err != nil {
			t.Fatal(err)
		}
		r.Play.Change = func(a form.Answers) { a["child_name"] = canary + " Con" }
		k := r.Procedures.Get("1.001193")
		var done *dossier.Dossier
		for _, x := range k.Examples {
			if len(x.Story) > 0 && x.Applicant != "business" {
				if done, err = r.Play.Tell(ctx, k.Kind(), x, func() error { return r.Jobs.Drain(ctx) }); err != nil {
					t.Fatal(err)
				}
				if done.Result != nil {
					break
				}
			}
		}
		keep, err := r.Play.Open(ctx, k.Kind(), k.Examples[0]) // still open
		if err != nil {
			t.Fatal(err)
		}
		if err := r.Log.Advance(ctx); err != nil {
			t.Fatal(err)
		}
		browser := r.As(t, "applicant")
		browser.Get("/c/"+done.ID.String()+"/receipt.pdf").Want(t, 200)
		browser.Post("/me/close", nil).Want(t, 409) // one is open
		r.Do(t, "applicant", keep.ID, "withdraw", nil)
		if err := r.Log.Advance(ctx); err != nil {
			t.Fatal(err)
		}
		if !found(t, r, canary) {
			t.Fatal("the canary is nowhere to begin with: the test proves nothing")
		}
		before := prove(t, r, done)

		browser.Get("/me/close").Want(t, 200, "Hồ sơ và kết quả giải quyết", "Đóng tài khoản sau 14 ngày")
		browser.Post("/me/close", nil).Want(t, 303)
		browser.Post("/me/close/undo", nil).Want(t, 303)
		browser.Post("/me/close", nil).Want(t, 303)
		nightly(t, r)
		browser.Get("/me/close").Want(t, 200, "Tôi đổi ý") // waits
		r.Later(15 * 24 * time.Hour)
		nightly(t, r)
		if a := browser.Get("/me/close"); a.Status != 303 {
			t.Errorf("still signed in: %d", a.Status)
		}
		if p, err := r.Book.Person(ctx, me.ID); err != nil || p.Email != "" || p.Name != canary {
			t.Errorf("%+v, %v: contacts end at once, the name stays with the dossiers", p, err)
		}
		err = r.DB.Write(ctx, func(tx *db.Tx) error {
			_, err := r.Book.Add(tx, who.Person{}, who.Person{Login: "applicant", Name: "Kẻ Khác"}, "")
			return err
		})
		if err == nil {
			t.Error("the sign-in name was given to somebody else")
		}
		r.Later(19 * 365 * 24 * time.Hour)
		nightly(t, r)
		if d, err := r.Engine.Find(ctx, done.ID); err != nil || d.Name != canary {
			t.Fatalf("%v: erased before its time", err)
		}
		r.Later(2 * 366 * 24 * time.Hour)
		nightly(t, r)
		nightly(t, r) // again: nothing more
		d, err := r.Engine.Find(ctx, done.ID)
		if err != nil || d.Name != "" || len(d.Answers)+len(d.Papers) > 0 || d.State != done.State || d.Version != done.Version || d.Code != done.Code {
			t.Fatalf("%+v, %v", d, err)
		}
		if found(t, r, canary) || found(t, r, "yen@canary.example") || found(t, r, "0911222333") || found(t, r, "079190777888") {
			t.Error("something of who left is still there")
		}
		for _, files := range done.Papers {
			for _, f := range files {
				sum, err := blob.Parse(f.Sum)
				if err == nil {
					err = r.Blobs.Check(sum)
				}
				if fault.Of(err) != fault.NotFound {
					t.Errorf("paper %s: %v, want it gone", f.Name, err)
				}
			}
		}
		if err := r.Log.Advance(ctx); err != nil {
			t.Fatal(err)
		}
		after := prove(t, r, d)
		for i := range before {
			if before[i] != after[i] {
				t.Errorf("act %d has another leaf than before", i+1)
			}
		}
		healthy(t, r)

		// One that was tampered with is told from one that was erased.
		for _, q := range []string{`update act set at = at + 1000000 where dossier = $1 and version = 2`, `update act set body = replace(body, '"from"', '"form"') where dossier = $1 and version = 2`} {
			exec(t, r, q, done.ID)
			if len(findings(t, r)) == 0 {
				t.Errorf("the doctor takes it for erased: %s", q)
			}
			exec(t, r, strings.NewReplacer("at + ", "at - ", `'"from"', '"form"'`, `'"form"', '"from"'`).Replace(q), done.ID)
			healthy(t, r)
		}
		exec(t, r, `update act set salt = null where act = $1`, "role.grant")
		if len(findings(t, r)) == 0 {
			t.Error("an act without its salt passes for erased, though no act erased it")
		}
	})
}

func nightly(t *testing.T, r *kerneltest.Rig) {
	t.Helper()
	if err := leave.Nightly(t.Context(), r.App); err != nil {
		t.Fatal(err)
	}
}

func exec(t *testing.T, r *kerneltest.Rig, q string, args ...any) {
	t.Helper()
	err := r.DB.Write(t.Context(), func(tx *db.Tx) error {
		_, err := tx.Exec(q, args...)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

// prove checks that every act of d is in the signed tree, and gives their leaves.
func prove(t *testing.T, r *kerneltest.Rig, d *dossier.Dossier) (leaves []string) {
	t.Helper()
	for _, a := range d.Acts {
		p, err := r.Log.Proof(t.Context(), a.ID)
		if err != nil {
			t.Fatal(err)
		}
		if err := p.Verify(r.Log.Verifier()); err != nil {
			t.Errorf("act %d: %v", a.Version, err)
		}
		if a.Entry.Erased == 0 && ledger.Leaf(a.Salt, a.Canonical()) != [32]byte(p.Leaf) {
			t.Errorf("act %d is not what its leaf says", a.Version)
		}
		leaves = append(leaves, fmt.Sprint(p.Index, p.Leaf))
	}
	return leaves
}

// found looks for a word in every table, in the database's file and in all documents.
func found(t *testing.T, r *kerneltest.Rig, word string) bool {
	t.Helper()
	var dump bytes.Buffer
	if err := r.DB.Dump(t.Context(), &dump); err != nil {
		t.Fatal(err)
	}
	yes := strings.Contains(dump.String(), word)
	for _, line := range strings.Split(dump.String(), "\n") {
		if strings.Contains(line, word) && testing.Verbose() {
			t.Logf("%.300s", line)
		}
	}
	look := func(root string, only string) {
		filepath.WalkDir(root, func(name string, e fs.DirEntry, err error) error {
			if err == nil && !e.IsDir() && strings.HasPrefix(filepath.Base(name), only) {
				b, _ := os.ReadFile(name)
				if bytes.Contains(b, []byte(word)) {
					t.Logf("%q in %s", word, name)
					yes = true
				}
			}
			return nil
		})
	}
	look(r.Dir, "")
	if !r.DB.Postgres() {
		look(filepath.Dir(strings.TrimPrefix(r.Config.DB, "sqlite:")), filepath.Base(strings.TrimPrefix(r.Config.DB, "sqlite:")))
	}
	return yes
}

func findings(t *testing.T, r *kerneltest.Rig) (bad []string) {
	t.Helper()
	all, err := doctor.Examine(t.Context(), r.App, false)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range all {
		if !f.OK {
			bad = append(bad, f.Check+": "+f.Detail)
		}
	}
	return bad
}

func healthy(t *testing.T, r *kerneltest.Rig) {
	t.Helper()
	if bad := findings(t, r); len(bad) > 0 {
		t.Errorf("the doctor finds\n%s", strings.Join(bad, "\n"))
	}
}
