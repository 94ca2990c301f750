package ledger_test

import (
	"os"
	"strconv"
	"testing"
	"time"

	"motcua/base/db/dbtest"
	"motcua/base/id"
)

// entriesForBench is how large the tree is; MOTCUA_BENCH_ENTRIES=2000000 is that of a nation's year.
func entriesForBench(b *testing.B) int {
	if n, err := strconv.Atoi(os.Getenv("MOTCUA_BENCH_ENTRIES")); err == nil {
		return n
	}
	return 20_000
}

func BenchmarkLedger(b *testing.B) {
	for _, kind := range []struct {
		name string
		url  func(testing.TB) string
	}{{"sqlite", dbtest.SQLite}, {"postgres", dbtest.Postgres}} {
		b.Run(kind.name, func(b *testing.B) {
			d := dbtest.Open(b, kind.url(b))
			l := open(b, d)
			ids := id.NewSource(1, time.Now)
			var acts []id.ID
			var spent time.Duration
			for len(acts) < entriesForBench(b) {
				acts = append(acts, enter(b, d, ids, 1000)...)
				began := time.Now()
				if _, err := l.Sequence(b.Context()); err != nil {
					b.Fatal(err)
				}
				spent += time.Since(began)
			}
			advance(b, l)
			b.Run("proof", func(b *testing.B) {
				for i := 0; b.Loop(); i++ {
					if _, err := l.Proof(b.Context(), acts[i*7919%len(acts)]); err != nil {
						b.Fatal(err)
					}
				}
				b.ReportMetric(float64(spent.Microseconds())/float64(len(acts)), "µs/sequenced")
			})
			b.Run("check", func(b *testing.B) {
				for b.Loop() {
					if found, err := l.Check(b.Context()); err != nil || found != nil {
						b.Fatal(found, err)
					}
				}
			})
		})
	}
}
