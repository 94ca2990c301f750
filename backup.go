package main

import (
	"archive/tar"
	"compress/gzip"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"

	"motcua/base/blob"
	"motcua/base/db"
	"motcua/kernel"
)

// A backup is a gzipped tar: database.ndjson, then files/<sha256>. The database
// is written first: every file it names was stored before, so all are there.
const databaseName = "database.ndjson"

// backupCommand writes one consistent snapshot, while others go on working.
func backupCommand(ctx context.Context, c *call) error {
	withSecret := c.flags.Bool("with-secret", false, "put the node's secret in too: then keep the backup as safe as the node")
	if err := c.parse(); err != nil {
		return err
	}
	if err := c.want(1); err != nil {
		return err
	}
	a, err := open(ctx, c.settings)
	if err != nil {
		return err
	}
	defer a.Close()
	if err := console(ctx, a, "backup"); err != nil {
		return err
	}
	name := c.args[0]
	f, err := os.OpenFile(name+".new", os.O_CREATE|os.O_WRONLY|os.O_TRUNC, 0o600)
	if err != nil {
		return err
	}
	n, err := writeBackup(ctx, a, f, *withSecret)
	if err = errors.Join(err, f.Sync(), f.Close()); err != nil {
		return errors.Join(err, os.Remove(name+".new"))
	}
	if err := os.Rename(name+".new", name); err != nil {
		return err
	}
	fmt.Fprintf(c.err, "%s: the database and %d files.\n", name, n)
	if !*withSecret {
		fmt.Fprintf(c.err, "The node's secret (%s) is not in it: keep a copy of it in another place; without it the keys cannot be opened.\n", filepath.Join(c.Dir, "secret"))
	}
	return nil
}

func writeBackup(ctx context.Context, a *kernel.App, w io.Writer, withSecret bool) (files int, err error) {
	z := gzip.NewWriter(w)
	t := tar.NewWriter(z)
	dump, err := os.CreateTemp(a.Dir, "dump")
	if err != nil {
		return 0, err
	}
	defer os.Remove(dump.Name())
	defer dump.Close()
	if err := a.DB.Dump(ctx, dump); err != nil {
		return 0, err
	}
	put := func(name string, f *os.File) error {
		info, err := f.Stat()
		if err != nil {
			return err
		}
		if _, err := f.Seek(0, io.SeekStart); err != nil {
			return err
		}
		if err := t.WriteHeader(&tar.Header{Name: name, Mode: 0o600, Size: info.Size(), ModTime: time.Unix(0, 0)}); err != nil {
			return err
		}
		_, err = io.CopyN(t, f, info.Size())
		return err
	}
	if err := put(databaseName, dump); err != nil {
		return 0, err
	}
	names := []string{"root-key.pem"}
	if withSecret {
		names = append(names, "secret")
	}
	for _, name := range names {
		f, err := os.Open(filepath.Join(a.Dir, name))
		if errors.Is(err, os.ErrNotExist) {
			continue // kept apart, as it should be
		}
		if err != nil {
			return 0, err
		}
		err = errors.Join(put(name, f), f.Close())
		if err != nil {
			return 0, err
		}
	}
	err = a.Blobs.Each(func(sum blob.Sum) error {
		b, err := a.Blobs.Bytes(sum)
		if err != nil {
			return err // damaged: better no backup than a silent one
		}
		files++
		if err := t.WriteHeader(&tar.Header{Name: "files/" + sum.String(), Mode: 0o600, Size: int64(len(b)), ModTime: time.Unix(0, 0)}); err != nil {
			return err
		}
		_, err = t.Write(b)
		return err
	})
	return files, errors.Join(err, t.Close(), z.Close())
}

// restoreCommand fills an empty database and folder, of either kind, from a
// backup, which is read through to its last byte before anything is written.
func restoreCommand(ctx context.Context, c *call) error {
	if err := c.parse(); err != nil {
		return err
	}
	if err := c.want(1); err != nil {
		return err
	}
	name, secret := c.args[0], filepath.Join(c.Dir, "secret")
	holds, err := examine(name)
	if err != nil {
		return fmt.Errorf("%s is cut or damaged, or not a backup; nothing was restored: %w", name, err)
	}
	switch _, err := os.Stat(secret); {
	case err == nil && holds["secret"]:
		return fmt.Errorf("%s is there already: restore into an empty folder", secret)
	case err != nil && !holds["secret"] && c.Secret == "":
		return fmt.Errorf("the backup does not hold the node's secret: first put the copy you kept to %s", secret)
	}
	if err := os.MkdirAll(c.Dir, 0o700); err != nil {
		return err
	}
	n, err := c.restore(ctx, name)
	if err != nil {
		return err
	}
	a, err := open(ctx, c.settings) // with the restored keys
	if err != nil {
		return fmt.Errorf("everything is restored, but does not open: %w", err)
	}
	defer a.Close()
	fmt.Fprintf(c.err, "Restored the database and %d files. Now: motcua doctor\n", n)
	return nil
}

// entries calls f with every entry of the backup and reads it to its end, where
// the checksum stands.
func entries(backup string, f func(name string, content io.Reader) error) error {
	in, err := os.Open(backup)
	if err != nil {
		return err
	}
	defer in.Close()
	z, err := gzip.NewReader(in)
	if err != nil {
		return err
	}
	for t := tar.NewReader(z); ; {
		h, err := t.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err == nil {
			err = f(h.Name, t)
		}
		if err != nil {
			return err
		}
	}
	_, err = io.Copy(io.Discard, z)
	return err
}

// examine says what the backup holds, once all of it was found to be whole.
func examine(backup string) (holds map[string]bool, err error) {
	holds = map[string]bool{}
	err = entries(backup, func(name string, content io.Reader) error {
		holds[name] = true
		sum, isFile := strings.CutPrefix(name, "files/")
		if !isFile && name != databaseName && name != "secret" && name != "root-key.pem" {
			return fmt.Errorf("it holds %q, which this program does not know", name)
		}
		h := sha256.New()
		if _, err := io.Copy(h, content); err != nil {
			return err
		}
		if isFile && hex.EncodeToString(h.Sum(nil)) != sum {
			return fmt.Errorf("file %s is not what it was", sum)
		}
		return nil
	})
	if err == nil && !holds[databaseName] {
		err = errors.New("it holds no database")
	}
	return holds, err
}

func (c *call) restore(ctx context.Context, backup string) (files int, err error) {
	dump, rootKey := filepath.Join(c.Dir, "restore.ndjson"), filepath.Join(c.Dir, "restore.pem")
	defer os.Remove(dump)
	defer os.Remove(rootKey)
	store, err := blob.Open(filepath.Join(c.Dir, "files"))
	if err != nil {
		return 0, err
	}
	err = entries(backup, func(name string, content io.Reader) error {
		switch {
		case name == databaseName:
			return writeFrom(dump, content)
		case name == "root-key.pem":
			return writeFrom(rootKey, content)
		case !strings.HasPrefix(name, "files/"):
			return writeFrom(filepath.Join(c.Dir, name), content)
		}
		files++
		_, _, err := store.Put(ctx, content, 1<<30)
		return err
	})
	if err != nil {
		return files, err
	}
	a, err := open(ctx, c.settings) // makes the tables
	if err != nil {
		return files, err
	}
	defer a.Close()
	used := 0
	err = a.DB.Read(ctx, func(tx *db.Tx) error {
		return tx.Row(`select count(*) from (select id from person limit 1) as one`).Scan(&used)
	})
	if err == nil && used > 0 {
		err = errors.New("the database is in use: restore into an empty one")
	}
	if err != nil {
		return files, err
	}
	if err := a.DB.Empty(ctx); err != nil {
		return files, err
	}
	in, err := os.Open(dump)
	if err != nil {
		return files, err
	}
	defer in.Close()
	if err := a.DB.Load(ctx, in); err != nil {
		return files, err
	}
	// Making the tables made keys too, which nobody needs now.
	own := filepath.Join(c.Dir, "root-key.pem")
	if err = os.Rename(rootKey, own); errors.Is(err, os.ErrNotExist) { // it is kept apart
		err = os.Remove(own)
	}
	return files, errors.Join(err, a.Engine.Leap(ctx))
}

func writeFrom(name string, r io.Reader) error {
	f, err := os.OpenFile(name, os.O_CREATE|os.O_WRONLY|os.O_TRUNC, 0o600)
	if err != nil {
		return err
	}
	_, err = io.Copy(f, r)
	return errors.Join(err, f.Sync(), f.Close())
}
