package pay_test

import (
	"bytes"
	"context"
	"net/url"
	"strings"
	"testing"

	"motcua/base/db/dbtest"
	"motcua/kernel/dossier"
	"motcua/kernel/form"
	"motcua/kernel/who"
	"motcua/systems/pay/book"
)

// TestMoments: fees differ by channel and exemption, and are asked for on
// receipt, when an officer finds a later duty, and before the result is handed
// out; each pauses or frees the dossier as it is paid.
func TestMoments(t *testing.T) {
	dbtest.EachURL(t, func(t *testing.T, database string) {
		r := openWith(t, database, 0, "testdata/kiosk.yaml")
		file := func(channel string, answers form.Answers) *dossier.Dossier {
			t.Helper()
			p := r.Procedures.Get("1.900001")
			answers["receive"] = "online"
			o := dossier.Order{Me: r.People["applicant"], Kind: p.Kind().Name, Body: "H26.002", Answers: answers, Channel: channel}
			if channel == "counter" { // a clerk files for who stands before him
				o.Me, o.Helped = r.People["clerk"], &dossier.Helped{Name: "Nguyễn Văn Quầy", Number: "001093000011"}
			}
			d, err := r.Engine.Act(t.Context(), o)
			if err != nil {
				t.Fatal(err)
			}
			return r.Do(t, "clerk", d.ID, "receive", nil)
		}
		owed := func(d *dossier.Dossier) (all []*dossier.Dossier) {
			t.Helper()
			rows, err := r.Engine.Children(t.Context(), d.ID)
			if err != nil {
				t.Fatal(err)
			}
			for _, row := range rows {
				if o := r.at(t, row); o.State == "open" {
					all = append(all, o)
				}
			}
			return all
		}
		n := 0
		pay := func(d *dossier.Dossier, amount int64) {
			t.Helper()
			all := owed(d)
			if len(all) != 1 || book.Rest(all[0]) != amount {
				t.Fatalf("%d orders, the first %+v; want one of %d", len(all), all, amount)
			}
			n++
			p := book.Payment{Source: book.Bank, Ref: "F" + string(rune('0'+n)), Amount: amount, Day: "2020-03-02", Order: all[0].ID, Body: "H26.002"}
			if _, _, err := book.Take(context.Background(), r.Engine, p); err != nil {
				t.Fatal(err)
			}
		}
		is := func(d *dossier.Dossier, want dossier.State) {
			t.Helper()
			if got := r.at(t, d); got.State != want || strings.HasPrefix(string(want), "unpaid") == got.Waiting.IsZero() {
				t.Fatalf("state %s, waiting since %s; want %s", got.State, got.Waiting, want)
			}
		}

		d := file("online", form.Answers{"poor": false, "copies": int64(2)})
		is(d, "unpaid")
		pay(d, 50_000)
		is(d, "look")
		r.Do(t, "officer", d.ID, "pass", map[string]any{"metres": int64(12)})
		if len(owed(d)) != 0 {
			t.Error("what was found is asked for without a demand")
		}
		r.Do(t, "officer", d.ID, "demand", nil)
		is(d, "unpaid-weigh")
		pay(d, 200_000)
		is(d, "weigh")
		r.Do(t, "officer", d.ID, "propose", map[string]any{"proposal": "grant"})
		r.Do(t, "leader", d.ID, "approve", nil)
		is(d, "granted")
		pay(d, 16_000) // two copies, before the result is handed out
		if err := r.Jobs.Drain(t.Context()); err != nil {
			t.Fatal(err)
		}
		is(d, "returned")

		there := file("counter", form.Answers{"poor": false, "copies": int64(0)})
		pay(there, 80_000)
		is(there, "look")

		poor := file("online", form.Answers{"poor": true, "copies": int64(0)})
		is(poor, "look")
		if all := owed(poor); len(all) != 0 {
			t.Errorf("who is exempt owes %+v", all)
		}
		r.even(t)
	})
}

// TestReceipt: the receipt is one file for ever, signed; /verify knows it, and
// knows when the money was given back.
func TestReceipt(t *testing.T) {
	dbtest.EachURL(t, func(t *testing.T, database string) {
		r := open(t, database, 0)
		_, o := r.owing(t)
		path := "/pay/" + o.ID.String() + "/receipt.pdf"
		mine := r.As(t, "applicant")
		mine.Get(path).Want(t, 404, "Chưa có biên lai")
		r.press(t, "clerk", o.ID, "cash", url.Values{"amount": {"100000"}}).Want(t, 303)
		if err := r.Log.Advance(t.Context()); err != nil {
			t.Fatal(err)
		}
		first, again := mine.Get(path), mine.Get(path)
		if first.Status != 200 || !strings.HasPrefix(first.Body, "%PDF") || first.Body != again.Body {
			t.Fatalf("status %d, the same bytes %v", first.Status, first.Body == again.Body)
		}
		if err := r.Log.Advance(t.Context()); err != nil {
			t.Fatal(err)
		}
		check := func(words ...string) {
			t.Helper()
			r.As(t, "").Form("/verify", nil, "file", "receipt.pdf", []byte(first.Body)).Want(t, 200, words...)
			paid := book.Full(r.at(t, o).Acts[:2])
			r.As(t, "").Get("/verify/"+paid.ID.String()).Want(t, 200, words[:1]...)
		}
		check("Biên lai thu phí, lệ phí", "Văn bản thật", "dấu vân tay của chính tệp này")
		if strings.Contains(r.As(t, "").Get("/verify/"+r.at(t, o).Acts[1].ID.String()).Body, who.Person{Name: "Nguyễn Văn Thử"}.Name) {
			t.Error("anybody with the address is told who paid")
		}
		changed := []byte(first.Body)
		changed[bytes.Index(changed, []byte("stream"))+20]++ // of what it shows
		r.As(t, "").Form("/verify", nil, "file", "receipt.pdf", changed).Want(t, 200, "đã bị sửa")
		r.Do(t, "leader", o.ID, "refund", map[string]any{"reasons": []any{map[string]any{"text": "Thu nhầm."}}})
		mine.Get(path).Want(t, 404)
		check("Biên lai thu phí, lệ phí", "Đã bị thu hồi")
	})
}
