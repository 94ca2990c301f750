// Command tessera is the peer of the ledger's appending: Tessera on a POSIX file
// system, which stores the same tiles. It is a module of its own, so that nothing
// it needs enters the product.
//
//	go run . FOLDER ENTRIES GROUP
//
// It adds entries of 32 random bytes, GROUP at a time, each of them waited for until
// it is durable, and at the end the checkpoint that covers them. It prints the CPU
// of the whole process for that as microseconds.
package main

import (
	"context"
	"crypto/rand"
	"fmt"
	"os"
	"strconv"
	"syscall"
	"time"

	"github.com/transparency-dev/tessera"
	"github.com/transparency-dev/tessera/storage/posix"
	"golang.org/x/mod/sumdb/note"
)

func main() {
	if err := run(context.Background()); err != nil {
		fmt.Fprintln(os.Stderr, "tessera:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context) error {
	if len(os.Args) != 4 {
		return fmt.Errorf("usage: tessera FOLDER ENTRIES GROUP")
	}
	many, err := strconv.Atoi(os.Args[2])
	if err != nil {
		return err
	}
	group, err := strconv.Atoi(os.Args[3])
	if err != nil {
		return err
	}
	driver, err := posix.New(ctx, posix.Config{Path: os.Args[1]})
	if err != nil {
		return err
	}
	secret, _, err := note.GenerateKey(rand.Reader, "bench.example/ledger")
	if err != nil {
		return err
	}
	signer, err := note.NewSigner(secret)
	if err != nil {
		return err
	}
	options := tessera.NewAppendOptions().WithCheckpointSigner(signer).WithCheckpointInterval(time.Second).WithBatching(uint(group), 5*time.Millisecond)
	log, shutdown, reader, err := tessera.NewAppender(ctx, driver, options)
	if err != nil {
		return err
	}
	entries := make([][]byte, many)
	for i := range entries {
		entries[i] = make([]byte, 32)
		rand.Read(entries[i])
	}
	before := used()
	var last tessera.IndexFuture
	for from := 0; from < many; from += group {
		var some []tessera.IndexFuture
		for _, e := range entries[from:min(many, from+group)] {
			some = append(some, log.Add(ctx, tessera.NewEntry(e)))
		}
		for _, f := range some {
			if _, err := f(); err != nil {
				return err
			}
		}
		last = some[len(some)-1]
	}
	if _, _, err := tessera.NewPublicationAwaiter(ctx, reader.ReadCheckpoint, 100*time.Millisecond).Await(ctx, last); err != nil {
		return err
	}
	fmt.Println((used() - before).Microseconds())
	return shutdown(ctx)
}

// used is the CPU of this process so far.
func used() time.Duration {
	var r syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &r); err != nil {
		return 0
	}
	return time.Duration(r.Utime.Nano() + r.Stime.Nano())
}
