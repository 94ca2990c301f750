package dossier

import (
	"cmp"
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"sync"
	"time"

	"motcua/base/db"
	"motcua/base/fault"
	"motcua/base/id"
	"motcua/kernel/clock"
	"motcua/kernel/figure"
	"motcua/kernel/form"
	"motcua/kernel/ledger"
	"motcua/kernel/who"
)

// An Engine carries acts out. Nothing else writes dossiers.
type Engine struct {
	DB        *db.DB
	IDs       *id.Source
	From      int64                                                        // first number of this node's block of dossier codes; 0 is 1
	Node      string                                                       // name of this node, in proofs
	Kind      func(name, version string) (*Kind, error)                    // version "": the one filed under today
	Kinds     func() []*Kind                                               // those of today
	Body      func(code string) (who.Body, bool)                           //
	Calendar  func(body string) *clock.Calendar                            //
	Env       func(today string, p who.Person, org id.ID) form.Env         // what forms may ask of the world
	Pattern   func(day string) (Pattern, bool)                             // of dossier codes in force on that day
	Person    func(tx *db.Tx, n id.ID) (who.Person, error)                 //
	Applicant func(tx *db.Tx, by who.Person, h Helped) (who.Person, error) // finds or registers who is helped at a counter
	Elsewhere func(ctx context.Context, body, kind string) (bool, error)   // whether the body carries such dossiers in its own software; nil: none does
	Alarm     func(tx *db.Tx, key string, at time.Time, a Due) error       // asks that e.Ring be called at that time
	After     Then                                                         // runs after every act, in its transaction
	Tally     func(d *Dossier, k *Kind) []figure.Part                      // what d, which ended, adds to the figures; nil: nothing more
	Now       func() time.Time
	// Others finds what is wrong with dossiers that other bodies report, and
	// tells add what they count in the figures; nil: there are none.
	Others func(ctx context.Context, mend bool, add func(figure.Delta)) ([]Finding, error)
	blocks blocks
	zones  sync.Map // *time.Location by name
}

// An Order asks for an act. The zero Dossier asks for the opening act of Kind.
type Order struct {
	Me      who.Person
	Dossier id.ID
	Act     string // "": the kind's opening act
	Answers form.Answers
	Papers  map[string][]id.ID
	Version int    // the version the doer saw; 0: does not matter
	Key     string // idempotency: the same key and order give the same dossier again

	// Of opening acts alone.
	Kind        string
	KindVersion string // "": today's
	Body        string
	Org         id.ID
	Helped      *Helped // a clerk files for this person
	Draft       id.ID   // whose files become the dossier's
	Channel     string  // "": online, or counter when helped
	Signed      *Signed // by who opens it himself; nil: he did not

	self   By        // Clock or Node acts, "": a person
	parent *Dossier  // the parent's act does
	at     time.Time // zero: now
}

// Helped is the citizen at the counter for whom a clerk files.
type Helped struct {
	Name   string `json:"name"`
	Number string `json:"number"`
	Phone  string `json:"phone"`
	Email  string `json:"email"`
	Born   string `json:"born"`
}

// Doing is an act on its way through its transaction.
type Doing struct {
	Tx      *db.Tx
	Engine  *Engine
	Kind    *Kind
	Step    *Step
	Dossier *Dossier // after the act
	Was     State
	Act     *Act
	depth   int
}

// Due names an act that time itself will do.
type Due struct {
	Dossier id.ID  `json:"dossier"`
	Version int    `json:"version"`
	Act     string `json:"act"`
}

// Act does what o asks in one transaction and returns the dossier after it.
func (e *Engine) Act(ctx context.Context, o Order) (*Dossier, error) {
	d, _, err := e.ActOnce(ctx, o)
	return d, err
}

// ActOnce is Act for who wants to know whether o.Key was used before: then
// nothing was done, and the dossier is as it now stands.
func (e *Engine) ActOnce(ctx context.Context, o Order) (d *Dossier, replayed bool, err error) {
	p, wrong := e.prepare(ctx, o)
	if o.Key == "" {
		if wrong != nil {
			return nil, false, wrong
		}
		err = e.DB.Write(ctx, func(tx *db.Tx) error {
			d, err = e.do(tx, p, 0)
			return err
		})
		return d, false, err
	}
	answer, replayed, err := e.DB.Once(ctx, o.Me.ID.String(), o.Key, o.Hash(), func(tx *db.Tx) ([]byte, error) {
		if wrong != nil { // where it was done already, this is not asked: what was done is not possible again
			return nil, wrong
		}
		if d, err = e.do(tx, p, 0); err != nil {
			return nil, err
		}
		return json.Marshal(d.ID)
	})
	if err != nil || !replayed {
		return d, false, err
	}
	var n id.ID
	if err := json.Unmarshal(answer, &n); err != nil {
		return nil, false, err
	}
	d, _, err = e.See(ctx, o.Me, n)
	return d, true, err
}

// A plan is an order whose answers were read and checked, before any transaction.
type plan struct {
	Order
	kind    *Kind
	step    *Step
	answers form.Answers
	reasons []Reason
	note    string
	holder  id.ID
	papers  map[string][]File
	claims  []claim // files that no dossier has yet

	elsewhere bool // the body carries it in its own software, now that it is opened
}

// Hash is of all that is asked: the same key asks the same.
func (o Order) Hash() string {
	b, _ := json.Marshal([]any{o.Dossier, o.Kind, o.Body, o.Org, o.Act, o.Answers, o.Papers, o.Helped, o.Version})
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:])
}

// current asks that d still be as the doer saw it.
func (p *plan) current(d *Dossier) error {
	if p.Version != 0 && p.Version != d.Version {
		return fmt.Errorf("dossier %s is at version %d, not %d: %w", d.ID, d.Version, p.Version, fault.New(fault.Stale, "dossier.stale"))
	}
	return nil
}

// prepare reads and checks all that can be read and checked outside the
// transaction: who, what, the answers, the papers.
func (e *Engine) prepare(ctx context.Context, o Order) (*plan, error) {
	p := &plan{Order: o}
	if o.at.IsZero() {
		p.at = e.Now().UTC().Truncate(time.Microsecond)
	}
	d := &Dossier{Answers: form.Answers{}}
	var err error
	if o.Dossier == 0 {
		if p.kind, err = e.Kind(o.Kind, o.KindVersion); err != nil {
			return nil, err
		}
		d.Kind, d.Body, d.Org = p.kind.Name, o.Body, o.Org
		if e.Elsewhere != nil {
			if p.elsewhere, err = e.Elsewhere(ctx, o.Body, p.kind.Name); err != nil {
				return nil, err
			}
			d.Elsewhere = p.elsewhere
		}
		if b, ok := e.Body(o.Body); ok {
			if err := e.blocks.ready(ctx, e.DB, scope(b.Code, e.day(b.Zone, p.at)), e.first()); err != nil {
				return nil, err
			}
		}
	} else {
		err = e.DB.Read(ctx, func(tx *db.Tx) error {
			d, p.kind, err = e.find(tx, o.Dossier)
			return err
		})
		if err != nil {
			return nil, err
		}
		if o.self == "" && o.parent == nil && !e.MayRead(o.Me, d) && len(e.Possible(o.Me, d, p.kind)) == 0 {
			return nil, fmt.Errorf("dossier %s: %w", o.Dossier, fault.New(fault.NotFound, "dossier.missing"))
		}
		if err := p.current(d); err != nil { // before anything is said of a state that he did not see
			return nil, err
		}
	}
	if p.step, err = e.choose(p, d); err != nil {
		return nil, err
	}
	err = both(p.take(e, d), e.givePapers(ctx, p, d))
	if p.Signed != nil {
		p.claims = append(p.claims, claim{file: p.Signed.Paper.ID})
	}
	return p, err
}

// Find reads one dossier with its acts, for the node itself: no permission is asked.
func (e *Engine) Find(ctx context.Context, n id.ID) (d *Dossier, err error) {
	err = e.DB.Read(ctx, func(tx *db.Tx) error {
		d, _, err = e.find(tx, n)
		return err
	})
	return d, err
}

// do carries the plan out inside tx. It may run more than once.
func (e *Engine) do(tx *db.Tx, p *plan, depth int) (*Dossier, error) {
	if depth > 3 {
		return nil, fmt.Errorf("%s %q: children of children of children", p.kind.Name, p.Order.Act)
	}
	a := newAct(e, p.Me.ID, p.at)
	d := &Dossier{Kind: p.kind.Name, Body: p.Body, Org: p.Org, Elsewhere: p.elsewhere}
	if p.Dossier != 0 {
		var err error
		if d, _, err = e.find(tx, p.Dossier); err != nil {
			return nil, err
		}
		if err := p.current(d); err != nil {
			return nil, err
		}
		if !a.At.After(d.Changed) { // the clock stepped back: order within a dossier is never in doubt
			a.At = d.Changed.Add(time.Microsecond)
		}
	}
	step, err := e.choose(p, d)
	if err != nil {
		return nil, err
	}
	as, _ := e.relation(p, step, d)
	if p.Dossier == 0 && (as == Applicant || as == Mandate || as == Everyone) && !p.Me.Level.Reaches(p.kind.Needs) {
		return nil, fmt.Errorf("%s by %s at level %q: %w", p.kind.Name, p.Me.ID, p.Me.Level, fault.New(fault.Forbidden, "dossier.level"))
	}
	a.Act = step.Act
	mandate, err := e.mandated(tx, p, as, d)
	if err != nil {
		return nil, err
	}
	a.Entry = Entry{As: as, From: d.State, To: step.To, Answers: p.answers, Papers: p.papers, Reasons: p.reasons, Note: p.note, Name: p.Me.Name, Holder: p.holder, For: covered(p.Me, as, d.Body), Mandate: mandate}
	if p.Dossier == 0 {
		if a.Entry.Open, err = e.open(tx, p, as, a.At); err != nil {
			return nil, err
		}
		a.Entry.Open.Elsewhere = d.Elsewhere
		p.Signed.enter(&a.Entry)
		a.Dossier = e.IDs.New()
	} else {
		a.Dossier = d.ID
	}
	a.Version = d.Version + 1
	if step.Claims && p.holder == 0 {
		a.Entry.Holder = p.Me.ID
	}
	a.Entry.Frees = step.Frees && a.Entry.Holder == 0 && d.Holder != 0
	e.time(p.kind, step, d, &a)
	if to := p.kind.Stands[step.To]; step.To != "" && to.Result && !p.kind.Stands[d.State].Result || step.Act == "correct" || step.Act == "replace" {
		if a.Entry.Result, err = e.result(tx, d, &a); err != nil {
			return nil, err
		}
	}
	wasD := *d
	return e.store(tx, p, d, &a, step, &wasD, depth)
}

func newAct(e *Engine, by id.ID, at time.Time) Act {
	a := Act{ID: e.IDs.New(), By: by, At: at, Salt: make([]byte, 16)}
	rand.Read(a.Salt)
	return a
}

// store writes the act and everything that follows from it.
func (e *Engine) store(tx *db.Tx, p *plan, d *Dossier, a *Act, step *Step, wasD *Dossier, depth int) (*Dossier, error) {
	b, err := encode(a.Entry)
	if err != nil {
		return nil, err
	}
	a.Body = string(b)
	d.apply(*a, p.kind.Stands)
	now := p.kind.Stands[d.State]
	// The row first: where two act at once, its version decides who was too late.
	if err := e.project(tx, d, now, a.Version == 1); err != nil {
		return nil, err
	}
	if err := e.insert(tx, a); err != nil {
		return nil, err
	}
	if err := claimFiles(tx, p, d); err != nil {
		return nil, err
	}
	if err := useUp(tx, p.Draft, d.ID); err != nil {
		return nil, err
	}
	if err := e.note(tx, a, e.deltas(wasD, d, a, p.kind)); err != nil {
		return nil, err
	}
	if err := e.alarms(tx, p.kind, d, wasD.State); err != nil {
		return nil, err
	}
	do := &Doing{Tx: tx, Engine: e, Kind: p.kind, Step: step, Dossier: d, Was: wasD.State, Act: a, depth: depth}
	for _, then := range []Then{step.Then, e.After} {
		if then == nil {
			continue
		}
		if err := then(do); err != nil {
			return nil, err
		}
	}
	return d, nil
}

// insert stores the act and gives its leaf to the ledger.
func (e *Engine) insert(tx *db.Tx, a *Act) error {
	_, err := tx.Exec(`insert into act (id, dossier, version, act, by, at, salt, body) values ($1, $2, $3, $4, $5, $6, $7, $8)`,
		a.ID, a.Dossier, a.Version, a.Act, a.By, db.At(a.At), a.Salt, a.Body)
	if err != nil {
		return fmt.Errorf("act %d of dossier %s: %w", a.Version, a.Dossier, err)
	}
	return ledger.Note(tx, a.ID, ledger.Leaf(a.Salt, a.Canonical()))
}

// project writes the dossier's row.
func (e *Engine) project(tx *db.Tx, d *Dossier, now Stand, fresh bool) error {
	desk := string(now.Desk)
	if fresh {
		_, err := tx.Exec(`insert into dossier (`+columns+`, desk, folded) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13,
			$14, $15, $16, $17, $18, $19, $20, $21, $22, $23, $24, $25, $26, $27)`, append(d.values(), desk, foldName(d))...)
		return err
	}
	n, err := tx.Exec(`update dossier set state = $1, holder = $2, version = $3, changed = $4, entered = $5, started = $6,
		due = $7, desk_due = $8, ended = $9, waiting = $10, desk = $11, body = $12 where id = $13 and version = $14`,
		string(d.State), d.Holder, d.Version, db.At(d.Changed), db.At(d.Entered), db.At(d.Started),
		db.At(d.Due), db.At(d.DeskDue), db.At(d.Ended), db.At(d.Waiting), desk, d.Body, d.ID, d.Version-1)
	if err == nil && n == 0 {
		err = fmt.Errorf("dossier %s: %w", d.ID, fault.New(fault.Stale, "dossier.stale"))
	}
	return err
}

// Open opens a child of the doing's dossier, in the same transaction.
func (do *Doing) Open(o Order) (*Dossier, error) {
	o.parent, o.at = do.Dossier, do.Act.At
	return do.nested(o, &Dossier{Answers: form.Answers{}, Body: o.Body})
}

// Do acts on a child or the parent of the doing's dossier, in the same transaction.
func (do *Doing) Do(o Order) (*Dossier, error) {
	o.parent, o.at = do.Dossier, do.Act.At
	d, _, err := do.Engine.find(do.Tx, o.Dossier)
	if err != nil {
		return nil, err
	}
	return do.nested(o, d)
}

func (do *Doing) nested(o Order, d *Dossier) (child *Dossier, err error) {
	e, p := do.Engine, &plan{Order: o}
	if p.kind, err = e.Kind(cmp.Or(d.Kind, o.Kind), d.KindVersion); err != nil {
		return nil, err
	}
	if p.step, err = e.choose(p, d); err != nil {
		return nil, err
	}
	if err := p.take(e, d); err != nil {
		return nil, err
	}
	return e.do(do.Tx, p, do.depth+1)
}
