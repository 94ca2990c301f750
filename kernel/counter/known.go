package counter

import (
	"slices"

	"motcua/base/db"
	"motcua/base/fault"
	"motcua/kernel"
	"motcua/kernel/dossier"
	"motcua/kernel/form"
	"motcua/kernel/who"
)

// find looks a person up by number. That a clerk looked is an act of its own:
// the register is not to be leafed through.
func find(r *kernel.Request, number string) (p who.Person, known bool, err error) {
	err = r.App.DB.Write(r.Context(), func(tx *db.Tx) error {
		p, known, err = r.App.Book.Numbered(tx, number)
		if err != nil || !known {
			return err
		}
		return r.App.Engine.Record(tx, r.Me, "person.look", p.ID, nil)
	})
	return p, known, err
}

// fill completes who is helped with what the register knows; what the clerk typed stays.
func fill(h *dossier.Helped, p who.Person) {
	for _, x := range []struct {
		to   *string
		from string
	}{{&h.Name, p.Name}, {&h.Phone, p.Phone}, {&h.Email, p.Email}, {&h.Born, p.Born}} {
		if *x.to == "" {
			*x.to = x.from
		}
	}
}

// before are the answers that the person gave last time at a body of the
// clerk's, and the code of that dossier. It is a reading of it, recorded as one;
// what other bodies were told stays with them.
func before(r *kernel.Request, p who.Person, f *form.Form, kind string) (form.Answers, string, error) {
	rows, _, err := r.App.Engine.Rows(r.Context(), dossier.List{Me: who.Person{ID: p.ID}, Limit: 50})
	if err != nil {
		return nil, "", err
	}
	i := slices.IndexFunc(rows, func(d *dossier.Dossier) bool { return dossier.Official(r.Me, d) })
	if i < 0 {
		return nil, "", nil
	}
	d, k, err := r.App.Engine.See(r.Context(), r.Me, rows[i].ID)
	switch {
	case fault.Of(err) == fault.NotFound:
		return nil, "", nil // its kind is no more
	case err != nil:
		return nil, "", err
	case k.Opening() == nil || k.Opening().Form == nil:
		return nil, "", nil
	}
	again := reuse(f, k.Opening().Form, d.Answers, d.Kind == kind && k.Stands[d.State].Result)
	if len(again) == 0 {
		return nil, "", nil
	}
	return again, d.Code, nil
}

// reuse are the answers of an earlier dossier that questions of the same name
// and sort may begin with. When the same service was granted before, this is
// another matter: then only what is about the person himself is the same.
func reuse(now, then *form.Form, a form.Answers, granted bool) form.Answers {
	out := form.Answers{}
	for name, v := range a {
		q, old := now.Field(name), then.Field(name)
		if q == nil || old == nil || q.Type != old.Type || v == nil || granted && q.From == "" && q.Type != form.Address {
			continue
		}
		if s, ok := v.(string); ok && (q.Type == form.Choice) && !slices.ContainsFunc(q.Options, func(o form.Option) bool { return o.Value == s }) {
			continue
		}
		out[name] = v
	}
	return out
}
