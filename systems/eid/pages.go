package eid

import (
	"net/url"
	"slices"

	"motcua/base/db"
	"motcua/base/fault"
	"motcua/base/id"
	"motcua/base/web"
	"motcua/kernel"
	"motcua/kernel/dossier"
	"motcua/kernel/who"
	"motcua/systems/eid/grant"
	"motcua/systems/eid/party"
	"motcua/systems/eid/provider"
	"motcua/systems/eid/push"
)

// authorize is where portals send people: on to the portal, or first to sign in, or asked.
func (h *house) authorize(r *kernel.Request) (web.Answer, error) {
	return h.consider(r, r.URL.RawQuery, provider.Unasked)
}

// answer is what a person said to the question of a consent page.
func (h *house) answer(r *kernel.Request) (web.Answer, error) {
	if err := r.ParseForm(); err != nil {
		return web.Answer{}, fault.New(fault.Invalid, "fault.invalid")
	}
	word := provider.No
	if r.PostForm.Get("word") == string(provider.Yes) {
		word = provider.Yes
	}
	return h.consider(r, r.PostForm.Get("request"), word)
}

func (h *house) consider(r *kernel.Request, query string, word provider.Word) (web.Answer, error) {
	asked, a, err := h.provider.Ask(r, query, word)
	if err != nil || asked == nil {
		return a, err
	}
	if a, err = web.Show(consentPage(r, asked)); err != nil {
		return a, err
	}
	return a.With("Content-Security-Policy", web.Policy("form-action 'self' "+asked.Origin)), nil
}

// leave asks a person who wants to sign out, for nobody else may want it for him.
func (h *house) leave(r *kernel.Request) (web.Answer, error) {
	l, err := h.provider.Leaves(r, r.URL.Query())
	if err != nil {
		return web.Answer{}, err
	}
	if r.Me.ID == 0 {
		return onward(l)
	}
	a, err := web.Show(leavePage(r, l))
	if err == nil && l.To != "" {
		a = a.With("Content-Security-Policy", web.Policy("form-action 'self' "+l.Origin()))
	}
	return a, err
}

// left signs the person out, here and at every portal that this sign-in let in.
func (h *house) left(r *kernel.Request) (web.Answer, error) {
	if err := r.ParseForm(); err != nil {
		return web.Answer{}, fault.New(fault.Invalid, "fault.invalid")
	}
	q, err := url.ParseQuery(r.PostForm.Get("request"))
	if err != nil {
		return web.Answer{}, fault.New(fault.Invalid, "eid.odd")
	}
	l, err := h.provider.Leaves(r, q)
	if err != nil {
		return web.Answer{}, err
	}
	if err := r.App.Sessions.End(r.Context(), r.Secret()); err != nil {
		return web.Answer{}, err
	}
	r.SetCookie("")
	return onward(l)
}

func onward(l provider.Leaving) (web.Answer, error) {
	if l.To == "" {
		return web.Goto("/")
	}
	return web.Goto("%s", l.To)
}

// apps are the portals and apps that a person lets know of him.
func (h *house) apps(r *kernel.Request) (web.Answer, error) {
	var all []party.Consent
	did := map[id.ID][]grant.Use{}
	err := r.App.DB.Read(r.Context(), func(tx *db.Tx) (err error) {
		if all, err = party.Consents(tx, r.Me.ID); err != nil {
			return err
		}
		for _, c := range all {
			if did[c.Party.ID], err = grant.Uses(tx, r.Me.ID, c.Party.ID); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return web.Answer{}, err
	}
	return web.Show(appsPage(r, all, did))
}

func (h *house) withdraw(r *kernel.Request) (web.Answer, error) {
	n, err := id.Parse(r.PathValue("id"))
	if err == nil {
		err = r.App.DB.Write(r.Context(), func(tx *db.Tx) error {
			if _, err := push.Forget(tx, r.Me.ID, n, 0); err != nil {
				return err
			}
			return h.provider.Withdraw(tx, r.Me, n)
		})
	}
	if err != nil {
		return web.Answer{}, err
	}
	return web.Goto("/me/apps")
}

// sees reports whether r's person has to do with a party: he works for its body,
// or administers it, one above it, or the node.
func sees(r *kernel.Request, body string) bool {
	if r.Me.Is(who.Admin, "") || r.Me.Is(who.Leader, body) || r.Me.Is(who.Officer, body) {
		return true
	}
	return slices.ContainsFunc(r.App.Country.Path(body), func(b who.Body) bool { return r.Me.Is(who.Admin, b.Code) })
}

func (h *house) parties(r *kernel.Request) (web.Answer, error) {
	var all []party.Party
	err := r.App.DB.Read(r.Context(), func(tx *db.Tx) (err error) {
		all, err = party.All(tx)
		return err
	})
	if err != nil {
		return web.Answer{}, err
	}
	return web.Show(partiesPage(r, slices.DeleteFunc(all, func(x party.Party) bool { return !sees(r, x.Body) })))
}

// A partyPage is one party before those who have to do with it.
type partyPage struct {
	*kernel.Request
	party.Party
	dossier *dossier.Dossier
	kind    *dossier.Kind
	can     []*dossier.Step
	secret  string // shown once
	wrong   string
}

func (h *house) open(r *kernel.Request) (*partyPage, error) {
	missing := fault.New(fault.NotFound, "eid.noparty")
	n, err := id.Parse(r.PathValue("id"))
	if err != nil {
		return nil, missing
	}
	p := &partyPage{Request: r}
	err = r.App.DB.Read(r.Context(), func(tx *db.Tx) (err error) {
		p.Party, err = party.Find(tx, n)
		return err
	})
	if err != nil {
		return nil, err
	}
	if !sees(r, p.Body) {
		return nil, missing
	}
	if p.dossier, err = r.App.Engine.Find(r.Context(), n); err != nil {
		return nil, err
	}
	if p.kind, err = r.App.Kind(p.dossier.Kind, p.dossier.KindVersion); err == nil {
		p.can = r.App.Engine.Possible(r.Me, p.dossier, p.kind)
	}
	return p, err
}

func (h *house) party(r *kernel.Request) (web.Answer, error) {
	p, err := h.open(r)
	if err != nil {
		return web.Answer{}, err
	}
	return web.Show(p.page())
}

// act does what an administrator or a leader decided on the page of a party.
func (h *house) act(r *kernel.Request) (web.Answer, error) {
	p, err := h.open(r)
	if err == nil {
		err = r.ParseForm()
	}
	if err != nil {
		return web.Answer{}, err
	}
	o := dossier.Order{Me: r.Me, Dossier: p.Party.ID, Act: r.PathValue("act"), Version: p.dossier.Version}
	if why := r.PostForm.Get("why"); why != "" {
		o.Answers = map[string]any{"reasons": []any{map[string]any{"text": why}}}
	}
	_, err = r.App.Engine.Act(r.Context(), o)
	if fault.Of(err) == fault.Invalid {
		p.wrong = r.T("eid.why.missing")
		return web.ShowWrong(p.page())
	}
	if err != nil {
		return web.Answer{}, err
	}
	return web.Goto("/eid/parties/%s", p.Party.ID)
}

// secret gives the party another secret in place of the one it had: an act of its own.
func (h *house) secret(r *kernel.Request) (web.Answer, error) {
	p, err := h.open(r)
	if err != nil {
		return web.Answer{}, err
	}
	if p.State != party.Live || p.Auth != party.BySecret {
		return web.Answer{}, fault.New(fault.Conflict, "eid.nosecret")
	}
	p.secret = newSecret()
	err = r.App.DB.Write(r.Context(), func(tx *db.Tx) error {
		if err := party.SetSecret(tx, p.Party.ID, p.secret); err != nil {
			return err
		}
		return r.App.Engine.Record(tx, r.Me, "eid.secret", p.Party.ID, nil)
	})
	if err != nil {
		return web.Answer{}, err
	}
	return web.Show(p.page())
}
