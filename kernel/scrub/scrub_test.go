package scrub_test

import (
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"motcua/base/db"
	"motcua/base/db/dbtest"
	"motcua/kernel/dossier"
	"motcua/kernel/kerneltest"
	"motcua/kernel/paper"
	"motcua/kernel/scrub"
)

// node is a program with some dossiers and their papers, all under a checkpoint.
func node(t *testing.T, url string) *kerneltest.Rig {
	t.Helper()
	r := kerneltest.Open(t, url, []string{"birth"}, scrub.System(), paper.System())
	for range 4 {
		r.File(t, "1.001193")
	}
	if err := r.Log.Advance(t.Context()); err != nil {
		t.Fatal(err)
	}
	return r
}

// whole does one whole round, most acts at a time, and says what it found.
func whole(t *testing.T, r *kerneltest.Rig, most int64) []scrub.Found {
	t.Helper()
	for parts := 1; ; parts++ {
		ended, err := scrub.Step(t.Context(), r.App, most)
		if err != nil {
			t.Fatal(err)
		}
		if !ended {
			continue
		}
		s, err := scrub.Read(t.Context(), r.DB)
		if err != nil {
			t.Fatal(err)
		}
		if most < s.LastActs && parts == 1 {
			t.Fatalf("%d acts at once, not %d", s.LastActs, most)
		}
		return s.Found
	}
}

// A flip changes one bit of what is stored; back puts it back.
type flip struct {
	what string
	do   func(t *testing.T, r *kerneltest.Rig) (about string, back func())
}

// column flips a bit in a random row's column. text: one that stays a letter.
func column(table, key, col string, text bool) flip {
	return flip{table + "." + col, func(t *testing.T, r *kerneltest.Rig) (string, func()) {
		t.Helper()
		var k int64
		var was, now any
		err := r.DB.Write(t.Context(), func(tx *db.Tx) error {
			if err := tx.Row(`select ` + key + ` from ` + table + ` order by random() limit 1`).Scan(&k); err != nil {
				return err
			}
			read := func(into any) error {
				return tx.Row(`select `+col+` from `+table+` where `+key+` = $1`, k).Scan(into)
			}
			switch {
			case text:
				var s string
				if err := read(&s); err != nil {
					return err
				}
				was, now = s, letter(s)
			case col == "by" || col == "at":
				var n int64
				if err := read(&n); err != nil {
					return err
				}
				was, now = n, n^1<<rand.IntN(40)
			default:
				var b []byte
				if err := read(&b); err != nil {
					return err
				}
				c := append([]byte(nil), b...)
				c[rand.IntN(len(c))] ^= 1 << rand.IntN(8)
				was, now = b, c
			}
			_, err := tx.Exec(`update `+table+` set `+col+` = $1 where `+key+` = $2`, now, k)
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		return fmt.Sprint(k), func() {
			err := r.DB.Write(t.Context(), func(tx *db.Tx) error {
				_, err := tx.Exec(`update `+table+` set `+col+` = $1 where `+key+` = $2`, was, k)
				return err
			})
			if err != nil {
				t.Fatal(err)
			}
		}
	}}
}

// letter flips the lowest bit of a letter or figure in s; of a note, in what is signed.
func letter(s string) string {
	b := []byte(s)
	end := len(b)
	if i := strings.Index(s, "\n\n"); i > 0 {
		end = i
	}
	for {
		i := rand.IntN(end)
		if c := b[i]; c >= '0' && c <= '8' || c >= 'b' && c <= 'y' {
			b[i] ^= 1
			return string(b)
		}
	}
}

// blobs flips a bit of a stored file; whoever asks for it is given nothing.
var blobs = flip{"file", func(t *testing.T, r *kerneltest.Rig) (string, func()) {
	t.Helper()
	var all []string
	filepath.WalkDir(filepath.Join(r.Dir, "files"), func(name string, e os.DirEntry, err error) error {
		if err == nil && !e.IsDir() {
			all = append(all, name)
		}
		return err
	})
	name := all[rand.IntN(len(all))]
	was, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	now := append([]byte(nil), was...)
	now[rand.IntN(len(now))] ^= 1 << rand.IntN(8)
	if err := os.WriteFile(name, now, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, small := range []bool{false, true} {
		if _, err := r.Files.Document(t.Context(), dossier.File{Name: "x.jpg", Type: "image/jpeg", Sum: filepath.Base(name)}, small, false); err == nil {
			t.Errorf("a damaged file was served (small: %v)", small)
		}
	}
	return filepath.Base(name), func() {
		if err := os.WriteFile(name, was, 0o600); err != nil {
			t.Fatal(err)
		}
	}
}}

// TestEveryFlippedBitIsFound flips single bits of files, acts, entries, tiles and
// checkpoints, one after the other: the next round finds each, and finds nothing
// once it is put back.
func TestEveryFlippedBitIsFound(t *testing.T) {
	t.Parallel()
	flips := []flip{blobs, column("act", "id", "body", true), column("act", "id", "act", true), column("act", "id", "salt", false), column("act", "id", "by", false), column("act", "id", "at", false),
		column("ledger_entry", "n", "leaf", false), column("ledger_tile", "id", "hashes", false), column("ledger_checkpoint", "size", "note", true)}
	many := 200
	if os.Getenv("MOTCUA_LONG") != "" {
		many = 1000
	}
	dbtest.EachURL(t, func(t *testing.T, url string) {
		r := node(t, url)
		if found := whole(t, r, 1000); len(found) > 0 {
			t.Fatalf("nothing was flipped: %v", found)
		}
		missed, began := 0, time.Now()
		for i := range many {
			f := flips[i%len(flips)]
			about, back := f.do(t, r)
			if found := whole(t, r, 1000); len(found) == 0 {
				missed++
				t.Errorf("%s of %s: not found", f.what, about)
			}
			back()
			if i%len(flips) == 0 {
				r.Later(1)
				if found := whole(t, r, 7); len(found) > 0 {
					t.Fatalf("%s was put back: %v", f.what, found)
				}
			}
		}
		kerneltest.Keep(t, r.DB, "scrub", map[string]any{"proof": "single bits of files, acts, entries, tiles and checkpoints flipped: each found, and nothing once put back",
			"n": many, "missed": missed, "seconds": time.Since(began).Seconds()})
	})
}

// TestARoundGoesOn does a round in parts: it goes on where it stopped. What is
// found is told once to the administrators of the node, and stays until it is mended.
func TestARoundGoesOn(t *testing.T) {
	t.Parallel()
	dbtest.EachURL(t, func(t *testing.T, url string) {
		r := node(t, url)
		err := r.DB.Write(t.Context(), func(tx *db.Tx) error {
			if _, err := tx.Exec(`update person set email = 'root@example.vn' where id = $1`, r.People["root"].ID); err != nil {
				return err
			}
			_, err := tx.Exec(`update act set body = replace(body, '"as"', '"aS"') where id = (select max(id) from act where body like '%"as"%')`)
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		if ended, err := scrub.Step(t.Context(), r.App, 5); ended || err != nil {
			t.Fatal(ended, err)
		}
		was, err := scrub.Read(t.Context(), r.DB)
		if err != nil || was.At != 5 || was.Began.IsZero() {
			t.Fatalf("%+v, %v", was, err)
		}
		for range 2 { // the rest of this round, and another one
			if ended, err := scrub.Step(t.Context(), r.App, 1000); !ended || err != nil {
				t.Fatal(ended, err)
			}
		}
		now, err := scrub.Read(t.Context(), r.DB)
		if err != nil || now.LastActs < 20 || !now.LastBegan.After(was.Began) {
			t.Fatalf("%+v, %v", now, err)
		}
		if len(now.Found) != 1 || !strings.Contains(now.Found[0].What, "was changed") || now.Found[0].First.After(now.LastBegan) {
			t.Errorf("found %v", now.Found)
		}
		var mails int
		err = r.DB.Read(t.Context(), func(tx *db.Tx) error {
			return tx.Row(`select count(*) from post where recipient = 'root@example.vn'`).Scan(&mails)
		})
		if err != nil || mails != 1 {
			t.Errorf("%d mails, %v", mails, err)
		}
		r.As(t, "root").Get("/admin/scrub").Want(t, 200, "không như đã ghi", "was changed")
		r.As(t, "clerk").Get("/admin/scrub").Want(t, 403)
	})
}

// Before anything was read, the page says so, and does not call it whole; a round
// over an empty ledger is followed at once by one that reads.
func TestNothingRead(t *testing.T) {
	dbtest.EachURL(t, func(t *testing.T, url string) {
		r := kerneltest.Open(t, url, nil, scrub.System())
		b, do := r.As(t, "root"), scrub.System().Every[0].Do
		for _, x := range []struct {
			what, says string
			first      func() error
		}{
			{"before the first round", "Chưa đọc lại gì", func() error { return nil }},
			{"after a round over nothing", "Chưa đọc lại gì", func() error { return do(t.Context(), r.App) }},
			{"in the middle of a round", "Chưa xong vòng nào", func() error {
				err := r.Log.Advance(t.Context())
				if err == nil {
					_, err = scrub.Step(t.Context(), r.App, 1)
				}
				return err
			}},
			{"when it ended", "Mọi thứ còn nguyên", func() error { return do(t.Context(), r.App) }},
		} {
			if err := x.first(); err != nil {
				t.Fatal(err)
			}
			a := b.Get("/admin/scrub")
			a.Want(t, 200, x.says)
			if x.says != "Mọi thứ còn nguyên" && strings.Contains(a.Body, "Mọi thứ còn nguyên") {
				t.Errorf("%s: it says that all is whole", x.what)
			}
		}
	})
}
