package api

import (
	"motcua/base/web"
	"motcua/kernel"
)

func (d *doors) docs(r *kernel.Request) (web.Answer, error) { return d.document(r) }
