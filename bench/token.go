package main

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strings"

	"motcua/base/db"
	"motcua/base/id"
	"motcua/kernel"
	"motcua/kernel/who"
	"motcua/systems/eid/keyring"
	"motcua/systems/eid/party"
)

// secret is that of the portals below.
const secret = "one-that-a-portal-keeps"

// back is where portals have people sent back to: nobody goes there.
const back = "https://portal.example/cb"

// token measures the whole flow by which a portal learns who is here, without
// anybody typing: the request with the person's session, the code, its exchange
// for an access token, a refresh token and an ID token, all on the disk. limit is
// one ES256 signature and its verification; peer is the same flow for a portal
// that gets RS256, as every portal does that did not choose.
func token(b *bench) error {
	if err := b.begin(nil); err != nil {
		return err
	}
	k, err := b.start("ours", 0)
	if err != nil {
		return err
	}
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return err
	}
	limit := Arm{do: func(client, n int) error {
		sum := sha256.Sum256(fmt.Append(nil, client, n))
		sig, err := ecdsa.SignASN1(rand.Reader, key, sum[:])
		if err == nil && !ecdsa.VerifyASN1(&key.PublicKey, sum[:], sig) {
			err = fmt.Errorf("a signature does not hold")
		}
		return err
	}}
	flow := func(alg string) Arm {
		return Arm{do: func(int, int) error { return throughPortal(k, alg) }, used: k.used}
	}
	b.Notes = []string{"limit: one ES256 signature and its verification; peer: a portal that gets RS256", "both requests over HTTP, nothing typed, a consent given before"}
	err = b.measure(Arms{Limit: limit, Peer: flow(string(keyring.Known)), Ours: flow(string(keyring.Quick))})
	b.Durable = true
	return err
}

// throughPortal lets the citizen in at the portal that wants alg.
func throughPortal(k *child, alg string) error {
	verifier := rand.Text() + rand.Text()
	sum := sha256.Sum256([]byte(verifier))
	ask := url.Values{"response_type": {"code"}, "client_id": {k.Portals[alg].String()}, "redirect_uri": {back}, "scope": {"openid profile offline_access"},
		"state": {"s"}, "nonce": {"n"}, "code_challenge": {base64.RawURLEncoding.EncodeToString(sum[:])}, "code_challenge_method": {"S256"}}
	q, err := http.NewRequest("GET", k.URL+"/eid/authorize?"+ask.Encode(), nil)
	if err != nil {
		return err
	}
	q.AddCookie(&http.Cookie{Name: "motcua", Value: k.Asks})
	a, err := http.DefaultTransport.RoundTrip(q)
	if err != nil {
		return err
	}
	a.Body.Close()
	to, err := a.Location()
	if err != nil || to.Query().Get("code") == "" {
		return fmt.Errorf("no code: %s to %v, %w", a.Status, to, err)
	}
	form := url.Values{"grant_type": {"authorization_code"}, "code": {to.Query().Get("code")}, "redirect_uri": {back}, "code_verifier": {verifier},
		"client_id": ask["client_id"], "client_secret": {secret}}
	if q, err = http.NewRequest("POST", k.URL+"/eid/token", strings.NewReader(form.Encode())); err != nil {
		return err
	}
	q.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	if a, err = http.DefaultTransport.RoundTrip(q); err != nil {
		return err
	}
	defer a.Body.Close()
	var got struct {
		ID string `json:"id_token"`
	}
	if err := json.NewDecoder(a.Body).Decode(&got); err != nil || got.ID == "" {
		return fmt.Errorf("no token: %s, %v", a.Status, err)
	}
	return nil
}

// settlePortals registers a portal for each algorithm, which the citizen lets know of him.
func settlePortals(ctx context.Context, a *kernel.App, s *served, me who.Person) error {
	s.Portals = map[string]id.ID{}
	scopes := []string{party.OpenID, party.Profile, party.Offline}
	return a.DB.Write(ctx, func(tx *db.Tx) error {
		for _, alg := range keyring.Signs() {
			x := party.Party{ID: a.IDs.New(), Body: "H26", State: party.Live, Name: alg, Redirects: []string{back}, Scopes: scopes, Auth: party.BySecret, Level: who.Low, Signs: alg}
			if err := party.Put(tx, x, a.Now()); err != nil {
				return err
			}
			if err := party.SetSecret(tx, x.ID, secret); err != nil {
				return err
			}
			if _, err := party.Give(tx, me.ID, x.ID, scopes, a.Now()); err != nil {
				return err
			}
			s.Portals[alg] = x.ID
		}
		return nil
	})
}
