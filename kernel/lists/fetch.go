package lists

import (
	"context"
	"crypto/x509"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"time"

	"motcua/base/call"
	"motcua/base/db"
	"motcua/base/fault"
	"motcua/kernel"
)

// How long one answer may take, and how soon and how late a source is asked again.
const (
	patience = 30 * time.Second
	soonest  = time.Hour
	latest   = 24 * time.Hour
)

// Fetch asks the sources that are due. Certificates that were brought since are
// looked at first. Of several programs that fetch at the same moment one asks.
func Fetch(ctx context.Context, a *kernel.App) error {
	if err := learn(ctx, a); err != nil {
		return err
	}
	var due []Source
	err := a.DB.Read(ctx, func(tx *db.Tx) (err error) {
		due, err = sources(tx, `where s.due <= $1 order by s.due limit 50`, db.At(a.Now()))
		return err
	})
	client := call.NewCaller(a.Reach).Client()
	for _, s := range due {
		if err == nil {
			err = s.fetch(ctx, a, client)
		}
	}
	return err
}

// learn enters the sources of the certificates from outside that are used here.
func learn(ctx context.Context, a *kernel.App) error {
	var all []Source
	err := a.DB.Read(ctx, func(tx *db.Tx) error {
		all = nil
		chains, err := a.Keys.Outside(tx)
		for _, chain := range chains {
			if err != nil {
				return err
			}
			var some []Source
			some, err = Unknown(tx, a, chain)
			all = append(all, some...)
		}
		return err
	})
	if err != nil || len(all) == 0 {
		return err
	}
	return a.DB.Write(ctx, func(tx *db.Tx) error { return Ask(tx, all) })
}

func (s Source) fetch(ctx context.Context, a *kernel.App, client *http.Client) error {
	now, mine := a.Now(), false
	err := a.DB.Write(ctx, func(tx *db.Tx) error {
		n, err := tx.Exec(`update list_source set due = $1, tried = $2 where url = $3 and due = $4`, db.At(now.Add(soonest)), db.At(now), s.URL, db.At(s.Due))
		mine = n == 1
		return err
	})
	if err != nil || !mine {
		return err
	}
	b, err := get(ctx, client, s.URL)
	var l *x509.RevocationList
	if err == nil {
		l, err = Read(b)
	}
	if err == nil {
		err = From(l, s.URL)
	}
	if err == nil {
		err = a.DB.Write(ctx, func(tx *db.Tx) error {
			err := Keep(tx, a, s.Issuer, l)
			if err == nil {
				_, err = tx.Exec(`update list_source set due = $1, why = '', kept = $2 where url = $3`, db.At(next(now, l.NextUpdate)), sum(l.Raw), s.URL)
			}
			return err
		})
	}
	if err == nil || ctx.Err() != nil {
		return ctx.Err()
	}
	slog.Warn("a list of revoked certificates was not fetched", "url", s.URL, "err", err)
	return a.DB.Write(ctx, func(tx *db.Tx) error {
		_, err := tx.Exec(`update list_source set why = $1 where url = $2`, why(err), s.URL)
		return err
	})
}

// why is what failed, short enough to be kept.
func why(err error) string {
	s := err.Error()
	return s[:min(len(s), 300)]
}

// next is when to ask again: well before the list ends, once a day at least.
func next(now, ends time.Time) time.Time {
	wait := ends.Sub(now) * 3 / 4
	return now.Add(min(max(wait, soonest), latest))
}

func get(ctx context.Context, client *http.Client, url string) ([]byte, error) {
	ctx, stop := context.WithTimeout(ctx, patience)
	defer stop()
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return nil, err
	}
	answer, err := client.Do(r)
	if err != nil {
		return nil, err
	}
	defer answer.Body.Close()
	if answer.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("answered %d", answer.StatusCode)
	}
	b, err := io.ReadAll(io.LimitReader(answer.Body, mostBytes+1))
	if err == nil && len(b) > mostBytes {
		err = fault.New(fault.TooLarge, "lists.large", mostBytes>>20)
	}
	return b, err
}
