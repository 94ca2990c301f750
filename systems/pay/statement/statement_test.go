package statement

import (
	"fmt"
	"strings"
	"testing"
)

const head = `<?xml version="1.0" encoding="UTF-8"?><Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.053.001.02"><BkToCstmrStmt><Stmt><Id>1</Id>`
const foot = `</Stmt></BkToCstmrStmt></Document>`

func ntry(amount, sign, status, ref, details string) string {
	return fmt.Sprintf(`<Ntry><Amt Ccy="VND">%s</Amt><CdtDbtInd>%s</CdtDbtInd><Sts>%s</Sts><BookgDt><Dt>2020-03-02</Dt></BookgDt><AcctSvcrRef>%s</AcctSvcrRef>%s</Ntry>`, amount, sign, status, ref, details)
}

func acct(id string) string { return "<Acct><Id>" + id + "</Id></Acct>" }

func TestRead(t *testing.T) {
	tx := `<NtryDtls><TxDtls><RltdPties><Dbtr><Nm>NGUYEN VAN THU</Nm></Dbtr></RltdPties><RmtInf><Ustrd>MC00 nop</Ustrd><Ustrd>phi</Ustrd></RmtInf></TxDtls></NtryDtls>`
	batch := `<NtryDtls><TxDtls><Refs><AcctSvcrRef>B1</AcctSvcrRef></Refs><Amt Ccy="VND">60</Amt></TxDtls><TxDtls><AmtDtls><TxAmt><Amt Ccy="VND">40</Amt></TxAmt></AmtDtls></TxDtls></NtryDtls>`
	for _, x := range []struct{ name, file, want, rejects string }{
		{"camt", head + ntry("100000.00", "CRDT", "BOOK", "FT1", tx) + foot, "[{FT1 2020-03-02 100000 NGUYEN VAN THU MC00 nop phi}]", "[]"},
		{"version 8", head + ntry("5", "CRDT", "<Cd>BOOK</Cd>", "FT2", strings.NewReplacer("<Nm>", "<Pty><Nm>", "</Nm>", "</Nm></Pty>").Replace(tx)) + foot, "[{FT2 2020-03-02 5 NGUYEN VAN THU MC00 nop phi}]", "[]"},
		{"money out", head + ntry("7", "DBIT", "BOOK", "FT3", "") + foot, "[{FT3 2020-03-02 -7  }]", "[]"},
		{"a batch", head + ntry("100", "CRDT", "BOOK", "B", batch) + foot, "[{B1 2020-03-02 60  } {B/2 2020-03-02 40  }]", "[]"},
		{"a batch that does not add up", head + ntry("101", "CRDT", "BOOK", "B", batch) + foot, "[]", "[{1 its transactions add up to 100, not 101}]"},
		{"not booked", head + ntry("1", "CRDT", "PDNG", "P", "") + ntry("2", "CRDT", "BOOK", "Q", "") + foot, "[{Q 2020-03-02 2  }]", `[{1 status "PDNG": only what is booked counts}]`},
		{"parts of a đồng", head + ntry("1.5", "CRDT", "BOOK", "P", "") + foot, "[]", `[{1 amount "1.5": there is no smaller part}]`},
		{"no number", head + ntry("1", "CRDT", "BOOK", "", "") + foot, "[]", "[{1 it has no number of the bank's own, by which it could be counted once}]"},
		{"its account", head + acct("<Othr><Id>351126</Id></Othr>") + ntry("3", "CRDT", "BOOK", "Z", "") + foot, "[{Z 2020-03-02 3  }]", "[]"},
		{"two accounts", head + acct("<IBAN>DE02 1</IBAN>") + ntry("1", "CRDT", "BOOK", "X", "") + "</Stmt><Stmt>" + acct("<Othr><Id>351126</Id></Othr>") + ntry("2", "CRDT", "BOOK", "Y", "") + foot,
			"[{Y 2020-03-02 2  }]", `[{1 it is of account "DE021": this body's is "351126"}]`},
		{"an account of nobody after another's", head + acct("<IBAN>DE021</IBAN>") + "</Stmt><Stmt>" + ntry("2", "CRDT", "BOOK", "Y", "") + foot, "[{Y 2020-03-02 2  }]", "[]"},
		{"csv of two accounts", "ref,date,amount,payer,text,account\nA,2020-03-02,1,,,351126\nB,2020-03-02,1,,,9\n", "[{A 2020-03-02 1  }]", `[{2 it is of account "9": this body's is "351126"}]`},
		{"csv", "ref,date,amount,payer,text\nA,2020-03-02,100,Thử,\"MC1, ok\"\nB,02/03/2020,1,,\nC,2020-03-02,-5,,\n", "[{A 2020-03-02 100 Thử MC1, ok} {C 2020-03-02 -5  }]", `[{2 day "02/03/2020": want YYYY-MM-DD}]`},
		{"csv with semicolons", "\ufefftext;amount;date;ref;payer;more\nx;1;2020-03-02;R;p;\n", "[{R 2020-03-02 1 p x}]", "[]"},
	} {
		lines, rejects, err := Read([]byte(x.file), "351126")
		if err != nil {
			t.Errorf("%s: %v", x.name, err)
			continue
		}
		if got := fmt.Sprint(lines); got != x.want {
			t.Errorf("%s: lines %s, want %s", x.name, got, x.want)
		}
		if got := fmt.Sprint(rejects); got != x.rejects {
			t.Errorf("%s: rejects %s, want %s", x.name, got, x.rejects)
		}
	}
}

// TestBombs finds that entities, document types and deep nesting are refused
// before they grow.
func TestBombs(t *testing.T) {
	for name, file := range map[string]string{
		"document type":    `<!DOCTYPE Document [<!ENTITY a "b">]>` + head + ntry("1", "CRDT", "BOOK", "&a;", "") + foot,
		"outside entity":   `<!DOCTYPE Document SYSTEM "file:///etc/passwd">` + head + foot,
		"type inside":      head + `<Ntry><!DOCTYPE x></Ntry>` + foot,
		"unknown entity":   head + "<Id>&lol;</Id>" + foot,
		"nested":           head + strings.Repeat("<a>", 100_000) + strings.Repeat("</a>", 100_000) + foot,
		"nested in entry":  head + "<Ntry>" + strings.Repeat("<a>", 100_000) + strings.Repeat("</a>", 100_000) + "</Ntry>" + foot,
		"something else":   `<svg></svg>`,
		"not closed":       head,
		"large":            strings.Repeat(" ", Most+1),
		"two documents":    head + foot + `<Document></Document>`,
		"csv without head": "a,b\n1,2\n",
	} {
		if lines, _, err := Read([]byte(file), ""); err == nil {
			t.Errorf("%s: taken, %d lines", name, len(lines))
		}
	}
}

func fuzz(f *testing.F, seeds ...string) {
	for _, s := range seeds {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		lines, _, err := Read(b, "351126")
		if err != nil && len(lines) > 0 {
			t.Errorf("%d lines of what was refused: %v", len(lines), err)
		}
		for _, l := range lines {
			if was := l; l.whole() != nil || l != was {
				t.Errorf("a line that is not whole: %+v", was)
			}
		}
	})
}

func FuzzCAMT(f *testing.F) {
	fuzz(f, head+ntry("100000.00", "CRDT", "BOOK", "FT1", "")+foot, head+foot, `<!DOCTYPE a [<!ENTITY b "c">]><Document/>`)
}

func FuzzCSV(f *testing.F) {
	fuzz(f, "ref,date,amount,payer,text\nA,2020-03-02,100,Thử,\"MC1, ok\"\n", "ref;date;amount;payer;text\n\"")
}
