// Package lists keeps what authorities outside say of their certificates: the
// lists of revoked ones (RFC 5280), fetched where the certificates say, each well
// before it ends, outside of any transaction. Whether a certificate was good when
// somebody signed is then answered without a network, years later too, because
// lists forget certificates whose time is over and these do not.
package lists

import (
	"crypto/sha256"
	"crypto/x509"
	"embed"
	"encoding/hex"
	"encoding/pem"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"time"

	"motcua/base/cert"
	"motcua/base/db"
	"motcua/base/fault"
	"motcua/kernel"
	"motcua/kernel/sign"
	"motcua/kernel/who"
)

//go:embed texts.yaml schema/*.sql
var files embed.FS

// System is the lists.
func System() kernel.System {
	schema, _ := fs.Sub(files, "schema")
	return kernel.System{Name: "list", Texts: []fs.FS{files}, Schema: schema,
		Links: []kernel.Link{{At: kernel.Admin, Path: "/admin/revoked", Text: "lists.title", Icon: "undo", About: "lists.tile", Who: kernel.Roles(who.Admin)}},
		Routes: func(*kernel.App) []kernel.Route {
			return []kernel.Route{{Pattern: "GET /admin/revoked", Who: kernel.Roles(who.Admin, who.Warden), Do: show}}
		},
		Every: []kernel.Task{{Name: "fetch lists of revoked certificates", Pause: 10 * time.Minute, Do: Fetch}}}
}

// Bounds of what others can make this node fetch and keep.
const (
	mostSources = 500
	mostBytes   = 8 << 20
	longAgo     = 3 * 366 * 24 * time.Hour // older lists stay only where they lead a month
)

// A Source is where lists of one issuer come from.
type Source struct {
	URL    string
	Issuer *x509.Certificate
	Due    time.Time
	Tried  time.Time // zero: never
	Why    string    // the last try failed
	Began  time.Time // of the newest list from there; zero: there is none
	Ends   time.Time
}

// Sources are all of them.
func Sources(tx *db.Tx) ([]Source, error) {
	return sources(tx, `order by s.url`)
}

func sources(tx *db.Tx, where string, args ...any) ([]Source, error) {
	return db.List(tx, func(scan func(...any) error) (s Source, err error) {
		var der []byte
		var due, tried, began, ends db.Time
		if err = scan(&s.URL, &der, &due, &tried, &s.Why, &began, &ends); err == nil {
			s.Issuer, err = x509.ParseCertificate(der)
		}
		s.Due, s.Tried, s.Began, s.Ends = due.Time, tried.Time, began.Time, ends.Time
		return s, err
	}, `select s.url, s.cert, s.due, s.tried, s.why, coalesce(k.began, 0), coalesce(k.ends, 0) from list_source s left join list_kept k on k.sum = s.kept `+where, args...)
}

// Unknown are the sources that certificates of chain name and nobody asks yet.
// chain leads from a signer to a root that is trusted, so nobody else can send the
// node anywhere.
func Unknown(tx *db.Tx, a *kernel.App, chain []*x509.Certificate) (all []Source, err error) {
	if len(chain) < 2 {
		return nil, nil
	}
	if k, _, err := a.Keys.Known(tx, chain[len(chain)-1]); err != nil || k.ID != 0 { // our own lists are here
		return nil, err
	}
	for n, c := range chain[:len(chain)-1] {
		for _, at := range c.CRLDistributionPoints {
			if !address(at) {
				continue
			}
			var there int
			if err := tx.Row(`select count(*) from list_source where url = $1`, at).Scan(&there); err != nil {
				return nil, err
			}
			if there == 0 && !slices.ContainsFunc(all, func(s Source) bool { return s.URL == at }) {
				all = append(all, Source{URL: at, Issuer: chain[n+1]})
			}
		}
	}
	return all, nil
}

// Ask enters sources, as many as there is room for; they are asked at once.
func Ask(tx *db.Tx, all []Source) error {
	var n int
	if err := tx.Row(`select count(*) from list_source`).Scan(&n); err != nil {
		return err
	}
	for _, s := range all[:min(len(all), max(0, mostSources-n))] {
		_, err := tx.Exec(`insert into list_source (url, issuer, cert, due, tried, why) values ($1, $2, $3, 0, 0, '') on conflict (url) do nothing`, s.URL, sum(s.Issuer.Raw), s.Issuer.Raw)
		if err != nil {
			return err
		}
	}
	return nil
}

func sum(b []byte) string {
	s := sha256.Sum256(b)
	return hex.EncodeToString(s[:])
}

// From says why a list is not the one of an address: who can answer in its place
// could hide one part of an issuer's lists behind another.
func From(l *x509.RevocationList, at string) error {
	if p := cert.PartOf(l); len(p.URLs) > 0 && !slices.Contains(p.URLs, at) {
		return fault.New(fault.Invalid, "lists.elsewhere", p.URLs[0])
	}
	return nil
}

// Keep keeps a list of issuer that came now. One that is not its
// issuer's, not yet in force or older than what is here is refused: who holds back
// the newest list could otherwise hide a revocation.
func Keep(tx *db.Tx, a *kernel.App, issuer *x509.Certificate, l *x509.RevocationList) error {
	now, began := a.Now(), l.ThisUpdate
	part := cert.PartOf(l)
	of, whole := sum(issuer.Raw), ""
	if part.Raw != nil {
		whole = sum(part.Raw)
	}
	var last db.Time
	if err := tx.Row(`select coalesce(max(began), 0) from list_kept where issuer = $1 and part = $2`, of, whole).Scan(&last); err != nil {
		return err
	}
	switch {
	case part.Delta:
		return fault.New(fault.Invalid, "lists.delta")
	case l.CheckSignatureFrom(issuer) != nil:
		return fault.New(fault.Invalid, "lists.strange", issuer.Subject.CommonName)
	case began.After(now.Add(5*time.Minute)) || !l.NextUpdate.After(began):
		return fault.New(fault.Invalid, "lists.time")
	case began.Before(last.Time):
		return fault.New(fault.Conflict, "lists.older", last.Time)
	}
	var same int
	first := time.Date(began.Year(), began.Month(), 1, 0, 0, 0, 0, time.UTC)
	if err := tx.Row(`select count(*) from list_kept where issuer = $1 and part = $2 and began >= $3`, of, whole, db.At(first)).Scan(&same); err != nil {
		return err
	}
	leads := 0
	if same == 0 {
		leads = 1
	}
	n, err := tx.Exec(`insert into list_kept (sum, issuer, part, began, ends, at, leads, der) values ($1, $2, $3, $4, $5, $6, $7, $8) on conflict (sum) do nothing`,
		sum(l.Raw), of, whole, db.At(began), db.At(l.NextUpdate), db.At(now), leads, l.Raw)
	if err != nil || n == 0 {
		return err
	}
	if _, err := tx.Exec(`delete from list_kept where issuer = $1 and leads = 0 and began < $2`, of, db.At(now.Add(-longAgo))); err != nil {
		return err
	}
	says := map[string]any{"issuer": issuer.Subject.CommonName, "sha256": sum(l.Raw), "from": began, "until": l.NextUpdate, "revoked": len(l.RevokedCertificateEntries)}
	ended, err := end(tx, a, issuer, l)
	if len(ended) > 0 {
		says["ended"] = ended
	}
	if err != nil {
		return err
	}
	return a.Engine.Record(tx, who.Person{}, "lists.keep", 0, says)
}

// end takes the certificates used here that issuer revoked by l, and those under
// one that it revoked, out of use: nobody signs or seals with them any more.
func end(tx *db.Tx, a *kernel.App, issuer *x509.Certificate, l *x509.RevocationList) (numbers []string, err error) {
	chains, err := a.Keys.Outside(tx)
	if err != nil {
		return nil, err
	}
	for _, chain := range chains {
		above := slices.IndexFunc(chain, issuer.Equal)
		if above < 1 {
			continue
		}
		e, ok := named(l, chain[above-1])
		if !ok {
			continue
		}
		k, _, err := a.Keys.Known(tx, chain[0])
		if err == nil {
			_, err = a.Keys.Revoke(tx, k.ID, e.RevocationTime, sign.Cause(e.ReasonCode), "")
		}
		if err != nil {
			return nil, err
		}
		numbers = append(numbers, sign.Number(chain[0]))
	}
	return numbers, nil
}

// named is what l, a list of c's issuer, says of c, if it says that c is revoked.
func named(l *x509.RevocationList, c *x509.Certificate) (e x509.RevocationListEntry, ok bool) {
	i := slices.IndexFunc(l.RevokedCertificateEntries, func(e x509.RevocationListEntry) bool {
		return e.ReasonCode != 8 && e.SerialNumber.Cmp(c.SerialNumber) == 0 // 8: taken off the list again
	})
	if i >= 0 {
		e = l.RevokedCertificateEntries[i]
	}
	return e, i >= 0
}

// Revoked is when one of chain was revoked, as far as the lists that are here say.
func Revoked(tx *db.Tx, chain []*x509.Certificate) (at time.Time, ok bool, err error) {
	for n := range max(0, len(chain)-1) {
		all, err := About(tx, chain[n:n+2])
		if err != nil {
			return at, false, err
		}
		for _, l := range all {
			if e, ok := named(l, chain[n]); ok {
				return e.RevocationTime, true, nil
			}
		}
	}
	return at, false, nil
}

// Read reads a list in DER or PEM.
func Read(b []byte) (*x509.RevocationList, error) {
	if len(b) > mostBytes {
		return nil, fault.New(fault.TooLarge, "lists.large", mostBytes>>20)
	}
	if block, _ := pem.Decode(b); block != nil && block.Type == "X509 CRL" {
		b = block.Bytes
	}
	l, err := x509.ParseRevocationList(b)
	if err != nil {
		return nil, fault.New(fault.Invalid, "lists.none")
	}
	return l, nil
}

// About are the lists that say what is to be known of the certificates of chain:
// of each part the newest, and those around its end, after which lists forget it.
func About(tx *db.Tx, chain []*x509.Certificate) (all []*x509.RevocationList, err error) {
	var seen []string
	for n := range max(0, len(chain)-1) {
		issuer, end := sum(chain[n+1].Raw), db.At(chain[n].NotAfter)
		parts, err := db.List(tx, func(scan func(...any) error) (s string, err error) { return s, scan(&s) }, `select distinct part from list_kept where issuer = $1`, issuer)
		if err != nil {
			return nil, err
		}
		for _, part := range parts {
			for q, when := range map[string]db.Time{`began <= $3 order by began desc`: end, `began > $3 order by began`: end, `began > $3 order by began desc`: {}} {
				var name string
				var der []byte
				err := tx.Row(`select sum, der from list_kept where issuer = $1 and part = $2 and `+q+` limit 1`, issuer, part, when).Scan(&name, &der)
				if errors.Is(err, fault.NotFound) || err == nil && slices.Contains(seen, name) {
					continue
				}
				if err != nil {
					return nil, err
				}
				l, err := x509.ParseRevocationList(der)
				if err != nil {
					return nil, fmt.Errorf("list %s: %w", name, err)
				}
				seen, all = append(seen, name), append(all, l)
			}
		}
	}
	return all, nil
}
