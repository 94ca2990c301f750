package export

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"maps"
	"path"
	"slices"
	"strings"
	"time"

	"motcua/base/db"
	"motcua/base/fault"
	"motcua/base/id"
	"motcua/kernel"
	"motcua/kernel/api"
	"motcua/kernel/dossier"
	"motcua/kernel/ledger"
	"motcua/kernel/paper"
)

// A manifest is export.json: what is in the export, and each act's way to the checkpoint.
type manifest struct {
	Export  int       `json:"motcua_export"` // version of the format: 1
	Node    string    `json:"node"`
	Dossier id.ID     `json:"dossier"`
	Code    string    `json:"code"`
	Kind    string    `json:"kind"`
	State   string    `json:"state"`
	Made    time.Time `json:"made"`
	Acts    []entry   `json:"acts"`   // all of the dossier's, in their order
	Issued  []entry   `json:"issued"` // by which papers of the State were entered
	Files   []stored  `json:"files"`
}

// An entry is an act and its place in the ledger. Without a file it is withheld.
type entry struct {
	File   string   `json:"file,omitempty"` // the canonical act, the very bytes that were hashed
	Salt   string   `json:"salt,omitempty"` // hexadecimal, as all hashes here
	Leaf   string   `json:"leaf"`           // SHA-256(salt ‖ act)
	Index  int64    `json:"index"`
	Hashes []string `json:"hashes"` // RFC 6962 audit path, from the leaf up

	act id.ID
}

// A stored is a file that an act names.
type stored struct {
	File string `json:"file"`
	Sum  string `json:"sha256"`
	Name string `json:"name"`
	Type string `json:"type"`
}

// A builder collects one export.
type builder struct {
	*kernel.App
	ctx     context.Context
	dossier *dossier.Dossier
	kind    *dossier.Kind
	whole   bool
	said    manifest
	files   []File
	names   map[string]bool
}

func (b *builder) add(name string, content []byte) { b.files = append(b.files, File{name, content}) }

// issued makes the papers that the dossier has by now, so that they are entered,
// and reads the acts that entered them.
func (b *builder) issued(press paper.Press) error {
	all := paper.Of(b.dossier, b.kind)
	if b.whole {
		all = paper.Inside(b.dossier, b.kind)
	}
	for _, p := range all {
		if p.Act == nil {
			continue
		}
		_, err := press.Give(b.ctx, b.dossier, b.kind, p)
		if errors.Is(err, fault.NotYet) && p.Personal(b.kind) != "" {
			continue // who decided has not signed it: nothing is issued yet
		}
		if err != nil {
			return err
		}
	}
	var acts []dossier.Act
	err := b.DB.Read(b.ctx, func(tx *db.Tx) (err error) {
		acts, err = db.List(tx, func(into func(...any) error) (a dossier.Act, err error) {
			var at db.Time
			if err = into(&a.ID, &a.Dossier, &a.Version, &a.Act, &a.By, &at, &a.Salt, &a.Body); err == nil {
				a.At = at.Time
				err = json.Unmarshal([]byte(a.Body), &a.Entry)
			}
			return a, err
		}, `select a.id, a.dossier, a.version, a.act, a.by, a.at, a.salt, a.body from paper p join act a on a.id = p.issue
			where p.dossier = $1 and (p.sort <> $2 or $3) order by a.id`, b.dossier.ID, string(paper.Control), b.whole)
		return err
	})
	for i := range acts {
		b.said.Issued = append(b.said.Issued, b.entry(fmt.Sprintf("issued/%d.json", i+1), &acts[i]))
		if err == nil && acts[i].Entry.File != nil {
			err = b.store("issued", *acts[i].Entry.File)
		}
	}
	return err
}

// entry puts an act in and gives its line.
func (b *builder) entry(name string, a *dossier.Act) entry {
	leaf := ledger.Leaf(a.Salt, a.Canonical())
	b.add(name, a.Canonical())
	return entry{File: name, Salt: hex.EncodeToString(a.Salt), Leaf: hex.EncodeToString(leaf[:]), act: a.ID}
}

func (b *builder) acts() error {
	for i := range b.dossier.Acts {
		a := &b.dossier.Acts[i]
		if b.whole || api.Plain(a) {
			b.said.Acts = append(b.said.Acts, b.entry(fmt.Sprintf("acts/%d.json", a.Version), a))
			continue
		}
		leaf := ledger.Leaf(a.Salt, a.Canonical())
		b.said.Acts = append(b.said.Acts, entry{Leaf: hex.EncodeToString(leaf[:]), act: a.ID})
	}
	return nil
}

// papers are those that the acts which are told name.
func (b *builder) papers() error {
	for _, a := range b.dossier.Acts {
		if !b.whole && !api.Plain(&a) {
			continue
		}
		for _, name := range slices.Sorted(maps.Keys(a.Entry.Papers)) {
			for _, f := range a.Entry.Papers[name] {
				if err := b.store("papers", f); err != nil {
					return err
				}
			}
		}
		if a.Entry.File != nil {
			if err := b.store("papers", *a.Entry.File); err != nil {
				return err
			}
		}
	}
	return nil
}

// store puts a stored file in, once, under its hash: names are of who sent it.
func (b *builder) store(folder string, f dossier.File) error {
	name := folder + "/" + f.Sum + path.Ext(strings.ToLower(safe(f.Name)))
	if b.names[name] {
		return nil
	}
	b.names[name] = true
	content, err := b.Files.Bytes(b.ctx, f)
	if errors.Is(err, fault.Gone) { // malware: its hash stands in the act that names it
		return nil
	}
	if err != nil {
		return err
	}
	b.said.Files = append(b.said.Files, stored{File: name, Sum: f.Sum, Name: f.Name, Type: f.Type})
	b.add(name, content)
	return nil
}

// safe leaves of a name what every system of files takes.
func safe(name string) string {
	return strings.Map(func(r rune) rune {
		if r == '.' || r == '-' || r >= '0' && r <= '9' || r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' {
			return r
		}
		return '_'
	}, name)
}

// prove adds each act's way to the checkpoint, and the checkpoint with its key.
func (b *builder) prove() error {
	var acts []id.ID
	for _, some := range [][]entry{b.said.Acts, b.said.Issued} {
		for _, e := range some {
			acts = append(acts, e.act)
		}
	}
	if err := b.Log.Advance(b.ctx); err != nil { // papers that were just made have no number yet
		return err
	}
	if _, err := paper.Proof(b.ctx, b.Log, slices.Max(acts)); err != nil { // another program may be at it
		return err
	}
	proofs, err := b.Log.Proofs(b.ctx, acts)
	if err != nil {
		return err
	}
	for _, some := range [][]entry{b.said.Acts, b.said.Issued} {
		for i := range some {
			p := proofs[0]
			proofs = proofs[1:]
			some[i].Index, some[i].Hashes = p.Index, []string{}
			for _, h := range p.Hashes {
				some[i].Hashes = append(some[i].Hashes, hex.EncodeToString(h[:]))
			}
			if len(proofs) == 0 {
				b.add("checkpoint", []byte(p.Checkpoint))
			}
		}
	}
	key, err := publicPEM(b.Log.PublicKey())
	b.add("ledger.pem", key)
	return err
}

// publicPEM is a ledger's key as openssl reads it: the fifth byte on of what the
// verifier key holds in base64 is the Ed25519 key.
func publicPEM(vkey string) ([]byte, error) {
	parts := strings.SplitN(vkey, "+", 3)
	if len(parts) != 3 {
		return nil, fmt.Errorf("key %q", vkey)
	}
	raw, err := base64.StdEncoding.DecodeString(parts[2])
	if err != nil || len(raw) != 33 {
		return nil, fmt.Errorf("key %q: %w", vkey, err)
	}
	der, err := x509.MarshalPKIXPublicKey(ed25519.PublicKey(raw[1:]))
	return pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der}), err
}

// seal adds the list, its sums, and the node's signature under them.
func (b *builder) seal() error {
	at := b.Now().UTC().Truncate(time.Second)
	b.said.Export, b.said.Node, b.said.Dossier, b.said.Code, b.said.Kind, b.said.State, b.said.Made = 1, b.Node, b.dossier.ID, b.dossier.Code, b.dossier.Kind, string(b.dossier.State), at
	text, err := json.MarshalIndent(b.said, "", " ")
	if err != nil {
		return err
	}
	b.add("export.json", append(text, '\n'))
	var roots bytes.Buffer
	err = b.DB.Read(b.ctx, func(tx *db.Tx) error {
		roots.Reset()
		all, err := b.Keys.Roots(tx)
		for _, c := range all {
			if err == nil {
				err = pem.Encode(&roots, &pem.Block{Type: "CERTIFICATE", Bytes: c.Raw})
			}
		}
		return err
	})
	if err != nil {
		return err
	}
	b.add("roots.pem", roots.Bytes())
	slices.SortFunc(b.files, func(x, y File) int { return strings.Compare(x.Name, y.Name) })
	var sums bytes.Buffer
	for _, f := range b.files {
		fmt.Fprintf(&sums, "%s  %s\n", sumOf(f.Bytes), f.Name)
	}
	signature, err := b.Keys.Beside(b.ctx, sha256.Sum256(sums.Bytes()), b.Seal, at)
	b.add("SHA256SUMS", sums.Bytes())
	b.add("SHA256SUMS.p7s", signature)
	return err
}
