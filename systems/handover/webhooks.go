package handover

import (
	"slices"
	"strings"
	"time"

	"motcua/base/db"
	"motcua/base/fault"
	"motcua/base/web"
	"motcua/kernel"
	"motcua/systems/handover/hook"
	"motcua/systems/handover/register"
)

// A Webhook is an endpoint as its owner sees it.
type Webhook struct {
	ID      string     `json:"id" doc:"handover.hook.id"`
	Scope   string     `json:"scope" doc:"handover.hook.scope"`
	URL     string     `json:"url" doc:"handover.hook.url"`
	Types   []string   `json:"types" doc:"handover.hook.types"`
	Off     *time.Time `json:"off" nullable:"true" doc:"handover.hook.off"`
	Why     string     `json:"why,omitempty" doc:"handover.hook.why"`
	Failing *time.Time `json:"failing" nullable:"true" doc:"handover.hook.failing"`
	Secret  string     `json:"secret,omitempty" doc:"handover.hook.secret"`
}

func stamp(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	t = t.UTC()
	return &t
}

func webhookOf(e hook.Endpoint) Webhook {
	return Webhook{ID: e.ID.String(), Scope: e.Scope, URL: e.URL, Types: e.Types, Off: stamp(e.Off), Why: e.Why, Failing: stamp(e.Failing)}
}

// WhichHook names the endpoint of an operation; its name is exported for huma.
type WhichHook struct {
	ID string `path:"id" doc:"handover.in.hook"`
}

type hooked struct{ Body Webhook }

type hooksListed struct {
	Body struct {
		Items []Webhook `json:"items" doc:"handover.hooks"`
	} `nameHint:"Webhooks"`
}

func (h *house) listHooks(r *kernel.Request, _ *struct{}) (*hooksListed, error) {
	scopes, err := h.register.Scopes(r.Context(), r.Me)
	if err != nil {
		return nil, err
	}
	all, err := h.register.Hooks.Of(r.Context(), scopes)
	out := &hooksListed{}
	out.Body.Items = []Webhook{}
	for _, e := range all {
		out.Body.Items = append(out.Body.Items, webhookOf(e))
	}
	return out, err
}

type adding struct {
	Body struct {
		URL   string   `json:"url" maxLength:"500" doc:"handover.hook.url" example:"https://software.example/in"`
		Types []string `json:"types" maxItems:"10" doc:"handover.hook.types"`
		Body  string   `json:"body,omitempty" maxLength:"100" doc:"handover.in.body"`
		Org   string   `json:"org,omitempty" maxLength:"40" doc:"handover.in.org"`
	} `nameHint:"NewWebhook"`
}

func (h *house) addHook(r *kernel.Request, in *adding) (*hooked, error) {
	e := hook.Endpoint{ID: r.App.IDs.New(), Scope: "person:" + r.Me.ID.String(), Account: r.Me.ID, URL: in.Body.URL, Types: in.Body.Types}
	switch b := &in.Body; {
	case b.Body != "":
		e.Scope = "body:" + b.Body
	case b.Org != "":
		e.Scope = "org:"
		for _, m := range r.Me.Mandates {
			if b.Org == m.Number || b.Org == m.Org.String() {
				e.Scope = "org:" + m.Org.String()
			}
		}
	}
	ok, err := h.register.Owns(r.Context(), r.Me, e.Scope)
	if err == nil && !ok {
		err = fault.New(fault.Forbidden, "web.notyours")
	}
	if err == nil {
		err = hook.Check(e.URL, e.Types, r.App.Demo)
	}
	if err != nil {
		return nil, err
	}
	out := &hooked{webhookOf(e)}
	err = r.App.DB.Write(r.Context(), func(tx *db.Tx) error {
		secret, err := h.register.Hooks.Put(tx, r.Me, e)
		out.Body.Secret = secret.String()
		return err
	})
	return out, err
}

func (h *house) stopHook(r *kernel.Request, in *WhichHook) (*hooked, error) {
	e, err := h.register.Endpoint(r.Context(), r.Me, in.ID)
	if err != nil {
		return nil, err
	}
	err = r.App.DB.Write(r.Context(), func(tx *db.Tx) error {
		if err := h.register.Hooks.Stop(tx, r.Me, e.ID, ""); err != nil {
			return err
		}
		e, err = h.register.Hooks.Find(tx, e.ID)
		return err
	})
	return &hooked{webhookOf(e)}, err
}

func (h *house) rotateHook(r *kernel.Request, in *WhichHook) (*hooked, error) {
	e, err := h.register.Endpoint(r.Context(), r.Me, in.ID)
	if err != nil {
		return nil, err
	}
	secret, err := h.register.Hooks.Rotate(r.Context(), r.Me, e.ID)
	out := &hooked{webhookOf(e)}
	out.Body.Secret = secret.String()
	return out, err
}

type trying struct {
	WhichHook
	Body struct {
		Type string `json:"type" maxLength:"40" doc:"handover.in.type" example:"dossier.filed"`
	} `nameHint:"Trial"`
}

type tried struct {
	Body struct {
		Message string `json:"message" doc:"handover.message"`
	} `nameHint:"TrialSent"`
}

// tryHook sends an example event on the way that all events go. It is marked
// trial and names a dossier that does not exist.
func (h *house) tryHook(r *kernel.Request, in *trying) (*tried, error) {
	e, err := h.register.Endpoint(r.Context(), r.Me, in.ID)
	if err != nil {
		return nil, err
	}
	if !slices.Contains(append(hook.Types(), hook.Trial), in.Body.Type) {
		return nil, fault.Wrong(fault.Field{Pointer: "/type", Code: "handover.wrong.type", Args: []any{in.Body.Type}})
	}
	_, body, _ := strings.Cut(e.Scope, "body:")
	d := hook.Data{Kind: "portal/1.001193", Body: body, Act: "submit", State: "submitted", PublicState: "submitted", NationalState: 1}
	if in.Body.Type == hook.Waiting {
		d.State, d.Why = "elsewhere-sent", register.Filed
	}
	out := &tried{}
	err = r.App.DB.Write(r.Context(), func(tx *db.Tx) error {
		n, err := h.register.Hooks.Try(tx, e, in.Body.Type, d)
		out.Body.Message = hook.Message{ID: n}.Name()
		return err
	})
	return out, err
}

func (h *house) hookOps(a *kernel.App, api *web.API) {
	signed := kernel.SignedIn()
	op := func(name, method, path, sample string, status int, faults ...int) web.Op {
		return web.Op{ID: name, Method: method, Path: path, Summary: "handover.op." + name, Detail: "handover.op." + name + ".detail", Tag: "handover.tag.hooks", Faults: faults, Sample: sample, Status: status}
	}
	const auth = `curl -H "Authorization: Bearer $TOKEN"`
	const send = auth + ` -H "Content-Type: application/json" -d `
	const all, one = ` "$URL/api/v1/webhooks`, ` "$URL/api/v1/webhooks/$HOOK`
	kernel.Op(a, api, op("listWebhooks", "GET", "/api/v1/webhooks", auth+all+`"`, 0), signed, h.listHooks)
	kernel.Op(a, api, op("addWebhook", "POST", "/api/v1/webhooks", send+`'{"url": "https://software.example/in", "types": ["dossier.filed", "dossier.acted"]}'`+all+`"`, 201, 403, 413, 415, 422, 503), signed, h.addHook)
	kernel.Op(a, api, op("rotateWebhook", "POST", "/api/v1/webhooks/{id}/secret", auth+` -X POST`+one+`/secret"`, 0, 403, 404, 503), signed, h.rotateHook)
	kernel.Op(a, api, op("tryWebhook", "POST", "/api/v1/webhooks/{id}/trial", send+`'{"type": "dossier.filed"}'`+one+`/trial"`, 0, 403, 404, 413, 415, 422, 503), signed, h.tryHook)
	kernel.Op(a, api, op("listDeliveries", "GET", "/api/v1/webhooks/{id}/deliveries", auth+one+`/deliveries?state=dead"`, 0, 404, 422), signed, h.deliveries)
	kernel.Op(a, api, op("replayDeliveries", "POST", "/api/v1/webhooks/{id}/replay", send+`'{}'`+one+`/replay"`, 0, 403, 404, 413, 415, 422, 503), signed, h.replay)
	kernel.Op(a, api, op("stopWebhook", "DELETE", "/api/v1/webhooks/{id}", auth+` -X DELETE`+one+`"`, 0, 403, 404, 503), signed, h.stopHook)
}
