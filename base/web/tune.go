package web

import (
	"os"
	"runtime/debug"
)

// Tune sets the runtime of a serving program.
//
// The collector runs when three times the memory in use is held, instead of
// twice: a node uses some 50 MB at rest, and collecting was a tenth of what a
// filing costs. GOGC, where it is set, decides.
func Tune() {
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(200)
	}
}
