package sync

import (
	"mime"
	"slices"
	"strings"
	"time"

	"motcua/base/fault"
	"motcua/base/web"
	"motcua/kernel"
	"motcua/systems/sync/account"
)

// accountBytes is the most that an account may have.
const accountBytes = 64 << 20

// give takes an account from a program.
func (s *system) give(r *kernel.Request) (web.Answer, error) {
	media, _, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if err != nil || media != account.Table && !slices.Contains(streams, media) {
		return web.Answer{}, fault.New(fault.Unsupported, "sync.media.statement")
	}
	q := r.URL.Query()
	body, err := sender(r, q.Get("body"))
	if err != nil {
		return web.Answer{}, err
	}
	st, all, err := account.Give(r.Context(), r.App, r.Me, body, media, r.Body, account.Span{First: q.Get("from"), Last: q.Get("to")})
	if err != nil {
		return web.Answer{}, err
	}
	return web.JSON(200, statementOf(st, all[:min(len(all), account.Kept)]))
}

// last tells a program how its last account stands now.
func (s *system) last(r *kernel.Request) (web.Answer, error) {
	body, err := sender(r, r.URL.Query().Get("body"))
	if err != nil {
		return web.Answer{}, err
	}
	given, err := account.Statements(r.Context(), r.App, body)
	if err != nil {
		return web.Answer{}, err
	}
	if len(given) == 0 {
		return web.Answer{}, fault.New(fault.NotFound, "sync.nostatement")
	}
	all, err := account.Differences(r.Context(), r.App, given[0].ID)
	if err != nil {
		return web.Answer{}, err
	}
	return web.JSON(200, statementOf(given[0], all))
}

// A statementSaid is a statement as programs read it.
type statementSaid struct {
	Statement   string           `json:"statement" doc:"sync.out.statement"`
	Body        string           `json:"body" doc:"sync.out.body"`
	From        string           `json:"from" doc:"sync.out.from"`
	To          string           `json:"to" doc:"sync.out.to"`
	At          time.Time        `json:"at" doc:"sync.out.at"`
	Said        int              `json:"said" doc:"sync.out.said"`
	Here        int              `json:"here" doc:"sync.out.here"`
	Open        int              `json:"open" doc:"sync.out.open"`
	Differences []differenceSaid `json:"differences" doc:"sync.out.differences"`
}

type differenceSaid struct {
	Code  string     `json:"code" doc:"sync.out.code"`
	Body  string     `json:"body" doc:"sync.out.whose"`
	What  string     `json:"what" enum:"missing_here,missing_there,behind,state" doc:"sync.out.what"`
	There *standSaid `json:"there,omitempty" doc:"sync.out.there"`
	Here  *standSaid `json:"here,omitempty" doc:"sync.out.stands"`
}

type standSaid struct {
	Version int64 `json:"version" doc:"sync.out.version"`
	State   int   `json:"state" doc:"sync.out.state"`
}

func statementOf(st account.Statement, all []account.Difference) statementSaid {
	out := statementSaid{Statement: st.ID.String(), Body: st.Body, From: st.Span.First, To: st.Span.Last, At: st.At.UTC(), Said: st.Said, Here: st.Here,
		Open: st.Open + st.Rest, Differences: []differenceSaid{}}
	for _, d := range all {
		x := differenceSaid{Code: d.Code, Body: d.Body, What: d.What}
		if d.There.Version > 0 {
			x.There = &standSaid{d.There.Version, d.There.State}
		}
		if d.Here.Version > 0 {
			x.Here = &standSaid{d.Here.Version, d.Here.State}
		}
		out.Differences = append(out.Differences, x)
	}
	return out
}

// mediaOf is what an uploaded file is, by the end of its name.
func mediaOf(name string) string {
	if strings.HasSuffix(strings.ToLower(name), ".csv") {
		return account.Table
	}
	return lines
}
