package span_test

import (
	"testing"
	"time"

	"pgregory.net/rapid"

	"motcua/kernel/clock"
	"motcua/kernel/dossier"
	"motcua/kernel/span"
)

var stands = map[dossier.State]dossier.Stand{
	"sent": {}, "desk": {}, "other": {},
	"supplement": {Waits: clock.Supplement}, "pay": {Waits: clock.Duty}, "rest": {Waits: clock.Request}, "asked": {Waits: clock.Consultation},
	"done": {Ends: true}, "returned": {Ends: true},
}

var monday = time.Date(2020, 3, 2, 2, 0, 0, 0, time.UTC)

func at(minutes int) time.Time { return monday.Add(time.Duration(minutes) * time.Minute) }

func opened(acts ...dossier.Act) []dossier.Act {
	return append([]dossier.Act{{At: monday, Entry: dossier.Entry{To: "sent", Open: &dossier.Opening{Body: "H26"}}}}, acts...)
}

func to(minutes int, s dossier.State) dossier.Act {
	return dossier.Act{At: at(minutes), Entry: dossier.Entry{To: s}}
}

func TestWhoHadIt(t *testing.T) {
	asks := to(30, "asked")
	asks.Entry.Asks = &dossier.Asked{Body: "H26.SXD", Due: at(40).UnixMicro()}
	answered := to(55, "desk")
	answered.Entry.Asks = &dossier.Asked{}
	beside := dossier.Act{At: at(60), Entry: dossier.Entry{Asks: &dossier.Asked{Body: "H26.STP", Due: at(70).UnixMicro()}}}
	told := dossier.Act{At: at(75), Entry: dossier.Entry{Asks: &dossier.Asked{}}}
	acts := opened(to(5, "desk"), to(10, "supplement"), to(20, "desk"), asks, answered, beside, told, to(80, "done"), to(99, "returned"))
	want := []span.Span{
		{State: "sent", Body: "H26", From: at(0), To: at(5)},
		{State: "desk", Body: "H26", From: at(5), To: at(10)},
		{State: "supplement", Ground: clock.Supplement, From: at(10), To: at(20)},
		{State: "desk", Body: "H26", From: at(20), To: at(30)},
		{State: "asked", Ground: clock.Consultation, Body: "H26.SXD", From: at(30), To: at(40)},
		{State: "asked", Ground: clock.Consultation, Body: "H26.SXD", Late: true, From: at(40), To: at(55)},
		{State: "desk", Body: "H26", From: at(55), To: at(70)},
		{State: "desk", Body: "H26.STP", Late: true, From: at(70), To: at(75)}, // the clock ran on, and this body held it up
		{State: "desk", Body: "H26", From: at(75), To: at(80)},
	}
	got := span.Of(acts, stands, at(1000))
	if len(got) != len(want) {
		t.Fatalf("got %d spans, want %d: %+v", len(got), len(want), got)
	}
	for i := range want {
		if got[i] != want[i] {
			t.Errorf("span %d: got %+v, want %+v", i, got[i], want[i])
		}
	}
	if got := span.Of(acts[:8], stands, at(90)); got[len(got)-1].To != at(90) {
		t.Errorf("still open: the last span ends %v, want now", got[len(got)-1].To)
	}
	if span.Of(nil, stands, at(1)) != nil {
		t.Error("no acts: want no spans")
	}
}

// slow says minute by minute whose the time is, looking at all acts anew each time.
func slow(acts []dossier.Act, m int) span.Span {
	s := span.Span{Body: "H26"}
	var ask *dossier.Asked
	for _, a := range acts {
		if a.At.After(at(m)) {
			break
		}
		if a.Entry.To != "" {
			s.State, s.Ground = a.Entry.To, stands[a.Entry.To].Waits
		}
		if a.Entry.Asks != nil {
			ask = a.Entry.Asks
		}
	}
	pending := ask != nil && ask.Body != ""
	late := pending && ask.Due != 0 && ask.Due <= at(m).UnixMicro()
	switch {
	case s.Ground == clock.Supplement || s.Ground == clock.Duty || s.Ground == clock.Request:
		s.Body = ""
	case pending && (late || s.Ground == clock.Consultation):
		s.Body, s.Late = ask.Body, late
	}
	return s
}

// TestEverySecond: spans are contiguous, none is empty, together they are the
// whole life, and each minute is whose the slow reading says.
func TestEverySecond(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		acts, now := opened(), 0
		states := rapid.SampledFrom([]dossier.State{"", "", "desk", "other", "supplement", "pay", "rest", "asked", "done"})
		for range rapid.IntRange(0, 12).Draw(t, "acts") {
			now += rapid.IntRange(0, 30).Draw(t, "later")
			a := to(now, states.Draw(t, "state"))
			switch rapid.IntRange(0, 4).Draw(t, "asks") {
			case 0:
				a.Entry.Asks = &dossier.Asked{Body: "H26.SXD", Due: at(now + rapid.IntRange(0, 40).Draw(t, "due")).UnixMicro()}
			case 1:
				a.Entry.Asks = &dossier.Asked{}
			case 2:
				a.Entry.Asks = &dossier.Asked{Body: "H26.STP"}
			}
			acts = append(acts, a)
		}
		until := now + rapid.IntRange(0, 60).Draw(t, "until")
		end, state := until, dossier.State("sent")
		for _, a := range acts[1:] {
			if a.Entry.To == "" {
				continue
			}
			switch was := stands[state].Ends; {
			case stands[a.Entry.To].Ends && !was:
				end = int(a.At.Sub(monday) / time.Minute)
			case !stands[a.Entry.To].Ends:
				end = until
			}
			state = a.Entry.To
		}
		got, from, sum := span.Of(acts, stands, at(until)), monday, time.Duration(0)
		for i, s := range got {
			if !s.From.Equal(from) || !s.To.After(s.From) {
				t.Fatalf("span %d: from %v to %v, want it to begin at %v and last", i, s.From, s.To, from)
			}
			if s.Applicant() != (s.Body == "") || s.Applicant() && s.Ground == "" {
				t.Fatalf("span %d: %+v is the applicant's without a ground", i, s)
			}
			sum += s.Length()
			for m := int(s.From.Sub(monday) / time.Minute); at(m).Before(s.To); m++ {
				want := slow(acts, m)
				want.From, want.To = s.From, s.To
				if s != want {
					t.Fatalf("minute %d: got %+v, want %+v", m, s, want)
				}
			}
			from = s.To
		}
		if !from.Equal(at(end)) || sum != at(end).Sub(monday) {
			t.Fatalf("the spans end at %v with a sum of %v, want %v", from, sum, at(end))
		}
	})
}
