// Package signing is documents signed by the persons who confirmed them: what
// waits for somebody, what he looks at with its digest, his one confirmation,
// and each document's own signature.
//
// What is confirmed is the SHA-256 digest of what the signature will cover or,
// of several, that of their list: one line for each, as sha256sum writes it. The
// list itself is signed too. After the confirmation is durable each document is
// signed by itself; whoever does it, and however often he begins again, a
// document is signed once.
//
// The seal of a body is set the same way: by who keeps it, on a document that he
// looks at and confirms.
package signing

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"motcua/base/blob"
	"motcua/base/db"
	"motcua/base/fault"
	"motcua/base/id"
	"motcua/base/job"
	"motcua/base/pades"
	"motcua/base/ui"
	"motcua/base/verdict"
	"motcua/kernel"
	"motcua/kernel/confirm"
	"motcua/kernel/paper"
	"motcua/kernel/sign"
	"motcua/kernel/who"
)

// Most is how many documents one confirmation may be for.
const Most = 200

// Purpose is what confirmations are for here.
const Purpose = "keys.sign"

// Job is what goes on with a signing that was cut short.
const Job = "keys.sign"

// patience is how long after a confirmation the job looks whether all is done.
const patience = 20 * time.Second

// A Signing is what one person confirms at once.
type Signing struct {
	ID        id.ID
	Person    id.ID
	Body      string // whose seal is set; "": it is the person's own signature
	Level     who.Level
	Digest    [32]byte
	Made      time.Time
	Matter    id.ID
	Confirmed time.Time // zero: not yet
	Ended     time.Time // zero: some wait
	Items     []Item
}

// A State is how far a document is.
type State string

// The states.
const (
	Waits  State = "waits"
	Done   State = "done"
	Failed State = "failed"
)

// An Item is one document of a signing.
type Item struct {
	Nth      int
	Form     verdict.Form // PDF, or CMS: any file that the signature stands beside
	Key      id.ID
	Dossier  id.ID
	Act      id.ID
	Title    string
	Prepared string // content: the file without the signature
	Digest   string // hexadecimal
	State    State
	Why      string
	Signed   string // content
}

// Manifest are the lines that are confirmed, as sha256sum writes them.
func (s *Signing) Manifest() string {
	var b strings.Builder
	for _, x := range s.Items {
		fmt.Fprintf(&b, "%s  %s\n", x.Digest, x.name())
	}
	return b.String()
}

// name is that of the file with the covered bytes.
func (x Item) name() string { return fmt.Sprintf("%03d.bin", x.Nth) }

// A Desk is the signings of one program.
type Desk struct {
	App   *kernel.App
	Press paper.Press
}

// A want is a document that somebody wants to sign.
type want struct {
	item  Item
	level who.Level
	key   sign.Key
	file  []byte
}

// result draws the result of an act for its decider.
func (x *Desk) result(ctx context.Context, me who.Person, act id.ID, at time.Time) (w want, err error) {
	d, k, a, err := x.App.Engine.Done(ctx, act)
	if err != nil || a.By != me.ID || a.Entry.Result == nil {
		return w, errors.Join(err, fault.New(fault.NotFound, "keys.nowait"))
	}
	w.level = paper.Paper{Sort: paper.Result, Act: a}.Personal(k)
	if w.key, err = x.key(ctx, me, d.Body, at); err != nil {
		return w, err
	}
	file, title, err := x.Press.Unsigned(ctx, d, k, a, w.key, at)
	if err != nil {
		return w, err
	}
	w.file = file
	w.item = Item{Dossier: d.ID, Act: act, Title: title + " · " + d.Code, Key: w.key.ID}
	return w, nil
}

// key is the newest of a person's keys with which he may sign for a body ("":
// for himself).
func (x *Desk) key(ctx context.Context, me who.Person, body string, at time.Time) (k sign.Key, err error) {
	err = x.App.DB.Read(ctx, func(tx *db.Tx) error {
		all, err := x.App.Keys.Of(tx, me.ID.String())
		k = sign.Key{}
		for _, one := range all {
			if one.Serves(body, at) {
				k = one
			}
		}
		return err
	})
	if err == nil && k.ID == 0 {
		err = fault.New(fault.Conflict, "keys.nokey")
	}
	return k, err
}

// begin stores a signing of what somebody wants to sign.
func (x *Desk) begin(ctx context.Context, me who.Person, wants []want, at time.Time) (s *Signing, err error) {
	if len(wants) == 0 || len(wants) > Most {
		return nil, fault.New(fault.Invalid, "keys.many", Most)
	}
	s = &Signing{ID: x.App.IDs.New(), Person: me.ID, Made: at}
	if k := wants[0].key; k.Kind == sign.Seal {
		s.Body = k.Body
	}
	for _, w := range wants {
		if w.key.ID != wants[0].key.ID {
			return nil, fault.New(fault.Invalid, "keys.mixed")
		}
		if w.level != "" && w.level.Reaches(s.Level) {
			s.Level = w.level
		}
	}
	if s.Level == "" {
		s.Level = who.Substantial
	}
	v := x.App.Voice("", "")
	for i, w := range wants {
		item := w.item
		item.Nth, item.State, item.Form = i+1, Waits, verdict.CMS
		prepared, digest := w.file, sha256.Sum256(w.file)
		if bytes.HasPrefix(w.file, []byte("%PDF-")) {
			item.Form = verdict.PDF
			reason := v.T("keys.reason", v.T("keys.level."+string(s.Level)))
			prepared, digest, err = pades.Prepare(w.file, pades.By{Chain: certificate(w.key), Reason: reason, At: at.In(v.Zone)})
			if err != nil {
				return nil, err
			}
		}
		sum, err := x.App.Blobs.PutBytes(ctx, prepared)
		if err != nil {
			return nil, err
		}
		item.Prepared, item.Digest = sum.String(), hex.EncodeToString(digest[:])
		s.Items = append(s.Items, item)
	}
	s.Digest = sha256.Sum256([]byte(s.Manifest()))
	if len(s.Items) == 1 { // of one document its own
		sum, err := hex.DecodeString(s.Items[0].Digest)
		if err != nil {
			return nil, err
		}
		s.Digest = [32]byte(sum)
	}
	return s, x.App.DB.Write(ctx, s.insert)
}

// ask asks the person to confirm.
func (x *Desk) ask(r *kernel.Request, s *Signing) (n id.ID, err error) {
	m := confirm.Matter{Purpose: Purpose, Digest: s.Digest, Title: r.T("keys.matter.one", s.Items[0].Title), Least: s.Level, Back: Path(s.ID)}
	if len(s.Items) > 1 {
		m.Title = r.T("keys.matter", len(s.Items))
		m.Facts = ui.Facts{{Term: r.T("keys.matter.first"), Text: s.Items[0].Title}, {Term: r.T("keys.matter.last"), Text: s.Items[len(s.Items)-1].Title}}
	}
	err = r.App.DB.Write(r.Context(), func(tx *db.Tx) error {
		if n, err = confirm.Ask(tx, r, m); err != nil {
			return err
		}
		_, err = tx.Exec(`update keys_signing set matter = $1 where id = $2 and person = $3 and confirmed = 0`, n, s.ID, r.Me.ID)
		return err
	})
	return n, err
}

// take takes the confirmation of a signing: from here on each of its documents
// may be signed, and the ledger holds that its person said so.
func (x *Desk) take(tx *db.Tx, me who.Person, s *Signing, at time.Time) error {
	said, err := confirm.Take(tx, x.App, me.ID, Purpose, s.Digest)
	if err != nil {
		return err
	}
	if !said.Level.Reaches(s.Level) {
		return fault.New(fault.Forbidden, "keys.low", string(s.Level))
	}
	n, err := tx.Exec(`update keys_signing set confirmed = $1 where id = $2 and person = $3 and confirmed = 0`, db.At(at), s.ID, me.ID)
	if err != nil {
		return err
	}
	if n == 0 {
		return fault.New(fault.Conflict, "keys.again")
	}
	use := sign.Use{Level: string(said.Level), Way: string(said.Way), At: at}
	if s.Body != "" {
		if me, err = x.App.Book.Find(tx, me.ID); err != nil || !me.Is(who.Sealer, s.Body) { // as it is now
			return errors.Join(err, fault.New(fault.Forbidden, "web.notyours"))
		}
		use.By, use.About = me.ID, s.ID
	}
	if len(s.Items) > 1 { // the list is signed too
		use.Key, use.Digest, use.What = s.Items[0].Key, s.Digest, x.App.Voice("", "").T("keys.matter", len(s.Items))
		if _, err := x.App.Keys.Permit(tx, me.ID.String(), use); err != nil {
			return err
		}
	}
	var digests []string
	for _, i := range s.Items {
		sum, err := hex.DecodeString(i.Digest)
		if err != nil {
			return err
		}
		use.Key, use.Digest, use.What = i.Key, [32]byte(sum), i.Title
		if _, err = x.App.Keys.Permit(tx, me.ID.String(), use); err != nil {
			return err
		}
		digests = append(digests, i.Digest)
	}
	err = x.App.Engine.Record(tx, me, "keys.confirm", s.ID, map[string]any{"key": s.Items[0].Key, "sha256": hex.EncodeToString(s.Digest[:]), "documents": digests, "body": s.Body,
		"level": said.Level, "way": said.Way, "proof": string(said.Proof)})
	if err != nil {
		return err
	}
	return job.Add(tx, Job, s.ID.String(), at.Add(patience), s.ID)
}

// Do goes on with a signing that was confirmed: the job.
func (x *Desk) Do(ctx context.Context, body []byte) error {
	var n id.ID
	if err := json.Unmarshal(body, &n); err != nil {
		return err
	}
	return x.Run(ctx, n)
}

// Run signs what is confirmed and not signed yet. It may run twice, and at the
// same time: a document's first signature is kept. While signing or sealing is
// stopped it waits: what was confirmed stays so, and Resume comes back to it.
func (x *Desk) Run(ctx context.Context, n id.ID) error {
	s, err := x.find(ctx, n)
	if err != nil || s.Confirmed.IsZero() || !s.Ended.IsZero() {
		return err
	}
	for _, i := range s.Items {
		if i.State != Waits {
			continue
		}
		signed, err := x.make(ctx, s, i)
		if err == nil {
			err = x.finish(ctx, s, i, Done, "", signed)
		} else if kind := fault.Of(err); kind == fault.Unavailable {
			return nil
		} else if kind != "" && kind != fault.NotYet {
			var f *fault.Error
			errors.As(err, &f)
			err = x.finish(ctx, s, i, Failed, f.Code, "")
		}
		if err != nil {
			return fmt.Errorf("signing %s: %w", n, err)
		}
	}
	return x.end(ctx, s)
}

// make signs one document and keeps it.
func (x *Desk) make(ctx context.Context, s *Signing, i Item) (signed string, err error) {
	digest, err := hex.DecodeString(i.Digest)
	if err != nil {
		return "", err
	}
	prepared, err := x.content(i.Prepared)
	if err != nil {
		return "", err
	}
	message, err := x.App.Keys.Personal(ctx, i.Key, [32]byte(digest), x.App.Now(), i.Form == verdict.CMS, x.App.Keys.Stamper(ctx, x.App.Now))
	if err != nil {
		return "", err
	}
	if i.Form == verdict.CMS {
		return x.keep(ctx, i, message)
	}
	file, err := pades.Embed(prepared, message)
	if err != nil {
		return "", err
	}
	return x.keep(ctx, i, file)
}

// keep keeps a signed document: a result as the paper of its dossier, unless it
// stands no longer.
func (x *Desk) keep(ctx context.Context, i Item, file []byte) (string, error) {
	if i.Act != 0 {
		d, k, a, err := x.App.Engine.Done(ctx, i.Act)
		if err != nil {
			return "", err
		}
		if !slices.ContainsFunc(paper.Of(d, k), func(p paper.Paper) bool { return p.Sort == paper.Result && p.Act.ID == i.Act }) {
			return "", fault.New(fault.Gone, "keys.gone")
		}
		if file, err = x.Press.Signed(ctx, d, k, a, file); err != nil {
			return "", err
		}
	}
	sum, err := x.App.Blobs.PutBytes(ctx, file)
	return sum.String(), err
}

func (x *Desk) content(sum string) ([]byte, error) {
	s, err := blob.Parse(sum)
	if err != nil {
		return nil, err
	}
	return x.App.Blobs.Bytes(s)
}

// Path is the page of a signing.
func Path(n id.ID) string { return "/me/keys/signings/" + n.String() }
