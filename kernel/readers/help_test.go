package readers_test

import (
	"regexp"
	"strings"
	"testing"
	"time"

	"motcua/base/db"
	"motcua/base/id"
	"motcua/kernel/kerneltest"
	"motcua/kernel/who"
)

// boss is the head of the body above.
func boss(t *testing.T, r *kerneltest.Rig) {
	t.Helper()
	err := r.DB.Write(t.Context(), func(tx *db.Tx) error {
		p, err := r.Book.Add(tx, who.Person{}, who.Person{Login: "boss", Name: "Bùi Thị Trên"}, "")
		if err == nil {
			err = r.Book.Grant(tx, who.Person{}, p.ID, who.Leader, kerneltest.Above, 0, time.Time{})
		}
		r.People["boss"] = p
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

// find is the first address on a page between two words.
func find(t *testing.T, page, from, to string) string {
	t.Helper()
	m := regexp.MustCompile(regexp.QuoteMeta(from) + `[^"]+` + regexp.QuoteMeta(to)).FindString(page)
	if m == "" {
		t.Fatalf("no %s…%s on\n%s", from, to, page)
	}
	return m
}

// offered are the questions that a log offers: one for each reading.
func offered(page string) []string {
	return regexp.MustCompile(`/me/readers/[^"]+/why`).FindAllString(page, -1)
}

func parse(t *testing.T, s string) id.ID {
	t.Helper()
	s, _, _ = strings.Cut(s, "?")
	n, err := id.Parse(s)
	if err != nil {
		t.Fatal(err)
	}
	return n
}
