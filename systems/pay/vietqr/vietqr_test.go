package vietqr

import "testing"

func TestText(t *testing.T) {
	got, err := Transfer{Bank: "970403", Account: "0011012345678", Amount: 180000, Words: "thanh toan don hang"}.Text()
	want := "00020101021238570010A00000072701270006970403011300110123456780208QRIBFTTA530370454061800005802VN62230819thanh toan don hang63045FAB"
	if err != nil || got != want {
		t.Errorf("got  %s\nwant %s (%v)", got, want, err)
	}
	if got := crc([]byte("123456789")); got != 0x29B1 {
		t.Errorf("CRC-16/CCITT-FALSE of 123456789: %04X, want 29B1", got)
	}
	// The example of NAPAS's description, which also has a number of the bill, with its CRC.
	napas := "00020101021238570010A00000072701270006970403011300110123456780208QRIBFTTA530370454061800005802VN62340107NPS68690819thanh toan don hang6304"
	if got := crc([]byte(napas)); got != 0x2E2E {
		t.Errorf("CRC of the example: %04X, want 2E2E", got)
	}
	for _, x := range []Transfer{{}, {Bank: "97040", Account: "1", Amount: 1}, {Bank: "970403", Amount: 1}, {Bank: "970403", Account: "1"},
		{Bank: "970403", Account: "1-2", Amount: 1}, {Bank: "970403", Account: "1", Amount: 1, Words: "Nộp phí"}} {
		if s, err := x.Text(); err == nil {
			t.Errorf("%+v: %s", x, s)
		}
	}
}
