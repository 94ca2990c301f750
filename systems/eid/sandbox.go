package eid

import (
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"strings"

	"motcua/base/db"
	"motcua/base/fault"
	"motcua/base/web"
	"motcua/kernel"
	"motcua/kernel/dossier"
	"motcua/kernel/form"
	"motcua/kernel/who"
	"motcua/systems/eid/party"
)

// In a sandbox an integrator lets his own app in at once: the node admits it on
// its own account, by a step that kinds have there alone.

var sandboxStep = dossier.Step{Act: "try", From: []dossier.State{"asked"}, To: "open", By: []dossier.By{dossier.Node}}

// sandboxApp is what an integrator says of the app he tries: the questions of the
// registration that an app has an answer of its own to.
type sandboxApp struct {
	Name      string   `json:"name"`
	Redirects []string `json:"redirects"`
	Scopes    []string `json:"scopes"`
	Secret    bool     `json:"secret"` // a server's, which keeps one
}

// try registers an app as its body would, and lets it in.
func (h *house) try(r *kernel.Request) (web.Answer, error) {
	b, err := io.ReadAll(r.Body)
	if err != nil {
		return web.Answer{}, err
	}
	var in sandboxApp
	if json.Unmarshal(b, &in) != nil {
		return web.Answer{}, fault.New(fault.Invalid, "web.json.syntax")
	}
	bodies := r.App.Country.Bodies(func(who.Body) bool { return true }, 1)
	if len(bodies) == 0 {
		return web.Answer{}, errors.New("a sandbox without any body")
	}
	site := r.App.URL
	if len(in.Redirects) > 0 {
		site = in.Redirects[0]
	}
	auth := party.ByNone
	if in.Secret {
		auth = party.BySecret
	}
	scopes := []any{}
	for _, s := range in.Scopes {
		if s != party.OpenID {
			scopes = append(scopes, s)
		}
	}
	o := dossier.Order{Me: r.Me, Kind: "eid/party", Body: bodies[0].Code, Act: "ask", Answers: form.Answers{"name": in.Name, "site": site,
		"redirects": strings.Join(in.Redirects, "\n"), "leaves": "", "scopes": scopes, "level": string(who.Low), "auth": auth}}
	d, err := r.App.Engine.Act(r.Context(), o)
	if err == nil {
		d, err = r.App.Engine.Itself(r.Context(), dossier.Order{Me: r.Me, Dossier: d.ID, Act: "try", Version: d.Version})
	}
	if err != nil {
		return web.Answer{}, err
	}
	out := map[string]string{"issuer": r.App.URL, "client_id": d.ID.String()}
	if in.Secret {
		out["client_secret"] = newSecret()
		err = r.App.DB.Write(r.Context(), func(tx *db.Tx) error {
			if err := party.SetSecret(tx, d.ID, out["client_secret"]); err != nil {
				return err
			}
			return r.App.Engine.Record(tx, r.Me, "eid.secret", d.ID, nil)
		})
		if err != nil {
			return web.Answer{}, err
		}
	}
	return web.JSON(http.StatusCreated, out)
}
