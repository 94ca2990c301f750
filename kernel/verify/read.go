// Package verify says of a paper whether it is genuine, unchanged and still in
// force: on a page, from the code on its head, and for programs.
//
// Anyone may ask about any file. What only a signature can prove is read from
// the file alone (Read); what became of the paper since is known to the node
// that made it (Check). A file is read and forgotten.
package verify

import (
	"bytes"
	"crypto/x509"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"strings"
	"time"

	"golang.org/x/mod/sumdb/note"

	"motcua/base/cades"
	"motcua/base/fault"
	"motcua/base/id"
	"motcua/base/pades"
	"motcua/base/verdict"
	"motcua/base/xades"
	"motcua/kernel/ledger"
	"motcua/kernel/paper"
	"motcua/kernel/sign"
)

// mostFile is how many bytes a file to check may have.
const mostFile = 10 << 20

// A Report is what can be said of a file.
type Report struct {
	verdict.Verdict
	Says     *paper.Statement `json:"-"`
	Asked    bool             `json:"asked"`  // the node that made it was asked
	Proven   bool             `json:"proven"` // the proof in the statement holds
	Here     bool             `json:"here"`   // this node made it, and the following is known
	Standing *Standing        `json:"standing,omitempty"`
	Entry    *Entry           `json:"entry,omitempty"` // of the act, or of these very bytes
	Stops    []Stop           `json:"stopped,omitempty"`
}

// A Stop is that the key of one of the signatures is out of use now, by the switch
// for emergencies. What it signed before stays what it is.
type Stop struct {
	Number string    `json:"number"` // of the certificate, hexadecimal
	What   sign.What `json:"what"`
	Since  time.Time `json:"since"`
	Why    string    `json:"why"`
}

// stop is what is stopped of the key of s; nil: nothing.
func (x Report) stop(s verdict.Signature) *Stop {
	for i := range x.Stops {
		if s.Trusted && x.Stops[i].Number == sign.Number(s.Certificate) {
			return &x.Stops[i]
		}
	}
	return nil
}

// A Standing is what became of a paper since it was made.
type Standing struct {
	State State     `json:"state"`
	Since time.Time `json:"since,omitzero"`
	Next  id.ID     `json:"next,omitzero"` // the act that the paper in its place rests on
	Title string    `json:"title,omitempty"`
	Body  string    `json:"body,omitempty"`
	Stage string    `json:"stage,omitempty"` // where the dossier is, as the public is told
}

// A State is whether a paper still says what holds.
type State string

// The states of a paper.
const (
	InForce  State = "in force"
	Replaced State = "replaced" // a newer one of its sort says otherwise
	Revoked  State = "revoked"
	Expired  State = "expired"
)

// An Entry is a place in the ledger under a signed checkpoint.
type Entry struct {
	Number int64  `json:"number"`
	Size   int64  `json:"size"`
	Mark   string `json:"mark"` // root of the tree, hexadecimal
	File   bool   `json:"file"` // it holds the hash of the file itself
}

// A File is what somebody wants to have checked: a PDF or XML that carries its
// signatures, or a signature (.p7s) and the file that it stands beside, in
// either order.
type File struct{ Main, Beside []byte }

// signatures reads those of any of the three forms.
func (f File) signatures(roots []*x509.Certificate) (v verdict.Verdict, err error) {
	if cades.Is(f.Beside) {
		f.Main, f.Beside = f.Beside, f.Main
	}
	switch {
	case cades.Is(f.Main):
		return cades.Read(f.Main, f.Beside, roots...)
	case f.Beside != nil:
		return v, fault.New(fault.Invalid, "verify.beside")
	case bytes.HasPrefix(f.Main, []byte("%PDF-")):
		return pades.Read(f.Main, roots...)
	case xades.Is(f.Main):
		v, _, err = xades.Read(f.Main, roots...)
		return v, err
	}
	return v, fault.New(fault.Unsupported, "verify.kind")
}

// Read checks a file against the roots that are trusted, without a network or
// a database. What became of the paper since is not known then.
func Read(f File, roots ...*x509.Certificate) (Report, error) {
	v, err := f.signatures(roots)
	if err != nil {
		return Report{}, err
	}
	r := Report{Verdict: v}
	var s paper.Statement
	if v.Statement == nil || json.Unmarshal(v.Statement, &s) != nil || s.Motcua != 1 {
		return r, nil
	}
	r.Says = &s
	key, err := note.NewVerifier(s.Key)
	if err != nil || s.Proof.Verify(key) != nil {
		return r, nil
	}
	r.Proven, r.Entry = true, entry(s.Proof)
	return r, nil
}

// entry reads where a proof leads to.
func entry(p ledger.Proof) *Entry {
	e := &Entry{Number: p.Index, Size: p.Size}
	if lines := strings.SplitN(p.Checkpoint, "\n", 4); len(lines) == 4 {
		if root, err := base64.StdEncoding.DecodeString(lines[2]); err == nil {
			e.Mark = hex.EncodeToString(root)
		}
	}
	return e
}
