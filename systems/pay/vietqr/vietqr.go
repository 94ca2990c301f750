// Package vietqr writes the text of a VietQR code: a transfer that a banking
// app fills in by itself.
//
// The format is EMVCo's merchant-presented QR code, tag, length and value one
// after the other, with the template of NAPAS (account information 38, service
// QRIBFTTA: to an account) and a CRC at the end.
package vietqr

import (
	"fmt"
	"strconv"
	"strings"
)

// A Transfer is what the payer's app fills in.
type Transfer struct {
	Bank    string // BIN of the bank: six digits of ISO 7812
	Account string // up to 19 letters and digits
	Amount  int64  // in đồng
	Words   string // what the transfer says: up to 25 letters, digits and blanks
}

// Text is the content of the code. It is the same for the same transfer.
func (t Transfer) Text() (string, error) {
	switch {
	case len(t.Bank) != 6 || !all(t.Bank, "0123456789"):
		return "", fmt.Errorf("vietqr: bank %q: want six digits", t.Bank)
	case t.Account == "" || len(t.Account) > 19 || !all(t.Account, letters):
		return "", fmt.Errorf("vietqr: account %q: want up to 19 letters and digits", t.Account)
	case t.Amount < 1 || t.Amount > 9_999_999_999_999:
		return "", fmt.Errorf("vietqr: amount %d", t.Amount)
	case len(t.Words) > 25 || !all(t.Words, letters+" "):
		return "", fmt.Errorf("vietqr: words %q: want up to 25 letters, digits and blanks", t.Words)
	}
	account := field("00", "A000000727") + field("01", field("00", t.Bank)+field("01", t.Account)) + field("02", "QRIBFTTA")
	s := field("00", "01") + // version
		field("01", "12") + // for this payment alone
		field("38", account) +
		field("53", "704") + // đồng, ISO 4217
		field("54", strconv.FormatInt(t.Amount, 10)) +
		field("58", "VN")
	if t.Words != "" {
		s += field("62", field("08", t.Words))
	}
	s += "6304"
	return s + fmt.Sprintf("%04X", crc([]byte(s))), nil
}

const letters = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"

func all(s, of string) bool { return strings.Trim(s, of) == "" }

// field is one tag with its value, which is shorter than 100 by the bounds above.
func field(tag, value string) string { return fmt.Sprintf("%s%02d%s", tag, len(value), value) }

// crc is CRC-16/CCITT-FALSE: polynomial 0x1021, begun with 0xFFFF.
func crc(b []byte) uint16 {
	sum := uint16(0xFFFF)
	for _, x := range b {
		sum ^= uint16(x) << 8
		for range 8 {
			carry := sum&0x8000 != 0
			sum <<= 1
			if carry {
				sum ^= 0x1021
			}
		}
	}
	return sum
}
