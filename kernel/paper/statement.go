package paper

import (
	"motcua/base/id"
	"motcua/kernel/ledger"
)

// A Statement is what a paper says of itself to programs: which act it rests on
// and the proof that the ledger held that act when the paper was made.
type Statement struct {
	Motcua  int          `json:"motcua"` // version of the statement: 1
	Doc     Sort         `json:"doc"`
	Node    string       `json:"node"`
	Code    string       `json:"code"` // of the dossier, without its tail
	Act     id.ID        `json:"act"`
	Form    string       `json:"form,omitempty"`   // number among the official forms
	Law     string       `json:"law,omitempty"`    // that brought the form, such as 01/2018/TT-VPCP
	Number  string       `json:"number,omitempty"` // of the decision
	Version int          `json:"version"`          // of the result; of others the number of the act in the dossier
	Proof   ledger.Proof `json:"proof"`
	Key     string       `json:"key"` // public key of the ledger
}
