package pay_test

import (
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"motcua/base/db/dbtest"
	"motcua/kernel/dossier"
	"motcua/kernel/kerneltest"
	"motcua/systems/pay/book"
)

const account = "3511260000"

// bring gives a statement to the clerk's page and shows what became of it.
func (r *rig) bring(t testing.TB, name string, file []byte) kerneltest.Answer {
	t.Helper()
	b := r.As(t, "clerk")
	a := b.Form("/work/money/statement", url.Values{"body": {kerneltest.Above}}, "statement", name, file)
	if a.Status == 303 {
		a = b.Get(a.To)
	}
	return a
}

// TestStatement: money that is right, too little, too much, too late or for
// nobody known comes by a statement; each is shown to who must know, and an
// official or the next statement settles it.
func TestStatement(t *testing.T) {
	dbtest.EachURL(t, func(t *testing.T, database string) {
		r := open(t, database, 0)
		var d, o [6]*dossier.Dossier
		for i := range d {
			d[i], o[i] = r.owing(t)
		}
		code := func(i int) string { return book.Code(o[i].ID) }
		if _, err := r.Engine.Act(t.Context(), dossier.Order{Me: r.People["applicant"], Dossier: d[3].ID, Act: "withdraw"}); err != nil {
			t.Fatal(err)
		}
		r.bank.Transfer(account, "NGUYEN VAN A", "CK "+strings.ToLower(code(0))+" nop phi", 100_000)
		r.bank.Transfer(account, "NGUYEN VAN B", code(1), 40_000)
		r.bank.Transfer(account, "NGUYEN VAN C", code(2), 150_000)
		r.bank.Transfer(account, "NGUYEN VAN D", code(3), 100_000)
		r.bank.Transfer(account, "NGUYEN VAN E", "nop tien ho so", 100_000)
		r.bank.Transfer(account, "NGUYEN VAN F", "chuyen nham", 70_000)
		statement := r.bank.CAMT("", account)
		for range 2 { // brought again it counts nothing
			r.bring(t, "day.xml", statement).Want(t, 200, "Sao kê vừa nạp", "Đã nộp đủ", "Thiếu", "Thừa", "Muộn, phải hoàn", "Chưa rõ của ai", "NGUYEN VAN F")
			r.stands(t, d[0], o[0], "examine", "paid", 100_000)
			r.stands(t, d[1], o[1], "unpaid", "open", 40_000)
			r.stands(t, d[2], o[2], "examine", "owed", 150_000)
			r.stands(t, d[3], o[3], "withdrawn", "owed", 100_000)
			r.even(t)
		}

		// Too little: the payer sees how much is missing, and pays that.
		r.As(t, "applicant").Get("/pay/"+o[1].ID.String()).Want(t, 200, "Đã nhận 40.000 đồng, còn thiếu", "60.000 đồng")
		rest := fmt.Sprintf("ref,date,amount,payer,text\nCSV1,2020-03-02,60000,NGUYEN VAN B,%s\nCSV2,2020-03-02,x,,\n", code(1))
		r.bring(t, "rest.csv", []byte(rest)).Want(t, 200, "CSV1", "Đã nộp đủ", "Không đọc được")
		r.stands(t, d[1], o[1], "examine", "paid", 100_000)

		// Too much and too late: given back, exactly what is owed, once.
		r.As(t, "applicant").Get("/pay/"+o[2].ID.String()).Want(t, 200, "Đã nộp đủ", "50.000 đồng")
		back := func(i int, amount, ref string) kerneltest.Answer {
			return r.press(t, "clerk", o[i].ID, "refunded", url.Values{"way": {"bank"}, "amount": {amount}, "ref": {ref}})
		}
		if a := back(2, "60000", "UNC-1"); a.Status == 303 {
			t.Error("more was given back than is owed")
		}
		if a := back(2, "50000", "UNC-1"); a.Status != 303 {
			t.Fatalf("status %d: %s", a.Status, a.Body)
		}
		r.stands(t, d[2], o[2], "examine", "paid", 100_000)
		if a := back(3, "100000", "UNC-1"); a.Status == 303 {
			t.Error("one voucher gave money back twice")
		}
		if a := back(3, "100000", "UNC-2"); a.Status != 303 {
			t.Fatalf("status %d: %s", a.Status, a.Body)
		}
		r.stands(t, d[3], o[3], "withdrawn", "refunded", 0)
		r.As(t, "applicant").Get("/pay/"+o[3].ID.String()).Want(t, 200, "Đã hoàn tiền")

		// Unknown: assigned to the order that it was meant for, or returned.
		unknown, _, err := r.Engine.Rows(t.Context(), dossier.List{Me: r.People["clerk"], Inbox: "all", Body: kerneltest.Above, Kind: book.Money, Stand: "unmatched", Limit: 10})
		if err != nil || len(unknown) != 2 {
			t.Fatalf("%d unknown, %v; want 2", len(unknown), err)
		}
		meant, stray := unknown[0], unknown[1]
		if meant.Name != "NGUYEN VAN E" {
			meant, stray = stray, meant
		}
		if a := r.press(t, "clerk", meant.ID, "match", url.Values{"order": {"MC00000000000000"}}); a.Status == 303 || !strings.Contains(a.Body, "Không có mã nộp tiền này") {
			t.Errorf("a code that nobody has: status %d", a.Status)
		}
		if a := r.press(t, "clerk", meant.ID, "match", url.Values{"order": {code(4)}}); a.Status != 303 {
			t.Fatalf("status %d: %s", a.Status, a.Body)
		}
		r.stands(t, d[4], o[4], "examine", "paid", 100_000)
		if a := r.press(t, "clerk", stray.ID, "return", url.Values{"ref": {"UNC-3"}}); a.Status != 303 {
			t.Fatalf("status %d: %s", a.Status, a.Body)
		}
		r.even(t)
		r.As(t, "clerk").Get("/work/money?body=H26.002").Want(t, 200, "Không nợ ai", code(5))
		sheet := r.As(t, "leader").Get("/work/money/day/file?body=H26.002&as=csv")
		sheet.Want(t, 200, code(0)+",bank,order,100000,bank,", "order,bank,50000,refund,H26.002/UNC-1", "unmatched,bank,70000,refund")

		if x := r.As(t, "leader").Get("/work/money/day/file?body=H26.002&as=xlsx"); x.Status != 200 || !strings.HasPrefix(x.Body, "PK") {
			t.Errorf("the workbook: status %d, %.20q", x.Status, x.Body)
		}

		// What is no statement is refused, and says that nothing was counted.
		r.bring(t, "x.xml", []byte(`<!DOCTYPE a [<!ENTITY b "c">]><Document/>`)).Want(t, 422, "Chưa có gì được ghi")
	})
}

// TestFolder: what the bank puts into a body's folder is read by itself, once.
func TestFolder(t *testing.T) {
	dbtest.EachURL(t, func(t *testing.T, database string) {
		r := open(t, database, 0)
		d, o := r.owing(t)
		r.bank.Transfer(account, "NGUYEN VAN A", book.Code(o.ID), 100_000)
		for name, file := range map[string][]byte{kerneltest.Above + "/1.xml": r.bank.CAMT("", account), kerneltest.Above + "/2.csv": []byte("a,b\n1,2\n"), kerneltest.Above + "/3.xml.part": []byte("<Doc"), "nobody/1.csv": []byte("x")} {
			name = filepath.Join(r.folder, name)
			if err := os.MkdirAll(filepath.Dir(name), 0o700); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(name, file, 0o600); err != nil {
				t.Fatal(err)
			}
		}
		for range 2 {
			r.task(t, "read bank statements")
		}
		r.stands(t, d, o, "examine", "paid", 100_000)
		r.even(t)
		var left []string
		all, _ := filepath.Glob(filepath.Join(r.folder, "*", "*"))
		for _, name := range all {
			name, _ = filepath.Rel(r.folder, name)
			left = append(left, name)
		}
		if got, want := fmt.Sprint(left), "[H26.002/1.xml.read H26.002/2.csv.refused H26.002/3.xml.part nobody/1.csv]"; got != want {
			t.Errorf("the folder holds %s, want %s", got, want)
		}
	})
}

// TestTill: a clerk opens the drawer, takes cash, gives some back and counts; the
// page says by how much the drawer is off.
func TestTill(t *testing.T) {
	dbtest.EachURL(t, func(t *testing.T, database string) {
		r := open(t, database, 0)
		b := r.As(t, "clerk")
		count := func(amount string) kerneltest.Answer {
			return b.Post("/work/money/till", url.Values{"body": {kerneltest.Above}, "amount": {amount}})
		}
		count("nhiều").Want(t, 422)
		count("500.000").Want(t, 303)
		d, o := r.owing(t)
		if a := r.press(t, "clerk", o.ID, "cash", url.Values{"amount": {"90000"}}); a.Status == 303 {
			t.Error("less was taken than is due")
		}
		if a := r.press(t, "clerk", o.ID, "cash", url.Values{"amount": {"100000"}}); a.Status != 303 {
			t.Fatalf("status %d: %s", a.Status, a.Body)
		}
		r.stands(t, d, o, "examine", "paid", 100_000)
		d2, o2 := r.owing(t)
		r.Do(t, "clerk", d2.ID, "cash", nil) // on the dossier itself: all that is due
		r.stands(t, d2, o2, "examine", "paid", 100_000)
		decided := map[string]any{"reasons": []any{map[string]any{"text": "Thu nhầm hai lần."}}}
		r.Do(t, "leader", o2.ID, "refund", decided)
		if a := r.press(t, "clerk", o2.ID, "refunded", url.Values{"way": {"cash"}, "amount": {"100000"}, "ref": {"PC-1"}}); a.Status != 303 {
			t.Fatalf("status %d: %s", a.Status, a.Body)
		}
		r.stands(t, d2, o2, "examine", "refunded", 0)
		b.Get("/work/money/till?body=H26.002").Want(t, 200, "500.000 ₫", "200.000 ₫", "100.000 ₫", "600.000 ₫", book.Code(o.ID))
		count("599.000").Want(t, 303)
		b.Get("/work/money/till?body=H26.002").Want(t, 200, "Quỹ lệch -1.000 ₫", "599.000")
		count("600.000").Want(t, 303) // counted is counted
		b.Get("/work/money/till?body=H26.002").Want(t, 200, "Quỹ lệch -1.000 ₫")
		r.even(t)
	})
}
