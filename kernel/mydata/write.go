package mydata

import (
	"archive/zip"
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"html/template"
	"io"
	"path"
	"strings"
	"time"

	"motcua/base/blob"
	"motcua/base/db"
	"motcua/base/fault"
	"motcua/base/id"
	"motcua/base/lang"
	"motcua/base/web"
	"motcua/kernel"
	"motcua/kernel/dossier"
	"motcua/kernel/form"
	"motcua/kernel/who"
)

// Schema names the shape of data.json: docs/my-data.md.
const Schema = "motcua/my-data/1"

// Data is data.json. Times are RFC 3339 in UTC.
type Data struct {
	Schema   string    `json:"schema"`
	Node     string    `json:"node"`
	Made     time.Time `json:"made"`
	Person   Person    `json:"person"`
	Mandates []Mandate `json:"mandates"`
	Devices  []Device  `json:"devices"`
	Dossiers []Dossier `json:"dossiers"`
	Readings []Reading `json:"readings"`
	// Reported are dossiers of his that other bodies report, each the line that they sent.
	Reported []json.RawMessage `json:"reported"`
	Kept     map[string]any    `json:"kept"` // by part of the program or table, such as consents under eid
}

type (
	// A Person is what the register knows of him.
	Person struct {
		ID     id.ID  `json:"id"`
		Login  string `json:"login"`
		Name   string `json:"name"`
		Email  string `json:"email"`
		Phone  string `json:"phone"`
		Number string `json:"number"`
		Born   string `json:"born"`
		Lang   string `json:"lang"`
	}
	// A Mandate lets him act for an organisation or a person or, given, somebody act for him.
	Mandate struct {
		Name     string      `json:"name"`
		Number   string      `json:"number"`
		Given    bool        `json:"given,omitempty"`
		Head     bool        `json:"head,omitempty"`
		Services []string    `json:"services,omitempty"`
		Powers   []who.Power `json:"powers,omitempty"`
		Until    *time.Time  `json:"until,omitempty"`
		State    string      `json:"state"`
	}
	// A Device is a browser where he is signed in.
	Device struct {
		Name  string    `json:"name"`
		Since time.Time `json:"since"`
	}
	// A Dossier is one that he asked for, with what was done.
	Dossier struct {
		ID      id.ID        `json:"id"`
		Code    string       `json:"code"`
		Kind    string       `json:"kind"`
		Title   string       `json:"title"`
		Body    string       `json:"body"`
		State   string       `json:"state"`
		Opened  time.Time    `json:"opened"`
		Due     *time.Time   `json:"due,omitempty"`
		Ended   *time.Time   `json:"ended,omitempty"`
		Answers form.Answers `json:"answers"`
		Acts    []Act        `json:"acts"`
		Papers  []Paper      `json:"papers"`
	}
	// An Act is one thing done; what officials note for one another is not his.
	Act struct {
		ID      id.ID            `json:"id"`
		Act     string           `json:"act"`
		At      time.Time        `json:"at"`
		As      string           `json:"as"`
		Name    string           `json:"name,omitempty"`
		To      string           `json:"to,omitempty"`
		Reasons []dossier.Reason `json:"reasons,omitempty"`
	}
	// A Paper is a file of the ZIP.
	Paper struct {
		Path string `json:"path"`
		Name string `json:"name"`
		Type string `json:"type"`
		Sum  string `json:"sha256"`
	}
	// A Reading is one by an official, a portal or a command.
	Reading struct {
		Dossier id.ID     `json:"dossier,omitzero"`
		At      time.Time `json:"at"`
		Body    string    `json:"body"`
		Role    string    `json:"role"`
		Way     string    `json:"way"`
		Purpose string    `json:"purpose"`
	}
)

// A bag is the ZIP on its way, with the hash of each file in it.
type bag struct {
	zip      *zip.Writer
	at       time.Time
	manifest bytes.Buffer
}

func (b *bag) put(name string, r io.Reader) error {
	w, err := b.zip.CreateHeader(&zip.FileHeader{Name: name, Method: zip.Deflate, Modified: b.at})
	if err != nil {
		return err
	}
	h := sha256.New()
	if _, err := io.Copy(io.MultiWriter(w, h), r); err != nil {
		return err
	}
	fmt.Fprintf(&b.manifest, "%s  %s\n", hex.EncodeToString(h.Sum(nil)), name)
	return nil
}

// write writes all of p's data. Papers are copied one after the other: however many
// there are, one is in memory at most.
func write(ctx context.Context, a *kernel.App, p who.Person, out io.Writer) error {
	v := a.Voice(p.Lang, "")
	b := &bag{zip: zip.NewWriter(out), at: a.Now()}
	d := Data{Schema: Schema, Node: a.Node, Made: a.Now().UTC(), Person: Person{p.ID, p.Login, p.Name, p.Email, p.Phone, p.Number, p.Born, string(p.Lang)},
		Mandates: []Mandate{}, Devices: []Device{}, Dossiers: []Dossier{}, Readings: []Reading{}, Reported: []json.RawMessage{}, Kept: map[string]any{}}
	own, err := gather(ctx, a, p, &d)
	if err != nil {
		return err
	}
	for _, n := range own {
		if err := b.dossier(ctx, a, v, n, &d); err != nil {
			return err
		}
	}
	said, err := json.MarshalIndent(d, "", "  ")
	if err != nil {
		return err
	}
	if err := b.put("data.json", bytes.NewReader(said)); err != nil {
		return err
	}
	var html bytes.Buffer
	if err := index.Execute(&html, view{d, v}); err != nil {
		return err
	}
	if err := b.put("index.html", &html); err != nil {
		return err
	}
	w, err := b.zip.Create("manifest.sha256")
	if err == nil {
		_, err = b.manifest.WriteTo(w)
	}
	if err != nil {
		return err
	}
	return b.zip.Close()
}

// mandates are all that let him act for others, and others for him.
func (d *Data) mandates(tx *db.Tx, p who.Person) error {
	all, err := who.Mandates(tx, p.ID, p.ID)
	for _, m := range all {
		x := Mandate{Name: m.Name, Number: m.Number, Given: m.Org == p.ID, Head: m.Head, Services: m.Services, Powers: m.Powers, State: m.State}
		if !m.Until.IsZero() {
			x.Until = &m.Until
		}
		d.Mandates = append(d.Mandates, x)
	}
	return err
}

// gather reads what is small, and which dossiers are his own.
func gather(ctx context.Context, a *kernel.App, p who.Person, d *Data) (own []id.ID, err error) {
	err = a.DB.Read(ctx, func(tx *db.Tx) error {
		own, err = db.List(tx, func(into func(...any) error) (n id.ID, err error) { return n, into(&n) }, `select id from dossier where applicant = $1 and org = 0 order by id`, p.ID)
		if err != nil {
			return err
		}
		sessions, err := a.Sessions.Of(tx, web.Browser, p.ID)
		if err != nil {
			return err
		}
		for _, s := range sessions {
			d.Devices = append(d.Devices, Device{s.Label, s.Made.UTC()})
		}
		readings, err := a.Engine.Looked(tx, dossier.Look{Dossiers: own, About: p.ID, Limit: 100_000})
		if err != nil {
			return err
		}
		for _, x := range readings {
			d.Readings = append(d.Readings, Reading{x.Dossier, x.At.UTC(), x.Body, x.Role, string(x.Way), string(x.Purpose)})
		}
		for _, s := range a.Systems {
			if s.Keeps != nil && s.Keeps(a).Tell != nil {
				if d.Kept[s.Name], err = s.Keeps(a).Tell(tx, p); err != nil {
					return err
				}
			}
			for _, t := range s.Held {
				rows, err := t.Rows(tx, p.ID)
				if err != nil {
					return err
				}
				if len(rows) > 0 {
					d.Kept[t.Name] = rows
				}
			}
		}
		return d.mandates(tx, p)
	})
	if err != nil || p.Number == "" {
		return own, err
	}
	reported, err := a.Mirror.Of(ctx, []string{p.Number}, "", 0, 100_000)
	for _, x := range reported {
		d.Reported = append(d.Reported, json.RawMessage(x.Line))
	}
	return own, err
}

func (b *bag) dossier(ctx context.Context, a *kernel.App, v lang.Voice, n id.ID, d *Data) error {
	x, err := a.Engine.Find(ctx, n)
	if err != nil {
		return err
	}
	body, _ := a.Country.Body(x.Body)
	out := Dossier{ID: x.ID, Code: x.Code, Kind: x.Kind, Body: v.Of(body.Name), State: string(x.State), Opened: x.Opened, Answers: x.Answers, Acts: []Act{}, Papers: []Paper{}}
	if k, err := a.Kind(x.Kind, x.KindVersion); err == nil {
		out.Title, out.State = v.Of(k.Title), kernel.StateTitle(v, k, x.State)
	}
	if !x.Due.IsZero() {
		out.Due = &x.Due
	}
	if !x.Ended.IsZero() {
		out.Ended = &x.Ended
	}
	for _, act := range x.Acts {
		if act.Act != "note" && act.Act != "assign" && act.Act != "claim" {
			e := act.Entry
			out.Acts = append(out.Acts, Act{act.ID, act.Act, act.At, string(e.As), e.Name, string(e.To), e.Reasons})
		}
	}
	papers, err := a.Engine.FilesOf(ctx, n)
	if err != nil {
		return err
	}
	for i, f := range papers {
		sum, err := blob.Parse(f.Sum)
		if err != nil {
			return err
		}
		if err := a.Files.Sound(ctx, f.Sum); err != nil {
			if !errors.Is(err, fault.Gone) {
				return err
			}
			out.Papers = append(out.Papers, Paper{"", f.Name, f.Type, f.Sum}) // malware: named, not given
			continue
		}
		name := path.Join("papers", x.Code, fmt.Sprintf("%02d-%s", i+1, plain(f.Name)))
		r, err := a.Blobs.Get(sum)
		if err != nil {
			return err
		}
		if err := b.put(name, r); err != nil {
			r.Close()
			return err
		}
		r.Close()
		out.Papers = append(out.Papers, Paper{name, f.Name, f.Type, f.Sum})
	}
	d.Dossiers = append(d.Dossiers, out)
	return nil
}

// plain is a name that no program that unpacks takes for a path.
func plain(name string) string {
	return strings.Map(func(r rune) rune {
		if r < ' ' || strings.ContainsRune(`/\:*?"<>|`, r) {
			return '_'
		}
		return r
	}, strings.TrimLeft(name, "."))
}

// A view is what the page to read shows.
type view struct {
	Data
	v lang.Voice
}

// T says a text, At a time.
func (x view) T(key string) string      { return x.v.T("mydata." + key) }
func (x view) At(t time.Time) string    { return x.v.Moment(t) }
func (x view) Lang() string             { return string(x.v.Lang) }
func (x view) Count(n []Reading) string { return x.v.Number(int64(len(n))) }

// index is a page by itself: it is read from a disk, where nothing else is.
var index = template.Must(template.New("index").Parse(`<!doctype html>
<html lang="{{.Lang}}"><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>{{.T "title"}}</title>
<style>body{font:1rem/1.5 system-ui,sans-serif;max-width:46rem;margin:2rem auto;padding:0 1rem;color-scheme:light dark}dt{font-weight:600}dd{margin:0 0 .5rem}</style>
<h1>{{.T "title"}}</h1><p>{{.At .Made}}</p>
<dl><dt>{{.T "name"}}</dt><dd>{{.Person.Name}}</dd><dt>{{.T "number"}}</dt><dd>{{.Person.Number}}</dd><dt>{{.T "contacts"}}</dt><dd>{{.Person.Email}} {{.Person.Phone}}</dd></dl>
<h2>{{.T "dossiers"}}</h2>{{$x := .}}
{{range .Dossiers}}<article><h3>{{.Code}}, {{.Title}}</h3><p>{{.Body}}: {{.State}}</p>
<ul>{{range .Acts}}<li>{{$x.At .At}} {{.Act}} {{.Name}}</li>{{end}}</ul>
<ul>{{range .Papers}}<li>{{if .Path}}<a href="{{.Path}}">{{.Name}}</a>{{else}}{{.Name}}{{end}}</li>{{end}}</ul></article>{{end}}
<h2>{{.T "readings"}}: {{.Count .Readings}}</h2>
<ul>{{range .Readings}}<li>{{$x.At .At}} {{.Body}} {{.Role}} {{.Way}}</li>{{end}}</ul>
</html>
`))
