// Command app is a small app of somebody else: it signs a person in with the
// common account, files an application for him and follows it. It was written
// from docs/tutorial/build-an-app.md and /api/docs alone, and shares no code
// with the node that it talks to.
//
//	app -issuer https://dichvucong.example.vn -client 0fh2k9s7d3qm1x -filing filing.json
package main

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/signal"
	"path"
	"path/filepath"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"
)

func main() {
	issuer := flag.String("issuer", "", "address of the node")
	client := flag.String("client", "", "client_id of this app")
	filing := flag.String("filing", "", "what to file: kind, body, answers, and papers as names of files")
	wait := flag.Duration("wait", time.Hour, "how long to follow it")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx, *issuer, *client, *filing, *wait); err != nil {
		fmt.Fprintln(os.Stderr, "app:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, issuer, client, filing string, wait time.Duration) error {
	ctx, cancel := context.WithTimeout(ctx, wait)
	defer cancel()
	person, web, err := signIn(ctx, issuer, client)
	if err != nil {
		return fmt.Errorf("signing in: %w", err)
	}
	fmt.Println("signed in as", person)
	a := &api{web, issuer + "/api/v1"}
	d, err := a.file(ctx, filing)
	if err != nil {
		return fmt.Errorf("filing: %w", err)
	}
	fmt.Println("filed as", d.Code)
	return a.follow(ctx, d)
}

// signIn opens the person's browser at the node and waits for it to come back
// to a port of this machine (RFC 8252, 7.3). It gives his name and a client that
// shows his token, renewed as needed.
func signIn(ctx context.Context, issuer, client string) (string, *http.Client, error) {
	provider, err := oidc.NewProvider(ctx, issuer)
	if err != nil {
		return "", nil, err
	}
	port, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", nil, err
	}
	config := oauth2.Config{ClientID: client, Endpoint: provider.Endpoint(), RedirectURL: "http://" + port.Addr().String() + "/cb",
		Scopes: []string{oidc.ScopeOpenID, "profile", "read", "write", oidc.ScopeOfflineAccess}}
	state, nonce, verifier := rand.Text(), rand.Text(), oauth2.GenerateVerifier()
	back := make(chan *http.Request, 1)
	server := &http.Server{ReadHeaderTimeout: 10 * time.Second, Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/cb" || r.FormValue("state") != state || r.FormValue("iss") != issuer { // not the answer to our question
			http.NotFound(w, r)
			return
		}
		fmt.Fprintln(w, "You are signed in. You can close this page.")
		select {
		case back <- r:
		default:
		}
	})}
	go server.Serve(port)
	defer server.Close()
	fmt.Println("open", config.AuthCodeURL(state, oidc.Nonce(nonce), oauth2.S256ChallengeOption(verifier)))
	var answer *http.Request
	select {
	case answer = <-back:
	case <-ctx.Done():
		return "", nil, ctx.Err()
	}
	if why := answer.FormValue("error"); why != "" {
		return "", nil, errors.New(why)
	}
	token, err := config.Exchange(ctx, answer.FormValue("code"), oauth2.VerifierOption(verifier))
	if err != nil {
		return "", nil, err
	}
	raw, _ := token.Extra("id_token").(string)
	said, err := provider.Verifier(&oidc.Config{ClientID: client}).Verify(ctx, raw)
	if err != nil {
		return "", nil, err
	}
	if said.Nonce != nonce {
		return "", nil, errors.New("the id token answers another question")
	}
	source := config.TokenSource(ctx, token)
	info, err := provider.UserInfo(ctx, source)
	if err != nil {
		return "", nil, err
	}
	var who struct {
		Name string `json:"name"`
	}
	if info.Subject != said.Subject {
		return "", nil, errors.New("the node speaks of two persons")
	}
	return who.Name, oauth2.NewClient(ctx, source), info.Claims(&who)
}

// A dossier is what this app needs of one.
type dossier struct {
	ID    string    `json:"id"`
	Code  string    `json:"code"`
	State string    `json:"public_state"` // submitted, action, progress, ready, closed
	Due   time.Time `json:"due_at"`
}

// An api is the node's, for one person.
type api struct {
	web  *http.Client
	base string
}

// call sends a request and reads the JSON of its answer into out.
func (a *api) call(ctx context.Context, method, path, media string, body []byte, out any) error {
	r, err := http.NewRequestWithContext(ctx, method, a.base+path, bytes.NewReader(body))
	if err != nil {
		return err
	}
	if method == http.MethodPost {
		r.Header.Set("Content-Type", media)
		r.Header.Set("Idempotency-Key", rand.Text())
	}
	res, err := a.web.Do(r)
	if err != nil {
		return err
	}
	defer res.Body.Close()
	b, err := io.ReadAll(io.LimitReader(res.Body, 1<<20))
	if err != nil {
		return err
	}
	if res.StatusCode >= 300 { // a problem (RFC 9457), in words for people
		return fmt.Errorf("%s %s: %s %s", method, path, res.Status, b)
	}
	return json.Unmarshal(b, out)
}

// file sends the papers, then what is asked for.
func (a *api) file(ctx context.Context, name string) (d dossier, err error) {
	text, err := os.ReadFile(name)
	if err != nil {
		return d, err
	}
	var what map[string]any
	if err := json.Unmarshal(text, &what); err != nil {
		return d, err
	}
	papers, _ := what["papers"].(map[string]any)
	for paper, file := range papers {
		local, _ := file.(string)
		content, err := os.ReadFile(filepath.Join(filepath.Dir(name), local))
		if err != nil {
			return d, err
		}
		var kept struct{ ID string }
		if err := a.call(ctx, http.MethodPost, "/files?name="+filepath.Base(local), http.DetectContentType(content), content, &kept); err != nil {
			return d, err
		}
		papers[paper] = []string{kept.ID}
	}
	if text, err = json.Marshal(what); err != nil {
		return d, err
	}
	kind, _ := what["kind"].(string)
	var service struct{ Signature any }
	anyone := &api{http.DefaultClient, a.base} // services are public: the token is not shown for them
	if err := anyone.call(ctx, http.MethodGet, "/procedures/"+path.Base(kind), "", nil, &service); err != nil {
		return d, err
	}
	if service.Signature != nil {
		return a.sign(ctx, text)
	}
	return d, a.call(ctx, http.MethodPost, "/dossiers", "application/json", text, &d)
}

// sign files where the person has to sign: this app fills in, he reads and signs
// in his browser, and this app waits for that.
func (a *api) sign(ctx context.Context, what []byte) (d dossier, err error) {
	var f struct {
		ID, Dossier string
		SignAt      string `json:"sign_at"`
	}
	if err := a.call(ctx, http.MethodPost, "/filings", "application/json", what, &f); err != nil {
		return d, err
	}
	fmt.Println("sign", f.SignAt)
	for f.Dossier == "" {
		if err := pause(ctx); err != nil {
			return d, err
		}
		if err := a.call(ctx, http.MethodGet, "/filings/"+f.ID, "", nil, &f); err != nil {
			return d, err
		}
	}
	return d, a.call(ctx, http.MethodGet, "/dossiers/"+f.Dossier, "", nil, &d)
}

// pause is how long nobody is asked again.
func pause(ctx context.Context) error {
	select {
	case <-time.After(2 * time.Second):
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// follow tells each change of the dossier until it ended. An app on a phone asks
// to be told instead: POST /api/v1/push.
func (a *api) follow(ctx context.Context, d dossier) error {
	for last := ""; ; {
		if err := a.call(ctx, http.MethodGet, "/dossiers/"+d.ID, "", nil, &d); err != nil {
			return err
		}
		if d.State != last {
			fmt.Printf("%s is %s, promised for %s\n", d.Code, d.State, d.Due.Format(time.DateOnly))
			last = d.State
		}
		if d.State == "ready" || d.State == "closed" {
			return nil
		}
		if err := pause(ctx); err != nil {
			return err
		}
	}
}
