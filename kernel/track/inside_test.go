package track

import (
	"strings"
	"testing"
	"time"
	"unicode/utf8"
)

func TestCalendar(t *testing.T) {
	got := string(calendar(event{ID: "1@x.example", Made: time.Date(2026, 3, 2, 2, 0, 0, 0, time.UTC), At: time.Date(2026, 3, 4, 10, 0, 0, 0, time.UTC),
		Title: `Trả kết quả: giấy phép; số 1, bản \ sao` + strings.Repeat(" đường", 30), About: "dòng một\r\ndòng hai", URL: "https://x.example/c/1"}))
	for n, l := range strings.SplitAfter(got, "\r\n") {
		if len(strings.TrimSuffix(l, "\r\n")) > 75 || !utf8.ValidString(l) || strings.Contains(strings.TrimSuffix(l, "\r\n"), "\n") {
			t.Errorf("line %d: %d octets: %q", n, len(l), l)
		}
	}
	whole := strings.ReplaceAll(got, "\r\n ", "")
	for _, want := range []string{
		"BEGIN:VCALENDAR\r\nVERSION:2.0\r\n", "DTSTAMP:20260302T020000Z\r\nDTSTART:20260304T100000Z\r\n",
		`SUMMARY:Trả kết quả: giấy phép\; số 1\, bản \\ sao đường`, "\r\nDESCRIPTION:dòng một\\ndòng hai\r\n", "END:VEVENT\r\nEND:VCALENDAR\r\n",
	} {
		if !strings.Contains(whole, want) {
			t.Errorf("does not have %q:\n%s", want, whole)
		}
	}
}

func TestLimiter(t *testing.T) {
	l, now := &Limiter{Most: 3, Per: time.Minute}, time.Unix(1e9, 0)
	try := func(addr string, want bool) {
		t.Helper()
		if got := l.Allow(addr, now); got != want {
			t.Errorf("%s at %v: got %v, want %v", addr, now, got, want)
		}
	}
	for _, port := range []string{"1", "2", "3"} {
		try("192.0.2.1:"+port, true)
		try("[2001:db8:1:2::"+port+"]:443", true) // one house
	}
	try("192.0.2.1:4", false)
	try("[2001:db8:1:2:ffff::1]:443", false)
	try("[2001:db8:1:3::1]:443", true)
	try("192.0.2.2:1", true)
	now = now.Add(59 * time.Second)
	try("192.0.2.1:1", false)
	now = now.Add(time.Second)
	try("192.0.2.1:1", true)
}
