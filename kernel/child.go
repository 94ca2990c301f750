package kernel

import (
	"strings"

	"motcua/base/ui"
	"motcua/kernel/dossier"
)

// Waiting leads to the dossiers that acts of d opened and that wait for who asked, such as a fee.
func (r *Request) Waiting(d *dossier.Dossier) (all []ui.Button, err error) {
	rows, err := r.App.Engine.Children(r.Context(), d.ID)
	for _, d := range rows {
		k, err := r.App.Kind(d.Kind, d.KindVersion)
		if err != nil {
			return nil, err
		}
		if k.Stands[d.State].Public == dossier.Action && k.Page != "" {
			all = append(all, ui.Button{Text: r.Voice.Of(k.Title), Unseen: d.Subject, Big: true, After: "right", Href: Page(k, d)})
		}
	}
	return all, err
}

// Page is where who asked sees d.
func Page(k *dossier.Kind, d *dossier.Dossier) string {
	if k.Page == "" {
		return "/c/" + d.ID.String()
	}
	return strings.ReplaceAll(k.Page, "{id}", d.ID.String())
}
