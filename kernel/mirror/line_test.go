package mirror

import (
	"encoding/json"
	"reflect"
	"strings"
	"testing"
	"time"

	"motcua/bench/nation"
)

const small = `{"code":"H26-200203-1","version":1,"procedure":"1.001193","channel":"online","applicant":"Trần Thị Bình","filed_at":"2020-02-03T08:00:00+07:00","received_at":"2020-02-03T09:00:00+07:00","state":4}`

func TestParse(t *testing.T) {
	p := &Parser{Sender: "H26"}
	l, wrong := p.Parse([]byte(small))
	if wrong != nil {
		t.Fatal(wrong)
	}
	want := `{"code":"H26-200203-1","version":1,"body":"H26","procedure":"1.001193","channel":"online","applicant":"Trần Thị Bình","filed_at":"2020-02-03T01:00:00Z","received_at":"2020-02-03T02:00:00Z","state":4}`
	if l.Canonical != want {
		t.Errorf("got  %s\nwant %s", l.Canonical, want)
	}
	if l.Body != "H26" || l.Code != "H26-200203-1" || l.Version != 1 || l.Procedure != "1.001193" || l.Channel != "online" ||
		l.Applicant != "Trần Thị Bình" || l.State != 4 || !l.Opened.Equal(time.Date(2020, 2, 3, 1, 0, 0, 0, time.UTC)) || !l.Due.IsZero() {
		t.Errorf("got %+v", l)
	}
	// The same said in another way is the same line.
	other := ` { "state" : 4, "papers":[], "note":"", "email":null, "received_at":"2020-02-03T02:00:00.25Z","filed_at":"2020-02-03T01:00:00Z",
		"applicant":"Tr\u1ea7n Th\u1ecb B\u00ecnh","channel":"online","procedure":"1.001193","version":1,"body":"H26","code":"H26-200203-1"} `
	m, wrong := p.Parse([]byte(other))
	if wrong != nil || m.Canonical != l.Canonical || m.Sum != l.Sum {
		t.Errorf("got %s, %v", m.Canonical, wrong)
	}
}

// with is small with one field set to raw JSON; "" takes it away.
func with(field, raw string) string {
	var m map[string]json.RawMessage
	json.Unmarshal([]byte(small), &m)
	if m[field] = json.RawMessage(raw); raw == "" {
		delete(m, field)
	}
	b, _ := json.Marshal(m)
	return string(b)
}

func TestWrongLines(t *testing.T) {
	for _, c := range []struct{ line, at, code string }{
		{``, "", "object"}, {`[]`, "", "object"}, {small + "x", "", "json"}, {small[:60], "", "json"}, {strings.Replace(small, ",", ",,", 1), "", "json"},
		{"{\"code\":\"\xff\"}", "code", "utf8"}, {"{\"code\":\"\\u0041\xff\"}", "code", "utf8"}, {"{\"\xff\":1}", "", "unknown"}, {"{\xff}", "", "json"}, {with("code", ""), "code", "missing"}, {with("code", `""`), "code", "missing"}, {with("code", `7`), "code", "text"},
		{`{"code":"a","code":"b"}`, "code", "twice"}, {with("colour", `"red"`), "", "unknown"}, {with("version", `0`), "version", "whole"}, {with("version", `1.5`), "version", "whole"},
		{strings.Replace(small, `"version":1`, `"version":99999999999999999999`, 1), "version", "whole"}, {with("version", `"1"`), "version", "whole"}, {with("state", `11`), "state", "whole"},
		{with("channel", `"mail"`), "channel", "choice"}, {with("due_at", `"2020-02-30T00:00:00Z"`), "due_at", "moment"}, {with("due_at", `"2020-02-03"`), "due_at", "moment"},
		{with("applicant", `"`+strings.Repeat("ấ", 301)+`"`), "applicant", "long"}, {with("subject", `"\u0000"`), "subject", "nul"}, {`{"code":"\ud800"}`, "code", "json"},
		{with("digitised", `1`), "digitised", "flag"}, {with("papers", `{}`), "papers", "list"}, {with("papers", `[{"name":"a"},{"name":2}]`), "papers/2/name", "text"},
		{with("fees", `[{"name":"a"}]`), "fees/1/amount", "missing"}, {with("state", `9`), "ended_at", "ended"}, {with("received_at", ``), "received_at", "received"},
		{with("ended_at", `"2020-02-04T00:00:00Z"`), "ended_at", "open"}, {strings.Replace(with("ended_at", `"2020-02-01T00:00:00Z"`), `"state":4`, `"state":10`, 1), "ended_at", "before"},
		{strings.Replace(with("received_at", ""), `"filed_at":"2020-02-03T08:00:00+07:00",`, "", 1), "filed_at", "filed"},
	} {
		_, wrong := (&Parser{Sender: "H26"}).Parse([]byte(c.line))
		if wrong == nil || wrong.At != c.at || wrong.Code != "mirror.wrong."+c.code {
			t.Errorf("%.90s\ngot %v, want %s: %s", c.line, wrong, c.at, c.code)
		}
	}
}

func TestShapeFits(t *testing.T) {
	if len(Dossier) != fieldCount || Dossier[atReturned].Name != "returned_at" {
		t.Errorf("%d fields, fieldCount is %d", len(Dossier), fieldCount)
	}
}

func BenchmarkParse(b *testing.B) {
	n, p, total := nation.New(1, 100_000), &Parser{Sender: "H26"}, 0
	var lines [][]byte
	for i := range 500 {
		lines = append(lines, n.Line(nil, 0, i, 1))
		total += len(lines[i])
	}
	b.SetBytes(int64(total / 500))
	for i := 0; b.Loop(); i++ {
		if _, wrong := p.Parse(lines[i%500]); wrong != nil {
			b.Fatal(wrong)
		}
	}
}

// What the parser takes, encoding/json reads as the same; and what it wrote it
// takes again and writes the same.
func FuzzLine(f *testing.F) {
	n := nation.New(1, 1000)
	for i := range 20 {
		f.Add(string(n.Line(nil, 0, i, 1)))
	}
	f.Add(small)
	f.Add(`{"code":"\"\\\/\b\f\n\r\t\u001f\u007f\ud83d\ude00","version":1}`)
	f.Fuzz(func(t *testing.T, s string) {
		p := &Parser{Sender: "H26"}
		l, wrong := p.Parse([]byte(s))
		if wrong != nil {
			return
		}
		var in, out map[string]any
		if err := json.Unmarshal([]byte(s), &in); err != nil {
			t.Fatalf("took what is no JSON: %q: %v", s, err)
		}
		if err := json.Unmarshal([]byte(l.Canonical), &out); err != nil {
			t.Fatalf("wrote what is no JSON: %q: %v", l.Canonical, err)
		}
		for _, name := range []string{"code", "procedure", "applicant", "subject", "note"} {
			if in[name] == nil {
				in[name] = ""
			}
			if out[name] == nil {
				out[name] = ""
			}
			if !reflect.DeepEqual(in[name], out[name]) {
				t.Errorf("%s: got %q, want %q", name, out[name], in[name])
			}
		}
		if l.Code != out["code"] || l.Applicant != out["applicant"] {
			t.Errorf("got %q and %q of %s", l.Code, l.Applicant, l.Canonical)
		}
		again, wrong := p.Parse([]byte(l.Canonical))
		if wrong != nil || again != l {
			t.Errorf("not the same again: %v\n%+v\n%+v", wrong, again, l)
		}
	})
}
