package main

import (
	"fmt"
	"net/http/httptest"
	"net/url"
	"os"
	"regexp"
	"strings"
	"testing"
	"time"

	"go.yaml.in/yaml/v3"

	calls "motcua/base/call"
	"motcua/base/db"
	"motcua/base/db/dbtest"
	"motcua/base/id"
	"motcua/base/post"
	"motcua/cmd/sandboxregister/people"
	"motcua/kernel/confirm"
	"motcua/kernel/contact"
	"motcua/kernel/counter"
	"motcua/kernel/device"
	"motcua/kernel/doctor"
	"motcua/kernel/door"
	"motcua/kernel/doubt"
	"motcua/kernel/kerneltest"
	"motcua/kernel/level"
	"motcua/kernel/onetime"
	"motcua/kernel/passkey"
	"motcua/kernel/second"
	"motcua/kernel/ways"
	"motcua/kernel/who"
	"motcua/systems/assure"
	"motcua/systems/behalf"
	"motcua/systems/disprove"
	"motcua/systems/recover"
)

// A tale is a story of accounts that an official can read (testdata/accounts.yaml).
type tale struct {
	Name  string
	Story []line
}

// A line is one thing that somebody does on a page, or that is so then.
type line struct {
	Tells        string
	By           *string // a login of the rig; "" is a visitor
	Ways         string  // by which he is signed in; "": password and app
	Opens, Sends string
	With         map[string]string
	Key, Device  string // make or show: the passkey of that device answers the page he opens
	Says         string
	Status       int    // of what is sent; 0: 303
	Find         string // in the page or else the newest message that has it: {found} from then on
	After        string // so long later
	Known        string // the applicant's identity was proved so
	Level        *string
	Acts         string // about recovery, in order
}

// TestAccountPlays plays the stories of levels, mandates and recovery through the
// pages, on both databases; after each the projections are what the acts say.
func TestAccountPlays(t *testing.T) {
	t.Parallel()
	b, err := os.ReadFile("testdata/accounts.yaml")
	var tales []tale
	if err == nil {
		err = yaml.Unmarshal(b, &tales)
	}
	if err != nil || len(tales) < 9 {
		t.Fatalf("%d tales, want at least 9: %v", len(tales), err)
	}
	dbtest.EachURL(t, func(t *testing.T, at string) {
		s := newStage(t, at)
		for i, x := range tales {
			s.enter(i)
			for n, l := range x.Story {
				if !s.play(l) {
					t.Fatalf("%s, line %d: %s", x.Name, n+1, l.Tells)
				}
			}
		}
		found, err := doctor.Examine(t.Context(), s.App, false)
		for _, f := range found {
			if !f.OK || err != nil {
				t.Errorf("doctor: %s: %s, %v", f.Check, f.Detail, err)
			}
		}
	})
}

// A stage is where accounts are played.
type stage struct {
	*kerneltest.Rig
	t       *testing.T
	devices map[string]*kerneltest.Device
	found   string
	number  string // of the applicant
	since   id.ID  // acts of this tale
}

func newStage(t *testing.T, at string) *stage {
	s := &stage{t: t, devices: map[string]*kerneltest.Device{}}
	secret := calls.NewSecret().String()
	r, err := people.New(people.Settings{Secret: secret, Now: func() time.Time { return s.Now() }})
	if err != nil {
		t.Fatal(err)
	}
	machine := httptest.NewServer(r)
	t.Cleanup(machine.Close)
	s.Rig = kerneltest.Open(t, at, []string{"birth"}, door.System(), device.System(), onetime.System(), second.System(), passkey.System(), confirm.System(), contact.System(), ways.System(), counter.System(),
		assure.System(assure.Settings{URL: machine.URL, Secret: secret}), behalf.System(behalf.Settings{URL: machine.URL, Secret: secret}), recover.System(recover.Settings{}), doubt.System(), disprove.System())
	return s
}

// enter lets a new person play the applicant of the next tale.
func (s *stage) enter(n int) {
	s.devices, s.number, s.since = map[string]*kerneltest.Device{}, fmt.Sprintf("0011930%02d12", n+100), s.IDs.New()
	s.write(func(tx *db.Tx) (err error) {
		s.People["applicant"], err = s.Book.Add(tx, who.Person{}, who.Person{Login: fmt.Sprint("lan", n), Name: "Nguyễn Văn Thử", Phone: "0900000109", Email: "lan@example.org"}, "")
		return err
	})
}

func (s *stage) write(f func(*db.Tx) error) {
	s.t.Helper()
	if err := s.DB.Write(s.t.Context(), f); err != nil {
		s.t.Fatal(err)
	}
	s.Book.Drop()
}

// newest is what the expression finds in the newest message that has it.
func (s *stage) newest(expression *regexp.Regexp) string {
	all, err := post.List(s.t.Context(), s.DB, 1<<62, 100)
	if err != nil {
		s.t.Fatal(err)
	}
	for _, m := range all {
		if x := expression.FindStringSubmatch(m.Body); x != nil {
			return x[1]
		}
	}
	return ""
}

var sixTyped = regexp.MustCompile(`(\d{3} \d{3})`)

func (s *stage) fill(text string) string {
	if strings.Contains(text, "{code}") {
		text = strings.ReplaceAll(text, "{code}", s.newest(sixTyped))
	}
	return strings.NewReplacer("{found}", s.found, "{number}", s.number, "{login}", s.People["applicant"].Login).Replace(text)
}

// play plays one line and reports whether all was as it says.
func (s *stage) play(l line) bool {
	s.t.Helper()
	p, ok := s.People["applicant"], true
	if l.Known != "" {
		way := map[string]string{"high": level.Counter, "substantial": level.Register}[l.Known]
		s.write(func(tx *db.Tx) error {
			return level.Reach(tx, s.Book, s.People["clerk"], p.ID, level.Proof{Level: who.Level(l.Known), Way: way, Number: s.number, Name: p.Name, Born: "1993-05-06", Body: map[string]string{"high": kerneltest.Here}[l.Known]})
		})
	}
	if l.After != "" {
		d, err := time.ParseDuration(l.After)
		if err != nil {
			s.t.Fatal(err)
		}
		s.Later(d)
		if err := s.Jobs.Drain(s.t.Context()); err != nil {
			s.t.Fatal(err)
		}
	}
	var page kerneltest.Answer
	if l.By != nil {
		page, ok = s.visit(l)
	}
	if l.Find != "" {
		expression := regexp.MustCompile(l.Find)
		if x := expression.FindStringSubmatch(page.Body); x != nil {
			s.found = x[1]
		} else if s.found = s.newest(expression); s.found == "" {
			s.t.Errorf("nothing like %q is in the page or a message:\n%s", l.Find, page.Body)
			ok = false
		}
	}
	if l.Level != nil {
		s.Book.Drop()
		if now, err := s.Book.Person(s.t.Context(), p.ID); err != nil || string(now.Level) != *l.Level {
			s.t.Errorf("level %q, want %q: %v", now.Level, *l.Level, err)
			ok = false
		}
	}
	if l.Acts != "" {
		var all []string
		s.write(func(tx *db.Tx) (err error) {
			all, err = db.List(tx, func(into func(...any) error) (x string, err error) { return x, into(&x) }, `select act from act where act like 'recover.%' and id > $1 order by id`, s.since)
			return err
		})
		if got := strings.Join(all, " "); got != l.Acts {
			s.t.Errorf("acts %q, want %q", got, l.Acts)
			ok = false
		}
	}
	return ok
}

// visit opens what the line opens, sends what it sends, and looks at the answer.
func (s *stage) visit(l line) (page kerneltest.Answer, ok bool) {
	s.t.Helper()
	entered := "password app"
	if l.Ways != "" {
		entered = l.Ways
	}
	b := s.Entered(s.t, *l.By, who.Ways(entered)...)
	want := 303
	if l.Opens != "" {
		page, want = b.Get(s.fill(l.Opens)), 200
	}
	if l.Sends != "" {
		v := url.Values{}
		for k, x := range l.With {
			v.Set(k, s.fill(x))
		}
		if l.Key != "" {
			d := s.devices[l.Device]
			if d == nil {
				d = &kerneltest.Device{}
				s.devices[l.Device] = d
			}
			v.Set("name", l.Device)
			if l.Key == "make" {
				v.Set("answer", d.Make(s.t, page.Body))
			} else {
				v.Set("answer", d.Show(s.t, page.Body))
			}
		}
		page, want = b.Post(s.fill(l.Sends), v), 303
	}
	if l.Status != 0 {
		want = l.Status
	}
	if page.Status != want || !strings.Contains(page.Body, l.Says) {
		s.t.Errorf("%d to %q, want %d and %q\n%s", page.Status, page.To, want, l.Says, page.Body)
		return page, false
	}
	return page, true
}
