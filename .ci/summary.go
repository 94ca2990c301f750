//go:build ignore

// Summary reads what go test -json wrote and ends with one line of counts.
package main

import (
	"encoding/json"
	"fmt"
	"os"
	"strings"
)

type event struct{ Action, Package, Test, Output, ImportPath string }

func main() {
	passed, failed, skipped := 0, 0, 0
	said := map[string]*strings.Builder{}
	reasons := map[string]int{}
	for d := json.NewDecoder(os.Stdin); ; {
		var e event
		if d.Decode(&e) != nil {
			break
		}
		key := e.Package + " " + e.Test
		if said[key] == nil {
			said[key] = &strings.Builder{}
		}
		switch e.Action {
		case "output", "build-output":
			said[key].WriteString(e.Output)
			if e.Action == "build-output" {
				fmt.Print(e.Output)
			}
		case "pass":
			if e.Test != "" {
				passed++
			}
		case "skip":
			if e.Test != "" {
				skipped++
				for line := range strings.Lines(said[key].String()) {
					if strings.Contains(line, ".go:") {
						reasons[strings.TrimSpace(line)]++
					}
				}
			}
		case "fail", "build-fail":
			if e.Test != "" || !strings.Contains(said[key].String(), "FAIL\t") || e.Test == "" && failed == 0 {
				failed++
				fmt.Printf("--- FAIL %s %s\n%s", e.Package, e.Test, said[key])
			}
		}
		if e.Action == "pass" || e.Action == "skip" {
			delete(said, key)
		}
	}
	for why, n := range reasons {
		fmt.Printf("skipped %d: %s\n", n, why)
	}
	fmt.Printf("%d passed, %d failed, %d skipped\n", passed, failed, skipped)
	if failed > 0 || passed == 0 {
		os.Exit(1)
	}
}
