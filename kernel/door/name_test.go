package door_test

import (
	"net/url"
	"strings"
	"testing"

	"motcua/base/db/dbtest"
	"motcua/base/post"
	"motcua/kernel/device"
	"motcua/kernel/door"
	"motcua/kernel/kerneltest"
)

// TestNobodyIsFlooded: accounts that somebody opens with another's phone are told
// to it a few times, then more slowly, wherever they are asked for; each time in
// one message.
func TestNobodyIsFlooded(t *testing.T) {
	r := kerneltest.Open(t, dbtest.SQLite(t), nil, door.System(), device.System())
	register := func(phone string) int {
		v := url.Values{"name": {"Thử Mới"}, "number": {"001093000099"}, "phone": {phone}, "password": {"mot hai ba bon nam sau"}}
		return r.As(t, "").Post("/register", v).Status
	}
	const free = 20
	for i := range free {
		if got := register([]string{"0900000077", "0900 000 077"}[i%2]); got != 303 {
			t.Fatalf("account %d: %d", i+1, got)
		}
	}
	if got := register("0900000077"); got != 429 {
		t.Errorf("account %d with one phone: %d, want 429", free+1, got)
	}
	if got := register("0900000078"); got != 303 {
		t.Errorf("with another phone: %d", got)
	}
	told, err := post.List(t.Context(), r.DB, 1<<62, 100)
	if err != nil || len(told) != free+1 {
		t.Fatalf("%d messages for %d accounts: %v", len(told), free+1, err)
	}
	for _, m := range told {
		if !strings.Contains(m.Body, "Tên đăng nhập: thu.moi.") || !strings.Contains(m.Body, "Thiết bị không rõ tên") {
			t.Errorf("does not say everything: %q", m.Body)
		}
	}
}

// TestNamesAreSeen: nobody registers under a name, or with a contact, that has a letter
// nobody sees: it could pass for another's before an official (CWE-451).
func TestNamesAreSeen(t *testing.T) {
	r := kerneltest.Open(t, dbtest.SQLite(t), nil, door.System(), device.System())
	for what, x := range map[string]struct {
		field, value string
		want         int
	}{
		"control: a name with marks":    {"name", "Nguyễn Thị Ánh", 303},
		"turns the direction":           {"name", "Nguyễn \u202eexe.gnp", 422},
		"isolates":                      {"name", "Nguyễn \u2066An", 422},
		"is nothing but a joiner":       {"name", "\u200b", 422},
		"has two lines":                 {"name", "Nguyễn\r\nVăn An", 422},
		"has an escape":                 {"name", "Nguyễn \x1b[2J", 422},
		"has nought":                    {"name", "Nguyễn\x00An", 422},
		"is no text":                    {"name", "Nguyễn\xff\xfe", 422},
		"a mail with a line of headers": {"email", "an@example.org\r\nBcc: ba@example.org", 422},
		"a phone that turns":            {"phone", "090\u202e0000077", 422},
	} {
		v := url.Values{"name": {"Thử Mới"}, "number": {"001093000099"}, "password": {"mot hai ba bon nam sau"}}
		v.Set(x.field, x.value)
		if got := r.As(t, "").Post("/register", v); got.Status != x.want {
			t.Errorf("%s: %d, want %d", what, got.Status, x.want)
		}
	}
}
