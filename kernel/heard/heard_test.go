package heard

import (
	"testing"
	"time"
)

// A sender's longest silence stands for a while, and fades.
func TestRhythm(t *testing.T) {
	at := time.Date(2020, 3, 2, 2, 0, 0, 0, time.UTC)
	s := Sender{At: at, Times: 1}
	if _, ok := s.Allowed(); ok {
		t.Error("heard once, it has no rhythm")
	}
	for range 10 {
		s = s.Heard(s.At.Add(24*time.Hour), 8*time.Hour) // once a working day
	}
	if got, ok := s.Allowed(); !ok || got != 16*time.Hour {
		t.Errorf("got %s, want two working days", got)
	}
	for range 28 * 24 { // then every hour, for two fadings
		s = s.Heard(s.At.Add(time.Hour), 20*time.Minute)
	}
	if s.Rhythm < 110*time.Minute || s.Rhythm > 2*time.Hour {
		t.Errorf("got %s, want a quarter of 8 hours", s.Rhythm)
	}
	for range 100 * 24 {
		s = s.Heard(s.At.Add(time.Hour), 20*time.Minute)
	}
	if got, _ := s.Allowed(); got != least {
		t.Errorf("got %s, want the least", got)
	}
}
