package desk

import (
	"reflect"
	"testing"

	"motcua/kernel/clock"
	"motcua/kernel/dossier"
	"motcua/kernel/form"
)

func TestRevised(t *testing.T) {
	stands := map[dossier.State]dossier.Stand{"waiting": {Waits: clock.Supplement}, "sent": {}}
	opened := dossier.Act{Act: "submit", Version: 1, Entry: dossier.Entry{Open: &dossier.Opening{}, Answers: form.Answers{"a": "1", "b": "2"}}}
	desk := dossier.Act{Act: "propose", Version: 2, Entry: dossier.Entry{As: "officer@body", From: "sent", Answers: form.Answers{"a": "desk"}}}
	note := dossier.Act{Act: "note", Version: 3, Entry: dossier.Entry{As: "officer@body", From: "waiting", Note: "x"}}
	supply := func(version int, as dossier.By, a form.Answers, paper string) dossier.Act {
		x := dossier.Act{Act: "supply", Version: version, Entry: dossier.Entry{As: as, From: "waiting", Answers: a}}
		if paper != "" {
			x.Entry.Papers = map[string][]dossier.File{paper: {{ID: 1}}}
		}
		return x
	}
	for _, c := range []struct {
		name   string
		acts   []dossier.Act
		by     int
		was    form.Answers
		papers []string
	}{
		{"as filed", []dossier.Act{opened, desk, note}, 0, nil, nil},
		{"one answer", []dossier.Act{opened, desk, supply(3, dossier.Applicant, form.Answers{"a": "9"}, "")}, 3, form.Answers{"a": "1"}, nil},
		{"a new answer and a paper, by a clerk", []dossier.Act{opened, supply(2, "clerk@body", form.Answers{"c": "9"}, "proof")}, 2, form.Answers{"c": nil}, []string{"proof"}},
		{"the last of two", []dossier.Act{opened, supply(2, dossier.Applicant, form.Answers{"a": "9"}, ""), supply(3, dossier.Mandate, form.Answers{"a": "8", "b": nil}, "")}, 3, form.Answers{"a": "9", "b": "2"}, nil},
		{"corrected by the leader", []dossier.Act{opened, {Act: "correct", Version: 2, Entry: dossier.Entry{As: "leader@body", From: "sent", Answers: form.Answers{"b": "3"}}}}, 2, form.Answers{"b": "2"}, nil},
	} {
		by, was, papers := revised(c.acts, stands)
		version := 0
		if by != nil {
			version = by.Version
		}
		if version != c.by || !reflect.DeepEqual(was, c.was) || len(papers) != len(c.papers) || len(papers) > 0 && papers[0] != c.papers[0] {
			t.Errorf("%s: by %d, was %v, papers %v; want %d, %v, %v", c.name, version, was, papers, c.by, c.was, c.papers)
		}
	}
}
