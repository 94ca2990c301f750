package door

import (
	"net/url"
	"time"

	"motcua/base/web"
	"motcua/kernel"
	"motcua/kernel/who"
)

// lately is how long ago a person may have signed in for what is not to be done in
// a browser that somebody left open.
const lately = 15 * time.Minute

// rest is how long a browser may lie unused until its person signs in again: the
// shorter, the more of others he could see or change.
func rest(p who.Person) time.Duration {
	switch {
	case p.Holds(who.Admin):
		return 30 * time.Minute
	case len(p.Grants) > 0:
		return time.Hour
	}
	return 3 * time.Hour
}

// Lately leads a person who signed in too long ago to the door and back to a page
// of ours; ok: he signed in lately.
func Lately(r *kernel.Request, back string) (a web.Answer, ok bool, err error) {
	if r.App.Now().Sub(r.Session.Made) <= lately {
		return a, true, nil
	}
	a, err = web.Goto("/sign-in?%s", url.Values{"to": {back}}.Encode())
	return a, false, err
}
