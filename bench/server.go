package main

import (
	"bufio"
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"runtime/pprof"
	"strconv"
	"strings"
	"syscall"
	"time"

	"motcua/base/db"
	"motcua/base/id"
	"motcua/base/web"
	"motcua/kernel"
	"motcua/kernel/api"
	"motcua/kernel/door"
	"motcua/kernel/inbox"
	"motcua/kernel/paper"
	"motcua/kernel/play"
	"motcua/kernel/track"
	"motcua/kernel/who"
	"motcua/packs/vn2020"
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
}

// serveFiling is the child: the whole product on a fresh folder, with one citizen who files.
func serveFiling(args []string) error {
	f := flag.NewFlagSet("serve", flag.ContinueOnError)
	dir, url, group, n := f.String("dir", "", ""), f.String("db", "", ""), f.Int("group", 0, ""), f.Int("fill", 0, "")
	again := f.Bool("again", false, "on a database of an earlier child")
	if err := f.Parse(args); err != nil {
		return err
	}
	ctx, stop := context.WithCancel(context.Background())
	defer stop()
	country, err := vn2020.Country()
	if err != nil {
		return err
	}
	pack, err := kernel.ReadPack(vn2020.Files, country, vn2020.PersonID)
	if err != nil {
		return err
	}
	front := kernel.Front{Path: func(s string) string { return "/assets/" + s }, Files: http.NotFoundHandler()}
	c := kernel.Config{DB: *url, Dir: *dir, URL: "http://bench", Node: "bench.example", Secret: make([]byte, 32), Land: "VN", From: "bench@example.vn"}
	a, err := kernel.Open(ctx, c, pack, front, []kernel.System{door.System(), track.System(), inbox.System(), paper.System(), api.System(), portal.System(), sync.System()})
	if err != nil {
		return err
	}
	defer a.Close()
	if *group > 0 {
		a.DB.Group(*group)
	}
	var said served
	if !*again {
		if said, err = settle(ctx, a); err == nil {
			said.Syncs, err = settleSenders(ctx, a)
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
	kernel.Tune()
	go a.Run(ctx)
	go http.Serve(l, h)
	fmt.Println(string(b))
	_, err = io.Copy(io.Discard, os.Stdin) // the parent closes it
	return err
}

// password is the official's.
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
		s.Token, err = a.Sessions.Make(tx, web.Token, me.ID, "read write", "bench", time.Hour)
		return err
	})
	if err != nil {
		return s, err
	}
	stage := &play.Stage{Engine: a.Engine, Blobs: a.Blobs, Cast: play.Cast{"applicant": me}, File: map[string]id.ID{}}
	d, err := stage.Open(ctx, p.Kind(), x)
	if err != nil {
		return s, err
	}
	s.First = d.ID
	hash, err := a.Guard.Hash(ctx, password)
	if err != nil {
		return s, err
	}
	err = a.DB.Write(ctx, func(tx *db.Tx) error {
		works, err := a.Book.Add(tx, who.Person{}, who.Person{Login: "works", Name: "Cán Bộ Thử", Email: "works@example.vn", Phone: "0900000001"}, hash)
		if err != nil {
			return err
		}
		if err := a.Book.Grant(tx, who.Person{}, works.ID, who.Clerk, x.Body, 0, time.Time{}); err != nil {
			return err
		}
		if s.Works, err = a.Sessions.Make(tx, web.Browser, works.ID, "", "", time.Hour); err != nil {
			return err
		}
		s.Asks, err = a.Sessions.Make(tx, web.Browser, me.ID, "", "", time.Hour)
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

// A child is a serving process.
type child struct {
	served
	cmd *exec.Cmd
	in  io.Closer
}

// start starts a serving child of this program, on a database with n dossiers more.
func start(dir, url string, group, n int) (*child, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, err
	}
	if url == "" {
		url = filepath.Join(dir, "bench.db")
	}
	return startSelf("serve", "--dir", dir, "--db", url, "--group", strconv.Itoa(group), "--fill", strconv.Itoa(n))
}

// startSelf starts this program as a child that tells on its first line where it serves.
func startSelf(args ...string) (*child, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	cmd := exec.Command(self, args...)
	cmd.Stderr = os.Stderr
	in, err := cmd.StdinPipe()
	if err != nil {
		return nil, err
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	c := &child{cmd: cmd, in: in}
	line, err := bufio.NewReader(out).ReadBytes('\n')
	if err == nil {
		err = json.Unmarshal(line, &c.served)
	}
	return c, err
}

// used is the CPU the child has used, in steps of 10 ms, once it has come to rest.
func (c *child) used() time.Duration {
	now := c.ticks()
	for quiet := 0; quiet < 3; {
		time.Sleep(100 * time.Millisecond)
		next := c.ticks()
		if next-now <= 10*time.Millisecond {
			quiet++
		} else {
			quiet = 0
		}
		now = next
	}
	return now
}

func (c *child) ticks() time.Duration {
	b, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", c.cmd.Process.Pid))
	if err != nil {
		return 0
	}
	f := strings.Fields(string(b[strings.LastIndexByte(string(b), ')')+1:]))
	user, _ := strconv.Atoi(f[11])
	sys, _ := strconv.Atoi(f[12])
	return time.Duration(user+sys) * 10 * time.Millisecond
}

// kill ends the child at once and makes sure that it is dead.
func (c *child) kill() error {
	if err := c.cmd.Process.Kill(); err != nil {
		return err
	}
	c.cmd.Wait()
	if c.cmd.ProcessState == nil || c.cmd.ProcessState.Exited() {
		return fmt.Errorf("the server was not killed: %v", c.cmd.ProcessState)
	}
	return nil
}

// resident is the child's memory in MB, by /proc.
func (c *child) resident() float64 {
	b, err := os.ReadFile(fmt.Sprintf("/proc/%d/statm", c.cmd.Process.Pid))
	if err != nil {
		return 0
	}
	f := strings.Fields(string(b))
	pages, _ := strconv.Atoi(f[1])
	return float64(pages*os.Getpagesize()) / (1 << 20)
}

// children is the CPU that children used who have ended.
func children() time.Duration {
	var u syscall.Rusage
	if syscall.Getrusage(syscall.RUSAGE_CHILDREN, &u) != nil {
		return 0
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// serveOnly serves bytes: the child that is the limit of pages.
func serveOnly(args []string) error {
	f := flag.NewFlagSet("bytes", flag.ContinueOnError)
	name := f.String("file", "", "")
	if err := f.Parse(args); err != nil {
		return err
	}
	h, err := serveBytes(*name)
	if err != nil {
		return err
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	b, err := json.Marshal(served{URL: "http://" + l.Addr().String()})
	if err != nil {
		return err
	}
	fmt.Println(string(b))
	go http.Serve(l, h)
	_, err = io.Copy(io.Discard, os.Stdin)
	return err
}
