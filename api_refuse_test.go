package main

import (
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"

	"motcua/base/db"
	"motcua/base/db/dbtest"
	"motcua/base/id"
	"motcua/base/web"
	"motcua/kernel/play"
	"motcua/kernel/who"
)

const birth = "1.001193"

// TestAPIEvery uses every operation once, so that its success is held to the document.
func TestAPIEvery(t *testing.T) {
	t.Parallel()
	dbtest.EachURL(t, func(t *testing.T, url string) {
		w := newWorld(t, url)
		citizen, nobody := w.people["citizen"], w.people["nobody"]
		x := example(t, w, birth, "returned")
		d := w.file(t, birth, x).json()
		at := "/api/v1/dossiers/" + d["id"].(string)
		for _, turn := range x["story"].([]any) {
			s := turn.(map[string]any)
			w.people[s["by"].(string)].want(200, "POST", at+"/acts", map[string]any{"act": s["act"], "answers": s["answers"]})
		}
		w.settle(t)
		if err := w.Log.Advance(t.Context()); err != nil {
			t.Fatal(err)
		}
		citizen.want(200, "GET", at, nil)
		citizen.want(200, "GET", "/api/v1/dossiers", nil)
		for _, name := range []string{"receipt.pdf", "result.pdf"} {
			r := citizen.want(200, "GET", at+"/"+name, nil)
			if !strings.HasPrefix(string(r.body), "%PDF-") {
				t.Errorf("%s is no PDF: %.20q", name, r.body)
			}
		}
		if r := citizen.want(200, "GET", at+"/export.zip", nil); !strings.HasPrefix(string(r.body), "PK") {
			t.Errorf("the whole dossier is no ZIP: %.20q", r.body)
		}
		for paper, files := range d["papers"].(map[string]any) {
			f := files.([]any)[0].(map[string]any)
			sum := sha256.Sum256(citizen.want(200, "GET", f["href"].(string), nil).body)
			if got := fmt.Sprintf("%x", sum); got != f["sha256"] {
				t.Errorf("%s: the bytes have %s, the dossier says %s", paper, got, f["sha256"])
			}
			citizen.want(200, "GET", at+"/papers/"+paper, nil)
		}
		citizen.want(200, "GET", at+"/proof", nil)
		tr := nobody.want(200, "GET", "/api/v1/track?code="+d["code"].(string)+"&tail="+d["tail"].(string), nil).json()
		if tr["public_state"] != "ready" || tr["done"] != tr["of"] {
			t.Errorf("tracking says %v", tr)
		}
		nobody.want(200, "GET", "/api/v1/procedures", nil)
		nobody.want(200, "GET", "/ledger/checkpoint", nil)
		nobody.want(200, "GET", "/ledger/tile/0/000.p/1", nil)
		machine := &program{t: t, url: w.url, token: software(t, w), lang: "en", files: map[string]string{}, rules: w.rules}
		handed := "/api/v1/handover/" + w.file(t, birth, x).json()["id"].(string)
		machine.want(200, "GET", "/api/v1/handover", nil)
		machine.want(200, "GET", handed, nil)
		machine.want(200, "POST", handed+"/acknowledge", map[string]any{"number": "HB-1"})
		hook := machine.want(201, "POST", "/api/v1/webhooks", map[string]any{"url": "https://a.example/", "types": []string{"dossier.filed"}}).json()
		hooks := "/api/v1/webhooks/" + hook["id"].(string)
		machine.want(200, "GET", "/api/v1/webhooks", nil)
		machine.want(200, "POST", hooks+"/secret", nil)
		machine.want(200, "POST", hooks+"/trial", map[string]any{"type": "dossier.filed"})
		machine.want(200, "GET", hooks+"/deliveries", nil)
		machine.want(200, "POST", hooks+"/replay", map[string]any{})
		machine.want(200, "DELETE", hooks, nil)
		order := "/api/v1/payments/" + w.owed(t)
		citizen.want(200, "GET", order, nil)
		if at := citizen.want(201, "POST", order+"/gateway", nil).json()["url"]; at == "" {
			t.Error("the gateway's page has no address")
		}
		w.signsElsewhere(t)
		phone := w.program(t, "citizen", "notify")
		device := phone.want(201, "POST", "/api/v1/push", map[string]any{"device": "x", "endpoint": "https://push.example/1",
			"keys": map[string]string{"p256dh": "BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4", "auth": "BTBZMqHH6r4Tts7J_aSIgg"}}).json()["id"].(string)
		phone.want(200, "GET", "/api/v1/push", nil)
		phone.want(200, "DELETE", "/api/v1/push/"+device, nil)
		stream := w.program(t, "clerk", "sync")
		if a := stream.want(200, "POST", "/api/v1/sync/dossiers?body="+x["body"].(string), []byte(reportedLine), "Content-Type", "application/x-ndjson"); !strings.Contains(string(a.body), "stored") {
			t.Errorf("a reported dossier: %s", a.body)
		}
		of := "/api/v1/sync/statement?body=" + x["body"].(string)
		stream.want(200, "POST", of+"&from=2020-02-03&to=2020-02-03", []byte("code,version,state\n"), "Content-Type", "text/csv")
		stream.want(200, "GET", of, nil)
		if got := w.people["leader"].want(200, "GET", "/api/v1/figures?indicator=opened&by=month", nil).json()["items"].([]any); len(got) == 0 {
			t.Error("no figures of what was just filed")
		}
		for _, o := range w.rules.operations() {
			if !w.rules.seen[o+" 200"] && !w.rules.seen[o+" 201"] {
				t.Errorf("%s was never answered", o)
			}
		}
	})
}

// TestAPIRefuses sends what is wrong and asks for a clear refusal.
func TestAPIRefuses(t *testing.T) {
	t.Parallel()
	dbtest.EachURL(t, func(t *testing.T, url string) {
		w := newWorld(t, url)
		citizen := w.people["citizen"]
		x := example(t, w, birth, "returned")
		good := bodyOf(w, "citizen", birth, x)
		with := func(key string, v any) map[string]any { m := maps.Clone(good); m[key] = v; return m }
		answer := func(key string, v any) map[string]any {
			a := maps.Clone(x["answers"].(map[string]any))
			a[key] = v
			return with("answers", a)
		}
		some := slices.Sorted(maps.Keys(x["answers"].(map[string]any)))[0]
		for name, c := range map[string]struct {
			body   any
			status int
			places []string
			header []string
		}{
			"unknown member":   {with("colour", "red"), 422, []string{"/colour"}, nil},
			"kind missing":     {map[string]any{"body": "x"}, 422, []string{"/kind"}, nil},
			"kind unknown":     {with("kind", "portal/9.999999"), 422, []string{"/kind"}, nil},
			"body unknown":     {with("body", "H99.9"), 422, []string{"/body"}, nil},
			"body a number":    {with("body", 7), 422, []string{"/body"}, nil},
			"answers a list":   {with("answers", []int{1}), 422, []string{"/answers"}, nil},
			"papers a word":    {with("papers", map[string]any{"form": "x"}), 422, []string{"/papers/form"}, nil},
			"file no id":       {with("papers", map[string]any{"form": []string{"x"}}), 422, []string{"/papers/form/0"}, nil},
			"unknown question": {answer("shoe_size", 43), 422, []string{"/answers/shoe_size"}, nil},
			"wrong type":       {answer(some, []any{1}), 422, []string{"/answers/" + some}, nil},
			"NUL":              {answer(some, "a\x00b"), 422, []string{"/answers/" + some}, nil},
			"no answers":       {with("answers", map[string]any{}), 422, nil, nil},
			"org not mine":     {with("org", "0100000001"), 422, []string{"/org"}, nil},
			"helped, no clerk": {with("helped", map[string]any{"name": "A", "number": "001095000002"}), 403, nil, nil},
			"not UTF-8":        {[]byte("{\"kind\":\"\xff\xfe\"}"), 422, []string{""}, nil},
			"no JSON":          {"kind=portal", 422, []string{""}, nil},
			"half":             {`{"kind":`, 422, []string{""}, nil},
			"two":              {`{} {}`, 422, []string{""}, nil},
			"empty":            {"", 422, []string{""}, nil},
			"a list":           {`[]`, 422, nil, nil},
			"null":             {`null`, 422, nil, nil},
			"too deep":         {`{"answers":` + strings.Repeat(`{"a":`, 5000) + `1` + strings.Repeat(`}`, 5000) + `}`, 422, nil, nil},
			"far too deep":     {strings.Repeat(`[`, 200_000), 422, []string{""}, nil},
			"huge number":      {`{"kind":"a","body":"b","answers":{"n":1e999}}`, 422, []string{"/answers/n"}, nil},
			"10 MB":            {`{"kind":"` + strings.Repeat("a", 10<<20) + `"}`, 413, nil, nil},
			"a form":           {"kind=a", 415, nil, []string{"Content-Type", "application/x-www-form-urlencoded"}},
			"key too long":     {good, 422, []string{"/headers/Idempotency-Key"}, []string{"Idempotency-Key", strings.Repeat("k", 201)}},
			"key not ASCII":    {good, 422, []string{"/headers/Idempotency-Key"}, []string{"Idempotency-Key", "kh\xc3\xb3a"}},
		} {
			t.Run(name, func(t *testing.T) {
				w.in(t)
				r := citizen.want(c.status, "POST", "/api/v1/dossiers", c.body, c.header...)
				if got := pointers(r); c.places != nil && !slices.Equal(got, c.places) {
					t.Errorf("named %q, want %q", got, c.places)
				}
			})
		}
		w.in(t)
		d := citizen.want(201, "POST", "/api/v1/dossiers", good).json()
		at := "/api/v1/dossiers/" + d["id"].(string)
		wrongID := d["id"].(string)[:13] + "0"
		if wrongID == d["id"] {
			wrongID = d["id"].(string)[:13] + "1"
		}
		for _, c := range []struct {
			method, path string
			body         any
			status       int
		}{
			{"GET", "/api/v1/dossiers/" + wrongID, nil, 404},
			{"GET", "/api/v1/dossiers/1", nil, 404},
			{"GET", "/api/v1/dossiers/%00", nil, 404},
			{"GET", "/api/v1/dossiers/0000000000000z", nil, 404},
			{"GET", at + "/papers/nothing", nil, 404},
			{"GET", at + "/papers/nothing/0", nil, 404},
			{"GET", at + "/papers/%ff/1", nil, 404},
			{"GET", at + "/proof?act=99", nil, 404},
			{"GET", at + "/proof?act=0", nil, 422},
			{"GET", at + "/proof?act=x", nil, 422},
			{"GET", at + "/result.pdf", nil, 404},
			{"GET", "/api/v1/dossiers?limit=0", nil, 422},
			{"GET", "/api/v1/dossiers?limit=x", nil, 422},
			{"GET", "/api/v1/dossiers?cursor=zz", nil, 422},
			{"GET", "/api/v1/dossiers?state=blue", nil, 422},
			{"GET", "/api/v1/dossiers?due_before=soon", nil, 422},
			{"GET", "/api/v1/dossiers?inbox=everything", nil, 422},
			{"GET", "/api/v1/procedures?cursor=-1", nil, 422},
			{"GET", "/api/v1/procedures?level=9", nil, 422},
			{"GET", "/api/v1/procedures/0.000000", nil, 404},
			{"GET", "/api/v1/procedures/%00", nil, 404},
			{"GET", "/api/v1/track", nil, 422},
			{"GET", "/api/v1/track?code=nothing", nil, 404},
			{"GET", "/api/v1/track?code=%00%ff&tail=%00", nil, 422},
			{"GET", "/api/v1/track?code=" + d["code"].(string) + "&tail=0000", nil, 404},
			{"POST", at + "/acts", map[string]any{"act": "dance"}, 422},
			{"POST", at + "/acts", map[string]any{}, 422},
			{"POST", at + "/acts", map[string]any{"act": "approve"}, 403},
			{"POST", at + "/acts", map[string]any{"act": "withdraw", "answers": map[string]any{"x": 1}}, 422},
			{"POST", at + "/acts", map[string]any{"act": "supply"}, 409},
			{"POST", "/api/v1/dossiers/" + wrongID + "/acts", map[string]any{"act": "withdraw"}, 404},
			{"GET", "/api/v1/nothing", nil, 404},
			{"GET", "/api/", nil, 404},
			{"DELETE", at, nil, 405},
			{"PUT", "/api/v1/files", nil, 405},
		} {
			citizen.want(c.status, c.method, c.path, c.body)
		}
		if allow := citizen.send("DELETE", at, nil).Header.Get("Allow"); allow != "GET" {
			t.Errorf("Allow %q, want GET", allow)
		}

		for name, c := range map[string]struct {
			body   string
			media  string
			status int
		}{
			"empty":         {"", "application/pdf", 422},
			"text":          {"hello", "text/plain", 415},
			"a lie":         {"<html>", "application/pdf", 415},
			"half a PDF":    {"%PDF-1.4", "application/pdf", 422},
			"broken header": {"%PDF-1.4", "a/b/c;;", 415},
			"too large":     {"%PDF-" + strings.Repeat("x", 25<<20), "application/pdf", 413},
		} {
			if r := citizen.send("POST", "/api/v1/files?name=x.pdf", c.body, "Content-Type", c.media); r.StatusCode != c.status {
				t.Errorf("file %s: got %d, want %d: %s", name, r.StatusCode, c.status, r.body)
			}
		}
		f, _ := play.Sample("png")
		citizen.want(415, "POST", "/api/v1/files?name=x.pdf", f.Bytes, "Content-Type", "image/png")
		citizen.want(415, "POST", "/api/v1/files?name=x.png", f.Bytes, "Content-Type", "application/pdf")
		r := citizen.want(201, "POST", "/api/v1/files", f.Bytes, "Content-Type", "image/png", "Content-Disposition", `attachment; filename="../../e.png"`)
		if r.json()["name"] != "e.png" {
			t.Errorf("the file is called %v", r.json()["name"])
		}
	})
}

// TestAPILanguages: messages are said in the language asked for.
func TestAPILanguages(t *testing.T) {
	w := newWorld(t, dbtest.SQLite(t))
	for lang, want := range map[string]string{"vi": "Không tìm thấy", "fr-CA,en;q=0.5": "Introuvable", "en": "Not found", "de": "Không tìm thấy"} {
		w.people["citizen"].lang = lang
		if got := w.people["citizen"].want(404, "GET", "/api/v1/dossiers/1", nil).json()["title"]; got != want {
			t.Errorf("Accept-Language %s: %q, want %q", lang, got, want)
		}
	}
}

// TestAPIOnce: one key does one thing.
func TestAPIOnce(t *testing.T) {
	t.Parallel()
	dbtest.EachURL(t, func(t *testing.T, url string) {
		w := newWorld(t, url)
		citizen := w.people["citizen"]
		x := example(t, w, birth, "returned")
		body := bodyOf(w, "citizen", birth, x)
		first := citizen.want(201, "POST", "/api/v1/dossiers", body, "Idempotency-Key", "a")
		again := citizen.want(201, "POST", "/api/v1/dossiers", body, "Idempotency-Key", "a")
		if first.json()["id"] != again.json()["id"] || first.Header.Get("Location") != again.Header.Get("Location") {
			t.Errorf("filed twice: %v and %v", first.json()["id"], again.json()["id"])
		}
		if a, b := first.Header.Get("Idempotency-Replayed"), again.Header.Get("Idempotency-Replayed"); a != "" || b != "true" {
			t.Errorf("Idempotency-Replayed %q, then %q", a, b)
		}
		other := maps.Clone(body)
		other["papers"] = map[string]any{}
		citizen.want(422, "POST", "/api/v1/dossiers", other, "Idempotency-Key", "a")
		if r := w.people["other"].send("POST", "/api/v1/dossiers", body, "Idempotency-Key", "a"); r.json()["id"] == first.json()["id"] {
			t.Error("another person's key gave the dossier away")
		}
		if n := len(citizen.want(200, "GET", "/api/v1/dossiers", nil).json()["items"].([]any)); n != 1 {
			t.Errorf("%d dossiers, want 1", n)
		}

		at, clerk := first.Header.Get("Location"), w.people["clerk"]
		receive := map[string]any{"act": "receive", "version": 1}
		one := clerk.want(200, "POST", at+"/acts", receive, "Idempotency-Key", "r")
		two := clerk.want(200, "POST", at+"/acts", receive, "Idempotency-Key", "r")
		if one.json()["version"] != 2.0 || two.json()["version"] != 2.0 || two.Header.Get("Idempotency-Replayed") != "true" {
			t.Errorf("received to version %v, then %v, replayed %q", one.json()["version"], two.json()["version"], two.Header.Get("Idempotency-Replayed"))
		}
		clerk.want(422, "POST", at+"/acts", map[string]any{"act": "note", "answers": map[string]any{"note": "x"}}, "Idempotency-Key", "r")
		clerk.want(409, "POST", at+"/acts", map[string]any{"act": "receive"}, "Idempotency-Key", "s")

		f, _ := play.Sample("pdf")
		send := func(b []byte, status int) reply {
			return citizen.want(status, "POST", "/api/v1/files?name=a.pdf", b, "Content-Type", "application/pdf", "Idempotency-Key", "f")
		}
		a, b := send(f.Bytes, 201), send(f.Bytes, 201)
		if a.json()["id"] != b.json()["id"] || b.Header.Get("Idempotency-Replayed") != "true" {
			t.Errorf("file %v, then %v", a.json()["id"], b.json()["id"])
		}
		g, _ := play.Sample("png")
		citizen.want(422, "POST", "/api/v1/files", g.Bytes, "Content-Type", "image/png", "Idempotency-Key", "f")
	})
}

// TestAPIVersions: what rests on an old reading is not done.
func TestAPIVersions(t *testing.T) {
	w := newWorld(t, dbtest.SQLite(t))
	x := example(t, w, birth, "returned")
	first := w.file(t, birth, x)
	at, clerk, officer := first.Header.Get("Location"), w.people["clerk"], w.people["officer"]
	if first.Header.Get("ETag") != `"1"` {
		t.Errorf("ETag %s", first.Header.Get("ETag"))
	}
	note := map[string]any{"act": "note", "answers": map[string]any{"note": "hello"}}
	clerk.want(200, "POST", at+"/acts", note, "If-Match", `"1"`)
	clerk.want(412, "POST", at+"/acts", note, "If-Match", `"1"`)
	clerk.want(412, "POST", at+"/acts", note, "If-Match", `W/"2"`)
	clerk.want(412, "POST", at+"/acts", map[string]any{"act": "approve"}, "If-Match", `"1"`)
	clerk.want(200, "POST", at+"/acts", note, "If-Match", `*`)
	old := map[string]any{"act": "receive", "version": 1}
	clerk.want(409, "POST", at+"/acts", old)
	clerk.want(422, "POST", at+"/acts", old, "If-Match", `"3"`)
	old["version"] = 3
	clerk.want(200, "POST", at+"/acts", old)
	old["version"] = 4
	clerk.want(409, "POST", at+"/acts", old) // not possible now
	if v := officer.want(200, "GET", at, nil).Header.Get("ETag"); v != `"4"` {
		t.Errorf("ETag %s, want 4", v)
	}
}

// TestAPIRights: who may not see a dossier is told that there is none, and a
// token that only reads may not write.
func TestAPIRights(t *testing.T) {
	t.Parallel()
	dbtest.EachURL(t, func(t *testing.T, url string) {
		w := newWorld(t, url)
		x := example(t, w, birth, "returned")
		d := w.file(t, birth, x).json()
		at := "/api/v1/dossiers/" + d["id"].(string)
		far := who.Person{}
		err := w.DB.Write(t.Context(), func(tx *db.Tx) (err error) {
			if far, err = w.Book.Add(tx, who.Person{}, who.Person{Login: "far", Name: "Thử far"}, ""); err != nil {
				return err
			}
			elsewhere := ""
			for _, b := range w.Country.Bodies(func(b who.Body) bool { return b.Code != x["body"] }, 1) {
				elsewhere = b.Code
			}
			return w.Book.Grant(tx, far, far.ID, who.Officer, elsewhere, 0, w.Now().AddDate(1, 0, 0))
		})
		if err != nil {
			t.Fatal(err)
		}
		w.cast["far"] = far
		w.people["far"] = w.program(t, "far", "read write")
		for _, name := range []string{"other", "business", "far"} {
			for _, path := range []string{"", "/proof", "/receipt.pdf", "/papers/birth_certificate"} {
				w.people[name].want(404, "GET", at+path, nil)
			}
			w.people[name].want(404, "POST", at+"/acts", map[string]any{"act": "withdraw"})
			if n := len(w.people[name].want(200, "GET", "/api/v1/dossiers", nil).json()["items"].([]any)); n != 0 {
				t.Errorf("%s sees %d dossiers", name, n)
			}
		}
		nobody := w.people["nobody"]
		nobody.want(401, "GET", at, nil)
		nobody.want(401, "GET", "/api/v1/dossiers", nil)
		nobody.want(401, "POST", at+"/acts", "not JSON either")
		nobody.want(401, "POST", "/api/v1/dossiers", map[string]any{})
		nobody.want(401, "POST", "/api/v1/files", "x")
		stranger := &program{t: t, url: w.url, token: "nothing", lang: "en", rules: w.rules}
		stranger.want(401, "GET", at, nil)
		reader := w.program(t, "citizen", "read")
		reader.want(200, "GET", at, nil)
		for _, path := range []string{"/api/v1/dossiers", at + "/acts", "/api/v1/files"} {
			if r := reader.want(403, "POST", path, map[string]any{"act": "withdraw"}); !strings.Contains(string(r.body), "token") {
				t.Errorf("%s: %s", path, r.body)
			}
		}

		// A browser's session does too, and another site may not use it.
		var secret string
		err = w.DB.Write(t.Context(), func(tx *db.Tx) (err error) {
			secret, err = w.Sessions.Make(tx, web.Browser, w.cast["citizen"].ID, "", "", web.Life)
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		nobody.want(200, "GET", at, nil, "Cookie", "motcua="+secret)
		nobody.want(403, "POST", at+"/acts", map[string]any{"act": "withdraw"}, "Cookie", "motcua="+secret, "Sec-Fetch-Site", "cross-site")
		if r := nobody.want(200, "POST", at+"/acts", map[string]any{"act": "withdraw"}, "Cookie", "motcua="+secret); r.json()["state"] != "withdrawn" {
			t.Errorf("state %v", r.json()["state"])
		}
	})
}

// TestAPITells: each is told what is his to know, and an official's reading is written down.
func TestAPITells(t *testing.T) {
	w := newWorld(t, dbtest.SQLite(t))
	x := example(t, w, birth, "returned")
	d := w.file(t, birth, x).json()
	at := "/api/v1/dossiers/" + d["id"].(string)
	clerk, citizen := w.people["clerk"], w.people["citizen"]
	clerk.want(200, "POST", at+"/acts", map[string]any{"act": "note", "answers": map[string]any{"note": "a private word"}})
	office, home := clerk.want(200, "GET", at, nil), citizen.want(200, "GET", at, nil)
	if !strings.Contains(string(office.body), "a private word") || strings.Contains(string(home.body), "a private word") {
		t.Error("a note among officials is shown to whom it should not be, or not to whom it should")
	}
	if home.json()["tail"] != d["tail"] || d["tail"] == nil || office.json()["tail"] != nil {
		t.Errorf("the tail is %v at home and %v in the office", home.json()["tail"], office.json()["tail"])
	}
	if err := w.Log.Advance(t.Context()); err != nil {
		t.Fatal(err)
	}
	if p := citizen.want(200, "GET", at+"/proof?act=2", nil).json(); p["salt"] != nil || p["canonical"] != nil || p["leaf"] == "" {
		t.Errorf("the proof of the note tells %v", p)
	}
	n, err := id.Parse(d["id"].(string))
	if err != nil {
		t.Fatal(err)
	}
	readings, err := w.Engine.Readings(t.Context(), n, 10)
	if err != nil || len(readings) != 1 || readings[0].Person != w.cast["clerk"].ID {
		t.Errorf("readings %v, %v; want the clerk's one", readings, err)
	}
}

// TestAPIProof: an outsider checks a proof with nothing but sumdb's packages.
func TestAPIProof(t *testing.T) {
	t.Parallel()
	dbtest.EachURL(t, func(t *testing.T, url string) {
		w := newWorld(t, url)
		x := example(t, w, birth, "returned")
		d := w.file(t, birth, x)
		citizen, at := w.people["citizen"], d.Header.Get("Location")
		if r := citizen.want(503, "GET", at+"/proof?act=1", nil); r.Header.Get("Retry-After") == "" {
			t.Error("503 without Retry-After")
		}
		if err := w.Log.Advance(t.Context()); err != nil {
			t.Fatal(err)
		}
		p := citizen.want(200, "GET", at+"/proof?act=1", nil).json()
		text := func(key string) string { s, _ := p[key].(string); return s }
		verifier, err := note.NewVerifier(text("key"))
		if err != nil {
			t.Fatal(err)
		}
		open, err := note.Open([]byte(text("checkpoint")), note.VerifierList(verifier))
		if err != nil {
			t.Fatal(err)
		}
		var size int64
		var root string
		if _, err := fmt.Sscan(strings.Join(strings.Split(open.Text, "\n")[1:3], " "), &size, &root); err != nil {
			t.Fatal(err)
		}
		top, err := tlog.ParseHash(root)
		if err != nil {
			t.Fatal(err)
		}
		salt, err := base64.StdEncoding.DecodeString(text("salt"))
		if err != nil {
			t.Fatal(err)
		}
		leaf := sha256.Sum256(append(salt, text("canonical")...))
		if got := base64.StdEncoding.EncodeToString(leaf[:]); got != text("leaf") {
			t.Fatalf("the act hashes to %s, the proof says %s", got, text("leaf"))
		}
		var path tlog.RecordProof
		for _, h := range p["hashes"].([]any) {
			x, err := tlog.ParseHash(h.(string))
			if err != nil {
				t.Fatal(err)
			}
			path = append(path, x)
		}
		index := int64(p["index"].(float64))
		if err := tlog.CheckRecord(path, size, top, index, tlog.RecordHash(leaf[:])); err != nil {
			t.Error(err)
		}
		leaf[0]++
		if tlog.CheckRecord(path, size, top, index, tlog.RecordHash(leaf[:])) == nil {
			t.Error("a changed act is proved too")
		}
		if !strings.Contains(text("canonical"), d.json()["code"].(string)) {
			t.Error("what is proved is not the filing")
		}
	})
}

// TestAPIPages: a list comes in pages, each item once.
func TestAPIPages(t *testing.T) {
	t.Parallel()
	dbtest.EachURL(t, func(t *testing.T, url string) {
		w := newWorld(t, url)
		x := example(t, w, birth, "returned")
		want := 7
		for range want {
			w.file(t, birth, x)
		}
		all := func(p *program, query, id string) (got []string) {
			for cursor := ""; ; {
				r := p.want(200, "GET", query+"&limit=3&cursor="+cursor, nil).json()
				items := r["items"].([]any)
				for _, it := range items {
					got = append(got, it.(map[string]any)[id].(string))
				}
				if cursor = r["next"].(string); cursor == "" {
					return got
				}
				if len(items) != 3 {
					t.Fatalf("a page of %d before the last", len(items))
				}
			}
		}
		for who, query := range map[string][]string{
			"citizen": {"?state=submitted", "?x="},
			"clerk":   {"?inbox=desk", "?inbox=unheld", "?inbox=all&state=submitted", "?state=submitted", "?inbox=all&due_before=2100-01-01", "?due_before=2100-01-01T00:00:00Z"},
		} {
			for _, q := range query {
				got := all(w.people[who], "/api/v1/dossiers"+q, "id")
				if slices.Sort(got); len(slices.Compact(slices.Clone(got))) != want || len(got) != want {
					t.Errorf("%s %s: %d items, %v; want %d", who, q, len(got), got, want)
				}
			}
		}
		for _, q := range []string{"?state=ready", "?state=granted", "?due_before=2001-01-01"} {
			if got := all(w.people["clerk"], "/api/v1/dossiers"+q, "id"); len(got) != 0 {
				t.Errorf("%s: %v", q, got)
			}
		}
		codes := all(w.people["nobody"], "/api/v1/procedures?x=", "code")
		if n := len(w.Procedures.All()); len(codes) != n || len(slices.Compact(slices.Sorted(slices.Values(codes)))) != n {
			t.Errorf("procedures %v, want %d", codes, n)
		}
		found := w.people["nobody"].want(200, "GET", "/api/v1/procedures?q=khai+sinh", nil).json()["items"].([]any)
		if len(found) == 0 || found[0].(map[string]any)["code"] != birth {
			t.Errorf("khai sinh finds %v", found)
		}
		for _, it := range w.people["nobody"].want(200, "GET", "/api/v1/procedures?level=4", nil).json()["items"].([]any) {
			if it.(map[string]any)["level"] != 4.0 {
				t.Errorf("level=4 gives %v", it)
			}
		}
	})
}

// TestAPIGuess: who tries codes is slowed down, who knows them is not.
func TestAPIGuess(t *testing.T) {
	w := newWorld(t, dbtest.SQLite(t))
	nobody := w.people["nobody"]
	d := w.file(t, birth, example(t, w, birth, "returned")).json()
	for range 40 {
		nobody.want(200, "GET", "/api/v1/track?code="+d["code"].(string)+"&tail="+d["tail"].(string), nil)
	}
	for i := range 40 {
		r := nobody.send("GET", fmt.Sprintf("/api/v1/track?code=%s&tail=%04d", d["code"], i), nil)
		if r.StatusCode == http.StatusTooManyRequests {
			if r.Header.Get("Retry-After") == "" {
				t.Error("429 without Retry-After")
			}
			return
		}
	}
	t.Error("40 tails were tried and nothing happened")
}

// TestAPIBusiness: who may act for an organisation says for whom he files.
func TestAPIBusiness(t *testing.T) {
	w := newWorld(t, dbtest.SQLite(t))
	business, org := w.people["business"], w.cast["business"].Mandates[0]
	for _, it := range w.people["nobody"].want(200, "GET", "/api/v1/procedures", nil).json()["items"].([]any) {
		code := it.(map[string]any)["code"].(string)
		p := w.people["nobody"].want(200, "GET", "/api/v1/procedures/"+code, nil).json()
		for _, e := range p["examples"].([]any) {
			x := e.(map[string]any)
			if x["applicant"] != "business" {
				continue
			}
			body := bodyOf(w, "business", code, x)
			for said, name := range map[string]string{"": w.cast["business"].Name, org.Number: org.Name, org.Org.String(): org.Name} {
				if body["org"] = said; said == "" {
					delete(body, "org")
				}
				d := business.want(201, "POST", "/api/v1/dossiers", body).json()
				if d["name"] != name || d["tail"] == nil {
					t.Errorf("org %q: filed for %v, tail %v; want %s", said, d["name"], d["tail"], name)
				}
				business.want(200, "GET", "/api/v1/dossiers/"+d["id"].(string), nil)
			}
			return
		}
	}
	t.Error("no example is a business's")
}

// TestAPICounter: a clerk files for a citizen, who stays the applicant.
func TestAPICounter(t *testing.T) {
	w := newWorld(t, dbtest.SQLite(t))
	x := example(t, w, birth, "returned")
	body := bodyOf(w, "clerk", birth, x)
	body["helped"] = map[string]any{"name": "Thử Người Nhà", "number": "001095000999", "phone": "0900000009"}
	d := w.people["clerk"].want(201, "POST", "/api/v1/dossiers", body).json()
	if d["name"] != "Thử Người Nhà" || d["channel"] != "counter" || d["tail"] != nil {
		t.Errorf("filed for %v by %v, tail %v", d["name"], d["channel"], d["tail"])
	}
	w.people["citizen"].want(404, "GET", "/api/v1/dossiers/"+d["id"].(string), nil)
}
