package kernel

import (
	"errors"
	"os"
	"path/filepath"
)

// WriteDurably writes a file that survives power loss, readable by its owner alone.
func WriteDurably(name string, b []byte) error {
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

// ErrSecret is a secret that does not open the keys of the database.
var ErrSecret = errors.New("the keys in the database do not open with this node's secret: give it the one it was founded with")
