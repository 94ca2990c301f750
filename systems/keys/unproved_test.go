package keys_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/pem"
	"net/url"
	"testing"

	"motcua/base/db"
	"motcua/base/db/dbtest"
	"motcua/kernel/kerneltest"
	"motcua/kernel/level"
	"motcua/kernel/sign"
	"motcua/kernel/who"
)

// TestUnproved: whose proof of identity is taken back signs no more: his
// certificates are revoked, once he is less than substantially known, by acts.
func TestUnproved(t *testing.T) {
	dbtest.EachURL(t, func(t *testing.T, at string) {
		s := open(t, at)
		p := s.People["leader"]
		prove := func(l who.Level, way string) {
			s.write(func(tx *db.Tx) error {
				return level.Reach(tx, s.Book, s.People["clerk"], p.ID, level.Proof{Level: l, Way: way, Number: "001093000011", Name: p.Name, Born: "1990-01-01"})
			})
		}
		withdraw := func(way string) {
			s.write(func(tx *db.Tx) error {
				all, err := level.Standing(tx, p.ID)
				for _, x := range all {
					if err == nil && x.Way == way {
						_, err = level.Withdraw(tx, s.Book, s.People["clerk"], p.ID, x.ID, "another's document")
					}
				}
				if err != nil {
					return err
				}
				now, err := s.Book.Find(tx, p.ID)
				if err == nil {
					err = s.Unproved(tx, s.People["clerk"], now)
				}
				return err
			})
		}
		prove(who.Substantial, level.Register)
		prove(who.High, level.Counter)
		k := s.certified()
		withdraw(level.Counter)
		if k = s.key("leader"); !k.Revoked.IsZero() {
			t.Error("revoked though he is substantially known")
		}
		withdraw(level.Register)
		if k = s.key("leader"); k.Revoked.IsZero() {
			t.Error("the certificate outlives the proof")
		}
		s.As(t, "leader").Get("/me/keys").Want(t, 200, "không còn được xác thực đủ chắc chắn")
		if n := s.count(`select count(*) from act where act = 'keys.revoke' and by = $1`, s.People["clerk"].ID); n != 1 {
			t.Errorf("%d acts of revoking by who took the proof back, want 1", n)
		}
	})
}

// TestRecoveredKeys: who got his account back has no certificate any more whose key
// somebody else may have; one whose key is kept here stays.
func TestRecoveredKeys(t *testing.T) {
	dbtest.EachURL(t, func(t *testing.T, at string) {
		s := open(t, at)
		here := s.certified()
		own, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
		if err != nil {
			t.Fatal(err)
		}
		csr, err := x509.CreateCertificateRequest(rand.Reader, &x509.CertificateRequest{}, own)
		if err != nil {
			t.Fatal(err)
		}
		ask := url.Values{"capacity": {"leader@" + kerneltest.Here}, "where": {"mine"}}
		s.leader().Form("/me/keys", ask, "file", "x.csr", pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE REQUEST", Bytes: csr})).Want(t, 303)
		if k := s.key("leader"); k.Held() || k.ID == here.ID {
			t.Fatalf("the key is kept here: %s", k.ID)
		}
		s.write(func(tx *db.Tx) error {
			for _, x := range s.Systems {
				if x.Name == "keys" {
					return x.Recovered(s.App)(tx, s.People["leader"].ID)
				}
			}
			return nil
		})
		if k := s.key("leader"); k.Revoked.IsZero() || k.Cause != sign.Lost {
			t.Errorf("a certificate for a key outside outlives the recovery: %v, cause %d", k.Revoked, k.Cause)
		}
		s.write(func(tx *db.Tx) error {
			k, err := s.Keys.Get(tx, here.ID)
			if err == nil && !k.Revoked.IsZero() {
				t.Error("the key that is kept here is revoked too")
			}
			return err
		})
		if n := s.count(`select count(*) from act where act = 'keys.revoke' and by = 0`); n != 1 {
			t.Errorf("%d acts of revoking by the node, want 1", n)
		}
	})
}
