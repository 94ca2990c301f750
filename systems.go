package main

import (
	"motcua/kernel"
	"motcua/kernel/desk"
	"motcua/kernel/door"
	"motcua/kernel/inbox"
	"motcua/systems/portal"
)

// systems is the table of contents of the product: one line per system.
func systems() []kernel.System {
	return []kernel.System{
		door.System(),
		inbox.System(),
		desk.System(),
		portal.System(),
	}
}
