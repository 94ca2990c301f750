package eid_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"net/url"
	"syscall"
	"testing"
	"time"

	"motcua/base/db/dbtest"
	parties "motcua/systems/eid/party"
)

// used is the CPU of this process so far.
func used() time.Duration {
	var u syscall.Rusage
	syscall.Getrusage(syscall.RUSAGE_SELF, &u)
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// BenchmarkToken measures the CPU of renewing the tokens of an app (a refresh
// token used up, an access token, a refresh token and an id token given, all on
// the disk) against one ES256 signature and its verification, turn by turn.
func BenchmarkToken(b *testing.B) {
	s := open(b, dbtest.SQLite(b))
	app := s.register("app", parties.ByNone, map[string]any{"redirects": "http://127.0.0.1:1/cb", "scopes": []any{"profile", "read", "offline_access"}})
	app.returns = "http://127.0.0.1:1/cb"
	refresh := s.signIn(s.browser("applicant"), app, "scope", "openid read offline_access").Refresh
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		b.Fatal(err)
	}
	var ours, limit time.Duration
	for b.Loop() {
		from := used()
		t := s.token(url.Values{"grant_type": {"refresh_token"}, "refresh_token": {refresh}, "client_id": {app.id.String()}})
		ours += used() - from
		if refresh = t.Refresh; refresh == "" {
			b.Fatalf("%+v", t)
		}
		from = used()
		for range 10 {
			sum := sha256.Sum256([]byte(refresh))
			sig, err := ecdsa.SignASN1(rand.Reader, key, sum[:])
			if err != nil || !ecdsa.VerifyASN1(&key.PublicKey, sum[:], sig) {
				b.Fatal(err)
			}
		}
		limit += (used() - from) / 10
	}
	b.ReportMetric(float64(ours)/float64(limit), "x-sign+verify")
	b.ReportMetric(float64(ours.Microseconds())/float64(b.N), "cpu-µs/op")
}
