package track

import (
	"strings"

	"motcua/kernel"
	"motcua/kernel/dossier"
)

// A call is something that belongs to a dossier and waits for the person.
type call struct{ title, about, state, href string }

// waiting are the dossiers that acts of this one opened and that wait for the person.
func (s *story) waiting() (all []call, err error) {
	rows, err := s.r.App.Engine.Children(s.r.Context(), s.d.ID)
	for _, d := range rows {
		k, err := s.r.App.Kind(d.Kind, d.KindVersion)
		if err != nil {
			return nil, err
		}
		if k.Stands[d.State].Public == dossier.Action && k.Page != "" {
			all = append(all, call{s.r.Voice.Of(k.Title), d.Subject, kernel.StateTitle(s.r.Voice, k, d.State), page(k, d)})
		}
	}
	return all, err
}

// page is where who asked sees d.
func page(k *dossier.Kind, d *dossier.Dossier) string {
	return strings.ReplaceAll(k.Page, "{id}", d.ID.String())
}
