package door

import (
	"log/slog"

	"motcua/base/ui"
	"motcua/kernel"
)

// alerts are those of all systems for r's person.
func alerts(r *kernel.Request) (all []ui.Note) {
	for _, s := range r.App.Systems {
		if s.Alert == nil {
			continue
		}
		n, err := s.Alert(r)
		if err != nil {
			slog.Error("alert", "system", s.Name, "err", err)
		} else if n.Title != "" {
			all = append(all, n)
		}
	}
	return all
}
