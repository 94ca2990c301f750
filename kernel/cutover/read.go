package cutover

import (
	"context"
	"errors"
	"maps"
	"slices"
	"strings"
	"time"

	"motcua/base/db"
	"motcua/base/fault"
	"motcua/kernel/clock"
	"motcua/kernel/dossier"
	"motcua/kernel/form"
	"motcua/kernel/who"
)

// A taking is a line that may be written.
type taking struct {
	*Line
	known known
	kind  *dossier.Kind
	entry dossier.Entry
	notes []fault.Field // what somebody should look at
}

// A checker gathers what is wrong with one line.
type checker struct{ bad []fault.Field }

func (c *checker) wrong(pointer, code string, args ...any) {
	if !slices.ContainsFunc(c.bad, func(f fault.Field) bool { return f.Pointer == pointer && f.Code == code }) {
		c.bad = append(c.bad, fault.Field{Pointer: pointer, Code: code, Args: args})
	}
}

// read turns a line into the act that takes it over. The papers are kept here,
// before any transaction; in a dry run they are only looked at.
func (x *Dossiers) read(ctx context.Context, l *Line) (*taking, []fault.Field, error) {
	c, e := new(checker), x.App.Engine
	t := &taking{Line: l}
	code := mapped(x.Mapping.Bodies, l.Body)
	b, ok := x.App.Country.Successor(code)
	switch {
	case !ok:
		c.wrong("/body", "cutover.body", l.Body)
	case !x.App.Country.Rules(x.By, b.Code):
		c.wrong("/body", "cutover.notyours", b.Name)
	}
	k, found := kindOf(e.Kind, e.Kinds(), mapped(x.Mapping.Procedures, l.Procedure))
	switch {
	case !found:
		c.wrong("/procedure", "cutover.procedure", l.Procedure)
	case ok && k.Takes != nil && !k.Takes(b):
		c.wrong("/body", "dossier.body")
	}
	if c.bad != nil {
		return nil, c.bad, nil
	}
	t.kind = k
	state, ok := stateOf(k, mapped(x.Mapping.States, l.State))
	stand := k.Stands[state]
	switch {
	case !ok:
		c.wrong("/state", "cutover.state", l.State)
	case stand.Ends:
		c.wrong("/state", "cutover.ended")
	}
	o := &dossier.Opening{Kind: k.Name, Version: k.Version, Code: l.Code, Tail: strings.ToUpper(l.Tail), Body: b.Code, Zone: b.Zone,
		Subject: short(l.Subject, 300), Channel: mapped(x.Mapping.Channels, l.Channel), Taken: &dossier.Taken{Batch: x.batch}}
	t.entry = dossier.Entry{To: state, Open: o, Note: short(l.Note, 4000)}
	if l.Tail != "" && (len(l.Tail) > 12 || !printed(l.Tail)) {
		c.wrong("/tail", "cutover.tail")
	}
	switch o.Channel {
	case "":
		o.Channel = "counter"
	case "online", "counter", "post":
	default:
		c.wrong("/channel", "cutover.channel", l.Channel)
	}
	x.party(c, l, o)
	x.times(c, t, b, stand)
	x.answers(c, t, b)
	x.asked(c, t, stand)
	if err := x.holder(ctx, t, b); err != nil {
		return nil, nil, err
	}
	if c.bad != nil { // nothing is kept of a line that is not taken
		return nil, c.bad, nil
	}
	err := x.papers(ctx, c, t)
	return t, c.bad, err
}

// party says who asks.
func (x *Dossiers) party(c *checker, l *Line, o *dossier.Opening) {
	p, org := l.Applicant, l.Organisation
	o.Name = strings.TrimSpace(p.Name)
	if strings.TrimSpace(org.Name) != "" {
		o.Name = strings.TrimSpace(org.Name)
		if strings.TrimSpace(org.Number) == "" {
			c.wrong("/organisation/number", "form.required")
		}
	}
	switch {
	case p.Name == "" && o.Name == "":
		c.wrong("/applicant/name", "form.required")
	case len(p.Name) > 200 || len(o.Name) > 200:
		c.wrong("/applicant/name", "who.name")
	}
	if p.Number != "" && x.App.Pack.Person != nil && !x.App.Pack.Person(p.Number) {
		c.wrong("/applicant/number", "form.personid")
	}
}

// times reads the clock that the case brings along. What was promised is kept;
// where nothing was, the rest of the limit runs from now.
func (x *Dossiers) times(c *checker, t *taking, b who.Body, stand dossier.Stand) {
	zone := x.zone(b.Zone)
	read := func(field, s string) time.Time {
		if s == "" {
			return time.Time{}
		}
		at, ok := parseTime(s, zone)
		if !ok {
			c.wrong("/"+field, "cutover.time", s)
		}
		return at
	}
	received, since, due := read("received", t.Received), read("since", t.Since), read("due", t.Due)
	now, cal := x.App.Now(), x.App.Calendars.For(b.Code)
	switch {
	case t.Received == "":
		c.wrong("/received", "form.required")
	case received.After(now.Add(time.Hour)):
		c.wrong("/received", "cutover.future")
	case !since.IsZero() && since.Before(received):
		c.wrong("/since", "cutover.before")
	case !due.IsZero() && due.Before(received):
		c.wrong("/due", "cutover.before")
	}
	if c.bad != nil || cal == nil {
		return
	}
	t.entry.Open.Taken.Received = received.UnixMicro()
	if !since.IsZero() {
		t.entry.Open.Taken.Since = since.UnixMicro()
	}
	if stand.Public != dossier.Submitted {
		t.entry.Starts = received.UnixMicro()
	}
	if due.IsZero() && t.Remaining != "" {
		l, err := clock.ParseLimit(t.Remaining)
		if err != nil {
			c.wrong("/remaining", "cutover.remaining", t.Remaining)
			return
		}
		due = cal.Spent(now, l)
	}
	if limit := t.kind.Limit; due.IsZero() && limit != nil {
		if due = cal.Due(received, limit(form.Answers(t.Answers), b.Code)); !due.IsZero() {
			t.notes = append(t.notes, wrong("/due", "cutover.computed")...)
		}
	}
	if due.IsZero() {
		return
	}
	t.entry.Due = due.UnixMicro()
	budget := t.kind.Desk(t.entry.To, form.Answers(t.Answers), b.Code)
	if !budget.IsZero() && stand.Waits == "" {
		desk := cal.Spent(now, budget)
		if due.After(now) && due.Before(desk) {
			desk = due
		}
		t.entry.DeskDue = desk.UnixMicro()
	}
}

func (x *Dossiers) zone(name string) *time.Location {
	if x.zones[name] == nil {
		l, err := time.LoadLocation(name)
		if err != nil {
			l = time.UTC
		}
		x.zones[name] = l
	}
	return x.zones[name]
}

// answers checks what was answered. What today's form asks and the other
// software did not is missing, and marked; what is answered wrongly is refused.
func (x *Dossiers) answers(c *checker, t *taking, b who.Body) {
	f := t.kind.Opening()
	if f == nil || f.Form == nil || c.bad != nil {
		return
	}
	p := t.Applicant
	env := x.App.Env(time.UnixMicro(t.entry.Open.Taken.Received).In(x.zone(b.Zone)).Format(time.DateOnly),
		who.Person{Name: p.Name, Number: p.Number, Phone: p.Phone, Email: p.Email, Born: p.Born}, 0)
	if t.Organisation.Name != "" {
		env.Applicant["kind"], env.Applicant["org_name"], env.Applicant["org_number"] = "business", t.Organisation.Name, t.Organisation.Number
	}
	good, err := f.Form.Check(form.Answers(t.Answers), env)
	var w *fault.Error
	if errors.As(err, &w) {
		for _, at := range w.Fields {
			name, _, deep := strings.Cut(strings.TrimPrefix(at.Pointer, "/answers/"), "/")
			missing := t.entry.Open.Taken.Missing
			switch {
			case at.Code != "form.required" || deep && t.Answers[name] != nil:
				c.wrong(at.Pointer, at.Code, at.Args...)
			case !slices.Contains(missing, name):
				t.entry.Open.Taken.Missing = append(missing, name)
			}
		}
	} else if err != nil {
		c.wrong("/answers", "cutover.json")
	}
	t.entry.Answers = good
	if t.entry.Open.Subject == "" {
		for _, name := range t.kind.Subject {
			if s, ok := good[name].(string); ok && t.entry.Open.Subject == "" {
				t.entry.Open.Subject = short(s, 300)
			}
		}
	}
	env.Today = x.App.Today(b.Code) // what officials add, they added later
	x.desk(c, t, env)
}

// desk checks what officials added so far, by the forms of their acts.
func (x *Dossiers) desk(c *checker, t *taking, env form.Env) {
	known := map[string]bool{}
	kept := form.Answers{}
	for _, s := range t.kind.Steps {
		some := form.Answers{}
		for name, v := range t.Desk {
			if len(s.From) > 0 && s.Form != nil && s.Form.Has(name) {
				some[name], known[name] = v, true
			}
		}
		if len(some) == 0 {
			continue
		}
		good, err := s.Form.Check(some, env)
		var w *fault.Error
		if errors.As(err, &w) {
			for _, at := range w.Fields {
				if at.Code != "form.required" {
					c.wrong("/desk"+strings.TrimPrefix(at.Pointer, "/answers"), at.Code, at.Args...)
				}
			}
		}
		maps.Copy(kept, good)
	}
	for name := range t.Desk {
		if !known[name] {
			c.wrong("/desk/"+name, "form.unknown")
		}
	}
	if len(kept) > 0 {
		t.entry.Open.Taken.Desk = kept
	}
}

// asked says what the applicant was asked for, where the state waits for him:
// otherwise he could not answer here.
func (x *Dossiers) asked(c *checker, t *taking, stand dossier.Stand) {
	if stand.Waits == "" {
		return
	}
	opening := t.kind.Opening()
	for i, r := range t.Asked {
		name, _, _ := strings.Cut(r.Ref, "/")
		paper, isPaper := paperOf(t.kind, mapped(x.Mapping.Papers, r.Ref))
		if isPaper {
			r.Ref = paper.ID
		}
		switch {
		case !isPaper && (opening == nil || opening.Form == nil || !opening.Form.Has(name)):
			c.wrong("/asked/"+number(i)+"/ref", "dossier.ref")
		case strings.TrimSpace(r.Text) == "":
			c.wrong("/asked/"+number(i)+"/text", "form.required")
		default:
			r.Text, r.Fix = short(r.Text, 2000), short(r.Fix, 2000)
			t.entry.Reasons = append(t.entry.Reasons, r)
		}
	}
	if stand.National == 5 && len(t.Asked) == 0 {
		c.wrong("/asked", "cutover.asked")
	}
}

// holder finds who has the case. Who is not known here holds nothing: the case
// then lies in the inbox of its desk, and the report says so.
func (x *Dossiers) holder(ctx context.Context, t *taking, b who.Body) error {
	login := mapped(x.Mapping.Staff, t.Holder)
	if login == "" {
		return nil
	}
	n, seen := x.staff[login]
	if !seen {
		err := x.App.DB.Read(ctx, func(tx *db.Tx) error {
			p, err := x.App.Book.ByLogin(tx, login)
			n = p.ID
			return err
		})
		if err != nil && !errors.Is(err, fault.NotFound) {
			return err
		}
		x.staff[login] = n
	}
	if n != 0 {
		p, err := x.App.Book.Person(ctx, n)
		if err != nil {
			return err
		}
		if p.Is(t.kind.Stands[t.entry.To].Desk, b.Code) {
			t.entry.Holder = n
			return nil
		}
	}
	t.notes = append(t.notes, wrong("/holder", "cutover.holder", login)...)
	return nil
}
