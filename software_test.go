package main

import (
	"testing"
	"time"

	"motcua/base/db"
	"motcua/base/web"
	"motcua/systems/handover/register"
)

// software lets the body of the first example of birth registration keep its own
// software, and returns the token of that.
func software(t testing.TB, w *world) (secret string) {
	t.Helper()
	r := register.Of(w.App)
	err := w.DB.Write(t.Context(), func(tx *db.Tx) error {
		c, _, err := r.Connect(tx, w.cast["admin"], register.Connection{Body: example(t, w, birth, "returned")["body"].(string), Way: register.Pull})
		if err == nil {
			secret, err = w.Sessions.Make(tx, web.Token, c.Account, "read write", "software", time.Hour)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return secret
}
