package throttle

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"embed"
	"encoding/base64"
	"io/fs"
	"math/rand/v2"
	"time"

	"motcua/base/db"
)

//go:embed schema/*.sql
var schema embed.FS

// Often is how often programs tell one another what they counted. An attacker gains
// by asking several of them at once what he can try in that time.
const Often = 2 * time.Second

const (
	settled = time.Second // a try that is being looked at is not told: most turn out right, and leave nothing to tell
	batch   = 2000        // scales told at once
	overlap = 30 * time.Second
)

// The sorts of what is told beside the scales of tries.
const (
	sortWrong, sortRight = "\x00wrong", "\x00right"
	sortGone             = "\x00gone"
)

// A shared is what a gate knows of those of other programs.
type shared struct {
	key    []byte
	mine   int64            // number of this program, until it ends
	told   map[string]count // by name, as it stands in the table
	parts  map[part]count   // what each of the others has
	others map[string]count // their sums
	read   time.Time
}

type part struct {
	name string
	by   int64
}

// Open makes the table.
func Open(ctx context.Context, d *db.DB) error {
	files, _ := fs.Sub(schema, "schema")
	return d.Migrate(ctx, "throttle", files)
}

// name is how a scale is called in the table: names and addresses stand there as
// keyed hashes alone.
func (g *Gate) name(s scale) string {
	if g.key == nil { // nothing is shared yet
		return ""
	}
	h := hmac.New(sha256.New, g.key)
	for _, x := range []string{s.sort, s.account, s.net.String(), s.device} {
		h.Write([]byte(x))
		h.Write([]byte{0})
	}
	return base64.RawURLEncoding.EncodeToString(h.Sum(nil)[:18])
}

// of is what a scale counts in all programs.
func (g *Gate) of(s scale) count {
	c := g.scales[s]
	if len(g.others) == 0 {
		return c
	}
	o := g.others[g.name(s)]
	if g.window.Sub(o.last) > forget {
		return c
	}
	if o.last.After(c.last) {
		c.last = o.last
	}
	c.n += o.n
	return c
}

// everywhere are the wrong and the right tries of the window in all programs.
func (g *Gate) everywhere() (wrong, right int) {
	w := g.window.String()
	return g.wrong + g.others[g.name(scale{sort: sortWrong, account: w})].n, g.right + g.others[g.name(scale{sort: sortRight, account: w})].n
}

// Share tells other programs over the database what this one counted, and takes
// in what they did. Nothing is written while everybody is right; all of them
// have the same secret.
func (g *Gate) Share(ctx context.Context, d *db.DB, secret []byte, now time.Time) error {
	rows, since := g.news(secret, now)
	var fresh []part
	var counts []count
	err := d.Read(ctx, func(tx *db.Tx) error {
		fresh, counts = nil, nil
		_, err := db.List(tx, func(into func(...any) error) (struct{}, error) {
			var p part
			var c count
			var at db.Time
			err := into(&p.name, &p.by, &c.n, &at)
			c.last = at.Time
			fresh, counts = append(fresh, p), append(counts, c)
			return struct{}{}, err
		}, `select name, program, n, last from throttle where told >= $1 and program <> $2`, db.At(since), g.mine)
		return err
	})
	if err == nil && len(rows) > 0 {
		err = d.Yield(ctx, func(tx *db.Tx) error {
			if _, err := tx.Exec(`delete from throttle where told < $1`, db.At(now.Add(-day))); err != nil {
				return err
			}
			return tx.Upsert("throttle", "name, program, n, last, told", "(name, program) do update set n = excluded.n, last = excluded.last, told = excluded.told", rows)
		})
	}
	if err != nil {
		return err
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	for _, r := range rows {
		g.told[r[0].(string)] = count{r[2].(int), r[3].(db.Time).Time}
	}
	for i, p := range fresh {
		c, sum := counts[i], g.others[p.name]
		if now.Sub(c.last) > forget {
			c.n = 0
		}
		sum.n += c.n - g.parts[p].n
		if c.last.After(sum.last) {
			sum.last = c.last
		}
		g.parts[p], g.others[p.name] = c, sum
	}
	g.read = now
	return nil
}

// news are the rows of what this program counted and has not told.
func (g *Gate) news(secret []byte, now time.Time) (rows [][]any, since time.Time) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.told == nil {
		sum := sha256.Sum256(append([]byte("throttle "), secret...))
		g.key = sum[:]
		g.mine, g.read = rand.Int64(), now.Add(-day)
		g.told, g.parts, g.others = map[string]count{}, map[part]count{}, map[string]count{}
	}
	g.tidy(now)
	add := func(name string, n int, last time.Time) {
		if was, ok := g.told[name]; len(rows) < batch && (ok && was.n != n || !ok && n != 0) {
			rows = append(rows, []any{name, g.mine, n, db.At(last), db.At(now)})
		}
	}
	for s, c := range g.scales {
		if now.Sub(c.last) < settled {
			continue
		}
		add(g.name(s), c.n, c.last)
	}
	if w := g.window.String(); g.wrong > 0 || g.held > 0 {
		add(g.name(scale{sort: sortWrong, account: w}), g.wrong, now)
		add(g.name(scale{sort: sortRight, account: w}), g.right, now)
	}
	for p, at := range g.gone {
		add(g.name(scale{sort: sortGone, net: p}), 1, at)
	}
	return rows, g.read.Add(-overlap)
}

// forget forgets what others told long ago: each one's count by itself, as its own
// program does, whatever the others counted since.
func (g *Gate) forget(now time.Time) {
	for p, c := range g.parts {
		if now.Sub(c.last) > forget {
			sum := g.others[p.name]
			sum.n -= c.n
			g.others[p.name], g.parts[p] = sum, count{0, c.last}
		}
		if now.Sub(c.last) > day {
			delete(g.parts, p)
		}
	}
	for name, c := range g.others {
		if now.Sub(c.last) > day {
			delete(g.others, name)
		}
	}
	for name, c := range g.told {
		if now.Sub(c.last) > day {
			delete(g.told, name)
		}
	}
}
