package main

import (
	"context"

	"motcua/base/db"
	"motcua/base/id"
)

// fill adds n copies of the dossier first with its opening act, as reading them
// finds them: every tenth at the body of first, a hundred of those still to do
// and the others ended long ago, due dates and times of opening spread. The ledger holds them, under a leaf that
// is none of theirs: it is for measuring how lists and pages grow, and for nothing else.
func fill(ctx context.Context, d *db.DB, first id.ID, n int) error {
	const chunk = 20_000
	for from := 1; from <= n; from += chunk {
		to := min(from+chunk-1, n)
		err := d.Write(ctx, func(tx *db.Tx) error {
			_, err := tx.Exec(`with recursive n(i) as (select cast($2 as bigint) union all select i + 1 from n where i < $3)
				insert into dossier (id, kind, kind_version, code, tail, state, body, zone, applicant, org, helper, name, subject,
					channel, holder, parent, version, opened, changed, entered, started, due, desk_due, ended, waiting, desk, folded)
				select d.id + n.i, d.kind, d.kind_version, 'FILL-' || n.i, d.tail,
					case when n.i % 100 = 0 and n.i <= 10000 then d.state else 'returned' end,
					case when n.i % 10 = 0 then d.body else 'B' || (n.i % 700) end,
					d.zone, d.applicant + case when n.i % 5000 = 0 then 0 else n.i end, d.org, d.helper, d.name, d.subject, d.channel, 0, 0, 1,
					d.opened - n.i * 1000000, d.changed, d.entered, d.started, d.due + n.i * 1000000, d.desk_due,
					case when n.i % 100 = 0 and n.i <= 10000 then 0 else d.due end, 0,
					case when n.i % 100 = 0 and n.i <= 10000 then d.desk else '' end, d.folded
				from dossier d cross join n where d.id = $1`, first, from, to)
			if err != nil {
				return err
			}
			_, err = tx.Exec(`with recursive n(i) as (select cast($2 as bigint) union all select i + 1 from n where i < $3)
				insert into act (id, dossier, version, act, by, at, salt, body)
				select a.id + n.i, a.dossier + n.i, 1, a.act, a.by, a.at - n.i * 1000000, a.salt, a.body
				from act a cross join n where a.dossier = $1 and a.version = 1`, first, from, to)
			if err != nil {
				return err
			}
			_, err = tx.Exec(`with recursive n(i) as (select cast($2 as bigint) union all select i + 1 from n where i < $3)
				insert into ledger_open (act, leaf)
				select a.id + n.i, $4 from act a cross join n where a.dossier = $1 and a.version = 1`, first, from, to, make([]byte, 32))
			return err
		})
		if err != nil {
			return err
		}
	}
	return nil
}
