// Package mutant holds no code, only proof: its test takes one check out of the
// program at a time and asks that some test turns red. A check whose absence
// nobody notices is not tested.
package mutant
