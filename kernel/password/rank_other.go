//go:build !linux

package password

// lowRank does nothing: only Linux ranks threads.
func lowRank() {}
