package vandal

import (
	"os"
	"time"

	"motcua/kernel/digest"
	"motcua/kernel/dossier"
)

// Crimes is the list. What a row says is all that the page and the test know of it.
func Crimes() []Crime {
	return []Crime{
		{"answer", "dossier", Sight{"doctor", "acts"}, answer},
		{"delete", "dossier", Sight{"doctor", "acts"}, erase},
		{"backdate", "dossier", Sight{"doctor", "acts"}, backdate},
		{"slip", "dossier", Sight{"doctor", "acts"}, slip},
		{"row", "dossier", Sight{"doctor", "projections"}, row},

		{"role", "office", Sight{"doctor", "rights"}, role},
		{"body", "office", Sight{"doctor", "bodies"}, body},
		{"figure", "office", Sight{"doctor", "projections"}, figures},
		{"reading", "office", Sight{"doctor", "readings"}, reading},

		{"truncate", "ledger", Sight{"doctor", "ledger"}, truncate},
		{"entry", "ledger", Sight{"doctor", "ledger"}, entry},
		{"checkpoint", "ledger", Sight{"witness", "unsigned"}, checkpoint},
		{"rewrite", "ledger", Sight{"witness", "fork"}, rewrite},
		{"rollback", "ledger", Sight{"witness", "rollback"}, rollback},

		{"swap", "paper", Sight{"doctor", "files"}, swap},
		{"bit", "paper", Sight{"program", "refused"}, bit},
		{"pdf", "paper", Sight{"verify", "changed"}, edit},
		{"impostor", "paper", Sight{"verify", "unknown"}, impostor},
		{"replay", "paper", Sight{"verify", "none"}, replay},
		{"revoked", "paper", Sight{"verify", "revoked"}, revoked},
		{"kill", "paper", Sight{"program", "finished"}, kill},
	}
}

// answer changes whose the dossier is in the very text of its first act.
func answer(s *scene) error {
	return s.exec(`update act set body = replace(body, $1, $2) where id = $3`, s.dossier.Name, s.accomplice.Name, s.dossier.Acts[0].ID)
}

func erase(s *scene) error { return s.exec(`delete from act where id = $1`, s.act.ID) }

// backdate lets the decision be taken ten days sooner.
func backdate(s *scene) error {
	return s.exec(`update act set at = at - $1 where id = $2`, (10 * 24 * time.Hour).Microseconds(), s.act.ID)
}

// slip adds an approval to a dossier that nobody approved.
func slip(s *scene) error {
	return s.exec(`insert into act (id, dossier, version, act, by, at, salt, body)
		select (select max(id) + 1 from act), d.id, d.version + 1, a.act, a.by, a.at, a.salt, a.body
		from act a, dossier d where a.id = $1 and d.id = (select max(id) from dossier where ended = 0)`, s.act.ID)
}

// row makes a pending dossier look granted in the table that lists are read from.
func row(s *scene) error {
	return s.exec(`update dossier set state = $1 where id = (select max(id) from dossier where ended = 0)`, string(s.dossier.State))
}

func role(s *scene) error {
	return s.exec(`insert into grants (id, person, role, body, covers, since, until)
		select max(id) + 1, $1, 'leader', $2, 0, 0, 0 from grants`, s.accomplice.ID, s.dossier.Body)
}

// body invents an authority.
func body(s *scene) error {
	return s.exec(`insert into body (code, id, parent, name, level, unit, zone, address, phone, from_day, to_day, next, by, made)
		values ($1, 1, '', '{"vi":"X"}', 'commune', '', $2, '', '', '', '', '', 0, 0)`, s.dossier.Body+".999", s.dossier.Zone)
}

// reading takes out that somebody looked at a dossier that was none of his business,
// an hour after.
func reading(s *scene) error {
	err := s.Engine.Told(s.ctx, dossier.Reading{Dossier: s.dossier.ID, Person: s.accomplice.ID, Body: s.dossier.Body, Role: "officer", Way: dossier.Page, Purpose: dossier.Beyond})
	if err == nil {
		err = digest.Take(s.ctx, s.App, s.Now().Add(time.Second))
	}
	if err != nil {
		return err
	}
	return s.exec(`delete from reading where dossier = $1 and person = $2`, s.dossier.ID, s.accomplice.ID)
}

// figures polishes what leaders see.
func figures(s *scene) error {
	return s.exec(`update figure set count = count + 7 where day = (select max(day) from figure)`)
}

// swap puts one stored paper in the place of another.
func swap(s *scene) error {
	one, two, err := s.two()
	if err != nil {
		return err
	}
	one, two = s.file(one), s.file(two)
	s.note("mv %s x; mv %s %s; mv x %s", one, two, one, two)
	for _, step := range [][2]string{{one, one + "x"}, {two, one}, {one + "x", two}} {
		if err := os.Rename(step[0], step[1]); err != nil {
			return err
		}
	}
	return nil
}

// bit changes a single bit of the paper as it is stored.
func bit(s *scene) error {
	name := s.file(s.result())
	b, err := os.ReadFile(name)
	if err != nil {
		return err
	}
	at := len(b) / 2
	b[at] ^= 1
	s.note(`printf '\x%02x' | dd of=%s bs=1 seek=%d conv=notrunc`, b[at], name, at)
	return os.WriteFile(name, b, 0o600)
}
