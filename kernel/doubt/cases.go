package doubt

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"motcua/base/db"
	"motcua/base/fault"
	"motcua/base/id"
	"motcua/kernel"
	"motcua/kernel/dossier"
)

// A Case is a dossier under a doubt.
type Case struct {
	*dossier.Dossier // its row alone
	Kind             *dossier.Kind
	Doubt            Doubt
	Seen             bool // an official did anything to it since the doubt was cast: a note that it stands as it is will do
}

// Granted reports whether a result of it is in force.
func (c Case) Granted() bool { return c.Kind.Stands[c.State].Result }

// A Cursor is a place in the list of a body's cases: what nobody looked at comes
// first, and of that the newest.
type Cursor struct {
	seen          int
	said, dossier id.ID
}

// String writes the cursor for a URL.
func (c Cursor) String() string {
	if c.said == 0 {
		return ""
	}
	return fmt.Sprintf("%d.%s.%s", c.seen, c.said, c.dossier)
}

// ParseCursor reads what String wrote.
func ParseCursor(s string) (c Cursor, err error) {
	if s == "" {
		return c, nil
	}
	parts := strings.Split(s, ".")
	if len(parts) == 3 {
		c.seen = strings.Index("01", parts[0])
		if c.said, err = id.Parse(parts[1]); err == nil {
			c.dossier, err = id.Parse(parts[2])
		}
	}
	if err != nil || c.String() != s {
		return Cursor{}, fault.Wrong(fault.Field{Pointer: "/cursor", Code: "dossier.cursor"})
	}
	return c, nil
}

// open are the pairs of a doubt and a dossier that wait for an official: one that
// is not ended, or whose result is in force, and that belongs to no other.
type open struct {
	query string
	args  []any
}

func (o *open) arg(v any) string {
	o.args = append(o.args, v)
	return fmt.Sprintf("$%d", len(o.args))
}

func (o *open) in(column string, all []string) string {
	in, args := db.In(all, o.args...)
	o.args = args
	return column + " in " + in
}

// pairs selects them. where speaks of t, the doubt, and of d, the dossier.
func (o *open) pairs(a *kernel.App, where string) {
	var results []string
	for _, k := range a.Kinds() {
		for s, stand := range k.Stands {
			if stand.Result && !slices.Contains(results, string(s)) {
				results = append(results, string(s))
			}
		}
	}
	slices.Sort(results)
	stands := "d.ended = 0"
	if len(results) > 0 {
		stands = "(d.ended = 0 or " + o.in("d.state", results) + ")"
	}
	const some = `select t.said as said, d.id as dossier, case when exists (select 1 from act s where s.dossier = d.id and s.at > coalesce(g.at, 0) and s.by <> 0 and s.by <> d.applicant) then 1 else 0 end as seen
		from doubt t left join act g on g.id = t.agreed
		join dossier d on d.%s = t.person and d.opened >= t.since and d.opened <= t.ended and d.parent = 0
		where t.person > 0 and d.state <> '' and `
	where = stands + " and " + where
	o.query = fmt.Sprintf(some, "applicant") + where + " union " + fmt.Sprintf(some, "org") + where
}

// of are those of bodies, without what person asked for himself: others look at that.
func of(a *kernel.App, person id.ID, bodies []string) *open {
	o := &open{}
	me := o.arg(person)
	o.pairs(a, o.in("d.body", bodies)+" and d.applicant <> "+me+" and d.org <> "+me)
	return o
}

// a page of the list of a body has so many.
const most = 50

// OfBodies is a page of the cases of bodies, as person may look at them, and where
// the next one begins.
func OfBodies(ctx context.Context, a *kernel.App, person id.ID, after Cursor, bodies ...string) (all []Case, next Cursor, err error) {
	if len(bodies) == 0 {
		return nil, next, nil
	}
	o := of(a, person, bodies)
	where := ""
	if after.said != 0 {
		seen, said, n := o.arg(after.seen), o.arg(after.said), o.arg(after.dossier)
		where = " where x.seen > " + seen + " or x.seen = " + seen + " and (x.said < " + said + " or x.said = " + said + " and x.dossier < " + n + ")"
	}
	found, err := o.read(ctx, a, where+fmt.Sprintf(" order by x.seen, x.said desc, x.dossier desc limit %d", most+1))
	if len(found) > most {
		found = found[:most]
		next = found[most-1]
	}
	if err == nil {
		all, err = cases(ctx, a, found)
	}
	return all, next, err
}

// Unseen counts the dossiers of bodies that nobody looked at yet, up to 1,000.
func Unseen(ctx context.Context, a *kernel.App, person id.ID, bodies ...string) (n int, err error) {
	if len(bodies) == 0 {
		return 0, nil
	}
	o := of(a, person, bodies)
	err = a.DB.Read(ctx, func(tx *db.Tx) error {
		return tx.Row(`select count(*) from (select distinct x.dossier from (`+o.query+`) as x where x.seen = 0 limit 1000) as few`, o.args...).Scan(&n)
	})
	return n, err
}

// Under are all cases of one doubt, wherever they are: whoever handles them is told.
func Under(ctx context.Context, a *kernel.App, said id.ID) ([]Case, error) {
	o := &open{}
	o.pairs(a, "t.said = "+o.arg(said))
	found, err := o.read(ctx, a, " order by x.dossier desc")
	if err != nil {
		return nil, err
	}
	return cases(ctx, a, found)
}

func (o *open) read(ctx context.Context, a *kernel.App, rest string) (found []Cursor, err error) {
	err = a.DB.Read(ctx, func(tx *db.Tx) error {
		found, err = db.List(tx, func(into func(...any) error) (c Cursor, err error) { return c, into(&c.seen, &c.said, &c.dossier) },
			`select x.seen, x.said, x.dossier from (`+o.query+`) as x`+rest, o.args...)
		return err
	})
	return found, err
}

// cases reads what was found.
func cases(ctx context.Context, a *kernel.App, found []Cursor) (all []Case, err error) {
	doubts := map[id.ID]Doubt{}
	err = a.DB.Read(ctx, func(tx *db.Tx) error {
		clear(doubts)
		for _, f := range found {
			if _, known := doubts[f.said]; known {
				continue
			}
			one, err := list(tx, `where t.said = $1`, f.said)
			if err != nil {
				return err
			}
			doubts[f.said] = one[0]
		}
		return nil
	})
	for _, f := range found {
		if err != nil {
			return nil, err
		}
		c := Case{Doubt: doubts[f.said], Seen: f.seen == 1}
		if c.Dossier, err = a.Engine.Row(ctx, f.dossier); err == nil {
			c.Kind, err = a.Kind(c.Dossier.Kind, c.KindVersion)
		}
		all = append(all, c)
	}
	return all, err
}
