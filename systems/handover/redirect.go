package handover

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"net/url"
	"time"

	"motcua/base/call"
	"motcua/base/fault"
	"motcua/base/id"
	"motcua/base/web"
	"motcua/kernel"
	"motcua/kernel/dossier"
	"motcua/kernel/who"
	"motcua/systems/handover/register"
)

// tokenLife is how long the applicant has to arrive at the body's portal.
const tokenLife = 2 * time.Minute

// A claim is what the body's portal is told of who arrives: which dossier, and
// no more. It asks for the rest by the API with its own key. JSON Web Token
// (RFC 7519), signed with the connection's secret by HMAC SHA-256.
type claim struct {
	Issuer   string `json:"iss"`
	Audience string `json:"aud"`
	Subject  string `json:"sub"` // the dossier
	ID       string `json:"jti"` // once: who comes with it again is turned away
	Issued   int64  `json:"iat"`
	Expires  int64  `json:"exp"`
	Return   string `json:"return"` // where the applicant comes back to
}

func (c claim) sign(s call.Secret) (string, error) {
	b, err := json.Marshal(c)
	if err != nil {
		return "", err
	}
	e := base64.RawURLEncoding
	text := e.EncodeToString([]byte(`{"alg":"HS256","typ":"JWT"}`)) + "." + e.EncodeToString(b)
	m := hmac.New(sha256.New, s)
	m.Write([]byte(text))
	return text + "." + e.EncodeToString(m.Sum(nil)), nil
}

// onward leads the applicant to the body's portal, signed in there by a token
// that lives for two minutes.
func (h *house) onward(r *kernel.Request) (web.Answer, error) {
	missing := fault.New(fault.NotFound, "dossier.missing")
	n, err := id.Parse(r.PathValue("id"))
	if err != nil {
		return web.Answer{}, missing
	}
	d, err := r.App.Engine.Find(r.Context(), n)
	if err != nil {
		return web.Answer{}, err
	}
	mine := d.Asked(r.Me, who.File)
	c, err := h.goes(r, d)
	if err == nil && (!mine || c == nil) {
		err = missing
	}
	if err != nil {
		return web.Answer{}, err
	}
	secrets, err := h.register.Hooks.Secrets(r.Context(), c.ID)
	if err != nil {
		return web.Answer{}, err
	}
	u, err := url.Parse(c.URL)
	if err != nil {
		return web.Answer{}, err
	}
	now := time.Now()
	token, err := claim{Issuer: r.App.URL, Audience: u.Scheme + "://" + u.Host, Subject: d.ID.String(), ID: rand.Text(), Issued: now.Unix(),
		Expires: now.Add(tokenLife).Unix(), Return: r.App.URL + "/c/" + d.ID.String()}.sign(secrets[0])
	if err != nil {
		return web.Answer{}, err
	}
	q := u.Query()
	q.Set("token", token)
	u.RawQuery = q.Encode()
	return web.Goto("%s", u)
}

// goes is the connection by which the applicant of d goes to the body himself, or nil.
func (h *house) goes(r *kernel.Request, d *dossier.Dossier) (*register.Connection, error) {
	if !d.Elsewhere {
		return nil, nil
	}
	all, err := h.register.All(r.Context())
	for i := range all {
		if c := &all[i]; c.Way == register.Redirect && c.Body == d.Body && c.Covers(d.Kind, d.Opened) {
			return c, err
		}
	}
	return nil, err
}

// next is where the applicant goes on with d, "" when that is here.
func (h *house) next(r *kernel.Request, d *dossier.Dossier) (string, error) {
	c, err := h.goes(r, d)
	if err != nil || c == nil {
		return "", err
	}
	return "/handover/" + d.ID.String() + "/go", nil
}
