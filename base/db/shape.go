package db

import (
	"fmt"
	"slices"
	"strings"
)

// A table as Dump and Load see it.
type table struct {
	name    string
	columns []string
	kinds   []kind
	key     []string // columns of the primary key, in its order
	parents []string // tables its rows refer to
}

// A kind is a type that both databases have.
type kind string

const (
	kindInt   kind = "int"
	kindText  kind = "text"
	kindBool  kind = "bool"
	kindBytes kind = "bytes" // base64 in a dump
	kindReal  kind = "real"
)

// kinds by the names that the two databases give to what a migration declared.
var kinds = map[string]kind{
	"bigint": kindInt, "integer": kindInt, "smallint": kindInt, "int": kindInt,
	"text": kindText, "boolean": kindBool, "bytea": kindBytes, "blob": kindBytes,
	"double precision": kindReal, "real": kindReal,
}

// passing reports tables that are not carried to another database: versions of
// the schema, and what only means something to programs that run now.
func passing(name string) bool {
	return strings.HasPrefix(name, "goose_") || strings.HasPrefix(name, "sqlite_") || name == "lease" || name == "changed"
}

// The queries behind shape, for either database: every column as table, column,
// type, place in the primary key (0: none); every reference as table, parent;
// every schema's name.
type catalogue struct{ columns, references, schemas string }

var sqliteCatalogue = catalogue{
	columns: `select m.name, c.name, lower(c.type), c.pk from sqlite_master m, pragma_table_info(m.name) c
		where m.type = 'table' order by m.name, c.cid`,
	references: `select m.name, f."table" from sqlite_master m, pragma_foreign_key_list(m.name) f where m.type = 'table'`,
	schemas:    `select name from sqlite_master where type = 'table' and name like 'goose\_%' escape '\' order by name`,
}

var postgresCatalogue = catalogue{
	columns: `select c.relname, a.attname, format_type(a.atttypid, null), coalesce(array_position(i.indkey::int2[], a.attnum), -1) + 1
		from pg_class c join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
		left join pg_index i on i.indrelid = c.oid and i.indisprimary
		where c.relkind = 'r' and c.relnamespace = current_schema()::regnamespace order by c.relname, a.attnum`,
	references: `select c.relname, p.relname from pg_constraint f join pg_class c on c.oid = f.conrelid join pg_class p on p.oid = f.confrelid
		where f.contype = 'f' and c.relnamespace = current_schema()::regnamespace`,
	schemas: `select relname from pg_class where relkind = 'r' and relnamespace = current_schema()::regnamespace
		and relname like 'goose\_%' order by relname`,
}

func (d *DB) catalogue() catalogue {
	if d.Postgres() {
		return postgresCatalogue
	}
	return sqliteCatalogue
}

// shape is every table that is carried over, parents before what refers to them.
func (d *DB) shape(t *Tx) ([]table, error) {
	type column struct {
		table, name, declared string
		key                   int
	}
	columns, err := List(t, func(into func(...any) error) (c column, err error) {
		return c, into(&c.table, &c.name, &c.declared, &c.key)
	}, d.catalogue().columns)
	if err != nil {
		return nil, err
	}
	references, err := List(t, func(into func(...any) error) (r [2]string, err error) {
		return r, into(&r[0], &r[1])
	}, d.catalogue().references)
	if err != nil {
		return nil, err
	}
	byName := map[string]*table{}
	var names []string
	keys := map[string]int{}
	for _, c := range columns {
		if passing(c.table) {
			continue
		}
		tb := byName[c.table]
		if tb == nil {
			tb = &table{name: c.table}
			byName[c.table] = tb
			names = append(names, c.table)
		}
		k, ok := kinds[c.declared]
		if !ok {
			return nil, fmt.Errorf("column %s.%s: type %q is not the same on both databases", c.table, c.name, c.declared)
		}
		tb.columns = append(tb.columns, c.name)
		tb.kinds = append(tb.kinds, k)
		if c.key > 0 {
			tb.key = append(tb.key, c.name)
			keys[c.table+"."+c.name] = c.key
		}
	}
	for _, tb := range byName {
		slices.SortFunc(tb.key, func(a, b string) int { return keys[tb.name+"."+a] - keys[tb.name+"."+b] })
		for _, r := range references {
			if r[0] == tb.name && r[1] != tb.name {
				tb.parents = append(tb.parents, r[1])
			}
		}
	}
	return inOrder(names, byName)
}

// inOrder puts every table after those its rows refer to.
func inOrder(names []string, byName map[string]*table) ([]table, error) {
	var all []table
	done := map[string]bool{}
	for len(all) < len(names) {
		before := len(all)
		for _, name := range names {
			tb := byName[name]
			if !done[name] && !slices.ContainsFunc(tb.parents, func(p string) bool { return !done[p] }) {
				all = append(all, *tb)
				done[name] = true
			}
		}
		if len(all) == before {
			return nil, fmt.Errorf("tables refer to each other in a circle: %v", names)
		}
	}
	return all, nil
}

// schemas is the version of every package's tables.
func (d *DB) schemas(t *Tx) (map[string]int64, error) {
	names, err := List(t, func(into func(...any) error) (s string, err error) { return s, into(&s) }, d.catalogue().schemas)
	if err != nil {
		return nil, err
	}
	all := map[string]int64{}
	for _, name := range names {
		var v int64
		if err := t.Row(`select coalesce(max(version_id), 0) from ` + name).Scan(&v); err != nil {
			return nil, err
		}
		all[strings.TrimPrefix(name, "goose_")] = v
	}
	return all, nil
}
