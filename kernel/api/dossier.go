package api

import (
	"net/url"
	"slices"
	"strconv"
	"time"

	"motcua/base/fault"
	"motcua/base/web"
	"motcua/kernel"
	"motcua/kernel/dossier"
	"motcua/kernel/doubt"
	"motcua/kernel/procedure"
	"motcua/kernel/who"
)

// A File is a document as programs see it.
type File struct {
	ID     string `json:"id" doc:"api.file.id"`
	Name   string `json:"name" doc:"api.file.name"`
	Type   string `json:"type" doc:"api.file.type" example:"application/pdf"`
	Size   int64  `json:"size" doc:"api.file.size"`
	SHA256 string `json:"sha256" doc:"api.file.sha256"`
	Href   string `json:"href,omitempty" doc:"api.file.href"`
}

func fileOf(f dossier.File) File {
	return File{ID: f.ID.String(), Name: f.Name, Type: f.Type, Size: f.Size, SHA256: f.Sum}
}

// A Brief is a dossier in a list.
type Brief struct {
	ID            string     `json:"id" doc:"api.dossier.id"`
	Code          string     `json:"code" doc:"api.dossier.code"`
	Kind          string     `json:"kind" doc:"api.dossier.kind"`
	Title         string     `json:"title" doc:"api.dossier.title"`
	State         string     `json:"state" doc:"api.dossier.state"`
	PublicState   string     `json:"public_state" enum:"draft,submitted,action,progress,ready,closed" doc:"api.dossier.public"`
	NationalState int        `json:"national_state" minimum:"0" maximum:"10" doc:"api.dossier.national"`
	Body          string     `json:"body" doc:"api.dossier.body"`
	Name          string     `json:"name" doc:"api.dossier.name"`
	Subject       string     `json:"subject,omitempty" doc:"api.dossier.subject"`
	Channel       string     `json:"channel" enum:"online,counter,post" doc:"api.dossier.channel"`
	Version       int        `json:"version" minimum:"1" doc:"api.dossier.version"`
	OpenedAt      time.Time  `json:"opened_at" doc:"api.dossier.opened"`
	ChangedAt     time.Time  `json:"changed_at" doc:"api.dossier.changed"`
	DueAt         *time.Time `json:"due_at" nullable:"true" doc:"api.dossier.due"`
	EndedAt       *time.Time `json:"ended_at" nullable:"true" doc:"api.dossier.ended"`
	InDoubt       *bool      `json:"in_doubt,omitempty" doc:"api.dossier.doubt"` // nil: the caller is not to know
}

// A Dossier is a whole dossier as programs see it.
type Dossier struct {
	Brief
	Tail          string            `json:"tail,omitempty" doc:"api.dossier.tail"`
	Answers       map[string]any    `json:"answers" doc:"api.dossier.answers"`
	Papers        map[string][]File `json:"papers" doc:"api.dossier.papers"`
	Desk          map[string]any    `json:"desk,omitempty" doc:"api.dossier.desk"`
	Reasons       []dossier.Reason  `json:"reasons" doc:"api.dossier.reasons"`
	Fee           []Charge          `json:"fee" doc:"api.dossier.fee"`
	Children      []Brief           `json:"children" doc:"api.dossier.children"`
	Result        *Result           `json:"result,omitempty" doc:"api.dossier.result"`
	Acts          []Act             `json:"acts" doc:"api.dossier.acts"`
	AvailableActs []Available       `json:"available_acts" doc:"api.dossier.available"`
}

// A Charge is one line of what is to be paid for the dossier.
type Charge struct {
	Name   string `json:"name" doc:"api.charge.name"`
	Amount int64  `json:"amount" doc:"api.charge.amount"`
	Law    string `json:"law" doc:"api.charge.law"`
	At     string `json:"at,omitempty" enum:"receipt,supplement,return" doc:"api.charge.at"`
}

// A Result is the decision in force.
type Result struct {
	Number  string `json:"number" doc:"api.result.number"`
	Version int    `json:"version" doc:"api.result.version"`
	Day     string `json:"day" format:"date" doc:"api.result.day"`
}

// An Act is one thing done to a dossier.
type Act struct {
	Version int               `json:"version" minimum:"1" doc:"api.act.version"`
	Act     string            `json:"act" doc:"api.act.act"`
	Title   string            `json:"title" doc:"api.act.title"`
	As      string            `json:"as" doc:"api.act.as"`
	Name    string            `json:"name,omitempty" doc:"api.act.name"`
	At      time.Time         `json:"at" doc:"api.act.at"`
	From    string            `json:"from,omitempty" doc:"api.act.from"`
	To      string            `json:"to,omitempty" doc:"api.act.to"`
	Answers map[string]any    `json:"answers,omitempty" doc:"api.act.answers"`
	Papers  map[string][]File `json:"papers,omitempty" doc:"api.act.papers"`
	Reasons []dossier.Reason  `json:"reasons,omitempty" doc:"api.act.reasons"`
	Note    string            `json:"note,omitempty" doc:"api.act.note"`
}

// Available is an act that may be done now.
type Available struct {
	Act    string         `json:"act" doc:"api.available.act"`
	Title  string         `json:"title" doc:"api.available.title"`
	Form   map[string]any `json:"form" doc:"api.available.form"`
	Papers []string       `json:"papers" doc:"api.available.papers"`
}

// An answered dossier: its version is its ETag.
type answered struct {
	ETag     string `header:"ETag" doc:"api.header.etag"`
	Location string `header:"Location" doc:"api.header.location"`
	Replayed string `header:"Idempotency-Replayed" doc:"api.header.replayed"`
	Body     Dossier
}

func when(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	t = t.UTC()
	return &t
}

func brief(r *kernel.Request, d *dossier.Dossier, k *dossier.Kind, doubted *bool) Brief {
	s := k.Stands[d.State]
	return Brief{ID: d.ID.String(), Code: d.Code, Kind: d.Kind, Title: r.Voice.Of(k.Title), State: string(d.State), PublicState: string(s.Public),
		NationalState: s.National, Body: d.Body, Name: d.Name, Subject: d.Subject, Channel: d.Channel, Version: d.Version,
		OpenedAt: d.Opened.UTC(), ChangedAt: d.Changed.UTC(), DueAt: when(d.Due), EndedAt: when(d.Ended), InDoubt: doubted}
}

// whole is d as r's person may see it.
func whole(r *kernel.Request, d *dossier.Dossier, k *dossier.Kind) (*answered, error) {
	official := dossier.Official(r.Me, d)
	out := &answered{ETag: web.ETag(d.Version), Body: Dossier{Brief: brief(r, d, k, nil), Answers: d.Answers, Papers: map[string][]File{}, Reasons: d.Reasons, Acts: []Act{}, AvailableActs: []Available{}}}
	b := &out.Body
	if b.Reasons == nil {
		b.Reasons = []dossier.Reason{}
	}
	if asks(r.Me, d) {
		b.Tail = d.Tail
	}
	if err := belongings(r, d, k, b); err != nil {
		return nil, err
	}
	if official {
		b.Desk = d.Desk
	}
	if x := d.Result; x != nil {
		b.Result = &Result{Number: x.Number, Version: x.Version, Day: x.Day}
	}
	for paper, files := range d.Papers {
		b.Papers[paper] = filesOf(d, paper, files, true)
	}
	for i := range d.Acts {
		if a := &d.Acts[i]; official || told(a) {
			b.Acts = append(b.Acts, actOf(r, d, k, a, official))
		}
	}
	for _, s := range r.App.Engine.Possible(r.Me, d, k) {
		form, err := formOf(r, d, k, s)
		if err != nil {
			return nil, err
		}
		b.AvailableActs = append(b.AvailableActs, Available{Act: s.Act, Title: r.ActTitle(k, s), Form: form, Papers: papersOf(d, k, s)})
	}
	return out, nil
}

// belongings are what the dossier costs, what its acts opened, and what is in doubt of them.
func belongings(r *kernel.Request, d *dossier.Dossier, k *dossier.Kind, b *Dossier) error {
	b.Fee, b.Children = []Charge{}, []Brief{}
	if p, ok := k.Service.(*procedure.Procedure); ok {
		for _, c := range p.Fee(procedure.CaseOf(d)) {
			b.Fee = append(b.Fee, Charge{r.Voice.Of(c.Name), c.Amount, c.Law, string(c.At)})
		}
	}
	rows, err := r.App.Engine.Children(r.Context(), d.ID)
	if err != nil {
		return err
	}
	marked, err := doubt.Told(r.Context(), r.App, r.Me, append(rows, d)...)
	b.InDoubt = marked[d.ID]
	for _, x := range rows {
		k, err := r.App.Kind(x.Kind, x.KindVersion)
		if err != nil {
			return err
		}
		b.Children = append(b.Children, brief(r, x, k, marked[x.ID]))
	}
	return err
}

func filesOf(d *dossier.Dossier, paper string, files []dossier.File, current bool) []File {
	all := []File{}
	for i, f := range files {
		x := fileOf(f)
		if current {
			x.Href = "/api/v1/dossiers/" + d.ID.String() + "/papers/" + url.PathEscape(paper) + "/" + strconv.Itoa(i+1)
		}
		all = append(all, x)
	}
	return all
}

// asks reports whether p is the one who asked, himself or for an organisation.
func asks(p who.Person, d *dossier.Dossier) bool {
	return d.Asked(p, who.Follow)
}

// byOffice reports whether an official did the act.
func byOffice(a *dossier.Act) bool {
	return !slices.Contains([]dossier.By{dossier.Applicant, dossier.Mandate, dossier.Clock, dossier.Node, dossier.Parent}, a.Entry.As)
}

// told reports whether an act is told to who asked: what moved the dossier, and
// what concerns him. What officials do among themselves is theirs.
func told(a *dossier.Act) bool {
	e := a.Entry
	return e.Open != nil || e.To != "" && e.To != e.From || e.Result != nil || len(e.Reasons) > 0 || !byOffice(a)
}

func actOf(r *kernel.Request, d *dossier.Dossier, k *dossier.Kind, a *dossier.Act, official bool) Act {
	e := a.Entry
	out := Act{Version: a.Version, Act: a.Act, Title: a.Act, As: string(e.As), Name: e.Name, At: a.At.UTC(), From: string(e.From), To: string(e.To), Reasons: e.Reasons}
	if s := k.Step(a.Act); s != nil {
		out.Title = r.ActTitle(k, s)
	}
	for paper, files := range e.Papers {
		if out.Papers == nil {
			out.Papers = map[string][]File{}
		}
		out.Papers[paper] = filesOf(d, paper, files, false)
	}
	if official || !byOffice(a) || e.Open != nil {
		out.Answers, out.Note = e.Answers, e.Note
	}
	return out
}

func read(r *kernel.Request, in *Whose) (*answered, error) {
	n, err := number(in.ID)
	if err != nil {
		return nil, err
	}
	d, k, err := r.App.Engine.See(r.Context(), r.Me, n)
	if err != nil {
		return nil, err
	}
	return whole(r, d, k)
}

type listing struct {
	State  string `query:"state" doc:"api.in.state" example:"progress"`
	Before string `query:"due_before" doc:"api.in.before" example:"2026-12-31"`
	Inbox  string `query:"inbox" enum:"mine,desk,unheld,late,soon,sign,all" doc:"api.in.inbox"`
	Limit  int    `query:"limit" minimum:"1" maximum:"200" default:"50" doc:"api.in.limit"`
	Cursor string `query:"cursor" doc:"api.in.cursor"`
}

type rows struct {
	Body struct {
		Items []Brief `json:"items" doc:"api.list.items"`
		Next  string  `json:"next" doc:"api.list.next"`
	} `nameHint:"Dossiers"`
}

func list(r *kernel.Request, in *listing) (*rows, error) {
	l := dossier.List{Me: r.Me, Inbox: in.Inbox, Limit: in.Limit}
	var err error
	if l.After, err = dossier.ParseCursor(in.Cursor); err != nil {
		return nil, err
	}
	if l.Inbox == "" && len(r.Me.Grants) > 0 {
		l.Inbox = "seen"
	}
	if in.Before != "" {
		if l.DueBefore, err = time.Parse(time.RFC3339, in.Before); err != nil {
			l.DueBefore, err = time.ParseInLocation(time.DateOnly, in.Before, r.App.Zone)
		}
		if err != nil {
			return nil, fault.Wrong(fault.Field{Pointer: "/due_before", Code: "api.wrong.time"})
		}
	}
	if in.State != "" && !states(r.App, in.State, &l) {
		return nil, fault.Wrong(fault.Field{Pointer: "/state", Code: "api.wrong.state"})
	}
	all, next, err := r.App.Engine.Rows(r.Context(), l)
	if err != nil {
		return nil, err
	}
	out := &rows{}
	out.Body.Items, out.Body.Next = []Brief{}, next.String()
	marked, err := doubt.Told(r.Context(), r.App, r.Me, all...)
	if err != nil {
		return nil, err
	}
	for _, d := range all {
		k, err := r.App.Kind(d.Kind, d.KindVersion)
		if err != nil {
			return nil, err
		}
		out.Body.Items = append(out.Body.Items, brief(r, d, k, marked[d.ID]))
	}
	return out, nil
}

// states puts a state into the list: one of the six that the public is told,
// or one of a kind's own.
func states(a *kernel.App, s string, l *dossier.List) bool {
	if slices.Contains([]dossier.Public{dossier.Drafted, dossier.Submitted, dossier.Action, dossier.Progress, dossier.Ready, dossier.Closed}, dossier.Public(s)) {
		l.State = dossier.Public(s)
		return true
	}
	l.Stand = dossier.State(s)
	return slices.ContainsFunc(a.Kinds(), func(k *dossier.Kind) bool { _, ok := k.Stands[l.Stand]; return ok })
}

// Whole is d as r's person may see it, with its ETag, for systems whose answers hold a dossier.
func Whole(r *kernel.Request, d *dossier.Dossier, k *dossier.Kind) (Dossier, string, error) {
	out, err := whole(r, d, k)
	if err != nil {
		return Dossier{}, "", err
	}
	return out.Body, out.ETag, nil
}
