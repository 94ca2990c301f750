package kernel

import (
	"context"
	"time"

	"motcua/kernel/mirror"
	"motcua/kernel/who"
)

// reported offers a line about a dossier of ours to the systems.
func (a *App) reported(ctx context.Context, by who.Person, sender string, l *mirror.Line) (mirror.Answer, bool, error) {
	for _, s := range a.Systems {
		if s.Reported != nil {
			if answer, taken, err := s.Reported(a)(ctx, by, sender, l); taken || err != nil {
				return answer, taken, err
			}
		}
	}
	return mirror.Answer{}, false, nil
}

// Opened are the dossiers that a body says it opened in a span of time, with
// those among them that were filed here and handed over.
func (a *App) Opened(ctx context.Context, body string, from, to time.Time) ([]mirror.Stand, error) {
	all, err := a.Mirror.Opened(ctx, body, from, to)
	if err != nil {
		return nil, err
	}
	return a.stands(ctx, all, body, from, to, nil)
}

// Stands are the dossiers of these codes as their bodies reported them, at most
// mirror.Chunk of them.
func (a *App) Stands(ctx context.Context, codes []string) ([]mirror.Stand, error) {
	all, err := a.Mirror.Stands(ctx, codes)
	if err != nil || len(codes) == 0 {
		return nil, err
	}
	return a.stands(ctx, all, "", time.Time{}, time.Time{}, codes)
}

func (a *App) stands(ctx context.Context, all []mirror.Stand, body string, from, to time.Time, codes []string) ([]mirror.Stand, error) {
	for _, s := range a.Systems {
		if s.Stands != nil {
			some, err := s.Stands(a)(ctx, body, from, to, codes)
			if err != nil {
				return nil, err
			}
			all = append(all, some...)
		}
	}
	return all, nil
}
