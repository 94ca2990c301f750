package dossier

import (
	"cmp"
	"context"
	"crypto/rand"
	"fmt"
	"strings"
	"sync"
	"time"

	"motcua/base/db"
	"motcua/base/fault"
	"motcua/kernel/form"
	"motcua/kernel/who"
)

// day is the date of t in zone: "day" in codes, clocks and figures is the body's day.
func (e *Engine) day(zone string, t time.Time) string {
	return t.In(e.zone(zone)).Format(time.DateOnly)
}

// zone is a zone by its name, read once: time.LoadLocation opens a file each time.
func (e *Engine) zone(name string) *time.Location {
	if l, ok := e.zones.Load(name); ok {
		return l.(*time.Location)
	}
	l, err := time.LoadLocation(name)
	if err != nil {
		l = time.UTC
	}
	e.zones.Store(name, l)
	return l
}

// A Pattern writes dossier codes: {code} and {code102} of the body, {yymmdd} or
// {yyyymmdd} of its day, {seq4} or {seq7} the number of the day.
type Pattern struct {
	Pattern string `yaml:"pattern"`
	From    string `yaml:"from"` // first day, YYYY-MM-DD
	To      string `yaml:"to"`   // last day, "" is open
	Source  string `yaml:"source"`
}

// Code writes the n-th code of a body and day.
func (p Pattern) Code(b who.Body, day string, n int64) string {
	ymd := strings.ReplaceAll(day, "-", "")
	return strings.NewReplacer("{code}", b.Code, "{code102}", cmp.Or(b.Code102, b.Code), "{yyyymmdd}", ymd, "{yymmdd}", ymd[2:],
		"{seq4}", fmt.Sprintf("%04d", n), "{seq7}", fmt.Sprintf("%07d", n)).Replace(p.Pattern)
}

// open makes what only the opening act says.
func (e *Engine) open(tx *db.Tx, p *plan, as By, at time.Time) (*Opening, error) {
	b, ok := e.Body(p.Body)
	if !ok || p.kind.Takes != nil && !p.kind.Takes(b) {
		return nil, fmt.Errorf("body %q: %w", p.Body, fault.Wrong(fault.Field{Pointer: "/body", Code: "dossier.body"}))
	}
	if next, ended := e.Body(b.Next); ended && b.Next != "" {
		return nil, fmt.Errorf("body %q: %w", p.Body, fault.Wrong(fault.Field{Pointer: "/body", Code: "dossier.bodyended", Args: []any{b.Name, next.Name, next.Code}}))
	}
	o := &Opening{Kind: p.kind.Name, Version: p.kind.Version, Body: b.Code, Zone: b.Zone, Applicant: p.Me.ID, Org: p.Org, Name: p.Me.Name,
		Channel: cmp.Or(p.Channel, "online"), Subject: subject(p.kind, p.answers), Tail: tail()}
	if m, ok := p.Me.By(who.File, p.kind.Name, p.Org); ok {
		o.Name = m.Name
	}
	if p.parent != nil {
		o.Parent, o.Applicant, o.Org, o.Name = p.parent.ID, p.parent.Applicant, p.parent.Org, p.parent.Name
		o.Matter = p.parent.matter()
		if p.kind.Inside {
			o.Applicant, o.Org, o.Channel = 0, 0, "inside"
		}
	}
	if p.Helped != nil {
		citizen, err := e.Applicant(tx, p.Me, *p.Helped)
		if err != nil {
			return nil, err
		}
		o.Applicant, o.Helper, o.Name, o.Channel = citizen.ID, p.Me.ID, citizen.Name, cmp.Or(p.Channel, "counter")
	}
	if err := p.signed(as); err != nil { // last of all that may be refused: who hears of it lacks nothing else
		return nil, err
	}
	day := e.day(b.Zone, at)
	var err error
	pattern, ok := e.Pattern(day)
	if !ok {
		return nil, fmt.Errorf("no pattern of dossier codes is in force on %s", day)
	}
	n, ok := e.blocks.next(scope(b.Code, day))
	if !ok { // more filed at once than a block holds, or a child's body
		if n, err = count(tx, scope(b.Code, day), e.first()); err != nil {
			return nil, err
		}
	}
	o.Code = pattern.Code(b, day, n)
	return o, nil
}

func scope(body, day string) string { return "dossier/" + body + "/" + day }

// count takes the next number of scope in the transaction itself.
func count(tx *db.Tx, scope string, first int64) (n int64, err error) {
	err = tx.Row(`insert into sequence (scope, next) values ($1, $2)
		on conflict (scope) do update set next = sequence.next + 1 returning next - 1`, scope, first+1).Scan(&n)
	return n, err
}

// leap is how many codes of a body and day may have been given out between a
// backup and the end of its node.
const leap = 1000

// Leap leaves out the codes that may have been given since the backup from which
// the database was just filled: they stand on receipts, and are never given twice.
func (e *Engine) Leap(ctx context.Context) error {
	return e.DB.Write(ctx, func(tx *db.Tx) error {
		_, err := tx.Exec(`update sequence set next = next + $1 where scope like 'dossier/%'`, leap)
		return err
	})
}

// first is where this node's numbers of a day begin: nodes that take dossiers
// for the same body count in blocks of their own.
func (e *Engine) first() int64 { return max(1, e.From) }

func subject(k *Kind, a form.Answers) string {
	var all []string
	for _, name := range k.Subject {
		if s, ok := a[name].(string); ok && s != "" {
			all = append(all, s)
		}
	}
	return strings.Join(all, ", ")
}

// tail is 4 digits of 31: who tries codes at random is stopped by the limit on tracking long before.
func tail() string {
	const digits = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"
	b := make([]byte, 4)
	rand.Read(b)
	for i := range b {
		b[i] = digits[b[i]&31]
	}
	return string(b)
}

// result is the decision that the act puts into force.
func (e *Engine) result(tx *db.Tx, d *Dossier, a *Act) (*Result, error) {
	day := e.day(d.Zone, a.At)
	if r := d.Result; r != nil {
		again := *r
		again.Version++
		again.Act, again.By = a.ID, a.By
		return &again, nil
	}
	n, err := count(tx, "result/"+d.Body+"/"+d.Kind+"/"+day[:4], 1)
	return &Result{Number: fmt.Sprintf("%d/%s", n, day[:4]), Act: a.ID, Version: 1, Day: day, By: a.By}, err
}

// blocks gives out numbers of sequences from blocks that this program took for
// itself, before the transaction that uses one: a counter that every filing
// changed would be a queue. A block holds one number at first and twice as many
// each time, so that a quiet body counts without gaps. Numbers may be left out,
// never given twice.
type blocks struct {
	taking sync.Mutex // held by who takes a block
	mu     sync.Mutex
	left   map[string]numbers
}

type numbers struct{ next, end, size int64 }

const largestBlock = 64

// ready sees to it that next has a number of scope to give. When it has not,
// as while somebody else takes a block, the transaction counts for itself.
func (b *blocks) ready(ctx context.Context, d *db.DB, scope string, first int64) error {
	if at := b.of(scope); at.end-at.next > at.size/4 || !b.taking.TryLock() {
		return nil
	}
	defer b.taking.Unlock()
	at := b.of(scope)
	if at.end-at.next > at.size/4 {
		return nil
	}
	at.size = min(max(1, 2*at.size), largestBlock)
	err := d.Write(ctx, func(tx *db.Tx) error {
		return tx.Row(`insert into sequence (scope, next) values ($1, $2)
			on conflict (scope) do update set next = sequence.next + $3 returning next`, scope, first+at.size, at.size).Scan(&at.end)
	})
	if err != nil {
		return err
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.left == nil || len(b.left) > 50_000 { // yesterday's
		b.left = map[string]numbers{}
	}
	old := b.left[scope]
	if at.next = at.end - at.size; old.end == at.next { // nobody else counted in between
		at.next = old.next
	}
	b.left[scope] = at
	return nil
}

func (b *blocks) of(scope string) numbers {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.left[scope]
}

// next is a number of scope, or false when none is ready.
func (b *blocks) next(scope string) (int64, bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	at := b.left[scope]
	if at.next >= at.end {
		return 0, false
	}
	n := at.next
	at.next++
	b.left[scope] = at
	return n, true
}
