package dossier

import (
	"motcua/base/db"
	"motcua/kernel/figure"
)

// deltas are what the act a changed in the figures, now that d, which was old,
// has had it. What was taken over was counted as opened where it was; what
// moves to another body leaves the stock of one and enters that of the other.
func (e *Engine) deltas(old, d *Dossier, a *Act, k *Kind) []figure.Delta {
	if d.Parent != 0 || d.Applicant == 0 && d.Taken == nil { // nobody asked the State for it
		return nil
	}
	was, now := k.Stands[old.State], k.Stands[d.State]
	first := a.Version == 1
	if first {
		was = Stand{}
	}
	f := figure.Delta{Day: e.day(d.Zone, a.At), Body: d.Body, Kind: d.Kind, Channel: d.Channel, Was: string(was.Public), Now: string(now.Public),
		Opened: first && d.Taken == nil, Ended: now.Ends && !was.Ends}
	f.Late = f.Ended && !d.Due.IsZero() && d.Ended.After(d.Due)
	if f.Ended && e.Tally != nil {
		f.More = e.Tally(d, k)
	}
	if k.Counts != nil {
		f.More = append(f.More, k.Counts(d, a)...)
	}
	var before, after []figure.Part
	moved := !first && (old.Body != d.Body || old.Channel != d.Channel)
	if left, came := e.promised(old), e.promised(d); left != came || moved {
		if left != "" {
			before = []figure.Part{{Measure: figure.Due, Day: left, Count: -1}}
		}
		if came != "" {
			after = []figure.Part{{Measure: figure.Due, Day: came, Count: 1}}
		}
	}
	if moved {
		left := f
		left.Body, left.Channel, left.Now, left.Ended, left.Late, left.More = old.Body, old.Channel, "", false, false, before
		f.Was, f.More = "", append(f.More, after...)
		return []figure.Delta{left, f}
	}
	f.More = append(append(f.More, before...), after...)
	if !first && f.Was == f.Now && !f.Ended && f.More == nil {
		return nil
	}
	return []figure.Delta{f}
}

// note notes the deltas; the second of an act has a number of its own.
func (e *Engine) note(tx *db.Tx, a *Act, all []figure.Delta) error {
	for i, f := range all {
		n := a.ID
		if i > 0 {
			n = e.IDs.New()
		}
		if err := figure.Note(tx, n, f); err != nil {
			return err
		}
	}
	return nil
}

// promised is the day on which d is due while its clock runs, else "".
func (e *Engine) promised(d *Dossier) string {
	if d.Void || d.Due.IsZero() || !d.Ended.IsZero() || !d.Waiting.IsZero() {
		return ""
	}
	return e.day(d.Zone, d.Due)
}
