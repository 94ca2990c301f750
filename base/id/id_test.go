package id

import (
	"testing"
	"time"
)

func TestOrderAndRoundTrip(t *testing.T) {
	now := time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC)
	s := NewSource(7, func() time.Time { now = now.Add(-time.Microsecond); return now })
	last := ID(0)
	for range 20000 { // more than one millisecond's counter, while the clock steps back
		i := s.New()
		if i <= last {
			t.Fatalf("got %d after %d: want greater", i, last)
		}
		last = i
		if back, err := Parse(i.String()); err != nil || back != i {
			t.Fatalf("Parse(%s) = %d, %v; want %d", i, back, err, i)
		}
	}
}

func TestCheckDigit(t *testing.T) {
	s := ID(1<<62 - 12345).String()
	for n := range s {
		for _, d := range digits {
			b := []byte(s)
			if b[n] == byte(d) {
				continue
			}
			b[n] = byte(d)
			if _, err := Parse(string(b)); err == nil {
				t.Errorf("Parse(%s) passed: one digit of %s is wrong", b, s)
			}
		}
	}
}

func FuzzParse(f *testing.F) {
	f.Add(ID(12345).String())
	f.Fuzz(func(t *testing.T, s string) {
		if i, err := Parse(s); err == nil {
			if back, err := Parse(i.String()); err != nil || back != i {
				t.Errorf("%q gives %d, which prints as %s and reads as %d %v", s, i, i, back, err)
			}
		}
	})
}
