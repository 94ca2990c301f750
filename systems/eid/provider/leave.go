package provider

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/zitadel/oidc/v3/pkg/oidc"
	"github.com/zitadel/oidc/v3/pkg/op"

	"motcua/base/db"
	"motcua/base/id"
	"motcua/base/job"
	"motcua/kernel"
	"motcua/kernel/who"
	"motcua/systems/eid/grant"
	"motcua/systems/eid/keyring"
	"motcua/systems/eid/party"
)

// JobName is the job that tells a party that somebody signed out.
const JobName = "eid.leave"

// A leaving is what one party has to be told.
type leaving struct {
	Party   id.ID `json:"party"`
	Person  id.ID `json:"person"`
	Session id.ID `json:"session"`
}

// SignedOut ends what the browsers that were signed out had at parties, and has
// each of those told (OpenID Connect Back-Channel Logout, 2). What a person lets
// an app do while he is away goes on: he withdraws that by name.
func (p *Provider) SignedOut(tx *db.Tx, sessions []id.ID) error {
	for _, s := range sessions {
		all, err := grant.OfSession(tx, s)
		if err != nil {
			return err
		}
		if err := p.leave(tx, all, false); err != nil {
			return err
		}
	}
	return nil
}

// Recovered ends everything that was given out for a person who got his account
// back: what apps hold for when he is away too, for it may be a thief's app.
func (p *Provider) Recovered(tx *db.Tx, person id.ID) error {
	all, err := grant.Open(tx, person)
	if err != nil {
		return err
	}
	return p.leave(tx, all, true)
}

// Withdraw takes back all that a person lets a party have: an act of its own.
func (p *Provider) Withdraw(tx *db.Tx, me who.Person, n id.ID) error {
	if err := party.Take(tx, me.ID, n); err != nil {
		return err
	}
	all, err := grant.OfPerson(tx, me.ID, n)
	if err == nil {
		err = p.leave(tx, all, true)
	}
	if err != nil {
		return err
	}
	return p.app.Engine.Record(tx, me, "consent.withdraw", n, nil)
}

// Close ends everything at a party that is no more.
func (p *Provider) Close(tx *db.Tx, n id.ID) error {
	all, err := grant.OfParty(tx, n)
	if err != nil {
		return err
	}
	for _, g := range all {
		if err := grant.End(tx, p.app, g, p.app.Now()); err != nil {
			return err
		}
	}
	return nil
}

func (p *Provider) leave(tx *db.Tx, all []grant.Grant, wholly bool) error {
	told := map[leaving]bool{}
	for _, g := range all {
		if g.Ended.IsZero() && (wholly || !g.Lasting()) {
			if err := grant.End(tx, p.app, g, p.app.Now()); err != nil {
				return err
			}
		}
		l := leaving{g.Party, g.Person, g.Session}
		if told[l] {
			continue
		}
		told[l] = true
		x, err := party.Find(tx, g.Party)
		if err != nil {
			return err
		}
		if x.BackChannel == "" || x.State != party.Live {
			continue
		}
		if err := job.Add(tx, JobName, g.Party.String()+g.Session.String(), p.app.Now(), l); err != nil {
			return err
		}
	}
	return nil
}

// Tell tells a party that somebody signed out, until it says that it heard.
func (p *Provider) Tell(ctx context.Context, body []byte) error {
	var l leaving
	if err := json.Unmarshal(body, &l); err != nil {
		return err
	}
	x, known, err := p.party(ctx, l.Party.String())
	if err != nil || !known || x.BackChannel == "" {
		return err
	}
	token, err := p.leaveToken(ctx, x, l)
	if err != nil {
		return err
	}
	h := http.Header{"Content-Type": {"application/x-www-form-urlencoded"}, "Cache-Control": {"no-store"}}
	a, err := p.caller.Post(ctx, x.BackChannel, h, []byte(url.Values{"logout_token": {token}}.Encode()))
	switch {
	case err != nil:
		return err
	case a.Status == http.StatusBadRequest: // it understood and will not: asking again changes nothing
		p.refused(ctx, Logout, "logout_refused", "party "+x.ID.String())
		return nil
	case a.Status != http.StatusOK && a.Status != http.StatusNoContent:
		return fmt.Errorf("party %s answered %d to a logout", x.ID, a.Status)
	}
	return nil
}

func (p *Provider) leaveToken(ctx context.Context, x party.Party, l leaving) (string, error) {
	sub, err := p.ring.Subject(ctx, l.Person, x.Body)
	if err != nil {
		return "", err
	}
	sid, err := p.ring.Session(ctx, l.Session, x.ID)
	if err != nil {
		return "", err
	}
	now := p.app.Now()
	c := oidc.NewLogoutTokenClaims(p.app.URL, sub, oidc.Audience{x.ID.String()}, now.Add(2*time.Minute), rand.Text(), sid, 0)
	c.IssuedAt = oidc.FromTime(now)
	return p.ring.Sign(ctx, x.Signs, "logout+jwt", c)
}

// A Leaving is a person who wants to sign out, sent by a party or not.
type Leaving struct {
	Party party.Party // the zero Party: nobody sent him
	To    string      // where he goes then; "": our own page
}

// Leaves reads a request to sign out (OpenID Connect RP-Initiated Logout, 2). A
// person is sent on only to an address that the party registered, letter by letter.
func (p *Provider) Leaves(r *kernel.Request, q url.Values) (l Leaving, err error) {
	refuse := func(text string) (Leaving, error) {
		p.refused(r.Context(), Logout, "invalid_request", text)
		return Leaving{}, odd()
	}
	if bad := twice(q); bad != "" {
		return refuse(bad)
	}
	name := q.Get("client_id")
	if h := q.Get("id_token_hint"); h != "" {
		hint, err := p.hint(r.Context(), h)
		if err != nil || name != "" && !slices.Contains(hint.Audience, name) || len(hint.Audience) != 1 {
			return refuse("id_token_hint is not one of this client")
		}
		name = hint.Audience[0]
	}
	to := q.Get("post_logout_redirect_uri")
	if name == "" {
		if to != "" {
			return refuse("nobody says whose post_logout_redirect_uri it is")
		}
		return l, nil
	}
	x, known, err := p.party(r.Context(), name)
	switch {
	case err != nil:
		return l, err
	case !known:
		return refuse("no such client")
	case to != "" && !slices.Contains(x.Leaves, to):
		return refuse("post_logout_redirect_uri is not registered")
	case len(q.Get("state")) > 1024:
		return refuse("state is too long")
	}
	l.Party = x
	if s := q.Get("state"); to != "" && s != "" {
		sep := "?"
		if strings.Contains(to, "?") {
			sep = "&"
		}
		to += sep + url.Values{"state": {s}}.Encode()
	}
	l.To = to
	return l, nil
}

// Origin is where a person who leaves goes to, for the policy of the page.
func (l Leaving) Origin() string { return origin(l.To) }

// hint reads an id token that we gave once, however old.
func (p *Provider) hint(ctx context.Context, token string) (*oidc.IDTokenClaims, error) {
	c, err := op.VerifyIDTokenHint[*oidc.IDTokenClaims](ctx, token,
		op.NewIDTokenHintVerifier(p.app.URL, p.ring, op.WithSupportedIDTokenHintSigningAlgorithms(keyring.Signs()...)))
	var old op.IDTokenHintExpiredError
	if errors.As(err, &old) {
		err = nil
	}
	return c, err
}

// Sweep forgets what is over.
func (p *Provider) Sweep(ctx context.Context) error { return grant.Sweep(ctx, p.app) }
