package staffing_test

import (
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"motcua/base/db"
	"motcua/base/db/dbtest"
	"motcua/base/web"
	"motcua/kernel/kerneltest"
	"motcua/kernel/second"
	"motcua/kernel/who"
)

// TestStrengthOfProviders: what a body's provider says of how it let somebody in is
// what the sign-in counts as here, and who has an app here is asked for its code
// unless his provider asked for two factors itself.
func TestStrengthOfProviders(t *testing.T) {
	dbtest.EachURL(t, func(t *testing.T, at string) {
		s, p := provided(t, at)
		leader := s.visitor("leader")
		if a := leader.back(leader.begin(p, "/staff/link", kerneltest.Here, "")); a.StatusCode != 303 {
			t.Fatal(a.StatusCode)
		}
		in := func(claims map[string]any) (*http.Response, who.Level) {
			p.claims = claims
			before := s.Now()
			v := s.visitor("")
			a := v.back(v.begin(p, "/staff/in", kerneltest.Here, "/work"))
			var latest web.Session
			err := s.DB.Read(t.Context(), func(tx *db.Tx) error {
				all, err := s.Sessions.Of(tx, web.Browser, s.People["leader"].ID)
				if len(all) > 0 && !all[0].Made.Before(before.Truncate(time.Microsecond)) && a.StatusCode == 303 {
					latest = all[0]
				}
				return err
			})
			if err != nil {
				t.Fatal(err)
			}
			s.Later(time.Second)
			return a, who.Strength(who.Ways(latest.Scope))
		}
		list := func(all ...string) []string { return all }
		cases := []struct {
			claims map[string]any
			want   who.Level
		}{
			{nil, who.Low},
			{map[string]any{"amr": list("pwd")}, who.Low},
			{map[string]any{"amr": list("pwd", "pin", "kba")}, who.Low}, // three times what he knows
			{map[string]any{"amr": "otp"}, who.Low},
			{map[string]any{"acr": "0"}, who.Low},
			{map[string]any{"acr": "http://eidas.europa.eu/LoA/low"}, who.Low},
			{map[string]any{"acr": "HTTPS://REFEDS.ORG/PROFILE/MFA"}, who.Low}, // no word we know
			{map[string]any{"amr": list("pwd", "otp")}, who.Substantial},
			{map[string]any{"amr": list("hwk", "fpt")}, who.Substantial},
			{map[string]any{"amr": "mfa"}, who.Substantial},
			{map[string]any{"acr": "http://eidas.europa.eu/LoA/high"}, who.Substantial}, // never surer than by two factors: the key is not ours
			{map[string]any{"acr": "https://refeds.org/profile/mfa", "amr": list("pwd")}, who.Substantial},
		}
		for _, x := range cases {
			if a, got := in(x.claims); a.StatusCode != 303 || got != x.want {
				t.Errorf("%v: %d, level %q, want %q", x.claims, a.StatusCode, got, x.want)
			}
		}
		if a, _ := in(map[string]any{"amr": 7}); a.StatusCode != 422 {
			t.Errorf("a claim of no sort: %d", a.StatusCode)
		}
		err := s.DB.Write(t.Context(), func(tx *db.Tx) error {
			leader := s.People["leader"].ID
			if err := second.Begin(tx, s.App, leader); err != nil {
				return err
			}
			_, err := tx.Exec(`update second_app set confirmed = 1 where person = $1`, leader)
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		for _, x := range cases {
			a, _ := in(x.claims)
			b, _ := io.ReadAll(a.Body)
			if asked := a.StatusCode == 200 && strings.Contains(string(b), `action="/sign-in/app"`); asked != (x.want == who.Low) {
				t.Errorf("%v with an app: %d, asked for its code %v", x.claims, a.StatusCode, asked)
			}
		}
	})
}
