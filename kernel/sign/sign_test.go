package sign_test

import (
	"bytes"
	"crypto/rand"
	"crypto/x509"
	"errors"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"motcua/base/db"
	"motcua/base/db/dbtest"
	"motcua/base/fault"
	"motcua/base/id"
	"motcua/base/lang"
	"motcua/base/pades"
	"motcua/base/pdf"
	"motcua/base/verdict"
	"motcua/kernel/sign"
)

var day = time.Date(2020, 11, 23, 9, 30, 0, 0, time.UTC)

func secret() []byte {
	b := make([]byte, 32)
	rand.Read(b)
	return b
}

func open(t testing.TB, d *db.DB, secret []byte) *sign.Authority {
	t.Helper()
	a, err := sign.Open(t.Context(), d, id.NewSource(1, time.Now), secret)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

func write(t testing.TB, d *db.DB, f func(tx *db.Tx) error) {
	t.Helper()
	if err := d.Write(t.Context(), f); err != nil {
		t.Fatal(err)
	}
}

var names = sign.Names{Root: "Gốc chứng thực DEMO", Issuer: "Nơi cấp DEMO 1", Body: "UBND thành phố DEMO", Country: "VN"}

// start makes an authority with a person and a seal.
func start(t testing.TB, d *db.DB) (a *sign.Authority, root, person, seal sign.Key, rootKey []byte) {
	t.Helper()
	a = open(t, d, secret())
	write(t, d, func(tx *db.Tx) (err error) {
		if root, _, rootKey, err = a.Init(tx, names, day.AddDate(-1, 0, 0)); err != nil {
			return err
		}
		person, err = a.Issue(tx, sign.Request{Kind: sign.Person, Name: "Nguyễn Thị Hồng Nhung", Body: "UBND phường Hàng Bạc", Role: "Chủ tịch",
			Serial: "0fzzzzz", From: day.AddDate(0, -1, 0), Until: day.AddDate(2, 0, 0)})
		if err != nil {
			return err
		}
		seal, err = a.Issue(tx, sign.Request{Kind: sign.Seal, Name: "UBND phường Hàng Bạc", Body: "UBND phường Hàng Bạc", From: day.AddDate(0, -1, 0), Until: day.AddDate(5, 0, 0)})
		return err
	})
	return a, root, person, seal, rootKey
}

func paper(t testing.TB) []byte {
	t.Helper()
	b, err := pdf.Make(pdf.Doc{Size: pdf.A5, Title: "x", At: day}, pdf.Fonts{})
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// own signs a paper with a person's key, as he confirmed it.
func own(t testing.TB, d *db.DB, a *sign.Authority, file []byte, k sign.Key, at time.Time) ([]byte, error) {
	t.Helper()
	prepared, digest, err := pades.Prepare(file, pades.By{Chain: []*x509.Certificate{k.Certificate}, Reason: "Phê duyệt", At: at})
	if err != nil {
		t.Fatal(err)
	}
	err = d.Write(t.Context(), func(tx *db.Tx) error {
		_, err := a.Permit(tx, k.Serial, sign.Use{Key: k.ID, Digest: digest, What: "a paper", Level: "substantial", Way: "code", At: at})
		return err
	})
	if err != nil {
		return nil, err
	}
	der, err := a.Personal(t.Context(), k.ID, digest, at, false, nil)
	if err != nil {
		return nil, err
	}
	return pades.Embed(prepared, der)
}

func TestSign(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		a, root, person, seal, _ := start(t, d)
		b, err := own(t, d, a, paper(t), person, day)
		if err != nil {
			t.Fatal(err)
		}
		if b, err = a.PDF(t.Context(), b, seal.ID, "", day.Add(time.Minute)); err != nil {
			t.Fatal(err)
		}
		v, err := pades.Read(b, root.Certificate)
		if err != nil || v.State != verdict.Valid || len(v.Signatures) != 2 {
			t.Fatalf("%+v %v", v, err)
		}
		one, two := v.Signatures[0], v.Signatures[1]
		if one.Name != "Nguyễn Thị Hồng Nhung" || one.Role != "Chủ tịch" || one.Serial != "0fzzzzz" || one.Body != "UBND phường Hàng Bạc" || !one.At.Equal(day) {
			t.Errorf("person: %+v", one)
		}
		if two.Serial != "" || two.Role != "" || two.Name != "UBND phường Hàng Bạc" {
			t.Errorf("seal: %+v", two)
		}

		// Revoked: no further signature; what was signed before stays valid.
		write(t, d, func(tx *db.Tx) error {
			k, err := a.Revoke(tx, person.ID, day.Add(time.Hour), sign.Left, "nghỉ hưu")
			if err == nil && (k.Reason != "nghỉ hưu" || !k.Revoked.Equal(day.Add(time.Hour))) {
				t.Errorf("revoked: %+v", k)
			}
			return err
		})
		if _, err := own(t, d, a, paper(t), person, day.Add(time.Hour)); !errors.Is(err, fault.Conflict) {
			t.Errorf("with a revoked key: %v, want a conflict", err)
		}
		weigh := func(seen time.Time) verdict.Verdict {
			v, err := pades.Read(b, root.Certificate)
			if err != nil {
				t.Fatal(err)
			}
			f, err := a.Facts(t.Context(), v, day.AddDate(0, 1, 0))
			if err != nil {
				t.Fatal(err)
			}
			f.Seen = seen
			f.Weigh(&v)
			return v
		}
		if v := weigh(time.Time{}); v.State != verdict.Unknown || v.Why[0].Code != "verdict.why.claimed" || v.Signatures[1].Status.Then != verdict.Good {
			t.Errorf("before the revocation, in his own word: %s %v", v.State, v.Why)
		}
		if v := weigh(day.Add(time.Minute)); v.State != verdict.Valid || !v.Signatures[0].Revoked.Equal(day.Add(time.Hour)) {
			t.Errorf("before the revocation, as a ledger shows: %+v", v)
		}
		write(t, d, func(tx *db.Tx) error {
			_, err := a.Revoke(tx, seal.ID, day, sign.Lost, "")
			return err
		})
		if v := weigh(day.Add(time.Minute)); v.State != verdict.Unknown || v.Why[0].Code != "verdict.why.revoked" {
			t.Errorf("after the revocation: %s %v", v.State, v.Why)
		}
		err = d.Write(t.Context(), func(tx *db.Tx) error { _, err := a.Revoke(tx, seal.ID, day, sign.Lost, ""); return err })
		if !errors.Is(err, fault.Conflict) {
			t.Errorf("revoked twice: %v, want a conflict", err)
		}
		write(t, d, func(tx *db.Tx) error { // as if who stole the issuer's key had made the certificate
			_, err := tx.Exec(`delete from sign_key where id = $1`, person.ID)
			return err
		})
		if v := weigh(day.Add(time.Minute)); v.State != verdict.Unknown || v.Why[0].Code != "verdict.why.strange" || v.Why[0].Args[0] != "Nguyễn Thị Hồng Nhung" {
			t.Errorf("never issued: %s %v", v.State, v.Why)
		}
	})
}

func TestIssue(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		a, root, person, seal, rootKey := start(t, d)
		try := func(f func(tx *db.Tx) error) error { return d.Write(t.Context(), f) }
		for name, tt := range map[string]struct {
			f    func(tx *db.Tx) error
			want fault.Kind
		}{
			"init twice": {func(tx *db.Tx) error { _, _, _, err := a.Init(tx, names, day); return err }, fault.Conflict},
			"outlives": {func(tx *db.Tx) error {
				_, err := a.Issue(tx, sign.Request{Kind: sign.Seal, Name: "x", Body: "x", From: day, Until: day.AddDate(30, 0, 0)})
				return err
			}, fault.Conflict},
			"no serial": {func(tx *db.Tx) error {
				_, err := a.Issue(tx, sign.Request{Kind: sign.Person, Name: "x", Body: "x", From: day, Until: day.AddDate(1, 0, 0)})
				return err
			}, ""},
			"a root": {func(tx *db.Tx) error {
				_, err := a.Issue(tx, sign.Request{Kind: sign.Root, Name: "x", From: day, Until: day.AddDate(1, 0, 0)})
				return err
			}, ""},
			"unknown":     {func(tx *db.Tx) error { _, err := a.Get(tx, 17); return err }, fault.NotFound},
			"no root key": {func(tx *db.Tx) error { _, err := a.NewIssuer(tx, "x", []byte("x"), day); return err }, fault.Invalid},
			"bad root key": {func(tx *db.Tx) error {
				_, err := a.NewIssuer(tx, "x", bytes.Replace(rootKey, []byte("\n\n"), []byte("\n\nAAAA"), 1), day)
				return err
			}, fault.Invalid},
		} {
			if err := try(tt.f); err == nil || fault.Of(err) != tt.want {
				t.Errorf("%s: %v, want %q", name, err, tt.want)
			}
		}
		if _, err := a.PDF(t.Context(), paper(t), root.ID, "", day); err == nil {
			t.Error("the root signed a paper")
		}
		if _, err := own(t, d, a, paper(t), person, day.AddDate(3, 0, 0)); !errors.Is(err, fault.Conflict) {
			t.Errorf("after its time: %v, want a conflict", err)
		}

		var next, again sign.Key
		write(t, d, func(tx *db.Tx) (err error) {
			if next, err = a.NewIssuer(tx, "Nơi cấp DEMO 2", rootKey, day); err != nil {
				return err
			}
			again, err = a.Issue(tx, sign.Request{Kind: sign.Person, Name: "An", Body: "x", Serial: "0fzzzzz", From: day, Until: day.AddDate(1, 0, 0)})
			return err
		})
		if again.Issuer != next.ID {
			t.Errorf("issued by %s, want the newest issuer %s", again.Issuer, next.ID)
		}
		err := d.Read(t.Context(), func(tx *db.Tx) error {
			all, err := a.List(tx)
			if err != nil || len(all) != 6 {
				t.Errorf("%d keys %v, want 6", len(all), err)
			}
			of, err := a.Of(tx, "0fzzzzz")
			if err != nil || len(of) != 2 || of[0].ID != person.ID {
				t.Errorf("keys of a person: %v %v", of, err)
			}
			roots, err := a.Roots(tx)
			if err != nil || len(roots) != 1 || !roots[0].Equal(root.Certificate) {
				t.Errorf("roots: %v %v", roots, err)
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		for _, key := range []sign.Key{again, seal} { // of the new and of the old issuer
			b, err := own(t, d, a, paper(t), key, day)
			if key.Kind == sign.Seal {
				b, err = a.PDF(t.Context(), paper(t), key.ID, "", day)
			}
			if err != nil {
				t.Fatal(err)
			}
			if v, err := pades.Read(b, root.Certificate); err != nil || v.State != verdict.Valid {
				t.Errorf("%+v %v", v, err)
			}
		}
	})
}

// Nothing secret lies open in the database, and a sealed key fits in its own place only.
func TestSecretsAreSealed(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		a, _, person, seal, _ := start(t, d)
		write(t, d, func(tx *db.Tx) error { return a.Keep(tx, "ledger", []byte("PRIVATE+KEY")) })
		write(t, d, func(tx *db.Tx) error { return a.Keep(tx, "ledger", []byte("PRIVATE+KEY+2")) })
		if got, err := a.Kept(t.Context(), "ledger"); err != nil || string(got) != "PRIVATE+KEY+2" {
			t.Errorf("kept %q %v", got, err)
		}
		if _, err := a.Kept(t.Context(), "mail"); !errors.Is(err, fault.NotFound) {
			t.Errorf("nothing kept: %v, want not found", err)
		}
		var sealed []byte
		err := d.Read(t.Context(), func(tx *db.Tx) error {
			return tx.Row(`select sealed from sign_secret where name = 'ledger'`).Scan(&sealed)
		})
		if err != nil || bytes.Contains(sealed, []byte("PRIVATE")) {
			t.Errorf("stored as %q %v", sealed, err)
		}

		other := open(t, d, secret())
		if _, err := other.PDF(t.Context(), paper(t), seal.ID, "", day); err == nil {
			t.Error("signed with another secret of the node")
		}
		if _, err := other.Kept(t.Context(), "ledger"); err == nil {
			t.Error("opened with another secret of the node")
		}
		write(t, d, func(tx *db.Tx) error {
			_, err := tx.Exec(`update sign_key set sealed = (select sealed from sign_key where id = $1) where id = $2`, seal.ID, person.ID)
			return err
		})
		if _, err := own(t, d, a, paper(t), person, day); err == nil {
			t.Error("signed with the key of another row")
		}
	})
	if _, err := sign.Open(t.Context(), nil, nil, []byte("short")); err == nil {
		t.Error("a short secret was taken")
	}
}

func TestPoppler(t *testing.T) {
	if _, err := exec.LookPath("pdfsig"); err != nil {
		if os.Getenv("MOTCUA_TEST_NEED_TOOLS") == "1" {
			t.Fatal(err)
		}
		t.Skip(err)
	}
	d := dbtest.Open(t, dbtest.SQLite(t))
	a, _, person, _, _ := start(t, d)
	b, err := own(t, d, a, paper(t), person, day)
	if err != nil {
		t.Fatal(err)
	}
	path := t.TempDir() + "/x.pdf"
	if err := os.WriteFile(path, b, 0o600); err != nil {
		t.Fatal(err)
	}
	out, err := exec.Command("pdfsig", "-nocert", path).CombinedOutput()
	if err != nil || !strings.Contains(string(out), "Signature is Valid") {
		t.Errorf("%v\n%s", err, out)
	}
}

func TestTexts(t *testing.T) {
	if _, err := lang.Load(sign.Texts, pades.Texts, verdict.Texts); err != nil {
		t.Error(err)
	}
}

func BenchmarkPDF(b *testing.B) {
	a, _, _, seal, _ := start(b, dbtest.Open(b, dbtest.SQLite(b)))
	file := paper(b)
	for b.Loop() {
		if _, err := a.PDF(b.Context(), file, seal.ID, "", day); err != nil {
			b.Fatal(err)
		}
	}
}
