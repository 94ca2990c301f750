package statement

import (
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"strconv"
)

// An entry is one Ntry of camt.053, of which this much is read; version 2 and 8
// differ in how they write the status and the name of the payer.
type entry struct {
	Amount   sum    `xml:"Amt"`
	Sign     string `xml:"CdtDbtInd"`
	Reversal string `xml:"RvslInd"`
	Status   struct {
		Text string `xml:",chardata"`
		Code string `xml:"Cd"`
	} `xml:"Sts"`
	Booked struct {
		Day  string `xml:"Dt"`
		Time string `xml:"DtTm"`
	} `xml:"BookgDt"`
	Ref     string   `xml:"AcctSvcrRef"`
	Own     string   `xml:"NtryRef"`
	Details []detail `xml:"NtryDtls>TxDtls"`
}

type sum struct {
	Text     string `xml:",chardata"`
	Currency string `xml:"Ccy,attr"`
}

type detail struct {
	Ref    string   `xml:"Refs>AcctSvcrRef"`
	Amount sum      `xml:"Amt"`
	Old    sum      `xml:"AmtDtls>TxAmt>Amt"`
	Name   string   `xml:"RltdPties>Dbtr>Nm"`
	Party  string   `xml:"RltdPties>Dbtr>Pty>Nm"`
	Words  []string `xml:"RmtInf>Ustrd"`
}

// camt reads camt.053: entries one by one, so that a long statement needs no
// room, and nothing of the file decides what is read besides.
func camt(b []byte, account string) (lines []Line, rejects []Reject, err error) {
	d := xml.NewDecoder(bytes.NewReader(b))
	seen, depth, n := false, 0, 0
	var foreign error // why entries of the account being read are not taken
	for {
		t, err := d.RawToken()
		switch {
		case errors.Is(err, io.EOF) && seen && depth == 0:
			return lines, rejects, nil
		case err != nil:
			return nil, nil, fmt.Errorf("%w: %w", ErrFile, err)
		}
		switch t := t.(type) {
		case xml.Directive:
			return nil, nil, fmt.Errorf("%w: it declares a document type", ErrFile)
		case xml.EndElement:
			if depth--; depth < 0 {
				return nil, nil, fmt.Errorf("%w: more ends than beginnings", ErrFile)
			}
		case xml.StartElement:
			if depth == 0 && (seen || t.Name.Local != "Document") {
				return nil, nil, fmt.Errorf("%w: it is a %.40q", ErrFile, t.Name.Local)
			}
			seen = true
			if depth++; depth > depthMost {
				return nil, nil, fmt.Errorf("%w: nested more than %d deep", ErrFile, depthMost)
			}
			if t.Name.Local == "Stmt" {
				foreign = nil
			}
			if t.Name.Local != "Ntry" && t.Name.Local != "Acct" {
				continue
			}
			from := d.InputOffset()
			end, err := skip(d)
			if err != nil {
				return nil, nil, err
			}
			depth--
			if t.Name.Local == "Acct" {
				foreign = whose(b[from:end], account)
				continue
			}
			if n++; n > linesMost {
				return nil, nil, fmt.Errorf("%w: more than %d entries", ErrFile, linesMost)
			}
			more, err := read(b[from:end])
			if foreign != nil {
				more, err = nil, foreign
			}
			if err != nil {
				rejects = append(rejects, Reject{n, err.Error()})
			}
			lines = append(lines, more...)
		}
	}
}

// skip goes to the end of an entry and says where its content ends.
func skip(d *xml.Decoder) (end int64, err error) {
	for depth := 1; ; {
		end = d.InputOffset()
		t, err := d.RawToken()
		if err != nil {
			return 0, fmt.Errorf("%w: %w", ErrFile, err)
		}
		switch t.(type) {
		case xml.Directive:
			return 0, fmt.Errorf("%w: it declares a document type", ErrFile)
		case xml.StartElement:
			if depth++; depth > depthMost {
				return 0, fmt.Errorf("%w: nested more than %d deep", ErrFile, depthMost)
			}
		case xml.EndElement:
			if depth--; depth == 0 {
				return end, nil
			}
		}
	}
}

// whose reads of which account a statement is.
func whose(content []byte, wanted string) error {
	var a struct {
		IBAN  string `xml:"Id>IBAN"`
		Other string `xml:"Id>Othr>Id"`
	}
	if err := xml.Unmarshal(fmt.Appendf(nil, "<Acct>%s</Acct>", content), &a); err != nil {
		return err
	}
	return other(a.IBAN+a.Other, wanted)
}

// read makes lines of one entry: one, or one for each of its transactions.
func read(content []byte) (all []Line, err error) {
	var e entry
	if err := xml.Unmarshal(fmt.Appendf(nil, "<Ntry>%s</Ntry>", content), &e); err != nil {
		return nil, err
	}
	if status := e.Status.Code + trim(e.Status.Text); status != "BOOK" {
		return nil, fmt.Errorf("status %.20q: only what is booked counts", status)
	}
	total, err := e.Amount.read()
	switch {
	case err != nil:
		return nil, err
	case e.Sign == "DBIT":
		total = -total
	case e.Sign != "CRDT":
		return nil, fmt.Errorf("neither credit nor debit: %.20q", e.Sign)
	}
	if e.Reversal == "true" {
		return nil, errors.New("a reversal: to be looked at by hand")
	}
	one := Line{Ref: e.Ref, Day: e.Booked.Day, Amount: total}
	if one.Ref == "" {
		one.Ref = e.Own
	}
	if one.Day == "" && len(e.Booked.Time) >= 10 {
		one.Day = e.Booked.Time[:10]
	}
	if len(e.Details) < 2 {
		for _, x := range e.Details {
			one.Payer, one.Words = x.Name+x.Party, x.words()
		}
		if err := one.whole(); err != nil {
			return nil, err
		}
		return []Line{one}, nil
	}
	rest := total
	for i, x := range e.Details {
		l := one
		l.Payer, l.Words = x.Name+x.Party, x.words()
		if l.Ref = x.Ref; l.Ref == "" && one.Ref != "" {
			l.Ref = one.Ref + "/" + strconv.Itoa(i+1)
		}
		if x.Amount.Text == "" {
			x.Amount = x.Old
		}
		if l.Amount, err = x.Amount.read(); err != nil {
			return nil, fmt.Errorf("transaction %d: %w", i+1, err)
		}
		if total < 0 {
			l.Amount = -l.Amount
		}
		if err := l.whole(); err != nil {
			return nil, fmt.Errorf("transaction %d: %w", i+1, err)
		}
		rest -= l.Amount
		all = append(all, l)
	}
	if rest != 0 {
		return nil, fmt.Errorf("its transactions add up to %d, not %d", total-rest, total)
	}
	return all, nil
}

func (d detail) words() (s string) {
	for _, w := range d.Words {
		s += w + " "
	}
	return s
}

func (s sum) read() (int64, error) {
	if s.Currency != "" && s.Currency != "VND" {
		return 0, fmt.Errorf("currency %.10q", s.Currency)
	}
	n, err := dong(s.Text)
	if err == nil && n < 0 {
		err = fmt.Errorf("amount %d", n)
	}
	return n, err
}

func trim(s string) string { return string(bytes.TrimSpace([]byte(s))) }
