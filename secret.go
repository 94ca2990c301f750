package main

import (
	"crypto/rand"
	"encoding/hex"
	"errors"
	"os"
	"path/filepath"
	"strings"

	"motcua/kernel"
)

// nodeSecret reads the 32 bytes that seal the node's keys from dir/secret; the
// first start makes them, and tells so: fresh bytes that do not open the keys of
// a database are none of its node's, and forget takes them away. text, when given,
// is the secret itself.
func nodeSecret(dir, text string) (secret []byte, fresh bool, err error) {
	if text != "" {
		secret, err = parseSecret(text)
		return secret, false, err
	}
	name := filepath.Join(dir, "secret")
	b, err := os.ReadFile(name)
	if errors.Is(err, os.ErrNotExist) {
		secret = make([]byte, 32)
		rand.Read(secret)
		return secret, true, kernel.WriteDurably(name, []byte(hex.EncodeToString(secret)+"\n"))
	}
	if err != nil {
		return nil, false, err
	}
	secret, err = parseSecret(string(b))
	return secret, false, err
}

// forget takes fresh bytes away again that were no use: who looks for a lost
// secret finds none instead of a wrong one.
func forget(dir string) error { return os.Remove(filepath.Join(dir, "secret")) }

func parseSecret(text string) ([]byte, error) {
	b, err := hex.DecodeString(strings.TrimSpace(text))
	if err != nil || len(b) != 32 {
		return nil, errors.New("the node's secret is not 64 hexadecimal digits")
	}
	return b, nil
}
