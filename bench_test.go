package main

import (
	"context"
	"path/filepath"
	"sync"
	"testing"

	"motcua/base/id"
	"motcua/kernel/dossier"
	"motcua/kernel/play"
)

// BenchmarkFile files dossiers through the engine from 64 goroutines, durably.
func BenchmarkFile(b *testing.B) {
	s := defaults()
	s.Dir = b.TempDir()
	s.DB = filepath.Join(s.Dir, "motcua.db")
	s.finish()
	ctx := context.Background()
	a, err := open(ctx, s)
	if err != nil {
		b.Fatal(err)
	}
	defer a.Close()
	people, _ := cast(b, a, nil)
	p := a.Procedures.Get("1.001193")
	x := p.Examples[0]
	stage := &play.Stage{App: a, Engine: a.Engine, Blobs: a.Blobs, Cast: play.Cast{"applicant": people["citizen"]}}
	first, err := stage.Open(ctx, p.Kind(), x)
	if err != nil {
		b.Fatal(err)
	}
	papers := map[string][]id.ID{}
	for paper, files := range first.Papers {
		papers[paper] = []id.ID{files[0].ID}
	}
	b.ResetTimer()
	var wg sync.WaitGroup
	work := make(chan bool)
	for range 64 {
		wg.Go(func() {
			for range work {
				if _, err := a.Engine.Act(ctx, dossier.Order{Me: people["citizen"], Kind: p.Kind().Name, Body: x.Body, Answers: x.Answers, Papers: papers}); err != nil {
					b.Error(err)
				}
			}
		})
	}
	for b.Loop() {
		work <- true
	}
	close(work)
	wg.Wait()
}
