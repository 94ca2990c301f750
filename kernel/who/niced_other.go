//go:build !linux

package who

// niced runs f; only Linux ranks threads.
func niced(f func()) { f() }
