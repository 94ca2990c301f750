package vn2020

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"

	"motcua/base/data"
	"motcua/kernel/who"
)

// A Province is a line of provinces.yaml.
type Province struct {
	GSO  string `yaml:"gso"`
	H    string `yaml:"h"`
	Type string `yaml:"type"`
	Slug string `yaml:"slug"`
	Name string `yaml:"name"`
}

// Provinces are the 63 provinces, by their code of the statistics office.
func Provinces() (all []Province, err error) {
	err = read("provinces.yaml", &all)
	return all, err
}

// Units are all territories of the built list (state of April 2023), provinces
// first, each level by code; on a bare clone the 63 provinces and a district to try things with.
func Units() ([]who.Unit, error) {
	b, err := Files.ReadFile("dist/units.json.gz")
	if errors.Is(err, fs.ErrNotExist) {
		return bare()
	}
	if err != nil {
		return nil, err
	}
	z, err := gzip.NewReader(bytes.NewReader(b))
	if err != nil {
		return nil, fmt.Errorf("units.json.gz: %w", err)
	}
	var rows [][4]string
	if err := json.NewDecoder(z).Decode(&rows); err != nil {
		return nil, fmt.Errorf("units.json.gz: %w", err)
	}
	all := make([]who.Unit, len(rows))
	for i, r := range rows {
		all[i] = who.Unit{Code: r[0], Name: r[1], Type: r[2], Parent: r[3]}
	}
	return all, nil
}

// bare is what can be said without the built list: the provinces, and bare.yaml.
func bare() ([]who.Unit, error) {
	list, err := Provinces()
	if err != nil {
		return nil, err
	}
	all := make([]who.Unit, len(list))
	for i, p := range list {
		all[i] = who.Unit{Code: p.GSO, Name: p.Name, Type: p.Type}
	}
	var few []struct {
		Code, Name, Type, Parent string
	}
	if err := read("bare.yaml", &few); err != nil {
		return nil, err
	}
	for _, u := range few {
		all = append(all, who.Unit{Code: u.Code, Name: u.Name, Type: u.Type, Parent: u.Parent})
	}
	return all, nil
}

func read(name string, v any) error {
	b, err := Files.ReadFile(name)
	if err != nil {
		return err
	}
	return data.Read(name, b, v)
}
