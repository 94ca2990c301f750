package walk

import (
	"errors"
	"io"
	"mime"
	"mime/multipart"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
)

const page = `<!doctype html><html lang="vi"><title>T</title><main><h1>One</h1>
<div role="alert"><ul><li>First is wrong</li></ul></div>
<p>Two <b>words</b></p>
<form method="post" action="/to?x=1" enctype="multipart/form-data">
	<button type="submit" aria-hidden="true">enter</button>
	<input type="hidden" name="asked" value="all">
	<input name="name" value="An" maxlength="5">
	<input name="born.day"><input name="born.month"><input name="born.year">
	<input type="radio" name="kin" value="mother" checked><input type="radio" name="kin" value="father">
	<input type="checkbox" name="tick" value="yes">
	<input type="checkbox" name="many" value="a"><input type="checkbox" name="many" value="b" checked>
	<select name="home.province"><option value="">-</option><option value="01">Hà Nội</option></select>
	<select name="home.commune"><option value="">-</option></select>
	<button name="units" value="home" data-variant="secondary">Next list</button>
	<textarea name="long">
kept</textarea>
	<input name="fixed" value="1" readonly>
	<fieldset disabled><input name="gone" value="1"></fieldset>
	<input name="rows.0.n">
	<button name="rows.add" value="1" data-variant="secondary">Add</button>
	<input type="file" name="card"><input type="file" name="book" multiple>
	<button formaction="/other" data-variant="secondary">Upload</button>
	<button name="_next" value="1">Save</button>
</form>
<input form="f2" name="far" value="2"><form id="f2"><input name="q" value="a b"></form>
<a class="ds-button" data-variant="secondary" href="/no">No</a><a class="ds-button" href="yes">Yes</a></main>`

func read(t *testing.T) *Page {
	t.Helper()
	at, _ := url.Parse("http://x.example/d/1")
	p, err := Read(200, at, http.Header{"Content-Type": {"text/html"}}, []byte(page))
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func TestPage(t *testing.T) {
	p := read(t)
	if got := p.Errors(); len(got) != 1 || got[0] != "First is wrong" {
		t.Errorf("errors: %q", got)
	}
	if p.Lang() != "vi" || !p.Says("Two words") || p.Says("enter2") || p.Main() != "/d/yes" || p.Link("/no") != "/no" {
		t.Errorf("lang %q, main %q, link %q", p.Lang(), p.Main(), p.Link("/no"))
	}
	if got := p.Form("q"); got.Method != "GET" || got.Control("far") == nil {
		t.Errorf("the second form: %+v", got)
	}
	r, err := p.Form("q").Request(nil)
	if err != nil || r.URL.String() != "http://x.example/d/1?far=2&q=a+b" {
		t.Errorf("got %v, %v", r.URL, err)
	}
}

func TestSent(t *testing.T) {
	f := read(t).Form("name")
	if b := f.Main(); b == nil || b.Text != "Save" {
		t.Fatalf("main button: %+v", b)
	}
	for name, bad := range map[string][]string{"name": {"Annnnn"}, "fixed": {"2"}, "gone": {"2"}, "home.province": {"02"}, "none": {"1"}, "asked": {"x"}} {
		if err := f.Type(name, bad...); err == nil {
			t.Errorf("%s took %q", name, bad)
		}
	}
	for name, good := range map[string][]string{"name": {"Bình"}, "kin": {"father"}, "many": {"a"}, "tick": {"yes"}} {
		if err := f.Type(name, good...); err != nil {
			t.Error(err)
		}
	}
	if err := f.Attach("card", File{}, File{}); err == nil {
		t.Error("two files where one is taken")
	}
	if err := f.Attach("book", File{`a".jpg`, "image/jpeg", []byte("1")}, File{"b.pdf", "application/pdf", []byte("2")}); err != nil {
		t.Fatal(err)
	}
	r, err := f.Request(f.Main())
	if err != nil {
		t.Fatal(err)
	}
	_, params, _ := mime.ParseMediaType(r.Header.Get("Content-Type"))
	var got []string
	for m := multipart.NewReader(r.Body, params["boundary"]); ; {
		part, err := m.NextRawPart()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		b, _ := io.ReadAll(part)
		got = append(got, part.FormName()+"="+part.FileName()+string(b))
	}
	want := []string{"asked=all", "name=Bình", "born.day=", "born.month=", "born.year=", "kin=father", "tick=yes", "many=a", "home.province=", "home.commune=",
		"long=kept", "fixed=1", "rows.0.n=", "card=", "book=a%22.jpg1", "book=b.pdf2", "_next=1"}
	if !slices.Equal(got, want) {
		t.Errorf("got  %q\nwant %q", got, want)
	}
	if r, _ := f.Request(f.Controls[slices.IndexFunc(f.Controls, func(c *Control) bool { return c.Text == "Upload" })]); r.URL.Path != "/other" {
		t.Errorf("formaction: %s", r.URL)
	}
}

func TestFill(t *testing.T) {
	f, said := read(t).Form("name"), map[string]bool{}
	a := Answers{"name": "Bình", "born": "2020-01-05", "kin": "father", "tick": true, "many": []any{"a"}, "home": map[string]any{"province": "01", "commune": "00061"},
		"rows": []any{map[string]any{"n": 1}, map[string]any{"n": 2}}, "never": "x"}
	var again errAgain
	if err := f.Fill(a, said); !errors.As(err, &again) || again.by.Name != "rows.add" {
		t.Fatalf("got %v, want a second row first", err)
	}
	var got []string
	for _, c := range f.Controls {
		if c.Touched {
			got = append(got, c.Name+"="+c.Value)
		}
	}
	if s := strings.Join(got, " "); s != "name=Bình born.day=5 born.month=1 born.year=2020 kin=mother kin=father tick=yes many=a many=b home.province=01 rows.0.n=1" {
		t.Error(s)
	}
	delete(a, "rows")
	if err := f.Fill(a, said); !errors.As(err, &again) || again.by.Name != "units" {
		t.Errorf("got %v, want the list of communes first", err)
	}
	if err := (Filing{Answers: a}).unsaid(said); err == nil || err.Error() != "nobody asked for never" {
		t.Errorf("got %v", err)
	}
	a["kin"] = "aunt"
	if err := f.Fill(a, said); err == nil || !strings.Contains(err.Error(), "aunt") {
		t.Errorf("got %v", err)
	}
}
