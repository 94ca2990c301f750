// Package office is a body's money before its clerks: statements to bring, what
// is not matched, what is owed back, the day's books and the till.
package office

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"motcua/base/db"
	"motcua/base/fault"
	"motcua/base/id"
	"motcua/base/web"
	"motcua/kernel"
	"motcua/kernel/dossier"
	"motcua/kernel/who"
	"motcua/systems/pay/book"
	"motcua/systems/pay/statement"
)

// A Desk is these pages on one node.
type Desk struct {
	App    *kernel.App
	Folder string                                   // where the bank puts statements; "" none
	Bank   func(body string) (bank, account string) // that keeps the body's account, where its numbers of payments are unique
}

// Routes are the pages.
func (d *Desk) Routes() []kernel.Route {
	money, till := kernel.Roles(who.Clerk, who.Leader), kernel.Roles(who.Clerk)
	return []kernel.Route{
		{Pattern: "GET /work/money", Who: money, Do: d.office},
		{Pattern: "POST /work/money/statement", Who: money, Do: d.upload, Limit: 24 << 20},
		{Pattern: "GET /work/money/day", Who: money, Do: d.showDay},
		{Pattern: "GET /work/money/day/file", Who: money, Do: d.fileDay},
		{Pattern: "GET /work/money/till", Who: till, Do: d.showTill},
		{Pattern: "POST /work/money/till", Who: till, Do: d.till},
	}
}

// bodies are those whose money r's person works with.
func bodies(r *kernel.Request, roles ...who.Role) (all []string) {
	for _, g := range r.Me.Grants {
		if slices.Contains(roles, g.Role) && g.Body != "" && !slices.Contains(all, g.Body) {
			all = append(all, g.Body)
		}
	}
	return all
}

// body is the one asked for, if it is his; without one the first of his.
func body(r *kernel.Request, asked string, roles ...who.Role) (string, error) {
	for _, b := range bodies(r, roles...) {
		if asked == "" || b == asked {
			return b, nil
		}
	}
	return "", fault.New(fault.Forbidden, "web.notyours")
}

// A lineRow is a line of a statement and what became of it; one that could not
// be read has the reason for its words.
type lineRow struct {
	ref, day, payer, words, outcome string
	amount                          int64
	dossier                         id.ID
}

// An officeView is the money of a body that somebody must look at.
type officeView struct {
	r                     *kernel.Request
	body                  string
	bodies                []string
	unmatched, owed, open []*dossier.Dossier
	lines                 []lineRow
	wrong                 string
}

func (d *Desk) office(r *kernel.Request) (web.Answer, error) { return d.work(r, r.URL.Query(), "") }

func (d *Desk) work(r *kernel.Request, q url.Values, wrong string) (web.Answer, error) {
	b, err := body(r, q.Get("body"), who.Clerk, who.Leader)
	if err != nil {
		return web.Answer{}, err
	}
	v := officeView{r: r, body: b, bodies: bodies(r, who.Clerk, who.Leader), wrong: wrong}
	for _, x := range []struct {
		kind  string
		state dossier.State
		into  *[]*dossier.Dossier
	}{{book.Money, "unmatched", &v.unmatched}, {book.Order, "owed", &v.owed}, {book.Order, "open", &v.open}} {
		rows, _, err := d.App.Engine.Rows(r.Context(), dossier.List{Me: r.Me, Inbox: "all", Body: b, Kind: x.kind, Stand: x.state, Limit: 100})
		if err != nil {
			return web.Answer{}, err
		}
		for _, row := range rows { // with its acts: how much
			o, err := d.App.Engine.Find(r.Context(), row.ID)
			if err != nil {
				return web.Answer{}, err
			}
			*x.into = append(*x.into, o)
		}
	}
	if file := q.Get("file"); file != "" {
		err = d.App.DB.Read(r.Context(), func(tx *db.Tx) (err error) {
			v.lines, err = db.List(tx, func(into func(...any) error) (l lineRow, err error) {
				return l, into(&l.ref, &l.day, &l.payer, &l.words, &l.outcome, &l.amount, &l.dossier)
			}, `select ref, day, payer, words, outcome, amount, dossier from pay_line where file = $1 and body = $2 order by ref limit 2000`, file, b)
			return err
		})
		if err != nil {
			return web.Answer{}, err
		}
	}
	if wrong != "" {
		return web.ShowWrong(officePage(v))
	}
	return web.Show(officePage(v))
}

// upload takes a statement that a clerk brings.
func (d *Desk) upload(r *kernel.Request) (web.Answer, error) {
	if err := r.ParseMultipartForm(1 << 20); err != nil {
		return web.Answer{}, fault.New(fault.Invalid, "fault.invalid")
	}
	b, err := body(r, r.PostFormValue("body"), who.Clerk, who.Leader)
	if err != nil {
		return web.Answer{}, err
	}
	f, _, err := r.FormFile("statement")
	if err != nil {
		return d.work(r, url.Values{"body": {b}}, r.T("form.required"))
	}
	defer f.Close()
	text, err := io.ReadAll(io.LimitReader(f, statement.Most+1))
	if err != nil {
		return web.Answer{}, err
	}
	file, err := d.Bring(r.Context(), r.Me, b, text)
	if errors.Is(err, statement.ErrFile) {
		return d.work(r, url.Values{"body": {b}}, r.T("pay.statement.bad", err.Error()))
	}
	if err != nil {
		return web.Answer{}, err
	}
	return web.Goto("/work/money?%s#lines", url.Values{"body": {b}, "file": {file}}.Encode())
}

// Bring counts the lines of a statement of the account of body b. It may be
// brought again, whole or in part: a line is counted once.
func (d *Desk) Bring(ctx context.Context, by who.Person, b string, text []byte) (file string, err error) {
	bank, account := d.Bank(b)
	lines, rejects, err := statement.Read(text, account)
	if err != nil {
		return "", err
	}
	sum := sha256.Sum256(text)
	file = hex.EncodeToString(sum[:12])
	for _, l := range lines {
		l.Ref = bank + "/" + l.Ref
		outcome, n := book.Outcome("out"), id.ID(0)
		if l.Amount > 0 {
			order, _ := book.Reference(l.Words)
			outcome, n, err = book.Take(ctx, d.App.Engine, book.Payment{Source: book.Bank, Ref: l.Ref, Amount: l.Amount, Day: l.Day, Payer: l.Payer, Words: l.Words, Order: order, Body: b})
			if errors.Is(err, fault.Invalid) { // the same number with another amount
				outcome, err = "differs", nil
			}
			if err != nil {
				return "", err
			}
		}
		if err := d.line(ctx, b, file, l, outcome, n); err != nil {
			return "", err
		}
	}
	for _, x := range rejects {
		l := statement.Line{Ref: fmt.Sprintf("%s/%d", file, x.N), Words: x.Reason}
		if err := d.line(ctx, b, file, l, "rejected", 0); err != nil {
			return "", err
		}
	}
	return file, d.App.DB.Write(ctx, func(tx *db.Tx) error {
		return d.App.Engine.Record(tx, by, "pay.statement", d.App.IDs.New(), map[string]any{"body": b, "sha256": hex.EncodeToString(sum[:]), "lines": len(lines), "rejected": len(rejects)})
	})
}

// line notes a line under the body whose money it became, once; a statement
// brought again shows its lines under the newer file.
func (d *Desk) line(ctx context.Context, b, file string, l statement.Line, outcome book.Outcome, n id.ID) error {
	return d.App.DB.Write(ctx, func(tx *db.Tx) error {
		err := tx.Row(`select body, day from pay_entry where source = 'bank' and ref = $1`, l.Ref).Scan(&b, &l.Day)
		if err != nil && !errors.Is(err, fault.NotFound) {
			return err
		}
		_, err = tx.Exec(`insert into pay_line (ref, body, day, amount, payer, words, outcome, dossier, file, at) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
			on conflict (ref) do update set file = excluded.file`, l.Ref, b, l.Day, l.Amount, l.Payer, l.Words, string(outcome), n, file, db.At(d.App.Now()))
		return err
	})
}

// Read reads what the bank put into the folder of each body; what was read is
// renamed, so that it is not read each minute.
func (d *Desk) Read(ctx context.Context) error {
	if d.Folder == "" {
		return nil
	}
	names, err := filepath.Glob(filepath.Join(d.Folder, "*", "*"))
	for _, name := range names {
		b, ok := d.App.Country.Body(filepath.Base(filepath.Dir(name)))
		info, err := os.Lstat(name)
		if ext := strings.ToLower(filepath.Ext(name)); !ok || err != nil || !info.Mode().IsRegular() || ext != ".xml" && ext != ".csv" {
			continue
		}
		end := ".read"
		text, err := os.ReadFile(name)
		if err == nil {
			_, err = d.Bring(ctx, who.Person{}, b.Code, text)
		}
		if errors.Is(err, statement.ErrFile) {
			slog.Warn("a bank statement cannot be read", "file", filepath.Base(name), "err", err)
			end, err = ".refused", nil
		}
		if err == nil {
			err = os.Rename(name, name+end)
		}
		if err != nil {
			return err
		}
	}
	return err
}
