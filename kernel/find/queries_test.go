package find_test

import (
	"encoding/csv"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"

	"motcua/base/lang"
	"motcua/kernel/find"
)

// A question of testdata/queries.txt: every group of codes must be found.
type question struct {
	words  string
	groups [][]string
	own    bool // about services that can be filed here alone
}

func questions(t testing.TB) (all []question) {
	t.Helper()
	b, err := os.ReadFile("testdata/queries.txt")
	if err != nil {
		t.Fatal(err)
	}
	names := map[string]string{}
	for line := range strings.Lines(string(b)) {
		line = strings.TrimSpace(line)
		switch {
		case line == "" || line[0] == '#':
		case line[0] == '@':
			f := strings.Fields(line)
			names[f[0]] = f[1]
		default:
			words, codes, _ := strings.Cut(line, " | ")
			q := question{words: words, own: true}
			for _, code := range strings.Fields(codes) {
				if c, ok := names[code]; ok {
					code = c
				} else {
					q.own = false
				}
				q.groups = append(q.groups, strings.Split(code, "/"))
			}
			all = append(all, q)
		}
	}
	if len(all) != 30 {
		t.Fatalf("%d questions, want 30", len(all))
	}
	return all
}

// pack reads the services that can be filed and the sayings of the pack.
func pack(t testing.TB) (entries []find.Entry, sayings []find.Synonym) {
	t.Helper()
	dir := "../../packs/vn2020/"
	b, err := os.ReadFile(dir + "synonyms.yaml")
	if err != nil {
		t.Fatal(err)
	}
	if sayings, err = find.ReadSynonyms("synonyms.yaml", b); err != nil {
		t.Fatal(err)
	}
	files, err := filepath.Glob(dir + "procedures/*.yaml")
	if err != nil || len(files) == 0 {
		t.Fatalf("no procedures: %v", err)
	}
	for _, file := range files {
		var p struct {
			Code           string
			Title, Summary lang.Text
			Words          []string
			Sector         string
			Level          int
		}
		read(t, file, &p)
		entries = append(entries, find.Entry{Code: p.Code, Title: p.Title, Summary: p.Summary, Words: p.Words, Sector: p.Sector, Level: p.Level, Full: true})
	}
	return entries, sayings
}

func read(t testing.TB, file string, v any) {
	t.Helper()
	b, err := os.ReadFile(file)
	if err == nil {
		err = yaml.Unmarshal(b, v)
	}
	if err != nil {
		t.Fatalf("%s: %v", file, err)
	}
}

// published reads the 2,642 procedures that some machines have beside the repository.
func published(t testing.TB, have []find.Entry) (all []find.Entry) {
	t.Helper()
	f, err := os.Open("../../../shared/data/procedures.csv")
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	rows, err := csv.NewReader(f).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	column := map[string]int{}
	for i, name := range rows[0] {
		column[strings.TrimPrefix(name, "\ufeff")] = i
	}
	for _, r := range rows[1:] {
		code := r[column["code"]]
		if slices.ContainsFunc(have, func(e find.Entry) bool { return e.Code == code }) {
			continue
		}
		all = append(all, find.Entry{Code: code, Title: lang.Say(r[column["name"]]), Sector: r[column["field"]], Body: r[column["ministry"]], Level: 1})
	}
	return all
}

// recall asks every question and tells how many groups were among the first ten.
func recall(t *testing.T, x *find.Index, ask []question) {
	found, of, first := 0, 0, 0.0
	for _, q := range ask {
		var got []string
		for _, h := range x.Search(q.words, find.Filter{}, 10) {
			got = append(got, h.Code)
		}
		for i, codes := range q.groups {
			of++
			at := slices.IndexFunc(got, func(code string) bool { return slices.Contains(codes, code) })
			if at >= 0 {
				found++
			}
			if i == 0 && at >= 0 {
				first += 1 / float64(at+1)
			}
			if at < 0 || i == 0 && at >= 3 {
				t.Errorf("%q: %v stands at %d in %v", q.words, codes, at+1, got)
			}
		}
	}
	t.Logf("%d entries: recall@10 %d/%d, mean reciprocal rank %.3f over %d questions", x.Len(), found, of, first/float64(len(ask)), len(ask))
}

func TestQuestions(t *testing.T) {
	ask := questions(t)
	entries, sayings := pack(t)
	t.Run("own", func(t *testing.T) {
		recall(t, find.Build(entries, sayings), slices.DeleteFunc(slices.Clone(ask), func(q question) bool { return !q.own }))
	})
	t.Run("published", func(t *testing.T) {
		more := published(t, entries)
		if more == nil {
			t.Skip("no published procedures on this machine")
		}
		recall(t, find.Build(append(entries, more...), sayings), ask)
	})
}
