//go:build linux

package prove

import (
	"context"
	"database/sql"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"motcua/base/id"
)

// A vandal has the database and the folder, and the program is not looking.
type vandal struct {
	t    *testing.T
	site *site
	db   *sql.DB
	act  []row // some acts of different dossiers, each with one before it
	file []string
}

type row struct{ id, dossier id.ID }

// A tampering is one thing the vandal does, and the line by which doctor names it.
type tampering struct {
	name   string
	tables string // that he touches, to be put back
	do     func(v *vandal)
	names  func(v *vandal) []string // parts of lines; each must be said
}

func tamperings() []tampering {
	act := func(n int, what string) func(*vandal) []string {
		return func(v *vandal) []string {
			return []string{"act of dossier " + v.act[n].dossier.String() + ", act " + v.act[n].id.String() + ": " + what}
		}
	}
	says := func(all ...string) func(*vandal) []string { return func(*vandal) []string { return all } }
	sql := func(q string, args func(v *vandal) []any) func(v *vandal) {
		return func(v *vandal) { v.exec(q, args(v)...) }
	}
	first := func(v *vandal) []any { return []any{v.act[0].id} }
	none := func(*vandal) []any { return nil }
	file := func(what string) func(*vandal) []string {
		return func(v *vandal) []string { return []string{filepath.Base(v.file[0])[:12] + " " + what} }
	}
	return []tampering{
		{"an act's words changed", "act", sql(`update act set body = replace(body, '"as":', '"as" :') where id = $1`, first), act(0, "was changed")},
		{"an act given to another person", "act", sql(`update act set by = by + 1 where id = $1`, first), act(0, "was changed")},
		{"an act dated back", "act", sql(`update act set at = at - 86400000000 where id = $1`, first), act(0, "was changed")},
		{"an act called another", "act", sql(`update act set act = 'approve' where id = $1`, first), act(0, "was changed")},
		{"an act emptied", "act", sql(`update act set body = '', salt = null where id = $1`, first),
			func(v *vandal) []string { return []string{"act " + v.act[0].id.String() + ": was changed"} }},
		{"an act made unreadable", "act", sql(`update act set body = '{' where id = $1`, first), func(v *vandal) []string {
			return []string{"act " + v.act[0].id.String() + ": was changed: it cannot be read", "row of dossier " + v.act[0].dossier.String()}
		}},
		{"an act deleted", "act", sql(`delete from act where id = $1`, first),
			func(v *vandal) []string { return []string{"act " + v.act[0].id.String() + ": was deleted"} }},
		{"two acts swapped", "act", func(v *vandal) {
			v.exec(`update act set body = (select body from act as other where other.id = $2), salt = (select salt from act as other where other.id = $2) where id = $1`, v.act[0].id, v.act[1].id)
			v.exec(`update act set body = (select body from prove_act as other where other.id = $2), salt = (select salt from prove_act as other where other.id = $2) where id = $1`, v.act[1].id, v.act[0].id)
		}, func(v *vandal) []string { return append(act(0, "was changed")(v), act(1, "was changed")(v)...) }},
		{"an act slipped in", "act", sql(`insert into act (id, dossier, version, act, by, at, salt, body) select id + 1, dossier, 99, act, by, at, salt, body from act where id = $1`, first),
			func(v *vandal) []string { return []string{", act " + (v.act[0].id + 1).String() + ": was slipped in"} }},
		{"an entry of the ledger changed", "ledger_entry", sql(`update ledger_entry set leaf = (select leaf from ledger_entry as other where other.n = 0) where n = 5`, none), says("ledger")},
		{"an entry in the middle deleted", "ledger_entry", sql(`delete from ledger_entry where n = 5`, none), says("ledger", "Entry 5 ")},
		{"the ledger cut short", "ledger_entry ledger_size", func(v *vandal) {
			v.exec(`delete from ledger_entry where n = (select n - 1 from ledger_size)`)
			v.exec(`update ledger_size set n = n - 1`)
		}, says("ledger", "was slipped in")},
		{"the ledger's last entry deleted", "ledger_entry", sql(`delete from ledger_entry where n = (select n - 1 from ledger_size)`, none), says("ledger")},
		{"two entries swapped", "ledger_entry", func(v *vandal) {
			v.exec(`update ledger_entry set n = -1 where n = 5`)
			v.exec(`update ledger_entry set n = 5 where n = 6`)
			v.exec(`update ledger_entry set n = 6 where n = -1`)
		}, says("ledger")},
		{"a hash of the tree changed", "ledger_tile", sql(`update ledger_tile set hashes = (select leaf from ledger_entry where n = 0) where id = (select min(id) from ledger_tile)`, none), says("ledger")},
		{"a checkpoint forged", "ledger_checkpoint", sql(`update ledger_checkpoint set note = replace(note, 'ledger', 'ledgar') where size = (select max(size) from ledger_checkpoint)`, none), says("ledger")},
		{"a dossier's row changed", "dossier", sql(`update dossier set state = 'granted', name = 'x' where id = (select dossier from act where id = $1)`, first),
			func(v *vandal) []string {
				return []string{"row of dossier " + v.act[0].dossier.String() + ": differs from its acts in state, name"}
			}},
		{"a dossier's row deleted", "dossier", sql(`delete from dossier where id = (select dossier from act where id = $1)`, first),
			func(v *vandal) []string {
				return []string{"row of dossier " + v.act[0].dossier.String() + ": is missing"}
			}},
		{"a dossier's row slipped in", "dossier", func(v *vandal) {
			v.exec(`update dossier set id = id + 1, code = 'X-1' where id = (select dossier from act where id = $1)`, v.act[0].id)
			v.exec(`insert into dossier select * from prove_dossier where id = (select dossier from act where id = $1)`, v.act[0].id)
		}, func(v *vandal) []string {
			return []string{"row of dossier " + (v.act[0].dossier + 1).String() + ": was slipped in"}
		}},
		{"a role given by nobody", "grants", sql(`insert into grants (id, person, role, body, covers, since, until) select max(id) + 1, max(person), 'leader', 'G09', 0, 0, 0 from grants`, none),
			says("leader in G09, of person", "was slipped in: no act gave it")},
		{"a role taken by nobody", "grants", sql(`delete from grants where id = (select max(id) from grants)`, none), says("is missing: an act gave it")},
		{"a figure changed", "figure", sql(`update figure set count = count + 7 where day = (select max(day) from figure)`, none), says("figures")},
		{"a file changed by one bit", "", func(v *vandal) { v.flip(v.file[0]) }, file("is damaged")},
		{"a file deleted", "", func(v *vandal) { v.check(os.Remove(v.file[0])) }, file("is missing")},
		{"two files swapped", "", func(v *vandal) {
			v.check(os.Rename(v.file[0], v.file[0]+"x"))
			v.check(os.Rename(v.file[1], v.file[0]))
			v.check(os.Rename(v.file[0]+"x", v.file[1]))
		}, func(v *vandal) []string {
			return []string{filepath.Base(v.file[0])[:12] + " is damaged", filepath.Base(v.file[1])[:12] + " is damaged"}
		}},
	}
}

// TestDoctorNamesWhatWasTamperedWith lets a vandal at a node: doctor names each
// thing he did, says nothing of what he left alone, and ends with 1.
func TestDoctorNamesWhatWasTamperedWith(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, url string) {
		s := found(t, url, "6")
		numbered(t, s)
		s.sound(t)
		for _, x := range tamperings() {
			t.Run(x.name, func(t *testing.T) {
				v := newVandal(t, s)
				back := v.save(x.tables)
				x.do(v)
				r := run(t, s.flags("doctor")...)
				back()
				if r.code != 1 {
					t.Errorf("doctor ends with %d", r.code)
				}
				for _, part := range x.names(v) {
					if !strings.Contains(wrong(r.out), part) {
						t.Errorf("doctor does not say %q:\n%s%s", part, wrong(r.out), r.err)
					}
				}
				if others := v.othersIn(r.out); len(others) > 0 && !strings.HasPrefix(x.tables, "ledger") { // whose acts are not those entries'

					t.Errorf("doctor accuses %v:\n%s", others, wrong(r.out))
				}
			})
		}
		s.sound(t)
	})
}

// wrong is the lines of what is wrong.
func wrong(out string) string {
	var b strings.Builder
	for line := range strings.Lines(out) {
		if strings.HasPrefix(line, "WRONG") {
			b.WriteString(line)
		}
	}
	return b.String()
}

// numbered lets the node work until every act stands in the ledger under a checkpoint.
func numbered(t testing.TB, s *site) {
	t.Helper()
	p := s.serve(t)
	p.ready()
	d := s.sql(t)
	defer d.Close()
	for end := time.Now().Add(20 * time.Second); ; time.Sleep(50 * time.Millisecond) {
		n := 0
		if err := d.QueryRow(`select (select count(*) from ledger_open) + (select n from ledger_size) - (select coalesce(max(size), 0) from ledger_checkpoint) + (select count(*) from figure_open)`).Scan(&n); err != nil {
			t.Fatal(err)
		}
		if n == 0 {
			break
		}
		if time.Now().After(end) {
			t.Fatalf("%d acts stay without a checkpoint or out of the figures", n)
		}
	}
	p.stop()
}

func newVandal(t *testing.T, s *site) *vandal {
	v := &vandal{t: t, site: s, db: s.sql(t)}
	t.Cleanup(func() { v.db.Close() })
	rows, err := v.db.Query(`select id, dossier from act where version = 2 and dossier in (select id from dossier) order by id limit 3`)
	v.check(err)
	for rows.Next() {
		var a, d int64
		v.check(rows.Scan(&a, &d))
		v.act = append(v.act, row{id.ID(a), id.ID(d)})
	}
	v.check(rows.Err())
	v.file, _ = s.files(t)
	if len(v.act) < 2 || len(v.file) < 2 {
		t.Fatalf("not enough to harm: %v %v", v.act, v.file)
	}
	return v
}

func (v *vandal) check(err error) {
	v.t.Helper()
	if err != nil {
		v.t.Fatal(err)
	}
}

func (v *vandal) exec(q string, args ...any) {
	v.t.Helper()
	for i, a := range args {
		if n, ok := a.(id.ID); ok {
			args[i] = int64(n)
		}
	}
	r, err := v.db.ExecContext(context.Background(), q, args...)
	v.check(err)
	if n, err := r.RowsAffected(); err != nil || n == 0 {
		v.t.Fatalf("%s: harmed nothing (%v)", q, err)
	}
}

// save keeps the tables and the files; back puts them back.
func (v *vandal) save(tables string) (back func()) {
	v.t.Helper()
	all := strings.Fields(tables)
	for _, t := range all {
		v.site.change(v.t, `create table prove_`+t+` as select * from `+t)
	}
	content := map[string][]byte{}
	for _, f := range v.file {
		b, err := os.ReadFile(f)
		v.check(err)
		content[f] = b
	}
	return func() {
		for _, t := range all {
			v.site.change(v.t, `delete from `+t, `insert into `+t+` select * from prove_`+t, `drop table prove_`+t)
		}
		for f, b := range content {
			v.check(os.WriteFile(f, b, 0o600))
		}
	}
}

func (v *vandal) flip(name string) {
	b, err := os.ReadFile(name)
	v.check(err)
	b[len(b)/2] ^= 1
	v.check(os.WriteFile(name, b, 0o600))
}

// othersIn are dossiers that doctor names though nobody touched them.
func (v *vandal) othersIn(out string) (all []string) {
	mine := map[string]bool{}
	for _, a := range v.act[:2] {
		mine[a.dossier.String()] = true
	}
	for line := range strings.Lines(wrong(out)) {
		if _, rest, ok := strings.Cut(line, " of dossier "); ok && !strings.Contains(line, "file of") && !mine[rest[:14]] && !strings.Contains(line, "slipped in") {
			all = append(all, rest[:14])
		}
	}
	return all
}
