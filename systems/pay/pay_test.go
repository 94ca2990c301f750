package pay_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"motcua/base/db"
	"motcua/base/db/dbtest"
	"motcua/cmd/sandboxbank/bank"
	"motcua/kernel/dossier"
	"motcua/kernel/kerneltest"
	"motcua/kernel/who"
	"motcua/systems/pay"
	"motcua/systems/pay/book"
)

// A rig is a program with a sandbox bank beside it; the bank's callbacks come in
// through the program's own door.
type rig struct {
	*kerneltest.Rig
	bank *bank.Bank
	page *httptest.Server
}

// inside sends what the bank sends to the program without a network.
type inside struct{ r *rig }

func (i inside) RoundTrip(q *http.Request) (*http.Response, error) {
	w := httptest.NewRecorder()
	i.r.Handler.ServeHTTP(w, q)
	return w.Result(), nil
}

func open(t testing.TB, url string, seed uint64) *rig {
	t.Helper()
	r := &rig{page: httptest.NewServer(nil)}
	t.Cleanup(r.page.Close)
	secret := "a secret of the test"
	r.Rig = kerneltest.OpenCharging(t, url, book.Order, []string{"household"}, pay.System(pay.Settings{URL: r.page.URL, Merchant: "test", Secret: secret}))
	r.bank = bank.New(bank.Settings{URL: r.page.URL, Merchant: "test", Secret: secret, Seed: seed, Now: r.Now, Client: &http.Client{Transport: inside{r}}})
	r.page.Config.Handler = r.bank
	// The applicant's dossiers go to the district, where the rig's officials are given work.
	err := r.staff()
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func (r *rig) staff() error {
	return r.DB.Write(context.Background(), func(tx *db.Tx) error {
		for login, role := range map[string]who.Role{"clerk": who.Clerk, "officer": who.Officer, "leader": who.Leader} {
			if err := r.Book.Grant(tx, who.Person{}, r.People[login].ID, role, kerneltest.Above, 0, time.Time{}); err != nil {
				return err
			}
			p, err := r.Book.Find(tx, r.People[login].ID)
			if err != nil {
				return err
			}
			r.People[login] = p
		}
		return nil
	})
}

// owing is a dossier that was received and waits for its fee, with the order.
func (r *rig) owing(t testing.TB) (d, o *dossier.Dossier) {
	t.Helper()
	d = r.Do(t, "clerk", r.File(t, "1.001612").ID, "receive", nil)
	if d.State != "unpaid" {
		t.Fatalf("received: state %s, want unpaid", d.State)
	}
	all, err := r.Engine.Children(t.Context(), d.ID)
	if err != nil || len(all) != 1 {
		t.Fatalf("%d orders, %v; want one", len(all), err)
	}
	return d, r.at(t, all[0])
}

func (r *rig) at(t testing.TB, d *dossier.Dossier) *dossier.Dossier {
	t.Helper()
	d, err := r.Engine.Find(t.Context(), d.ID)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// TestHosted goes the way of a citizen: from the dossier to the order's page, to
// the gateway, and back to a dossier that goes on.
func TestHosted(t *testing.T) {
	dbtest.EachURL(t, func(t *testing.T, database string) {
		r := open(t, database, 0)
		d, o := r.owing(t)
		if k, _ := r.Kind(d.Kind, d.KindVersion); k.Stands[d.State].National != 6 || d.Waiting.IsZero() {
			t.Errorf("state %d of the national portal, waiting since %s; want 6, and the clock waits", k.Stands[d.State].National, d.Waiting)
		}
		b := r.As(t, "applicant")
		page := "/pay/" + o.ID.String()
		a := b.Get(page)
		a.Want(t, 200, "100.000", book.Code(o.ID), "3511260000", "85/2019/TT-BTC")
		a = b.Post(page+"/gateway", nil)
		if a.Status != 303 || !strings.HasPrefix(a.To, r.page.URL+"/pay/") {
			t.Fatalf("status %d to %s, want the gateway's page", a.Status, a.To)
		}
		if again := b.Post(page+"/gateway", nil); again.To != a.To {
			t.Errorf("pressed again: %s, want the same page %s", again.To, a.To)
		}
		stay := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
		res, err := stay.PostForm(a.To, url.Values{"payer": {"NGUYEN VAN THU"}})
		if err != nil || res.Header.Get("Location") != r.URL+page+"/back" {
			t.Fatalf("after paying: %v %v, want the way back", res, err)
		}
		if back := b.Get(page + "/back"); back.To != page {
			t.Errorf("back: to %s, want %s", back.To, page)
		}
		r.bank.Flush(r.Now())
		if d, o = r.at(t, d), r.at(t, o); d.State != "examine" || o.State != "paid" {
			t.Errorf("dossier %s, order %s; want examine and paid", d.State, o.State)
		}
		b.Get(page).Want(t, 200, "Đã nộp đủ")
		wrong, err := r.Engine.Projections(t.Context(), false)
		if err != nil || len(wrong) > 0 {
			t.Errorf("what the acts add up to differs: %v, %v", wrong, err)
		}
	})
}
