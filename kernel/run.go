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
	"motcua/kernel/held"
	"motcua/kernel/throttle"
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
		{"count tries together", throttle.Often, func(ctx context.Context, a *App) error { return a.Guard.Gate.Share(ctx, a.DB, a.Secret, a.Now()) }},
		{"fold figures", 2 * time.Second, func(ctx context.Context, a *App) error { return figure.FoldAll(ctx, a.DB) }},
		{"read bodies", time.Minute, func(ctx context.Context, a *App) error { return a.Country.Read(ctx, a.DB) }}, // where a reading failed before
		{"show files to the scanner", time.Minute, func(ctx context.Context, a *App) error { return a.Files.Rescan(ctx) }},
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
	return a.Remove(ctx, sums, week)
}

// Remove removes those of the files sums that no row names any more and that were
// not put since before. The same content may have come by several ways: as a paper
// of a dossier, as something to sign.
func (a *App) Remove(ctx context.Context, sums []string, before time.Time) error {
	var tables []held.Table
	for _, x := range a.Systems {
		tables = append(tables, x.Held...)
	}
	for _, s := range sums {
		sum, err := blob.Parse(s)
		if err != nil {
			continue
		}
		named, err := a.Engine.Holds(ctx, s)
		if err == nil && !named {
			err = a.DB.Read(ctx, func(tx *db.Tx) (err error) {
				named, err = held.Names(tx, tables, s)
				return err
			})
		}
		if err == nil && !named {
			err = a.Blobs.Remove(sum, before)
		}
		if err != nil {
			return err
		}
	}
	return nil
}
