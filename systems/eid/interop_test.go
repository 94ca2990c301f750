package eid_test

import (
	"encoding/json"
	"net/http/httptest"
	"net/url"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"motcua/base/db/dbtest"
	parties "motcua/systems/eid/party"
)

// TestNodeRelyingParties lets openid-client and oauth4webapi be the portals. They
// come from npm by their lock file: npm ci in testdata/interop.
func TestNodeRelyingParties(t *testing.T) {
	if _, err := os.Stat("testdata/interop/node_modules"); err != nil {
		t.Skip("npm ci in systems/eid/testdata/interop brings the relying parties")
	}
	if testing.Short() {
		t.Skip("starts Node")
	}
	dbtest.EachURL(t, func(t *testing.T, at string) {
		s := open(t, at)
		s.Later(time.Since(s.Now())) // the relying parties look at their own clock
		s.rotate()
		server := httptest.NewServer(s.Handler)
		defer server.Close()
		describe := func(x party) string {
			b, err := json.Marshal(map[string]string{"id": x.id.String(), "secret": x.secret, "returns": x.returns})
			if err != nil {
				t.Fatal(err)
			}
			return string(b)
		}
		a, b := s.register("a", parties.BySecret, nil), s.register("b", parties.BySecret, nil)
		home, _ := url.Parse(issuer)
		cookie := s.browser("applicant").Jar.Cookies(home)[0].String()
		cmd := exec.CommandContext(t.Context(), "node", "tour.mjs")
		cmd.Dir = "testdata/interop"
		cmd.Env = append(os.Environ(), "ORIGIN="+server.URL, "SESSION="+cookie, "A="+describe(a), "B="+describe(b))
		out, err := cmd.CombinedOutput()
		if err != nil || !strings.Contains(string(out), "signed out everywhere") {
			t.Errorf("%v\n%s", err, out)
		}
		if said := s.log.take(); len(said) > 0 {
			t.Errorf("honest portals were refused: %q", said)
		}
	})
}
