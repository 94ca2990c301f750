package kernel

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"

	"motcua/base/db"
	"motcua/base/fault"
	"motcua/kernel/ledger"
	"motcua/kernel/sign"
)

// keys opens the node's keys, which stand in the database sealed with the
// node's secret, so that all programs of one database have the same. The first
// program makes them: the authority's root, its issuer, the node's seal and
// clock, and the ledger's key. The root's own key goes to a file that the running node never reads.
func (a *App) keys(ctx context.Context) (err error) {
	if a.Keys, err = sign.Open(ctx, a.DB, a.IDs, a.Secret); err != nil {
		return err
	}
	a.Keys.URL, a.Keys.Now = a.URL, a.Now
	secret, err := a.Keys.Kept(ctx, "ledger")
	if errors.Is(err, fault.NotFound) {
		if err := a.firstKeys(ctx); err != nil {
			return err
		}
		secret, err = a.Keys.Kept(ctx, "ledger")
	}
	if err != nil && fault.Of(err) == "" {
		err = fmt.Errorf("%w (%s, or MOTCUA_SECRET): %w", ErrSecret, filepath.Join(a.Dir, "secret"), err)
	}
	if err != nil {
		return err
	}
	if err := a.partRootKey(ctx); err != nil {
		return err
	}
	if err := a.DB.Write(ctx, func(tx *db.Tx) error { return a.Keys.WindUp(tx, a.Node, a.Now()) }); err != nil {
		return err
	}
	if a.Log, err = ledger.Open(ctx, a.DB, string(secret)); err != nil {
		return err
	}
	return a.DB.Read(ctx, func(tx *db.Tx) error {
		all, err := a.Keys.List(tx)
		for _, k := range all {
			if k.Kind == sign.Seal && k.Body == "" && k.Revoked.IsZero() {
				a.Seal = k
			}
		}
		if err == nil && a.Seal.ID == 0 {
			err = errors.New("the node has no seal")
		}
		return err
	})
}

func (a *App) firstKeys(ctx context.Context) error {
	fresh, err := ledger.NewKey(a.Node + "/ledger")
	if err != nil {
		return err
	}
	now := a.Now()
	return a.DB.Write(ctx, func(tx *db.Tx) error {
		var there int
		if err := tx.Row(`select count(*) from sign_secret where name = 'ledger'`).Scan(&there); err != nil || there > 0 {
			return err // another program was first
		}
		_, _, rootKey, err := a.Keys.Init(tx, sign.Names{Root: a.Node + " root", Issuer: a.Node + " issuer", Body: a.Node, Country: a.Land}, now)
		if err != nil {
			return err
		}
		if _, err := a.Keys.Issue(tx, sign.Request{Kind: sign.Seal, Name: a.Node, Body: a.Node, From: now, Until: now.AddDate(5, 0, 0)}); err != nil {
			return err
		}
		return errors.Join(a.Keys.Keep(tx, "ledger", []byte(fresh)), a.Keys.Keep(tx, "root", rootKey))
	})
}

// partRootKey moves the root's key, which stands sealed in the database since
// the first start, to its file; a start that was cut short leaves it to the next.
func (a *App) partRootKey(ctx context.Context) error {
	key, err := a.Keys.Kept(ctx, "root")
	if errors.Is(err, fault.NotFound) {
		return nil
	}
	if err == nil {
		err = WriteDurably(filepath.Join(a.Dir, "root-key.pem"), key)
	}
	if err != nil {
		return fmt.Errorf("the root's key: %w", err)
	}
	return a.DB.Write(ctx, func(tx *db.Tx) error { return a.Keys.Forget(tx, "root") })
}
