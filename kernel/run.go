package kernel

import (
	"context"
	"log/slog"
	"path/filepath"
	"sync"
	"time"

	"motcua/base/blob"
	"motcua/base/db"
	"motcua/base/job"
	"motcua/kernel/dossier"
	"motcua/kernel/figure"
)

// Run does the node's own work until ctx ends: jobs, the ledger, figures, sweeping.
func (a *App) Run(ctx context.Context) {
	n, free, err := job.TakeOver(ctx, a.DB, filepath.Join(a.Dir, "jobs"))
	if err != nil {
		slog.Error("jobs of a program that was killed wait until their leases end", "err", err)
	} else {
		defer free()
		if n > 0 {
			slog.Info("jobs are taken over from a program that was killed", "jobs", n)
		}
	}
	var wg sync.WaitGroup
	wg.Go(func() { a.Jobs.Run(ctx) })
	wg.Go(func() { a.Calls.Run(ctx) })
	wg.Go(func() { a.Log.Run(ctx) })
	tasks := []Task{
		{"fold figures", 2 * time.Second, func(ctx context.Context, a *App) error { return figure.FoldAll(ctx, a.DB) }},
		{"read bodies", time.Minute, func(ctx context.Context, a *App) error { return a.Country.Read(ctx, a.DB) }}, // where a reading failed before
		{"sweep sessions", time.Hour, func(ctx context.Context, a *App) error { return a.Sessions.Sweep(ctx) }},
		{"sweep drafts and files", time.Hour, func(ctx context.Context, a *App) error { return a.Sweep(ctx) }},
	}
	for _, s := range a.Systems {
		tasks = append(tasks, s.Every...)
	}
	for _, t := range tasks {
		wg.Go(func() { a.again(ctx, t) })
	}
	wg.Wait()
}

func (a *App) again(ctx context.Context, t Task) {
	for {
		if err := t.Do(ctx, a); err != nil && ctx.Err() == nil {
			slog.Error("task failed", "task", t.Name, "err", err)
		}
		select {
		case <-ctx.Done():
			return
		case <-time.After(t.Pause):
		}
	}
}

// Sweep deletes the drafts and files whose time is over.
func (a *App) Sweep(ctx context.Context) error {
	now := a.Now()
	if err := a.Engine.SweepDrafts(ctx, now.Add(-dossier.Keep)); err != nil {
		return err
	}
	week := now.Add(-7 * 24 * time.Hour)
	sums, err := a.Engine.Sweep(ctx, db.At(week))
	if err != nil {
		return err
	}
	for _, s := range sums {
		held, err := a.Engine.Holds(ctx, s)
		if err != nil {
			return err
		}
		sum, err := blob.Parse(s)
		if held || err != nil {
			continue
		}
		if err := a.Blobs.Remove(sum, week); err != nil {
			return err
		}
	}
	return nil
}
