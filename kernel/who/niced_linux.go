package who

import (
	"runtime"
	"syscall"
)

// niced runs f in a thread of its own that gives way to all others: hashing a
// password takes a core for some 30 ms, and who reads a page does not wait for it.
func niced(f func()) {
	done := make(chan struct{})
	go func() {
		defer close(done)
		runtime.LockOSThread() // never unlocked: the thread ends with f, and its low rank with it
		_ = syscall.Setpriority(syscall.PRIO_PROCESS, syscall.Gettid(), 10)
		f()
	}()
	<-done
}
