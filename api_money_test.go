package main

import (
	"testing"

	"motcua/base/id"
	"motcua/systems/pay/book"
)

// owed files a household business, has it received, and gives the id of the
// payment order that it then waits for.
func (w *world) owed(t testing.TB) string {
	t.Helper()
	const business = "1.001612"
	x := example(t, w, business, "returned")
	d := w.file(t, business, x).json()
	w.people["clerk"].want(200, "POST", "/api/v1/dossiers/"+d["id"].(string)+"/acts", map[string]any{"act": "receive"})
	n, err := id.Parse(d["id"].(string))
	if err != nil {
		t.Fatal(err)
	}
	all, err := w.App.Engine.Children(t.Context(), n)
	if err != nil || len(all) == 0 || all[0].Kind != book.Order {
		t.Fatalf("received, the dossier waits for %v, %v", all, err)
	}
	return all[0].ID.String()
}

// reportedLine is a dossier as the software of a body reports it.
const reportedLine = `{"code":"KB-200203-1","version":1,"procedure":"1.001193","channel":"online","applicant":"Trần Thị Mẫu","filed_at":"2020-02-03T08:00:00+07:00","received_at":"2020-02-03T09:00:00+07:00","state":4}`
