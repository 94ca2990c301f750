// Package nation invents a country's dossiers: 78 bodies of very different
// size that report what they handle, the same for the same seed.
//
// Any line can be had by its number without those before it, so that two
// million of them need no memory and a sender that was cut off goes on
// anywhere. Days are those of a real calendar: nobody files at a counter on a
// Sunday or at Tết.
package nation

import (
	"fmt"
	"math"
	"math/rand/v2"
	"sort"
	"strconv"
	"time"
)

// A Nation is what 78 senders have to report.
type Nation struct {
	Senders  []Sender
	Total    int
	seed     uint64
	days     []day
	services [][2]string // code and name of public services, the most used first
}

// A Sender is a body that keeps its own software.
type Sender struct {
	Body  string // its code
	Count int    // of its dossiers
	first int    // its place among the services that are most used
}

// A day is one on which things are filed, and the share of all that were filed before it.
type day struct {
	at     time.Time // midnight
	before float64
	closed bool // only the internet is open
}

// Zone is where the nation lives.
var Zone = time.FixedZone("+07", 7*3600)

// From and To are the days reported: the national portal opened on the first.
var (
	From = time.Date(2019, 12, 9, 0, 0, 0, 0, Zone)
	To   = time.Date(2020, 3, 8, 0, 0, 0, 0, Zone)
)

// Late is the share of dossiers that are corrected after the fact.
const Late = 0.03

// New is the nation of n dossiers under seed.
func New(seed uint64, n int) *Nation {
	a := &Nation{Total: n, seed: seed}
	for i := range 63 {
		a.Senders = append(a.Senders, Sender{Body: fmt.Sprintf("H%02d", i+1)})
	}
	for i := range 15 {
		a.Senders = append(a.Senders, Sender{Body: fmt.Sprintf("G%02d", i+1)})
	}
	r := rand.New(rand.NewPCG(seed, 1))
	for i := range 6000 {
		a.services = append(a.services, [2]string{fmt.Sprintf("%d.%06d", 1+r.IntN(3), 1000+i), services[r.IntN(len(services))] + " " + words(r, 4+r.IntN(9))})
	}
	r.Shuffle(len(a.Senders), func(i, j int) { a.Senders[i], a.Senders[j] = a.Senders[j], a.Senders[i] })
	a.share(n)
	for i := range a.Senders {
		a.Senders[i].first = r.IntN(20)
	}
	a.calendar()
	return a
}

// share gives every sender its number by Zipf's law, all of them n together.
func (a *Nation) share(n int) {
	sum := 0.0
	for i := range a.Senders {
		sum += 1 / float64(i+1)
	}
	left := n
	for i := range a.Senders {
		s := &a.Senders[i]
		s.Count = min(left, int(math.Round(float64(n)/sum/float64(i+1))))
		left -= s.Count
	}
	a.Senders[0].Count += left
}

// closed are the days of Tết 2020 and New Year's Day.
func closed(t time.Time) bool {
	if t.Weekday() == time.Saturday || t.Weekday() == time.Sunday {
		return true
	}
	d := t.Format("01-02")
	return d >= "01-23" && d <= "01-29" || d == "01-01"
}

func (a *Nation) calendar() {
	sum := 0.0
	for t := From; !t.After(To); t = t.AddDate(0, 0, 1) {
		a.days = append(a.days, day{t, sum, closed(t)})
		weight := 1.0
		if closed(t) {
			weight = 0.04
		}
		sum += weight
	}
	for i := range a.days {
		a.days[i].before /= sum
	}
}

// Line appends dossier i of a sender as its body reports it, without a line's
// end. Version 1 is how it stands at first, 2 a late correction.
func (a *Nation) Line(to []byte, sender, i, version int) []byte {
	s := a.Senders[sender]
	r := rand.New(rand.NewPCG(a.seed, uint64(sender)<<40|uint64(i)))
	d := a.filed(s, i)
	at := d.at.Add(time.Duration(7*3600+r.IntN(9*3600)) * time.Second)
	channel := []string{"counter", "counter", "counter", "online", "online", "post"}[r.IntN(6)]
	if d.closed {
		channel = "online"
	}
	service := a.services[(s.first+zipf(r, 400))%len(a.services)]
	l := line{b: to, r: r}
	l.raw(`{"code":"` + s.Body + at.Format("-060102-"))
	l.raw(fmt.Sprintf("%07d", i+1))
	l.raw(`","version":` + strconv.Itoa(version))
	l.text("procedure", service[0])
	l.text("procedure_name", service[1])
	l.text("field", s.Body+"-"+fields[r.IntN(len(fields))])
	l.text("channel", channel)
	l.person()
	l.text("subject", service[1]+" "+words(r, r.IntN(10)))
	l.time("filed_at", at)
	l.life(at, version)
	l.text("unit", units[r.IntN(len(units))])
	l.raw(`,"papers":[`)
	l.many(1+r.IntN(5), func(n int) {
		l.raw(`{"id":"` + strconv.FormatUint(r.Uint64()>>20, 10) + `","name":"` + papers[r.IntN(len(papers))] + `.pdf","component":"KQ` + strconv.Itoa(1000+r.IntN(9000)) + `","digitised":` + strconv.FormatBool(r.IntN(3) > 0) + `}`)
	})
	l.raw(`],"fees":[{"name":"Lệ phí","code":"LP` + strconv.Itoa(r.IntN(90)) + `","collected":"receipt","amount":` + strconv.Itoa(r.IntN(40)*5000) + `,"kind":"fee"}]`)
	l.progress(at)
	switch size := r.IntN(1000); {
	case size < 3: // a long history or notes of a whole file: up to 200 KB
		l.text("note", words(r, 2500+r.IntN(25000)))
	case size < 25:
		l.text("note", words(r, 300+r.IntN(2000)))
	case size < 500:
		l.text("note", words(r, 10+r.IntN(60)))
	}
	l.raw("}")
	return l.b
}

// Corrected reports whether dossier i of a sender is corrected later.
func (a *Nation) Corrected(sender, i int) bool {
	return rand.New(rand.NewPCG(a.seed^77, uint64(sender)<<40|uint64(i))).Float64() < Late
}

// filed is the day of dossier i: they come in the order of time.
func (a *Nation) filed(s Sender, i int) day {
	share := (float64(i) + 0.5) / float64(s.Count)
	return a.days[sort.Search(len(a.days), func(n int) bool { return a.days[n].before > share })-1]
}

// zipf is a number below n, the small ones much more often.
func zipf(r *rand.Rand, n int) int {
	return int(math.Pow(float64(n), r.Float64())) - 1
}
