package form

import "embed"

// Texts are the sentences of this package.
//
//go:embed texts.yaml
var Texts embed.FS
