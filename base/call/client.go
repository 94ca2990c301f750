package call

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
	"syscall"
	"time"
)

// ErrPlace is an address to which this program does not reach.
var ErrPlace = errors.New("the address is not public, and the operator does not allow it")

// How long a call may take in all, and how much of its answer is read.
const (
	timeLimit  = 10 * time.Second
	answerMost = 4 << 10
)

// never are the networks beside those that net/netip tells apart: shared,
// reserved, for documents, and those that lead to an IPv4 address inside.
var never = []netip.Prefix{
	netip.MustParsePrefix("0.0.0.0/8"), netip.MustParsePrefix("100.64.0.0/10"), netip.MustParsePrefix("192.0.0.0/24"),
	netip.MustParsePrefix("192.0.2.0/24"), netip.MustParsePrefix("192.88.99.0/24"), netip.MustParsePrefix("198.18.0.0/15"),
	netip.MustParsePrefix("198.51.100.0/24"), netip.MustParsePrefix("203.0.113.0/24"), netip.MustParsePrefix("240.0.0.0/4"),
	netip.MustParsePrefix("64:ff9b::/96"), netip.MustParsePrefix("64:ff9b:1::/48"), netip.MustParsePrefix("100::/64"),
	netip.MustParsePrefix("2001::/23"), netip.MustParsePrefix("2001:db8::/32"), netip.MustParsePrefix("2002::/16"), netip.MustParsePrefix("fec0::/10"),
}

// Reaches reports whether a call may go to ip: public addresses, and the
// networks that the operator allows, such as that of the State's own bodies.
func Reaches(ip netip.Addr, allow []netip.Prefix) bool {
	ip = ip.Unmap().WithZone("")
	for _, p := range allow {
		if p.Contains(ip) {
			return true
		}
	}
	if !ip.IsGlobalUnicast() || ip.IsPrivate() {
		return false
	}
	for _, p := range never {
		if p.Contains(ip) {
			return false
		}
	}
	return true
}

// ParseNetworks reads networks such as "10.20.0.0/16 fd00::/8", or "".
func ParseNetworks(s string) (all []netip.Prefix, err error) {
	for _, one := range strings.FieldsFunc(s, func(r rune) bool { return r == ' ' || r == ',' }) {
		p, err := netip.ParsePrefix(one)
		if err != nil {
			return nil, fmt.Errorf("%q is no network such as 10.20.0.0/16", one)
		}
		all = append(all, p)
	}
	return all, nil
}

// A Caller calls other machines. It follows no redirect, uses no proxy, and asks
// of the address that is dialled, not of the name, whether it may be reached: a
// name that answers differently a moment later gains nothing.
type Caller struct{ client *http.Client }

// NewCaller is a caller that reaches the public and the allowed networks.
func NewCaller(allow []netip.Prefix) *Caller {
	dial := &net.Dialer{Timeout: 5 * time.Second, Control: func(_, address string, _ syscall.RawConn) error {
		at, err := netip.ParseAddrPort(address)
		if err != nil || !Reaches(at.Addr(), allow) {
			return ErrPlace
		}
		return nil
	}}
	return &Caller{&http.Client{Timeout: timeLimit,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		Transport: &http.Transport{DialContext: dial.DialContext, TLSHandshakeTimeout: 5 * time.Second, ResponseHeaderTimeout: timeLimit,
			MaxResponseHeaderBytes: 16 << 10, MaxIdleConnsPerHost: 1, IdleConnTimeout: 30 * time.Second, DisableCompression: true}}}
}

// Client is the same guard for libraries that call by themselves.
func (c *Caller) Client() *http.Client { return c.client }

// An Answer is what came back: the first bytes of its body, for who looks later
// why it went wrong.
type Answer struct {
	Status int
	Body   []byte
	Took   time.Duration
}

// Post sends body with these headers and reads the answer.
func (c *Caller) Post(ctx context.Context, to string, h http.Header, body []byte) (a Answer, err error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, to, strings.NewReader(string(body)))
	if err != nil {
		return a, err
	}
	r.Header = h
	began := time.Now()
	resp, err := c.client.Do(r)
	if err != nil {
		return Answer{Took: time.Since(began)}, short(err)
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(io.LimitReader(resp.Body, answerMost))
	return Answer{resp.StatusCode, b, time.Since(began)}, short(err)
}

// short is err without the address, which may hold a secret in its query.
func short(err error) error {
	var u *url.Error
	if errors.As(err, &u) {
		if u.Timeout() {
			return errors.New("no answer in time")
		}
		return u.Err
	}
	return err
}
