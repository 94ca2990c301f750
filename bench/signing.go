package main

import (
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"fmt"
	"path/filepath"
	"time"

	"motcua/base/db"
	"motcua/base/id"
	"motcua/base/pades"
	"motcua/base/pdf"
	"motcua/kernel/sign"
)

// signing measures sealing a PDF (PAdES B-B), against the bare signature with
// ECDSA P-256 over its digest (limit) and that with RSA-2048 (peer); then what one
// document of a batch costs by who confirmed it, without its stamp and with one.
func signing(b *bench) error {
	batch := b.flags.Int("batch", 200, "documents under one confirmation")
	if err := b.begin(map[string]string{"turn": "1s"}); err != nil {
		return err
	}
	s, err := newSigner(b)
	if err != nil {
		return err
	}
	defer s.d.Close()
	ctx := context.Background()
	small, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return err
	}
	large, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		return err
	}
	bare := func(key crypto.Signer) Arm {
		return Arm{do: func(int, int) error {
			sum := sha256.Sum256(s.paper)
			_, err := key.Sign(rand.Reader, sum[:], crypto.SHA256)
			return err
		}}
	}
	err = b.measure(Arms{Limit: bare(small), Peer: bare(large), Ours: Arm{do: func(int, int) error {
		_, err := s.a.PDF(ctx, s.paper, s.seal.ID, "", time.Now())
		return err
	}}})
	if err != nil {
		return err
	}
	for name, stamper := range map[string]func([]byte) ([]byte, error){"": nil, "_stamped": s.a.Stamper(ctx, time.Now)} {
		var all []float64
		for n := range b.rounds {
			us, err := s.batch(*batch, n, stamper)
			if err != nil {
				return err
			}
			all = append(all, us)
		}
		us := median(all, func(us float64) float64 { return us })
		b.More["batch"+name+"_us"] = us
		b.More["batch"+name+"_vs_limit"] = us / b.Arms.Limit.CPU
	}
	b.More["batch"], b.More["bytes"] = float64(*batch), float64(len(s.paper))
	return nil
}

// A signer is an authority with a seal, a person and a paper.
type signer struct {
	d            *db.DB
	a            *sign.Authority
	seal, person sign.Key
	paper        []byte
}

func newSigner(b *bench) (s signer, err error) {
	ctx, url, now := context.Background(), filepath.Join(b.dir, "sign.db"), time.Now()
	if b.pg != nil {
		if url, err = b.pg.database("sign"); err != nil {
			return s, err
		}
	}
	if s.d, err = db.Open(ctx, url); err != nil {
		return s, err
	}
	if s.a, err = sign.Open(ctx, s.d, id.NewSource(1, time.Now), make([]byte, 32)); err != nil {
		return s, err
	}
	if s.paper, err = pdf.Make(pdf.Doc{Size: pdf.A4, Title: "x", At: now}, pdf.Fonts{}); err != nil {
		return s, err
	}
	err = s.d.Write(ctx, func(tx *db.Tx) (err error) {
		if _, _, _, err = s.a.Init(tx, sign.Names{Root: "r", Issuer: "i", Body: "b", Country: "VN"}, now.AddDate(-1, 0, 0)); err != nil {
			return err
		}
		if err = s.a.WindUp(tx, "bench.example", now.AddDate(0, -1, 0)); err != nil {
			return err
		}
		until := now.AddDate(1, 0, 0)
		if s.seal, err = s.a.Issue(tx, sign.Request{Kind: sign.Seal, Name: "b", Body: "b", From: now.AddDate(0, -1, 0), Until: until}); err != nil {
			return err
		}
		s.person, err = s.a.Issue(tx, sign.Request{Kind: sign.Person, Name: "p", Body: "b", Serial: "1", From: now.AddDate(0, -1, 0), Until: until})
		return err
	})
	return s, err
}

// batch is the CPU of one document of n that a person confirmed at once, in
// microseconds: its place, its permit, its signature, its file.
func (s signer) batch(n, round int, stamper func([]byte) ([]byte, error)) (us float64, err error) {
	ctx, now := context.Background(), time.Now()
	prepared, digests := make([][]byte, n), make([][32]byte, n)
	before := used()
	for i := range n {
		by := pades.By{Reason: fmt.Sprintf("%d %d %v", round, i, stamper != nil), At: now}
		if prepared[i], digests[i], err = pades.Prepare(s.paper, by); err != nil {
			return 0, err
		}
	}
	err = s.d.Write(ctx, func(tx *db.Tx) error {
		for _, sum := range digests {
			if _, err := s.a.Permit(tx, "1", sign.Use{Key: s.person.ID, Digest: sum, What: "x", At: now}); err != nil {
				return err
			}
		}
		return nil
	})
	for i := 0; i < n && err == nil; i++ {
		var message []byte
		if message, err = s.a.Personal(ctx, s.person.ID, digests[i], now, false, stamper); err == nil {
			_, err = pades.Embed(prepared[i], message)
		}
	}
	return float64((used() - before).Microseconds()) / float64(n), err
}
