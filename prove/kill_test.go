//go:build linux

package prove

import (
	"math/rand/v2"
	"slices"
	"testing"
	"time"
)

// TestAKilledProgramLosesNothing kills the program under filing load, at random
// and at named points. Whoever got no answer asks again with the same key. In
// the end everything that was acknowledged is there, once.
func TestAKilledProgramLosesNothing(t *testing.T) {
	rounds := 1
	if long {
		rounds = 10
	}
	each(t, func(t *testing.T, url string) {
		s := newSiege(t, url, 8)
		for range rounds {
			for _, p := range shuffled(points()) {
				s.kill(p)
			}
		}
		// A write lasts a moment: where none of its three kills fell into one, a few more are tried.
		blob := slices.IndexFunc(points(), func(p point) bool { return p.name == "in a blob write" })
		for more := 0; more < 9 && s.fallen["in a blob write"].Half == 0; more++ {
			s.kill(points()[blob])
		}
		s.crowd.end()
		v := s.crowd.judge(s.victim.url)
		v.clean(t)
		s.crowd.letters(s.site)
		if code := s.victim.stop(); code != 0 {
			t.Errorf("exit code %d", code)
		}
		s.site.sound(t)
		kills := 0
		for _, f := range s.fallen {
			kills += f.Kills
		}
		if f := s.fallen["in a blob write"]; f.Half == 0 {
			t.Error("no kill fell into a blob write")
		}
		if longest := slices.Max(s.ready); longest > 15*time.Second {
			t.Errorf("ready again after %v", longest)
		}
		t.Logf("%d kills, %+v\n%s", kills, v, s)
		s.record(v, kills)
	})
}

// shuffled is each point as often as its share, in any order.
func shuffled(all []point) (out []point) {
	for _, p := range all {
		for range p.of20 {
			out = append(out, p)
		}
	}
	rand.Shuffle(len(out), func(i, j int) { out[i], out[j] = out[j], out[i] })
	return out
}
