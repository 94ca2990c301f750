// Package verdict is what the signatures in a file prove, whatever kind of
// file it is: the states, who signed, by whose clock, and whether anybody
// vouches for the signer.
//
// It is pure: certificates, lists of revoked ones and time are arguments,
// nothing is fetched, so a verdict is the same on a machine without a network.
package verdict

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/rsa"
	"crypto/x509"
	"embed"
	"encoding/json"
	"fmt"
	"slices"
	"time"
)

//go:embed texts.yaml
var Texts embed.FS

// A State is what can be said of a file as a whole.
type State string

// The states, best first. Of several signatures the worst decides.
const (
	Valid   State = "valid"   // every signature holds, its signer is vouched for, nothing was changed since
	None    State = "none"    // there is no signature
	Unknown State = "unknown" // the signatures hold, but a signer is not vouched for
	Broken  State = "broken"  // a signature cannot be read: nothing is proven
	Changed State = "changed" // what was signed is not what is there
)

// A Form is the kind of file that carries the signatures.
type Form string

// The forms, and the standards they follow.
const (
	PDF Form = "pdf" // ETSI EN 319 142, PAdES
	CMS Form = "cms" // ETSI EN 319 122, CAdES: a signature beside any file
	XML Form = "xml" // ETSI EN 319 132, XAdES
)

// A Verdict is what a file's signatures prove.
type Verdict struct {
	Form       Form            `json:"form"`
	State      State           `json:"state"`
	Why        []Reason        `json:"why,omitempty"` // for every state but valid
	Signatures []Signature     `json:"signatures"`    // in the order of signing
	Statement  json.RawMessage `json:"statement,omitempty"`
}

// A Reason is the key of a sentence and its values.
type Reason struct {
	Code string `json:"code"`
	Args []any  `json:"args,omitempty"`
}

// A Signature is one of a file. The names are those of the certificate; only
// when Trusted does somebody vouch for them.
type Signature struct {
	Name      string    `json:"name"`
	Body      string    `json:"body,omitempty"`
	Role      string    `json:"role,omitempty"`
	Serial    string    `json:"serial,omitempty"` // of the person within the node; empty for a seal
	Seal      bool      `json:"seal,omitempty"`   // its certificate says that it is a seal, and no person's
	Code      string    `json:"code,omitempty"`   // of the body whose seal it is
	Reason    string    `json:"reason,omitempty"`
	At        time.Time `json:"at"`                  // as the signer says
	Stamp     *Stamp    `json:"stamp,omitempty"`     // as a time-stamp authority says
	Algorithm string    `json:"algorithm,omitempty"` // of key and digest, as people name them
	Intact    bool      `json:"intact"`              // the covered bytes and the signature are as they were made
	Whole     bool      `json:"whole"`               // nothing but further signatures follows
	Trusted   bool      `json:"trusted"`             // a given root vouches for the signer, at that time
	Old       bool      `json:"old"`                 // the algorithm no longer proves anything
	Revoked   time.Time `json:"revoked,omitzero"`
	Status    *Status   `json:"status,omitempty"` // what its issuer says of the certificate; nil when nobody was asked

	Certificate *x509.Certificate   `json:"-"`
	Chain       []*x509.Certificate `json:"-"` // from Certificate to the root that vouches for it, when Trusted
}

// A Stamp is the time at which a time-stamp authority (RFC 3161) saw a signature.
type Stamp struct {
	At      time.Time `json:"at"`
	By      string    `json:"by"`
	Trusted bool      `json:"trusted"` // a given root vouches for the authority
}

// When is the time of signing that counts: a trusted authority's, or else the signer's own.
func (s Signature) When() time.Time {
	if s.Stamp != nil && s.Stamp.Trusted {
		return s.Stamp.At
	}
	return s.At
}

// Judge makes the verdict no better than s and says why.
func (v *Verdict) Judge(s State, code string, args ...any) {
	order := []State{"", Valid, None, Unknown, Broken, Changed}
	if slices.Index(order, s) > slices.Index(order, v.State) {
		v.State = s
	}
	v.Why = append(v.Why, Reason{code, args})
}

// names is what a certificate calls algorithms that sign.
func names(c *x509.Certificate, hash crypto.Hash) string {
	switch k := c.PublicKey.(type) {
	case *rsa.PublicKey:
		return fmt.Sprintf("RSA %d, %v", k.N.BitLen(), hash)
	case *ecdsa.PublicKey:
		return fmt.Sprintf("ECDSA %s, %v", k.Curve.Params().Name, hash)
	}
	return hash.String()
}
