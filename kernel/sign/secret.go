package sign

import (
	"context"
	"errors"
	"fmt"

	"motcua/base/db"
	"motcua/base/fault"
)

// Keep stores another secret of the node under a name, in place of the one that was there.
func (a *Authority) Keep(tx *db.Tx, name string, secret []byte) error {
	_, err := tx.Exec(`insert into sign_secret (name, sealed) values ($1, $2)
		on conflict (name) do update set sealed = excluded.sealed`, name, a.box.Seal("secret:"+name, secret))
	return err
}

// Forget removes the secret of a name.
func (a *Authority) Forget(tx *db.Tx, name string) error {
	_, err := tx.Exec(`delete from sign_secret where name = $1`, name)
	return err
}

// Kept is the secret of a name; none is a fault.NotFound.
func (a *Authority) Kept(ctx context.Context, name string) (secret []byte, err error) {
	var sealed []byte
	err = a.d.Look(ctx, func(tx *db.Tx) error {
		return tx.Row(`select sealed from sign_secret where name = $1`, name).Scan(&sealed)
	})
	if errors.Is(err, fault.NotFound) {
		return nil, fault.New(fault.NotFound, "sign.nosecret", name)
	}
	if err == nil {
		secret, err = a.box.Open("secret:"+name, sealed)
	}
	if err != nil {
		return nil, fmt.Errorf("secret %s: %w", name, err)
	}
	return secret, nil
}
