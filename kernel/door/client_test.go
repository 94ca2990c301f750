package door_test

import (
	"html"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"motcua/base/db"
	"motcua/base/id"
	"motcua/base/post"
	"motcua/kernel/kerneltest"
	"motcua/kernel/onetime"
)

// A client is a browser that keeps its cookies and follows nothing.
type client struct {
	t    *testing.T
	c    *http.Client
	base string
	from string // what the proxy says of it
}

func serve(t *testing.T, r *kerneltest.Rig) func(from string) *client {
	s := httptest.NewTLSServer(r.Handler)
	t.Cleanup(s.Close)
	return func(from string) *client {
		jar, _ := cookiejar.New(nil)
		return &client{t, &http.Client{Transport: s.Client().Transport, Jar: jar, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}, s.URL, from}
	}
}

// A reply is what the browser got.
type reply struct {
	status   int
	to, body string
}

func (c *client) do(method, path string, v url.Values) reply {
	c.t.Helper()
	q, err := http.NewRequest(method, c.base+path, strings.NewReader(v.Encode()))
	if err != nil {
		c.t.Fatal(err)
	}
	q.Header.Set("X-Forwarded-For", c.from)
	if method == "POST" {
		q.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	r, err := c.c.Do(q)
	if err != nil {
		c.t.Fatal(err)
	}
	defer r.Body.Close()
	b, err := io.ReadAll(r.Body)
	if err != nil {
		c.t.Fatal(err)
	}
	return reply{r.StatusCode, r.Header.Get("Location"), html.UnescapeString(string(b))}
}

func (c *client) get(path string) reply { c.t.Helper(); return c.do("GET", path, nil) }

func (c *client) post(path string, pairs ...string) reply {
	c.t.Helper()
	v := url.Values{}
	for i := 0; i < len(pairs); i += 2 {
		v.Set(pairs[i], pairs[i+1])
	}
	return c.do("POST", path, v)
}

func (c *client) signIn(login, password string) reply {
	c.t.Helper()
	return c.post("/sign-in", "login", login, "password", password)
}

func (a reply) want(t *testing.T, status int, words ...string) reply {
	t.Helper()
	if a.status != status {
		t.Fatalf("status %d to %q, want %d\n%s", a.status, a.to, status, a.body)
	}
	for _, w := range words {
		if !strings.Contains(a.body, w) {
			t.Errorf("the page does not say %q:\n%s", w, a.body)
		}
	}
	return a
}

func (a reply) hidden(t *testing.T, name string) string {
	t.Helper()
	m := regexp.MustCompile(`type="hidden" name="` + name + `" value="([^"]*)"`).FindStringSubmatch(a.body)
	if m == nil {
		t.Fatalf("the page has no hidden %q:\n%s", name, a.body)
	}
	return m[1]
}

var sixDigits = regexp.MustCompile(`\d{3} \d{3}`)

// lastCode is that of the message sent last.
func lastCode(t *testing.T, r *kerneltest.Rig) string {
	t.Helper()
	all, err := post.List(t.Context(), r.DB, 0, 1)
	if err != nil || len(all) != 1 || !sixDigits.MatchString(all[0].Body) {
		t.Fatalf("no code was sent last: %v %v", all, err)
	}
	return sixDigits.FindString(all[0].Body)
}

// reach gives a person a phone, and one that answered if it shall.
func reach(t *testing.T, r *kerneltest.Rig, login, phone string, answers bool) {
	t.Helper()
	p := r.People[login]
	p.Phone = phone
	about := "contact/test"
	write := func(f func(tx *db.Tx) error) {
		t.Helper()
		if err := r.DB.Write(t.Context(), f); err != nil {
			t.Fatal(err)
		}
	}
	write(func(tx *db.Tx) error {
		_, err := tx.Exec(`update person set phone = $1 where id = $2`, phone, p.ID)
		if err != nil || !answers {
			return err
		}
		return onetime.Send(tx, r.App, p, onetime.Contact{Kind: post.SMS, To: phone}, about, "ways.code")
	})
	if answers {
		code := lastCode(t, r)
		write(func(tx *db.Tx) error {
			ok, err := onetime.Check(tx, r.App, p.ID, about, code)
			if !ok {
				t.Errorf("%q is not the code", code)
			}
			return err
		})
	}
	r.Book.Drop()
}

// noPassword takes a person's password away.
func noPassword(n id.ID) func(*db.Tx) error {
	return func(tx *db.Tx) error {
		_, err := tx.Exec(`update person set password = '' where id = $1`, n)
		return err
	}
}
