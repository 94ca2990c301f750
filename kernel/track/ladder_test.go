package track_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"motcua/base/lang"
	"motcua/base/ui"
	"motcua/kernel/clock"
	"motcua/kernel/dossier"
	"motcua/kernel/track"
	"motcua/kernel/who"
)

var hanoi = func() *time.Location {
	z, err := time.LoadLocation("Asia/Ho_Chi_Minh")
	if err != nil {
		panic(err)
	}
	return z
}()

func days(quarters int) clock.Limit { return clock.Limit{Quarters: quarters, Unit: clock.Days} }

// permit goes from the counter to an officer, who may ask for more, to the leader, who may send it back.
func permit() *dossier.Kind {
	st := func(s ...dossier.State) []dossier.State { return s }
	clerk, officer, leader := []dossier.By{dossier.At(who.Clerk)}, []dossier.By{dossier.At(who.Officer)}, []dossier.By{dossier.At(who.Leader)}
	asks := []dossier.By{dossier.Applicant}
	return &dossier.Kind{Name: "test/permit", Title: lang.Say("Giấy phép"),
		Stands: map[dossier.State]dossier.Stand{
			"sent":    {Public: dossier.Submitted, National: 1, Desk: who.Clerk, Budget: days(1)},
			"examine": {Public: dossier.Progress, National: 4, Desk: who.Officer, Budget: days(4)},
			"sign":    {Public: dossier.Progress, National: 4, Desk: who.Leader, Budget: days(2)},
			"waiting": {Public: dossier.Action, National: 5, Waits: clock.Supplement},
			"granted": {Public: dossier.Ready, National: 9, Desk: who.Clerk, Ends: true, Result: true},
			"handed":  {Public: dossier.Ready, National: 10, Ends: true, Result: true},
			"refused": {Public: dossier.Closed, National: 9, Ends: true},
			"revoked": {Public: dossier.Closed, National: 10, Ends: true},
		},
		Steps: []dossier.Step{
			{Act: "send", To: "sent", By: asks},
			{Act: "refuse", From: st("sign"), To: "refused", By: leader},
			{Act: "receive", From: st("sent"), To: "examine", By: clerk},
			{Act: "ask", From: st("examine"), To: "waiting", By: officer},
			{Act: "supply", From: st("waiting"), To: "examine", By: asks},
			{Act: "stop", From: st("waiting"), To: "refused", By: []dossier.By{dossier.Clock}, After: clock.Limit{Quarters: 40, Unit: clock.CalendarDays}},
			{Act: "propose", From: st("examine"), To: "sign", By: officer},
			{Act: "back", From: st("sign"), To: "examine", By: leader},
			{Act: "grant", From: st("sign"), To: "granted", By: leader},
			{Act: "hand", From: st("granted"), To: "handed", By: clerk},
			{Act: "revoke", From: st("granted", "handed"), To: "revoked", By: leader},
			{Act: "note", From: st("sent", "examine", "sign"), By: clerk},
			{Act: "claim", From: st("examine"), By: officer, Claims: true},
		}}
}

// told makes a dossier of a story: acts as WHO:ACT, one hour apart from Monday 09:00.
func told(k *dossier.Kind, acts string) *dossier.Dossier {
	d := &dossier.Dossier{Due: at(2020, 3, 4, 17, 0)}
	for i, s := range strings.Fields(acts) {
		name, act, _ := strings.Cut(s, ":")
		when := at(2020, 3, 2, 9+i, 0)
		e := dossier.Entry{Name: name, From: d.State}
		for _, x := range k.Steps {
			if x.Act == act && (len(x.From) == 0) == (d.State == "") {
				e.To = x.To
			}
		}
		if d.State == "" {
			e.Open = &dossier.Opening{}
		}
		if e.To != "" {
			d.State, d.Entered = e.To, when
			d.DeskDue = time.Time{}
			if b := k.Stands[e.To].Budget; !b.IsZero() {
				d.DeskDue = when.Add(2 * time.Hour)
			}
		}
		d.Acts = append(d.Acts, dossier.Act{Act: act, At: when, Entry: e, By: 7})
	}
	return d
}

func at(y, m, day, h, min int) time.Time {
	return time.Date(y, time.Month(m), day, h, min, 0, 0, hanoi)
}

// line writes a rung: its mark, what it is, who, when, and until when.
func line(x track.Rung) string {
	mark := map[string]string{ui.Done: "x", ui.Now: ">", ui.Held: "=", ui.Stop: "!", "": " "}[x.Place]
	s := mark + " " + string(x.State)
	if x.Step != nil {
		s += " by " + x.Step.Act
	}
	if x.Name != "" {
		s += " " + x.Name
	}
	if x.Desk != "" {
		s += " @" + string(x.Desk)
	}
	if !x.Due.IsZero() {
		s += " until " + x.Due.In(hanoi).Format("2/1 15:04")
	}
	return s
}

func TestLadder(t *testing.T) {
	cal, err := clock.Read("test", []byte("hours: [{from: '08:00', to: '12:00'}, {from: '13:00', to: '17:00'}]\ncutoff: '15:00'\nweekend: [saturday, sunday]\nzone: Asia/Ho_Chi_Minh\n"))
	if err != nil {
		t.Fatal(err)
	}
	k := permit()
	for _, x := range []struct {
		story string
		now   time.Time
		want  string
	}{
		{"lan:send", at(2020, 3, 2, 9, 30), `
x sent by send lan
> sent @clerk until 2/3 11:00
  examine @officer until 3/3 11:00
  sign @leader until 3/3 16:00
  granted @clerk until 4/3 17:00`},
		{"lan:send châu:note châu:receive hà:claim", at(2020, 3, 2, 12, 0), `
x sent by send lan
x examine by receive châu
> examine @officer until 2/3 13:00
  sign @leader until 2/3 17:00
  granted @clerk until 4/3 17:00`},
		{"lan:send châu:receive hà:ask", at(2020, 3, 2, 12, 0), `
x sent by send lan
x examine by receive châu
x waiting by ask hà
= waiting until 12/3 17:00
  examine @officer
  sign @leader
  granted @clerk`},
		{"lan:send châu:receive hà:ask lan:supply hà:propose sơn:back", at(2020, 3, 5, 9, 0), `
x sent by send lan
x examine by receive châu
x waiting by ask hà
x examine by supply lan
x sign by propose hà
x examine by back sơn
> examine @officer until 2/3 16:00
  sign @leader
  granted @clerk`},
		{"lan:send châu:receive hà:propose sơn:grant", at(2020, 3, 3, 9, 0), `
x sent by send lan
x examine by receive châu
x sign by propose hà
x granted by grant sơn
x granted @clerk`},
		{"lan:send châu:receive hà:propose sơn:refuse", at(2020, 3, 3, 9, 0), `
x sent by send lan
x examine by receive châu
x sign by propose hà
! refused sơn`},
		{"lan:send châu:receive hà:propose sơn:grant châu:hand sơn:revoke", at(2020, 3, 3, 9, 0), `
x sent by send lan
x examine by receive châu
x sign by propose hà
x granted by grant sơn
x handed by hand châu
! revoked sơn`},
	} {
		got := ""
		for _, r := range track.Ladder(k, told(k, x.story), cal, x.now) {
			got += "\n" + line(r)
		}
		if got != x.want {
			t.Errorf("%s:%s\nwant:%s", x.story, got, x.want)
		}
	}
	// Without a calendar nothing that is not promised has a date.
	for _, r := range track.Ladder(k, told(k, "lan:send"), nil, at(2020, 3, 2, 9, 30))[2:] {
		if r.State != "granted" && !r.Due.IsZero() {
			t.Errorf("no calendar: %s", line(r))
		}
	}
}

func TestPairs(t *testing.T) {
	got := ""
	for _, x := range track.Pairs([]*dossier.Kind{permit()}, func(_ *dossier.Kind, s dossier.State) string { return string(s) }) {
		got += fmt.Sprintf("%d %s %v\n", x.National, x.Public, x.States)
	}
	want := `1 submitted [sent]
4 progress [examine sign]
5 action [waiting]
9 ready [granted]
9 closed [refused]
10 ready [handed]
10 closed [revoked]
`
	if got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}
