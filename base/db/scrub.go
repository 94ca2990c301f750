package db

import "context"

// Scrub writes the database anew without what was deleted: until then its bytes
// lie in pages that nobody uses. It takes as long as copying the database does and
// holds up writers meanwhile, so it is for a quiet hour, after an erasure.
//
// What the disk keeps of blocks it gave back, and backups made before, are beyond it.
func (d *DB) Scrub(ctx context.Context) error {
	if d.Postgres() {
		_, err := d.pool.ExecContext(ctx, "vacuum full")
		return explain(err)
	}
	_, err := d.write.do(ctx, func(t *Tx) error {
		if _, err := t.Exec("vacuum"); err != nil {
			return err
		}
		_, err := checkpoint(t.ctx, t.run, "truncate")
		return err
	}, outside)
	return err
}
