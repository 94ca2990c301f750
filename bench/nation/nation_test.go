package nation

import (
	"bytes"
	"encoding/json"
	"testing"
	"time"
)

func TestNation(t *testing.T) {
	const n = 20000
	a := New(7, n)
	if len(a.Senders) != 78 {
		t.Fatalf("got %d senders, want 78", len(a.Senders))
	}
	sum, bytesOf, corrected, codes := 0, 0, 0, map[string]bool{}
	for s := range a.Senders {
		if s > 0 && a.Senders[s].Count > a.Senders[s-1].Count {
			t.Errorf("sender %d has more than the one before", s)
		}
		last := ""
		for i := range a.Senders[s].Count {
			b := a.Line(nil, s, i, 1)
			bytesOf += len(b)
			sum++
			if a.Corrected(s, i) {
				corrected++
			}
			var l struct {
				Code, Filed_at, Channel string
				State                   int
			}
			if err := json.Unmarshal(b, &l); err != nil || codes[l.Code] || l.Filed_at[:10] < last || l.State < 1 {
				t.Fatalf("%v in %s", err, b)
			}
			codes[l.Code], last = true, l.Filed_at[:10]
			if d, _ := time.ParseInLocation(time.DateOnly, last, Zone); closed(d) && l.Channel != "online" {
				t.Errorf("%s at the counter on %s, which is closed", l.Code, last)
			}
		}
	}
	if sum != n || bytesOf/n < 1000 || bytesOf/n > 4000 || corrected < n/50 || corrected > n/20 {
		t.Errorf("got %d lines of %d bytes, %d corrected", sum, bytesOf/n, corrected)
	}
	if !bytes.Equal(a.Line(nil, 3, 5, 1), New(7, n).Line(nil, 3, 5, 1)) {
		t.Error("the same seed gave another line")
	}
	t.Logf("%d bytes a line", bytesOf/n)
}
