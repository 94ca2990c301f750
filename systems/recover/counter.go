package recover

import (
	"errors"
	"log/slog"
	"net/url"
	"slices"
	"strings"

	"motcua/base/db"
	"motcua/base/fault"
	"motcua/base/id"
	"motcua/base/job"
	"motcua/base/lang"
	"motcua/base/post"
	"motcua/base/web"
	"motcua/kernel"
	"motcua/kernel/ask"
	"motcua/kernel/contact"
	"motcua/kernel/level"
	"motcua/kernel/shown"
	"motcua/kernel/who"
)

// A counterPage is a clerk before whom somebody stands who cannot sign in.
type counterPage struct {
	*kernel.Request
	h     *house
	typed url.Values
	wrong map[string]string
	fresh matter   // begun just now
	all   []matter // that wait at the clerk's bodies for a second clerk
	names map[id.ID]string
	bad   string // what is wrong with the second look
}

func (h *house) counter(c *counterPage) (web.Answer, error) {
	err := h.app.DB.Read(c.Context(), func(tx *db.Tx) error {
		c.all, c.names = nil, map[id.ID]string{}
		for _, b := range c.Me.Bodies(who.Clerk) {
			some, err := db.List(tx, scan, columns+`where body = $1 and state = 'waiting' and eyes > 1 and second = 0 order by id`, b)
			if err != nil {
				return err
			}
			for _, m := range some {
				if p, err := h.app.Book.Find(tx, m.Person); err == nil && !h.over(m) {
					c.all, c.names[m.Person] = append(c.all, m), p.Name
				}
			}
		}
		return nil
	})
	switch {
	case err != nil:
		return web.Answer{}, err
	case c.wrong != nil || c.bad != "":
		return web.ShowWrong(c.page())
	}
	return web.Show(c.page())
}

// ask begins a recovery: the clerk has seen the document.
func (h *house) ask(r *kernel.Request) (web.Answer, error) {
	c := &counterPage{Request: r, h: h}
	seen, err := h.form.Read(r)
	c.typed = r.PostForm
	if err == nil {
		err = h.app.DB.Write(r.Context(), func(tx *db.Tx) error {
			p, err := h.whose(tx, r.Me, seen)
			if err == nil {
				c.fresh, err = h.begin(tx, r.Me, p, seen)
			}
			return err
		})
		if f := refusal(err); f != "" { // it is told in the ledger too: who tried, whose number
			slog.Warn("recovery refused", "clerk", r.Me.ID, "why", f)
			if bad := h.app.DB.Write(r.Context(), func(tx *db.Tx) error {
				return h.app.Engine.Record(tx, r.Me, "recover.refuse", r.Me.ID, map[string]any{"why": f, "body": seen.Body, "number": seen.Number})
			}); bad != nil {
				return web.Answer{}, bad
			}
		}
	}
	if c.wrong = ask.Wrong(r.Voice, err); c.wrong == nil && err != nil {
		return web.Answer{}, err
	}
	if c.wrong == nil {
		c.typed = nil
	}
	return h.counter(c)
}

// refusal is why a recovery was refused, "" when it was not.
func refusal(err error) string {
	var f *fault.Error
	if errors.As(err, &f) && f.Kind == fault.Invalid && len(f.Fields) > 0 {
		return f.Fields[0].Code
	}
	return ""
}

// whose is the account that is asked back: the one that proved the document's
// number. Where none did, the account of the sign-in name that the person tells,
// if it says the same number and name of itself.
func (h *house) whose(tx *db.Tx, clerk who.Person, s shown.Seen) (p who.Person, err error) {
	none := fault.Wrong(fault.Field{Pointer: "/answers/number", Code: "recover.noaccount"})
	login, _ := s.More["login"].(string)
	login = strings.ToLower(strings.TrimSpace(login))
	p, known, err := level.Holder(tx, h.app.Book, s.Number)
	if err == nil && !known {
		if login == "" {
			return p, none
		}
		p, err = h.app.Book.ByLogin(tx, login)
		if fault.Of(err) == fault.NotFound {
			return p, none
		}
	}
	switch {
	case err != nil:
		return p, err
	case p.Login == "", login != "" && p.Login != login, p.Number != s.Number, lang.Fold(p.Name) != lang.Fold(s.Name):
		return p, none
	case p.ID == clerk.ID:
		return p, fault.Wrong(fault.Field{Pointer: "/answers/number", Code: "recover.yourself"})
	}
	return p, nil
}

// begin stores the case and tells every contact that the person had until now.
func (h *house) begin(tx *db.Tx, clerk, p who.Person, s shown.Seen) (m matter, err error) {
	was, err := latest(tx, p.ID)
	if err != nil {
		return m, err
	}
	if was.ID != 0 && !h.over(was) {
		return m, fault.Wrong(fault.Field{Pointer: "/answers/number", Code: "recover.waits"})
	}
	a := h.app
	m = matter{ID: a.IDs.New(), Person: p.ID, Clerk: clerk.ID, Body: s.Body, Document: s.Document, Made: db.At(a.Now()), Eyes: 1, State: waiting}
	phone, _ := s.More["phone"].(string)
	email, _ := s.More["email"].(string)
	switch {
	case phone != "":
		m.Kind, m.Contact = string(post.SMS), phone
	case email != "":
		m.Kind, m.Contact = string(post.Mail), email
	default:
		return m, fault.Wrong(fault.Field{Pointer: "/answers/phone", Code: "recover.nocontact"})
	}
	wait := h.Wait
	if p.Level.Reaches(who.High) || len(p.Grants) > 0 {
		m.Eyes = 2
	}
	if was.State == stopped && a.Now().Sub(was.Ended.Time) < scar {
		m.Eyes, wait = 2, doubt*wait
	}
	all, err := a.Book.Contacts(tx, p, a.Now().Add(-scar))
	if err != nil {
		return m, err
	}
	if slices.ContainsFunc(all, func(x who.Contact) bool { return x.To != p.Phone && x.To != p.Email }) { // who changed it may be who asks
		m.Eyes, wait = 2, doubt*h.Wait
	}
	m.Due = db.At(a.Now().Add(wait))
	_, err = tx.Exec(`insert into recover_case (id, person, clerk, body, document, kind, contact, made, due, eyes, second, state, ended) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, 0, $11, 0)`,
		m.ID, m.Person, m.Clerk, m.Body, m.Document, m.Kind, m.Contact, m.Made, m.Due, m.Eyes, m.State)
	if err == nil {
		err = a.Engine.Record(tx, clerk, "recover.ask", p.ID, map[string]any{"case": m.ID, "body": m.Body, "document": m.Document, "due": m.Due, "eyes": m.Eyes, "by": m.Kind})
	}
	if err == nil {
		err = job.Add(tx, jobName, m.ID.String(), m.Due.Time, m.ID)
	}
	if err != nil {
		return m, err
	}
	b, _ := a.Country.Body(m.Body)
	return m, contact.Announce(tx, a, p, "recover.notice", m.Due.Time,
		contact.Link{Scope: scopeStop, About: m.ID, Path: "/recovery/stop/", Until: m.Due.Add(open)}, b.Name.In(p.Lang), a.Help)
}

// second is the look of another clerk of the same body, at the same document.
func (h *house) second(r *kernel.Request) (web.Answer, error) {
	if err := r.ParseForm(); err != nil {
		return web.Answer{}, fault.New(fault.Invalid, "fault.invalid")
	}
	n, err := id.Parse(r.PathValue("id"))
	if err != nil {
		return web.Answer{}, fault.New(fault.NotFound, "recover.none")
	}
	c := &counterPage{Request: r, h: h}
	err = h.app.DB.Write(r.Context(), func(tx *db.Tx) error {
		m, err := find(tx, n)
		if err == nil && !r.Me.Is(who.Clerk, m.Body) {
			err = fault.New(fault.NotFound, "recover.none")
		}
		if err != nil {
			return err
		}
		_, number, _ := strings.Cut(m.Document, " ")
		switch {
		case h.over(m), m.seen():
			return fault.New(fault.Conflict, "recover.answered")
		case m.Clerk == r.Me.ID, m.Person == r.Me.ID:
			return fault.New(fault.Forbidden, "recover.other")
		case strings.TrimSpace(r.PostForm.Get("document_number")) != number:
			return fault.Wrong(fault.Field{Pointer: "/document_number", Code: "recover.otherdocument"})
		}
		if _, err := tx.Exec(`update recover_case set second = $1 where id = $2 and second = 0`, r.Me.ID, m.ID); err != nil {
			return err
		}
		if err := h.app.Engine.Record(tx, r.Me, "recover.second", m.Person, map[string]any{"case": m.ID, "body": m.Body, "document": m.Document}); err != nil {
			return err
		}
		due := m.Due.Time
		if h.app.Now().After(due) {
			due = h.app.Now()
		}
		return job.Add(tx, jobName, m.ID.String(), due, m.ID)
	})
	var f *fault.Error
	if errors.As(err, &f) && f.Kind != fault.NotFound {
		c.bad = r.T(f.Code, f.Args...)
		if len(f.Fields) > 0 {
			c.bad = r.T(f.Fields[0].Code, f.Fields[0].Args...)
		}
		slog.Warn("recovery refused", "clerk", r.Me.ID, "case", n, "why", f.Code)
	} else if err != nil {
		return web.Answer{}, err
	}
	return h.counter(c)
}
