package main

import (
	"slices"
	"strings"
	"testing"

	"motcua/base/db"
	"motcua/base/db/dbtest"
	"motcua/kernel"
	"motcua/kernel/held"
)

// nobodys are the tables with nothing of persons in them, and why.
var nobodys = map[string]string{
	"changed": "names of caches", "digest": "a number", "deed_at": "a number", "sequence": "numbers of codes", "lease": "names of work", "sqlite_sequence": "SQLite's own",
	"file_scan": "hashes of files", "throttle": "keyed hashes of names and addresses, for a day",
	"clock_edit": "days of bodies", "find_synonym": "words of services", "heard": "bodies", "hours_kept": "sums of a body", "procedure_source": "services", "procedure_info": "services",
	"figure": "sums", "figure_sum": "sums", "figure_open": "sums on their way", "figure_before": "sums", "mirror_sender": "bodies",
	"ledger_open": "hashes", "ledger_entry": "hashes", "ledger_tile": "hashes", "ledger_size": "a number", "ledger_checkpoint": "signed hashes",
	"passkey_spent": "hashes of challenges", "scrub": "how far a round is", "scrub_found": "numbers of acts and files", "leave_file": "hashes of files on their way out",
	"sign_list": "numbers of certificates", "sign_clock": "a number", "sign_stamp": "hashes that were stamped", "sign_stop": "bodies", "sign_root": "authorities", "list_source": "authorities", "list_kept": "what authorities outside publish of their certificates",
	"eid_party": "portals and apps of bodies", "eid_key": "keys of the node", "sync_statement": "sums of a body", "sync_difference": "codes of a body's dossiers", "sync_alarm": "bodies",
}

// TestEveryTableIsHeld: of every table it is said what becomes of what it holds of
// persons, once, or that it holds nothing of them.
func TestEveryTableIsHeld(t *testing.T) {
	t.Parallel()
	dbtest.EachURL(t, func(t *testing.T, url string) { everyTable(t, testApp(t, url)) })
}

func everyTable(t *testing.T, a *kernel.App) {
	said := map[string]string{}
	for name := range nobodys {
		said[name] = "nobodys"
	}
	var tables []string
	err := a.DB.Read(t.Context(), func(tx *db.Tx) (err error) {
		q := `select name from sqlite_master where type = 'table' and name not like 'goose_%'`
		if a.DB.Postgres() {
			q = `select relname from pg_class where relkind = 'r' and relnamespace = current_schema()::regnamespace and relname not like 'goose_%'`
		}
		tables, err = db.List(tx, func(into func(...any) error) (s string, err error) { return s, into(&s) }, q)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range a.Systems {
		for _, x := range s.Held {
			if was := said[x.Name]; was != "" {
				t.Errorf("%s declares the table %s, and so does %s", s.Name, x.Name, was)
			}
			said[x.Name] = s.Name
			if !slices.Contains(tables, x.Name) {
				t.Errorf("%s declares %s, which is no table", s.Name, x.Name)
			}
			if x.Tell+x.Times+x.Told == "" {
				t.Errorf("%s: is the person given it with his download, or why not?", x.Name)
			}
			if x.Goes == "" && x.Dossier == "" && x.Stays == "" {
				t.Errorf("%s: when do its rows go, or why do they stay?", x.Name)
			}
			if (x.Goes != "" || x.Tell+x.Times != "") && x.Of == "" {
				t.Errorf("%s: which rows are a person's?", x.Name)
			}
			err := a.DB.Write(t.Context(), func(tx *db.Tx) error {
				if _, err := x.Rows(tx, 1); err != nil {
					return err
				}
				if err := held.DropDossier(tx, []held.Table{x}, 1); err != nil {
					return err
				}
				for _, then := range []held.When{held.Closed, held.Erased} {
					if err := held.Drop(tx, []held.Table{x}, then, 1); err != nil {
						return err
					}
				}
				return nil
			})
			if err != nil {
				t.Errorf("%s: %v", x.Name, err)
			}
		}
	}
	for _, name := range tables {
		if said[name] == "" {
			t.Errorf("the table %s was forgotten: declare in the Held of its system what becomes of what it holds of persons, or name it in nobodys", name)
		}
	}
	for name, by := range said {
		if by == "nobodys" && !strings.HasPrefix(name, "sqlite") && !slices.Contains(tables, name) {
			t.Errorf("nobodys names %s, which is no table", name)
		}
	}
}
