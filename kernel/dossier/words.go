package dossier

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io/fs"
	"slices"

	"motcua/base/data"
	"motcua/base/lang"
	"motcua/kernel/form"
)

// Read gives a kind written in Go what a file beside it says: its title, its
// papers, and the form of each act that has one. The version is the file's hash.
func (k *Kind) Read(files fs.FS, name string) error {
	b, err := fs.ReadFile(files, name)
	if err != nil {
		return err
	}
	var said struct {
		Title  lang.Text             `yaml:"title"`
		Papers []Paper               `yaml:"papers"`
		Forms  map[string]*form.Form `yaml:"forms"` // by act
	}
	if err := data.Read(name, b, &said); err != nil {
		return err
	}
	sum := sha256.Sum256(b)
	k.Title, k.Papers, k.Version = said.Title, said.Papers, hex.EncodeToString(sum[:16])
	for act, f := range said.Forms {
		if !slices.ContainsFunc(k.Steps, func(s Step) bool { return s.Act == act }) {
			return fmt.Errorf("%s: there is a form of %q, which is no act of %s", name, act, k.Name)
		}
		if err := f.Compile(name + ", " + act); err != nil {
			return err
		}
	}
	for i := range k.Steps {
		if f := said.Forms[k.Steps[i].Act]; f != nil {
			k.Steps[i].Form = f
		}
	}
	return nil
}
