package vandal

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"slices"
	"sync"
	"syscall"
	"time"

	"motcua/base/db"
	"motcua/base/id"
	"motcua/base/pades"
	"motcua/base/verdict"
	"motcua/kernel/dossier"
	"motcua/kernel/paper"
)

// most is how many papers are being signed when the program is killed.
const most = 24

// kill ends a second program on the same data, as a power cut would, while it
// signs, and then sees what is left: no paper may be half signed, signed twice,
// or another than somebody was already given.
func kill(s *scene) error {
	// What waits to be sent stays unsent: a copy speaks to nobody.
	err := s.DB.Write(s.ctx, func(tx *db.Tx) error { _, err := tx.Exec(`delete from job`); return err })
	if err != nil {
		return err
	}
	victims, err := s.unmade()
	if err != nil {
		return err
	}
	given, err := s.cut(victims)
	if err != nil {
		return err
	}
	again := 0
	for i, d := range victims {
		code, b, err := s.get(d.Applicant, receipt(d.ID))
		if err != nil || code != http.StatusOK {
			return fmt.Errorf("GET %s after the kill: %d %v", receipt(d.ID), code, err)
		}
		v, err := pades.Read(b)
		if err != nil || v.State == verdict.Broken || v.State == verdict.Changed || len(v.Signatures) != 1 {
			return fmt.Errorf("%s is half signed: %s %v", receipt(d.ID), v.State, err)
		}
		if given[i] != nil && !bytes.Equal(given[i], b) {
			return fmt.Errorf("%s was given out and is another now", receipt(d.ID))
		}
		if given[i] == nil {
			again++
		}
	}
	var twice int
	err = s.DB.Read(s.ctx, func(tx *db.Tx) error {
		return tx.Row(`select count(*) from (select act from paper group by act, sort having count(*) > 1) as twice`).Scan(&twice)
	})
	if err != nil || twice > 0 {
		return errors.Join(err, fmt.Errorf("%d papers are kept twice", twice))
	}
	if again > 0 {
		s.finished = fmt.Sprintf("%d / %d", again, len(victims))
	}
	return s.Log.Advance(s.ctx)
}

func receipt(n id.ID) string { return "/api/v1/dossiers/" + n.String() + "/receipt.pdf" }

// unmade are dossiers whose receipt nobody asked for yet.
func (s *scene) unmade() (all []*dossier.Dossier, err error) {
	var some []id.ID
	err = s.DB.Read(s.ctx, func(tx *db.Tx) (err error) {
		some, err = db.List(tx, func(into func(...any) error) (n id.ID, err error) { return n, into(&n) },
			`select id from dossier where id not in (select dossier from paper) order by id desc limit $1`, 10*most)
		return err
	})
	for _, n := range some {
		if err != nil || len(all) == most {
			break
		}
		var d *dossier.Dossier
		var k *dossier.Kind
		if d, err = s.Engine.Find(s.ctx, n); err == nil {
			k, err = s.Kind(d.Kind, d.KindVersion)
		}
		if err == nil && slices.ContainsFunc(paper.Of(d, k), func(p paper.Paper) bool { return p.Sort == paper.Receipt }) {
			all = append(all, d)
		}
	}
	if err == nil && len(all) == 0 {
		err = errors.New("every receipt is made already")
	}
	return all, err
}

// cut lets another program sign all papers at once and kills it when the first is
// done. It gives what was handed out before.
func (s *scene) cut(victims []*dossier.Dossier) (given [][]byte, err error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	address := l.Addr().String()
	if err := l.Close(); err != nil {
		return nil, err
	}
	cmd := s.Serve(address)
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	dead := make(chan error, 1)
	go func() { dead <- cmd.Wait() }()
	defer func() {
		cmd.Process.Kill() // it may have gone by itself
		select {
		case <-dead:
		case <-time.After(time.Second):
		}
	}()
	if err := ready(s.ctx, address); err != nil {
		return nil, err
	}
	s.note("motcua serve & for d in %d dossiers: curl …/receipt.pdf & kill -9 %d", len(victims), cmd.Process.Pid)
	given = make([][]byte, len(victims))
	first := make(chan struct{}, len(victims))
	var wg sync.WaitGroup
	for i, d := range victims {
		secret, err := s.token(d.Applicant)
		if err != nil {
			return nil, err
		}
		wg.Go(func() {
			given[i] = fetch(s.ctx, "http://"+address+receipt(d.ID), secret)
			first <- struct{}{}
		})
	}
	select {
	case <-first:
	case <-s.ctx.Done():
	}
	err = cmd.Process.Signal(syscall.SIGKILL)
	wg.Wait()
	if err != nil {
		return nil, err
	}
	<-dead
	dead <- nil
	if c, err := net.Dial("tcp", address); err == nil {
		return nil, errors.Join(c.Close(), errors.New("the victim lives"))
	}
	return given, s.ctx.Err()
}

// fetch is a whole answer, or nil.
func fetch(ctx context.Context, url, secret string) []byte {
	q, err := ask(ctx, url, secret)
	if err != nil {
		return nil
	}
	a, err := http.DefaultTransport.RoundTrip(q)
	if err != nil {
		return nil
	}
	defer a.Body.Close()
	b, err := io.ReadAll(a.Body)
	if err != nil || a.StatusCode != http.StatusOK {
		return nil
	}
	return b
}

// ready waits until a program answers.
func ready(ctx context.Context, address string) error {
	for {
		q, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+address+"/healthz", nil)
		if err != nil {
			return err
		}
		if a, err := http.DefaultTransport.RoundTrip(q); err == nil {
			return a.Body.Close()
		}
		select {
		case <-time.After(20 * time.Millisecond):
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}
