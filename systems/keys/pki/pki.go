// Package pki is what programs ask of the node's authority, at the addresses
// that stand in its certificates: lists of revoked certificates (RFC 5280), the
// state of one (RFC 6960), those of issuers, and time stamps (RFC 3161). The
// answers are signed or sign themselves, so anybody may ask and nothing is secret.
package pki

import (
	"encoding/base64"
	"errors"
	"io"
	"net/url"
	"strings"

	"motcua/base/db"
	"motcua/base/fault"
	"motcua/base/id"
	"motcua/base/stamp"
	"motcua/base/web"
	"motcua/kernel"
	"motcua/kernel/sign"
)

// StampPath is where time stamps are given.
const StampPath = "/pki/tsa"

// most is how long a question may be: both standards' fit many times.
const most = 4 << 10

// Routes are the addresses.
func Routes() []kernel.Route {
	anyone := kernel.Anyone()
	return []kernel.Route{
		{Pattern: "GET /pki/{file}", Who: anyone, Do: file},
		{Pattern: "POST " + sign.StatusPath, Who: anyone, API: true, Limit: most, Do: status},
		{Pattern: "GET " + sign.StatusPath + "/{question...}", Who: anyone, API: true, Do: statusGet},
		{Pattern: "POST " + StampPath, Who: anyone, API: true, Limit: most, Do: stamped},
	}
}

// file is the list or the certificate of an issuer.
func file(r *kernel.Request) (web.Answer, error) {
	none := fault.New(fault.NotFound, "sign.nokey")
	name, kind, _ := strings.Cut(r.PathValue("file"), ".")
	n, err := id.Parse(name)
	if err != nil {
		return web.Answer{}, none
	}
	switch kind {
	case "crl":
		der, err := r.App.Keys.Listed(r.Context(), n)
		return web.Raw("application/pkix-crl", der), err
	case "cer":
		var k sign.Key
		err := r.App.DB.Read(r.Context(), func(tx *db.Tx) (err error) {
			k, err = r.App.Keys.Get(tx, n)
			return err
		})
		if err == nil && k.Kind != sign.Root && k.Kind != sign.Issuer { // of others one learns from what they signed
			err = none
		}
		if err != nil {
			return web.Answer{}, err
		}
		return web.Raw("application/pkix-cert", k.Certificate.Raw), nil
	}
	return web.Answer{}, none
}

func status(r *kernel.Request) (web.Answer, error) {
	question, err := io.ReadAll(r.Body)
	if err != nil {
		return web.Answer{}, err
	}
	return answer(r, question)
}

// statusGet is the form for short questions, which caches can keep (RFC 6960, A.1).
func statusGet(r *kernel.Request) (web.Answer, error) {
	text, err := url.PathUnescape(r.PathValue("question"))
	if err != nil || len(text) > most {
		text = ""
	}
	question, err := base64.StdEncoding.DecodeString(text)
	if err != nil {
		question = nil
	}
	return answer(r, question)
}

func answer(r *kernel.Request, question []byte) (web.Answer, error) {
	der, err := r.App.Keys.Status(r.Context(), question, r.App.Now())
	return web.Raw("application/ocsp-response", der), err
}

// stamped gives a time stamp. A refusal is an answer of the standard too; while
// signing is stopped the clock does not answer either.
func stamped(r *kernel.Request) (web.Answer, error) {
	question, err := io.ReadAll(r.Body)
	if err != nil {
		return web.Answer{}, err
	}
	token, err := give(r, question)
	var failed stamp.Failure
	switch {
	case err == nil:
		der, err := stamp.Reply(token)
		return web.Raw("application/timestamp-reply", der), err
	case errors.As(err, &failed), fault.Of(err) == fault.Unavailable:
		if failed == 0 && fault.Of(err) != "" {
			err = stamp.NoTime
		}
		der, err := stamp.Refuse(err)
		return web.Raw("application/timestamp-reply", der), err
	}
	return web.Answer{}, err
}

func give(r *kernel.Request, question []byte) ([]byte, error) {
	q, err := stamp.ParseRequest(question)
	if err != nil {
		return nil, err
	}
	return r.App.Keys.Stamp(r.Context(), q, r.App.Now())
}
