// Package prove holds no code, only proof: tests that build the program as it
// ships, run it, and harm it the way the world does.
//
// They know the program as an operator and a caller know it: its commands, its
// folder, its database and its pages over loopback HTTP. Nothing in the program
// knows of them (docs/decisions/kill-points.md). Every fault test asserts that
// its victim is really dead, and has a control that must lose or double.
//
//	go test ./prove                    a short slice of each campaign
//	MOTCUA_LONG=1 go test ./prove      the whole campaigns; figures go to bench/records
//	MOTCUA_TEST_BINARY=FILE            proves this binary instead of building one
//
// They run on Linux, where a node runs: they watch folders, mount small disks
// and ask the kernel who is dead.
package prove
