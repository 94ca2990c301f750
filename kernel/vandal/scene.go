package vandal

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net/http"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"motcua/base/blob"
	"motcua/base/db"
	"motcua/base/id"
	"motcua/base/web"
	"motcua/kernel/dossier"
	"motcua/kernel/figure"
	"motcua/kernel/paper"
	"motcua/kernel/who"
	"motcua/kernel/witness"
)

// A scene is the copy as it stood before the crime: a decision in force, its
// paper in somebody's hand, and a witness who has seen the ledger.
type scene struct {
	Copy
	ctx        context.Context
	dossier    *dossier.Dossier
	act        dossier.Act // the decision
	accomplice who.Person
	genuine    []byte // the paper as it was issued
	shown      []byte // the paper that is shown to who checks it
	witness    *witness.Witness
	finished   string
	did        []string
}

// prepare looks for what to harm, and lets the world outside see it first.
func prepare(ctx context.Context, c Copy) (*scene, error) {
	s := &scene{Copy: c, ctx: ctx}
	if err := figure.FoldAll(ctx, c.DB); err != nil {
		return nil, err
	}
	if err := c.Log.Advance(ctx); err != nil {
		return nil, err
	}
	if err := s.choose(); err != nil {
		return nil, err
	}
	code, b, err := s.get(s.dossier.Applicant, s.paper())
	if err == nil && code != http.StatusOK {
		err = fmt.Errorf("GET %s: %d %s", s.paper(), code, b)
	}
	if err != nil {
		return nil, err
	}
	s.genuine, s.shown = b, b
	if err := c.Log.Advance(ctx); err != nil {
		return nil, err
	}
	s.witness = &witness.Witness{Memory: witness.Memory{URL: c.URL, Key: c.Log.PublicKey()}, Client: &http.Client{Transport: within{c.Handler}}, Now: c.Now}
	return s, s.witness.Look(ctx)
}

// choose finds a decision in force that a person took, and somebody who has
// nothing to do with it.
func (s *scene) choose() error {
	var all []id.ID
	err := s.DB.Read(s.ctx, func(tx *db.Tx) (err error) {
		all, err = db.List(tx, func(into func(...any) error) (n id.ID, err error) { return n, into(&n) },
			`select a.id from act a join dossier d on d.id = a.dossier where a.by > 0 and a.by <> d.applicant and a.body like '%"result":{%' order by a.id desc limit 50`)
		return err
	})
	for _, n := range all {
		d, k, a, err := s.Engine.Done(s.ctx, n)
		if err != nil {
			return err
		}
		if some := paper.Of(d, k); len(some) > 0 && some[0].Sort == paper.Result && some[0].Act.ID == n {
			s.dossier, s.act = d, *a
			break
		}
	}
	if err == nil && s.dossier == nil {
		err = errors.New("there is no decision to attack")
	}
	if err != nil {
		return err
	}
	return s.DB.Read(s.ctx, func(tx *db.Tx) error {
		var n id.ID
		err := tx.Row(`select id from person where id <> $1 and id <> $2 and name <> $3 and id not in (select person from grants) order by id limit 1`,
			s.dossier.Applicant, s.act.By, s.dossier.Name).Scan(&n)
		if err == nil {
			s.accomplice, err = s.Book.Find(tx, n)
		}
		return err
	})
}

// paper is where the decision's paper is had.
func (s *scene) paper() string { return "/api/v1/dossiers/" + s.dossier.ID.String() + "/result.pdf" }

// get asks the program for a page on behalf of a person.
func (s *scene) get(person id.ID, path string) (code int, body []byte, err error) {
	secret, err := s.token(person)
	if err != nil {
		return 0, nil, err
	}
	q, err := ask(s.ctx, s.URL+path, secret)
	if err != nil {
		return 0, nil, err
	}
	a, err := within{s.Handler}.RoundTrip(q)
	if err != nil {
		return 0, nil, err
	}
	b, err := io.ReadAll(a.Body)
	return a.StatusCode, b, err
}

func ask(ctx context.Context, url, secret string) (*http.Request, error) {
	q, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err == nil {
		q.Header.Set("Authorization", "Bearer "+secret)
	}
	return q, err
}

// token is a secret for a few minutes on the copy.
func (s *scene) token(person id.ID) (secret string, err error) {
	err = s.DB.Write(s.ctx, func(tx *db.Tx) (err error) {
		secret, err = s.Sessions.Make(tx, web.Token, person, "read write", "", 10*time.Minute)
		return err
	})
	return secret, err
}

// exec runs one statement on the copy's database and writes it down.
func (s *scene) exec(q string, args ...any) error {
	s.did = append(s.did, spell(q, args))
	return s.DB.Write(s.ctx, func(tx *db.Tx) error {
		n, err := tx.Exec(q, args...)
		if err == nil && n == 0 {
			err = fmt.Errorf("%s: harmed nothing", q)
		}
		return err
	})
}

// spell is a statement with its values in their places.
func spell(q string, args []any) string {
	for i := len(args) - 1; i >= 0; i-- {
		var text string
		switch v := args[i].(type) {
		case string:
			text = "'" + strings.ReplaceAll(v, "'", "''") + "'"
		case []byte:
			text = "x'" + hex.EncodeToString(v) + "'"
		case id.ID:
			text = strconv.FormatInt(int64(v), 10)
		default:
			text = fmt.Sprint(v)
		}
		q = strings.ReplaceAll(q, "$"+strconv.Itoa(i+1), text)
	}
	return strings.Join(strings.Fields(q), " ")
}

// file is where a stored file lies, for who has the folder.
func (s *scene) file(sum string) string {
	return filepath.Join(s.Dir, "files", sum[:2], sum[2:4], sum)
}

// note writes down what was done to files, without the folder's own name.
func (s *scene) note(format string, args ...any) {
	s.did = append(s.did, strings.ReplaceAll(fmt.Sprintf(format, args...), s.Dir+string(filepath.Separator), ""))
}

// result is the sum of the genuine paper.
func (s *scene) result() string { return sumOf(s.genuine) }

func sumOf(b []byte) string { return blob.Sum(sha256.Sum256(b)).String() }

// within answers requests by calling a handler, without a network.
type within struct{ h http.Handler }

// RoundTrip implements http.RoundTripper.
func (w within) RoundTrip(q *http.Request) (*http.Response, error) {
	q = q.Clone(q.Context())
	q.RemoteAddr, q.RequestURI = "127.0.0.1:1", q.URL.RequestURI()
	if q.Body == nil {
		q.Body = http.NoBody
	}
	h := &heard{head: http.Header{}, code: http.StatusOK}
	w.h.ServeHTTP(h, q)
	return &http.Response{StatusCode: h.code, Status: strconv.Itoa(h.code) + " " + http.StatusText(h.code), Header: h.head, Body: io.NopCloser(&h.body), Request: q,
		Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1, ContentLength: int64(h.body.Len())}, nil
}

// heard is an answer on its way.
type heard struct {
	head http.Header
	code int
	body bytes.Buffer
}

func (h *heard) Header() http.Header         { return h.head }
func (h *heard) WriteHeader(code int)        { h.code = code }
func (h *heard) Write(b []byte) (int, error) { return h.body.Write(b) }
