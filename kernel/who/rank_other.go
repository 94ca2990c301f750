//go:build !linux

package who

// lowRank does nothing: only Linux ranks threads.
func lowRank() {}
