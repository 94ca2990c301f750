package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"

	"motcua/base/db/dbtest"
	"motcua/kernel/dossier"
	"motcua/kernel/play"
	"motcua/kernel/procedure"
	"motcua/kernel/who"
	"motcua/systems/pay/book"
)

// straight reports whether the example is granted as it was first filed and its result is read online.
func straight(p *procedure.Procedure, x procedure.Example) bool {
	way, _ := x.Answers["receive"].(string)
	if way == "" {
		way = p.Receive[0]
	}
	return x.Ends == "returned" && way == "online" && !slices.ContainsFunc(x.Story, func(t procedure.Turn) bool { return t.Act == "supplement" })
}

// visits says for what somebody had to come to an office while d was filed,
// paid with these orders, decided and handed over.
func visits(p *procedure.Procedure, d *dossier.Dossier, orders []*dossier.Dossier) (all []string) {
	came := func(is bool, why string, args ...any) {
		if is {
			all = append(all, fmt.Sprintf(why, args...))
		}
	}
	came(d.Helper != 0 || d.Channel != "online", "filed at the counter: channel %s", d.Channel)
	for _, a := range d.Acts {
		// The clerk looks at what came in; whatever else he does, he does with somebody before him.
		came(a.Entry.As == dossier.At(who.Clerk) && a.Act != "receive", "%s at the counter", a.Act)
		came(a.Act == "return" && a.By != 0, "the result was handed over by a person")
		came(a.Act != "submit" && len(a.Entry.Papers) > 0, "papers came with %s", a.Act)
	}
	for _, x := range p.Kind().Papers {
		came(!x.Optional && x.When(d.Answers) && len(d.Papers[x.ID]) == 0, "the paper %s was not sent with the filing", x.ID)
	}
	for _, o := range orders {
		for _, a := range o.Acts {
			came(a.Act == "cash", "paid in cash at the counter")
		}
		came(o.State != "paid", "the fee of %d is %s", book.Due(o), o.State)
	}
	came(d.Result == nil || d.State != "returned", "there is no result: %s", d.State)
	return all
}

// TestNobodyVisits plays, for every service of level 4, an example that goes
// straight through, and finds that nobody came to an office for it.
func TestNobodyVisits(t *testing.T) {
	t.Parallel()
	dbtest.EachURL(t, func(t *testing.T, url string) {
		a := testApp(t, url)
		people, org := cast(t, a, exampleBodies(a))
		paid := 0 // of them with a fee
		tell := func(p *procedure.Procedure, x procedure.Example) (found []string) {
			ctx := context.Background()
			c := play.Cast{"applicant": people[x.Applicant], "clerk": people["clerk"], "officer": people["officer"], "leader": people["leader"]}
			s := &play.Stage{App: a, Engine: a.Engine, Blobs: a.Blobs, Cast: c, Org: org}
			d, err := s.Open(ctx, p.Kind(), x)
			for _, turn := range x.Story {
				if err == nil && turn.By == procedure.Payer {
					payOnline(t, a, d.ID)
				} else if err == nil {
					d, err = s.Turn(ctx, d, turn)
				}
			}
			if err = errors.Join(err, a.Jobs.Drain(ctx)); err != nil {
				t.Fatal(err)
			}
			if d, err = a.Engine.Find(ctx, d.ID); err != nil {
				t.Fatal(err)
			}
			rows, err := a.Engine.Children(ctx, d.ID)
			var orders []*dossier.Dossier
			for _, o := range rows {
				whole, e := a.Engine.Find(ctx, o.ID)
				orders, err = append(orders, whole), errors.Join(err, e)
			}
			if err != nil {
				t.Fatal(err)
			}
			if due := procedure.Total(p.Fee(procedure.CaseOf(d))); due > 0 && len(orders) == 0 {
				found = append(found, fmt.Sprintf("a fee of %d cannot be paid online", due))
			}
			if len(orders) > 0 {
				paid++
			}
			return append(found, visits(p, d, orders)...)
		}
		told, business := 0, 0
		for _, p := range a.Procedures.All() {
			if p.Level != 4 {
				continue
			}
			i := slices.IndexFunc(p.Examples, func(x procedure.Example) bool { return straight(p, x) })
			if i < 0 {
				t.Errorf("%s: level 4, and no example goes straight through online", p.File)
				continue
			}
			x := p.Examples[i]
			for _, why := range tell(p, x) {
				t.Errorf("%s, %q: %s", p.File, x.Name, why)
			}
			if told++; x.Applicant == "business" {
				business++
			}
		}
		if told < 14 || business < 3 || paid < 5 {
			t.Errorf("%d services of level 4 were played, %d by businesses, %d with a fee: want 14, 3 and 5", told, business, paid)
		}
		// The finding must be able to fail: this example comes for its result.
		birth := a.Procedures.Get("1.001193")
		counter := birth.Examples[0]
		if got := tell(birth, counter); len(got) == 0 {
			t.Errorf("%q is handed over at the counter, and nobody was found to visit", counter.Name)
		}
	})
}
