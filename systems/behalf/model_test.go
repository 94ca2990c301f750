package behalf_test

import (
	"fmt"
	"math/rand/v2"
	"os"
	"slices"
	"testing"
	"time"

	"motcua/base/db"
	"motcua/base/db/dbtest"
	"motcua/base/fault"
	"motcua/base/id"
	"motcua/kernel/dossier"
	"motcua/kernel/kerneltest"
	"motcua/kernel/level"
	"motcua/kernel/play"
	"motcua/kernel/procedure"
	"motcua/kernel/who"
	"motcua/systems/behalf"
)

// A given is a mandate as the model remembers it: nothing but what happened to it.
type given struct {
	who.Mandate
	accepted, ended bool
}

// A model answers who may do what by going through everything that ever happened.
type model struct {
	all map[id.ID]*given
	now func() time.Time
}

func (m *model) holds(g *given) bool {
	return g.accepted && !g.ended && (g.Until.IsZero() || m.now().Before(g.Until))
}

func (m *model) heads(p, party id.ID) bool {
	if p == party {
		return true
	}
	for _, g := range m.all {
		if g.Holder == p && g.Org == party && g.Head && m.holds(g) {
			return true
		}
	}
	return false
}

func (m *model) may(p id.ID, do who.Power, kind string, party id.ID) bool {
	if p == party {
		return true
	}
	for _, g := range m.all {
		service := len(g.Services) == 0
		for _, s := range g.Services {
			service = service || s == kind
		}
		power := g.Head || do == who.Follow
		for _, x := range g.Powers {
			power = power || x == do
		}
		if g.Holder == p && g.Org == party && m.holds(g) && service && power {
			return true
		}
	}
	return false
}

// A crowd is six persons, two businesses and a person for whom others act.
type crowd struct {
	*kerneltest.Rig
	persons []who.Person
	orgs    []id.ID
	kinds   []string
}

func gather(t *testing.T, at string) (*crowd, *model) {
	t.Helper()
	c := &crowd{Rig: kerneltest.Open(t, at, []string{both(t), "birth"}, behalf.System(behalf.Settings{}))}
	c.kinds = []string{"portal/9.001193", "portal/1.001193"}
	m := &model{all: map[id.ID]*given{}, now: c.Now}
	c.write(t, func(tx *db.Tx) error {
		c.persons, c.orgs = nil, nil
		for i := range 6 {
			p, err := c.Book.Add(tx, who.Person{}, who.Person{Login: fmt.Sprint("nguoi", i), Name: fmt.Sprint("Người Thử ", i)}, "")
			if err == nil {
				err = level.Reach(tx, c.Book, p, p.ID, level.Proof{Level: who.Substantial, Way: "counter", Number: fmt.Sprintf("00109300010%d", i), Name: p.Name, Born: "1990-01-01"})
			}
			if err != nil {
				return err
			}
			c.persons = append(c.persons, p)
		}
		for i := range 2 {
			n, err := c.Book.AddOrg(tx, c.persons[i], fmt.Sprint("Công ty Thử ", i), fmt.Sprintf("010000000%d", i))
			if err != nil {
				return err
			}
			c.orgs = append(c.orgs, n)
			g := &given{Mandate: who.Mandate{Holder: c.persons[i].ID, Org: n, Head: true}, accepted: true}
			if g.ID, err = c.Book.Establish(tx, c.People["clerk"], g.Mandate, who.Trust{Way: "counter", Ref: "x", Body: kerneltest.Here}); err != nil {
				return err
			}
			m.all[g.ID] = g
		}
		c.orgs = append(c.orgs, c.persons[5].ID)
		return nil
	})
	return c, m
}

func (c *crowd) write(t *testing.T, f func(tx *db.Tx) error) {
	t.Helper()
	if err := c.DB.Write(t.Context(), f); err != nil {
		t.Fatal(err)
	}
}

// fresh is a person as the program knows him now.
func (c *crowd) fresh(t *testing.T, n id.ID) who.Person {
	t.Helper()
	p, err := c.Book.Person(t.Context(), n)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// open opens a dossier of a service for a party, by who represents it.
func (c *crowd) open(t *testing.T, me id.ID, code, example int, party id.ID) (*dossier.Dossier, error) {
	t.Helper()
	return c.openBy(t, c.fresh(t, me), code, example, party)
}

// openBy is open by a person as somebody read him, lately or not.
func (c *crowd) openBy(t *testing.T, me who.Person, code, example int, party id.ID) (*dossier.Dossier, error) {
	t.Helper()
	p := c.Procedures.All()[slices.IndexFunc(c.Procedures.All(), func(x *procedure.Procedure) bool { return x.Kind().Name == c.kinds[code] })]
	x := p.Examples[example]
	x.Applicant = "business"
	s := &play.Stage{App: c.App, Engine: c.Engine, Blobs: c.Blobs, Cast: play.Cast{"applicant": me}, Org: party}
	return s.Open(t.Context(), p.Kind(), x)
}

// TestModel gives, accepts, uses, takes back and outlives mandates at random:
// what each person may, and what he is shown, is at every step what a slow model
// says that goes through everything that happened.
func TestModel(t *testing.T) {
	dbtest.EachURL(t, func(t *testing.T, at string) {
		c, m := gather(t, at)
		steps, rng := 150, rand.New(rand.NewPCG(4, 1))
		if os.Getenv("MOTCUA_LONG") != "" {
			steps = 5000
		}
		var stored []*dossier.Dossier
		for i, org := range c.orgs[:2] {
			d, err := c.open(t, c.persons[i].ID, 0, 1, org)
			if err != nil {
				t.Fatal(err)
			}
			stored = append(stored, d)
		}
		for code := range 2 {
			x, err := c.private(t, code)
			if err != nil {
				t.Fatal(err)
			}
			stored = append(stored, x)
		}
		person := func() who.Person { return c.persons[rng.IntN(len(c.persons))] }
		some := func() id.ID { // a mandate, mostly one that is not over yet
			var all []id.ID
			for n, g := range m.all {
				if !g.ended || rng.IntN(4) == 0 {
					all = append(all, n)
				}
			}
			slices.Sort(all)
			return all[rng.IntN(len(all))]
		}
		did, began := map[string]int{}, time.Now()
		for i := range steps {
			by := person()
			var err error
			want, what := false, ""
			switch rng.IntN(6) {
			case 0, 1:
				what = "offer"
				x := who.Mandate{Holder: person().ID, Org: c.orgs[rng.IntN(3)]}
				for _, p := range who.Powers() {
					if rng.IntN(2) == 0 {
						x.Powers = append(x.Powers, p)
					}
				}
				for _, k := range c.kinds {
					if rng.IntN(3) == 0 {
						x.Services = append(x.Services, k)
					}
				}
				if rng.IntN(2) == 0 {
					x.Until = c.Now().Add(time.Duration(rng.IntN(20)-2) * time.Hour)
				}
				want = m.heads(by.ID, x.Org) && x.Holder != x.Org && len(x.Powers) > 0 && (x.Until.IsZero() || x.Until.After(c.Now()))
				if rng.IntN(2) == 0 { // the one who may, so that much is given
					by = c.persons[[]int{0, 1, 5}[slices.Index(c.orgs, x.Org)]]
					want = m.heads(by.ID, x.Org) && x.Holder != x.Org && len(x.Powers) > 0 && (x.Until.IsZero() || x.Until.After(c.Now()))
				}
				err = c.DB.Write(t.Context(), func(tx *db.Tx) (err error) {
					x.ID, err = c.Book.Offer(tx, c.fresh(t, by.ID), x)
					return err
				})
				if err == nil {
					m.all[x.ID] = &given{Mandate: x}
				}
			case 2, 3:
				what = "accept"
				n := some()
				g := m.all[n]
				if rng.IntN(3) > 0 {
					by = who.Person{ID: g.Holder}
				}
				want = g.Holder == by.ID && !g.accepted && !g.ended && (g.Until.IsZero() || g.Until.After(c.Now()))
				if err = c.DB.Write(t.Context(), func(tx *db.Tx) error { return c.Book.Accept(tx, by, n) }); err == nil {
					g.accepted = true
				}
			case 4:
				what = "revoke"
				n := some()
				g := m.all[n]
				want = (m.heads(by.ID, g.Org) || g.Holder == by.ID) && !g.ended
				if g.Head { // the two stay, so that there is who gives
					continue
				}
				if err = c.DB.Write(t.Context(), func(tx *db.Tx) error { return c.Book.Revoke(tx, by, n) }); err == nil {
					g.ended = true
				}
			default:
				what = "time"
				want = true
				c.Later(time.Duration(rng.IntN(180)) * time.Minute)
			}
			if (err == nil) != want {
				t.Fatalf("step %d, %s by %s: %v, want success %t", i, what, by.ID, err, want)
			}
			if err == nil {
				did[what]++
			} else if fault.Of(err) == "" {
				t.Fatalf("step %d, %s: %v", i, what, err)
			}
			c.compare(t, m, stored, i, i%5 == 0)
		}
		for _, what := range []string{"offer", "accept", "revoke", "time"} {
			if did[what] < steps/40 {
				t.Errorf("%s happened %d times in %d steps", what, did[what], steps)
			}
		}
		if bad := c.sick(t); len(bad) > 0 {
			t.Errorf("doctor: %v", bad)
		}
		kerneltest.Keep(t, c.DB, "mandates", map[string]any{"proof": "mandates given, accepted, used, taken back and outlived at random: after each step what everybody may is what a slow model says",
			"n": steps, "did": did, "seconds": time.Since(began).Seconds()})
	})
}

// private opens a dossier for the person of the parties, by one who may act for him once.
func (c *crowd) private(t *testing.T, code int) (*dossier.Dossier, error) {
	t.Helper()
	var n id.ID
	c.write(t, func(tx *db.Tx) (err error) {
		n, err = c.Book.Offer(tx, c.fresh(t, c.persons[5].ID), who.Mandate{Holder: c.persons[4].ID, Org: c.persons[5].ID, Powers: []who.Power{who.File}, Services: []string{c.kinds[code]}})
		if err == nil {
			err = c.Book.Accept(tx, c.persons[4], n)
		}
		return err
	})
	d, err := c.open(t, c.persons[4].ID, code, 0, c.persons[5].ID)
	c.write(t, func(tx *db.Tx) error { return c.Book.Revoke(tx, c.persons[5], n) })
	return d, err
}

// compare asks the program and the model everything.
func (c *crowd) compare(t *testing.T, m *model, stored []*dossier.Dossier, step int, lists bool) {
	t.Helper()
	for _, x := range c.persons {
		var p who.Person
		if err := c.DB.Read(t.Context(), func(tx *db.Tx) (err error) { p, err = c.Book.Find(tx, x.ID); return err }); err != nil {
			t.Fatal(err)
		}
		for _, party := range c.orgs {
			for _, kind := range c.kinds {
				for _, do := range who.Powers() {
					if got, want := p.May(do, kind, party), m.may(p.ID, do, kind, party); got != want {
						t.Fatalf("step %d: %s may %s in %s for %s: %t, the model says %t", step, p.ID, do, kind, party, got, want)
					}
				}
			}
		}
		if !lists {
			continue
		}
		rows, _, err := c.Engine.Rows(t.Context(), dossier.List{Me: p})
		if err != nil {
			t.Fatal(err)
		}
		for _, d := range stored {
			want := m.may(p.ID, who.Follow, d.Kind, d.Org)
			if got := slices.ContainsFunc(rows, func(r *dossier.Dossier) bool { return r.ID == d.ID }); got != want {
				t.Fatalf("step %d: the list of %s has dossier %s of %s: %t, the model says %t", step, p.ID, d.ID, d.Org, got, want)
			}
			if got := c.Engine.MayRead(p, d); got != want {
				t.Fatalf("step %d: %s may read dossier %s: %t, the model says %t", step, p.ID, d.ID, got, want)
			}
		}
	}
}
