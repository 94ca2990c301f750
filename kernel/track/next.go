package track

import (
	"motcua/base/ui"
	"motcua/kernel"
	"motcua/kernel/dossier"
)

// Next is the button that does what d waits for from who is signed in: it pays a
// fee, or leads to the act that carries d on. It leads nowhere where there is none.
func Next(r *kernel.Request, d *dossier.Dossier, k *dossier.Kind) (b ui.Button, err error) {
	calls, err := r.Waiting(d)
	if len(calls) > 0 {
		b = calls[0]
	}
	on, _ := ways(k, r.App.Engine.Possible(r.Me, d, k))
	if err != nil || b.Href != "" || k.Page != "" || len(on) == 0 {
		return b, err
	}
	b = ui.Button{Text: r.ActTitle(k, on[0]), After: "right", Href: "/c/" + d.ID.String() + "/act/" + on[0].Act}
	if d.Open {
		b.Text = r.T("track.todo.now")
	}
	return b, nil
}
