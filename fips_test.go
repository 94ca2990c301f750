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
// not. "" passes. A package is here when it has tests and uses cryptography itself,
// or through a package or library named as the reason.
var fips = map[string]string{
	"base/blob":           "",
	"base/cades":          "",
	"base/call":           "",
	"base/cert":           "",
	"base/db":             "",
	"base/pades":          "",
	"base/pdf":            "",
	"base/post":           "",
	"base/push":           "Web Push (RFC 8291) has AES-GCM's nonce come from the same secret as its key, and devices open no other; the module takes a nonce that it drew itself (NewGCMWithRandomNonce) or counts for TLS, SSH and HPKE, none of which is this one; so nothing is pushed",
	"base/stamp":          "",
	"base/verdict":        "",
	"base/web":            "",
	"base/xades":          "",
	"kernel/confirm":      "",
	"kernel/contact":      "",
	"kernel/cutover":      "",
	"kernel/digest":       "",
	"kernel/door":         "codes of authenticator apps (kernel/second): apps know HMAC-SHA-1 alone (RFC 6238), and the module takes HMAC with SHA-2 and SHA-3 alone; setting an app up ends in an error. The other tests of signing in pass",
	"kernel/dossier":      "",
	"kernel/ledger":       "",
	"kernel/lists":        "",
	"kernel/mirror":       "",
	"kernel/mydata":       "",
	"kernel/passkey":      "",
	"kernel/password":     "",
	"kernel/procedure":    "",
	"kernel/sign":         "",
	"kernel/throttle":     "",
	"kernel/verify":       "",
	"kernel/who":          "",
	"systems/assure":      "",
	"systems/eid":         "the wallet's news to apps is not pushed (base/push); all else of it passes",
	"systems/eid/keyring": "",
	"systems/handover":    "",
	"systems/pay":         "",
	"systems/pay/gateway": "",
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
		if tested := slices.ContainsFunc(f.sources, func(s source) bool { return strings.HasSuffix(s.name, "_test.go") }); storey != "base" && storey != "kernel" && storey != "systems" || !tested {
			if _, known := fips[f.path]; known {
				t.Errorf("%s has no tests that could pass: name in the table who tests it", f.path)
			}
			continue
		}
		for p := range f.imports {
			if _, known := fips[f.path]; (strings.HasPrefix(p, "crypto/") && p != "crypto/rand" && p != "crypto/subtle" || strings.HasPrefix(p, "golang.org/x/crypto")) && !known {
				t.Errorf("%s imports %s and is not in the table", f.path, p)
			}
		}
	}
}
