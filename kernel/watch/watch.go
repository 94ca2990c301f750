// Package watch is what time itself does about promises: it reminds who has the
// dossier, drafts the apology before the limit ends and lays it before the head
// for signature, and tells the head when a promise is broken.
//
// Every promise has one job at a time, so a dossier that fails is tried again
// and set aside alone, and stops no other.
package watch

import (
	"context"
	"embed"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"time"

	"motcua/base/db"
	"motcua/base/fault"
	"motcua/base/id"
	"motcua/base/job"
	"motcua/base/post"
	"motcua/kernel"
	"motcua/kernel/clock"
	"motcua/kernel/dossier"
	"motcua/kernel/form"
	"motcua/kernel/outbox"
	"motcua/kernel/procedure"
	"motcua/kernel/who"
)

//go:embed texts.yaml
var texts embed.FS

// System is the watch over promises, with the kinds that it opens.
func System() kernel.System {
	return kernel.System{Name: "watch", Texts: []fs.FS{texts}, Kinds: kinds,
		Jobs: func(a *kernel.App) map[string]job.Do {
			return map[string]job.Do{jobName: func(ctx context.Context, body []byte) error {
				var p promise
				if err := json.Unmarshal(body, &p); err != nil {
					return err
				}
				return (&keeper{a}).look(ctx, p)
			}}
		},
		After: func(a *kernel.App) dossier.Then { return (&keeper{a}).after }}
}

const jobName = "promise"

// The stages of a promise, in order.
const (
	remind  = "remind"
	foresee = "foresee"
	expire  = "expire"
)

// A promise is what a job looks at: a due date as it was when the job was made.
type promise struct {
	Dossier id.ID  `json:"dossier"`
	Due     int64  `json:"due"` // microseconds UTC; a promise that moved is another one
	Stage   string `json:"stage"`
}

func (p promise) key() string { return fmt.Sprintf("%s/%d/%s", p.Dossier, p.Due, p.Stage) }

type keeper struct{ *kernel.App }

// When are the moments at which a promise is looked at. The apology is due so
// many working days before the end, the reminder one day earlier; neither comes
// before half or a quarter of the time has gone, which matters when the limit is
// a day or less.
func When(cal *clock.Calendar, since, due time.Time, days int) (reminds, foresees time.Time) {
	part := func(n time.Duration) time.Time { return due.Add(-due.Sub(since) * n / 4) }
	later := func(a, b time.Time) time.Time {
		if a.After(b) {
			return a
		}
		return b
	}
	return later(cal.Before(due, days+1), part(3)), later(cal.Before(due, days), part(2))
}

// watched reports whether the kind wants its promises watched.
func watched(k *dossier.Kind) bool {
	return slices.ContainsFunc(k.Steps, func(s dossier.Step) bool { return s.Watched })
}

// after makes the job of a new promise, tells what an act of the clock means to
// the head, and closes what was laid before him once it is settled.
func (w *keeper) after(do *dossier.Doing) error {
	d, e := do.Dossier, do.Act.Entry
	if !watched(do.Kind) {
		return nil
	}
	stand := do.Kind.Stands[d.State]
	if e.Due != 0 && !stand.Ends && stand.Waits == "" {
		if err := w.next(do.Tx, d, remind); err != nil {
			return err
		}
	}
	switch act := do.Act.Act; {
	case act == foresee:
		return w.draft(do)
	case act == expire:
		return w.escalate(do)
	case act == "extend" || act == "reappoint" || stand.Ends:
		if dossier.Did(d.Acts, foresee)+dossier.Did(d.Acts, expire) == 0 {
			return nil
		}
		return procedure.OpenChildren(do, procedure.Delay, func(n id.ID) error {
			_, err := do.Do(dossier.Order{Dossier: n, Act: "needless"})
			if errors.Is(err, fault.Conflict) { // it is this one whose signature did it
				return nil
			}
			return err
		})
	}
	return nil
}

// next asks that the promise of d be looked at when its stage comes.
func (w *keeper) next(tx *db.Tx, d *dossier.Dossier, stage string) error {
	p := promise{d.ID, d.Due.UnixMicro(), stage}
	return job.Add(tx, jobName, p.key(), w.at(d, stage), p)
}

// at is when the stage of d's promise comes, by today's calendar.
func (w *keeper) at(d *dossier.Dossier, stage string) time.Time {
	since := d.Started
	if since.IsZero() {
		since = d.Opened
	}
	switch reminds, foresees := When(w.Calendars.For(d.Body), since, d.Due, w.Law.Timing.Apology.Days); stage {
	case remind:
		return reminds
	case foresee:
		return foresees
	}
	return d.Due
}

// Recounted moves, inside tx, the reminder and the alarms of d to where today's
// calendar has them: the calendar changed, and was is what was promised before,
// which stays where an appointment was given.
func Recounted(a *kernel.App, tx *db.Tx, d *dossier.Dossier, was time.Time) error {
	w := &keeper{a}
	k, err := a.Kind(d.Kind, d.KindVersion)
	if err != nil || !watched(k) || d.Due.IsZero() || k.Stands[d.State].Ends || k.Stands[d.State].Waits != "" {
		return err
	}
	if !d.Due.Equal(was) {
		return w.next(tx, d, remind)
	}
	for _, stage := range []string{remind, foresee} {
		p := promise{d.ID, d.Due.UnixMicro(), stage}
		if waits, err := job.Move(tx, jobName, p.key(), w.at(d, stage)); waits || err != nil {
			return err
		}
	}
	return nil
}

// look does what the stage asks, if the promise is still the same and its clock
// runs, and makes the job of the stage after it.
func (w *keeper) look(ctx context.Context, p promise) error {
	d, err := w.Engine.Find(ctx, p.Dossier)
	if err != nil {
		return err
	}
	k, err := w.Kind(d.Kind, d.KindVersion)
	if err != nil {
		return err
	}
	stand := k.Stands[d.State]
	if d.Due.UnixMicro() != p.Due || stand.Ends || stand.Waits != "" { // who goes on after waiting has a new promise
		return nil
	}
	var people []who.Person
	then := ""
	switch p.Stage {
	case remind:
		then = foresee
		people, err = w.holders(ctx, d, stand.Desk)
	case foresee, expire:
		if err = w.Engine.Ring(ctx, dossier.Due{Dossier: d.ID, Act: p.Stage}); err != nil {
			return err
		}
		if then = expire; p.Stage == expire {
			then = ""
		}
		people, err = w.Book.Staff(ctx, d.Body, who.Leader)
	}
	if err != nil {
		return err
	}
	return w.DB.Write(ctx, func(tx *db.Tx) error {
		for _, x := range people {
			if err := w.tell(tx, x, d, p.Stage); err != nil {
				return err
			}
		}
		if then == "" {
			return nil
		}
		return w.next(tx, d, then)
	})
}

// holders are who should know that a dossier falls due: who has it, else
// everybody of the desk.
func (w *keeper) holders(ctx context.Context, d *dossier.Dossier, desk who.Role) ([]who.Person, error) {
	if d.Holder == 0 {
		return w.Book.Staff(ctx, d.Body, desk)
	}
	p, err := w.Book.Person(ctx, d.Holder)
	return []who.Person{p}, err
}

// tell writes to an official. The mail names the code alone: nothing of the citizen.
func (w *keeper) tell(tx *db.Tx, to who.Person, d *dossier.Dossier, stage string) error {
	v := w.Voice(to.Lang, d.Zone)
	args := []any{d.Code, v.Moment(d.Due), w.URL + "/work/d/" + d.ID.String()}
	return outbox.Tell(tx, w.App, post.Message{Kind: post.Mail, To: to.Email, Subject: v.T("watch."+stage+".subject", args...), Body: v.T("watch."+stage, args...)})
}

// draft lays the apology before the head.
func (w *keeper) draft(do *dossier.Doing) error {
	d := do.Dossier
	v := w.Voice("", d.Zone)
	again := dossier.Did(d.Acts, "extend") > 0
	desk := kernel.StateTitle(v, do.Kind, d.State)
	_, err := do.Open(dossier.Order{Kind: procedure.Delay, Body: d.Body, Answers: form.Answers{codeField: d.Code, dueField: v.Moment(d.Due),
		desksField: desk, onceField: again, moreField: "1d", reasonField: v.T("watch.draft", v.Of(do.Kind.Title), d.Code, v.Moment(d.Due), desk)}})
	return err
}

// escalate moves what lies before the head to the top, and lays it there where nothing lay.
func (w *keeper) escalate(do *dossier.Doing) error {
	found := false
	up := func(n id.ID) error {
		found = true
		_, err := do.Do(dossier.Order{Dossier: n, Act: "escalate"})
		if errors.Is(err, fault.Conflict) { // it lies there since the promise before
			return nil
		}
		return err
	}
	if err := procedure.OpenChildren(do, procedure.Delay, up); err != nil || found {
		return err
	}
	if err := w.draft(do); err != nil {
		return err
	}
	return procedure.OpenChildren(do, procedure.Delay, up)
}
