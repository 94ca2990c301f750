package track

import (
	"cmp"
	"maps"
	"slices"
	"strconv"
	"strings"

	"motcua/base/ui"
	"motcua/base/web"
	"motcua/kernel"
	"motcua/kernel/dossier"
	"motcua/kernel/mirror"
)

// A Pair is one of the ten states of the national portal as one of the six that the public is told.
type Pair struct {
	National int
	Public   dossier.Public
	States   []string // of kinds: what they call it
}

// Pairs are the states of these kinds in one table, by the national number and
// then in the order of a dossier's life. title says what a kind calls a state.
func Pairs(kinds []*dossier.Kind, title func(*dossier.Kind, dossier.State) string) []Pair {
	type key struct {
		n int
		p dossier.Public
	}
	found := map[key][]string{}
	for _, k := range kinds {
		for _, s := range slices.Sorted(maps.Keys(k.Stands)) {
			stand := k.Stands[s]
			if at, t := (key{stand.National, stand.Public}), title(k, s); !slices.Contains(found[at], t) {
				found[at] = append(found[at], t)
			}
		}
	}
	var all []Pair
	for at, states := range found {
		slices.Sort(states)
		all = append(all, Pair{at.n, at.p, states})
	}
	slices.SortFunc(all, func(a, b Pair) int {
		return cmp.Or(cmp.Compare(a.National, b.National), cmp.Compare(slices.Index(publics, a.Public), slices.Index(publics, b.Public)))
	})
	return all
}

// Publics are the public states that a dossier which was filed can have, in the order of its life.
func Publics() []dossier.Public { return slices.Clone(publics[1:]) }

// publics are the six public states in the order of a dossier's life.
var publics = []dossier.Public{dossier.Drafted, dossier.Submitted, dossier.Action, dossier.Progress, dossier.Ready, dossier.Closed}

func showStates(r *kernel.Request) (web.Answer, error) {
	t := ui.Table{Caption: r.T("track.states"), Columns: []ui.Column{{Title: r.T("track.states.public")}, {Title: r.T("track.states.means")}, {Title: r.T("track.states.national"), Hide: true}}}
	pairs := Pairs(r.App.Kinds(), func(k *dossier.Kind, s dossier.State) string { return kernel.StateTitle(r.Voice, k, s) })
	for _, p := range publics {
		var all []string
		for n := 1; n <= 10; n++ {
			if mirror.Public(n) == p || slices.ContainsFunc(pairs, func(x Pair) bool { return x.National == n && x.Public == p }) {
				s := strconv.Itoa(n)
				all = append(all, s+". "+r.T("track.national."+s))
			}
		}
		national := strings.Join(all, ", ")
		t.Rows = append(t.Rows, ui.Row{Cells: []ui.Cell{{Body: r.Tag(p)},
			{Text: r.T("track.means." + string(p)), Under: national}, {Text: national}}})
	}
	return web.Show(statesPage(r, t))
}
