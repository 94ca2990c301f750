package vandal

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"strings"

	"golang.org/x/mod/sumdb/note"

	"motcua/base/db"
	"motcua/base/id"
	"motcua/kernel/dossier"
	"motcua/kernel/ledger"
)

// truncate takes the last entry off the ledger.
func truncate(s *scene) error {
	if err := s.exec(`delete from ledger_entry where n = (select n - 1 from ledger_size)`); err != nil {
		return err
	}
	return s.exec(`update ledger_size set n = n - 1`)
}

// entry changes an act and its entry in the ledger too, so that both agree.
func entry(s *scene) error {
	if err := s.exec(`update act set by = $1 where id = $2`, s.accomplice.ID, s.act.ID); err != nil {
		return err
	}
	forged := s.act
	forged.By = s.accomplice.ID
	leaf := ledger.Leaf(forged.Salt, forged.Canonical())
	return s.exec(`update ledger_entry set leaf = $1 where act = $2`, leaf[:], s.act.ID)
}

// checkpoint signs the ledger's root with a key that calls itself the ledger's.
func checkpoint(s *scene) error {
	key, err := ledger.NewKey(s.Log.Verifier().Name())
	if err != nil {
		return err
	}
	signer, err := note.NewSigner(key)
	if err != nil {
		return err
	}
	now, err := s.Log.Serve(s.ctx, "checkpoint")
	if err != nil {
		return err
	}
	text, _, _ := strings.Cut(string(now.Body), "\n\n")
	lines := strings.Split(text, "\n")
	if len(lines) < 3 {
		return fmt.Errorf("checkpoint %q", text)
	}
	lines[2] = base64.StdEncoding.EncodeToString(bytes.Repeat([]byte{7}, 32))
	forged, err := note.Sign(&note.Note{Text: strings.Join(lines, "\n") + "\n"}, signer)
	if err != nil {
		return err
	}
	return s.exec(`update ledger_checkpoint set note = $1 where size = (select max(size) from ledger_checkpoint)`, string(forged))
}

// rewrite changes who decided and then builds the whole ledger anew, with the
// node's own key: what stands at the node agrees with itself in every point.
func rewrite(s *scene) error {
	if err := s.exec(`update act set by = $1 where id = $2`, s.accomplice.ID, s.act.ID); err != nil {
		return err
	}
	for _, q := range []string{`delete from ledger_tile`, `delete from ledger_checkpoint`, `update ledger_size set n = 0`} {
		if err := s.exec(q); err != nil {
			return err
		}
	}
	s.did = append(s.did, `delete from ledger_entry; insert into ledger_open select id, sha256(salt || canonical) from act; -- and sign again, with the node's own key`)
	err := s.DB.Write(s.ctx, func(tx *db.Tx) error {
		order, err := db.List(tx, func(into func(...any) error) (n id.ID, err error) { return n, into(&n) }, `delete from ledger_entry returning act`)
		if err != nil {
			return err
		}
		all, err := db.List(tx, func(into func(...any) error) (a dossier.Act, err error) {
			var at db.Time
			err = into(&a.ID, &a.Dossier, &a.Version, &a.Act, &a.By, &at, &a.Salt, &a.Body)
			a.At = at.Time
			return a, err
		}, `select id, dossier, version, act, by, at, salt, coalesce(body, '') from act`)
		if err != nil {
			return err
		}
		leaves := map[id.ID][32]byte{}
		for i := range all {
			leaves[all[i].ID] = ledger.Leaf(all[i].Salt, all[i].Canonical())
		}
		for _, n := range order {
			if err := ledger.Note(tx, n, leaves[n]); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	return s.Log.Advance(s.ctx)
}

// rollback lets the decision be revoked, lets the world see it, and puts the
// disk back to how it was before.
func rollback(s *scene) error {
	var before bytes.Buffer
	if err := s.DB.Dump(s.ctx, &before); err != nil {
		return err
	}
	if err := s.revoke(); err != nil {
		return err
	}
	if err := s.Log.Advance(s.ctx); err != nil {
		return err
	}
	if err := s.witness.Look(s.ctx); err != nil {
		return err
	}
	s.did = append(s.did, "motcua restore yesterday.motcua")
	if err := s.DB.Empty(s.ctx); err != nil {
		return err
	}
	return s.DB.Load(s.ctx, &before)
}

// revoke is what the leader really decided.
func (s *scene) revoke() error {
	me, err := s.Book.Person(s.ctx, s.act.By)
	if err != nil {
		return err
	}
	_, err = s.Engine.Act(s.ctx, dossier.Order{Me: me, Dossier: s.dossier.ID, Act: "revoke",
		Answers: map[string]any{"reasons": []any{map[string]any{"ref": "", "text": "It was obtained by a false paper."}}}})
	s.did = append(s.did, fmt.Sprintf("-- revoke %s", s.dossier.Code))
	return err
}
