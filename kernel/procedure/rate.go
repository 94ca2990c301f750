package procedure

import (
	"slices"
	"sync"

	"motcua/kernel/dossier"
	"motcua/kernel/figure"
	"motcua/kernel/form"
	"motcua/kernel/tally"
)

const (
	ratedField = "satisfied"
	unhappy    = "no"
)

// rating is the one question to who asked, once his dossier has ended
// (Decree 61/2018, Article 29).
var rating = sync.OnceValue(func() *form.Form {
	q := form.Field{Name: ratedField, Type: form.Choice, Label: word("satisfied"), Hint: word("satisfied.hint")}
	for _, v := range []string{"very", "yes", unhappy} {
		q.Options = append(q.Options, form.Option{Value: v, Label: word("satisfied." + v)})
	}
	f := form.Of(word("act.rate"), q)
	if err := f.Compile("rate"); err != nil {
		panic(err) // the form is part of the program
	}
	return f
})

// rates is the act: once for each dossier, by who asked, when it has ended otherwise than by his own wish.
func rates(asks []dossier.By) dossier.Step {
	return dossier.Step{Act: "rate", From: []dossier.State{"declined", "refused", "stopped", "granted", "returned", "replaced", finished, returned}, By: asks, Form: rating(),
		If: func(_ *dossier.Dossier, acts []dossier.Act) bool {
			return !slices.ContainsFunc(acts, func(a dossier.Act) bool { return a.Act == "rate" })
		}}
}

// rated is what a rating counts: only that somebody was satisfied or not, and how his dossier had ended.
func rated(d *dossier.Dossier, a *dossier.Act) []figure.Part {
	switch {
	case a.Act != "rate":
		return nil
	case a.Entry.Answers[ratedField] == unhappy:
		return []figure.Part{{Measure: tally.RatedBad, Count: 1}}
	}
	return []figure.Part{{Measure: tally.Rated(tally.Ended(d)), Count: 1}}
}
