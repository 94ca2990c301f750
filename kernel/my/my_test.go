package my_test

import (
	"fmt"
	"regexp"
	"strings"
	"testing"
	"time"

	"motcua/base/db/dbtest"
	"motcua/kernel/dossier"
	"motcua/kernel/kerneltest"
	"motcua/kernel/mirror"
	"motcua/kernel/my"
	"motcua/kernel/reported"
	"motcua/kernel/signed"
	"motcua/kernel/track"
)

// report tells of n dossiers of the holder of number, in a national state.
func report(t *testing.T, r *kerneltest.Rig, number, prefix string, n, state int) {
	t.Helper()
	parse := mirror.Parser{Sender: kerneltest.Here}
	var lines []mirror.Line
	ended := ""
	if mirror.Ends(state) {
		ended = `,"ended_at":"2020-03-02T09:30:00+07:00"`
	}
	for i := range n {
		l, wrong := parse.Parse(fmt.Appendf(nil, `{"code":"%s-%02d","version":1,"procedure":"1.001193","channel":"online","applicant":"Trần Thị Mẫu","applicant_number":%q,`+
			`"filed_at":"2020-03-02T08:00:00+07:00","received_at":"2020-03-02T09:00:00+07:00","state":%d%s}`, prefix, i, number, state, ended))
		if wrong != nil {
			t.Fatal(wrong)
		}
		lines = append(lines, l)
	}
	if _, err := r.Mirror.Put(t.Context(), r.People["officer"], kerneltest.Here, lines); err != nil {
		t.Fatal(err)
	}
}

var dossiers = regexp.MustCompile(`href="(/c/[^"]+|/reported\?code=[^"]+)"`)
var more = regexp.MustCompile(`href="(/my\?cursor=[^"&]+&amp;state=[^"&]*)"`)

// walk follows the pages from path and gives the dossiers of each, and all of them.
func walk(t *testing.T, b *kerneltest.Browser, path string) (sizes []int, all []string) {
	t.Helper()
	for path != "" {
		a := b.Get(path)
		a.Want(t, 200)
		here := dossiers.FindAllStringSubmatch(a.Body, -1)
		sizes = append(sizes, len(here))
		for _, x := range here {
			all = append(all, x[1])
		}
		path = ""
		if x := more.FindStringSubmatch(a.Body); x != nil {
			path = strings.ReplaceAll(x[1], "&amp;", "&")
		}
	}
	return sizes, all
}

// What was filed here and what bodies report stand in one list, each once, the
// newest first, page after page; nobody's else is among them.
func TestOneList(t *testing.T) {
	dbtest.EachURL(t, func(t *testing.T, url string) {
		r := kerneltest.Open(t, url, []string{"birth"}, my.System(), signed.System(), track.System(), reported.System())
		me := r.People["applicant"]
		for i := range 25 {
			if i == 12 {
				report(t, r, me.Number, "OLD", 13, 4)
				report(t, r, "001093999999", "OTHER", 5, 4)
			}
			r.File(t, "1.001193")
			r.Later(time.Second)
		}
		report(t, r, me.Number, "NEW", 2, 9)
		b := r.As(t, "applicant")
		sizes, all := walk(t, b, "/my")
		if got, want := fmt.Sprint(sizes), "[20 20]"; got != want {
			t.Errorf("pages: got %s, want %s", got, want)
		}
		seen := map[string]bool{}
		kinds := ""
		for _, x := range all {
			if seen[x] {
				t.Errorf("twice: %s", x)
			}
			seen[x] = true
			switch {
			case strings.HasPrefix(x, "/c/"):
				kinds += "f"
			case strings.Contains(x, "NEW"):
				kinds += "n"
			case strings.Contains(x, "OLD"):
				kinds += "o"
			default:
				t.Errorf("not his own: %s", x)
			}
		}
		if want := "nn" + strings.Repeat("f", 13) + strings.Repeat("o", 13) + strings.Repeat("f", 12); kinds != want {
			t.Errorf("order: got %s, want %s", kinds, want)
		}
		if sizes, all = walk(t, b, "/my?state=ready"); fmt.Sprint(sizes) != "[2]" || !strings.Contains(all[0], "NEW") {
			t.Errorf("ready: got %v %v, want the two that are done", sizes, all)
		}
		if sizes, _ = walk(t, b, "/my?state=nonsense"); fmt.Sprint(sizes) != "[0]" {
			t.Errorf("a state that is none: got %v, want nothing", sizes)
		}
		if sizes, all = walk(t, r.As(t, "clerk"), "/my"); fmt.Sprint(sizes) != "[0]" {
			t.Errorf("somebody else: got %v, want nothing", all)
		}
	})
}

// What needs the person stands first, with the button that does it, and not a
// second time in the list; what he let rest himself needs nothing.
func TestNeedsFirst(t *testing.T) {
	dbtest.EachURL(t, func(t *testing.T, url string) {
		r := kerneltest.Open(t, url, []string{"birth"}, my.System(), signed.System(), track.System(), reported.System())
		b := r.As(t, "applicant")
		calm, one := "Bây giờ bạn không phải làm gì", "Bạn có 1 việc cần làm"
		if a := b.Get("/my"); strings.Contains(a.Body, calm) || !strings.Contains(a.Body, `href="/services"`) {
			t.Errorf("who never asked for anything is not shown where to begin:\n%s", a.Body)
		}
		first := r.Do(t, "clerk", r.File(t, "1.001193").ID, "receive", nil)
		for range 21 {
			r.Later(time.Second)
			r.File(t, "1.001193")
		}
		if a := b.Get("/my"); !strings.Contains(a.Body, calm) || strings.Contains(a.Body, one) {
			t.Errorf("nothing needs him:\n%s", a.Body)
		}
		r.Do(t, "officer", first.ID, "supplement", map[string]any{"reasons": []any{map[string]any{"ref": "child_name", "text": "Tên chưa rõ", "fix": "ghi rõ"}}})
		a := b.Get("/my")
		at := strings.Index(a.Body, one)
		for _, want := range []string{"Tên chưa rõ", "/c/" + first.ID.String() + "/act/supply", `id="filed"`} {
			i := strings.Index(a.Body, want)
			if at < 0 || i < at {
				t.Fatalf("%q does not come after %q:\n%s", want, one, a.Body)
			}
			at = i
		}
		if sizes, _ := walk(t, b, "/my"); fmt.Sprint(sizes) != "[21 2]" { // the one above, and where it stands by time
			t.Errorf("pages: got %v, want [21 2]", sizes)
		}
		if a := b.Get("/my?state=action"); strings.Contains(a.Body, one) || strings.Count(a.Body, first.ID.String()) != 1 {
			t.Errorf("the list of what needs him names it once:\n%s", a.Body)
		}
		second := r.Do(t, "clerk", r.File(t, "1.001193").ID, "receive", nil)
		r.Do(t, "officer", second.ID, "supplement", map[string]any{"reasons": []any{map[string]any{"ref": "child_name", "text": "Tên chưa rõ", "fix": "ghi rõ"}}})
		a = b.Get("/my")
		if !strings.Contains(a.Body, "Bạn có 2 việc cần làm") || strings.Count(a.Body, second.ID.String()) != 1 {
			t.Errorf("the second stands above alone:\n%s", a.Body)
		}
	})
}

// A draft needs its person once it ends soon.
func TestDraftThatEnds(t *testing.T) {
	dbtest.EachURL(t, func(t *testing.T, url string) {
		r := kerneltest.Open(t, url, []string{"birth"}, my.System(), signed.System(), track.System(), reported.System())
		k := r.Procedures.Get("1.001193").Kind()
		d := &dossier.Draft{Owner: r.People["applicant"].ID, Kind: k.Name, KindVersion: k.Version, Body: kerneltest.Here}
		if err := r.Engine.Save(t.Context(), d); err != nil {
			t.Fatal(err)
		}
		path := `href="/d/` + d.ID.String() + `"`
		for _, x := range []struct {
			after time.Duration
			needs bool
		}{{0, false}, {22 * 24 * time.Hour, false}, {2 * 24 * time.Hour, true}} {
			r.Later(x.after)
			a := r.As(t, "applicant").Get("/my")
			if got := strings.Contains(a.Body, "Bản nháp sắp bị xoá"); got != x.needs || strings.Count(a.Body, path) != 1 {
				t.Errorf("%v later: got %v, want %v, and one link to it:\n%s", x.after, got, x.needs, a.Body)
			}
		}
	})
}
