package main

import (
	"bytes"
	"context"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"errors"
	"flag"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"os"
	"strings"
	"time"

	"golang.org/x/crypto/ocsp"

	"motcua/base/cades"
	"motcua/base/fault"
	"motcua/base/lang"
	"motcua/base/pades"
	"motcua/base/ui"
	"motcua/base/verdict"
	"motcua/base/xades"
	"motcua/kernel/sign"
	"motcua/kernel/verify"
)

// verifyCommand says who signed a file, when, whether it was changed since and
// whether the ledger holds it: with a node's certificates alone, by asking the
// node, or as the node of this folder.
func verifyCommand(ctx context.Context, c *call) error {
	rootFile := c.flags.String("roots", "", "certificates of a node (its /roots.pem): checks without a network")
	asJSON := c.flags.Bool("json", false, "print JSON, as docs/verify.md describes it")
	content := c.flags.String("content", "", "the file that was signed, when FILE is a signature beside it (.p7s)")
	var facts verdict.Facts
	c.flags.Func("crl", "list of revoked certificates (DER or PEM) to weigh; may be said again", func(name string) error {
		b, err := readSome(name)
		if err == nil {
			err = addList(&facts, b)
		}
		return err
	})
	c.flags.Func("ocsp", "answer about one certificate (OCSP, DER) to weigh; may be said again", func(name string) error {
		b, err := readSome(name)
		facts.Answers = append(facts.Answers, b)
		return err
	})
	tongue := c.flags.String("lang", "en", "language of the answer: vi, en or fr")
	if err := c.parse(); err != nil {
		return err
	}
	if err := c.want(1); err != nil {
		return err
	}
	f, err := readFiles(c.args[0], *content)
	if err != nil {
		return err
	}
	said := map[string]bool{}
	c.flags.Visit(func(f *flag.Flag) { said[f.Name] = true })
	texts, err := lang.Load(verify.Texts, pades.Texts, cades.Texts, xades.Texts, verdict.Texts, sign.Texts)
	if err != nil {
		return err
	}
	v := lang.Voice{Lang: lang.Lang(*tongue), Zone: time.Local, Catalogue: texts}
	var r verify.Report
	switch {
	case *rootFile != "":
		b, err := os.ReadFile(*rootFile)
		if err != nil {
			return err
		}
		r, err = readWith(f, b)
		if err != nil {
			return worded(v, err)
		}
	case said["url"]:
		if r, err = askNode(ctx, strings.TrimSuffix(c.URL, "/"), f); err != nil {
			return worded(v, err)
		}
		askIssuers(ctx, &facts, r.Verdict)
	default:
		if r, err = asNode(ctx, c, v, f); err != nil {
			return worded(v, err)
		}
	}
	facts.Weigh(&r.Verdict)
	if *asJSON {
		e := json.NewEncoder(c.out)
		e.SetIndent("", "  ")
		err = e.Encode(r)
	} else {
		err = printReport(c.out, r.Say(v, time.Now()))
	}
	if err == nil && (r.State != verdict.Valid || r.Standing != nil && r.Standing.State != verify.InForce) {
		err = errors.New("not to be relied on")
	}
	return err
}

// readSome reads a file that may be too large.
func readSome(name string) ([]byte, error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return io.ReadAll(io.LimitReader(f, 64<<20))
}

// readFiles reads the file to check and the one it stands beside.
func readFiles(name, content string) (f verify.File, err error) {
	if f.Main, err = readSome(name); err == nil && content != "" {
		f.Beside, err = readSome(content)
	}
	return f, err
}

// addList adds a list of revoked certificates, DER or PEM.
func addList(facts *verdict.Facts, b []byte) error {
	if block, _ := pem.Decode(b); block != nil {
		b = block.Bytes
	}
	list, err := x509.ParseRevocationList(b)
	if err == nil {
		facts.Lists = append(facts.Lists, list)
	}
	return err
}

// askIssuers asks those who vouch for the signers of v, at the addresses in
// their certificates, whether any was revoked. Who does not answer says nothing:
// the verdict tells that nobody was asked.
func askIssuers(ctx context.Context, facts *verdict.Facts, v verdict.Verdict) {
	asked := map[string]bool{}
	first := func(url string) bool {
		web := strings.HasPrefix(url, "https://") || strings.HasPrefix(url, "http://")
		ok := web && !asked[url]
		asked[url] = true
		return ok
	}
	for _, s := range v.Signatures {
		for n, c := range s.Chain {
			for _, url := range c.CRLDistributionPoints {
				if first(url) {
					if b, err := fetch(ctx, url); err == nil {
						_ = addList(facts, b) // one that cannot be read says nothing either
					}
				}
			}
			for _, url := range c.OCSPServer {
				if n+1 == len(s.Chain) || !first(url+"#"+sign.Number(c)) {
					continue
				}
				question, err := ocsp.CreateRequest(c, s.Chain[n+1], nil)
				if err != nil {
					continue
				}
				if b, err := send(ctx, url, "application/ocsp-request", question); err == nil {
					facts.Answers = append(facts.Answers, b)
				}
			}
		}
	}
}

// readWith reads a file as far as its signatures and these certificates prove it.
func readWith(f verify.File, roots []byte) (verify.Report, error) {
	var all []*x509.Certificate
	for {
		var block *pem.Block
		if block, roots = pem.Decode(roots); block == nil {
			break
		}
		cert, err := x509.ParseCertificate(block.Bytes)
		if err != nil {
			return verify.Report{}, err
		}
		all = append(all, cert)
	}
	if all == nil {
		return verify.Report{}, errors.New("the file of roots holds no certificate")
	}
	return verify.Read(f, all...)
}

// askNode reads the file here, and asks the node only for its certificates and
// for what became of the paper: the file itself is not sent.
func askNode(ctx context.Context, url string, f verify.File) (r verify.Report, err error) {
	roots, err := fetch(ctx, url+"/roots.pem")
	if err != nil {
		return r, err
	}
	if r, err = readWith(f, roots); err != nil || r.Says == nil {
		return r, err
	}
	r.Asked = true
	b, err := fetch(ctx, url+"/verify/"+r.Says.Act.String()+"/status?doc="+string(r.Says.Doc))
	if errors.Is(err, fault.NotFound) {
		return r, nil
	}
	if err == nil {
		err = json.Unmarshal(b, &r.Standing)
		r.Here = r.Standing != nil
	}
	return r, err
}

func fetch(ctx context.Context, url string) ([]byte, error) { return send(ctx, url, "", nil) }

// send asks at an address; no question is a GET.
func send(ctx context.Context, url, kind string, question []byte) ([]byte, error) {
	ctx, stop := context.WithTimeout(ctx, 20*time.Second)
	defer stop()
	method := http.MethodGet
	if question != nil {
		method = http.MethodPost
	}
	q, err := http.NewRequestWithContext(ctx, method, url, bytes.NewReader(question))
	if err != nil {
		return nil, err
	}
	if kind != "" {
		q.Header.Set("Content-Type", kind)
	}
	answer, err := http.DefaultClient.Do(q)
	if err != nil {
		return nil, err
	}
	defer answer.Body.Close()
	switch answer.StatusCode {
	case http.StatusOK:
		return io.ReadAll(io.LimitReader(answer.Body, 16<<20)) // lists of large authorities have megabytes
	case http.StatusNotFound:
		return nil, fmt.Errorf("%s: %w", url, fault.NotFound)
	}
	return nil, fmt.Errorf("%s: %s", url, answer.Status)
}

// asNode checks with all that the node of this folder knows.
func asNode(ctx context.Context, c *call, v lang.Voice, f verify.File) (verify.Report, error) {
	if _, err := os.Stat(c.DB); errors.Is(err, fs.ErrNotExist) && !strings.Contains(c.DB, "://") {
		return verify.Report{}, fmt.Errorf("there is no node in %s: name its folder by --dir, its certificates by --roots, or its address by --url", c.Dir)
	}
	a, err := open(ctx, c.settings)
	if err != nil {
		return verify.Report{}, err
	}
	defer a.Close()
	v.Catalogue = a.Texts
	return verify.Check(ctx, a, v, f)
}

// worded says a fault in words.
func worded(v lang.Voice, err error) error {
	var f *fault.Error
	if errors.As(err, &f) && v.Catalogue.Has(f.Code) {
		return errors.New(v.T(f.Code, f.Args...))
	}
	return err
}

// marks are what the tones look like without colour.
var marks = map[ui.Tone]string{ui.Good: "yes", ui.Soon: "?", ui.Bad: "NO"}

func printReport(w io.Writer, s *verify.Saying) error {
	_, err := fmt.Fprintf(w, "%s\n%s\n\n", s.Verdict.Title, s.Verdict.Text)
	for _, l := range s.Checks {
		if err == nil {
			_, err = fmt.Fprintf(w, "  %-4s %s. %s\n", marks[l.Tone], l.Text, l.More)
		}
	}
	for _, one := range s.Signers {
		if err == nil {
			_, err = fmt.Fprintf(w, "\n  %s\n", one.Name)
		}
		for _, a := range one.Rows.Rows {
			if err == nil {
				_, err = fmt.Fprintf(w, "    %-14s %s. %s\n", a.Ask, a.Say, a.Source)
			}
		}
	}
	for i, a := range s.About.Rows {
		if err == nil && i == 0 {
			_, err = fmt.Fprintln(w)
		}
		if err == nil {
			_, err = fmt.Fprintf(w, "  %-16s %s\n", a.Ask, a.Say)
		}
	}
	if err == nil && s.Proof.Text != "" {
		_, err = fmt.Fprintf(w, "\n  %s %s\n", s.Proof.Text, s.Proof.Mark)
	}
	return err
}
