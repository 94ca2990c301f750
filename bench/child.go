package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// A child is a serving process.
type child struct {
	served
	base  database
	dir   string
	cmd   *exec.Cmd
	in    io.Closer
	ended bool
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
	k := &child{cmd: cmd, in: in}
	line, err := bufio.NewReader(out).ReadBytes('\n')
	if err == nil {
		err = json.Unmarshal(line, &k.served)
	}
	if err != nil {
		return nil, fmt.Errorf("the child %s: %w", args[0], err)
	}
	return k, nil
}

// stop ends the child and waits for it.
func (k *child) stop() {
	if !k.ended {
		k.ended = true
		k.in.Close()
		k.cmd.Wait()
	}
}

// kill ends the child at once and makes sure that it is dead.
func (k *child) kill() error {
	k.ended = true
	if err := k.cmd.Process.Kill(); err != nil {
		return err
	}
	k.cmd.Wait()
	if k.cmd.ProcessState == nil || k.cmd.ProcessState.Exited() {
		return fmt.Errorf("the server was not killed: %v", k.cmd.ProcessState)
	}
	return nil
}

// used is the CPU that the child, its hashing programs and its database have used, in steps of 10 ms, once they have come to rest.
func (k *child) used() time.Duration {
	now := k.now()
	for quiet := 0; quiet < 3; {
		time.Sleep(100 * time.Millisecond)
		next := k.now()
		if next-now <= 10*time.Millisecond {
			quiet++
		} else {
			quiet = 0
		}
		now = next
	}
	return now
}

func (k *child) now() time.Duration {
	return usedBy(k.cmd.Process.Pid) + k.base.pg.used()
}

// resident is the memory of the child and its hashing programs in MB.
func (k *child) resident() float64 { return k.memory("VmRSS:") }

// peak is the most memory each of them ever had in RAM, in MB.
func (k *child) peak() float64 { return k.memory("VmHWM:") }

func (k *child) memory(name string) float64 {
	kb := 0
	for _, pid := range family(k.cmd.Process.Pid) {
		b, err := os.ReadFile("/proc/" + pid + "/status")
		if err != nil {
			continue // it ended meanwhile
		}
		_, rest, _ := strings.Cut(string(b), name)
		n, _ := strconv.Atoi(append(strings.Fields(rest), "0")[0])
		kb += n
	}
	return float64(kb) / 1024
}

// ended is the CPU that children used who have ended.
func ended() time.Duration {
	var u syscall.Rusage
	if syscall.Getrusage(syscall.RUSAGE_CHILDREN, &u) != nil {
		return 0
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
