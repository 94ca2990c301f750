package dossier

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"motcua/base/db"
	"motcua/base/fault"
	"motcua/base/id"
	"motcua/kernel/figure"
	"motcua/kernel/who"
)

// ActErase is the act of the register that takes content out of other acts. It
// names each with the SHA-256 of what is left of it, so that one that was erased
// is told from one that was tampered with.
const ActErase = "erase"

// An erasure is the body of such an act.
type erasure struct {
	id    id.ID
	Why   string            `json:"why"`
	Acts  map[string]string `json:"acts"`            // by id, SHA-256 of the residue
	Files []string          `json:"files,omitempty"` // SHA-256 of the documents
}

// sum is what the erasure says of a, whose body is what is left of it.
func (a *Act) sum() string {
	sum := sha256.Sum256(a.Canonical())
	return hex.EncodeToString(sum[:])
}

// residue is what stays of an act when its content is erased: what was done, when,
// under which relation, and what it added to the figures. Nothing in it tells who
// asked or what was said; the numbers of persons in it lead to erased rows.
func residue(a Act, by id.ID, counted []figure.Delta) (string, error) {
	e := a.Entry
	left := Entry{As: e.As, From: e.From, To: e.To, Holder: e.Holder, Frees: e.Frees, For: e.For, Starts: e.Starts, Due: e.Due, DeskDue: e.DeskDue,
		More: e.More, Asks: e.Asks, Result: e.Result, Child: e.Child, Body: e.Body, Void: e.Void, Erased: by, Counted: counted}
	if o := e.Open; o != nil {
		rest := *o
		rest.Name, rest.Subject, rest.Tail = "", "", ""
		if o.Taken != nil {
			rest.Taken = &Taken{Batch: o.Taken.Batch, Received: o.Taken.Received, Since: o.Taken.Since}
		}
		left.Open = &rest
	}
	b, err := encode(left)
	return string(b), err
}

// Erase takes the content out of an ended dossier, inside tx: answers, papers,
// reasons, names. Its acts keep their place, their time and their leaf in the
// ledger, so that every proof still holds; what hashes to the leaf is gone with
// the salt. It returns the SHA-256 of the documents, which the caller removes when
// tx is committed and no other row holds them. A dossier erased before stays as it is.
func (e *Engine) Erase(tx *db.Tx, by who.Person, n id.ID, why string) (files []string, err error) {
	d, k, err := e.find(tx, n)
	if err != nil {
		return nil, err
	}
	if d.Ended.IsZero() && !d.Void {
		return nil, fmt.Errorf("dossier %s: %w", n, fault.New(fault.Conflict, "dossier.erase"))
	}
	if d.Acts[len(d.Acts)-1].Entry.Erased != 0 {
		return nil, nil
	}
	x := erasure{id: e.IDs.New(), Why: why, Acts: map[string]string{}}
	if err := e.dropFiles(tx, d, &x); err != nil {
		return nil, err
	}
	f := new(Dossier)
	for _, a := range d.Acts {
		was := *f
		f.apply(a, k.Stands)
		counted := a.Entry.Counted
		if a.Entry.Erased == 0 {
			counted = e.deltas(&was, f, &a, k)
		}
		if a.Body, err = residue(a, x.id, counted); err != nil {
			return nil, err
		}
		if err := leave(tx, &a, &x); err != nil {
			return nil, err
		}
	}
	if err := e.enter(tx, by, n, &x); err != nil {
		return nil, err
	}
	if d, k, err = e.find(tx, n); err != nil || d.Void {
		return x.Files, err
	}
	if _, err := tx.Exec(`delete from dossier where id = $1`, n); err != nil {
		return nil, err
	}
	return x.Files, e.project(tx, d, k.Stands[d.State], true)
}

// leave puts a, whose body is what is left of it, in its place, without its salt.
func leave(tx *db.Tx, a *Act, x *erasure) error {
	x.Acts[a.ID.String()] = a.sum()
	_, err := tx.Exec(`update act set salt = null, body = $1 where id = $2`, a.Body, a.ID)
	return err
}

// dropFiles takes away the rows of d's documents and returns the content that no
// row holds any more. A paper that its applicant used again belongs to the other
// dossier from now on.
func (e *Engine) dropFiles(tx *db.Tx, d *Dossier, x *erasure) error {
	type row struct {
		id  id.ID
		sum string
	}
	all, err := db.List(tx, func(into func(...any) error) (r row, err error) { return r, into(&r.id, &r.sum) }, `select id, sum from file where dossier = $1`, d.ID)
	if err != nil {
		return err
	}
	for _, f := range all {
		others, err := db.List(tx, func(into func(...any) error) (n id.ID, err error) { return n, into(&n) }, `select dossier from act
			where dossier in (select id from dossier where applicant = $1 and id <> $2) and body like $3 limit 1`, d.Applicant, d.ID, `%"`+f.sum+`"%`)
		if err != nil {
			return err
		}
		if len(others) > 0 {
			_, err = tx.Exec(`update file set dossier = $1 where id = $2`, others[0], f.id)
		} else if _, err = tx.Exec(`delete from file where id = $1`, f.id); err == nil {
			// Issue numbers its act right after the file.
			err = e.strip(tx, d.ID, x, `id > $2 and id < $3`, f.id, f.id+issuing)
		}
		var held bool
		if err == nil {
			err = tx.Row(`select count(*) > 0 from file where sum = $1`, f.sum).Scan(&held)
		}
		if err != nil {
			return err
		}
		if !held && !slices.Contains(x.Files, f.sum) {
			x.Files = append(x.Files, f.sum)
		}
	}
	return nil
}

// issuing is a second, as ids count: far more than lies between the two of Issue.
const issuing = id.ID(1000 << 21)

// strip leaves of the acts of registers about n that fit the condition only that
// they were. What gave and took rights stays: it is what officials answer for.
func (e *Engine) strip(tx *db.Tx, n id.ID, x *erasure, fits string, args ...any) error {
	said, err := json.Marshal(n)
	if err != nil {
		return err
	}
	head := `{"about":` + string(said)
	all, err := db.List(tx, scanAct, `select id, dossier, version, act, by, at, salt, body from act
		where id = dossier and body like $1 and salt is not null and `+fits, append([]any{head + ",%"}, args...)...)
	if err != nil {
		return err
	}
	for _, a := range all {
		if a.Act == ActErase || strings.HasPrefix(a.Act, "role.") {
			continue
		}
		a.Body = head + `,"erased":"` + x.id.String() + `"}`
		if err := leave(tx, &a, x); err != nil {
			return err
		}
	}
	return nil
}

// enter writes the erasure itself, which is entered in the ledger.
func (e *Engine) enter(tx *db.Tx, by who.Person, about id.ID, x *erasure) error {
	b, err := json.Marshal(map[string]any{"about": about, "body": x})
	if err != nil {
		return err
	}
	a := newAct(e, by.ID, e.Now().UTC().Truncate(time.Microsecond))
	a.ID, a.Dossier, a.Version, a.Act, a.Body = x.id, x.id, 1, ActErase, string(b)
	return e.insert(tx, &a)
}

// EraseRegister takes the content out of the acts of registers about a person,
// inside tx, such as the one that gave him his sign-in name. It reads every act of
// the node.
func (e *Engine) EraseRegister(tx *db.Tx, by who.Person, about id.ID, why string) error {
	x := erasure{id: e.IDs.New(), Why: why, Acts: map[string]string{}}
	if err := e.strip(tx, about, &x, "1 = 1"); err != nil {
		return err
	}
	return e.enter(tx, by, about, &x)
}

// EraseFiles notes that documents of no dossier, such as a book whose time is
// over, were erased; the caller removes them when tx is committed.
func (e *Engine) EraseFiles(tx *db.Tx, by who.Person, about id.ID, why string, files ...string) error {
	return e.Record(tx, by, ActErase, about, erasure{Why: why, Files: files})
}

// isErased reports whether an erasure that is an act itself names a, as it stands.
// An erasure that was slipped in or changed is found like any other act.
func isErased(tx *db.Tx, a *Act) bool {
	if len(a.Salt) > 0 || a.Entry.Erased == 0 {
		return false
	}
	var body string
	if err := tx.Row(`select body from act where id = $1 and act = $2 and salt is not null`, a.Entry.Erased, ActErase).Scan(&body); err != nil {
		return false
	}
	var said struct {
		Body erasure `json:"body"`
	}
	return json.Unmarshal([]byte(body), &said) == nil && said.Body.Acts[a.ID.String()] == a.sum()
}
