package my_test

import (
	"fmt"
	"regexp"
	"strings"
	"testing"
	"time"

	"motcua/base/db/dbtest"
	"motcua/kernel/kerneltest"
	"motcua/kernel/mirror"
	"motcua/kernel/my"
	"motcua/kernel/reported"
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
		r := kerneltest.Open(t, url, []string{"birth"}, my.System(), track.System(), reported.System())
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
