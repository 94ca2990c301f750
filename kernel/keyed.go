package kernel

import (
	"crypto/hmac"
	"crypto/sha256"
)

// Keyed is a hash of text that nobody can make without the program's own secret,
// which is not in the database. What it is for stands at the text's begin.
func (a *App) Keyed(text string) []byte {
	m := hmac.New(sha256.New, a.Secret)
	m.Write([]byte(text))
	return m.Sum(nil)
}
