package mirror

import (
	"context"
	"fmt"
	"math"
	"strings"
	"time"

	"motcua/base/db"
	"motcua/base/id"
	"motcua/base/lang"
	"motcua/kernel/dossier"
)

const rowColumns = `id, body, code, version, state, procedure, channel, opened, due, ended, changed, batch, salt, line`

func scanRow(into func(...any) error) (r Row, err error) {
	var opened, due, ended, changed db.Time
	err = into(&r.ID, &r.Body, &r.Code, &r.Version, &r.State, &r.Procedure, &r.Channel, &opened, &due, &ended, &changed, &r.Batch, &r.Salt, &r.Line)
	r.Opened, r.Due, r.Ended, r.Changed = opened.Time, due.Time, ended.Time, changed.Time
	return r, err
}

func (s *Store) rows(ctx context.Context, q string, args ...any) (all []Row, err error) {
	err = s.DB.Read(ctx, func(tx *db.Tx) error {
		all, err = db.List(tx, scanRow, `select `+rowColumns+` from mirror where `+q, args...)
		return err
	})
	return all, err
}

// Coded are the dossiers of a code; two bodies may have given the same.
func (s *Store) Coded(ctx context.Context, code string) ([]Row, error) {
	return s.rows(ctx, `code = $1 order by body limit 10`, strings.TrimSpace(code))
}

// One is the dossier n.
func (s *Store) One(ctx context.Context, n id.ID) ([]Row, error) {
	return s.rows(ctx, `id = $1`, n)
}

// Of are the dossiers of whoever has one of these numbers, newest first, from
// below the one given, or from the newest; only those of which the public is
// told the state, unless it is "".
func (s *Store) Of(ctx context.Context, numbers []string, state dossier.Public, below id.ID, limit int) (all []Row, err error) {
	var owners []int64
	for _, n := range numbers {
		if n != "" {
			owners = append(owners, owner(n))
		}
	}
	among := states(state)
	if len(owners) == 0 || state != "" && len(among) == 0 {
		return nil, nil
	}
	if below == 0 {
		below = math.MaxInt64
	}
	in, args := db.In(owners, below, limit)
	q := `id < $1 and owner <> 0 and owner in ` + in
	if state != "" {
		in, args = db.In(among, args...)
		q += ` and state in ` + in
	}
	return s.rows(ctx, q+` order by id desc limit $2`, args...)
}

// A List asks for the open dossiers of bodies by their due date.
type List struct {
	Bodies []string
	Words  string    // the beginning of the code, or words in the applicant's name
	Late   time.Time // not zero: only what was due before
	After  Row       // the last one of the page before
	Limit  int
}

// Open are the dossiers whose clock runs; with words, those that have ended too.
func (s *Store) Open(ctx context.Context, l List) ([]Row, error) {
	if len(l.Bodies) == 0 {
		return nil, nil
	}
	in, args := db.In(l.Bodies)
	conds := []string{"body in " + in}
	and := func(cond string, values ...any) {
		for _, v := range values {
			args = append(args, v)
			cond = strings.Replace(cond, "?", fmt.Sprintf("$%d", len(args)), 1)
		}
		conds = append(conds, cond)
	}
	words := strings.TrimSpace(l.Words)
	if words == "" {
		and("ended = 0")
	} else {
		and("(code >= ? and code < ? or name like ?)", words, words+"\U0010ffff", "%"+lang.Fold(words)+"%")
	}
	if !l.Late.IsZero() {
		and("due > 0 and due < ?", db.At(l.Late))
	}
	if l.After.ID != 0 {
		and("(due > ? or due = ? and id > ?)", db.At(l.After.Due), db.At(l.After.Due), l.After.ID)
	}
	return s.rows(ctx, strings.Join(conds, " and ")+fmt.Sprintf(" order by due, id limit %d", min(max(l.Limit, 1), 200)), args...)
}

// A Stand is which version of a dossier is here, and in which state.
type Stand struct {
	Code, Body string
	Version    int64
	State      int
}

func (s *Store) stands(ctx context.Context, q string, args ...any) (all []Stand, err error) {
	err = s.DB.Read(ctx, func(tx *db.Tx) error {
		all, err = db.List(tx, func(into func(...any) error) (x Stand, err error) {
			return x, into(&x.Code, &x.Body, &x.Version, &x.State)
		}, `select code, body, version, state from mirror where `+q, args...)
		return err
	})
	return all, err
}

// Opened are the dossiers of a body that were opened in a span of time: what
// its own account is compared with.
func (s *Store) Opened(ctx context.Context, body string, from, to time.Time) ([]Stand, error) {
	return s.stands(ctx, `body = $1 and opened >= $2 and opened < $3`, body, db.At(from), db.At(to))
}

// Stands are the dossiers of these codes, at most Chunk of them.
func (s *Store) Stands(ctx context.Context, codes []string) ([]Stand, error) {
	if len(codes) == 0 {
		return nil, nil
	}
	in, args := db.In(codes)
	return s.stands(ctx, `code in `+in, args...)
}
