package api

import (
	"time"

	"motcua/base/fault"
	"motcua/kernel"
	"motcua/kernel/dossier"
)

// A Tracked dossier is what the receipt in hand entitles to know: no names, no
// answers.
type Tracked struct {
	Code          string     `json:"code" doc:"api.dossier.code"`
	Title         string     `json:"title" doc:"api.dossier.title"`
	PublicState   string     `json:"public_state" enum:"draft,submitted,action,progress,ready,closed" doc:"api.dossier.public"`
	NationalState int        `json:"national_state" doc:"api.dossier.national"`
	Body          string     `json:"body" doc:"api.dossier.body"`
	BodyName      string     `json:"body_name" doc:"api.track.bodyname"`
	Done          int        `json:"done" doc:"api.track.done"`
	Of            int        `json:"of" doc:"api.track.of"`
	Todo          string     `json:"todo" doc:"api.track.todo"`
	OpenedAt      time.Time  `json:"opened_at" doc:"api.dossier.opened"`
	DueAt         *time.Time `json:"due_at" nullable:"true" doc:"api.dossier.due"`
	EndedAt       *time.Time `json:"ended_at" nullable:"true" doc:"api.dossier.ended"`
}

type tracking struct {
	Code string `query:"code" required:"true" maxLength:"80" doc:"api.in.code"`
	Tail string `query:"tail" maxLength:"10" doc:"api.in.tail"`
}

type tracked struct{ Body Tracked }

// done is how much of the way each public state has behind it, of three parts.
var done = map[dossier.Public]int{dossier.Submitted: 1, dossier.Action: 1, dossier.Progress: 2, dossier.Ready: 3, dossier.Closed: 3}

func track(r *kernel.Request, in *tracking) (*tracked, error) {
	if in.Code == "" {
		return nil, fault.Wrong(fault.Field{Pointer: "/code", Code: "web.shape.missing"})
	}
	d, k, err := r.App.Engine.Track(r.Context(), in.Code, in.Tail)
	if err != nil {
		return nil, err
	}
	s := k.Stands[d.State]
	b, _ := r.App.Country.Body(d.Body)
	return &tracked{Tracked{Code: d.Code, Title: r.Voice.Of(k.Title), PublicState: string(s.Public), NationalState: s.National,
		Body: d.Body, BodyName: r.Voice.Of(b.Name), Done: done[s.Public], Of: 3, Todo: r.T("api.todo." + string(s.Public)),
		OpenedAt: d.Opened.UTC(), DueAt: when(d.Due), EndedAt: when(d.Ended)}}, nil
}
