// Package vn2025 is Viet Nam since 1 July 2025, as data: 34 provinces instead
// of 63, and who carries on the work of whom. What it does not say itself is as
// in vn2020.
//
// Nothing of before is forgotten: bodies and territories that were merged are
// still found by their code, because dossiers, results and addresses name them.
package vn2025

import (
	"embed"
	"errors"
	"io/fs"

	"motcua/base/data"
	"motcua/packs/vn2020"
)

//go:embed *.yaml
var own embed.FS

// Files are the pack: a file of this folder stands for the one of the same name
// in vn2020.
var Files fs.FS = layers{own, vn2020.Files}

// layers are folders one over the other: of files of one name the first is read.
type layers []fs.FS

func (l layers) Open(name string) (fs.File, error) {
	for _, f := range l[:len(l)-1] {
		file, err := f.Open(name)
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return nil, err
		}
		if err != nil {
			continue
		}
		if info, err := file.Stat(); err != nil || !info.IsDir() {
			return file, err
		}
		if err := file.Close(); err != nil {
			return nil, err
		}
	}
	return l[len(l)-1].Open(name)
}

func read(name string, v any) error {
	b, err := own.ReadFile(name)
	if err != nil {
		return err
	}
	return data.Read(name, b, v)
}
