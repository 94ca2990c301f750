package recover

import (
	"fmt"

	"motcua/base/db"
	"motcua/base/id"
	"motcua/base/web"
	"motcua/kernel"
)

// recovered ends everything that a person could be signed in with, in the
// transaction in which he got his account back.
func recovered(a *kernel.App, tx *db.Tx, person id.ID) error {
	for _, s := range a.Systems {
		if s.Recovered != nil {
			if err := s.Recovered(a)(tx, person); err != nil {
				return fmt.Errorf("system %s: %w", s.Name, err)
			}
		}
	}
	for _, sort := range []web.Sort{web.Browser, web.Token, web.OneTime} {
		if err := a.Sessions.EndAll(tx, sort, person); err != nil {
			return err
		}
	}
	return nil
}
