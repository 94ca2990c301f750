package kernel

import (
	"os"
	"runtime"
	"runtime/debug"
)

// Tune sets the runtime of a serving program.
//
// The collector runs when three times the memory in use is held, instead of
// twice: a node uses some 50 MB at rest, and collecting was a tenth of what a
// filing costs. GOGC, where it is set, decides.
//
// Goroutines run on twice as many threads as there are cores, for as many may
// hash passwords, in threads of low rank: so who reads a page always finds one.
func Tune() {
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(200)
	}
	if os.Getenv("GOMAXPROCS") == "" {
		runtime.GOMAXPROCS(2 * runtime.GOMAXPROCS(0))
	}
}
