package portal

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"

	"motcua/base/fault"
	"motcua/base/lang"
	"motcua/base/web"
	"motcua/kernel"
	"motcua/kernel/clock"
	"motcua/kernel/find"
	"motcua/kernel/procedure"
	"motcua/kernel/signed"
	"motcua/kernel/who"
)

// A Heading is what every answer says of a public service.
type Heading struct {
	Code    string   `json:"code" doc:"portal.api.code" example:"1.001193"`
	Kind    string   `json:"kind,omitempty" doc:"portal.api.kind"`
	Title   string   `json:"title" doc:"portal.api.title"`
	Summary string   `json:"summary" doc:"portal.api.summary"`
	Level   int      `json:"level" minimum:"1" maximum:"4" doc:"portal.api.level"`
	Sector  string   `json:"sector" doc:"portal.api.sector"`
	Body    string   `json:"body" doc:"portal.api.body"`
	For     []string `json:"for" doc:"portal.api.for"`
	Full    bool     `json:"full" doc:"portal.api.full"`
}

// A Procedure is a public service in a list.
type Procedure struct {
	Heading
	Limit string `json:"limit" doc:"portal.api.limit"`
	Fee   string `json:"fee" doc:"portal.api.fee"`
}

type searching struct {
	Words  string `query:"q" maxLength:"300" doc:"portal.api.q"`
	Level  int    `query:"level" minimum:"1" maximum:"4" doc:"portal.api.atlevel"`
	Limit  int    `query:"limit" minimum:"1" maximum:"200" default:"50" doc:"portal.api.in.limit"`
	Cursor string `query:"cursor" doc:"portal.api.in.cursor"`
}

type procedures struct {
	Body struct {
		Items []Procedure `json:"items" doc:"portal.api.items"`
		Next  string      `json:"next" doc:"portal.api.next"`
	} `nameHint:"Procedures"`
}

// A Service is all that a program needs to file under a service.
type Service struct {
	Heading
	Version  string         `json:"version" doc:"portal.api.version"`
	Account  string         `json:"account,omitempty" enum:"substantial,high" doc:"portal.api.account"`
	Sign     *Signature     `json:"signature,omitempty" doc:"portal.api.signature"`
	Guide    Guide          `json:"guide" doc:"portal.api.guide"`
	Papers   []Paper        `json:"papers" doc:"portal.api.papers"`
	Form     map[string]any `json:"form" doc:"portal.api.form"`
	Steps    []Step         `json:"steps" doc:"portal.api.steps"`
	Limit    Limit          `json:"limit" doc:"portal.api.limit"`
	Fee      []Fee          `json:"fee" doc:"portal.api.fees"`
	Examples []Example      `json:"examples" doc:"portal.api.examples"`
}

// A Signature is what the applicant signs his filing with.
type Signature struct {
	Level string   `json:"level" enum:"substantial,high" doc:"portal.api.signature.level"`
	Ways  []string `json:"ways" enum:"passkey,code,tool" doc:"portal.api.signature.ways"`
}

// A Guide is what a person would read before filing.
type Guide struct {
	Minutes    int      `json:"minutes" doc:"portal.api.minutes"`
	Receive    []string `json:"receive" doc:"portal.api.receive"`
	Before     []string `json:"before" doc:"portal.api.before"`
	After      []string `json:"after" doc:"portal.api.after"`
	Result     string   `json:"result" doc:"portal.api.result"`
	Declare    string   `json:"declare" doc:"portal.api.declare"`
	Law        []Law    `json:"law" doc:"portal.api.law"`
	Unverified []string `json:"unverified" doc:"portal.api.unverified"`
}

// A Law is where a rule of the service comes from.
type Law struct {
	Number  string `json:"number" doc:"portal.api.law.number"`
	Title   string `json:"title" doc:"portal.api.law.title"`
	Article string `json:"article" doc:"portal.api.law.article"`
}

// A Paper is a document to give.
type Paper struct {
	ID       string `json:"id" doc:"portal.api.paper.id"`
	Name     string `json:"name" doc:"portal.api.paper.name"`
	Hint     string `json:"hint" doc:"portal.api.paper.hint"`
	Optional bool   `json:"optional" doc:"portal.api.paper.optional"`
	When     string `json:"when,omitempty" doc:"portal.api.paper.when"`
	Max      int    `json:"max" doc:"portal.api.paper.max"`
}

// A Step is a desk of the body.
type Step struct {
	ID     string `json:"id" doc:"portal.api.step.id"`
	Title  string `json:"title" doc:"portal.api.step.title"`
	Role   string `json:"role" doc:"portal.api.step.role"`
	Budget string `json:"budget" doc:"portal.api.step.budget"`
}

// A Limit is the time that the body has.
type Limit struct {
	Time string `json:"time" doc:"portal.api.limit.time" example:"1d"`
	Text string `json:"text" doc:"portal.api.limit.text"`
	Law  string `json:"law" doc:"portal.api.limit.law"`
}

// A Fee is one line of what is to be paid, in the country's money.
type Fee struct {
	Name   string `json:"name" doc:"portal.api.fee.name"`
	Amount int64  `json:"amount" doc:"portal.api.fee.amount"`
	Each   string `json:"each,omitempty" doc:"portal.api.fee.each"`
	At     string `json:"at,omitempty" enum:"receipt,supplement,return" doc:"portal.api.fee.at"`
	When   string `json:"when,omitempty" doc:"portal.api.fee.when"`
	Law    string `json:"law" doc:"portal.api.fee.law"`
}

// An Example is a filing to try, with what becomes of it.
type Example struct {
	Name      string            `json:"name" doc:"portal.api.example.name"`
	Applicant string            `json:"applicant" enum:"citizen,business" doc:"portal.api.example.applicant"`
	Body      string            `json:"body" doc:"portal.api.example.body"`
	Answers   map[string]any    `json:"answers" doc:"portal.api.example.answers"`
	Papers    map[string]string `json:"papers" doc:"portal.api.example.papers"`
	Story     []Turn            `json:"story" doc:"portal.api.example.story"`
	Ends      string            `json:"ends" doc:"portal.api.example.ends"`
}

// A Turn is one act of an example's story.
type Turn struct {
	By      string            `json:"by" enum:"applicant,clerk,officer,leader" doc:"portal.api.turn.by"`
	Act     string            `json:"act" doc:"portal.api.turn.act"`
	Answers map[string]any    `json:"answers" doc:"portal.api.turn.answers"`
	Papers  map[string]string `json:"papers" doc:"portal.api.turn.papers"`
}

// ops are the operations on services; everyone may use them.
func (p *portal) ops(a *kernel.App, api *web.API) {
	const tag = "portal.api.tag"
	code, words := "", ""
	for _, x := range p.set.All() { // of the reference: any service that people have words for
		if code == "" && len(x.Words) > 0 {
			code, words = x.Code, x.Words[0]
		}
	}
	kernel.Op(a, api, web.Op{ID: "listProcedures", Method: "GET", Path: "/api/v1/procedures", Tag: tag,
		Summary: "portal.api.list", Detail: "portal.api.list.detail", Faults: []int{422}, Sample: fmt.Sprintf("curl -G --data-urlencode \"q=%s\" \"$URL/api/v1/procedures?limit=5\"", words)}, kernel.Anyone(), p.listed)
	kernel.Op(a, api, web.Op{ID: "readProcedure", Method: "GET", Path: "/api/v1/procedures/{code}", Tag: tag,
		Summary: "portal.api.read", Detail: "portal.api.read.detail", Faults: []int{404}, Sample: fmt.Sprintf(`curl "$URL/api/v1/procedures/%s"`, code)}, kernel.Anyone(), p.described)
}

// listed finds services: by words the best first, else all by code. The cursor
// is how many were given already.
func (p *portal) listed(r *kernel.Request, in *searching) (*procedures, error) {
	from := 0
	if in.Cursor != "" {
		n, err := strconv.Atoi(in.Cursor)
		if err != nil || n < 0 || n > 1_000_000 || strconv.Itoa(n) != in.Cursor {
			return nil, fault.Wrong(fault.Field{Pointer: "/cursor", Code: "dossier.cursor"})
		}
		from = n
	}
	all, err := p.found(r, in.Words)
	if err != nil {
		return nil, err
	}
	if in.Level > 0 {
		all = slices.DeleteFunc(all, func(e find.Entry) bool { return e.Level != in.Level })
	}
	out := &procedures{}
	out.Body.Items = []Procedure{}
	for _, e := range all[min(from, len(all)):min(from+in.Limit, len(all))] {
		out.Body.Items = append(out.Body.Items, Procedure{Heading: item(r, &e), Limit: e.Time, Fee: e.Fee})
	}
	if from+in.Limit < len(all) {
		out.Body.Next = strconv.Itoa(from + in.Limit)
	}
	return out, nil
}

// found are the services that match; without words all of them, those that can
// be filed here first.
func (p *portal) found(r *kernel.Request, words string) (all []find.Entry, err error) {
	if words == "" {
		return p.entries(r.Context(), r.App)
	}
	x := p.find.Index()
	for _, h := range x.Search(words, find.Filter{}, x.Len()) {
		all = append(all, *h.Entry)
	}
	return all, nil
}

func item(r *kernel.Request, e *find.Entry) Heading {
	out := Heading{Code: e.Code, Title: r.Voice.Of(e.Title), Summary: r.Voice.Of(e.Summary), Level: e.Level, Sector: e.Sector, Body: e.Body,
		For: orNone(e.For), Full: e.Full}
	if e.Full {
		out.Kind = "portal/" + e.Code
	}
	return out
}

func (p *portal) described(r *kernel.Request, in *struct {
	Code string `path:"code" doc:"portal.api.code"`
	At   string `query:"body" doc:"portal.api.at"`
}) (*struct{ Body Service }, error) {
	out := &struct{ Body Service }{}
	x := p.set.Get(in.Code)
	if x == nil {
		info, err := findInfo(r.Context(), r.App, in.Code)
		if err != nil {
			return nil, err
		}
		e := infoEntry(info)
		out.Body = Service{Heading: item(r, &e), Guide: Guide{Receive: orNone(info.Channels), Before: []string{}, After: []string{}, Law: []Law{}, Unverified: []string{}, Result: info.Result},
			Papers: []Paper{}, Steps: []Step{}, Fee: []Fee{}, Examples: []Example{}, Limit: Limit{Text: info.Time}}
		return out, nil
	}
	e := p.entry(r.App, x)
	w := Service{Heading: item(r, &e), Version: x.Version, Guide: p.guide(r, x), Papers: []Paper{}, Form: x.Form.Schema(r.Lang), Steps: []Step{}, Fee: []Fee{}, Examples: []Example{}}
	w.Account = string(x.Assurance)
	if x.Sign != "" {
		w.Sign = &Signature{Level: string(x.Sign), Ways: signed.Ways(x.Sign)}
	}
	t := x.TermsAt(in.At)
	w.Limit = Limit{Time: t.Limit.String(), Text: t.Limit.Say(r.Voice), Law: cited(r, p.set.Pack, t.Law["limit"])}
	for _, f := range t.Fees {
		w.Fee = append(w.Fee, Fee{Name: r.Voice.Of(f.Name), Amount: f.Amount, Each: f.Each, At: string(f.At), When: f.When.Text, Law: cited(r, p.set.Pack, f.Law)})
	}
	for _, y := range x.Papers {
		w.Papers = append(w.Papers, Paper{ID: y.ID, Name: r.Voice.Of(y.Name), Hint: r.Voice.Of(y.Hint), Optional: y.Optional, When: y.When.Text, Max: cmp.Or(y.Max, 5)})
	}
	w.Steps = append(w.Steps, Step{ID: "intake", Title: r.T("portal.step.receive"), Role: "clerk", Budget: budget(t.Budgets["intake"])})
	for _, s := range x.Steps {
		w.Steps = append(w.Steps, Step{ID: s.ID, Title: r.Voice.Of(s.Title), Role: string(s.Role), Budget: budget(t.Budgets[s.ID])})
	}
	for _, y := range x.Examples {
		ex := Example{Name: y.Name, Applicant: y.Applicant, Body: y.Body, Answers: orEmpty(y.Answers), Papers: orEmpty(y.Papers), Story: []Turn{}, Ends: y.Ends}
		for _, s := range y.Story {
			if s.By == procedure.Payer { // over the API nobody but the bank pays: the clerk takes cash
				if !x.Charges() {
					continue
				}
				s.By, s.Act = string(who.Clerk), procedure.OrderCash
			}
			ex.Story = append(ex.Story, Turn{By: s.By, Act: s.Act, Answers: orEmpty(s.Answers), Papers: orEmpty(s.Papers)})
		}
		w.Examples = append(w.Examples, ex)
	}
	out.Body = w
	return out, nil
}

func (p *portal) guide(r *kernel.Request, x *procedure.Procedure) Guide {
	g := Guide{Minutes: x.Minutes, Receive: orNone(x.Receive), Before: []string{}, After: []string{}, Result: r.Voice.Of(x.Result.Title),
		Declare: r.Voice.Of(x.Declare), Law: []Law{}, Unverified: orNone(x.Unverified)}
	for _, o := range x.Outside {
		if o.Before {
			g.Before = append(g.Before, r.Voice.Of(o.Say))
		} else {
			g.After = append(g.After, r.Voice.Of(o.Say))
		}
	}
	for _, c := range x.Law {
		if act, ok := p.set.Pack.Act(c.Act); ok {
			g.Law = append(g.Law, Law{Number: act.Number, Title: r.Voice.Of(act.Title), Article: c.Article})
		}
	}
	return g
}

// infoEntry is how an information page is found.
func infoEntry(i procedure.Info) find.Entry {
	return find.Entry{Code: i.Code, Title: lang.Say(i.Title), Sector: i.Sector, Body: i.Level, Fee: i.Fee, Time: i.Time, Level: 1}
}

func budget(l clock.Limit) string {
	if l.IsZero() {
		return ""
	}
	return l.String()
}

func orNone(all []string) []string {
	if all == nil {
		return []string{}
	}
	return all
}

func orEmpty[M ~map[string]V, V any](m M) M {
	if m == nil {
		return M{}
	}
	return m
}
