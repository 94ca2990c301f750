package kernel

import (
	"fmt"
	"io/fs"
	"time"

	"motcua/base/data"
	"motcua/kernel/clock"
	"motcua/kernel/letter"
	"motcua/kernel/procedure"
	"motcua/kernel/who"
)

// ReadPack reads what every pack says in the same files: calendar.yaml,
// codes.yaml, sectors.yaml, events.yaml, law.yaml, forms.yaml, letters.yaml.
func ReadPack(files fs.FS, country *who.Country, person func(string) bool) (p Pack, err error) {
	p = Pack{Files: files, Country: country, Person: person}
	b, err := fs.ReadFile(files, "calendar.yaml")
	if err != nil {
		return p, err
	}
	if p.Calendar, err = clock.Read("calendar.yaml", b); err != nil {
		return p, err
	}
	p.Zone = p.Calendar.Zone()
	if b, err = fs.ReadFile(files, "codes.yaml"); err != nil {
		return p, err
	}
	if err = data.Read("codes.yaml", b, &p.Patterns); err != nil {
		return p, err
	}
	if len(p.Patterns) == 0 {
		return p, fmt.Errorf("codes.yaml: no pattern of dossier codes")
	}
	if p.Law, err = procedure.ReadPack(files); err != nil {
		return p, err
	}
	if p.Forms, err = letter.Read(files); err != nil {
		return p, err
	}
	p.Law.Body = country.Body
	p.Law.Env.Person, p.Law.Env.Unit = person, country.Has
	p.Law.Env.Today = time.Now().In(p.Zone).Format(time.DateOnly)
	return p, nil
}
