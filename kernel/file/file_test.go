package file_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"motcua/base/clamd"
	"motcua/base/clamd/clamdtest"
	"motcua/base/db"
	"motcua/base/db/dbtest"
	"motcua/base/fault"
	"motcua/kernel/desk"
	"motcua/kernel/doctor"
	"motcua/kernel/dossier"
	"motcua/kernel/doubt"
	"motcua/kernel/file"
	"motcua/kernel/inbox"
	"motcua/kernel/kerneltest"
	"motcua/kernel/scrub"
)

func daemon(t *testing.T, address string) *clamd.Daemon {
	t.Helper()
	d, err := clamd.Parse(address)
	if err != nil {
		t.Fatal(err)
	}
	d.Patience = 5 * time.Second
	return d
}

func pdf(inside string) *strings.Reader { return strings.NewReader("%PDF-1.7\n" + inside + "\n%%EOF") }

type rig struct {
	*kerneltest.Rig
	*clamdtest.Scanner
}

func open(t *testing.T, url string) *rig {
	r := &rig{kerneltest.Open(t, url, []string{"birth"}, desk.System(), doubt.System(), inbox.System(), scrub.System()), clamdtest.Start(t, "tcp")}
	r.Files.Scanner = daemon(t, r.Address)
	return r
}

func (r *rig) keep(ctx context.Context, inside string) (dossier.File, error) {
	return r.Keep(ctx, r.People["applicant"].ID, 0, pdf(inside), "a.pdf")
}

func (r *rig) count(t *testing.T) (c file.Counts) {
	t.Helper()
	err := r.DB.Read(t.Context(), func(tx *db.Tx) (err error) {
		c, err = file.Count(tx)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// said is what the doctor says of the scanner, and whether all of it is well.
func (r *rig) said(t *testing.T) (words string, ok bool) {
	t.Helper()
	all, err := doctor.Examine(t.Context(), r.App, false)
	if err != nil {
		t.Fatal(err)
	}
	ok = true
	for _, f := range all {
		if f.Check == "scanner" {
			words, ok = words+f.Detail+"\n", ok && f.OK
		}
	}
	return words, ok
}

func TestScan(t *testing.T) {
	dbtest.EachURL(t, func(t *testing.T, url string) {
		r, ctx := open(t, url), t.Context()

		// What is clean is kept without a mark; what is not is not kept.
		_, err := r.keep(ctx, "clean")
		if err != nil || r.count(t) != (file.Counts{}) {
			t.Fatalf("%v, %+v", err, r.count(t))
		}
		_, err = r.keep(ctx, clamd.Eicar())
		var f *fault.Error
		if !errors.As(err, &f) || f.Code != "file.malware" || f.Kind != fault.Invalid {
			t.Fatalf("got %v", err)
		}
		if words, ok := r.said(t); !ok || !strings.Contains(words, "ClamAV 1.4.3") {
			t.Errorf("the doctor says %q", words)
		}

		// A liar's file is kept, marked, and seen later; so is that of the dead.
		r.Set(func(s *clamdtest.Scanner) { s.Answer = "fine!\x00" })
		lied, err := r.keep(ctx, "under a liar")
		if err != nil || r.count(t).Waiting != 1 {
			t.Fatalf("%v, %+v", err, r.count(t))
		}
		if words, ok := r.said(t); ok || !strings.Contains(words, `"fine!" is no answer`) {
			t.Errorf("the doctor says %q", words)
		}
		before := r.Asked()
		if _, err := r.keep(ctx, "right after"); err != nil || r.Asked() != before || r.count(t).Waiting != 2 { // nobody waits for a scanner that just failed
			t.Errorf("%v, asked %d times more", err, r.Asked()-before)
		}
		if a, err := r.Files.Document(ctx, lied, false, false); err != nil {
			t.Errorf("an unscanned file is not shown: %v, %v", a, err)
		}
		r.Set(func(s *clamdtest.Scanner) { s.Answer = "" })
		if err := r.Files.Rescan(ctx); err != nil || r.count(t).Waiting != 0 {
			t.Fatalf("%v, %+v", err, r.count(t))
		}
		r.Set(func(s *clamdtest.Scanner) { s.Answer = "stream: OK\x00" })
		if words, ok := r.said(t); ok || !strings.Contains(words, "finds nothing in the test file") {
			t.Errorf("of a scanner that knows nothing the doctor says %q", words)
		}
		r.Set(func(s *clamdtest.Scanner) { s.Answer = "" })

		// A dossier's paper came while the scanner was gone: its clerk sees that.
		d := r.File(t, "1.001193")
		paper := d.Papers["birth_note"][0]
		clerk, path := r.As(t, "clerk"), "/work/d/"+d.ID.String()
		r.Files.Scanner = daemon(t, "unix:/nowhere/clamd.ctl")
		b, err := r.Files.Bytes(ctx, paper)
		if err != nil {
			t.Fatal(err)
		}
		err = r.DB.Write(ctx, func(tx *db.Tx) error {
			_, err := tx.Exec(`insert into file_scan (sum, at, tried, found, why) values ($1, $2, 0, '', 'gone')`, paper.Sum, db.At(r.Now()))
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		clerk.Get(path).Want(t, 200, "Chưa quét", path+"/papers/birth_note/0", "sẽ quét lại")
		if r.Files.Rescan(ctx) == nil || r.count(t).Waiting != 1 {
			t.Errorf("a dead scanner saw a file: %+v", r.count(t))
		}
		root := r.As(t, "root")
		root.Get("/admin/scrub").Want(t, 200, "Không dựa vào máy quét được", "1 tệp chờ quét")

		// It has malware: it is opened for nobody, and its bytes stay as they were filed.
		r.Set(func(s *clamdtest.Scanner) { s.Finds = map[string]string{string(b): "Doc.Trojan.Test-1"} })
		r.Files.Scanner = daemon(t, r.Address)
		r.Later(time.Hour)
		if err := r.Files.Rescan(ctx); err != nil || r.count(t).Found != 1 {
			t.Fatalf("%v, %+v", err, r.count(t))
		}
		clerk.Get(path).Want(t, 200, "Có mã độc", "Doc.Trojan.Test-1")
		clerk.Get(path+"/papers/birth_note/0").Want(t, 410, "Doc.Trojan.Test-1")
		clerk.Get(path+"/papers/birth_note/0?small=1").Want(t, 410)
		if _, err := r.Files.Document(ctx, paper, false, true); !errors.Is(err, fault.Gone) {
			t.Errorf("got %v", err)
		}
		root.Get("/admin/scrub").Want(t, 200, "1 tệp đã nhận có mã độc")
		all, err := doctor.Examine(ctx, r.App, false)
		for _, f := range all {
			if !f.OK {
				t.Errorf("the doctor says %s: %s", f.Check, f.Detail)
			}
		}
		if err != nil {
			t.Fatal(err)
		}

		// The scanner was wrong, and says so a day later.
		r.Set(func(s *clamdtest.Scanner) { s.Finds = nil })
		r.Later(25 * time.Hour)
		if err := r.Files.Rescan(ctx); err != nil || r.count(t) != (file.Counts{}) {
			t.Errorf("%v, %+v", err, r.count(t))
		}
		clerk.Get(path+"/papers/birth_note/0").Want(t, 200)

		// What is swept before the scanner came needs no look.
		r.Files.Scanner = daemon(t, "unix:/nowhere/clamd.ctl")
		if _, err := r.keep(ctx, "forgotten"); err != nil || r.count(t).Waiting != 1 {
			t.Fatalf("%v, %+v", err, r.count(t))
		}
		r.Later(8 * 24 * time.Hour)
		err = r.Sweep(ctx)
		r.Files.Scanner = daemon(t, r.Address)
		if err := errors.Join(err, r.Files.Rescan(ctx)); err != nil || r.count(t) != (file.Counts{}) {
			t.Errorf("%v, %+v", err, r.count(t))
		}
	})
}

// TestNobodyWaitsLong: a slow scanner is given up, and the file is kept.
func TestNobodyWaitsLong(t *testing.T) {
	r := open(t, dbtest.SQLite(t))
	r.Set(func(s *clamdtest.Scanner) { s.Wait = time.Minute })
	r.Files.Scanner.Patience = 100 * time.Millisecond
	began := time.Now()
	for range 3 {
		if _, err := r.keep(t.Context(), time.Now().String()); err != nil {
			t.Fatal(err)
		}
	}
	if took := time.Since(began); took > 5*time.Second || r.count(t).Waiting != 3 || r.Asked() != 1 {
		t.Errorf("took %s, %+v, asked %d times", took, r.count(t), r.Asked())
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := r.keep(ctx, "gone away"); err == nil {
		t.Error("a file of who went away is kept")
	}
}

// TestScannerIsBack: who sends files too large for the scanner switches it off for
// nobody; after it was gone, the first file that it sees, malware too, has it asked again.
func TestScannerIsBack(t *testing.T) {
	dbtest.EachURL(t, func(t *testing.T, url string) {
		r, ctx := open(t, url), t.Context()
		refused := func(err error) bool {
			var f *fault.Error
			return errors.As(err, &f) && f.Code == "file.malware"
		}
		r.Set(func(s *clamdtest.Scanner) { s.Most = 1000 })
		large := strings.Repeat("large ", 1000)
		for i := range 2 {
			if _, err := r.keep(ctx, large[i:]); err != nil || r.count(t).Waiting != int64(i+1) {
				t.Fatalf("%v, %+v", err, r.count(t))
			}
			if _, err := r.keep(ctx, clamd.Eicar()); !refused(err) {
				t.Errorf("after a large file malware is kept: %v", err)
			}
		}
		address := r.Files.Scanner
		r.Files.Scanner = daemon(t, "unix:/nowhere/clamd.ctl")
		if _, err := r.keep(ctx, clamd.Eicar()); err != nil || r.count(t).Waiting != 3 {
			t.Fatalf("%v, %+v", err, r.count(t))
		}
		r.Files.Scanner = address
		// One round shows it all of them, the large ones first, and the last has malware.
		if err := r.Files.Rescan(ctx); err != nil || r.count(t).Waiting != 2 || r.count(t).Found != 1 || !strings.Contains(r.count(t).Why, "larger than the scanner takes") {
			t.Errorf("%v, %+v", err, r.count(t))
		}
		if _, err := r.keep(ctx, clamd.Eicar()+" "); !refused(err) {
			t.Errorf("a scanner that is back is not asked: %v", err)
		}
	})
}
