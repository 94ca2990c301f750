package portal

import (
	"io/fs"

	"motcua/kernel"
)

func (p *portal) texts() []fs.FS { return []fs.FS{texts} }

func (p *portal) routes(a *kernel.App) []kernel.Route { return nil }
