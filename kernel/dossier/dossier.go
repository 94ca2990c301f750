package dossier

import (
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"motcua/base/db"
	"motcua/base/fault"
	"motcua/base/id"
	"motcua/kernel/clock"
	"motcua/kernel/figure"
	"motcua/kernel/form"
)

// A Dossier is what its acts add up to. Lists read the row alone: then Acts,
// Answers, Desk, Papers, Reasons and Result are empty.
type Dossier struct {
	ID          id.ID
	Kind        string
	KindVersion string
	Code        string // printed on the receipt
	Tail        string // secret end of the printed code: who knows it may track
	State       State
	Body        string // code of the body that decides
	Zone        string // IANA zone of the body: days are days there
	Applicant   id.ID  // the person who asked
	Org         id.ID  // the organisation or other person for whom he asked, or 0
	Helper      id.ID  // the clerk who filed for him, or 0
	Name        string // of the applicant or organisation, for lists
	Subject     string // of the matter, for lists
	Channel     string // online, counter, post
	Holder      id.ID  // the official who has it, or 0
	Parent      id.ID  // the dossier whose act opened this one, or 0
	Matter      string // kind of the dossier at the top of those it belongs to, "": its own; lists do not say
	Elsewhere   bool   // the body carries it in its own software; lists do not say
	Version     int    // number of acts
	Opened      time.Time
	Changed     time.Time
	Entered     time.Time // when the present state began
	Started     time.Time // when the legal clock started
	Due         time.Time // promised
	DeskDue     time.Time // when the present desk should be done
	Ended       time.Time // when the legal clock ended
	Waiting     time.Time // since when the clock is paused

	Acts    []Act
	Answers form.Answers      // of the applicant
	Desk    form.Answers      // of the officials
	Papers  map[string][]File // by paper
	Reasons []Reason          // of the last act that gave some
	Open    bool              // the applicant may change what Reasons name
	Result  *Result           // issued
	Taken   *Taken            // where it was begun, if not here
	Void    bool              // its being taken over was undone: it stands nowhere, and its acts stay
}

// A File is a stored document as an act names it.
type File struct {
	ID   id.ID  `json:"id"`
	Name string `json:"name"`
	Type string `json:"type"` // media type found in the bytes
	Size int64  `json:"size"`
	Sum  string `json:"sha256"`
	Was  string `json:"was,omitempty"` // SHA-256 of what other software handed over, where a picture was written anew
}

// A Reason says what is missing or on what ground, and how to mend it.
type Reason struct {
	Ref  string `json:"ref"`           // a field, a paper, or a ground of refusal
	Text string `json:"text"`          // why
	Fix  string `json:"fix,omitempty"` // what to do
}

// A Result is a decision in force or once in force.
type Result struct {
	Number  string `json:"number"`
	Act     id.ID  `json:"act"`     // that granted it
	Version int    `json:"version"` // 1, then one more per correction
	Day     string `json:"day"`     // of the decision, at the body
	By      id.ID  `json:"by"`
}

// An Act is one thing done to a dossier, inserted once and never changed.
type Act struct {
	ID      id.ID
	Dossier id.ID
	Version int // its number in the dossier, from 1: the order within it
	Act     string
	By      id.ID // 0: time itself
	At      time.Time
	Salt    []byte
	Body    string // Entry as JSON: the very bytes that were hashed
	Entry   Entry
}

// An Entry is the body of an act. Everything that the dossier's state follows
// from is in it, so that folding acts needs neither clock nor chance.
type Entry struct {
	As      By                `json:"as,omitempty"` // the relation under which it was done
	From    State             `json:"from,omitempty"`
	To      State             `json:"to,omitempty"`
	Open    *Opening          `json:"open,omitempty"`
	Answers form.Answers      `json:"answers,omitempty"`
	Papers  map[string][]File `json:"papers,omitempty"`
	Reasons []Reason          `json:"reasons,omitempty"`
	Note    string            `json:"note,omitempty"`
	Holder  id.ID             `json:"holder,omitzero"`   // who has it from now on
	Frees   bool              `json:"frees,omitempty"`   // nobody has it any more
	Name    string            `json:"name,omitempty"`    // of who did it, as shown
	Signed  *Signed           `json:"signed,omitempty"`  // by him, in File
	Mandate id.ID             `json:"mandate,omitzero"`  // by which it was done for Opening.Org
	For     id.ID             `json:"for,omitzero"`      // the colleague on leave in whose place it was done
	Starts  int64             `json:"starts,omitempty"`  // the legal clock starts, microseconds UTC
	Due     int64             `json:"due,omitempty"`     // the promise, when it changes
	DeskDue int64             `json:"deskDue,omitempty"` // when the new desk should be done
	More    string            `json:"more,omitempty"`    // the extension, such as 5d, that is in Due
	Asks    *Asked            `json:"asks,omitempty"`
	Result  *Result           `json:"result,omitempty"`
	File    *File             `json:"file,omitempty"` // a document made by this act
	Child   id.ID             `json:"child,omitempty"`
	Body    string            `json:"carrier,omitempty"` // that carries on its work from now on
	Void    bool              `json:"void,omitempty"`    // see Dossier.Void
	Erased  id.ID             `json:"erased,omitzero"`   // the act that erased the rest of it (erase.go)
	Counted []figure.Delta    `json:"counted,omitempty"` // of one erased: what it added to the figures
}

// An Opening is what only the first act says.
type Opening struct {
	Kind      string `json:"kind"`
	Version   string `json:"version"`
	Code      string `json:"code"`
	Tail      string `json:"tail"`
	Body      string `json:"body"`
	Zone      string `json:"zone"`
	Applicant id.ID  `json:"applicant"`
	Org       id.ID  `json:"org,omitempty"` // for whom it was asked: an organisation or another person
	Helper    id.ID  `json:"helper,omitempty"`
	Name      string `json:"name"`
	Subject   string `json:"subject,omitempty"`
	Channel   string `json:"channel"`
	Parent    id.ID  `json:"parent,omitempty"`
	Matter    string `json:"matter,omitempty"`
	Taken     *Taken `json:"taken,omitempty"`
	Elsewhere bool   `json:"elsewhere,omitempty"` // the body carries such dossiers in its own software
}

// Canonical is what is hashed into the ledger, after the salt.
func (a *Act) Canonical() []byte {
	name, _ := json.Marshal(a.Act)
	return fmt.Appendf(make([]byte, 0, len(a.Body)+160),
		`{"act":%s,"at":%d,"body":%s,"by":%d,"dossier":%d,"id":%d,"version":%d}`,
		name, a.At.UnixMicro(), a.Body, a.By, a.Dossier, a.ID, a.Version)
}

// apply is the fold: it moves d by one act. It is the only place where a
// dossier changes, live and when projections are rebuilt.
func (d *Dossier) apply(a Act, stands map[State]Stand) {
	e := a.Entry
	if o := e.Open; o != nil {
		*d = Dossier{ID: a.Dossier, Kind: o.Kind, KindVersion: o.Version, Code: o.Code, Tail: o.Tail, Body: o.Body,
			Zone: o.Zone, Applicant: o.Applicant, Org: o.Org, Helper: o.Helper, Name: o.Name, Subject: o.Subject,
			Channel: o.Channel, Parent: o.Parent, Matter: o.Matter, Elsewhere: o.Elsewhere, Opened: a.At, Acts: d.Acts, Taken: o.Taken,
			Answers: form.Answers{}, Desk: form.Answers{}, Papers: map[string][]File{}}
	}
	if e.Body != "" {
		d.Body, d.DeskDue = e.Body, micro(e.DeskDue)
	}
	if a.Act == ActRecount && e.DeskDue != 0 {
		d.DeskDue = micro(e.DeskDue)
	}
	if e.Void {
		d.Void, d.State = true, ""
	}
	was := stands[d.State]
	now := was
	if e.To != "" && e.To != d.State {
		now = stands[e.To]
		d.State, d.Entered = e.To, a.At
		d.DeskDue = micro(e.DeskDue)
	}
	switch {
	case now.Waits != "" && now.Waits != was.Waits:
		d.Waiting = a.At
	case now.Waits == "":
		d.Waiting = time.Time{}
	}
	switch {
	case now.Ends && !was.Ends:
		d.Ended = a.At
	case !now.Ends:
		d.Ended = time.Time{}
	}
	if e.Open != nil {
		d.backdate()
	}
	if e.Starts != 0 {
		d.Started = micro(e.Starts)
	}
	if e.Due != 0 {
		d.Due = micro(e.Due)
	}
	if e.Frees || e.Holder != 0 {
		d.Holder = e.Holder
	}
	own := d.Answers
	if e.As != Applicant && e.As != Mandate && e.Open == nil && a.Act != "correct" && !d.Open {
		own = d.Desk
	}
	for name, v := range e.Answers {
		if v == nil {
			delete(own, name)
		} else {
			own[name] = v
		}
	}
	for paper, files := range e.Papers {
		d.Papers[paper] = files
	}
	switch {
	case len(e.Reasons) > 0:
		d.Reasons, d.Open = e.Reasons, now.Waits == clock.Supplement
	case was.Waits != "" && now.Waits == "":
		d.Reasons, d.Open = nil, false
	}
	if e.Result != nil {
		d.Result = e.Result
	}
	d.Version, d.Changed = a.Version, a.At
	d.Acts = append(d.Acts, a)
}

func micro(n int64) time.Time {
	if n == 0 {
		return time.Time{}
	}
	return time.UnixMicro(n).UTC()
}

// Did reports whether act was ever done, and how often.
func Did(acts []Act, act string) (n int) {
	for _, a := range acts {
		if a.Act == act {
			n++
		}
	}
	return n
}

const columns = `id, kind, kind_version, code, tail, state, body, zone, applicant, org, helper, name, subject,
	channel, holder, parent, version, opened, changed, entered, started, due, desk_due, ended, waiting`

// values are d's columns in order, then the folded text that search reads.
func (d *Dossier) values() []any {
	t := func(t time.Time) db.Time { return db.At(t) }
	return []any{d.ID, d.Kind, d.KindVersion, d.Code, d.Tail, string(d.State), d.Body, d.Zone, d.Applicant, d.Org, d.Helper,
		d.Name, d.Subject, d.Channel, d.Holder, d.Parent, d.Version, t(d.Opened), t(d.Changed), t(d.Entered), t(d.Started),
		t(d.Due), t(d.DeskDue), t(d.Ended), t(d.Waiting)}
}

func scan(into func(...any) error) (*Dossier, error) {
	d, state := new(Dossier), ""
	var opened, changed, entered, started, due, deskDue, ended, waiting db.Time
	err := into(&d.ID, &d.Kind, &d.KindVersion, &d.Code, &d.Tail, &state, &d.Body, &d.Zone, &d.Applicant, &d.Org, &d.Helper,
		&d.Name, &d.Subject, &d.Channel, &d.Holder, &d.Parent, &d.Version, &opened, &changed, &entered, &started,
		&due, &deskDue, &ended, &waiting)
	d.State = State(state)
	d.Opened, d.Changed, d.Entered, d.Started = opened.Time, changed.Time, entered.Time, started.Time
	d.Due, d.DeskDue, d.Ended, d.Waiting = due.Time, deskDue.Time, ended.Time, waiting.Time
	return d, err
}

// errUnread is an act whose body is not what the engine writes: somebody was at the database.
var errUnread = errors.New("cannot be read")

func scanAct(into func(...any) error) (a Act, err error) {
	var at db.Time
	if err := into(&a.ID, &a.Dossier, &a.Version, &a.Act, &a.By, &at, &a.Salt, &a.Body); err != nil {
		return a, err
	}
	a.At = at.Time
	if err := json.Unmarshal([]byte(a.Body), &a.Entry); err != nil {
		return a, fmt.Errorf("act %s %w: %w", a.ID, errUnread, err)
	}
	return a, nil
}

// acts reads the acts of dossier n in their order.
func acts(tx *db.Tx, n id.ID) ([]Act, error) {
	return db.List(tx, scanAct, `select id, dossier, version, act, by, at, salt, body from act where dossier = $1 order by version`, n)
}

// find folds dossier n from its acts.
func (e *Engine) find(tx *db.Tx, n id.ID) (*Dossier, *Kind, error) {
	all, err := acts(tx, n)
	if err != nil {
		return nil, nil, err
	}
	if len(all) == 0 || all[0].Entry.Open == nil {
		return nil, nil, fmt.Errorf("dossier %s: %w", n, fault.New(fault.NotFound, "dossier.missing"))
	}
	o := all[0].Entry.Open
	k, err := e.Kind(o.Kind, o.Version)
	if err != nil {
		return nil, nil, err
	}
	return fold(all, k), k, nil
}

func fold(all []Act, k *Kind) *Dossier {
	d := new(Dossier)
	for _, a := range all {
		d.apply(a, k.Stands)
	}
	return d
}

// encode writes v as the canonical JSON that acts are stored and hashed as.
func encode(v any) ([]byte, error) {
	b, err := json.Marshal(v) // struct fields in order, map keys sorted
	if err != nil {
		return nil, fmt.Errorf("act: %w", err)
	}
	return b, nil
}
