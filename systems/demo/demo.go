// Package demo is a small invented nation to try everything on: people, bodies
// at work, dossiers in every state, and a simulation that keeps filing and deciding.
//
// Everything in it is plainly invented and marked DEMO. It is mounted by motcua demo alone.
package demo

import (
	"context"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"math/rand/v2"
	"slices"
	"sync"
	"time"

	"motcua/base/data"
	"motcua/base/db"
	"motcua/base/fault"
	"motcua/base/id"
	"motcua/base/post"
	"motcua/base/web"
	"motcua/kernel"
	"motcua/kernel/form"
	"motcua/kernel/level"
	"motcua/kernel/play"
	"motcua/kernel/procedure"
	"motcua/kernel/rights"
	"motcua/kernel/vandal"
	"motcua/kernel/who"
)

//go:embed texts.yaml
var texts embed.FS

//go:embed names.yaml
var names []byte

//go:embed suggestions.yaml
var suggestions []byte

// A Nation is the invented people of one demo.
type Nation struct {
	People  []Person // the six whose links are printed
	app     *kernel.App
	rng     *rand.Rand
	words   words
	staff   map[string]map[who.Role][]who.Person // by body
	bodies  []string
	twins   map[string][]string // bodies like one of bodies, in other provinces
	crowd   []who.Person
	company id.ID
	owner   who.Person
	mu      sync.Mutex
	open    []going
}

// A Person is one of the six.
type Person struct {
	who.Person
	Role string
}

// words are names to invent people from.
type words struct {
	Family []string          `yaml:"family"`
	Middle []string          `yaml:"middle"`
	Given  []string          `yaml:"given"`
	Six    map[string]string `yaml:"six"` // names of the six by role
	Firm   string            `yaml:"firm"`
	Mark   string            `yaml:"mark"` // what marks a name as invented
}

// going is a story under way in the simulation.
type going struct {
	stage *play.Stage
	d     id.ID
	x     procedure.Example
	turn  int
}

// System is the demo's pages: the outbox, where mail and SMS go, its clock, and
// what becomes of those who cheat on a copy.
func System(c *Clock, copy Copier) kernel.System {
	links := []kernel.Link{{At: kernel.Foot, Path: "/demo/outbox", Text: "demo.outbox", Who: kernel.Anyone()}, {At: kernel.Foot, Path: "/demo/cheat", Text: "demo.cheat", Who: kernel.Anyone()}}
	return kernel.System{Name: "demo", Texts: []fs.FS{texts, vandal.Texts}, Links: links, Routes: func(*kernel.App) []kernel.Route {
		all := append(c.routes(), kernel.Route{Pattern: "GET /demo/outbox", Who: kernel.Anyone(), Do: outbox})
		return append(all, (&cheats{copy: copy, done: map[string]*vandal.Verdict{}}).routes()...)
	}}
}

func outbox(r *kernel.Request) (web.Answer, error) {
	all, err := post.List(r.Context(), r.App.DB, 0, 50)
	if err != nil {
		return web.Answer{}, err
	}
	return web.Show(outboxPage(r, all))
}

var roles = map[string]who.Role{"clerk": who.Clerk, "officer": who.Officer, "leader": who.Leader, "admin": who.Admin}

// order of the six when printed.
var six = []string{"citizen", "business", "clerk", "officer", "leader", "admin"}

// Found finds the nation in a's database, or founds it.
func Found(ctx context.Context, a *kernel.App) (*Nation, error) {
	n := &Nation{app: a, rng: rand.New(rand.NewPCG(2020, 3)), staff: map[string]map[who.Role][]who.Person{}}
	if err := data.Read("names.yaml", names, &n.words); err != nil {
		return nil, err
	}
	seen := map[string]bool{}
	for _, p := range a.Procedures.All() {
		for _, x := range p.Examples {
			if !seen[x.Body] {
				seen[x.Body] = true
				n.bodies = append(n.bodies, x.Body)
			}
		}
	}
	n.spread()
	if err := n.recall(ctx); err == nil || !errors.Is(err, fault.NotFound) {
		return n, err
	}
	if err := n.settle(ctx); err != nil {
		return n, err
	}
	return n, n.answer(ctx)
}

// Fresh reports whether the nation was founded just now.
func (n *Nation) Fresh() bool { return len(n.crowd) > 0 }

// recall finds the six of an earlier run.
func (n *Nation) recall(ctx context.Context) error {
	return n.app.DB.Read(ctx, func(tx *db.Tx) error {
		for _, role := range six {
			p, err := n.app.Book.ByLogin(tx, role)
			if err != nil {
				return err
			}
			n.People = append(n.People, Person{p, role})
			if role == "business" && len(p.Mandates) > 0 {
				n.company, n.owner = p.Mandates[0].Org, p
			}
		}
		for _, b := range n.bodies {
			n.staff[b] = map[who.Role][]who.Person{}
			for _, p := range n.People {
				if r, ok := roles[p.Role]; ok && r != who.Admin {
					n.staff[b][r] = []who.Person{p.Person}
				}
			}
		}
		return nil
	})
}

// settle registers everybody: the six, about 200 officials, 60 citizens.
func (n *Nation) settle(ctx context.Context) error {
	a := n.app
	return a.DB.Write(ctx, func(tx *db.Tx) error {
		n.People, n.crowd = nil, nil
		nobody := who.Person{}
		for i, role := range six {
			p, err := a.Book.Add(tx, nobody, who.Person{Login: role, Name: n.words.Six[role] + " " + n.words.Mark, Number: fmt.Sprintf("0010900%05d", i+1),
				Phone: fmt.Sprintf("09000000%02d", i+1), Email: role + "@example.vn", Born: "1990-01-01"}, "")
			if err != nil {
				return err
			}
			switch r := roles[role]; {
			case role == "citizen":
				err = level.Reach(tx, a.Book, p, p.ID, known(p))
			case role == "business":
				if n.company, err = a.Book.AddOrg(tx, p, n.words.Firm, "0100000001"); err == nil {
					err = a.Book.Mandate(tx, p, p.ID, n.company)
				}
				if err == nil { // he founds companies too
					err = level.Reach(tx, a.Book, p, p.ID, known(p))
				}
			case r == who.Admin:
				err = a.Book.Grant(tx, nobody, p.ID, r, "", 0, time.Time{})
			case r != "":
				for _, b := range n.bodies {
					if err == nil {
						err = a.Book.Grant(tx, nobody, p.ID, r, b, 0, time.Time{})
					}
				}
			}
			if err != nil {
				return err
			}
			if p, err = a.Book.Find(tx, p.ID); err != nil {
				return err
			}
			n.People = append(n.People, Person{p, role})
			if role == "business" {
				n.owner = p
			}
		}
		each := max(1, 200/(len(n.bodies)*4))
		for _, b := range slices.Concat(n.bodies, slices.Concat(slices.Collect(maps.Values(n.twins))...)) {
			if n.staff[b] != nil {
				continue
			}
			n.staff[b] = map[who.Role][]who.Person{}
			for role, count := range map[who.Role]int{who.Clerk: each, who.Officer: 2 * each, who.Leader: 1} {
				for range count {
					p, err := n.invent(tx)
					if err != nil {
						return err
					}
					if err := a.Book.Grant(tx, nobody, p.ID, role, b, 0, time.Time{}); err != nil {
						return err
					}
					p.Grants = []who.Grant{{Role: role, Body: b}}
					n.staff[b][role] = append(n.staff[b][role], p)
				}
			}
		}
		for range 60 {
			p, err := n.invent(tx)
			if err != nil {
				return err
			}
			if err := level.Reach(tx, a.Book, p, p.ID, known(p)); err != nil {
				return err
			}
			if p, err = a.Book.Find(tx, p.ID); err != nil {
				return err
			}
			n.crowd = append(n.crowd, p)
		}
		return n.wish(tx)
	})
}

// wish lets an administrator of the first body ask for a role that the node's
// administrator may approve: two pairs of eyes are there from the first minute.
func (n *Nation) wish(tx *db.Tx) error {
	if len(n.bodies) == 0 {
		return nil
	}
	body := n.bodies[0]
	by, err := n.invent(tx)
	if err == nil {
		err = n.app.Book.Grant(tx, who.Person{}, by.ID, who.Admin, body, 0, time.Time{})
	}
	var to who.Person
	if err == nil {
		to, err = n.invent(tx)
	}
	if err == nil {
		err = n.app.Book.Grant(tx, by, to.ID, who.Officer, body, 0, time.Time{})
	}
	if err == nil {
		_, err = rights.Give(tx, n.app, by, 0, to, who.Leader, body, time.Time{})
	}
	return err
}

// known is the proof of who has been found in the population register.
func known(p who.Person) level.Proof {
	return level.Proof{Level: who.Substantial, Way: "register", Number: p.Number, Name: p.Name, Born: p.Born}
}

// invent registers one invented person without an account.
func (n *Nation) invent(tx *db.Tx) (who.Person, error) {
	return n.app.Book.Add(tx, who.Person{}, who.Person{Name: n.name(), Number: fmt.Sprintf("0010%02d%06d", n.rng.IntN(90), n.rng.IntN(1_000_000)),
		Phone: fmt.Sprintf("0900%06d", n.rng.IntN(1_000_000)), Email: "demo@example.vn", Born: "1985-05-05"}, "")
}

func (n *Nation) name() string {
	w := n.words
	pick := func(all []string) string { return all[n.rng.IntN(len(all))] }
	return pick(w.Family) + " " + pick(w.Middle) + " " + pick(w.Given)
}

// Links makes a one-time sign-in link for each of the six, and a token for the API.
func (n *Nation) Links(ctx context.Context) (links, tokens map[string]string, err error) {
	links, tokens = map[string]string{}, map[string]string{}
	err = n.app.DB.Write(ctx, func(tx *db.Tx) error {
		for _, p := range n.People {
			s, err := n.app.Sessions.Make(tx, web.OneTime, p.ID, "sign-in", "DEMO "+p.Role, 24*time.Hour)
			if err != nil {
				return err
			}
			links[p.Role] = n.app.URL + "/once/" + s
			if tokens[p.Role], err = n.app.Sessions.Make(tx, web.Token, p.ID, "read write", "DEMO", 24*time.Hour); err != nil {
				return err
			}
		}
		return nil
	})
	return links, tokens, err
}

// stage is a story's place: who files and who decides there.
func (n *Nation) stage(body string, x procedure.Example) *play.Stage {
	n.mu.Lock()
	defer n.mu.Unlock()
	s := &play.Stage{App: n.app, Engine: n.app.Engine, Blobs: n.app.Blobs, Cast: play.Cast{}}
	for role, name := range map[who.Role]string{who.Clerk: "clerk", who.Officer: "officer", who.Leader: "leader"} {
		if all := n.staff[body][role]; len(all) > 0 {
			s.Cast[name] = all[n.rng.IntN(len(all))]
		}
	}
	s.Cast["applicant"] = n.People[0].Person
	if len(n.crowd) > 0 && n.rng.IntN(12) > 0 {
		s.Cast["applicant"] = n.crowd[n.rng.IntN(len(n.crowd))]
	}
	if x.Applicant == "business" {
		s.Cast["applicant"], s.Org = n.owner, n.company
	}
	return s
}

// vary gives the answers of an example other names, so that lists are alive.
func (n *Nation) vary(subject []string) func(form.Answers) {
	return func(a form.Answers) {
		n.mu.Lock()
		defer n.mu.Unlock()
		for _, f := range subject {
			if _, ok := a[f].(string); ok {
				a[f] = n.name()
			}
		}
	}
}
