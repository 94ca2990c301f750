//go:build linux

package prove

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// long is whether whole campaigns run.
var long = os.Getenv("MOTCUA_LONG") != ""

// own is the tests' folder: the binary, and the only settings file it is given.
var own string

func TestMain(m *testing.M) {
	if address := os.Getenv(hastyAddress); address != "" {
		hasty(address, os.Getenv(hastyFile))
		return
	}
	var err error
	if own, err = os.MkdirTemp("", "motcua-prove-"); err == nil {
		err = os.WriteFile(filepath.Join(own, "settings.yaml"), []byte("node: prove.localhost\n"), 0o600)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	code := m.Run()
	os.RemoveAll(own)
	os.Exit(code)
}

// binary is the program as it ships, built once.
var binary = sync.OnceValues(func() (string, error) {
	if name := os.Getenv("MOTCUA_TEST_BINARY"); name != "" {
		return filepath.Abs(name)
	}
	name := filepath.Join(own, "motcua")
	cmd := exec.Command("go", "build", "-trimpath", "-o", name, "motcua")
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
	out, err := cmd.CombinedOutput()
	if err != nil {
		err = fmt.Errorf("go build: %w\n%s", err, out)
	}
	return name, err
})

// A program is one running process.
type program struct {
	t       testing.TB
	cmd     *exec.Cmd
	address string
	url     string
	out     said
	err     said
	gone    chan struct{} // closed once the process is reaped
}

// A said is what a process says, readable while it speaks.
type said struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (s *said) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.Write(p)
}

func (s *said) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.String()
}

// start starts a process in a group of its own, which dies with the tests.
func start(t testing.TB, address string, cmd *exec.Cmd) *program {
	t.Helper()
	p := &program{t: t, cmd: cmd, address: address, url: "http://" + address, gone: make(chan struct{})}
	cmd.Stdout, cmd.Stderr = &p.out, &p.err
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	go func() { cmd.Wait(); close(p.gone) }()
	t.Cleanup(func() {
		if p.alive() {
			syscall.Kill(cmd.Process.Pid, syscall.SIGKILL)
			<-p.gone
		}
	})
	return p
}

func (p *program) alive() bool {
	select {
	case <-p.gone:
		return false
	default:
		return true
	}
}

// ready waits until the program takes work.
func (p *program) ready() {
	p.t.Helper()
	var last string
	for end := time.Now().Add(20 * time.Second); time.Now().Before(end) && p.alive(); time.Sleep(10 * time.Millisecond) {
		r, err := http.Get(p.url + "/readyz")
		if err != nil {
			last = err.Error()
			continue
		}
		b, _ := io.ReadAll(r.Body)
		r.Body.Close()
		if r.StatusCode == http.StatusOK {
			return
		}
		last = string(b)
	}
	p.t.Fatalf("the program does not get ready: %s; it said %s%s", last, &p.out, &p.err)
}

// kill ends the program as a power cut would, and asserts that it is dead: ended
// by that signal, no process of its number, nobody at its address.
func (p *program) kill() {
	p.t.Helper()
	pid := p.cmd.Process.Pid
	if err := syscall.Kill(pid, syscall.SIGKILL); err != nil {
		p.t.Fatalf("the victim was dead before it was killed: %v; it said %s%s", err, &p.out, &p.err)
	}
	<-p.gone
	if s := p.cmd.ProcessState.Sys().(syscall.WaitStatus); !s.Signaled() || s.Signal() != syscall.SIGKILL {
		p.t.Fatalf("the victim was not killed: %v", p.cmd.ProcessState)
	}
	if err := syscall.Kill(pid, 0); !errors.Is(err, syscall.ESRCH) {
		p.t.Fatalf("process %d is still there: %v", pid, err)
	}
	if c, err := net.Dial("tcp", p.address); err == nil {
		c.Close()
		p.t.Fatalf("somebody still listens on %s", p.address)
	}
}

// stop asks the program to end and returns its exit code.
func (p *program) stop() int {
	p.t.Helper()
	if err := p.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		p.t.Fatalf("stop: %v; it said %s%s", err, &p.out, &p.err)
	}
	return p.ended()
}

// ended waits for the program's end and returns its exit code.
func (p *program) ended() int {
	p.t.Helper()
	select {
	case <-p.gone:
	case <-time.After(30 * time.Second):
		p.t.Fatalf("the program does not end; it said %s%s", &p.out, &p.err)
	}
	return p.cmd.ProcessState.ExitCode()
}

// freeAddress is an address on this machine that nobody listens on, below the
// ports that the kernel gives to clients: a program can come back to it.
func freeAddress(t testing.TB) string {
	t.Helper()
	for range 100 {
		address := fmt.Sprintf("127.0.0.1:%d", 20000+rand.IntN(12000))
		if l, err := net.Listen("tcp", address); err == nil {
			l.Close()
			return address
		}
	}
	t.Fatal("no free port")
	return ""
}

// command is the binary with words of a command line, and nothing of the
// environment that could change what it does.
func command(t testing.TB, words ...string) *exec.Cmd {
	t.Helper()
	name, err := binary()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(name, words...)
	for _, e := range os.Environ() {
		if !strings.HasPrefix(e, "MOTCUA_") {
			cmd.Env = append(cmd.Env, e)
		}
	}
	cmd.Env = append(cmd.Env, "MOTCUA_CONFIG="+filepath.Join(own, "settings.yaml"))
	return cmd
}

// A result is a command that ran to its end.
type result struct {
	code     int
	out, err string
}

// run runs a command to its end.
func run(t testing.TB, words ...string) result {
	t.Helper()
	cmd := command(t, words...)
	var out, errs bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errs
	most := 2 * time.Minute
	if long {
		most = time.Hour // doctor reads every act of two million dossiers
	}
	ctx, cancel := context.WithTimeout(t.Context(), most)
	defer cancel()
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	select {
	case <-ended:
	case <-ctx.Done():
		cmd.Process.Kill()
		<-ended
		t.Fatalf("motcua %s does not end: %s%s", strings.Join(words, " "), &out, &errs)
	}
	return result{cmd.ProcessState.ExitCode(), out.String(), errs.String()}
}

func (r result) String() string { return fmt.Sprintf("exit code %d\n%s%s", r.code, r.out, r.err) }
