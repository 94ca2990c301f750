package main

import (
	"motcua/kernel"
	"motcua/kernel/api"
	"motcua/kernel/desk"
	"motcua/kernel/door"
	"motcua/kernel/hours"
	"motcua/kernel/inbox"
	"motcua/kernel/paper"
	"motcua/systems/portal"
)

// systems is the table of contents of the product: one line per system.
func systems() []kernel.System {
	return []kernel.System{
		door.System(),
		paper.System(),
		inbox.System(),
		desk.System(),
		hours.System(),
		api.System(),
		portal.System(),
	}
}
