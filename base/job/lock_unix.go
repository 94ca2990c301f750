//go:build unix

package job

import (
	"os"
	"syscall"
)

// lock locks the file for this program alone, until it is closed or the program ends.
func lock(f *os.File) bool {
	return syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB) == nil
}
