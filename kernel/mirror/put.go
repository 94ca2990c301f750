package mirror

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"fmt"
	"slices"
	"time"

	"motcua/base/db"
	"motcua/base/id"
	"motcua/base/lang"
	"motcua/kernel/figure"
	"motcua/kernel/ledger"
	"motcua/kernel/who"
)

// saltSize keeps a hash in the ledger from telling what line it is of once the
// line is erased.
const saltSize = 16

// act is what a batch is called in the ledger.
const act = "mirror.batch"

// A batch is the body of its act.
type batch struct {
	Sender string `json:"sender"`
	Fresh  int    `json:"fresh"` // rows that were not there before: all batches together count the rows
	Lines  string `json:"lines"` // SHA-256(salt ‖ line) of each, base64, side by side
}

// few is how many lines are stored at once while persons write: they wait for no more.
const few = 32

// Put takes up to Chunk lines of a sender and tells for each what became of it,
// in their order. After an error some may be stored: sent again they settle.
func (s *Store) Put(ctx context.Context, by who.Person, sender string, lines []Line) ([]Answer, error) {
	if len(lines) > Chunk {
		return nil, fmt.Errorf("%d lines in one batch, the most is %d", len(lines), Chunk)
	}
	if s.Heard != nil {
		if err := s.Heard(ctx, sender); err != nil {
			return nil, err
		}
	}
	answers := make([]Answer, len(lines))
	var mine []int
	for i := range lines {
		l := &lines[i]
		switch {
		case !s.May(sender, l.Body):
			answers[i] = reject("body", "mirror.wrong.body", l.Body)
		case l.Origin != "":
			a, taken, err := Answer{}, false, error(nil)
			if s.Take != nil {
				a, taken, err = s.Take(ctx, by, sender, l)
			}
			if err != nil {
				return nil, err
			}
			if !taken {
				a = reject("origin", "mirror.wrong.origin", l.Origin)
			}
			answers[i] = a
		default:
			mine = append(mine, i)
		}
	}
	if len(mine) == 0 {
		return answers, nil
	}
	p := &put{s: s, by: by, sender: sender, top: s.top(sender), lines: lines, mine: mine, answers: answers}
	done, err := s.turn(ctx, p.top)
	if err != nil {
		return nil, err
	}
	defer done()
	err = s.DB.Read(ctx, func(tx *db.Tx) error { return p.look(tx) })
	for err == nil && len(p.news) > 0 {
		if err = s.DB.Yield(ctx, p.write); err == nil {
			p.batches, p.news = p.batches+1, p.news[len(p.some):]
			p.mine = slices.Clone(p.news)
			err = s.grew(ctx, p.fresh)
		}
	}
	if err != nil {
		return nil, fmt.Errorf("lines of %s: %w", sender, err)
	}
	return answers, nil
}

// grew lets the database learn how large the table is, whenever this program has doubled what it put in.
func (s *Store) grew(ctx context.Context, rows int) error {
	most := s.learnt.Load()
	if n := s.came.Add(int64(rows)); n < max(500, 2*most) || !s.learnt.CompareAndSwap(most, n) {
		return nil
	}
	return s.DB.Learn(ctx, "mirror")
}

func reject(at, code string, args ...any) Answer {
	return Answer{Rejected, &Wrong{At: at, Code: code, Args: args}}
}

// A put is one batch on its way.
type put struct {
	s           *Store
	by          who.Person
	sender, top string
	lines       []Line
	mine        []int // of lines
	answers     []Answer

	batches int64           // of the top when the rows were read
	old     map[string]*was // by code and body
	news    []int           // of lines: those to be stored, the newest of each dossier
	some    []int           // of news: those that write stores
	fresh   int             // of some: those that were not there before
}

// was is what a stored row counts in the figures.
type was struct {
	id                 id.ID
	version, sum       int64
	state              int
	procedure, channel string
	opened, due, ended db.Time
}

// look reads what is stored of the lines' dossiers and answers every line.
func (p *put) look(tx *db.Tx) error {
	var err error
	p.old = make(map[string]*was, len(p.mine))
	if p.batches, err = batches(tx, p.top); err != nil {
		return err
	}
	args := make([]any, 0, Chunk)
	for _, i := range p.mine {
		args = append(args, p.lines[i].Code)
	}
	for len(args) < cap(args) { // one statement for every batch
		args = append(args, args[0])
	}
	type found struct {
		was
		key string
	}
	all, err := db.List(tx, func(into func(...any) error) (f found, err error) {
		var code, body string
		err = into(&code, &body, &f.id, &f.version, &f.sum, &f.state, &f.procedure, &f.channel, &f.opened, &f.due, &f.ended)
		f.key = code + "\x00" + body
		return f, err
	}, lookText, args...)
	if err != nil {
		return err
	}
	for i := range all {
		p.old[all[i].key] = &all[i].was
	}
	p.judge()
	return nil
}

var lookText = `select code, body, id, version, sum, state, procedure, channel, opened, due, ended from mirror where code in (` + db.Places(1, Chunk) + `)`

func batches(tx *db.Tx, top string) (n int64, err error) {
	err = tx.Row(`select coalesce(max(batches), 0) from mirror_sender where body = $1`, top).Scan(&n)
	return n, err
}

// judge answers every line from what is stored and from the lines before it.
func (p *put) judge() {
	type last struct{ version, sum int64 }
	now := make(map[string]last, len(p.mine))
	newest := make(map[string]int, len(p.mine))
	for _, i := range p.mine {
		l := &p.lines[i]
		key := l.Code + "\x00" + l.Body
		have, ok := now[key]
		if w := p.old[key]; w != nil && !ok {
			have, ok = last{w.version, w.sum}, true
		}
		switch {
		case !ok || l.Version > have.version:
			now[key], newest[key] = last{l.Version, l.Sum}, i
			p.answers[i] = Answer{Status: Stored}
		case l.Version < have.version:
			p.answers[i] = Answer{Status: Stale}
		case l.Sum == have.sum:
			p.answers[i] = Answer{Status: Unchanged}
		default:
			p.answers[i] = reject("version", "mirror.wrong.version", l.Version)
		}
	}
	p.news = p.news[:0]
	for _, i := range newest {
		p.news = append(p.news, i)
	}
	slices.Sort(p.news)
}

// write stores the batch, or a part of it when others want to write. It may run more than once.
func (p *put) write(tx *db.Tx) error {
	// Who has this row writes alone under its top, in whichever program.
	if _, err := tx.Exec(`insert into mirror_sender (body, batches, changed) values ($1, 1, $2)
		on conflict (body) do update set batches = mirror_sender.batches + 1, changed = excluded.changed`, p.top, db.At(p.s.Now())); err != nil {
		return err
	}
	n, err := batches(tx, p.top)
	if err != nil {
		return err
	}
	if n != p.batches+1 { // another program was faster
		if err := p.look(tx); err != nil {
			return err
		}
		p.batches = n - 1
	}
	if p.some = p.news; tx.Hurry() {
		p.some = p.some[:min(few, len(p.some))]
	}
	rows, figures, b := make([][]any, 0, len(p.some)), make([]figure.Delta, 0, len(p.some)), batch{Sender: p.sender}
	now := db.At(p.s.Now())
	salts, hashes := make([]byte, len(p.some)*saltSize), make([]byte, 0, len(p.some)*32)
	rand.Read(salts)
	for k, i := range p.some {
		l := &p.lines[i]
		w := p.old[l.Code+"\x00"+l.Body]
		n := id.ID(0)
		if w == nil {
			n = p.s.IDs.New()
			b.Fresh++
		} else {
			n = w.id
			figures = append(figures, p.s.delta(l.Body, w, -1))
		}
		figures = append(figures, p.s.delta(l.Body, counts(l), 1))
		salt := salts[k*saltSize : (k+1)*saltSize]
		leaf := ledger.Leaf(salt, []byte(l.Canonical))
		hashes = append(hashes, leaf[:]...)
		rows = append(rows, append(l.values(n), now, nil, salt, l.Canonical, l.Raw))
	}
	p.fresh = b.Fresh
	b.Lines = base64.StdEncoding.EncodeToString(hashes)
	done, err := p.s.Record(tx, p.by, act, 0, b)
	if err != nil {
		return err
	}
	for _, r := range rows {
		r[len(r)-4] = done
	}
	if err := tx.Upsert("mirror", columns, renew, rows); err != nil {
		return err
	}
	return figure.NoteAll(tx, p.s.IDs, figures)
}

const columns = `id, body, code, version, sum, state, procedure, channel, owner, name, opened, due, ended, changed, batch, salt, line, raw`

// renew is what an insertion does where the dossier is known.
const renew = `(code, body) do update set version = excluded.version, sum = excluded.sum, state = excluded.state, procedure = excluded.procedure,
	channel = excluded.channel, owner = excluded.owner, name = excluded.name, opened = excluded.opened, due = excluded.due,
	ended = excluded.ended, changed = excluded.changed, batch = excluded.batch, salt = excluded.salt, line = excluded.line, raw = excluded.raw`

// values are the columns that follow from the line.
func (l *Line) values(n id.ID) []any {
	return append(make([]any, 0, 18), n, l.Body, l.Code, l.Version, l.Sum, int64(l.State), l.Procedure, l.Channel, owner(l.Number), lang.Fold(l.Applicant),
		db.At(l.Opened), db.At(l.Due), db.At(l.Ended))
}

func counts(l *Line) *was {
	return &was{state: l.State, procedure: l.Procedure, channel: l.Channel, opened: db.At(l.Opened), due: db.At(l.Due), ended: db.At(l.Ended)}
}

// delta is n times what a row means for the figures. It follows from the row
// alone, so that a recount needs nothing but the rows: the dossier came on the
// day it was opened, and since then, or since it ended, it has been where it
// is. Where it was in between nobody said day by day.
func (s *Store) delta(body string, w *was, n int64) figure.Delta {
	zone := s.zone(body)
	day := func(t db.Time) string { return t.In(zone).Format(time.DateOnly) }
	opened, now := day(w.opened), figure.In(string(Public(w.state)))
	d := figure.Delta{Day: opened, Body: body, Kind: s.Kind(w.procedure), Channel: w.channel, More: make([]figure.Part, 0, 3)}
	add := func(day, measure string) { d.More = append(d.More, figure.Part{Measure: measure, Day: day, Count: n}) }
	add(opened, figure.Opened)
	if !Ends(w.state) {
		add(opened, now)
		if !w.due.IsZero() && !Waits(w.state) {
			add(day(w.due), figure.Due)
		}
		return d
	}
	ended, measure := day(w.ended), figure.OnTime
	if !w.due.IsZero() && w.ended.After(w.due.Time) {
		measure = figure.Late
	}
	add(ended, now)
	add(ended, measure)
	return d
}
