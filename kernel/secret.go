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
// first start makes them, and tells so: fresh bytes that do not open the keys of
// a database are none of its node's, and Forget takes them away. text, when given,
// is the secret itself.
func NodeSecret(dir, text string) (secret []byte, fresh bool, err error) {
	if text != "" {
		secret, err = parseSecret(text)
		return secret, false, err
	}
	name := filepath.Join(dir, "secret")
	b, err := os.ReadFile(name)
	if errors.Is(err, os.ErrNotExist) {
		secret = make([]byte, 32)
		rand.Read(secret)
		return secret, true, writeDurably(name, []byte(hex.EncodeToString(secret)+"\n"))
	}
	if err != nil {
		return nil, false, err
	}
	secret, err = parseSecret(string(b))
	return secret, false, err
}

// ErrSecret is a secret that does not open the keys of the database.
var ErrSecret = errors.New("the keys in the database do not open with this node's secret: give it the one it was founded with")

// Forget takes fresh bytes away again that were no use: who looks for a lost
// secret finds none instead of a wrong one.
func Forget(dir string) error { return os.Remove(filepath.Join(dir, "secret")) }

func parseSecret(text string) ([]byte, error) {
	b, err := hex.DecodeString(strings.TrimSpace(text))
	if err != nil || len(b) != 32 {
		return nil, errors.New("the node's secret is not 64 hexadecimal digits")
	}
	return b, nil
}
