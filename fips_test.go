package main

import (
	"bytes"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"
)

// fips is which packages' tests pass when the cryptographic module of Go refuses
// whatever FIPS 140-3 has not approved (GODEBUG=fips140=only), and why others do
// not. "" passes. A package is here when it uses cryptography itself, or through
// a library named as the reason.
var fips = map[string]string{
	"base/blob":            "",
	"base/cades":           "",
	"base/call":            "",
	"base/cert":            "",
	"base/cms":             "",
	"base/db":              "",
	"base/pades":           "",
	"base/pdf":             "",
	"base/post":            "",
	"base/push":            "Web Push (RFC 8291) derives the nonce of AES-GCM from the key, which the module allows to TLS alone",
	"base/stamp":           "",
	"base/verdict":         "",
	"base/web":             "",
	"base/xades":           "",
	"kernel":               "",
	"kernel/confirm":       "",
	"kernel/contact":       "",
	"kernel/cutover":       "",
	"kernel/digest":        "",
	"kernel/door":          "codes of authenticator apps are HMAC-SHA-1 (RFC 6238) with short keys; the other ways of signing in pass",
	"kernel/dossier":       "",
	"kernel/export":        "",
	"kernel/ledger":        "",
	"kernel/lists":         "",
	"kernel/mirror":        "",
	"kernel/mydata":        "",
	"kernel/onetime":       "",
	"kernel/passkey":       "",
	"kernel/password":      "",
	"kernel/procedure":     "",
	"kernel/second":        "",
	"kernel/sign":          "",
	"kernel/throttle":      "",
	"kernel/vandal":        "",
	"kernel/verify":        "",
	"kernel/who":           "",
	"systems/assure":       "",
	"systems/eid/grant":    "",
	"systems/eid/keyring":  "",
	"systems/eid/party":    "",
	"systems/eid/provider": "",
	"systems/eid/push":     "",
	"systems/handover":     "",
	"systems/pay/gateway":  "",
	"systems/pay/office":   "",
}

// representative are tried in every run; MOTCUA_LONG tries all.
var representative = []string{"base/stamp", "base/pdf", "base/push"}

// The table in trust/fips.md says what is so.
func TestFIPS(t *testing.T) {
	tried := representative
	if os.Getenv("MOTCUA_LONG") != "" {
		tried = slices.Sorted(maps.Keys(fips))
	}
	if testing.Short() {
		t.Skip("builds tests in child processes")
	}
	for _, pkg := range tried {
		c := exec.Command("go", "test", "-count=1", "-short", "./"+pkg)
		c.Env = append(os.Environ(), "GODEBUG=fips140=only", "MOTCUA_LONG=")
		out, err := c.CombinedOutput()
		if passes := err == nil; passes != (fips[pkg] == "") {
			t.Errorf("%s: passes %v, the table says %q\n%s", pkg, passes, fips[pkg], out[max(0, len(out)-1500):])
		}
	}
	var b bytes.Buffer
	b.WriteString(fipsHead)
	for _, pkg := range slices.Sorted(maps.Keys(fips)) {
		says := "passes"
		if why := fips[pkg]; why != "" {
			says = "does not: " + why
		}
		fmt.Fprintf(&b, "| `%s` | %s |\n", pkg, says)
	}
	golden(t, "trust/fips.md", b.Bytes())
}

const fipsHead = `# What runs where only approved cryptography may

` + "`GODEBUG=fips140=only`" + ` makes Go's cryptographic module (FIPS 140-3) refuse everything that is not approved. A test tries
packages in that mode and writes this table (MOTCUA_LONG=1 tries all of them, MOTCUA_GOLDEN=1 writes it anew).

Passing is not all: the module sees only what goes through it. Passwords are hashed by argon2id from golang.org/x/crypto
(kernel/password), which nobody has approved and nobody stops; where the rule binds, staff sign in by passkey or through an
upstream provider, and citizens' passwords need PBKDF2, which is not offered yet. Fonts and papers are named by SHA-1
inside a library (base/pdf); nothing rests on that.

SHA-1 and short keys are read in signatures of others even there, to show them as old; they are never trusted.
Issuers are named by SHA-1 where RFC 6960 asks for it (kernel/sign); a name protects nothing.

| package | its tests in that mode |
|---|---|
`

// Whoever uses cryptography and has tests stands in the table.
func TestFIPSIsComplete(t *testing.T) {
	tr, err := readTree(os.DirFS("."))
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range tr.packages() {
		storey, _, _ := strings.Cut(f.path, "/")
		if storey != "base" && storey != "kernel" && storey != "systems" || !slices.ContainsFunc(f.sources, func(s source) bool { return strings.HasSuffix(s.name, "_test.go") }) {
			continue
		}
		for p := range f.imports {
			if _, known := fips[f.path]; (strings.HasPrefix(p, "crypto/") && p != "crypto/rand" && p != "crypto/subtle" || strings.HasPrefix(p, "golang.org/x/crypto")) && !known {
				t.Errorf("%s imports %s and is not in the table", f.path, p)
			}
		}
	}
}
