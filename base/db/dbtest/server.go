package dbtest

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
)

// One server serves the test programs of every package, which go test runs side
// by side. Each holds a shared lock on a file while it lives (the kernel frees
// it, however the program ends). A small shell beside the server takes the lock
// for itself once nobody has held it for some seconds, and stops the server.
//
// Its folder, with the socket it listens on, is in memory where there is room:
// making and dropping a database per test syncs a thousand files.

// watch is that shell's program: lock file, folder.
const watch = `while sleep 3; do
	flock -n "$1" sh -c 'kill -QUIT $(head -n 1 "$0/data/postmaster.pid"); sleep 0.2; rm -rf "$0"' "$2" && exit
done`

var localServer = sync.OnceValues(startServer)

func startServer() (server string, err error) {
	dir := filepath.Join(roomiest(), "motcua-postgres-"+strconv.Itoa(os.Getuid()))
	url := "postgres://postgres@/postgres?host=" + dir

	start, err := lock(dir+".start", syscall.LOCK_EX)
	if err != nil {
		return "", err
	}
	defer syscall.Close(start)
	if _, err := lock(dir+".users", syscall.LOCK_SH); err != nil {
		return "", err
	}
	if alive(dir) {
		return url, nil
	}
	os.RemoveAll(dir)
	if err := os.Mkdir(dir, 0o755); err != nil {
		return "", err
	}
	if _, _, err := Serve(dir, "-c max_connections=300 -c shared_buffers=64MB"); err != nil {
		return "", err
	}
	cmd := exec.Command("sh", "-c", watch, "sh", dir+".users", dir)
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	return url, cmd.Start()
}

// Serve makes a server in dir, with these options beside its usual ones, and
// starts it: it listens on a socket in dir alone. stop ends it at once.
func Serve(dir, options string) (url string, stop func() error, err error) {
	bins, _ := filepath.Glob("/usr/lib/postgresql/*/bin/initdb")
	if len(bins) == 0 {
		return "", nil, errors.New("nothing in /usr/lib/postgresql/*/bin; set MOTCUA_TEST_POSTGRES to a server's url")
	}
	bin := filepath.Dir(bins[len(bins)-1])
	as := &syscall.SysProcAttr{}
	if os.Getuid() == 0 { // initdb and the server refuse root
		u, err := user.Lookup("postgres")
		if err != nil {
			return "", nil, err
		}
		uid, _ := strconv.Atoi(u.Uid)
		gid, _ := strconv.Atoi(u.Gid)
		as.Credential = &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}
		if err := os.Chown(dir, uid, gid); err != nil {
			return "", nil, err
		}
	}
	data := filepath.Join(dir, "data")
	run := func(step ...string) error {
		cmd := exec.Command(step[0], step[1:]...)
		cmd.Dir = dir
		cmd.SysProcAttr = as
		var out bytes.Buffer
		if filepath.Base(step[0]) == "initdb" { // the server would keep a pipe open for ever
			cmd.Stdout, cmd.Stderr = &out, &out
		}
		if err := cmd.Run(); err != nil {
			log, _ := os.ReadFile(filepath.Join(dir, "log"))
			return fmt.Errorf("%s: %w\n%s%s", step[0], err, out.Bytes(), log)
		}
		return nil
	}
	err = run(bin+"/initdb", "-D", data, "-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8", "--no-sync")
	if err == nil {
		err = run(bin+"/pg_ctl", "-D", data, "-w", "-l", filepath.Join(dir, "log"), "start", "-o",
			"-c listen_addresses='' -c unix_socket_directories='"+dir+"' "+options)
	}
	return "postgres://postgres@/postgres?host=" + dir, func() error { return run(bin+"/pg_ctl", "-D", data, "-m", "immediate", "stop") }, err
}

// roomiest is the memory file system if it has a gigabyte free, else the temporary directory.
func roomiest() string {
	const memory = "/dev/shm"
	var s syscall.Statfs_t
	if os.Getenv("TMPDIR") == "" && syscall.Statfs(memory, &s) == nil && uint64(s.Bavail)*uint64(s.Bsize) > 1<<30 {
		return memory
	}
	return os.TempDir()
}

// alive reports whether the server of dir runs.
func alive(dir string) bool {
	b, err := os.ReadFile(filepath.Join(dir, "data", "postmaster.pid"))
	if err != nil {
		return false
	}
	first, _, _ := strings.Cut(string(b), "\n")
	pid, err := strconv.Atoi(first)
	return err == nil && syscall.Kill(pid, 0) != syscall.ESRCH
}

// lock locks the file called name until the descriptor is closed or this program
// ends. A descriptor, not an *os.File, which is closed when nobody refers to it.
func lock(name string, how int) (fd int, err error) {
	fd, err = syscall.Open(name, syscall.O_CREAT|syscall.O_RDWR|syscall.O_CLOEXEC, 0o600)
	if err != nil {
		return 0, fmt.Errorf("lock %s: %w", name, err)
	}
	for {
		if err = syscall.Flock(fd, how); err != syscall.EINTR {
			break
		}
	}
	if err != nil {
		syscall.Close(fd)
		return 0, fmt.Errorf("lock %s: %w", name, err)
	}
	return fd, nil
}
