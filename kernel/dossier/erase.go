package dossier

import (
	"context"
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
func residue(a Act, at time.Time, counted []figure.Delta) (string, error) {
	e := a.Entry
	left := Entry{As: e.As, From: e.From, To: e.To, Holder: e.Holder, Frees: e.Frees, For: e.For, Starts: e.Starts, Due: e.Due, DeskDue: e.DeskDue,
		More: e.More, Asks: e.Asks, Result: e.Result, Child: e.Child, Body: e.Body, Void: e.Void, Erased: at.UnixMicro(), Counted: counted}
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
	now := e.Now().UTC().Truncate(time.Microsecond)
	x := erasure{Why: why, Acts: map[string]string{}}
	if x.Files, err = e.dropFiles(tx, d); err != nil {
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
		if a.Body, err = residue(a, now, counted); err != nil {
			return nil, err
		}
		if err := leave(tx, &a, &x); err != nil {
			return nil, err
		}
	}
	if err := e.Record(tx, by, ActErase, n, x); err != nil {
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
func (e *Engine) dropFiles(tx *db.Tx, d *Dossier) (gone []string, err error) {
	type row struct {
		id  id.ID
		sum string
	}
	all, err := db.List(tx, func(into func(...any) error) (r row, err error) { return r, into(&r.id, &r.sum) }, `select id, sum from file where dossier = $1`, d.ID)
	if err != nil {
		return nil, err
	}
	for _, f := range all {
		others, err := db.List(tx, func(into func(...any) error) (n id.ID, err error) { return n, into(&n) }, `select dossier from act
			where dossier in (select id from dossier where applicant = $1 and id <> $2) and body like $3 limit 1`, d.Applicant, d.ID, `%"`+f.sum+`"%`)
		if err != nil {
			return nil, err
		}
		if len(others) > 0 {
			_, err = tx.Exec(`update file set dossier = $1 where id = $2`, others[0], f.id)
		} else {
			_, err = tx.Exec(`delete from file where id = $1`, f.id)
		}
		var held bool
		if err == nil {
			err = tx.Row(`select count(*) > 0 from file where sum = $1`, f.sum).Scan(&held)
		}
		if err != nil {
			return nil, err
		}
		if !held && !slices.Contains(gone, f.sum) {
			gone = append(gone, f.sum)
		}
	}
	return gone, nil
}

// EraseRegister takes the content out of the acts of registers about a person,
// inside tx, such as the one that gave him his sign-in name. What gave and took
// rights stays: it is what officials answer for. It reads every act of the node.
func (e *Engine) EraseRegister(tx *db.Tx, by who.Person, about id.ID, why string) error {
	said, err := json.Marshal(about)
	if err != nil {
		return err
	}
	head := `{"about":` + string(said)
	all, err := db.List(tx, scanAct, `select id, dossier, version, act, by, at, salt, body from act where id = dossier and body like $1 and salt is not null`, head+",%")
	if err != nil {
		return err
	}
	x := erasure{Why: why, Acts: map[string]string{}}
	for _, a := range all {
		if a.Act == ActErase || strings.HasPrefix(a.Act, "role.") {
			continue
		}
		a.Body = head + "}"
		if err := leave(tx, &a, &x); err != nil {
			return err
		}
	}
	return e.Record(tx, by, ActErase, about, x)
}

// EraseFiles notes that documents of no dossier, such as a book whose time is
// over, were erased; the caller removes them when tx is committed.
func (e *Engine) EraseFiles(tx *db.Tx, by who.Person, about id.ID, why string, files ...string) error {
	return e.Record(tx, by, ActErase, about, erasure{Why: why, Files: files})
}

// erased are the residues and documents that acts say were erased. An erasure that
// was slipped in or changed is named by History like any other act.
type erased struct {
	acts  map[string]string
	files map[string]bool
}

func (e *Engine) erased(ctx context.Context) (x erased, err error) {
	err = e.DB.Read(ctx, func(tx *db.Tx) error {
		x = erased{map[string]string{}, map[string]bool{}}
		_, err := db.List(tx, func(into func(...any) error) (none struct{}, err error) {
			var body string
			if err := into(&body); err != nil {
				return none, err
			}
			var said struct {
				Body erasure `json:"body"`
			}
			if json.Unmarshal([]byte(body), &said) != nil {
				return none, nil // it is named as changed
			}
			for act, sum := range said.Body.Acts {
				x.acts[act] = sum
			}
			for _, sum := range said.Body.Files {
				x.files[sum] = true
			}
			return none, nil
		}, `select coalesce(body, '') from act where act = $1 order by id`, ActErase)
		return err
	})
	return x, err
}
