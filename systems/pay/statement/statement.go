// Package statement reads what a bank says of an account: camt.053 (ISO 20022)
// and CSV. A statement is a stranger's file: it is bounded in size and depth,
// and a document type, which is where entities come from, is refused.
package statement

import (
	"bytes"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

// Most is how many bytes a statement may have.
const Most = 20 << 20

const (
	linesMost = 200_000
	depthMost = 24
	textMost  = 2_000 // characters of one text
	sumMost   = 1_000_000_000_000
)

// A Line is one movement on the account.
type Line struct {
	Ref    string // the bank's own number: the same in every statement
	Day    string // booked, YYYY-MM-DD
	Amount int64  // in đồng; negative: it left the account
	Payer  string
	Words  string
}

// A Reject is an entry that could not be read, and why. The others are taken.
type Reject struct {
	N      int // of the entry, from 1
	Reason string
}

// ErrFile is a file that is no statement at all.
var ErrFile = errors.New("no statement")

// Read reads a statement of either sort. Lines of which it says that they are of
// another account than this one are rejects; "" takes those of any account.
func Read(b []byte, account string) (lines []Line, rejects []Reject, err error) {
	if len(b) > Most {
		return nil, nil, fmt.Errorf("%w: it has %d bytes, more than %d", ErrFile, len(b), Most)
	}
	b = bytes.TrimPrefix(b, []byte("\ufeff"))
	if bytes.HasPrefix(bytes.TrimSpace(b), []byte("<")) {
		return camt(b, account)
	}
	return table(b, account)
}

// whole checks a line and puts it into shape.
func (l *Line) whole() error {
	l.Ref, l.Payer, l.Words = strings.TrimSpace(l.Ref), cut(l.Payer), cut(l.Words)
	switch {
	case l.Ref == "" || len(l.Ref) > 80 || !utf8.ValidString(l.Ref):
		return errors.New("it has no number of the bank's own, by which it could be counted once")
	case l.Amount == 0 || l.Amount > sumMost || l.Amount < -sumMost:
		return fmt.Errorf("amount %d", l.Amount)
	}
	if _, err := time.Parse(time.DateOnly, l.Day); err != nil {
		return fmt.Errorf("day %.20q: want YYYY-MM-DD", l.Day)
	}
	return nil
}

// other says why lines of an account are not those of the one wanted; nil:
// they are, or the statement does not say whose they are.
func other(account, wanted string) error {
	account = strings.Join(strings.Fields(account), "")
	if account == "" || wanted == "" || account == wanted {
		return nil
	}
	return fmt.Errorf("it is of account %.34q: this body's is %q", account, wanted)
}

func cut(s string) string {
	s = strings.Join(strings.Fields(strings.ToValidUTF8(s, "")), " ")
	if r := []rune(s); len(r) > textMost {
		s = string(r[:textMost])
	}
	return s
}

// dong is an amount as banks write it; đồng have no smaller part, so that what
// follows the point must be zeros.
func dong(s string) (int64, error) {
	whole, part, _ := strings.Cut(strings.TrimSpace(s), ".")
	if strings.Trim(part, "0") != "" {
		return 0, fmt.Errorf("amount %.30q: there is no smaller part", s)
	}
	n, err := strconv.ParseInt(whole, 10, 64)
	if err != nil || len(whole) > 15 {
		return 0, fmt.Errorf("amount %.30q", s)
	}
	return n, nil
}
