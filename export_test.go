package main

import (
	"archive/zip"
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/hex"
	"encoding/pem"
	"fmt"
	"io"
	"maps"
	"math/big"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"motcua/base/cades"
	"motcua/base/db"
	"motcua/kernel/dossier"
)

// An exported is an unpacked export.
type exported map[string][]byte

func unzip(t *testing.T, b []byte) exported {
	t.Helper()
	z, err := zip.NewReader(bytes.NewReader(b), int64(len(b)))
	if err != nil {
		t.Fatal(err)
	}
	all := exported{}
	for _, f := range z.File {
		r, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		if all[f.Name], err = io.ReadAll(r); err != nil {
			t.Fatal(err)
		}
		r.Close()
	}
	return all
}

// folder writes an export to the disk.
func (x exported) folder(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	for name, b := range x {
		name = filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(name), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, b, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// list writes the sums anew, as a forger does who knows the format.
func (x exported) list() {
	var sums bytes.Buffer
	for _, name := range slices.Sorted(maps.Keys(x)) {
		if !strings.HasPrefix(name, "SHA256SUMS") {
			fmt.Fprintf(&sums, "%x  %s\n", sha256.Sum256(x[name]), name)
		}
	}
	x["SHA256SUMS"] = sums.Bytes()
}

// sealed signs the list with the node's own seal: then only the ledger and the
// papers' own signatures speak against the forger.
func (x exported) sealed(h *house) {
	h.t.Helper()
	x.list()
	var err error
	if x["SHA256SUMS.p7s"], err = h.Keys.Beside(h.t.Context(), sha256.Sum256(x["SHA256SUMS"]), h.Seal, h.Now()); err != nil {
		h.t.Fatal(err)
	}
}

// reseal signs the list with an authority of the forger's own.
func (x exported) reseal(t *testing.T) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	c := &x509.Certificate{SerialNumber: big.NewInt(7), Subject: pkix.Name{CommonName: "motcua.localhost"}, NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign, BasicConstraintsValid: true, IsCA: true}
	der, err := x509.CreateCertificate(rand.Reader, c, c, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	own, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	x["roots.pem"] = pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})
	x.list()
	if x["SHA256SUMS.p7s"], err = cades.Sign(sha256.Sum256(x["SHA256SUMS"]), cades.By{Key: key, Chain: []*x509.Certificate{own}, At: time.Now()}); err != nil {
		t.Fatal(err)
	}
}

// TestExportIsCheckedWithoutUs gives dossiers to their applicant and to their
// office, and checks them with sha256sum, openssl and the script alone: honest
// ones are genuine, and none of eleven forgeries is, though the forger knows the
// format, writes the sums anew, and even has the node's seal.
func TestExportIsCheckedWithoutUs(t *testing.T) {
	t.Parallel()
	for _, tool := range []string{"python3", "openssl", "sha256sum"} {
		if _, err := exec.LookPath(tool); err != nil {
			t.Skip(tool + " is not on this machine")
		}
	}
	h := openHouse(t, filepath.Join(t.TempDir(), "n.db"))
	d := h.tell("1.001193", "cha mẹ đã kết hôn")
	other := h.tell("1.001193", "cha mẹ đã kết hôn")
	give := func(login string, d *dossier.Dossier) exported {
		t.Helper()
		code, head, b := h.do(login, "GET", "/api/v1/dossiers/"+d.ID.String()+"/export.zip", "", nil)
		if code != 200 || head.Get("Content-Type") != "application/zip" {
			t.Fatalf("export: %d %s", code, b)
		}
		return unzip(t, b)
	}
	mine, office := give("citizen", d), give("leader", d)
	if len(office) <= len(mine) {
		t.Errorf("the office gets %d files, the applicant %d", len(office), len(mine))
	}
	keys := t.TempDir()
	for _, name := range []string{"roots.pem", "ledger.pem"} {
		if err := os.WriteFile(filepath.Join(keys, name), mine[name], 0o600); err != nil {
			t.Fatal(err)
		}
	}
	check := func(x exported) (string, error) {
		b, err := exec.Command("python3", "docs/verify-export.py", x.folder(t), "--roots", filepath.Join(keys, "roots.pem"), "--key", filepath.Join(keys, "ledger.pem")).CombinedOutput()
		return string(b), err
	}
	for name, x := range map[string]exported{"of the applicant": mine, "of the office": office, "of another": give("citizen", other)} {
		if said, err := check(x); err != nil || !strings.Contains(said, "genuine: dossier ") {
			t.Fatalf("%s: %v %s", name, err, said)
		}
	}
	if code, _, _ := h.do("other", "GET", "/api/v1/dossiers/"+d.ID.String()+"/export.zip", "", nil); code != 404 {
		t.Errorf("somebody else got %d", code)
	}
	all, err := h.Engine.Readings(t.Context(), d.ID, 10)
	if err != nil || len(all) != 1 || all[0].Way != dossier.Export || all[0].Person != h.cast["leader"].ID {
		t.Errorf("the office's export is recorded as %+v, %v", all, err)
	}
	find := func(x exported, prefix string) string {
		for _, name := range slices.Sorted(maps.Keys(x)) {
			if strings.HasPrefix(name, prefix) && !strings.HasSuffix(name, ".json") {
				return name
			}
		}
		t.Fatalf("no file %s in %v", prefix, slices.Sorted(maps.Keys(x)))
		return ""
	}
	foreign := give("citizen", other)
	infected := find(foreign, "papers/")
	err = h.DB.Write(t.Context(), func(tx *db.Tx) error {
		_, err := tx.Exec(`insert into file_scan (sum, at, tried, found, why) values ($1, 0, 0, 'Doc.Trojan.Test-1', '')`, infected[len("papers/"):][:64])
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	without := give("citizen", other)
	if said, err := check(without); err != nil || without[infected] != nil {
		t.Errorf("without its malware: %v %s", err, said)
	}
	flip := func(x exported, name string) {
		b := bytes.Clone(x[name])
		b[len(b)/2] ^= 1
		x[name] = b
	}
	swapText := func(x exported, name, from, to string) {
		if !bytes.Contains(x[name], []byte(from)) {
			t.Fatalf("%s has no %q", name, from)
		}
		x[name] = bytes.Replace(x[name], []byte(from), []byte(to), 1)
	}
	for _, f := range []struct {
		name, why string
		do        func(x exported)
	}{
		{"one bit of a paper", "not the one listed", func(x exported) { flip(x, find(x, "papers/")) }},
		{"another name in an act, sums anew", "did not seal", func(x exported) { swapText(x, "acts/1.json", d.Name, "X"); x.list() }},
		{"everything sealed by another authority", "did not seal", func(x exported) { x.reseal(t) }},
		{"a file slipped in", "nobody listed", func(x exported) { x["papers/more.pdf"] = []byte("%PDF-1.4 invented") }},
		// From here on the forger has the node's own seal.
		{"another name in an act", "not what the ledger recorded", func(x exported) { swapText(x, "acts/1.json", d.Name, "X"); x.sealed(h) }},
		{"another name in an act, and its leaf", "not in the ledger", func(x exported) {
			swapText(x, "acts/1.json", d.Name, "X")
			list := string(x["export.json"])
			salt, err := hex.DecodeString(between(list, `"salt": "`, `"`))
			if err != nil {
				t.Fatal(err)
			}
			swapText(x, "export.json", between(list, `"leaf": "`, `"`), fmt.Sprintf("%x", sha256.Sum256(append(salt, x["acts/1.json"]...))))
			x.sealed(h)
		}},
		{"two acts exchanged", "not what the ledger recorded", func(x exported) {
			x["acts/1.json"], x["acts/2.json"] = x["acts/2.json"], x["acts/1.json"]
			x.sealed(h)
		}},
		{"the dossier of another", "not what the ledger recorded", func(x exported) { x["acts/1.json"] = foreign["acts/1.json"]; x.sealed(h) }},
		{"a byte of the decision", "named by no act", func(x exported) { flip(x, find(x, "issued/")); x.sealed(h) }},
		{"a checkpoint of another size", "not signed by the ledger", func(x exported) {
			size := strings.Split(string(x["checkpoint"]), "\n")[1]
			swapText(x, "checkpoint", "\n"+size+"\n", "\n"+size+"0\n")
			x.sealed(h)
		}},
		{"a paper slipped in", "belong to no act", func(x exported) { x["papers/more.pdf"] = []byte("%PDF-1.4 invented"); x.sealed(h) }},
	} {
		x := maps.Clone(office)
		f.do(x)
		if said, err := check(x); err == nil || !strings.Contains(said, "NOT GENUINE") || !strings.Contains(said, f.why) {
			t.Errorf("%s: want %q: %v %s", f.name, f.why, err, said)
		}
	}
}

func between(s, from, to string) string {
	_, s, _ = strings.Cut(s, from)
	s, _, _ = strings.Cut(s, to)
	return s
}
