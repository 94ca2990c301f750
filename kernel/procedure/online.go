package procedure

import (
	"errors"
	"fmt"
	"io/fs"
	"strconv"

	"motcua/base/data"
	"motcua/base/lang"
)

// Online is how the law of a country's day calls how far a service goes online.
// The pack's levels.yaml says it.
type Online struct {
	Law     lang.Text         `yaml:"law"`
	Levels  map[int]lang.Text `yaml:"levels"`  // 1 to 4; the law may call two of them the same
	Reasons bool              `yaml:"reasons"` // what does not go wholly online has to say why
}

// Whole is the level of what needs no visit to an office.
const Whole = 4

// Say says a level in words.
func (o Online) Say(v lang.Voice, level int) string {
	if t := o.Levels[level]; len(t) > 0 {
		return v.Of(t)
	}
	return strconv.Itoa(level)
}

// Explains reports whether a service has to say why it does not go wholly online.
func (o Online) Explains(p *Procedure) bool { return o.Reasons && p.Level < Whole }

func readOnline(fsys fs.FS) (o Online, err error) {
	b, err := fs.ReadFile(fsys, "levels.yaml")
	if errors.Is(err, fs.ErrNotExist) {
		return o, nil
	}
	if err == nil {
		err = data.Read("levels.yaml", b, &o)
	}
	for n := 1; err == nil && n <= Whole; n++ {
		if len(o.Levels[n]) == 0 {
			err = fmt.Errorf("levels.yaml: level %d has no name", n)
		}
	}
	return o, err
}
