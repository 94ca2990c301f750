package hook

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"strings"
	"time"

	"motcua/base/call"
	"motcua/base/db"
	"motcua/base/fault"
	"motcua/base/id"
	"motcua/base/job"
	"motcua/kernel/who"
)

// How long it is tried. A message that nobody took for giveUp is put aside for
// people; an endpoint to which nothing got through for as long is turned off.
const (
	giveUp = 5 * 24 * time.Hour
	round  = 50               // messages in one run of the job
	busy   = 90 * time.Second // the longest run
	said   = 300              // characters kept of an answer
)

// pauses are those after the first, second … try; the last is repeated.
var pauses = []time.Duration{5 * time.Second, 30 * time.Second, 2 * time.Minute, 10 * time.Minute, 30 * time.Minute, 2 * time.Hour, 5 * time.Hour, 10 * time.Hour}

// pause is how long to wait after try n, give or take a quarter, so that what
// failed together does not come back together.
func pause(n int) time.Duration {
	p := pauses[min(max(n, 1), len(pauses))-1]
	return p - p/4 + rand.N(p/2)
}

// A Message is one event on its way to one endpoint.
type Message struct {
	ID, Endpoint, Dossier id.ID
	Type                  string
	Body                  string
	Made                  time.Time
	State                 string // waiting, done, dead
	Repeats               int    // 1: an answer does not end it, the body's number does
	Tries                 int
	Next                  time.Time
}

// Name is the webhook-id, the same at every try: by it a receiver knows a double.
func (m Message) Name() string { return "msg_" + m.ID.String() }

const messageColumns = `id, endpoint, dossier, type, body, made, state, repeats, tries, next`

func scanMessage(into func(...any) error) (m Message, err error) {
	var made, next db.Time
	err = into(&m.ID, &m.Endpoint, &m.Dossier, &m.Type, &m.Body, &made, &m.State, &m.Repeats, &m.Tries, &next)
	m.Made, m.Next = made.Time, next.Time
	return m, err
}

// Send is the job: it sends what is due to one endpoint, one after the other. A
// program that dies between a call and its record calls again, under the same id.
func (h *House) Send(ctx context.Context, body []byte) error {
	var n id.ID
	if err := json.Unmarshal(body, &n); err != nil {
		return err
	}
	began := time.Now()
	for range round {
		var e Endpoint
		var m Message
		err := h.app.DB.Read(ctx, func(tx *db.Tx) (err error) {
			if e, err = h.Find(tx, n); err != nil || !e.Off.IsZero() || e.Paused.After(h.app.Now()) {
				return err
			}
			all, err := db.List(tx, scanMessage, `select `+messageColumns+` from handover_message
				where endpoint = $1 and state = 'waiting' and next <= $2 order by next, id limit 1`, n, db.At(h.app.Now()))
			m = Message{}
			if len(all) > 0 {
				m = all[0]
			}
			return err
		})
		if errors.Is(err, fault.NotFound) {
			return nil
		}
		if err != nil {
			return err
		}
		if m.ID == 0 || time.Since(began) > busy {
			break
		}
		away, err := h.deliver(ctx, e, m)
		if err != nil {
			return err
		}
		if away || ctx.Err() != nil {
			break
		}
	}
	return h.again(ctx, n)
}

// deliver tries one message and records how it went; away: nobody answered.
func (h *House) deliver(ctx context.Context, e Endpoint, m Message) (away bool, err error) {
	if org, ok := strings.CutPrefix(e.Scope, "org:"); ok {
		n, _ := id.Parse(org)
		if p, err := h.app.Book.Person(ctx, e.Account); err != nil || !p.May(who.Follow, "", n) {
			return true, errors.Join(err, h.app.DB.Write(ctx, func(tx *db.Tx) error { return h.Stop(tx, who.Person{}, e.ID, "rights") }))
		}
	}
	secrets, err := h.Secrets(ctx, e.ID)
	if err != nil {
		return false, err
	}
	head := http.Header{"Content-Type": {"application/cloudevents+json"}, "User-Agent": {"motcua"}}
	call.Sign(head, m.Name(), time.Now(), []byte(m.Body), secrets...)
	a, failed := h.caller.Post(ctx, e.URL, head, []byte(m.Body))
	if failed != nil && ctx.Err() != nil {
		return true, ctx.Err() // the program is being stopped; the call is made again
	}
	good := failed == nil && a.Status >= 200 && a.Status < 300
	if good && m.Repeats == 1 && h.Taken != nil {
		if err := h.Taken(ctx, e.ID, m.Dossier, a.Body); err != nil {
			failed, good = errors.New("the number in the answer was refused: "+err.Error()), false
		}
	}
	return failed != nil && a.Status == 0, h.record(ctx, e, m, a, failed, good)
}

// record writes an attempt and what follows from it.
func (h *House) record(ctx context.Context, e Endpoint, m Message, a call.Answer, failed error, good bool) error {
	text := string(a.Body)
	if failed != nil {
		text = failed.Error()
	}
	now := h.app.Now()
	return h.app.DB.Write(context.WithoutCancel(ctx), func(tx *db.Tx) error {
		_, err := tx.Exec(`insert into handover_attempt (message, n, at, status, took, said)
			select cast($1 as bigint), coalesce(max(n), 0) + 1, cast($2 as bigint), cast($3 as int), cast($4 as bigint), cast($5 as text)
			from handover_attempt where message = $1`, m.ID, db.At(now), a.Status, a.Took.Microseconds(), cut(text))
		if err != nil {
			return err
		}
		state, next := "waiting", now.Add(pause(m.Tries+1))
		switch {
		case good && m.Repeats == 0:
			state = "done"
		case now.Sub(m.Made) > giveUp:
			state = "dead"
		}
		if _, err := tx.Exec(`update handover_message set state = $1, tries = tries + 1, next = $2 where id = $3 and state = 'waiting'`, state, db.At(next), m.ID); err != nil {
			return err
		}
		failing, fails, paused := time.Time{}, 0, time.Time{}
		if !good {
			if failing = e.Failing; failing.IsZero() {
				failing = now
			}
		}
		if a.Status == 0 && failed != nil {
			fails = e.Fails + 1
			paused = now.Add(pause(fails))
		}
		if _, err := tx.Exec(`update handover_endpoint set failing = $1, fails = $2, paused = $3 where id = $4`, db.At(failing), fails, db.At(paused), e.ID); err != nil {
			return err
		}
		switch {
		case a.Status == http.StatusGone:
			return h.Stop(tx, who.Person{}, e.ID, "gone")
		case !good && now.Sub(failing) > giveUp:
			return h.Stop(tx, who.Person{}, e.ID, "days")
		}
		return nil
	})
}

// again asks for the next run, when something is due.
func (h *House) again(ctx context.Context, n id.ID) error {
	return h.app.DB.Write(context.WithoutCancel(ctx), func(tx *db.Tx) error {
		e, err := h.Find(tx, n)
		if err != nil || !e.Off.IsZero() {
			return err
		}
		var next db.Time
		err = tx.Row(`select coalesce(min(next), 0) from handover_message where endpoint = $1 and state = 'waiting'`, n).Scan(&next)
		if err != nil || next.IsZero() {
			return err
		}
		at := next.Time
		if e.Paused.After(at) {
			at = e.Paused
		}
		return job.Add(tx, JobName, n.String(), at, n)
	})
}

// Replay sends again: one message, or when n is 0 all that were put aside. The
// webhook-id stays, so that a receiver who has it knows it.
func (h *House) Replay(ctx context.Context, e Endpoint, n id.ID) (count int64, err error) {
	now := db.At(h.app.Now())
	err = h.app.DB.Write(ctx, func(tx *db.Tx) error {
		q, args := `update handover_message set state = 'waiting', tries = 0, made = $1, next = $1 where endpoint = $2 and `, []any{now, e.ID}
		if n == 0 {
			q += `state = 'dead'`
		} else {
			q, args = q+`id = $3`, append(args, n)
		}
		if count, err = tx.Exec(q, args...); err != nil || count == 0 {
			return err
		}
		if _, err := tx.Exec(`update handover_endpoint set paused = 0 where id = $1`, e.ID); err != nil {
			return err
		}
		return job.Add(tx, JobName, e.ID.String(), now.Time, e.ID)
	})
	if err == nil && n != 0 && count == 0 {
		err = fmt.Errorf("message %s: %w", n, fault.New(fault.NotFound, "handover.nomessage"))
	}
	return count, err
}

// cut is the beginning of an answer as one line of text.
func cut(s string) string {
	r := []rune(strings.Join(strings.Fields(strings.ToValidUTF8(strings.ReplaceAll(s, "\x00", ""), "?")), " "))
	return string(r[:min(len(r), said)])
}
