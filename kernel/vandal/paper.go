package vandal

import (
	"bytes"
	"crypto/x509"
	"errors"
	"os"
	"path/filepath"
	"slices"

	"motcua/base/db"
	"motcua/base/id"
	"motcua/base/pades"
	"motcua/kernel/sign"
)

// two are stored files that acts name: the paper of the decision and another.
func (s *scene) two() (one, two string, err error) {
	err = s.DB.Read(s.ctx, func(tx *db.Tx) error {
		return tx.Row(`select sum from file where dossier > 0 and sum <> $1 order by id limit 1`, s.result()).Scan(&two)
	})
	return s.result(), two, err
}

// edit changes one byte of the paper where its text stands.
func edit(s *scene) error {
	b := bytes.Clone(s.genuine)
	at := bytes.Index(b, []byte("stream\n"))
	if at < 0 {
		return errors.New("the paper has no text")
	}
	at += 40
	b[at] ^= 0x20
	s.shown = b
	s.note(`printf '\x%02x' | dd of=decision.pdf bs=1 seek=%d conv=notrunc`, b[at], at)
	return nil
}

// unsigned is the paper before anybody signed it.
func (s *scene) unsigned() ([]byte, error) {
	end := []byte("%%EOF\n")
	at := bytes.Index(s.genuine, end)
	if at < 0 {
		return nil, errors.New("the paper has no end")
	}
	return bytes.Clone(s.genuine[:at+len(end)]), nil
}

// replay puts the proof of a genuine paper under another one that nobody signed.
func replay(s *scene) error {
	b, err := s.unsigned()
	if err != nil {
		return err
	}
	statement, ok := pades.Statement(s.genuine)
	if !ok {
		return errors.New("the paper has no statement")
	}
	s.shown, err = pades.Attach(b, statement)
	s.note("pdfdetach -save 1 genuine.pdf -o motcua.json; pdfattach invented.pdf motcua.json receipt.pdf")
	return err
}

// impostor founds an authority of his own and signs with a certificate that says
// letter by letter what the signer's says.
func impostor(s *scene) error {
	verdict, err := pades.Read(s.genuine)
	if err != nil || len(verdict.Signatures) == 0 || verdict.Signatures[0].Certificate == nil {
		return errors.Join(err, errors.New("the paper has no signature"))
	}
	real := verdict.Signatures[0].Certificate
	dir, err := os.MkdirTemp(s.Dir, "own")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	d, err := db.Open(s.ctx, filepath.Join(dir, "own.db"))
	if err != nil {
		return err
	}
	defer d.Close()
	own, err := sign.Open(s.ctx, d, s.IDs, bytes.Repeat([]byte{1}, 32))
	if err != nil {
		return err
	}
	key, err := s.forge(d, own, real)
	if err != nil {
		return err
	}
	b, err := s.unsigned()
	if err != nil {
		return err
	}
	if statement, ok := pades.Statement(s.genuine); ok {
		if b, err = pades.Attach(b, statement); err != nil {
			return err
		}
	}
	s.shown, err = own.PDF(s.ctx, b, key, verdict.Signatures[0].Reason, s.act.At)
	s.note("openssl req -x509 -newkey ec -subj %q; sign decision.pdf", real.Subject)
	return err
}

// forge issues a certificate with the names of a real one.
func (s *scene) forge(d *db.DB, own *sign.Authority, real *x509.Certificate) (key id.ID, err error) {
	from, until := s.act.At.AddDate(0, 0, -1), s.act.At.AddDate(1, 0, 0)
	err = d.Write(s.ctx, func(tx *db.Tx) error {
		if _, _, _, err := own.Init(tx, sign.Names{Root: real.Issuer.CommonName, Issuer: real.Issuer.CommonName, Body: first(real.Issuer.Organization), Country: first(real.Issuer.Country)}, from); err != nil {
			return err
		}
		k, err := own.Issue(tx, sign.Request{Kind: sign.Seal, Name: real.Subject.CommonName, Body: first(real.Subject.Organization), From: from, Until: until})
		key = k.ID
		return err
	})
	return key, err
}

func first(all []string) string {
	if i := slices.IndexFunc(all, func(s string) bool { return s != "" }); i >= 0 {
		return all[i]
	}
	return "X"
}

// revoked shows a paper that was revoked since: its file is what it always was.
func revoked(s *scene) error { return s.revoke() }
