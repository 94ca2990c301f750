package behalf

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"strings"
	"time"

	"motcua/base/call"
	"motcua/base/db"
	"motcua/base/fault"
	"motcua/base/id"
	"motcua/base/job"
	"motcua/base/ui"
	"motcua/base/web"
	"motcua/kernel"
	"motcua/kernel/device"
	"motcua/kernel/level"
	"motcua/kernel/who"
)

// Settings are what one node has agreed with the business register; without them
// who represents a business is established at counters alone.
type Settings struct {
	URL    string
	Secret string // whsec_…
}

// askJob asks the business register: first, and again when it did not answer.
const askJob = "behalf.ask"

// How often one person may ask in a day, how long a register that does not answer
// is asked, and after what time it is asked again whether a representative still is
// one: who is one no more acts for the business that long at most, less where
// somebody took his place, for then it is asked at once.
const (
	askMost  = 5
	patience = 24 * time.Hour
	Again    = 24 * time.Hour
	batch    = 200 // asked again at once; a register that answers none of them is left alone for an hour
)

// An asking is a question about a person and a business, and what rests on its answer.
type asking struct {
	ID, Person, Mandate id.ID
	Number, State       string
	Made, Checked, Next db.Time
	Tries, Missed       int
}

const askColumns = `select id, person, mandate, number, state, made, checked, next, tries, missed from behalf_ask `

func scanAsk(into func(...any) error) (q asking, err error) {
	return q, into(&q.ID, &q.Person, &q.Mandate, &q.Number, &q.State, &q.Made, &q.Checked, &q.Next, &q.Tries, &q.Missed)
}

// business asks the register whether r's person represents a business by law.
func (h *house) business(r *kernel.Request) (web.Answer, error) {
	number := plain(r.PostFormValue("business"))
	q := asking{ID: h.app.IDs.New(), Person: r.Me.ID, Number: number, State: "open", Made: db.At(h.app.Now())}
	err := h.app.DB.Write(r.Context(), func(tx *db.Tx) error {
		p, err := h.app.Book.Find(tx, r.Me.ID)
		n := 0
		if err == nil {
			err = tx.Row(`select count(*) from behalf_ask where person = $1 and made > $2`, p.ID, db.At(h.app.Now().Add(-24*time.Hour))).Scan(&n)
		}
		switch {
		case err != nil:
			return err
		case h.register.URL == "":
			return fault.New(fault.Conflict, "behalf.noregister")
		case number == "" || len(number) > 20:
			return fault.New(fault.Invalid, "behalf.badnumber")
		case !p.Level.Reaches(who.Substantial):
			return fault.New(fault.Conflict, "behalf.level")
		case n >= askMost:
			return fault.New(fault.TooMany, "behalf.often")
		}
		return q.store(tx, h.app.Now().Add(30*time.Second))
	})
	if err != nil {
		return web.Answer{}, err
	}
	if _, err := h.settle(r.Context(), q.ID, 0); err != nil {
		return web.Answer{}, err
	}
	return web.Goto("/me/mandates%s", ui.Anchor("business"))
}

// plain is the code of a business as it is kept, however it was typed.
func plain(code string) string { return strings.ToUpper(strings.Join(strings.Fields(code), "")) }

// store keeps the question, so that it is asked even if this program dies now.
func (q asking) store(tx *db.Tx, next time.Time) error {
	_, err := tx.Exec(`insert into behalf_ask (id, person, number, mandate, state, made, checked, next, tries) values ($1, $2, $3, $4, $5, $6, $7, $8, 0)`,
		q.ID, q.Person, q.Number, q.Mandate, q.State, q.Made, q.Checked, db.At(next))
	if err != nil {
		return err
	}
	return q.wake(tx, next)
}

// wake lets the register be asked at that time, unless it was asked before.
func (q asking) wake(tx *db.Tx, at time.Time) error {
	return job.Add(tx, askJob, fmt.Sprint(q.ID, "/", q.Tries), at, [2]int64{int64(q.ID), int64(q.Tries)})
}

// An answer is what the register says: whether he represents it, and what it is called.
type answer struct {
	Match string `json:"match"` // yes, no, unknown (there is no such business)
	Name  string `json:"name"`
}

// settle asks the register a question that waits, or one whose answer is old, and
// writes down what it says, if it was asked that often until now. Silence changes
// nothing: it is asked again. answered is false where the register was silent.
func (h *house) settle(ctx context.Context, n id.ID, tries int) (answered bool, err error) {
	var q asking
	var p who.Person
	err = h.app.DB.Read(ctx, func(tx *db.Tx) error {
		all, err := db.List(tx, scanAsk, askColumns+`where id = $1`, n)
		if err == nil && len(all) > 0 {
			q = all[0]
			p, err = h.app.Book.Find(tx, q.Person)
		}
		return err
	})
	if err != nil || q.Tries != tries || q.State != "open" && q.State != "holds" {
		return false, err
	}
	said, bad := h.inquire(ctx, q, p)
	if bad != nil {
		slog.Warn("business register", "question", q.ID, "err", bad)
	}
	return bad == nil, h.app.DB.Write(ctx, func(tx *db.Tx) error {
		told, err := tx.Exec(`update behalf_ask set tries = tries + 1 where id = $1 and state = $2 and tries = $3`, n, q.State, q.Tries)
		if err != nil || told == 0 { // somebody else was told meanwhile
			return err
		}
		stands, err := h.stands(tx, q, p.Number)
		switch {
		case err != nil:
			return err
		case !stands:
			return h.put(tx, q, "ended")
		case bad != nil:
			return h.later(tx, q)
		case said.Match == "yes":
			return h.holds(tx, q, p, said.Name)
		case q.Mandate != 0:
			return h.ends(tx, q, p)
		}
		return h.put(tx, q, said.Match)
	})
}

// stands reports whether there is still something to ask about: a mandate that was
// not taken back, or else a person who is known by the number that was asked for.
func (h *house) stands(tx *db.Tx, q asking, number string) (bool, error) {
	if q.Mandate != 0 {
		return who.InForce(tx, q.Mandate, h.app.Now())
	}
	all, err := level.Hold(tx, q.Person)
	l, proved := level.Sum(all)
	return l.Reaches(who.Substantial) && proved == number, err
}

// inquire asks the register once. Each time is a question of its own: the answer to
// one may change, that to the same may not.
func (h *house) inquire(ctx context.Context, q asking, p who.Person) (a answer, err error) {
	name := fmt.Sprintf("%sT%d", q.ID, q.Tries)
	text, err := h.register.Ask(ctx, "/v1/represents", name, map[string]string{"question": name, "asker": h.app.Node, "business": q.Number, "person": p.Number})
	if err != nil {
		return a, err
	}
	if json.Unmarshal(text, &a) != nil || a.Match != "yes" && a.Match != "no" && a.Match != "unknown" || a.Match == "yes" && a.Name == "" {
		return a, fmt.Errorf("%w: there is no such answer", call.ErrUntrue)
	}
	return a, nil
}

func (h *house) put(tx *db.Tx, q asking, state string) error {
	_, err := tx.Exec(`update behalf_ask set state = $1 where id = $2`, state, q.ID)
	return err
}

// later asks again what had no answer, later each time, and gives a first question
// up after a day. A representative stays one while the register is silent; the
// round asks again, an hour later at first and at last once a day.
func (h *house) later(tx *db.Tx, q asking) error {
	if q.State == "holds" {
		_, err := tx.Exec(`update behalf_ask set missed = missed + 1, next = $1 where id = $2`, db.At(h.app.Now().Add(min(Again, time.Hour<<min(q.Missed, 5)))), q.ID)
		return err
	}
	if h.app.Now().Sub(q.Made.Time) > patience {
		return h.put(tx, q, "over")
	}
	q.Tries++
	return q.wake(tx, h.app.Now().Add(min(time.Hour, 30*time.Second<<min(q.Tries, 7))))
}

// holds makes him the representative, or notes that he still is one.
func (h *house) holds(tx *db.Tx, q asking, p who.Person, name string) error {
	first := q.Mandate == 0
	if first {
		org, err := h.app.Book.AddOrg(tx, p, name, q.Number)
		if err != nil {
			return err
		}
		all, err := who.Mandates(tx, 0, org)
		if err != nil {
			return err
		}
		for _, m := range all {
			if m.Holder == p.ID && m.Head && !over(m, h.app.Now()) {
				q.Mandate = m.ID
			}
		}
		if q.Mandate == 0 {
			if q.Mandate, err = h.app.Book.Establish(tx, p, who.Mandate{Holder: p.ID, Org: org, Head: true}, who.Trust{Way: "register", Ref: q.ID.String()}); err != nil {
				return err
			}
			if err := device.Notify(h.app, tx, p, "behalf.notice.business", name); err != nil {
				return err
			}
		}
	}
	now := h.app.Now()
	if _, err := tx.Exec(`update behalf_ask set state = 'holds', mandate = $1, checked = $2, next = $3, missed = 0 where id = $4`, q.Mandate, db.At(now), db.At(now.Add(Again)), q.ID); err != nil || !first {
		return err
	}
	// Somebody new: whoever represented it until now may do so no more. Ask at once.
	others, err := db.List(tx, scanAsk, askColumns+`where number = $1 and state = 'holds' and id <> $2`, q.Number, q.ID)
	for _, x := range others {
		if err == nil {
			err = x.wake(tx, h.app.Now())
		}
	}
	return err
}

// ends takes his right away: the register says that he represents it no more. What
// he gave others for the business is the business's and stays (Civil Code 2015
// Art. 140): who represents it now takes it back.
func (h *house) ends(tx *db.Tx, q asking, p who.Person) error {
	if err := h.put(tx, q, "ended"); err != nil {
		return err
	}
	all, err := who.Mandates(tx, p.ID, 0)
	for _, m := range all {
		if err != nil || m.ID != q.Mandate || m.State == who.Ended {
			continue
		}
		if err = h.app.Book.End(tx, who.Person{}, m.ID, who.Trust{Way: "register", Ref: q.ID.String()}); err == nil {
			err = device.Notify(h.app, tx, p, "behalf.notice.ended", m.Name)
		}
	}
	return err
}

// again is the job that asks, and round asks whether those whom it knew a day ago still are.
func (h *house) again(ctx context.Context, body []byte) error {
	var n [2]int64 // which question, and how often it was asked until then
	if err := json.Unmarshal(body, &n); err != nil {
		return fmt.Errorf("question to the business register: %w", err)
	}
	_, err := h.settle(ctx, id.ID(n[0]), int(n[1]))
	return err
}

// round asks about those whose time came, who waited longest first. Whatever became
// of a question, its next time lies ahead then: none keeps others from being asked.
func (h *house) round(ctx context.Context, a *kernel.App) error {
	if h.register.URL == "" {
		return nil
	}
	for {
		var due []asking
		err := a.DB.Read(ctx, func(tx *db.Tx) (err error) {
			due, err = db.List(tx, scanAsk, askColumns+`where state = 'holds' and next <= $1 order by next, id limit $2`, db.At(a.Now()), batch)
			return err
		})
		heard := 0
		for _, q := range due {
			if err != nil {
				return err
			}
			answered, bad := h.settle(ctx, q.ID, q.Tries)
			if bad != nil { // of this one alone, such as an account that is no more
				slog.Warn("business register", "question", q.ID, "err", bad)
				err = a.DB.Write(ctx, func(tx *db.Tx) error { return h.later(tx, q) })
			} else if answered {
				heard++
			}
		}
		if err != nil || len(due) < batch || heard == 0 {
			return err
		}
	}
}

// answered is what the register said to what the person asked last.
func (p *listPage) answered() ui.Note {
	tones := map[string]ui.Tone{"open": ui.Soon, "holds": ui.Good, "no": ui.Bad, "unknown": ui.Bad, "over": ui.Bad, "ended": ui.Bad}
	if tones[p.asked.State] == "" || p.App.Now().Sub(p.asked.Made.Time) > 7*24*time.Hour {
		return ui.Note{}
	}
	return ui.Note{Tone: tones[p.asked.State], Title: p.T("behalf.said."+p.asked.State, p.asked.Number)}
}
