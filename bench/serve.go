package main

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"os"
	"path/filepath"
	"runtime/pprof"
	"time"

	"motcua/base/db"
	"motcua/base/id"
	"motcua/base/web"
	"motcua/bench/nation"
	"motcua/kernel"
	"motcua/kernel/api"
	"motcua/kernel/door"
	"motcua/kernel/inbox"
	"motcua/kernel/paper"
	"motcua/kernel/play"
	"motcua/kernel/reported"
	"motcua/kernel/second"
	"motcua/kernel/track"
	"motcua/kernel/who"
	"motcua/packs/vn2020"
	"motcua/systems/board"
	"motcua/systems/eid"
	"motcua/systems/portal"
	"motcua/systems/sync"
)

// A served is what a serving child tells on its first line.
type served struct {
	URL   string          `json:"url"`
	Token string          `json:"token"`
	Body  json.RawMessage `json:"body"`  // of a filing
	First id.ID           `json:"first"` // the dossier of the play, whose copies fill the database
	Asks  string          `json:"asks"`  // session of the citizen
	Works string          `json:"works"` // session of an official of the body
	Syncs string          `json:"syncs"` // token of a program that reports for every sender of the nation
	Sees  string          `json:"sees"`  // session of a leader of the sender with the most dossiers
	// Portals that sign people in here, by the algorithm that signs for them.
	Portals map[string]id.ID `json:"portals"`
	Found   int              `json:"found"` // by a recount
}

// serve is the child: the whole product on a fresh folder, with one citizen who files.
func serve(args []string) error {
	f := flag.NewFlagSet("serve", flag.ContinueOnError)
	dir, url, group, n := f.String("dir", "", ""), f.String("db", "", ""), f.Int("group", 0, ""), f.Int("fill", 0, "")
	again := f.Bool("again", false, "on a database of an earlier child")
	if err := f.Parse(args); err != nil {
		return err
	}
	ctx, stop := context.WithCancel(context.Background())
	defer stop()
	a, err := openApp(ctx, *dir, *url)
	if err != nil {
		return err
	}
	defer a.Close()
	if *group > 0 {
		a.DB.Group(*group)
	}
	var said served
	known := filepath.Join(*dir, "served.json")
	if *again {
		var b []byte
		if b, err = os.ReadFile(known); err == nil {
			err = json.Unmarshal(b, &said)
		}
	} else {
		if said, err = settle(ctx, a); err == nil {
			err = settleSenders(ctx, a, &said)
		}
		if err == nil {
			err = fill(ctx, a.DB, said.First, *n)
			for more := 1; more > 0 && err == nil; {
				more, err = a.Log.Sequence(ctx)
			}
		}
	}
	if err != nil {
		return err
	}
	h, err := a.Handler()
	if err != nil {
		return err
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	said.URL = "http://" + l.Addr().String()
	b, err := json.Marshal(said)
	if err == nil {
		err = os.WriteFile(known, b, 0o600)
	}
	if err != nil {
		return err
	}
	if name := os.Getenv("BENCH_PROFILE"); name != "" {
		out, err := os.Create(name)
		if err != nil {
			return err
		}
		if err := pprof.StartCPUProfile(out); err != nil {
			return err
		}
		defer pprof.StopCPUProfile()
	}
	web.Tune()
	go a.Run(ctx)
	go http.Serve(l, h)
	fmt.Println(string(b))
	_, err = io.Copy(io.Discard, os.Stdin) // the parent closes it
	return err
}

// openApp is the product in a folder, on a database.
func openApp(ctx context.Context, dir, url string) (*kernel.App, error) {
	country, err := vn2020.Country()
	if err != nil {
		return nil, err
	}
	pack, err := kernel.ReadPack(vn2020.Files, country, vn2020.PersonID)
	if err != nil {
		return nil, err
	}
	front := kernel.Front{Path: func(s string) string { return "/assets/" + s }, Files: http.NotFoundHandler()}
	c := kernel.Config{DB: url, Dir: dir, URL: "http://bench", Node: "bench.example", Secret: make([]byte, 32), Land: "VN", From: "bench@example.vn",
		Before: []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}} // so that each who signs in comes from an address of his own
	a, err := kernel.Open(ctx, c, pack, front, []kernel.System{door.System(), second.System(), track.System(), reported.System(), inbox.System(), paper.System(), api.System(),
		portal.System(), sync.System(), board.System(), eid.System()})
	if err != nil {
		return nil, err
	}
	self, err := os.Executable()
	a.Guard.Elsewhere(self, "hash")
	return a, err
}

// recount is the child that counts all figures anew from what they rest on,
// and tells what is not as it should be.
func recount(args []string) error {
	f := flag.NewFlagSet("recount", flag.ContinueOnError)
	dir, url := f.String("dir", "", ""), f.String("db", "", "")
	if err := f.Parse(args); err != nil {
		return err
	}
	ctx := context.Background()
	a, err := openApp(ctx, *dir, *url)
	if err != nil {
		return err
	}
	defer a.Close()
	found, err := a.Engine.Projections(ctx, false)
	if err != nil {
		return err
	}
	for _, x := range found {
		fmt.Fprintln(os.Stderr, x)
	}
	return json.NewEncoder(os.Stdout).Encode(served{Found: len(found)})
}

// long is how long sessions last: a curve takes hours, and may be gone on with another day.
const long = 30 * 24 * time.Hour

// people have accounts to sign in to, beside the official.
const people = 250

// password is the official's, and theirs.
const password = "đo cho thật công bằng"

// settle registers the citizen, his token and his papers.
func settle(ctx context.Context, a *kernel.App) (s served, err error) {
	p := a.Procedures.Get("1.001193")
	x := p.Examples[0]
	var me who.Person
	err = a.DB.Write(ctx, func(tx *db.Tx) error {
		if me, err = a.Book.Add(tx, who.Person{}, who.Person{Login: "bench", Name: "Thử Nghiệm", Email: "bench@example.vn", Phone: "0900000000"}, ""); err != nil {
			return err
		}
		s.Token, err = a.Sessions.Make(tx, web.Token, me.ID, "read write", "bench", long)
		return err
	})
	if err != nil {
		return s, err
	}
	if err := settlePortals(ctx, a, &s, me); err != nil {
		return s, err
	}
	stage := &play.Stage{App: a, Engine: a.Engine, Blobs: a.Blobs, Cast: play.Cast{"applicant": me}, File: map[string]id.ID{}}
	d, err := stage.Open(ctx, p.Kind(), x)
	if err != nil {
		return s, err
	}
	s.First = d.ID
	hash, err := a.Guard.Hash(ctx, who.Person{}, password)
	if err != nil {
		return s, err
	}
	err = a.DB.Write(ctx, func(tx *db.Tx) error {
		works, err := a.Book.Add(tx, who.Person{}, who.Person{Login: "works", Name: "Cán Bộ Thử", Email: "works@example.vn", Phone: "0900000001"}, hash)
		if err != nil {
			return err
		}
		for n := range people {
			login := fmt.Sprint("person", n)
			if _, err := a.Book.Add(tx, who.Person{}, who.Person{Login: login, Name: login, Email: login + "@example.vn", Phone: "0900000003"}, hash); err != nil {
				return err
			}
		}
		if err := a.Book.Grant(tx, who.Person{}, works.ID, who.Clerk, x.Body, 0, time.Time{}); err != nil {
			return err
		}
		if s.Works, err = a.Sessions.Make(tx, web.Browser, works.ID, "password app", "", long); err != nil {
			return err
		}
		s.Asks, err = a.Sessions.Make(tx, web.Browser, me.ID, "", "", long)
		return err
	})
	if err != nil {
		return s, err
	}
	papers := map[string][]id.ID{}
	for paper, sort := range x.Papers {
		papers[paper] = []id.ID{stage.File[me.ID.String()+sort]}
	}
	s.Body, err = json.Marshal(map[string]any{"kind": p.Kind().Name, "body": x.Body, "answers": x.Answers, "papers": papers})
	return s, err
}

// settleSenders registers a program that may report for every sender, and a
// leader of the largest.
func settleSenders(ctx context.Context, a *kernel.App, s *served) error {
	return a.DB.Write(ctx, func(tx *db.Tx) error {
		p, err := a.Book.Add(tx, who.Person{}, who.Person{Login: "senders", Name: "Đồng Bộ", Email: "s@example.vn", Phone: "0900000001"}, "")
		if err != nil {
			return err
		}
		senders := nation.New(seed, 100).Senders
		for _, x := range senders {
			if err := a.Book.Grant(tx, who.Person{}, p.ID, who.Officer, x.Body, 0, time.Time{}); err != nil {
				return err
			}
		}
		if s.Syncs, err = a.Sessions.Make(tx, web.Token, p.ID, "sync", "bench", long); err != nil {
			return err
		}
		leads, err := a.Book.Add(tx, who.Person{}, who.Person{Login: "leads", Name: "Lãnh Đạo", Email: "l@example.vn", Phone: "0900000002"}, "")
		if err != nil {
			return err
		}
		if err := a.Book.Grant(tx, who.Person{}, leads.ID, who.Leader, senders[0].Body, 0, time.Time{}); err != nil {
			return err
		}
		s.Sees, err = a.Sessions.Make(tx, web.Browser, leads.ID, "password app", "", long)
		return err
	})
}
