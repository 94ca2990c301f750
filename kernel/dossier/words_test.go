package dossier_test

import (
	"strings"
	"testing"
	"testing/fstest"

	"motcua/kernel/dossier"
)

func TestReadWords(t *testing.T) {
	const good = `
title: {vi: Phản ánh, en: Suggestion}
papers: [{id: photo, name: Ảnh, optional: true, max: 3}]
forms:
  send:
    sections:
      - {id: one, title: Nội dung, pages: [{fields: [{name: words, type: long, label: Bạn muốn nói gì}]}]}
`
	steps := func() []dossier.Step { return []dossier.Step{{Act: "send"}, {Act: "take"}} }
	read := func(text string) (*dossier.Kind, error) {
		k := &dossier.Kind{Name: "x/note", Steps: steps()}
		return k, k.Read(fstest.MapFS{"note.yaml": {Data: []byte(text)}}, "note.yaml")
	}
	k, err := read(good)
	if err != nil {
		t.Fatal(err)
	}
	if k.Title["en"] != "Suggestion" || len(k.Papers) != 1 || k.Papers[0].Max != 3 || !k.Papers[0].Optional {
		t.Errorf("got title %v, papers %v", k.Title, k.Papers)
	}
	if !k.Steps[0].Form.Has("words") || k.Steps[1].Form != nil {
		t.Errorf("the form went to %v", k.Steps)
	}
	for want, text := range map[string]string{
		`a form of "take it"`: strings.Replace(good, "send:", "take it:", 1),
		"note.yaml:3":         strings.Replace(good, "optional", "perhaps", 1),
		"note.yaml, send":     strings.Replace(good, "type: long", "type: lang", 1),
	} {
		if _, err := read(text); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want %q in it", err, want)
		}
	}
	if other, _ := read(good + "\n"); other.Version == k.Version {
		t.Error("another text has the same version")
	}
}
