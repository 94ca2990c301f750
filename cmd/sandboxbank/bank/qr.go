package bank

import (
	"errors"
	"strconv"
)

// A scanned code is the transfer that it asks for.
type scanned struct {
	Bank, Account, Words string
	Amount               int64
}

var errCode = errors.New("not a VietQR code")

// scan reads the text of a VietQR code as a banking app does: EMVCo's tags, and
// in tag 38 those of NAPAS; a code whose checksum does not hold is none.
func scan(text string) (s scanned, err error) {
	const end = 8 // 6304 and four digits
	if len(text) < end || text[len(text)-end:len(text)-4] != "6304" {
		return s, errCode
	}
	if sum, err := strconv.ParseUint(text[len(text)-4:], 16, 16); err != nil || uint16(sum) != checksum(text[:len(text)-4]) {
		return s, errCode
	}
	all, err := tags(text)
	if err != nil {
		return s, err
	}
	napas, err1 := tags(all["38"])
	to, err2 := tags(napas["01"])
	more, err3 := tags(all["62"])
	amount, err4 := strconv.ParseInt(all["54"], 10, 64)
	if err := errors.Join(err1, err2, err3, err4); err != nil || napas["00"] != "A000000727" || all["53"] != "704" || to["01"] == "" || amount < 1 {
		return s, errCode
	}
	return scanned{Bank: to["00"], Account: to["01"], Words: more["08"], Amount: amount}, nil
}

// tags takes text of tag, length and value apart.
func tags(text string) (map[string]string, error) {
	all := map[string]string{}
	for len(text) > 0 {
		if len(text) < 4 {
			return nil, errCode
		}
		n, err := strconv.ParseUint(text[2:4], 10, 8)
		if err != nil || len(text) < 4+int(n) {
			return nil, errCode
		}
		all[text[:2]] = text[4 : 4+n]
		text = text[4+n:]
	}
	return all, nil
}

// checksum is CRC-16/CCITT-FALSE.
func checksum(text string) uint16 {
	sum := uint16(0xFFFF)
	for i := range len(text) {
		for bit := 7; bit >= 0; bit-- {
			top := sum>>15 ^ uint16(text[i]>>bit&1)
			sum = sum<<1 ^ top*0x1021
		}
	}
	return sum
}
