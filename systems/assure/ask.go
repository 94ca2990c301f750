package assure

import (
	"context"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"motcua/base/db"
	"motcua/base/fault"
	"motcua/base/id"
	"motcua/base/job"
	"motcua/base/web"
	"motcua/kernel"
	"motcua/kernel/ask"
	"motcua/kernel/device"
	"motcua/kernel/level"
	"motcua/kernel/who"
	"motcua/systems/assure/register"
)

// jobName asks the register again that did not answer.
const jobName = "assure.ask"

// How often one person may be told no, and one number be guessed at, in a day;
// and how long a register that does not answer is asked.
const (
	wrongMost = 3
	aboutMost = 5
	patience  = 24 * time.Hour
)

// An asking is a question to the register and what became of it.
type asking struct {
	ID     id.ID
	Person id.ID
	Number string
	Name   string
	Born   string
	State  string // open, yes, no, unknown, taken (the number is another account's), over (no answer in time); "": nothing was asked
	Made   db.Time
	Tries  int
}

const askColumns = `id, person, number, name, born, state, made, tries`

func scanAsk(into func(...any) error) (a asking, err error) {
	return a, into(&a.ID, &a.Person, &a.Number, &a.Name, &a.Born, &a.State, &a.Made, &a.Tries)
}

// last is what the person asked last, if he did.
func last(tx *db.Tx, p id.ID) (a asking, err error) {
	all, err := db.List(tx, scanAsk, `select `+askColumns+` from assure_ask where person = $1 order by id desc limit 1`, p)
	if len(all) > 0 {
		a = all[0]
	}
	return a, err
}

// about is a number as the count of guesses keeps it: without this node's secret it is nobody's.
func (h *house) about(number string) string {
	return hex.EncodeToString(h.app.Keyed("assure " + number))
}

// ask asks the register about what the person typed of himself. He waits a few
// seconds for the answer; after that it is asked again without him.
func (h *house) ask(r *kernel.Request) (web.Answer, error) {
	if err := r.ParseForm(); err != nil {
		return web.Answer{}, fault.New(fault.Invalid, "fault.invalid")
	}
	p := &levelPage{Request: r, h: h, to: web.Inside(r.PostForm.Get("to")), typed: r.PostForm}
	first := h.asked.Sections[0].Pages[0]
	good, err := h.asked.Check(ask.Given(h.asked.ReadPage(first.ID(), r.PostForm)), r.App.Env(r.App.Today(""), r.Me, 0))
	if p.wrong = ask.Wrong(r.Voice, err); p.wrong != nil {
		return h.page(p)
	}
	if err != nil {
		return web.Answer{}, err
	}
	get := func(name string) string { s, _ := good[name].(string); return s }
	q := asking{Person: r.Me.ID, Number: get("number"), Name: get("name"), Born: get("born")}
	if err := h.begin(r.Context(), r.Me, &q); err != nil {
		return web.Answer{}, err
	}
	state, err := h.settle(r.Context(), q.ID)
	if err != nil {
		return web.Answer{}, err
	}
	return back(p.to, state)
}

// begin stores the question, so that it is asked even if this program dies now.
func (h *house) begin(ctx context.Context, me who.Person, q *asking) error {
	a := h.app
	return a.DB.Write(ctx, func(tx *db.Tx) error {
		p, err := a.Book.Find(tx, me.ID)
		if err != nil {
			return err
		}
		was, err := last(tx, p.ID)
		if err != nil {
			return err
		}
		switch {
		case p.Level == "":
			return fault.New(fault.Conflict, "assure.first")
		case p.Level.Reaches(who.Substantial):
			return fault.New(fault.Conflict, "assure.already")
		case was.State == "open":
			*q = was
			return nil
		}
		day := db.At(a.Now().Add(-24 * time.Hour))
		var mine, guesses int
		err = tx.Row(`select count(*) from assure_ask where person = $1 and made > $2 and state <> 'over'`, p.ID, day).Scan(&mine)
		if err == nil {
			err = tx.Row(`select count(*) from assure_ask where about = $1 and made > $2 and state <> 'over'`, h.about(q.Number), day).Scan(&guesses)
		}
		if err != nil {
			return err
		}
		if mine >= wrongMost || guesses >= aboutMost {
			slog.Warn("too many questions to the population register", "person", p.ID)
			return fault.New(fault.TooMany, "assure.often")
		}
		q.ID, q.Made = a.IDs.New(), db.At(a.Now())
		_, err = tx.Exec(`insert into assure_ask (id, person, about, number, name, born, state, made, tries) values ($1, $2, $3, $4, $5, $6, 'open', $7, 0)`,
			q.ID, p.ID, h.about(q.Number), q.Number, q.Name, q.Born, q.Made)
		if err != nil {
			return err
		}
		return job.Add(tx, jobName, q.ID.String(), a.Now().Add(30*time.Second), q.ID)
	})
}

// settle asks the register and writes down what it says; "open" when it said
// nothing. The first answer to a question counts.
func (h *house) settle(ctx context.Context, n id.ID) (state string, err error) {
	a := h.app
	q, err := h.question(ctx, n)
	if err != nil || q.State != "open" {
		return q.State, err
	}
	match, bad := h.register.Ask(ctx, register.Question{ID: q.ID.String(), Asker: a.Node, Number: q.Number, Name: q.Name, Born: q.Born})
	if bad != nil {
		slog.Warn("population register", "question", q.ID, "err", bad)
	}
	err = a.DB.Write(ctx, func(tx *db.Tx) error {
		state = string(match)
		now, err := db.List(tx, scanAsk, `select `+askColumns+` from assure_ask where id = $1`, n)
		if err != nil || len(now) == 0 || now[0].State != "open" {
			if len(now) > 0 {
				state = now[0].State
			}
			return err
		}
		if bad != nil {
			return h.put(tx, now[0], &state)
		}
		p, err := a.Book.Find(tx, q.Person)
		if err == nil && match == register.Yes {
			err = h.reach(tx, p, p, level.Proof{Level: who.Substantial, Way: level.Register, Ref: q.ID.String(), Number: q.Number, Name: q.Name, Born: q.Born})
		}
		if errors.Is(err, fault.Conflict) { // somebody has proved this number before
			state, err = "taken", a.Engine.Record(tx, p, "level.refuse", p.ID, map[string]any{"way": level.Register, "why": "taken"})
		} else if err == nil && match != register.Yes {
			err = a.Engine.Record(tx, p, "level.refuse", p.ID, map[string]any{"way": level.Register, "why": match})
		}
		if err != nil {
			return err
		}
		return done(tx, n, state)
	})
	return state, err
}

// put puts a question off that had no answer, later each time, and gives it up after a day.
func (h *house) put(tx *db.Tx, q asking, state *string) error {
	*state = "open"
	if h.app.Now().Sub(q.Made.Time) > patience {
		*state = "over"
		return done(tx, q.ID, *state)
	}
	if _, err := tx.Exec(`update assure_ask set tries = tries + 1 where id = $1`, q.ID); err != nil {
		return err
	}
	return job.Add(tx, jobName, q.ID.String(), h.app.Now().Add(min(time.Hour, 30*time.Second<<min(q.Tries, 7))), q.ID)
}

// done closes a question and forgets what was asked.
func done(tx *db.Tx, n id.ID, state string) error {
	_, err := tx.Exec(`update assure_ask set state = $1, number = '', name = '', born = '' where id = $2`, state, n)
	return err
}

func (h *house) question(ctx context.Context, n id.ID) (q asking, err error) {
	err = h.app.DB.Read(ctx, func(tx *db.Tx) error {
		all, err := db.List(tx, scanAsk, `select `+askColumns+` from assure_ask where id = $1`, n)
		if len(all) > 0 {
			q = all[0]
		}
		return err
	})
	return q, err
}

// again is the job that asks once more.
func (h *house) again(ctx context.Context, body []byte) error {
	var n id.ID
	if err := json.Unmarshal(body, &n); err != nil {
		return fmt.Errorf("question to the register: %w", err)
	}
	_, err := h.settle(ctx, n)
	return err
}

// reach raises p's level and tells him of it at every contact he has.
func (h *house) reach(tx *db.Tx, by, p who.Person, x level.Proof) error {
	if err := level.Reach(tx, h.app.Book, by, p.ID, x); err != nil {
		return err
	}
	v := h.app.Voice(p.Lang, "")
	return device.Notify(h.app, tx, p, "assure.notice", v.T("who.level."+string(x.Level)))
}
