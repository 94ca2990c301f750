package file

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"strings"
	"time"

	"motcua/base/blob"
	"motcua/base/clamd"
	"motcua/base/db"
	"motcua/base/fault"
)

const (
	rest  = 30 * time.Second // after the scanner did not answer, until a person waits for it again
	pause = 10 * time.Minute // between two tries to have one file seen
	again = 24 * time.Hour   // between two looks at what has malware: a scanner may have been wrong
	batch = 100              // files of one round
)

// A Mark is what is to be known of a file before it is opened.
type Mark struct {
	Found string    // malware; "": no scanner has seen the file yet
	At    time.Time // when the file came
}

// Look shows the scanner what is not kept here, such as a form's file that is read
// and let go; malware is refused. A scanner that does not answer stops nobody.
func (s *Store) Look(ctx context.Context, r io.Reader) error {
	_, err := s.scan(ctx, r)
	return err
}

// scan refuses malware; unseen says why nothing can be said of the file.
func (s *Store) scan(ctx context.Context, r io.Reader) (unseen, err error) {
	if s.Scanner == nil {
		return nil, nil
	}
	if time.Now().Unix() < s.rests.Load() {
		return errors.New("the scanner did not answer a moment ago"), nil
	}
	found, err := s.Scanner.Scan(ctx, r)
	switch {
	case ctx.Err() != nil:
		return nil, ctx.Err()
	case err != nil:
		if !errors.Is(err, clamd.ErrLarge) { // that is an answer: who sends large files switches no scanner off for others
			s.rests.Store(time.Now().Add(rest).Unix())
		}
		slog.Warn("a file is kept unscanned", "err", err)
		return err, nil
	case found != "":
		return nil, fault.New(fault.Invalid, "file.malware", found)
	}
	return nil, nil
}

// mark writes down that a file was not seen by the scanner.
func (s *Store) mark(ctx context.Context, sum string, why error) error {
	return s.DB.Write(ctx, func(tx *db.Tx) error {
		_, err := tx.Exec(`insert into file_scan (sum, at, tried, found, why) values ($1, $2, 0, '', $3) on conflict (sum) do nothing`,
			sum, db.At(s.Now()), short(why))
		return err
	})
}

// Marks are the marks of files, by their sums; of those without one nothing stands there.
func (s *Store) Marks(ctx context.Context, sums ...string) (marks map[string]Mark, err error) {
	marks = map[string]Mark{}
	if len(sums) == 0 {
		return marks, nil
	}
	in, args := db.In(sums)
	type marked struct {
		sum string
		Mark
	}
	var all []marked
	err = s.DB.Read(ctx, func(tx *db.Tx) (err error) {
		all, err = db.List(tx, func(into func(...any) error) (m marked, err error) {
			var at db.Time
			err = into(&m.sum, &at, &m.Found)
			m.At = at.Time
			return m, err
		}, `select sum, at, found from file_scan where sum in `+in, args...)
		return err
	})
	for _, m := range all {
		marks[m.sum] = m.Mark
	}
	return marks, err
}

// Counts are how many files wait for the scanner, since when the first does, why
// it does, and in how many malware was found after they had been kept.
type Counts struct {
	Waiting, Found int64
	Since          time.Time
	Why            string
}

// Count counts the marked files.
func Count(tx *db.Tx) (c Counts, err error) {
	var since db.Time
	err = tx.Row(`select count(*), coalesce(sum(case when found <> '' then 1 else 0 end), 0), coalesce(min(case when found = '' then at end), 0),
		coalesce((select why from file_scan where found = '' order by at limit 1), '') from file_scan`).Scan(&c.Waiting, &c.Found, &since, &c.Why)
	c.Waiting, c.Since = c.Waiting-c.Found, since.Time
	return c, err
}

// Rescan shows the scanner the files that it has not seen, oldest first, and each
// day those in which it found malware. It ends at the first that it does not answer;
// one that is too large for it is an answer.
func (s *Store) Rescan(ctx context.Context) error {
	if s.Scanner == nil {
		return nil
	}
	var sums []string
	err := s.DB.Read(ctx, func(tx *db.Tx) (err error) {
		sums, err = db.List(tx, func(into func(...any) error) (sum string, err error) { return sum, into(&sum) },
			`select sum from file_scan where found = '' and tried < $1 or tried < $2 order by tried, at limit $3`, db.At(s.Now().Add(-pause)), db.At(s.Now().Add(-again)), batch)
		return err
	})
	for _, sum := range sums {
		if err == nil {
			err = s.rescan(ctx, sum)
		}
	}
	return err
}

func (s *Store) rescan(ctx context.Context, sum string) error {
	n, err := blob.Parse(sum)
	if err != nil {
		return err
	}
	f, err := s.Blobs.Get(n)
	if errors.Is(err, fault.NotFound) { // swept, or erased
		return s.settle(ctx, `delete from file_scan where sum = $1`, sum)
	}
	if err != nil {
		return err
	}
	defer f.Close()
	found, bad := s.Scanner.Scan(ctx, f)
	switch {
	case ctx.Err() != nil:
		return ctx.Err()
	case bad != nil: // the next round begins with others: one file may be too much for the scanner
		err = s.settle(ctx, `update file_scan set tried = $2, why = $3 where sum = $1 and found = ''`, sum, db.At(s.Now()), short(bad))
		if !errors.Is(bad, clamd.ErrLarge) {
			err = errors.Join(bad, err)
		}
		return err
	}
	s.rests.Store(0)
	if found != "" {
		slog.Error("malware was found in a file that had been kept; nobody is given it any more", "file", sum, "malware", found)
		return s.settle(ctx, `update file_scan set tried = $2, found = $3, why = '' where sum = $1`, sum, db.At(s.Now()), found)
	}
	return s.settle(ctx, `delete from file_scan where sum = $1`, sum)
}

func (s *Store) settle(ctx context.Context, query string, args ...any) error {
	return s.DB.Write(ctx, func(tx *db.Tx) error {
		_, err := tx.Exec(query, args...)
		return err
	})
}

// short is an error in few words, for who looks after the node.
func short(err error) string {
	return strings.ToValidUTF8(err.Error()[:min(len(err.Error()), 200)], "")
}
