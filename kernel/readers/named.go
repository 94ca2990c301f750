package readers

import (
	"motcua/base/db"
	"motcua/base/id"
	"motcua/kernel"
	"motcua/kernel/dossier"
	"motcua/kernel/form"
)

// named notes which other persons a dossier names by their number: their log
// shows its readings too, without its code, its applicant or its content.
func named(*kernel.App) dossier.Then {
	return func(do *dossier.Doing) error {
		if len(do.Act.Entry.Answers) == 0 || do.Kind.Inside {
			return nil
		}
		var own string
		if p, err := do.Engine.Person(do.Tx, do.Dossier.Applicant); err == nil {
			own = p.Number
		}
		for _, n := range Numbers(do.Kind, do.Act.Entry.Answers) {
			if n == own {
				continue
			}
			_, err := do.Tx.Exec(`insert into readers_named (dossier, number) values ($1, $2) on conflict (dossier, number) do nothing`, do.Dossier.ID, n)
			if err != nil {
				return err
			}
		}
		return nil
	}
}

// Numbers are the numbers of persons among the answers of a kind's dossier.
func Numbers(k *dossier.Kind, a form.Answers) (all []string) {
	if o := k.Opening(); o != nil && o.Form != nil {
		all = numbers(o.Form.Fields(), a)
	}
	return all
}

func numbers(fields []*form.Field, a map[string]any) (all []string) {
	for _, f := range fields {
		switch v := a[f.Name].(type) {
		case string:
			if f.Type == form.PersonID && v != "" {
				all = append(all, v)
			}
		case []any:
			for _, row := range v {
				if m, ok := row.(map[string]any); ok && f.Type == form.Group {
					inside := make([]*form.Field, len(f.Fields))
					for i := range f.Fields {
						inside[i] = &f.Fields[i]
					}
					all = append(all, numbers(inside, m)...)
				}
			}
		}
	}
	return all
}

// A subject is a dossier whose readings concern a person.
type subject struct {
	id          id.ID
	code, title string // a third party learns what it is, not which
	other       bool   // it is somebody else's, and names the person
}

// most is how many dossiers of a person are looked at, the latest first: an
// organisation may have filed more, and asks for the rest by dossier.
const most = 5000

// subjects are the dossiers whose readings concern r's person: his own, his
// organisations', and those of others that name him.
func subjects(tx *db.Tx, r *kernel.Request) (map[id.ID]subject, error) {
	all := map[id.ID]subject{}
	take := func(other bool) func(func(...any) error) (struct{}, error) {
		return func(into func(...any) error) (x struct{}, err error) {
			var s subject
			var kind, version string
			if err = into(&s.id, &s.code, &kind, &version); err != nil {
				return x, err
			}
			s.title, s.other = kind, other
			if k, err := r.App.Kind(kind, version); err == nil {
				s.title = r.Voice.Of(k.Title)
			}
			if _, own := all[s.id]; !own {
				all[s.id] = s
			}
			return x, nil
		}
	}
	const columns = `select d.id, d.code, d.kind, d.kind_version from dossier d `
	if _, err := db.List(tx, take(false), columns+`where d.applicant = $1 and d.org = 0 order by d.id desc limit $2`, r.Me.ID, most); err != nil {
		return nil, err
	}
	for _, m := range r.Me.Mandates {
		if _, err := db.List(tx, take(false), columns+`where d.org = $1 order by d.id desc limit $2`, m.Org, most); err != nil {
			return nil, err
		}
	}
	if r.Me.Number == "" {
		return all, nil
	}
	_, err := db.List(tx, take(true), columns+`join readers_named n on n.dossier = d.id where n.number = $1 order by d.id desc limit $2`, r.Me.Number, most)
	return all, err
}
