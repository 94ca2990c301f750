package vn2020

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"

	"motcua/base/data"
)

// A Unit is a territory of the State: a province, a district or a commune.
type Unit struct {
	Code   string // of the General Statistics Office: 2, 3 or 5 digits
	Name   string // without its type: Hàng Bạc
	Type   string // tinh, thanh-pho, quan, huyen, thi-xa, phuong, xa, thi-tran
	Parent string // code of the territory around it; "" for a province
}

// A province is a line of provinces.yaml.
type province struct {
	GSO  string `yaml:"gso"`
	H    string `yaml:"h"`
	Type string `yaml:"type"`
	Slug string `yaml:"slug"`
	Name string `yaml:"name"`
}

func provinces() (all []province, err error) { return all, read("provinces.yaml", &all) }

// Units are all territories of the built list (state of April 2023), provinces
// first, each level by code; on a bare clone the 63 provinces alone.
func Units() ([]Unit, error) {
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
	all := make([]Unit, len(rows))
	for i, r := range rows {
		all[i] = Unit{Code: r[0], Name: r[1], Type: r[2], Parent: r[3]}
	}
	return all, nil
}

func bare() ([]Unit, error) {
	list, err := provinces()
	all := make([]Unit, len(list))
	for i, p := range list {
		all[i] = Unit{Code: p.GSO, Name: p.Name, Type: p.Type}
	}
	return all, err
}

func read(name string, v any) error {
	b, err := Files.ReadFile(name)
	if err != nil {
		return err
	}
	return data.Read(name, b, v)
}
