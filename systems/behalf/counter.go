package behalf

import (
	"net/url"
	"time"

	"motcua/base/db"
	"motcua/base/fault"
	"motcua/base/web"
	"motcua/kernel"
	"motcua/kernel/ask"
	"motcua/kernel/level"
	"motcua/kernel/shown"
	"motcua/kernel/who"
)

// adult is the age at which a person acts for himself (Civil Code 2015 Art. 20).
const adult = 18

// A counterPage is a clerk before whom somebody stands who represents a party.
type counterPage struct {
	*kernel.Request
	form  *shown.Form
	what  string // business or child
	typed url.Values
	wrong map[string]string
	done  string // who represents whom since just now
}

func (h *house) showCounter(what string) func(*kernel.Request) (web.Answer, error) {
	return func(r *kernel.Request) (web.Answer, error) {
		return web.Show((&counterPage{Request: r, form: h.forms[what], what: what}).page())
	}
}

// establish lets who stands there represent a business, or a child until it is
// of age. Who he is was proved before: at this counter, a minute ago.
func (h *house) establish(what string) func(*kernel.Request) (web.Answer, error) {
	return func(r *kernel.Request) (web.Answer, error) {
		c := &counterPage{Request: r, form: h.forms[what], what: what}
		seen, err := c.form.Read(r)
		if err == nil {
			err = h.app.DB.Write(r.Context(), func(tx *db.Tx) error {
				holder, known, err := level.Holder(tx, h.app.Book, seen.Number)
				switch {
				case err != nil:
					return err
				case !known:
					return fault.Wrong(fault.Field{Pointer: "/answers/number", Code: "behalf.unproven"})
				case holder.ID == r.Me.ID:
					return fault.Wrong(fault.Field{Pointer: "/answers/number", Code: "behalf.yourself"})
				}
				name, err := h.represent(tx, r.Me, holder, c.what, seen)
				c.done = r.T("behalf.counter.done", holder.Name, name)
				return err
			})
		}
		c.typed, c.wrong = r.PostForm, ask.Wrong(r.Voice, err)
		switch {
		case c.wrong != nil:
			c.done = ""
			return web.ShowWrong(c.page())
		case err != nil:
			return web.Answer{}, err
		}
		c.typed = nil
		return web.Show(c.page())
	}
}

// represent records that holder represents the party that the papers name.
func (h *house) represent(tx *db.Tx, by, holder who.Person, what string, s shown.Seen) (name string, err error) {
	get := func(q string) string { t, _ := s.More[q].(string); return t }
	m := who.Mandate{Holder: holder.ID, Head: true}
	if what == "business" {
		name = get("org_name")
		m.Org, err = h.app.Book.AddOrg(tx, by, name, plain(get("org_number")))
	} else {
		born, bad := time.ParseInLocation(time.DateOnly, get("child_born"), h.app.Zone)
		if bad != nil {
			return "", bad
		}
		if m.Until = born.AddDate(adult, 0, 0); !m.Until.After(h.app.Now()) {
			return "", fault.Wrong(fault.Field{Pointer: "/answers/child_born", Code: "behalf.adult"})
		}
		child, bad := h.app.Book.Helped(tx, by, who.Person{Number: get("child_number"), Name: get("child_name"), Born: get("child_born")})
		name, m.Org, err = child.Name, child.ID, bad
	}
	if err != nil {
		return "", err
	}
	all, err := who.Mandates(tx, holder.ID, 0)
	for _, x := range all {
		if x.Org == m.Org && x.Head && !over(x, h.app.Now()) {
			return "", fault.Wrong(fault.Field{Pointer: "/answers/number", Code: "behalf.already"})
		}
	}
	if err == nil {
		m.ID, err = h.app.Book.Establish(tx, by, m, who.Trust{Way: "counter", Ref: get("paper") + "; " + s.Document, Body: s.Body})
	}
	if err == nil && what == "business" && h.register.URL != "" { // the papers may be of yesterday: the register has the last word
		now := db.At(h.app.Now())
		err = asking{ID: h.app.IDs.New(), Person: holder.ID, Number: plain(get("org_number")), Mandate: m.ID, State: "holds", Made: now}.store(tx, now.Time)
	}
	return name, err
}
