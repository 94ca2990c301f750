package bank

import (
	"encoding/csv"
	"encoding/xml"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// Transfer books money to an account and returns the bank's number of it.
func (b *Bank) Transfer(account, payer, words string, amount int64) string {
	b.mu.Lock()
	defer b.mu.Unlock()
	m := move{ref: b.number("FT"), account: account, payer: payer, words: words, amount: amount, at: b.Now()}
	b.moves = append(b.moves, m)
	return m.ref
}

// lines are those of a day ("" all) and account ("" all), as the bank tells
// them: where it misbehaves, some twice and in any order.
func (b *Bank) lines(day, account string) (all []move) {
	twice := b.fault("twice", 3)
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, m := range b.moves {
		if (day == "" || m.at.Format(time.DateOnly) == day) && (account == "" || m.account == account) {
			all = append(all, m)
			if twice && b.rng.IntN(4) == 0 {
				all = append(all, m)
			}
		}
	}
	if b.Seed != 0 {
		b.rng.Shuffle(len(all), func(i, j int) { all[i], all[j] = all[j], all[i] })
	}
	return all
}

// Tell writes what moved since it was last called into the folder of each
// account: a statement of its own, complete when it has its name.
func (b *Bank) Tell() error {
	b.mu.Lock()
	fresh := b.moves[b.told:]
	b.told = len(b.moves)
	b.mu.Unlock()
	by := map[string][]move{}
	for _, m := range fresh {
		by[m.account] = append(by[m.account], m)
	}
	for account, folder := range b.Folders {
		if len(by[account]) == 0 {
			continue
		}
		name := filepath.Join(folder, account+"-"+by[account][0].ref)
		err := os.MkdirAll(folder, 0o700)
		if err == nil {
			err = os.WriteFile(name+".part", b.camtOf(account, by[account]), 0o600)
		}
		if err == nil {
			err = os.Rename(name+".part", name+".xml")
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// CAMT is the statement of a day as camt.053.001.02 (ISO 20022).
func (b *Bank) CAMT(day, account string) []byte { return b.camtOf(account, b.lines(day, account)) }

func (b *Bank) camtOf(account string, lines []move) []byte {
	esc := func(s string) string {
		var out strings.Builder
		xml.EscapeText(&out, []byte(s))
		return out.String()
	}
	var s strings.Builder
	s.WriteString(`<?xml version="1.0" encoding="UTF-8"?>` + "\n" + `<Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.053.001.02"><BkToCstmrStmt>`)
	fmt.Fprintf(&s, `<GrpHdr><MsgId>SB%d</MsgId><CreDtTm>%s</CreDtTm></GrpHdr>`, b.Now().UnixNano(), b.Now().UTC().Format(time.RFC3339))
	fmt.Fprintf(&s, `<Stmt><Id>SB</Id><Acct><Id><Othr><Id>%s</Id></Othr></Id><Ccy>VND</Ccy></Acct>`, esc(account))
	for _, m := range lines {
		sign, n := "CRDT", m.amount
		if n < 0 {
			sign, n = "DBIT", -n
		}
		fmt.Fprintf(&s, `<Ntry><Amt Ccy="VND">%d</Amt><CdtDbtInd>%s</CdtDbtInd><Sts>BOOK</Sts><BookgDt><Dt>%s</Dt></BookgDt><AcctSvcrRef>%s</AcctSvcrRef>`,
			n, sign, m.at.Format(time.DateOnly), esc(m.ref))
		fmt.Fprintf(&s, `<NtryDtls><TxDtls><RltdPties><Dbtr><Nm>%s</Nm></Dbtr></RltdPties><RmtInf><Ustrd>%s</Ustrd></RmtInf></TxDtls></NtryDtls></Ntry>`, esc(m.payer), esc(m.words))
	}
	s.WriteString(`</Stmt></BkToCstmrStmt></Document>` + "\n")
	return []byte(s.String())
}

func (b *Bank) camt(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Type", "application/xml")
	w.Header().Set("Content-Disposition", `attachment; filename="statement.xml"`)
	w.Write(b.CAMT(r.URL.Query().Get("day"), r.URL.Query().Get("account")))
}

func (b *Bank) csv(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Type", "text/csv; charset=utf-8")
	w.Header().Set("Content-Disposition", `attachment; filename="statement.csv"`)
	out := csv.NewWriter(w)
	out.Write([]string{"ref", "date", "amount", "payer", "text"})
	for _, m := range b.lines(r.URL.Query().Get("day"), r.URL.Query().Get("account")) {
		out.Write([]string{m.ref, m.at.Format(time.DateOnly), strconv.FormatInt(m.amount, 10), m.payer, m.words})
	}
	out.Flush()
}
