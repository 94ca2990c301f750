package kernel

import (
	"os"
	"runtime/debug"
)

// Memory lets a serving program hold three times what it uses before the
// collector runs, instead of twice: a node uses some 50 MB at rest, and the
// collector was a tenth of what a filing costs. GOGC, where it is set, decides.
func Memory() {
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(200)
	}
}
