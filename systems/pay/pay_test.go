package pay_test

import (
	"context"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"motcua/base/db"
	"motcua/base/db/dbtest"
	"motcua/base/id"
	"motcua/cmd/sandboxbank/bank"
	"motcua/kernel/desk"
	"motcua/kernel/dossier"
	"motcua/kernel/doubt"
	"motcua/kernel/inbox"
	"motcua/kernel/kerneltest"
	"motcua/kernel/lists"
	"motcua/kernel/paper"
	"motcua/kernel/verify"
	"motcua/kernel/who"
	"motcua/systems/pay"
	"motcua/systems/pay/book"
)

// A rig is a program with a sandbox bank beside it; the bank's callbacks come in
// through the program's own door.
type rig struct {
	*kerneltest.Rig
	bank   *bank.Bank
	page   *httptest.Server
	folder string // where the bank puts statements
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
	return openWith(t, url, seed, "household")
}

func openWith(t testing.TB, url string, seed uint64, services ...string) *rig {
	t.Helper()
	r := &rig{page: httptest.NewServer(nil), folder: t.TempDir()}
	t.Cleanup(r.page.Close)
	secret := "a secret of the test"
	r.Rig = kerneltest.OpenCharging(t, url, book.Order, services, pay.System(pay.Settings{URL: r.page.URL, Merchant: "test", Secret: secret, Folder: r.folder}),
		desk.System(), doubt.System(), inbox.System(), paper.System(), lists.System(), verify.System())
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

// press opens the page of an act and sends its form.
func (r *rig) press(t testing.TB, login string, n id.ID, act string, said url.Values) kerneltest.Answer {
	t.Helper()
	b, path := r.As(t, login), "/work/d/"+n.String()+"/act/"+act
	page := b.Get(path)
	if page.Status != 200 {
		return page
	}
	v := url.Values{"version": {page.Hidden(t, "version")}, "key": {page.Hidden(t, "key")}}
	if strings.Contains(page.Body, `name="asked"`) {
		v.Set("asked", page.Hidden(t, "asked"))
	}
	maps.Copy(v, said)
	return b.Post(path, v)
}

// task does one of the system's own works, as the node does again and again.
func (r *rig) task(t testing.TB, name string) {
	t.Helper()
	for _, s := range r.Systems {
		for _, x := range s.Every {
			if x.Name == name {
				if err := x.Do(t.Context(), r.App); err != nil {
					t.Fatal(err)
				}
				return
			}
		}
	}
	t.Fatalf("there is no task %q", name)
}

// stands fails the test unless dossier and order are where they should be and
// so much lies with the order.
func (r *rig) stands(t testing.TB, d, o *dossier.Dossier, dossierIs, orderIs dossier.State, held int64) {
	t.Helper()
	d, o = r.at(t, d), r.at(t, o)
	if d.State != dossierIs || o.State != orderIs || book.Held(o.Acts) != held {
		t.Errorf("dossier %s, order %s with %d; want %s, %s with %d", d.State, o.State, book.Held(o.Acts), dossierIs, orderIs, held)
	}
}

// even fails the test unless the day's books add up, on the page too.
func (r *rig) even(t testing.TB) {
	t.Helper()
	r.As(t, "clerk").Get("/work/money/day?body=H26.002").Want(t, 200, "Khớp đến từng đồng")
	if wrong, err := book.Check(t.Context(), r.Engine); err != nil || len(wrong) > 0 {
		t.Errorf("the books: %v, %v", wrong, err)
	}
	if wrong, err := r.Engine.Projections(t.Context(), false); err != nil || len(wrong) > 0 {
		t.Errorf("what the acts add up to differs: %v, %v", wrong, err)
	}
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
