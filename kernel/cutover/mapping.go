package cutover

import (
	"crypto/sha256"
	"encoding/hex"
	"slices"
	"strconv"
	"strings"

	"motcua/base/data"
	"motcua/base/lang"
	"motcua/kernel/dossier"
)

// A Mapping says in our words what the other software says in its own. What it
// does not name is read as it stands.
type Mapping struct {
	States     map[string]string `yaml:"states"` // to a state's id or title, or 1 to 6
	Procedures map[string]string `yaml:"procedures"`
	Bodies     map[string]string `yaml:"bodies"`
	Staff      map[string]string `yaml:"staff"` // to a sign-in name; "" is nobody any more
	Papers     map[string]string `yaml:"papers"`
	Channels   map[string]string `yaml:"channels"`
	sum        string
}

// ReadMapping reads a mapping's file.
func ReadMapping(name string, b []byte) (m Mapping, err error) {
	err = data.Read(name, b, &m)
	sum := sha256.Sum256(b)
	m.sum = hex.EncodeToString(sum[:])
	return m, err
}

func mapped(m map[string]string, s string) string {
	if to, ok := m[s]; ok {
		return to
	}
	return s
}

// stateOf finds the state of k that other software calls said: by id, by title
// in any language, or as one of the national ten.
func stateOf(k *dossier.Kind, said string) (dossier.State, bool) {
	if _, ok := k.Stands[dossier.State(said)]; ok && said != "" {
		return dossier.State(said), true
	}
	if n, err := strconv.Atoi(said); err == nil {
		return national(k, n)
	}
	var found []dossier.State
	for s, stand := range k.Stands {
		for _, l := range lang.All() {
			if t := stand.Title[l]; t != "" && lang.Fold(t) == lang.Fold(said) && !slices.Contains(found, s) {
				found = append(found, s)
			}
		}
	}
	if len(found) > 1 { // where several wait for the applicant: the one past the counter
		if s, ok := national(k, k.Stands[found[0]].National); ok && slices.Contains(found, s) {
			return s, true
		}
	}
	if len(found) != 1 {
		return "", false
	}
	return found[0], true
}

// national is the state of k that stands for number n of the national ten: the
// first on the way that is; of several that wait for the applicant the one from
// which it goes on past the counter.
func national(k *dossier.Kind, n int) (dossier.State, bool) {
	if n == 2 { // received: passed through at once
		n = 4
	}
	var first dossier.State
	for _, s := range k.Steps {
		to := k.Stands[s.To]
		if s.To == "" || to.National != n {
			continue
		}
		if first == "" {
			first = s.To
		}
		if to.Waits == "" || slices.ContainsFunc(k.Steps, func(x dossier.Step) bool {
			return slices.Contains(x.From, s.To) && k.Stands[x.To].National == 4
		}) {
			return s.To, true
		}
	}
	return first, first != ""
}

// paperOf finds the paper of k that other software calls said, by id or title.
func paperOf(k *dossier.Kind, said string) (dossier.Paper, bool) {
	for _, p := range k.Papers {
		if p.ID == said {
			return p, true
		}
		for _, l := range lang.All() {
			if t := p.Name[l]; t != "" && lang.Fold(t) == lang.Fold(said) {
				return p, true
			}
		}
	}
	return dossier.Paper{}, false
}

// kindOf finds the kind of a procedure by its own code, or with the national
// suffix of its province: 1.001193.000.00.00.H41.
func kindOf(find func(name, version string) (*dossier.Kind, error), kinds []*dossier.Kind, said string) (*dossier.Kind, bool) {
	if parts := strings.SplitN(said, ".", 3); len(parts) == 3 {
		said = parts[0] + "." + parts[1]
	}
	i := slices.IndexFunc(kinds, func(k *dossier.Kind) bool {
		_, own, _ := strings.Cut(k.Name, "/")
		return said != "" && (own == said || k.Name == said)
	})
	if i < 0 {
		return nil, false
	}
	k, err := find(kinds[i].Name, "")
	return k, err == nil
}
