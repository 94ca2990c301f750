package handover

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"time"

	"motcua/base/fault"
	"motcua/base/id"
	"motcua/kernel"
	"motcua/kernel/api"
	"motcua/kernel/dossier"
	"motcua/kernel/procedure"
	"motcua/kernel/who"
	"motcua/systems/handover/register"
)

// A Waiting dossier is one that the body's software has yet to take.
type Waiting struct {
	Item    string    `json:"item" doc:"handover.item"`
	Dossier string    `json:"dossier" doc:"api.dossier.id"`
	Body    string    `json:"body" doc:"api.dossier.body"`
	Why     string    `json:"why" enum:"filed,supplied,withdrawn" doc:"handover.why"`
	Since   time.Time `json:"since" doc:"handover.since"`
}

func waitingOf(x register.Item) Waiting {
	return Waiting{Item: x.ID.String(), Dossier: x.Dossier.String(), Body: x.Body, Why: x.Why, Since: x.At.UTC()}
}

type listing struct {
	After string `query:"after" maxLength:"20" doc:"handover.in.after"`
	Limit int    `query:"limit" minimum:"1" maximum:"200" default:"50" doc:"api.in.limit"`
}

type listed struct {
	Body struct {
		Items []Waiting `json:"items" doc:"handover.items"`
		Next  string    `json:"next" doc:"handover.next"`
	} `nameHint:"HandoverList"`
}

func (h *house) list(r *kernel.Request, in *listing) (*listed, error) {
	var after id.ID
	if in.After != "" {
		var err error
		if after, err = id.Parse(in.After); err != nil {
			return nil, fault.Wrong(fault.Field{Pointer: "/after", Code: "dossier.cursor"})
		}
	}
	all, err := h.register.Waiting(r.Context(), r.Me.Bodies(who.Clerk), after, in.Limit+1)
	if err != nil {
		return nil, err
	}
	out := &listed{}
	out.Body.Items = []Waiting{}
	if len(all) > in.Limit {
		all = all[:in.Limit]
		out.Body.Next = all[len(all)-1].ID.String()
	}
	for _, x := range all {
		out.Body.Items = append(out.Body.Items, waitingOf(x))
	}
	return out, nil
}

// A Package is all that the body needs to carry the dossier on by itself.
type Package struct {
	Dossier     api.Dossier    `json:"dossier" doc:"handover.dossier"`
	Applicant   Applicant      `json:"applicant" doc:"handover.applicant"`
	FormVersion string         `json:"form_version" doc:"handover.formversion"`
	Form        map[string]any `json:"form" doc:"handover.form"`
	Number      string         `json:"number,omitempty" doc:"handover.number"`
	Waiting     *Waiting       `json:"waiting,omitempty" doc:"handover.waiting"`
}

// An Applicant is who asks, as the body must know him.
type Applicant struct {
	Name         string `json:"name" doc:"api.helped.name"`
	Number       string `json:"number,omitempty" doc:"api.helped.number"`
	Phone        string `json:"phone,omitempty" doc:"api.helped.phone"`
	Email        string `json:"email,omitempty" doc:"api.helped.email"`
	Born         string `json:"born,omitempty" doc:"api.helped.born"`
	Organisation string `json:"organisation,omitempty" doc:"handover.organisation"`
}

type packed struct {
	ETag string `header:"ETag" doc:"api.header.etag"`
	Body Package
}

// find is the dossier of the address if it is carried elsewhere and the caller
// takes dossiers in for that body. His reading is recorded.
func (h *house) find(r *kernel.Request, s string) (*dossier.Dossier, *dossier.Kind, error) {
	missing := fault.New(fault.NotFound, "dossier.missing")
	n, err := id.Parse(s)
	if err != nil {
		return nil, nil, missing
	}
	d, k, err := r.App.Engine.See(r.Context(), r.Me, n)
	if err == nil && (!d.Elsewhere || !r.Me.Is(who.Clerk, d.Body)) {
		err = missing
	}
	return d, k, err
}

func (h *house) read(r *kernel.Request, in *api.Whose) (*packed, error) {
	d, k, err := h.find(r, in.ID)
	if err != nil {
		return nil, err
	}
	return h.pack(r, d, k)
}

func (h *house) pack(r *kernel.Request, d *dossier.Dossier, k *dossier.Kind) (*packed, error) {
	whole, etag, err := api.Whole(r, d, k)
	if err != nil {
		return nil, err
	}
	p, err := r.App.Book.Person(r.Context(), d.Applicant)
	if err != nil && !errors.Is(err, fault.NotFound) {
		return nil, err
	}
	out := &packed{ETag: etag, Body: Package{Dossier: whole, FormVersion: d.KindVersion,
		Applicant: Applicant{Name: p.Name, Number: p.Number, Phone: p.Phone, Email: p.Email, Born: p.Born}}}
	if d.Org != 0 {
		out.Body.Applicant.Organisation = d.Name
	}
	if s := k.Opening(); s != nil && s.Form != nil {
		out.Body.Form = s.Form.Schema(r.Lang)
	}
	out.Body.Number, _ = d.Desk[procedure.NumberField].(string)
	x, err := h.register.Item(r.Context(), d.ID)
	if err == nil && x.ID != 0 {
		w := waitingOf(x)
		out.Body.Waiting = &w
	}
	return out, err
}

type acknowledging struct {
	api.Whose
	Body struct {
		Number string `json:"number" minLength:"1" maxLength:"80" doc:"handover.in.number" example:"HB-2020-001"`
	} `nameHint:"Acknowledgement"`
}

// acknowledge is the only thing that ends a delivery. Said again with the same
// number it changes nothing; with another it is refused.
func (h *house) acknowledge(r *kernel.Request, in *acknowledging) (*packed, error) {
	d, _, err := h.find(r, in.ID)
	if err != nil {
		return nil, err
	}
	if err := h.take(r.Context(), r.Me, d, in.Body.Number); err != nil {
		return nil, err
	}
	d, k, err := h.find(r, in.ID)
	if err != nil {
		return nil, err
	}
	return h.pack(r, d, k)
}

// take is the act of the clerk, or of the software that holds his role.
func (h *house) take(ctx context.Context, me who.Person, d *dossier.Dossier, number string) error {
	number, err := procedure.Kept("acknowledge", procedure.NumberField, number, h.app.Today(d.Body))
	if err != nil {
		return err
	}
	had, _ := d.Desk[procedure.NumberField].(string)
	if had != "" && had != number {
		return fault.New(fault.Conflict, "handover.othernumber", had)
	}
	x, err := h.register.Item(ctx, d.ID)
	if err != nil || x.ID == 0 && had == number {
		return err
	}
	_, err = h.app.Engine.Act(ctx, dossier.Order{Me: me, Dossier: d.ID, Act: "acknowledge", Version: d.Version,
		Answers: map[string]any{procedure.NumberField: number}})
	return err
}

// answered reads what the body's software said to the webhook of a dossier that
// waits: {"number": "…"} acknowledges it at once, anything else does not.
func (h *house) answered(ctx context.Context, connection, n id.ID, said []byte) error {
	given := number(said)
	if given == "" {
		return nil
	}
	all, err := h.register.All(ctx)
	if err != nil {
		return err
	}
	i := slices.IndexFunc(all, func(c register.Connection) bool { return c.ID == connection })
	if i < 0 {
		return nil
	}
	me, err := h.app.Book.Person(ctx, all[i].Account)
	if err != nil {
		return err
	}
	d, err := h.app.Engine.Find(ctx, n)
	if err != nil || !me.Is(who.Clerk, d.Body) {
		return err
	}
	return h.take(ctx, me, d, given)
}

// number is the body's own number in what its software said, "" where there is
// none that could be one.
func number(said []byte) string {
	var x struct {
		Number string `json:"number"`
	}
	if json.Unmarshal(said, &x) != nil || len(x.Number) > 80 {
		return ""
	}
	return x.Number
}
