package kernel

import (
	"crypto/rand"
	"encoding/hex"
	"errors"
	"os"
	"path/filepath"
	"strings"
)

// writeDurably writes a file that survives power loss, readable by its owner alone.
func writeDurably(name string, b []byte) error {
	f, err := os.OpenFile(name+".new", os.O_CREATE|os.O_WRONLY|os.O_TRUNC, 0o600)
	if err != nil {
		return err
	}
	_, err = f.Write(b)
	if err = errors.Join(err, f.Sync(), f.Close()); err != nil {
		return err
	}
	if err := os.Rename(name+".new", name); err != nil {
		return err
	}
	d, err := os.Open(filepath.Dir(name))
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}

// NodeSecret reads the 32 bytes that seal the node's keys from dir/secret; the
// first start makes them. text, when given, is the secret itself.
func NodeSecret(dir, text string) ([]byte, error) {
	if text != "" {
		return parseSecret(text)
	}
	name := filepath.Join(dir, "secret")
	b, err := os.ReadFile(name)
	if errors.Is(err, os.ErrNotExist) {
		fresh := make([]byte, 32)
		rand.Read(fresh)
		return fresh, writeDurably(name, []byte(hex.EncodeToString(fresh)+"\n"))
	}
	if err != nil {
		return nil, err
	}
	return parseSecret(string(b))
}

func parseSecret(text string) ([]byte, error) {
	b, err := hex.DecodeString(strings.TrimSpace(text))
	if err != nil || len(b) != 32 {
		return nil, errors.New("the node's secret is not 64 hexadecimal digits")
	}
	return b, nil
}
