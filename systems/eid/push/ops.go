package push

import (
	"net/url"
	"strings"
	"time"

	"motcua/base/db"
	"motcua/base/fault"
	"motcua/base/id"
	"motcua/base/push"
	"motcua/base/web"
	"motcua/kernel"
	"motcua/systems/eid/grant"
	"motcua/systems/eid/party"
)

// A Registered device as its app sees it; its name is exported for huma.
type Registered struct {
	ID       string    `json:"id" doc:"eid.push.id"`
	Device   string    `json:"device" doc:"eid.push.device"`
	Endpoint string    `json:"endpoint" doc:"eid.push.endpoint"`
	MadeAt   time.Time `json:"made_at" doc:"eid.push.made"`
}

type listed struct {
	Body struct {
		Key   string       `json:"key" doc:"eid.push.key"`
		Items []Registered `json:"items" doc:"eid.push.items"`
	} `nameHint:"PushDevices"`
}

type adding struct {
	Body struct {
		Device   string `json:"device" maxLength:"80" doc:"eid.push.device" example:"Pixel 8"`
		Endpoint string `json:"endpoint" maxLength:"1000" doc:"eid.push.endpoint"`
		Keys     struct {
			P256dh string `json:"p256dh" maxLength:"100" doc:"eid.push.p256dh"`
			Auth   string `json:"auth" maxLength:"40" doc:"eid.push.auth"`
		} `json:"keys" doc:"eid.push.keys"`
	} `nameHint:"NewPushDevice"`
}

type added struct{ Body Registered }

// Which names the device of an operation; exported for huma.
type Which struct {
	ID string `path:"id" doc:"eid.push.id"`
}

// Ops are the operations of an app that a person lets notify him.
func (h *House) Ops(a *kernel.App, api *web.API) {
	const all, auth, send = `/api/v1/push`, `curl -H "Authorization: Bearer $TOKEN"`, ` -H "Content-Type: application/json" -d `
	op := func(name, method, path, sample string, status int, faults ...int) web.Op {
		return web.Op{ID: name, Method: method, Path: path, Summary: "eid.op." + name, Detail: "eid.op." + name + ".detail", Tag: "eid.tag.push", Faults: append(faults, 403), Sample: sample,
			Status: status, Scope: party.Notify}
	}
	me := kernel.SignedIn()
	kernel.Op(a, api, op("listPush", "GET", all, auth+` "$URL`+all+`"`, 0), me, h.list)
	kernel.Op(a, api, op("addPush", "POST", all, auth+send+`'{"device": "Pixel 8", "endpoint": "https://push.example/p/7", "keys": {"p256dh": "BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4", "auth": "BTBZMqHH6r4Tts7J_aSIgg"}}' "$URL`+all+`"`,
		201, 413, 415, 422, 503), me, h.add)
	kernel.Op(a, api, op("removePush", "DELETE", all+"/{id}", auth+` -X DELETE "$URL`+all+`/$DEVICE"`, 0, 404, 503), me, h.remove)
}

// at is the party of the request's token, 0: the person's own program or browser.
func at(r *kernel.Request, tx *db.Tx) (id.ID, error) {
	if r.Session.Sort != web.App {
		return 0, nil
	}
	n, err := id.Parse(r.Session.Label)
	if err != nil {
		return 0, err
	}
	all, err := grant.Live(tx, n)
	if err == nil && len(all) == 0 {
		err = fault.New(fault.Unidentified, "web.token")
	}
	if err != nil {
		return 0, err
	}
	return all[0].Party, nil
}

func shown(d Device) Registered {
	return Registered{d.ID.String(), d.Name, d.Endpoint, d.Made.UTC()}
}

func (h *House) list(r *kernel.Request, _ *struct{}) (*listed, error) {
	out := new(listed)
	out.Body.Key, out.Body.Items = h.sender.Public(), []Registered{}
	err := r.App.DB.Read(r.Context(), func(tx *db.Tx) error {
		from, err := at(r, tx)
		if err != nil {
			return err
		}
		all, err := Of(tx, r.Me.ID, from)
		for _, d := range all {
			out.Body.Items = append(out.Body.Items, shown(d))
		}
		return err
	})
	return out, err
}

func (h *House) add(r *kernel.Request, in *adding) (*added, error) {
	b := &in.Body
	d := Device{Device: push.Device{Endpoint: b.Endpoint, P256dh: b.Keys.P256dh, Auth: b.Keys.Auth}, ID: r.App.IDs.New(), Person: r.Me.ID,
		Name: strings.Join(strings.Fields(b.Device), " "), Made: r.App.Now()}
	var wrong []fault.Field
	u, err := url.Parse(d.Endpoint)
	if err != nil || u.Host == "" || u.User != nil || u.Fragment != "" || u.Scheme != "https" && !(u.Scheme == "http" && r.App.Demo) {
		wrong = append(wrong, fault.Field{Pointer: "/endpoint", Code: "eid.push.wrong.endpoint"})
	}
	if d.Check() != nil {
		wrong = append(wrong, fault.Field{Pointer: "/keys", Code: "eid.push.wrong.keys"})
	}
	if d.Name == "" {
		wrong = append(wrong, fault.Field{Pointer: "/device", Code: "eid.push.wrong.device"})
	}
	if wrong != nil {
		return nil, fault.Wrong(wrong...)
	}
	err = r.App.DB.Write(r.Context(), func(tx *db.Tx) (err error) {
		x := d
		if x.Party, err = at(r, tx); err != nil {
			return err
		}
		d, err = Put(tx, x)
		return err
	})
	return &added{shown(d)}, err
}

func (h *House) remove(r *kernel.Request, in *Which) (*listed, error) {
	missing := fault.New(fault.NotFound, "eid.push.none")
	n, err := id.Parse(in.ID)
	if err != nil || n == 0 {
		return nil, missing
	}
	err = r.App.DB.Write(r.Context(), func(tx *db.Tx) error {
		from, err := at(r, tx)
		if err != nil {
			return err
		}
		if gone, err := Forget(tx, r.Me.ID, from, n); err != nil || gone > 0 {
			return err
		}
		return missing
	})
	if err != nil {
		return nil, err
	}
	return h.list(r, nil)
}
