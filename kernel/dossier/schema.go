package dossier

import (
	"embed"
	"io/fs"
)

//go:embed schema/*.sql
var schema embed.FS

// Schema holds the tables of acts and of what they add up to.
func Schema() fs.FS { sub, _ := fs.Sub(schema, "schema"); return sub }

// Texts are the sentences of this package.
//
//go:embed texts.yaml
var Texts embed.FS
