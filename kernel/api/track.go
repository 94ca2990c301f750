package api

import (
	"time"

	"motcua/base/fault"
	"motcua/base/ui"
	"motcua/kernel"
	"motcua/kernel/track"
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

func follow(r *kernel.Request, in *tracking, tries *track.Limiter) (*tracked, error) {
	if !tries.Allow(r.RemoteAddr, r.App.Now()) {
		return nil, fault.New(fault.TooMany, "track.many")
	}
	d, k, err := r.App.Engine.Track(r.Context(), in.Code, in.Tail)
	if err != nil {
		return nil, err
	}
	tries.Right(r.RemoteAddr)
	s := k.Stands[d.State]
	b, _ := r.App.Country.Body(d.Body)
	way := track.Ladder(k, d, r.App.Calendars.For(d.Body), r.App.Now())
	done := 0
	for _, x := range way {
		if x.Place == ui.Done {
			done++
		}
	}
	return &tracked{Tracked{Code: d.Code, Title: r.Voice.Of(k.Title), PublicState: string(s.Public), NationalState: s.National,
		Body: d.Body, BodyName: r.Voice.Of(b.Name), Done: done, Of: len(way), Todo: r.T("api.todo." + s.Asks()),
		OpenedAt: d.Opened.UTC(), DueAt: when(d.Due), EndedAt: when(d.Ended)}}, nil
}
