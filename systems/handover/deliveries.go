package handover

import (
	"strings"
	"time"

	"motcua/base/fault"
	"motcua/base/id"
	"motcua/kernel"
	"motcua/systems/handover/hook"
)

// A Delivery is one event on its way to an endpoint, with every try.
type Delivery struct {
	Message string    `json:"message" doc:"handover.message"`
	Dossier string    `json:"dossier,omitempty" doc:"api.dossier.id"`
	Type    string    `json:"type" doc:"handover.type"`
	State   string    `json:"state" enum:"waiting,done,dead" doc:"handover.state"`
	Made    time.Time `json:"made" doc:"handover.made"`
	Next    time.Time `json:"next" doc:"handover.nexttry"`
	Tries   []Try     `json:"tries" doc:"handover.tries"`
}

// A Try is one call.
type Try struct {
	At     time.Time `json:"at" doc:"handover.try.at"`
	Status int       `json:"status" doc:"handover.try.status"`
	Millis int64     `json:"millis" doc:"handover.try.millis"`
	Said   string    `json:"said" doc:"handover.try.said"`
}

type looking struct {
	WhichHook
	State string `query:"state" enum:"waiting,done,dead" doc:"handover.in.state"`
	After string `query:"after" maxLength:"20" doc:"handover.in.before"`
	Limit int    `query:"limit" minimum:"1" maximum:"200" default:"50" doc:"api.in.limit"`
}

type looked struct {
	Body struct {
		Items []Delivery `json:"items" doc:"handover.deliveries"`
		Next  string     `json:"next" doc:"handover.next"`
	} `nameHint:"Deliveries"`
}

func (h *house) deliveries(r *kernel.Request, in *looking) (*looked, error) {
	e, err := h.register.Endpoint(r.Context(), r.Me, in.ID)
	if err != nil {
		return nil, err
	}
	var before id.ID
	if in.After != "" {
		if before, err = id.Parse(in.After); err != nil {
			return nil, fault.Wrong(fault.Field{Pointer: "/after", Code: "dossier.cursor"})
		}
	}
	all, err := h.register.Hooks.Sent(r.Context(), e.ID, in.State, before, in.Limit)
	out := &looked{}
	out.Body.Items = []Delivery{}
	for _, m := range all {
		x := Delivery{Message: m.Name(), Type: m.Type, State: m.State, Made: m.Made.UTC(), Next: m.Next.UTC(), Tries: []Try{}}
		if m.Dossier != 0 {
			x.Dossier = m.Dossier.String()
		}
		for _, t := range m.All {
			x.Tries = append(x.Tries, Try{At: t.At.UTC(), Status: t.Status, Millis: t.Took.Milliseconds(), Said: t.Said})
		}
		out.Body.Items = append(out.Body.Items, x)
	}
	if len(all) == in.Limit {
		out.Body.Next = all[len(all)-1].ID.String()
	}
	return out, err
}

type replaying struct {
	WhichHook
	Body struct {
		Message string `json:"message,omitempty" maxLength:"40" doc:"handover.in.message"`
	} `nameHint:"Replay"`
}

type replayed struct {
	Body struct {
		Count int64 `json:"count" doc:"handover.count"`
	} `nameHint:"Replayed"`
}

func (h *house) replay(r *kernel.Request, in *replaying) (*replayed, error) {
	e, err := h.register.Endpoint(r.Context(), r.Me, in.ID)
	if err != nil {
		return nil, err
	}
	n, err := message(in.Body.Message)
	if err != nil {
		return nil, err
	}
	out := &replayed{}
	out.Body.Count, err = h.register.Hooks.Replay(r.Context(), e, n)
	return out, err
}

// message is the id in a webhook-id; "" is none.
func message(s string) (id.ID, error) {
	if s == "" {
		return 0, nil
	}
	rest, ok := strings.CutPrefix(s, hook.Message{}.Name()[:4])
	n, err := id.Parse(rest)
	if err != nil || !ok {
		return 0, fault.Wrong(fault.Field{Pointer: "/message", Code: "handover.nomessage"})
	}
	return n, nil
}
