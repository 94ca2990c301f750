package vn2025

import (
	"testing"

	"motcua/base/lang"
	"motcua/kernel"
	"motcua/kernel/procedure"
	"motcua/packs/vn2020"
)

// TestLevels reads the names of the later law, and finds that every service that
// goes only partly online says why, in every language.
func TestLevels(t *testing.T) {
	country, err := Country()
	if err != nil {
		t.Fatal(err)
	}
	read, err := kernel.ReadPack(Files, country, vn2020.PersonID)
	if err != nil {
		t.Fatal(err)
	}
	pack := read.Law
	if got := pack.Online.Levels[procedure.Whole][lang.VI]; got != "Trực tuyến toàn trình" {
		t.Errorf("the highest level is called %q", got)
	}
	set, _ := procedure.Load(Files, pack)
	all := set.All()
	partly := 0
	for _, p := range all {
		if !pack.Online.Explains(p) {
			continue
		}
		partly++
		if p.Partly == nil {
			t.Errorf("%s does not say why it goes only partly online", p.Code)
			continue
		}
		for _, l := range []lang.Lang{lang.VI, lang.EN, lang.FR} {
			if p.Partly.About[l] == "" {
				t.Errorf("%s does not say it in %s", p.Code, l)
			}
		}
	}
	if len(all) != 24 || partly != 10 {
		t.Errorf("%d services, %d of them partly online: want 24 and 10", len(all), partly)
	}
}
