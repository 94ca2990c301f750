package mirror

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"motcua/base/db"
	"motcua/base/db/dbtest"
	"motcua/base/id"
	"motcua/bench/nation"
	"motcua/kernel/dossier"
	"motcua/kernel/figure"
	"motcua/kernel/ledger"
	"motcua/kernel/who"
)

// body knows H26 with H26.1 below it, and G01.
func body(code string) (who.Body, bool) {
	parent, ok := map[string]string{"H26": "", "H26.1": "H26", "G01": ""}[code]
	return who.Body{Code: code, Parent: parent, Zone: "Asia/Ho_Chi_Minh"}, ok
}

func open(t *testing.T, d *db.DB) (*Store, *ledger.Log) {
	t.Helper()
	key, err := ledger.NewKey("test.example")
	if err != nil {
		t.Fatal(err)
	}
	log, err := ledger.Open(t.Context(), d, key)
	if err == nil {
		err = figure.Open(t.Context(), d)
	}
	if err == nil {
		err = d.Migrate(t.Context(), "dossier", dossier.Schema())
	}
	if err == nil {
		err = Open(t.Context(), d)
	}
	if err != nil {
		t.Fatal(err)
	}
	e := &dossier.Engine{DB: d, IDs: id.NewSource(1, time.Now), Now: time.Now}
	return &Store{DB: d, IDs: e.IDs, Now: time.Now, Body: body, Kind: func(p string) string { return "p/" + p }, Record: e.RecordAs}, log
}

func parse(t *testing.T, sender string, texts ...string) (all []Line) {
	t.Helper()
	p := &Parser{Sender: sender}
	for _, s := range texts {
		l, wrong := p.Parse([]byte(s))
		if wrong != nil {
			t.Fatalf("%v in %s", wrong, s)
		}
		all = append(all, l)
	}
	return all
}

func send(t *testing.T, s *Store, sender string, texts ...string) string {
	t.Helper()
	answers, err := s.Put(t.Context(), who.Person{}, sender, parse(t, sender, texts...))
	if err != nil {
		t.Fatal(err)
	}
	var said []string
	for _, a := range answers {
		w := string(a.Status)
		if a.Wrong != nil {
			w += " " + a.Wrong.Error()
		}
		said = append(said, w)
	}
	return strings.Join(said, ", ")
}

// state is every row without what depends on when it came, and every figure.
func state(t *testing.T, s *Store) (rows []string, sums []figure.Row) {
	t.Helper()
	err := s.DB.Read(t.Context(), func(tx *db.Tx) (err error) {
		if rows, err = db.List(tx, func(into func(...any) error) (r string, err error) { return r, into(&r) }, `select line from mirror order by code, body`); err != nil {
			return err
		}
		sums, err = figure.Read(tx, figure.Query{By: []figure.Dim{figure.Day, figure.Body, figure.Kind, figure.Channel}})
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return rows, sums
}

// sound compares everything with everything.
func sound(t *testing.T, s *Store, log *ledger.Log) {
	t.Helper()
	e := &dossier.Engine{DB: s.DB, Now: time.Now, Others: s.Check}
	found, err := e.Projections(t.Context(), false)
	if err != nil || len(found) > 0 {
		t.Errorf("found %v, %v", found, err)
	}
	if err := log.Advance(t.Context()); err != nil {
		t.Error(err)
	}
	if found, err := e.History(t.Context(), log); err != nil || len(found) > 0 {
		t.Errorf("found %v, %v", found, err)
	}
}

func line(code string, version, state int, more string) string {
	return fmt.Sprintf(`{"code":%q,"version":%d,"procedure":"1.001193","channel":"online","applicant":"Trần Thị Bình","applicant_number":"079200000001","filed_at":"2020-02-03T08:00:00+07:00","received_at":"2020-02-03T09:00:00+07:00","due_at":"2020-02-05T09:00:00+07:00","state":%d%s}`, code, version, state, more)
}

func TestPut(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		s, log := open(t, d)
		ended := `,"ended_at":"2020-02-06T08:00:00+07:00"`
		for _, c := range []struct {
			sender, want string
			lines        []string
		}{
			{"H26", "stored, stored", []string{line("a", 1, 4, ""), line("b", 1, 4, "")}},
			{"H26", "unchanged, unchanged", []string{line("a", 1, 4, ""), line("b", 1, 4, "")}},
			{"H26", "stored, stale, unchanged", []string{line("a", 3, 10, ended), line("a", 2, 5, ""), line("a", 3, 10, ended)}},
			{"H26", "stale, rejected version: mirror.wrong.version", []string{line("a", 1, 4, ""), line("a", 3, 9, ended)}},
			{"G01", "stored, rejected body: mirror.wrong.body", []string{line("a", 1, 4, ""), line("z", 1, 4, `,"body":"H26"`)}},
			{"H26", "stored, rejected body: mirror.wrong.body, rejected body: mirror.wrong.body", []string{line("c", 1, 4, `,"body":"H26.1"`), line("c", 1, 4, `,"body":"G01"`), line("c", 1, 4, `,"body":"X"`)}},
			{"H26.1", "unchanged, rejected body: mirror.wrong.body", []string{line("c", 1, 4, ""), line("a", 9, 4, `,"body":"H26"`)}},
			{"H26", "rejected origin: mirror.wrong.origin", []string{line("a", 9, 4, `,"origin":"H26-200101-0001"`)}},
		} {
			if got := send(t, s, c.sender, c.lines...); got != c.want {
				t.Errorf("%s: got  %s\nwant %s", c.sender, got, c.want)
			}
		}
		sound(t, s, log)
		_, sums := state(t, s)
		want := map[string]int64{"opened": 4, "due": 3, "ended": 1, "late": 1, "in:ready": 1, "in:progress": 3}
		got := map[string]int64{}
		for _, r := range sums {
			got[r.Measure] += r.Count
		}
		if fmt.Sprint(got) != fmt.Sprint(want) {
			t.Errorf("figures: got %v, want %v", got, want)
		}
		mine, err := s.Of(t.Context(), []string{"079200000001"}, "", 0, 10)
		if err != nil || len(mine) != 4 {
			t.Errorf("of the applicant: %d, %v", len(mine), err)
		}
		both, err := s.Coded(t.Context(), "a")
		if err != nil || len(both) != 2 || both[1].State != 10 || both[1].Version != 3 {
			t.Errorf("coded a: %+v, %v", both, err)
		}
		if list, err := s.Open(t.Context(), List{Bodies: []string{"H26", "H26.1"}, Limit: 9}); err != nil || len(list) != 2 {
			t.Errorf("open: %d, %v", len(list), err)
		}
		if list, err := s.Open(t.Context(), List{Bodies: []string{"H26"}, Words: "binh", Limit: 9}); err != nil || len(list) != 2 {
			t.Errorf("by name: %d, %v", len(list), err)
		}
	})
}

// What is unchanged writes nothing at all, not even an act.
func TestUnchangedWritesNothing(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		s, _ := open(t, d)
		send(t, s, "H26", line("a", 2, 4, ""), line("b", 1, 4, ""))
		before := d.Stats().Writes
		if got := send(t, s, "H26", line("a", 2, 4, ""), line("b", 1, 4, ""), line("a", 1, 4, "")); got != "unchanged, unchanged, stale" {
			t.Errorf("got %s", got)
		}
		if n := d.Stats().Writes - before; n != 0 {
			t.Errorf("%d writes", n)
		}
	})
}

// PostgreSQL knows of a table that grows, or it reads all of it for every batch.
func TestGrowthIsLearnt(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		s, _ := open(t, d)
		for n := range 3 {
			var lines []string
			for i := range Chunk {
				lines = append(lines, line(fmt.Sprint(n, "-", i), 1, 4, ""))
			}
			send(t, s, "H26", lines...)
		}
		if !d.Postgres() {
			return
		}
		var known float64
		err := d.Read(t.Context(), func(tx *db.Tx) error {
			return tx.Row(`select reltuples from pg_class where oid = 'mirror'::regclass`).Scan(&known)
		})
		if err != nil || known < 500 {
			t.Errorf("PostgreSQL knows of %v rows, %v", known, err)
		}
	})
}

// Whoever was at the database is found out.
func TestCheckBites(t *testing.T) {
	harms := map[string]string{
		"a line was changed":    `update mirror set line = replace(line, 'Bình', 'An') where code = 'a'`,
		"a column was changed":  `update mirror set state = 10 where code = 'a'`,
		"a row was deleted":     `delete from mirror where code = 'a'`,
		"a row was slipped in":  `insert into mirror select id + 99999, body, 'c', version, sum, state, procedure, channel, owner, name, opened, due, ended, changed, batch, salt, line, raw from mirror where code = 'a'`,
		"a batch was exchanged": `update mirror set batch = 7 where code = 'a'`,
	}
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		s, _ := open(t, d)
		send(t, s, "H26", line("a", 1, 4, ""), line("b", 1, 4, ""))
		for what, q := range harms {
			t.Run(what, func(t *testing.T) {
				var found []dossier.Finding
				err := d.Write(t.Context(), func(tx *db.Tx) error { _, err := tx.Exec(q); return err })
				if err == nil {
					found, err = (&dossier.Engine{DB: d, Now: time.Now, Others: s.Check}).Projections(t.Context(), what == "a column was changed")
				}
				if err != nil || len(found) == 0 {
					t.Errorf("found %v, %v", found, err)
				}
				if what == "a column was changed" {
					mended(t, s)
				}
				d.Write(t.Context(), func(tx *db.Tx) error {
					for _, table := range []string{"mirror", "mirror_sender", "act", "figure", "figure_open", "figure_sum"} {
						tx.Exec(`delete from ` + table)
					}
					return nil
				})
				send(t, s, "H26", line("a", 1, 4, ""), line("b", 1, 4, ""))
			})
		}
	})
}

func mended(t *testing.T, s *Store) {
	found, err := (&dossier.Engine{DB: s.DB, Now: time.Now, Others: s.Check}).Projections(t.Context(), false)
	if err != nil || len(found) > 0 {
		t.Errorf("after mending: found %v, %v", found, err)
	}
}

// Whichever way lines come, repeated, late, in other batches, from several
// streams at once: they settle to one state and the same figures.
func TestStreamsSettle(t *testing.T) {
	const dossiers, versions, ways = 40, 4, 6
	n := nation.New(3, 5000)
	r := rand.New(rand.NewPCG(11, 0))
	var all []string
	for i := range dossiers {
		for v := range versions {
			s := string(n.Line(nil, 0, i*7+v*61, 1)) // another dossier's story under the same code
			at := strings.Index(s, `,"procedure"`)
			all = append(all, fmt.Sprintf(`{"code":"K-%d","version":%d`, i, v+1)+s[at:])
		}
	}
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		s, log := open(t, d)
		var wantRows []string
		var wantSums []figure.Row
		for way := range ways {
			err := d.Write(t.Context(), func(tx *db.Tx) error {
				for _, table := range []string{"mirror", "figure", "figure_open", "figure_sum"} {
					if _, err := tx.Exec(`delete from ` + table); err != nil {
						return err
					}
				}
				return nil
			})
			if err != nil {
				t.Fatal(err)
			}
			stream := slices.Clone(all)
			if way > 0 {
				for range len(all) / 2 {
					stream = append(stream, all[r.IntN(len(all))])
				}
				r.Shuffle(len(stream), func(i, j int) { stream[i], stream[j] = stream[j], stream[i] })
			}
			var wg sync.WaitGroup
			for part := range slices.Chunk(stream, len(stream)/3+1) {
				sizes := []int{1 + r.IntN(20), 1 + r.IntN(100)}
				wg.Go(func() {
					for i := 0; len(part) > 0; i++ {
						size := min(sizes[i%2], len(part))
						if _, err := s.Put(t.Context(), who.Person{}, "H26", parse(t, "H26", part[:size]...)); err != nil {
							t.Error(err)
						}
						part = part[size:]
					}
				})
			}
			wg.Wait()
			if _, err := figure.Fold(t.Context(), d); err != nil {
				t.Error(err)
			}
			rows, sums := state(t, s)
			if way == 0 {
				wantRows, wantSums = rows, sums
			}
			if !slices.Equal(rows, wantRows) || !slices.Equal(sums, wantSums) || len(rows) != dossiers {
				t.Fatalf("way %d settled elsewhere: %d rows, %d figures", way, len(rows), len(sums))
			}
		}
		found, err := s.Check(t.Context(), false, func(figure.Delta) {})
		if err != nil || len(found) != 1 { // rows of earlier ways were deleted: only their number differs
			t.Errorf("found %v, %v", found, err)
		}
		if err := log.Advance(t.Context()); err != nil {
			t.Error(err)
		}
	})
}
