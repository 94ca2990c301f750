package readers

import (
	"slices"
	"time"

	"motcua/base/db"
	"motcua/base/fault"
	"motcua/base/id"
	"motcua/base/web"
	"motcua/kernel"
	"motcua/kernel/ask"
	"motcua/kernel/dossier"
	"motcua/kernel/inbox"
	"motcua/kernel/who"
)

// A sealPage proposes to keep an official's readings of a dossier from the person.
type sealPage struct {
	*kernel.Request
	of    *dossier.Dossier
	staff []who.Person
	typed map[string]string
	wrong map[string]string
}

// proposes is the dossier of the path, before a leader of its body.
func proposes(r *kernel.Request) (*sealPage, error) {
	n, err := inbox.Parse(r.PathValue("id"))
	if err != nil {
		return nil, err
	}
	d, _, err := r.App.Engine.See(r.Context(), r.Me, n)
	if err != nil {
		return nil, err
	}
	if !r.Me.Is(who.Leader, d.Body) {
		return nil, fault.New(fault.NotFound, "dossier.missing")
	}
	p := &sealPage{Request: r, of: d, typed: map[string]string{}}
	p.staff, err = r.App.Book.Staff(r.Context(), d.Body, inbox.Desks()...)
	return p, err
}

func sealForm(r *kernel.Request) (web.Answer, error) {
	p, err := proposes(r)
	if err != nil {
		return web.Answer{}, err
	}
	return web.Show(p.page())
}

// seal proposes it to the body above: its leader accepts or refuses. A body that
// has none above it asks another of its own leaders.
func seal(r *kernel.Request) (web.Answer, error) {
	if err := r.ParseForm(); err != nil {
		return web.Answer{}, fault.Wrong()
	}
	p, err := proposes(r)
	if err != nil {
		return web.Answer{}, err
	}
	answers := map[string]any{"dossier": p.of.ID.String()}
	for _, name := range []string{"person", "ground", "decision"} {
		p.typed[name] = r.PostForm.Get(name)
		answers[name] = p.typed[name]
	}
	body, _ := r.App.Country.Body(p.of.Body)
	if !slices.ContainsFunc(p.staff, func(x who.Person) bool { return x.ID.String() == p.typed["person"] }) {
		answers["person"] = ""
	}
	to := body.Code
	if body.Parent != "" {
		to = body.Parent
	}
	d, err := r.App.Engine.Itself(r.Context(), dossier.Order{Me: r.Me, Kind: Seal, Body: to, Answers: answers})
	if p.wrong = ask.Wrong(r.Voice, err); p.wrong != nil {
		return web.ShowWrong(p.page())
	}
	if err != nil {
		return web.Answer{}, err
	}
	return web.Goto("/c/%s", d.ID)
}

// close puts the seal into force, by somebody else than who proposed it.
func close(do *dossier.Doing) error {
	d := do.Dossier
	if do.Act.By == d.Applicant {
		return fault.New(fault.Forbidden, "readers.same")
	}
	var ids [2]id.ID
	for i, name := range []string{"dossier", "person"} {
		said, _ := d.Answers[name].(string)
		n, err := id.Parse(said)
		if err != nil {
			return err
		}
		ids[i] = n
	}
	of, err := do.Find(ids[0])
	if err != nil {
		return err
	}
	_, err = do.Tx.Exec(`insert into reading_seal (id, dossier, person, body, since, until) values ($1, $2, $3, $4, $5, $6)`,
		d.ID, ids[0], ids[1], of.Body, db.At(do.Act.At), db.At(do.Act.At.Add(never)))
	return err
}

// never is the end of a seal that nobody opened yet: its clock does.
const never = 100 * 365 * 24 * time.Hour

// open ends the seal: from now on the person sees what was read under it.
func open(do *dossier.Doing) error {
	_, err := do.Tx.Exec(`update reading_seal set until = $1 where id = $2`, db.At(do.Act.At), do.Dossier.ID)
	return err
}

// A count says how many readings of a body are under seal now.
type count struct {
	body string
	n    int
}

// counted tells everybody how many readings are under seal, by body: that there
// are some is no secret, whose they are is.
func counted(r *kernel.Request) (web.Answer, error) {
	var all []count
	err := r.App.DB.Read(r.Context(), func(tx *db.Tx) (err error) {
		all, err = db.List(tx, func(into func(...any) error) (c count, err error) { return c, into(&c.body, &c.n) },
			`select s.body, count(*) from reading_seal s join reading r on r.dossier = s.dossier and r.person = s.person and r.at >= s.since
				where s.until > $1 group by s.body order by count(*) desc, s.body`, db.At(r.App.Now()))
		return err
	})
	if err != nil {
		return web.Answer{}, err
	}
	return web.Show(countedPage(r, all))
}
