package register

import (
	"bytes"
	"context"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"

	"motcua/base/db"
	"motcua/base/fault"
	"motcua/base/lang"
	"motcua/base/pades"
	"motcua/base/pdf"
	"motcua/base/ui"
	"motcua/base/web"
	"motcua/kernel"
	"motcua/kernel/dossier"
	"motcua/kernel/paper"
	"motcua/kernel/sign"
	"motcua/kernel/who"
)

// heads are the columns of the form.
var heads = []string{"no", "code", "service", "name", "channel", "received", "due", "ended", "outcome", "state"}

// lines are the register's cells, its head first.
func lines(a *kernel.App, v lang.Voice, all []*dossier.Dossier) [][]string {
	out := [][]string{make([]string, len(heads))}
	for i, h := range heads {
		out[0][i] = v.T("register.col." + h)
	}
	day := func(t time.Time) string {
		if t.IsZero() {
			return ""
		}
		return t.In(v.Zone).Format("15:04 02/01/2006")
	}
	for i, d := range all {
		title, state := d.Kind, string(d.State)
		if k, err := a.Kind(d.Kind, d.KindVersion); err == nil {
			title, state = v.Of(k.Title), kernel.StateTitle(v, k, d.State)
		}
		channel := "register.channel." + d.Channel
		if !a.Texts.Has(channel) {
			channel = "register.channel.online"
		}
		out = append(out, []string{strconv.Itoa(i + 1), d.Code, title, d.Name, v.T(channel), day(d.Started), day(d.Due), day(d.Ended), outcome(v, a.Now(), d), state})
	}
	return out
}

// outcome is how the promise stood when the register was drawn up.
func outcome(v lang.Voice, now time.Time, d *dossier.Dossier) string {
	key := "running"
	switch {
	case d.Due.IsZero():
		key = "none"
	case !d.Ended.IsZero() && d.Ended.After(d.Due), d.Ended.IsZero() && d.Waiting.IsZero() && now.After(d.Due):
		key = "late"
	case d.Ended.IsZero() && !d.Waiting.IsZero():
		key = "waiting"
	case d.Ended.IsZero():
	case v.Day(d.Ended) == v.Day(d.Due):
		key = "ontime"
	default:
		key = "early"
	}
	return v.T("register.outcome." + key)
}

// bom lets office programs see that the file is UTF-8.
const bom = "\ufeff"

// write is the lines as CSV. A cell that a spreadsheet would run as a formula
// begins with an apostrophe.
func write(all [][]string) ([]byte, error) {
	var b bytes.Buffer
	b.WriteString(bom)
	w := csv.NewWriter(&b)
	for _, line := range all {
		safe := make([]string, len(line))
		for i, s := range line {
			if s != "" && strings.ContainsRune("=+-@\t\r", rune(s[0])) {
				s = "'" + s
			}
			safe[i] = s
		}
		if err := w.Write(safe); err != nil {
			return nil, err
		}
	}
	w.Flush()
	return b.Bytes(), w.Error()
}

// read is what write wrote.
func read(data []byte) ([][]string, error) {
	all, err := csv.NewReader(bytes.NewReader(bytes.TrimPrefix(data, []byte(bom)))).ReadAll()
	for _, line := range all {
		for i, s := range line {
			if len(s) > 1 && s[0] == '\'' && strings.ContainsRune("=+-@\t\r", rune(s[1])) {
				line[i] = s[1:]
			}
		}
	}
	return all, err
}

// paper answers the signed register, as it is kept or as it is made now.
func (x *books) paper(r *kernel.Request) (web.Answer, error) {
	b, err := find(r)
	if err != nil {
		return web.Answer{}, err
	}
	select {
	case x.turn <- struct{}{}:
		defer func() { <-x.turn }()
	case <-r.Context().Done():
		return web.Answer{}, fault.New(fault.Unavailable, "paper.busy")
	}
	if b, err = find(r); err != nil { // somebody else may have waited for the same
		return web.Answer{}, err
	}
	if b.Sum == "" {
		if b.Sum, err = issue(r.Context(), r.App, b); err != nil {
			return web.Answer{}, err
		}
	}
	if err := took(r, b); err != nil {
		return web.Answer{}, err
	}
	data, err := stored(r.App, b.Sum)
	return web.File(name(b)+".pdf", "application/pdf", data, r.URL.Query().Has("download")), err
}

// issue makes and signs the paper of b, keeps it and records its hash. Of two
// programs that made the same, the first one's is kept.
func issue(ctx context.Context, a *kernel.App, b Book) (kept string, err error) {
	proof, err := paper.Proof(ctx, a.Log, b.ID)
	if err != nil {
		return "", err
	}
	key, at, err := a.Keys.Speaking(ctx, b.Body, a.Seal, b.At, a.Now())
	if err != nil {
		return "", err
	}
	doc, err := sheet(a, b, key)
	if err != nil {
		return "", err
	}
	made, err := pdf.Make(doc, a.Front.Fonts)
	if err != nil {
		return "", err
	}
	f, law := official(a, b)
	text, err := json.Marshal(paper.Statement{Motcua: 1, Doc: "register", Form: f, Law: law, Node: a.Node, Act: b.ID, Version: 1, Proof: proof, Key: a.Log.PublicKey()})
	if err != nil {
		return "", err
	}
	if made, err = pades.Attach(made, text); err != nil {
		return "", err
	}
	if made, err = a.Keys.PDF(ctx, made, key.ID, doc.Title, at); err != nil {
		return "", err
	}
	sum, err := a.Blobs.PutBytes(ctx, made)
	if err != nil {
		return "", err
	}
	err = a.DB.Write(ctx, func(tx *db.Tx) error {
		n, err := tx.Exec(`update register set sum = $1 where id = $2 and sum = ''`, sum.String(), b.ID)
		if err != nil {
			return err
		}
		if n == 0 {
			return tx.Row(`select sum from register where id = $1`, b.ID).Scan(&kept)
		}
		kept = sum.String()
		says := map[string]any{"sha256": kept}
		if key.Body != "" {
			says["seal"] = key.ID
			if err := a.Keys.Sealed(tx, sign.Use{Key: key.ID, What: doc.Title + ", " + doc.Subtitle, At: a.Now(), File: sum}); err != nil {
				return err
			}
		}
		return a.Engine.Record(tx, who.Person{}, "register.issue", b.ID, says)
	})
	return kept, err
}

// official is the number of the form on the day it was drawn up, and of the act that brought it.
func official(a *kernel.App, b Book) (number, law string) {
	body, _ := a.Country.Body(b.Body)
	f := a.Forms.Form("register", b.At.In(voice(a, body).Zone).Format(time.DateOnly))
	act, ok := a.Law.Act(f.Law)
	if !ok {
		return f.Number, f.Law
	}
	return f.Number, act.Number
}

// sheet lays the register out.
func sheet(a *kernel.App, b Book, key sign.Key) (pdf.Doc, error) {
	data, err := stored(a, b.Data)
	if err != nil {
		return pdf.Doc{}, err
	}
	all, err := read(data)
	if err == nil && len(all) == 0 {
		err = io.ErrUnexpectedEOF
	}
	if err != nil {
		return pdf.Doc{}, fmt.Errorf("register %s: its lines cannot be read: %w", b.ID, err)
	}
	body, _ := a.Country.Body(b.Body)
	v := voice(a, body)
	f := a.Forms.Form("register", b.At.In(v.Zone).Format(time.DateOnly))
	number, law := official(a, b)
	doc := paper.Head(a, v, b.Body, b.At)
	doc.Size, doc.Title, doc.Subtitle = pdf.Wide, strings.ToUpper(v.Of(f.Title)), v.T("register.days", day(b.First), day(b.Last), b.Lines)
	doc.Form, doc.Code, doc.Subject = v.T("paper.official", number, law), v.T("register.foot", v.Of(body.Name), day(b.First), day(b.Last)), v.Of(f.Title)
	modules, err := ui.Modules(strings.Join([]string{a.URL + "/verify", b.ID.String(), b.Body, v.Of(f.Title), b.First + "/" + b.Last, a.Node, b.At.In(v.Zone).Format("20060102T1504")}, "\n"))
	if err != nil {
		return doc, err
	}
	doc.Mark = pdf.QR{Modules: modules}
	stamp := pdf.Signatures{{Lines: []pdf.Line{{Text: strings.ToUpper(v.T("paper.receiver")), Bold: true}},
		Stamp: []string{v.T("paper.sealed.by", key.Certificate.Subject.CommonName), v.T("register.by", b.Name), v.T("paper.signed.at", b.At.In(v.Zone).Format("15:04:05, 02/01/2006"))}}}
	doc.Body = []pdf.Block{
		pdf.Table{Head: all[0], Widths: []float64{1.2, 5.6, 4.2, 3.9, 1.9, 2.5, 2.5, 2.5, 1.9, 2.6}, Cells: all[1:], Grid: true, Small: true},
		pdf.Together{pdf.Text{Text: v.Of(f.Closing), Small: true}, stamp}}
	return doc, nil
}

// day writes a stored date as people do.
func day(s string) string {
	t, err := time.Parse(time.DateOnly, s)
	if err != nil {
		return s
	}
	return t.Format("02/01/2006")
}
