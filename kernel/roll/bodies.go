package roll

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strings"
	"time"

	"motcua/base/db"
	"motcua/base/fault"
	"motcua/base/lang"
	"motcua/kernel"
	"motcua/kernel/cutover"
	"motcua/kernel/who"
)

// bodyColumns are those that a list of bodies may have; the first four it must.
var bodyColumns = []string{"code", "parent", "name", "level", "name_en", "name_fr", "unit", "address", "phone", "from", "to", "next"}

const (
	most  = 50_000 // lines of a list of bodies: all are in memory, because a line may name another
	chunk = 200    // bodies in one transaction
	few   = 20     // while persons write
)

// Bodies brings in bodies that the country's pack does not have.
type Bodies struct {
	App    *kernel.App
	By     who.Person // an administrator of the bodies above, or of the node
	Voice  lang.Voice
	DryRun bool
	Reject func(cutover.Reject)
	Counted
}

// Counted is what happened to the lines of a list of bodies.
type Counted struct {
	Lines    int `json:"lines"`
	Bodies   int `json:"bodies"` // new
	Ended    int `json:"ended"`  // that have a successor now
	Had      int `json:"had"`    // as the line says already
	Rejected int `json:"rejected"`
}

// A line is what one row says of a body.
type line struct {
	row
	who.Body
	ends  bool
	wrong []fault.Field
}

// Run reads the list. Its lines may stand in any order. A body that is there
// already as the line says is left as it is, so a list may be brought in again.
func (p *Bodies) Run(ctx context.Context, f io.Reader) error {
	p.Counted = Counted{}
	var all []*line
	err := read(f, bodyColumns, 4, func(r row, wrong []fault.Field) error {
		if p.Lines++; p.Lines > most {
			return list("roll.many", most)
		}
		x := &line{row: r, wrong: wrong}
		if wrong == nil {
			x.describe()
		}
		all = append(all, x)
		return nil
	})
	if err != nil {
		return err
	}
	// A code goes on from that of the body above, so by code the body above comes first.
	slices.SortStableFunc(all, func(a, b *line) int { return cmp.Compare(a.Code, b.Code) })
	fresh := map[string]who.Body{}
	var todo []*line
	seen := map[string]bool{}
	for _, x := range all {
		if x.wrong == nil && seen[x.Code] {
			x.bad("code", "roll.twice", x.Code)
		}
		if x.wrong == nil {
			p.fit(x, fresh)
		}
		seen[x.Code] = true
		had, _ := p.App.Country.Body(x.Code)
		switch {
		case x.wrong != nil:
			p.Rejected++
			continue
		case x.ends && had.Next == "":
			p.Ended++
		case had.Code != "":
			p.Had++
			continue
		default:
			fresh[x.Code] = x.Body
			p.Bodies++
		}
		todo = append(todo, x)
	}
	slices.SortStableFunc(all, func(a, b *line) int { return cmp.Compare(a.at, b.at) })
	for _, x := range all {
		x.refuse(p.Voice, "code", x.wrong, p.Reject)
	}
	if p.DryRun {
		return nil
	}
	for some := range slices.Chunk(todo, chunk) {
		if err := db.Parts(ctx, p.App.DB, some, few, p.write); err != nil {
			return err
		}
	}
	return nil
}

func (p *Bodies) write(tx *db.Tx, some []*line) (err error) {
	for _, x := range some {
		if x.ends {
			err = p.App.Book.EndBody(tx, p.By, x.Code, x.To, x.Next)
		} else {
			err = p.App.Book.AddBody(tx, p.By, x.Body)
		}
		if err != nil {
			return fmt.Errorf("line %d: %w", x.at, err)
		}
	}
	return nil
}

func (x *line) bad(column, code string, args ...any) {
	x.wrong = append(x.wrong, fault.Field{Pointer: "/" + column, Code: code, Args: args})
}

// shape is that of codes (Decision 20/2020: groups with dots between).
var shape = regexp.MustCompile(`^[A-Z0-9][A-Za-z0-9-]*(\.[A-Za-z0-9-]+){0,7}$`)

// describe reads what can be seen on the line alone.
func (x *line) describe() {
	x.Body = who.Body{Code: x.cell["code"], Parent: x.cell["parent"], Level: x.cell["level"], Unit: x.cell["unit"], Name: lang.Text{},
		Address: x.cell["address"], Phone: x.cell["phone"], From: x.cell["from"], To: x.cell["to"], Next: x.cell["next"]}
	if !shape.MatchString(x.Code) || len(x.Code) > 40 {
		x.bad("code", "roll.code", x.Code)
	} else if x.Parent != "" && !strings.HasPrefix(x.Code, x.Parent+".") {
		x.bad("code", "roll.below", x.Parent)
	}
	for l, column := range map[lang.Lang]string{lang.VI: "name", lang.EN: "name_en", lang.FR: "name_fr"} {
		if s := x.cell[column]; s != "" {
			x.Name[l] = s
		}
	}
	if x.Name[lang.VI] == "" {
		x.bad("name", "roll.name")
	}
	for _, column := range []string{"name", "name_en", "name_fr", "address", "phone"} {
		if s := x.cell[column]; len(s) > 300 || strings.ContainsFunc(s, lang.Hidden) {
			x.bad(column, "roll.characters")
		}
	}
	for _, column := range []string{"from", "to"} {
		if s := x.cell[column]; s != "" {
			if _, err := time.Parse(time.DateOnly, s); err != nil {
				x.bad(column, "roll.day", s)
			}
		}
	}
	if x.ends = x.Next != "" || x.To != ""; x.ends && (x.Next == "" || x.To == "" || x.To < x.From) {
		x.bad("next", "roll.end")
	}
}

// fit looks whether the body has its place in the directory with the fresh ones,
// and takes over from the body above what the line leaves open.
func (p *Bodies) fit(x *line, fresh map[string]who.Body) {
	country, today := p.App.Country, p.App.Today("")
	find := func(code string) (who.Body, bool) {
		b, ok := fresh[code]
		if !ok {
			b, ok = country.Body(code)
		}
		return b, ok
	}
	above, ok := find(x.Parent)
	for near := x.Parent; ok && !country.Rules(p.By, near); near = fresh[near].Parent {
		if _, added := fresh[near]; !added { // of one that this list adds, whoever rules the one above it
			x.bad("parent", "cutover.notyours", above.Name)
			return
		}
	}
	switch {
	case x.Parent == "" && !p.By.Is(who.Admin, ""):
		x.bad("parent", "roll.top")
		return
	case x.Parent != "" && !ok:
		x.bad("parent", "roll.parent", x.Parent)
		return
	}
	x.Zone = cmp.Or(above.Zone, p.App.Zone.String())
	x.Unit = cmp.Or(x.Unit, above.Unit)
	had, taken := country.Body(x.Code)
	switch {
	case taken && !country.Added(x.Code):
		x.bad("code", "who.bodycode", x.Code)
		return
	case taken && (!had.Same(x.Body) || x.ends && had.Next != "" && (had.Next != x.Next || had.To != x.To)):
		x.bad("code", "roll.differs", x.Code)
		return
	}
	if above.Next != "" && !taken {
		x.bad("parent", "roll.ended", above.Name)
	}
	if !slices.Contains(country.Levels(), x.Level) {
		x.bad("level", "roll.level", x.Level, strings.Join(country.Levels(), ", "))
	}
	if u, known := country.Unit(x.Unit); x.Unit != "" && (!known || u.Next != "" && !taken) {
		x.bad("unit", "roll.unit", x.Unit)
	}
	if x.From > today {
		x.bad("from", "roll.future", x.From)
	}
	if !x.ends || had.Next != "" {
		return
	}
	next, known := country.Body(x.Next)
	switch {
	case !taken:
		x.bad("next", "roll.endnew")
	case !known || next.Next != "" || next.Code == x.Code:
		x.bad("next", "roll.next", x.Next)
	case x.To > today:
		x.bad("to", "roll.future", x.To)
	}
}
