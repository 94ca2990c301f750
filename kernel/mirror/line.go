package mirror

import (
	"crypto/sha256"
	"encoding/binary"
	"strconv"
	"strings"
	"time"

	"motcua/base/id"
	"motcua/kernel/dossier"
)

// A Line is what a body reports of one of its dossiers. Its texts are places
// in the canonical form and share its memory.
type Line struct {
	Canonical string // the fields in the order of Dossier, nothing empty, times in UTC
	Sum       int64  // of the canonical form: tells lines of one version apart
	Raw       int64  // what its bytes are known by when they come again; 0: nobody asks
	Code      string
	Version   int64  // of the body's own counting: the greater one is the newer
	Body      string // whose dossier it is
	Origin    string // the code it was given here when it was filed here and handed over
	Procedure string
	Channel   string
	Applicant string
	Number    string // of the applicant in the population or business register
	State     int    // 1 to 10, the national states
	Opened    time.Time
	Due       time.Time // zero: none
	Ended     time.Time // zero: its clock runs
}

// Longest is how many bytes a line may have.
const Longest = 1 << 20

// A Parser reads the lines of a sender, one after the other.
type Parser struct {
	Sender string // whose dossiers those are that do not say it
	scan   scanner
	done   []byte
}

// Parse reads one line; a line that is not right is told apart with its first fault.
func (p *Parser) Parse(b []byte) (l Line, wrong *Wrong) {
	s := &p.scan
	s.in, s.at, s.out = b, 0, s.out[:0]
	var spans [fieldCount]span
	if w := s.object(Dossier, &spans); w != nil {
		return l, w
	}
	if s.space() != 0 || s.at < len(s.in) {
		return l, s.wrong("mirror.wrong.json")
	}
	if spans[atBody].to == 0 && p.Sender != "" {
		spans[atBody] = span{len(s.out), len(s.out) + len(p.Sender) + 2}
		s.out = strconv.AppendQuote(s.out, p.Sender)
	}
	p.done = s.write(p.done[:0], Dossier, &spans)
	l.Canonical = string(p.done)
	h := sha256.Sum256(p.done)
	l.Sum = int64(binary.BigEndian.Uint64(h[:]))
	return l, l.heads(s, &spans)
}

// heads takes out of the spans what the row is made of, and checks what the
// fields say together.
func (l *Line) heads(s *scanner, spans *[fieldCount]span) *Wrong {
	// The spans are those of the values as they came; in the canonical form
	// they stand one after the other.
	at := 1
	value := func(i int) string {
		sp := spans[i]
		if sp.to == 0 {
			return ""
		}
		at += len(Dossier[i].Name) + 3
		v := l.Canonical[at : at+sp.to-sp.from]
		at += len(v) + 1
		return v
	}
	var v [atReturned + 1]string
	for i := range v {
		v[i] = value(i)
	}
	l.Code, l.Body, l.Origin = said(v[atCode]), said(v[atBody]), said(v[atOrigin])
	l.Procedure, l.Channel, l.Applicant, l.Number = said(v[atProcedure]), said(v[atChannel]), said(v[atApplicant]), said(v[atNumber])
	l.Version, _ = strconv.ParseInt(v[atVersion], 10, 64)
	l.State, _ = strconv.Atoi(v[atState])
	filed, received, returned := instant(v[atFiled]), instant(v[atReceived]), instant(v[atReturned])
	l.Due, l.Ended, l.Opened = instant(v[atDue]), instant(v[atEnded]), filed
	if l.Opened.IsZero() {
		l.Opened = received
	}
	switch {
	case l.Opened.IsZero():
		return s.wrong("mirror.wrong.filed").under("filed_at")
	case received.IsZero() && l.State != 1 && l.State != 3 && l.State != 7:
		return s.wrong("mirror.wrong.received", l.State).under("received_at")
	case !Ends(l.State) && !l.Ended.IsZero():
		return s.wrong("mirror.wrong.open", l.State).under("ended_at")
	}
	if Ends(l.State) && l.Ended.IsZero() {
		switch {
		case !returned.IsZero():
			l.Ended = returned
		case l.State == 3:
			l.Ended = l.Opened
		default:
			return s.wrong("mirror.wrong.ended", l.State).under("ended_at")
		}
	}
	if l.Ended.Before(l.Opened) && !l.Ended.IsZero() {
		return s.wrong("mirror.wrong.before").under("ended_at")
	}
	return nil
}

// said is a canonical text without its quotes and escapes.
func said(v string) string {
	if len(v) < 2 {
		return ""
	}
	if strings.IndexByte(v, '\\') < 0 {
		return v[1 : len(v)-1]
	}
	s, _ := strconv.Unquote(v) // every escape of the canonical form is one of Go's
	return s
}

// instant is a canonical moment.
func instant(v string) time.Time {
	if len(v) != len(`"2006-01-02T15:04:05Z"`) {
		return time.Time{}
	}
	n := func(from, to int) (n int) {
		for _, c := range v[from:to] {
			n = n*10 + int(c-'0')
		}
		return n
	}
	return time.Date(n(1, 5), time.Month(n(6, 8)), n(9, 11), n(12, 14), n(15, 17), n(18, 20), 0, time.UTC)
}

// owner is what rows of one person are found by; the line has the number itself.
func owner(number string) int64 {
	if number == "" {
		return 0
	}
	h := sha256.Sum256([]byte(number))
	return int64(binary.BigEndian.Uint64(h[:]) | 1)
}

// Ends reports whether the legal clock has ended in a national state.
func Ends(state int) bool { return state == 3 || state >= 8 }

// Waits reports whether the legal clock waits for the applicant in a national state.
func Waits(state int) bool { return state == 5 || state == 6 }

// publics are what the public is told of each of the ten national states; a
// kind of our own may say otherwise, as of a refusal, which is 9.
var publics = [...]dossier.Public{1: dossier.Submitted, 2: dossier.Progress, 3: dossier.Closed, 4: dossier.Progress, 5: dossier.Action, 6: dossier.Action,
	7: dossier.Closed, 8: dossier.Closed, 9: dossier.Ready, 10: dossier.Ready}

// Public is what the public is told of a national state.
func Public(state int) dossier.Public { return publics[state] }

// states are the national states of which the public is told p.
func states(p dossier.Public) (all []int) {
	for n, x := range publics {
		if n > 0 && x == p {
			all = append(all, n)
		}
	}
	return all
}

// A Row is a dossier as its body last reported it.
type Row struct {
	ID        id.ID
	Body      string
	Code      string
	Version   int64
	State     int
	Procedure string
	Channel   string
	Opened    time.Time
	Due       time.Time
	Ended     time.Time
	Changed   time.Time // when the line came
	Batch     id.ID     // the act whose hashes hold the line
	Salt      []byte
	Line      string // canonical
}
