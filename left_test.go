package main

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"motcua/base/db"
	"motcua/base/db/dbtest"
	"motcua/base/id"
	"motcua/kernel"
	"motcua/kernel/digest"
	"motcua/kernel/doctor"
	"motcua/kernel/dossier"
	"motcua/kernel/form"
	"motcua/kernel/held"
	"motcua/kernel/kerneltest"
	"motcua/kernel/leave"
	"motcua/kernel/second"
	"motcua/kernel/sign"
	"motcua/systems/eid/party"
)

// canaries are what is known of the person: whoever finds one afterwards found what
// was to be erased.
var canaries = []string{"Hoàng Yến Oanh", "oanh@canary.example", "0911222444", "079190777999"}

// TestNothingIsLeft: somebody has used everything, so that there is something of him
// in every table that is declared to lose it. When his account is closed and his time
// is over nothing is in any row, in the database's file or in any document; his number
// stands only where that is declared, every proof verifies, and the doctor finds nothing.
func TestNothingIsLeft(t *testing.T) {
	t.Parallel()
	dbtest.EachURL(t, func(t *testing.T, url string) {
		all := slices.DeleteFunc(systems(settings{}), func(s kernel.System) bool {
			return s.Held == nil && !slices.Contains([]string{"door", "device", "track", "inbox", "desk", "digest"}, s.Name)
		})
		r := kerneltest.Open(t, url, []string{"birth"}, all...)
		ctx, me := t.Context(), r.People["applicant"]
		write := func(f func(*db.Tx) error) {
			t.Helper()
			if err := r.DB.Write(ctx, f); err != nil {
				t.Fatal(err)
			}
		}
		write(func(tx *db.Tx) error {
			_, err := tx.Exec(`update person set name = $1, email = $2, phone = $3, number = $4 where id = $5`, canaries[0], canaries[1], canaries[2], canaries[3], me.ID)
			return err
		})
		r.Book.Drop()
		var err error
		if me, err = r.Book.Person(ctx, me.ID); err != nil {
			t.Fatal(err)
		}
		r.People["applicant"] = me

		// What he asked for was granted, with the canary in every paper, and officials read it.
		r.Play.Change = func(a form.Answers) { a["child_name"] = canaries[0] + " Con" }
		k := r.Procedures.Get("1.001193")
		var done *dossier.Dossier
		for _, x := range k.Examples {
			if done == nil && x.Ends == "returned" && len(x.Story) > 0 && x.Applicant != "business" {
				if done, err = r.Play.Tell(ctx, k.Kind(), x, func() error { return r.Jobs.Drain(ctx) }); err != nil {
					t.Fatal(err)
				}
			}
		}
		for _, login := range []string{"clerk", "officer", "leader"} {
			r.As(t, login).Get("/work/d/"+done.ID.String()).Want(t, 200)
		}
		r.As(t, "applicant").Post("/me/data", nil).Want(t, 303)
		if err := r.Jobs.Drain(ctx); err != nil {
			t.Fatal(err)
		}
		var key sign.Key
		write(func(tx *db.Tx) error {
			if err := second.Begin(tx, r.App, me.ID); err != nil {
				return err
			}
			key, err = r.Keys.Issue(tx, sign.Request{Kind: sign.Person, Name: me.Name, Serial: me.ID.String(), From: r.Now(), Until: r.Now().AddDate(2, 0, 0)})
			return err
		})
		sum, _, err := r.Blobs.Put(ctx, strings.NewReader("a document of "+canaries[0]), 1<<10)
		if err != nil {
			t.Fatal(err)
		}
		tables := map[string]held.Table{}
		write(func(tx *db.Tx) error { return party.Put(tx, party.Party{}, r.Now()) }) // whom the planted consent is for
		for _, s := range r.Systems {
			for _, x := range s.Held {
				tables[x.Name] = x
				write(func(tx *db.Tx) error {
					if err := plant(tx, r, x, 0, sum.String()); err != nil {
						return err
					}
					return plant(tx, r, x, done.ID, sum.String())
				})
			}
		}
		if err := digest.Take(ctx, r.App, r.Now().Add(time.Second)); err != nil {
			t.Fatal(err)
		}
		for name, x := range tables {
			if x.Goes == "" && x.Dossier == "" || name == "keys_signing" { // that one waits for its documents to go
				continue
			}
			if x.Of != "" && count(t, r, x.Name, x.Of, me.ID) == 0 || x.Dossier != "" && count(t, r, x.Name, x.Dossier, done.ID) == 0 {
				t.Errorf("nothing of him is in %s to begin with: the test proves nothing of it", name)
			}
		}
		for _, word := range canaries {
			if len(found(t, r, word)) == 0 {
				t.Fatalf("%s is nowhere to begin with: the test proves nothing", word)
			}
		}

		nightly := func() {
			t.Helper()
			if err := leave.Nightly(ctx, r.App); err != nil {
				t.Fatal(err)
			}
		}
		r.As(t, "applicant").Post("/me/close", nil).Want(t, 303)
		r.Later(15 * 24 * time.Hour)
		nightly()
		for name, x := range tables {
			if n := count(t, r, x.Name, x.Of, me.ID); x.Goes == held.Closed && n > 0 {
				t.Errorf("%s: %d rows after the account was closed", name, n)
			}
		}
		err = r.DB.Read(ctx, func(tx *db.Tx) (err error) { key, err = r.Keys.Get(tx, key.ID); return err })
		if err != nil || key.Revoked.IsZero() || key.Cause != sign.Ended {
			t.Errorf("his certificate is good after his account: %+v, %v", key.Revoked, err)
		}
		if _, err := second.Secret(ctx, r.App, me.ID); err == nil {
			t.Error("the secret of his app is still there")
		}
		r.Later(21 * 366 * 24 * time.Hour)
		nightly()
		r.Later(2 * time.Hour)
		nightly() // documents are removed an hour after nobody names them
		for _, s := range r.Systems {
			for _, task := range s.Every {
				if task.Name == "forget who paid" {
					if err := task.Do(ctx, r.App); err != nil {
						t.Fatal(err)
					}
				}
			}
		}
		if err := r.DB.Scrub(ctx); err != nil {
			t.Fatal(err)
		}
		for name, x := range tables {
			if x.Dossier != "" {
				if n := count(t, r, x.Name, x.Dossier, done.ID); n > 0 {
					t.Errorf("%s: %d rows of the erased dossier", name, n)
				}
			}
			if n := count(t, r, x.Name, x.Of, me.ID); x.Goes != "" && n > 0 {
				t.Errorf("%s: %d rows of an erased person", name, n)
			}
		}
		for _, word := range canaries {
			for _, where := range found(t, r, word) {
				t.Errorf("%s is still in %s", word, where)
			}
		}
		if err := r.Log.Advance(ctx); err != nil {
			t.Fatal(err)
		}
		for _, a := range done.Acts {
			p, err := r.Log.Proof(ctx, a.ID)
			if err == nil {
				err = p.Verify(r.Log.Verifier())
			}
			if err != nil {
				t.Errorf("act %d: %v", a.Version, err)
			}
		}
		report, err := doctor.Examine(ctx, r.App, false)
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range report {
			if !f.OK {
				t.Errorf("the doctor finds %s: %s", f.Check, f.Detail)
			}
		}
	})
}

func count(t *testing.T, r *kerneltest.Rig, table, where string, n id.ID) (rows int) {
	t.Helper()
	if where == "" {
		return 0
	}
	err := r.DB.Read(t.Context(), func(tx *db.Tx) error {
		return tx.Row(`select count(*) from `+table+` where `+where, n).Scan(&rows)
	})
	if err != nil {
		t.Fatal(table, err)
	}
	return rows
}

// planted is the number of every row that is planted, so that they belong together.
const planted = 77

// plant puts a row of the person's, or of a dossier d, into a table that loses what
// it has of him, with the canary in every word of it.
func plant(tx *db.Tx, r *kerneltest.Rig, x held.Table, d id.ID, sum string) error {
	if d == 0 && x.Goes == "" || d != 0 && x.Dossier == "" {
		return nil
	}
	q := `select name, type from pragma_table_info('` + x.Name + `')`
	if r.DB.Postgres() {
		q = `select column_name, data_type from information_schema.columns where table_schema = current_schema() and table_name = '` + x.Name + `'`
	}
	columns, err := db.List(tx, func(into func(...any) error) (c [2]string, err error) { return c, into(&c[0], &c[1]) }, q)
	if err != nil {
		return err
	}
	values := map[string]any{}
	for _, c := range columns {
		name, kind := c[0], strings.ToLower(c[1])
		switch {
		case slices.Contains([]string{"person", "owner", "subject", "about"}, name) && kind != "text":
			values[name] = r.People["applicant"].ID
		case name == "dossier":
			values[name] = d
		case d != 0 && slices.Contains([]string{"id", "signing", "message"}, name):
			values[name] = planted + 1
		case slices.Contains([]string{"id", "grant_id", "signing", "message"}, name):
			values[name] = planted
		case slices.Contains([]string{"sum", "prepared", "signed"}, name) && kind == "text":
			values[name] = sum
		case name == "sort" && x.Name == "session":
			values[name] = "app"
		case name == "body" && x.Name == "keys_signing" && d == 0:
			values[name] = "" // his own signature; that of the dossier is a body's seal
		case kind == "text":
			values[name] = canaries[0]
		case kind == "boolean":
			values[name] = false
		case kind == "bytea", kind == "blob":
			values[name] = []byte(canaries[0])
		default:
			values[name] = 0
		}
	}
	names := slices.Sorted(maps.Keys(values))
	marks, args := []string{}, []any{}
	for i, n := range names {
		marks, args = append(marks, "$"+string(rune('0'+(i+1)/10))+string(rune('0'+(i+1)%10))), append(args, values[n])
	}
	_, err = tx.Exec(strings.ReplaceAll(`insert into `+x.Name+` (`+strings.Join(names, ", ")+`) values (`+strings.Join(marks, ", ")+`) on conflict do nothing`, "$0", "$"), args...)
	return err
}

// found says where a word is: in which tables, in the database's file, in documents.
func found(t *testing.T, r *kerneltest.Rig, word string) (where []string) {
	t.Helper()
	var dump bytes.Buffer
	if err := r.DB.Dump(t.Context(), &dump); err != nil {
		t.Fatal(err)
	}
	table := ""
	for _, line := range strings.Split(dump.String(), "\n") {
		var head struct{ Table string }
		if strings.HasPrefix(line, "{") && json.Unmarshal([]byte(line), &head) == nil && head.Table != "" {
			table = head.Table
		}
		if strings.Contains(line, word) || strings.Contains(line, hex.EncodeToString([]byte(word))) {
			where = append(where, table+": "+line[:min(len(line), 200)])
		}
	}
	look := func(root, only string) {
		filepath.WalkDir(root, func(name string, e fs.DirEntry, err error) error {
			if err == nil && !e.IsDir() && strings.HasPrefix(filepath.Base(name), only) {
				if b, _ := os.ReadFile(name); bytes.Contains(b, []byte(word)) {
					where = append(where, name)
				}
			}
			return nil
		})
	}
	look(r.Dir, "")
	if !r.DB.Postgres() {
		file := strings.TrimPrefix(r.Config.DB, "sqlite:")
		look(filepath.Dir(file), filepath.Base(file))
	}
	return where
}
