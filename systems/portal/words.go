package portal

import (
	"errors"
	"strings"

	"motcua/base/db"
	"motcua/base/fault"
	"motcua/base/id"
	"motcua/base/web"
	"motcua/kernel"
	"motcua/kernel/find"
)

// showWords lists what officials added to the words that people say.
func (p *portal) showWords(r *kernel.Request) (web.Answer, error) {
	return p.wordsForm(r, "", "", nil)
}

func (p *portal) wordsForm(r *kernel.Request, say, mean string, wrong *fault.Error) (web.Answer, error) {
	var all []find.Extension
	err := r.App.DB.Read(r.Context(), func(tx *db.Tx) (err error) {
		all, err = find.Extensions(tx)
		return err
	})
	if err != nil {
		return web.Answer{}, err
	}
	page := sayingsPage(r, all, say, mean, wrong)
	if wrong != nil {
		return web.ShowWrong(page)
	}
	return web.Show(page)
}

// addWords adds a saying; search knows it at once, on every instance within a second.
func (p *portal) addWords(r *kernel.Request) (web.Answer, error) {
	if err := r.ParseForm(); err != nil {
		return web.Answer{}, fault.New(fault.Invalid, "fault.invalid")
	}
	say, mean := r.PostForm.Get("say"), r.PostForm.Get("mean")
	x := find.Extension{ID: r.App.IDs.New(), Synonym: find.Synonym{Say: lines(say), Mean: lines(mean)}}
	err := r.App.DB.Write(r.Context(), func(tx *db.Tx) error {
		if err := find.Extend(tx, x); err != nil {
			return err
		}
		return r.App.Engine.Record(tx, r.Me, "words.add", x.ID, map[string]any{"say": x.Say, "mean": x.Mean})
	})
	var wrong *fault.Error
	if errors.As(err, &wrong) && wrong.Kind == fault.Invalid {
		return p.wordsForm(r, say, mean, wrong)
	}
	if err != nil {
		return web.Answer{}, err
	}
	return web.Goto("/words")
}

func (p *portal) forgetWords(r *kernel.Request) (web.Answer, error) {
	n, err := id.Parse(r.PathValue("id"))
	if err != nil {
		return web.Answer{}, fault.New(fault.NotFound, "web.nopage")
	}
	err = r.App.DB.Write(r.Context(), func(tx *db.Tx) error {
		if err := find.Forget(tx, n); err != nil {
			return err
		}
		return r.App.Engine.Record(tx, r.Me, "words.forget", n, nil)
	})
	if err != nil {
		return web.Answer{}, err
	}
	return web.Goto("/words")
}

// lines are the phrases of a field, one a line or between commas.
func lines(s string) (all []string) {
	for _, x := range strings.FieldsFunc(s, func(c rune) bool { return c == '\n' || c == ',' || c == ';' }) {
		if x = strings.TrimSpace(x); x != "" && len(x) <= 200 && len(all) < 20 {
			all = append(all, x)
		}
	}
	return all
}
