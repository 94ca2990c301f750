package demo

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"motcua/base/data"
	"motcua/base/fault"
	"motcua/kernel/dossier"
	"motcua/kernel/form"
	"motcua/kernel/play"
	"motcua/kernel/procedure"
)

// Seed files count dossiers in the past and leaves them in every state. It
// returns when the first some are there; the rest follow until ctx ends.
func (n *Nation) Seed(ctx context.Context, some, count int) error {
	if err := n.suggest(ctx); err != nil {
		return err
	}
	var left atomic.Int64
	left.Store(int64(count))
	started, failed := make(chan struct{}), make(chan error, 1)
	var once sync.Once
	var wg sync.WaitGroup
	for range 12 { // filers at once share commits
		wg.Go(func() {
			for {
				i := left.Add(-1)
				if i < 0 || ctx.Err() != nil {
					return
				}
				p, x := n.choose()
				err := n.past(ctx, p.Kind(), n.elsewhere(x), n.vary(p.Subject), n.age())
				if errors.Is(err, fault.Invalid) { // what it asks is asked of that office alone
					err = n.past(ctx, p.Kind(), x, n.vary(p.Subject), n.age())
				}
				if err != nil {
					select {
					case failed <- err:
					default:
					}
					return
				}
				if int64(count)-i >= int64(some) {
					once.Do(func() { close(started) })
				}
			}
		})
	}
	all := make(chan struct{})
	go func() { wg.Wait(); close(all) }()
	select {
	case <-started:
	case <-all:
	case err := <-failed:
		return err
	}
	select {
	case err := <-failed:
		return err
	default:
		return nil
	}
}

// suggest tells each story of suggestions.yaml once, one every third day.
func (n *Nation) suggest(ctx context.Context) error {
	var said struct {
		Kind    string              `yaml:"kind"`
		Stories []procedure.Example `yaml:"stories"`
	}
	if err := data.Read("suggestions.yaml", suggestions, &said); err != nil {
		return err
	}
	k, err := n.app.Kind(said.Kind, "")
	for i, x := range said.Stories {
		if age := time.Duration(3*(len(said.Stories)-i)) * 24 * time.Hour; err == nil {
			err = n.past(ctx, k, x, nil, age)
		}
	}
	return err
}

// age is how long ago a story began: mostly days, sometimes weeks.
func (n *Nation) age() time.Duration {
	n.mu.Lock()
	defer n.mu.Unlock()
	return min(time.Duration(n.rng.ExpFloat64()*9*24*60)*time.Minute, 80*24*time.Hour)
}

// past plays a story that began so long ago, as far as it had come by now.
func (n *Nation) past(ctx context.Context, k *dossier.Kind, x procedure.Example, change func(form.Answers), age time.Duration) error {
	n.mu.Lock()
	speed := time.Duration(20+n.rng.IntN(500)) * time.Minute // between turns
	if n.rng.IntN(n.slow(x.Body)) == 0 {
		speed *= 9 // a slow desk
	}
	n.mu.Unlock()
	real := n.app.Now()
	at := real.Add(-age)
	now := func() time.Time { return at }
	s := n.stage(x.Body, x)
	s.Engine, s.Change = n.app.EngineAt(now), change
	cal := n.app.Calendars.For(x.Body)
	at = cal.Start(at)
	if at.After(real) {
		at = real.Add(-time.Minute)
	}
	d, err := n.file(ctx, s, k, x)
	if err != nil {
		return err
	}
	for _, t := range x.Story {
		next := cal.Start(at.Add(speed))
		if next.After(real) {
			return nil // it has come so far by now
		}
		at = next
		if d, err = s.Turn(ctx, d, t); err != nil {
			return err
		}
	}
	if at = cal.Start(at.Add(speed)); at.After(real) {
		return nil
	}
	return n.rate(ctx, s, k, d)
}

// rate lets one applicant of three say how it went; of those who waited too long, half complain.
func (n *Nation) rate(ctx context.Context, s *play.Stage, k *dossier.Kind, d *dossier.Dossier) error {
	me := s.Cast["applicant"]
	if !slices.ContainsFunc(s.Engine.Possible(me, d, k), func(x *dossier.Step) bool { return x.Act == "rate" }) {
		return nil
	}
	late := !d.Due.IsZero() && d.Ended.After(d.Due)
	n.mu.Lock()
	says, unhappy := n.rng.IntN(3) == 0, n.rng.IntN(25) == 0 || late && n.rng.IntN(2) == 0
	word := []string{"very", "yes"}[n.rng.IntN(2)]
	n.mu.Unlock()
	if !says {
		return nil
	}
	if unhappy {
		word = "no"
	}
	_, err := s.Engine.Act(ctx, dossier.Order{Me: me, Dossier: d.ID, Act: "rate", Answers: form.Answers{"satisfied": word}})
	return err
}

// file files the example with other names, or as it stands where a rule wants that.
func (n *Nation) file(ctx context.Context, s *play.Stage, k *dossier.Kind, x procedure.Example) (*dossier.Dossier, error) {
	d, err := s.Open(ctx, k, x)
	if errors.Is(err, fault.Invalid) {
		s.Change = nil
		return s.Open(ctx, k, x)
	}
	return d, err
}

// choose picks a story.
func (n *Nation) choose() (*procedure.Procedure, procedure.Example) {
	n.mu.Lock()
	defer n.mu.Unlock()
	all := n.app.Procedures.All()
	p := all[n.rng.IntN(len(all))]
	i := 0 // most dossiers go straight through
	if n.rng.IntN(3) == 0 {
		i = n.rng.IntN(len(p.Examples))
	}
	return p, p.Examples[i]
}

// Live keeps filing and deciding at a human pace until ctx ends, and says each
// act in one line.
func (n *Nation) Live(ctx context.Context, say func(string)) {
	for {
		n.mu.Lock()
		pause := time.Duration(1500+n.rng.IntN(1500)) * time.Millisecond
		fresh := len(n.open) < 6 || n.rng.IntN(4) == 0
		n.mu.Unlock()
		select {
		case <-ctx.Done():
			return
		case <-time.After(pause):
		}
		line, err := n.step(ctx, fresh)
		if err != nil && ctx.Err() == nil {
			slog.Warn("the simulation stumbled", "err", err)
			continue
		}
		if line != "" {
			say(line)
		}
	}
}

// step files a new dossier or moves one on.
func (n *Nation) step(ctx context.Context, fresh bool) (string, error) {
	if fresh {
		p, x := n.choose()
		s := n.stage(x.Body, x)
		s.Change = n.vary(p.Subject)
		d, err := n.file(ctx, s, p.Kind(), x)
		if err != nil {
			return "", err
		}
		n.mu.Lock()
		n.open = append(n.open, going{stage: s, d: d.ID, x: x})
		n.mu.Unlock()
		return fmt.Sprintf("%s  submit  %s", d.Code, p.Title.In("vi")), nil
	}
	n.mu.Lock()
	i := n.rng.IntN(len(n.open))
	g := n.open[i]
	n.mu.Unlock()
	line, err := g.move(ctx)
	n.mu.Lock()
	defer n.mu.Unlock()
	if err != nil || g.turn+1 >= len(g.x.Story) {
		n.open = append(n.open[:i], n.open[i+1:]...)
	} else {
		n.open[i].turn++
	}
	return line, err
}

func (g going) move(ctx context.Context) (string, error) {
	d, err := g.stage.Engine.Find(ctx, g.d)
	if err != nil {
		return "", err
	}
	t := g.x.Story[g.turn]
	d, err = g.stage.Turn(ctx, d, t)
	if err != nil {
		return "", err // somebody at the keyboard was faster: that is what the demo is for
	}
	return fmt.Sprintf("%s  %s  %s", d.Code, t.Act, g.stage.Cast[t.By].Name), nil
}
