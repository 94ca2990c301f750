package who

import (
	"slices"
	"strings"
	"time"

	"motcua/base/db"
	"motcua/base/fault"
	"motcua/base/id"
)

// A Power is what a mandate lets its holder do. Each of them lets him follow.
type Power string

// The powers.
const (
	File    Power = "file"    // file, complete, withdraw
	Follow  Power = "follow"  // see where it stands and what it says
	Pay     Power = "fees"    // pay what it costs
	Receive Power = "receive" // take the result
)

// Powers are all of them.
func Powers() []Power { return []Power{File, Follow, Pay, Receive} }

// A Mandate is the right of a person to act for another party: an organisation,
// or a person, as a parent or guardian does (Civil Code 2015 Art. 134 to 143).
type Mandate struct {
	ID       id.ID
	Holder   id.ID  // who acts
	Org      id.ID  // the party for which he acts
	Name     string // of the party
	Number   string // the organisation's business or tax code, or the person's number
	Born     string // of a person
	Private  bool   // the party is a person
	Head     bool   // he represents the party by law: in all, and he gives mandates to others
	Services []string
	Powers   []Power // none: all
	Until    time.Time
	State    string // offered, accepted, ended
}

// The states of a mandate. One that is over by time stays accepted.
const (
	Offered  = "offered"
	Accepted = "accepted"
	Ended    = "ended"
)

// Allows reports whether the mandate lets its holder do this in services of
// that kind; the kind "" is all of them together.
func (m Mandate) Allows(do Power, kind string) bool {
	return (do == Follow || len(m.Powers) == 0 || slices.Contains(m.Powers, do)) && (len(m.Services) == 0 || slices.Contains(m.Services, kind))
}

// By is the mandate by which p may do this for party in services of that kind.
func (p Person) By(do Power, kind string, party id.ID) (Mandate, bool) {
	i := slices.IndexFunc(p.Mandates, func(m Mandate) bool { return m.Org == party && m.Allows(do, kind) })
	if i < 0 || party == 0 {
		return Mandate{}, false
	}
	return p.Mandates[i], true
}

// May reports whether p may do this for party in services of that kind: he is
// the party, or holds a mandate that allows it.
func (p Person) May(do Power, kind string, party id.ID) bool {
	_, ok := p.By(do, kind, party)
	return ok || party != 0 && party == p.ID
}

const mandateColumns = `select m.id, m.person, m.org, coalesce(o.name, q.name), coalesce(o.number, q.number), coalesce(q.born, ''), q.id is not null, m.head, m.services, m.powers, m.until, m.state
	from mandate m left join org o on o.id = m.org left join person q on q.id = m.org `

func scanMandate(into func(...any) error) (m Mandate, err error) {
	var head int
	services, powers, until := "", "", db.Time{}
	err = into(&m.ID, &m.Holder, &m.Org, &m.Name, &m.Number, &m.Born, &m.Private, &head, &services, &powers, &until, &m.State)
	m.Head, m.Services, m.Until = head == 1, strings.Fields(services), until.Time
	for _, s := range strings.Fields(powers) {
		m.Powers = append(m.Powers, Power(s))
	}
	return m, err
}

// mandates are those of p in force at now.
func mandates(tx *db.Tx, p id.ID, now db.Time) ([]Mandate, error) {
	return db.List(tx, scanMandate, mandateColumns+`where m.person = $1 and m.state = 'accepted' and m.since <= $2 and (m.until = 0 or m.until > $2) order by m.id`, p, now)
}

// Mandates are all that p holds or was offered, and all by which others act for
// party, whatever became of them; either may be 0.
func Mandates(tx *db.Tx, p, party id.ID) ([]Mandate, error) {
	return db.List(tx, scanMandate, mandateColumns+`where m.person = $1 or m.org = $2 order by m.id desc`, p, party)
}

// AllMandates are those of everybody, for doctor.
func AllMandates(tx *db.Tx) ([]Mandate, error) {
	return db.List(tx, scanMandate, mandateColumns+`order by m.id`)
}

// InForce reports whether a mandate still holds. Who acts by one asks it in the
// transaction of the act, so that a mandate taken back stops the very next one.
func InForce(tx *db.Tx, mandate id.ID, now time.Time) (bool, error) {
	n := 0
	err := tx.Row(`select count(*) from mandate where id = $1 and state = 'accepted' and (until = 0 or until > $2)`, mandate, db.At(now)).Scan(&n)
	return n == 1, err
}

// A Trust is what an act says of a mandate.
type Trust struct {
	Mandate  id.ID    `json:"mandate"`
	Holder   id.ID    `json:"holder,omitzero"`
	Party    id.ID    `json:"party,omitzero"`
	Head     bool     `json:"head,omitempty"`
	Services []string `json:"services,omitempty"`
	Powers   []Power  `json:"powers,omitempty"`
	Until    db.Time  `json:"until,omitzero"`
	Way      string   `json:"way,omitempty"` // by what a representative was established or ended: counter, register, proof
	Ref      string   `json:"ref,omitempty"` // the sort and number of the document
	Body     string   `json:"body,omitempty"`
}

// Mandate lets p represent org: in all, and for good.
func (b *Book) Mandate(tx *db.Tx, by Person, p, org id.ID) error {
	_, err := b.Establish(tx, by, Mandate{Holder: p, Org: org, Head: true}, Trust{})
	return err
}

// Establish lets somebody represent a party by law: who establishes it has seen
// that it is so, and how says by what.
func (b *Book) Establish(tx *db.Tx, by Person, m Mandate, how Trust) (id.ID, error) {
	m.State = Accepted
	return b.entrust(tx, by, m, how, "mandate.grant")
}

// Offer offers a mandate to m.Holder. by is the party himself or represents it.
func (b *Book) Offer(tx *db.Tx, by Person, m Mandate) (id.ID, error) {
	heads, err := b.heads(tx, by, m.Org)
	switch {
	case err != nil:
		return 0, err
	case !heads:
		return 0, fault.New(fault.Forbidden, "who.mandate.notyours")
	case by.ID == m.Org && !by.Level.Reaches(Substantial):
		return 0, fault.New(fault.Forbidden, "who.mandate.level")
	case len(m.Powers) == 0 || slices.ContainsFunc(m.Powers, func(x Power) bool { return !slices.Contains(Powers(), x) }):
		return 0, fault.Wrong(fault.Field{Pointer: "/powers", Code: "who.mandate.powers"})
	}
	m.Head, m.State = false, Offered
	return b.entrust(tx, by, m, Trust{}, "mandate.offer")
}

func (b *Book) entrust(tx *db.Tx, by Person, m Mandate, how Trust, act string) (id.ID, error) {
	switch {
	case m.Holder == m.Org || m.Holder == 0 || m.Org == 0:
		return 0, fault.Wrong(fault.Field{Pointer: "/holder", Code: "who.mandate.self"})
	case !m.Until.IsZero() && !m.Until.After(b.Now()):
		return 0, fault.Wrong(fault.Field{Pointer: "/until", Code: "who.mandate.until"})
	}
	m.ID = b.IDs.New()
	powers := make([]string, len(m.Powers))
	for i, x := range m.Powers {
		powers[i] = string(x)
	}
	head := 0
	if m.Head {
		head = 1
	}
	_, err := tx.Exec(`insert into mandate (id, person, org, since, until, head, services, powers, state) values ($1, $2, $3, $4, $5, $6, $7, $8, $9)`,
		m.ID, m.Holder, m.Org, db.At(b.Now()), db.At(m.Until), head, strings.Join(m.Services, " "), strings.Join(powers, " "), m.State)
	if err != nil {
		return 0, err
	}
	if err := tx.Bump("who"); err != nil {
		return 0, err
	}
	how.Mandate, how.Holder, how.Party, how.Head, how.Services, how.Powers, how.Until = m.ID, m.Holder, m.Org, m.Head, m.Services, m.Powers, db.At(m.Until)
	return m.ID, b.Record(tx, by, act, m.Holder, how)
}

// heads reports whether p is the party, or represents it now.
func (b *Book) heads(tx *db.Tx, p Person, party id.ID) (bool, error) {
	if p.ID == party {
		return p.ID != 0, nil
	}
	all, err := mandates(tx, p.ID, db.At(b.Now()))
	return slices.ContainsFunc(all, func(m Mandate) bool { return m.Org == party && m.Head }), err
}

// Accept puts an offer into force; only to whom it was made does.
func (b *Book) Accept(tx *db.Tx, by Person, n id.ID) error {
	m, err := b.mandate(tx, n)
	if err == nil && m.Holder != by.ID {
		err = fault.New(fault.NotFound, "who.mandate.none")
	}
	if err == nil && (m.State != Offered || !m.Until.IsZero() && !m.Until.After(b.Now())) {
		err = fault.New(fault.Conflict, "who.mandate.over")
	}
	if err != nil {
		return err
	}
	return b.turn(tx, by, m, Accepted, "mandate.accept", Trust{})
}

// Revoke ends a mandate or an offer at once; what was done by it stays. The
// party and who represents it take it back, the holder gives it back.
func (b *Book) Revoke(tx *db.Tx, by Person, n id.ID) error {
	m, err := b.mandate(tx, n)
	if err != nil {
		return err
	}
	heads, err := b.heads(tx, by, m.Org)
	switch {
	case err != nil:
		return err
	case !heads && m.Holder != by.ID:
		return fault.New(fault.NotFound, "who.mandate.none")
	case m.State == Ended:
		return fault.New(fault.Conflict, "who.mandate.over")
	}
	return b.turn(tx, by, m, Ended, "mandate.revoke", Trust{})
}

// End ends a mandate whose ground is gone: who ends it has seen that it is so, and
// how says by what.
func (b *Book) End(tx *db.Tx, by Person, n id.ID, how Trust) error {
	m, err := b.mandate(tx, n)
	if err == nil && m.State == Ended {
		err = fault.New(fault.Conflict, "who.mandate.over")
	}
	if err != nil {
		return err
	}
	return b.turn(tx, by, m, Ended, "mandate.revoke", how)
}

func (b *Book) mandate(tx *db.Tx, n id.ID) (m Mandate, err error) {
	all, err := db.List(tx, scanMandate, mandateColumns+`where m.id = $1`, n)
	if err == nil && len(all) == 0 {
		err = fault.New(fault.NotFound, "who.mandate.none")
	}
	if err != nil {
		return m, err
	}
	return all[0], nil
}

func (b *Book) turn(tx *db.Tx, by Person, m Mandate, state, act string, how Trust) error {
	if _, err := tx.Exec(`update mandate set state = $1 where id = $2`, state, m.ID); err != nil {
		return err
	}
	if err := tx.Bump("who"); err != nil {
		return err
	}
	how.Mandate = m.ID
	return b.Record(tx, by, act, m.Holder, how)
}
