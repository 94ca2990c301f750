// Package keys is signatures: what programs ask of the node's authority, a
// person's own certificates and every use of them, documents signed by who
// confirmed their digest, the seals of bodies, and the switch that stops it all.
package keys

import (
	"context"
	"time"

	"motcua/kernel"
	"motcua/systems/keys/pki"
)

// System is the signatures.
func System() kernel.System {
	return kernel.System{Name: "keys",
		Routes: func(*kernel.App) []kernel.Route { return pki.Routes() },
		Every: []kernel.Task{
			{Name: "sign lists of revoked certificates", Pause: 30 * time.Minute, Do: func(ctx context.Context, a *kernel.App) error { return a.Keys.Relist(ctx, a.Now()) }}}}
}
