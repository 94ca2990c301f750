package dossier

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"motcua/base/db"
	"motcua/base/fault"
	"motcua/base/id"
	"motcua/kernel/clock"
	"motcua/kernel/form"
	"motcua/kernel/who"
)

// Acts that no kind lists, because they are of no service: what changes is who
// keeps the dossier, or the calendar.
const (
	ActTakeOver = "takeover" // begun in other software, carried on here; again while its source still says more
	ActUndo     = "undo"     // the taking over was a mistake
	ActSucceed  = "succeed"  // another body carries on the work of the one that had it
	ActRecount  = "recount"  // the calendar changed: what was promised to nobody yet is counted anew
)

// Taken is what a dossier brings along that was begun in other software. The
// act that takes it over has the time at which that was done; what happened
// before is said here, in microseconds UTC.
type Taken struct {
	Batch    id.ID        `json:"batch"`
	Received int64        `json:"received"`          // there
	Since    int64        `json:"since,omitempty"`   // when it entered its present state there
	Desk     form.Answers `json:"desk,omitempty"`    // of the officials, so far
	Missing  []string     `json:"missing,omitempty"` // questions of today's form that were not asked there
}

// backdate gives an opening that took over its own times.
func (d *Dossier) backdate() {
	t := d.Taken
	if t == nil {
		return
	}
	d.Opened = micro(t.Received)
	maps.Copy(d.Desk, t.Desk)
	if t.Since == 0 {
		return
	}
	d.Entered = micro(t.Since)
	if !d.Waiting.IsZero() {
		d.Waiting = d.Entered
	}
	if !d.Ended.IsZero() {
		d.Ended = d.Entered
	}
}

// arrived is when what these acts are about was received: here, or where it was begun.
func arrived(acts []Act) time.Time {
	at := acts[0].At
	for _, a := range acts {
		if o := a.Entry.Open; o != nil && o.Taken != nil {
			at = micro(o.Taken.Received)
		}
	}
	return at
}

// Worked reports whether a person did anything to d after its act number since.
func (d *Dossier) Worked(since int) bool {
	return slices.ContainsFunc(d.Acts, func(a Act) bool { return a.Version > since && a.By != 0 })
}

// forgive takes out of what is wrong with answers the questions that were never
// asked of a dossier taken over, unless it is they that were asked for now.
func (d *Dossier) forgive(err error) error {
	var f *fault.Error
	if d.Taken == nil || !errors.As(err, &f) {
		return err
	}
	rest := slices.DeleteFunc(slices.Clone(f.Fields), func(x fault.Field) bool {
		name := field(strings.TrimPrefix(x.Pointer, "/answers/"))
		return slices.Contains(d.Taken.Missing, name) && x.Code == "form.required" &&
			!slices.ContainsFunc(d.Reasons, func(r Reason) bool { return field(r.Ref) == name })
	})
	if len(rest) == 0 {
		return nil
	}
	return fault.Wrong(rest...)
}

// TakeOver stores, inside tx, the act by which a dossier that was begun in other
// software is carried on here: entry says everything that it brings, entry.To
// its state and entry.Open.Taken its times. A dossier n that was taken over
// before is said anew from beginning to end; 0 is one not yet here. Nobody is
// told: the applicant has his receipt, and his code does not change.
func (e *Engine) TakeOver(tx *db.Tx, by who.Person, n id.ID, entry Entry) (*Dossier, error) {
	o := entry.Open
	k, err := e.Kind(o.Kind, o.Version)
	if err != nil {
		return nil, err
	}
	d := new(Dossier)
	if n != 0 {
		if d, _, err = e.find(tx, n); err != nil {
			return nil, err
		}
		if d.Kind != o.Kind || d.Taken == nil || d.Void {
			return nil, fmt.Errorf("dossier %s: %w", n, fault.New(fault.Conflict, "dossier.nottaken"))
		}
		o.Version = d.KindVersion
		if k, err = e.Kind(o.Kind, o.Version); err != nil {
			return nil, err
		}
	}
	var other id.ID
	err = tx.Row(`select id from dossier where code = $1`, o.Code).Scan(&other)
	if err == nil && other != n {
		return nil, fmt.Errorf("dossier %s: %w", other, fault.New(fault.Conflict, "dossier.codetaken", o.Code))
	}
	if err != nil && !errors.Is(err, fault.NotFound) {
		return nil, err
	}
	if o.Tail == "" {
		if o.Tail = d.Tail; o.Tail == "" {
			o.Tail = tail()
		}
	}
	entry.From, entry.Name = d.State, by.Name
	a := e.carried(d, by.ID, ActTakeOver, entry)
	if n == 0 {
		a.Dossier = e.IDs.New()
	}
	return d, e.carry(tx, k, d, &a)
}

// Undo takes back, inside tx, that dossier n was taken over. It then stands in
// no list and no figure and its code is free; its acts stay in the ledger. What
// somebody worked on is not undone.
func (e *Engine) Undo(tx *db.Tx, by who.Person, n id.ID) error {
	d, k, err := e.find(tx, n)
	if err != nil {
		return err
	}
	if d.Taken == nil || d.Void || d.Worked(d.TakenAt()) {
		return fmt.Errorf("dossier %s: %w", n, fault.New(fault.Conflict, "dossier.worked", d.Code))
	}
	a := e.carried(d, by.ID, ActUndo, Entry{From: d.State, Name: by.Name, Void: true, Frees: d.Holder != 0})
	return e.carry(tx, k, d, &a)
}

// TakenAt is the number of the act that last said d anew; 0: it was begun here.
func (d *Dossier) TakenAt() int {
	for _, a := range slices.Backward(d.Acts) {
		if a.Act == ActTakeOver {
			return a.Version
		}
	}
	return 0
}

// Succeed gives dossier n, inside tx, to the body that carries on the work of
// the one that had it. Its code, its promise and its state stay; the date of the
// desk is counted anew by the office hours of the new body; who has it keeps
// it if he works there.
func (e *Engine) Succeed(tx *db.Tx, n id.ID, to who.Body, note string) error {
	d, k, err := e.find(tx, n)
	if err != nil || d.Void || d.Body == to.Code {
		return err
	}
	entry := Entry{As: Clock, From: d.State, To: d.State, Body: to.Code, Note: note}
	if d.Holder != 0 {
		p, err := e.Person(tx, d.Holder)
		if err != nil && !errors.Is(err, fault.NotFound) {
			return err
		}
		entry.Frees = !slices.ContainsFunc(p.Grants, func(g who.Grant) bool { return g.Body == to.Code && g.Role.Desk() })
	}
	a := e.carried(d, 0, ActSucceed, entry)
	if !d.DeskDue.IsZero() {
		a.Entry.DeskDue = moved(e.Calendar(d.Body), e.Calendar(to.Code), a.At, d.DeskDue).UnixMicro()
	}
	was := d.State
	if err := e.carry(tx, k, d, &a); err != nil || !d.Elsewhere || e.After == nil {
		return err
	}
	// What waits for a body's own software waits for that of the one that carries on.
	return e.After(&Doing{Tx: tx, Engine: e, Kind: k, Step: &Step{Act: ActSucceed}, Dossier: d, Was: was, Act: &a})
}

// BodyAt is the body that had d after its act number version.
func (d *Dossier) BodyAt(version int) (body string) {
	for _, a := range d.Acts {
		if a.Version > version && body != "" {
			break
		}
		if a.Entry.Open != nil {
			body = a.Entry.Open.Body
		}
		if a.Entry.Body != "" {
			body = a.Entry.Body
		}
	}
	return body
}

// moved is when a desk should be done that had until due by one calendar, by
// another one: with as much working time left. What is late stays late.
func moved(from, to *clock.Calendar, now, due time.Time) time.Time {
	if from == nil || to == nil || !due.After(now) {
		return due
	}
	return to.After(now, from.Working(now, due))
}

// carried is an act of those that no kind lists, after what d has had.
func (e *Engine) carried(d *Dossier, by id.ID, act string, entry Entry) Act {
	a := newAct(e, by, e.Now().UTC().Truncate(time.Microsecond))
	if !a.At.After(d.Changed) {
		a.At = d.Changed.Add(time.Microsecond)
	}
	a.Dossier, a.Version, a.Act, a.Entry = d.ID, d.Version+1, act, entry
	return a
}

// carry stores such an act: the dossier, the act, the figures, what time does later.
func (e *Engine) carry(tx *db.Tx, k *Kind, d *Dossier, a *Act) error {
	b, err := encode(a.Entry)
	if err != nil {
		return err
	}
	a.Body = string(b)
	old := *d
	d.apply(*a, k.Stands)
	now := k.Stands[d.State]
	anew := a.Version > 1 && (a.Entry.Open != nil || d.Void)
	if anew { // the row is written whole
		n, err := tx.Exec(`delete from dossier where id = $1 and version = $2`, d.ID, old.Version)
		if err == nil && n == 0 {
			err = fmt.Errorf("dossier %s: %w", d.ID, fault.New(fault.Stale, "dossier.stale"))
		}
		if err != nil {
			return err
		}
	}
	if !d.Void {
		if err := e.project(tx, d, now, anew || a.Version == 1); err != nil {
			return err
		}
	}
	if err := e.insert(tx, a); err != nil {
		return err
	}
	if err := e.note(tx, a, e.deltas(&old, d, a, k)); err != nil {
		return err
	}
	return e.alarms(tx, k, d, old.State)
}

// Within reads dossier n inside tx, for the node itself: no permission is asked.
func (e *Engine) Within(tx *db.Tx, n id.ID) (*Dossier, error) {
	d, _, err := e.find(tx, n)
	return d, err
}

// Keep enters the files of d that came with its being taken over: they are the
// applicant's, and may be used by him again.
func (e *Engine) Keep(tx *db.Tx, d *Dossier, fresh []id.ID) error {
	k, err := e.Kind(d.Kind, d.KindVersion)
	if err != nil {
		return err
	}
	for paper, files := range d.Papers {
		sort := ""
		if i := slices.IndexFunc(k.Papers, func(p Paper) bool { return p.ID == paper }); i >= 0 {
			sort = k.Papers[i].Reuse
		}
		for _, f := range files {
			if !slices.Contains(fresh, f.ID) {
				continue
			}
			_, err := tx.Exec(`insert into file (id, owner, draft, dossier, sort, name, type, size, sum, at) values ($1, $2, 0, $3, $4, $5, $6, $7, $8, $9)`,
				f.ID, d.Applicant, d.ID, sort, f.Name, f.Type, f.Size, f.Sum, db.At(d.Changed))
			if err != nil {
				return fmt.Errorf("file of dossier %s: %w", d.ID, err)
			}
		}
	}
	return nil
}
