package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"strings"
	"time"

	calls "motcua/base/call"
)

// listenCommand shows webhooks as they arrive on this machine: whether they are
// signed with the secret, what they say, and what the program answered to which
// they are handed on.
func listenCommand(ctx context.Context, c *call) error {
	secret := c.flags.String("secret", "", "the endpoint's secret, whsec_…; default: MOTCUA_WEBHOOK_SECRET")
	to := c.flags.String("to", "", "hand on what is rightly signed to this address, such as http://localhost:3000/in")
	at := c.flags.String("at", "127.0.0.1:4848", "address to listen on")
	if err := c.parse(); err != nil {
		return err
	}
	if *secret == "" {
		*secret = os.Getenv("MOTCUA_WEBHOOK_SECRET")
	}
	s, err := calls.ParseSecret(*secret)
	if err != nil {
		return err
	}
	l, err := net.Listen("tcp", *at)
	if err != nil {
		return err
	}
	fmt.Fprintf(c.err, "Webhooks are shown that come to http://%s/\n", l.Addr())
	h := &http.Server{Handler: &listener{secret: s, to: *to, out: c.out}, ReadHeaderTimeout: 5 * time.Second, ReadTimeout: 30 * time.Second}
	go func() {
		<-ctx.Done()
		h.Close()
	}()
	if err := h.Serve(l); !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return nil
}

// A listener answers 204 to what is rightly signed, or what the program said to
// which it was handed on; 401 to the rest.
type listener struct {
	secret calls.Secret
	to     string
	out    io.Writer
}

// webhookMost is the longest body that is read.
const webhookMost = 1 << 20

func (l *listener) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, webhookMost))
	if err != nil || r.Method != http.MethodPost {
		http.Error(w, "a webhook is a POST of at most 1 MiB", http.StatusBadRequest)
		return
	}
	if err := calls.Verify(r.Header, body, time.Now(), l.secret); err != nil {
		fmt.Fprintf(l.out, "WRONG %s: %v\n", printable(r.Header.Get(calls.HeaderID)), err)
		http.Error(w, err.Error(), http.StatusUnauthorized)
		return
	}
	var event struct{ Type, Subject, Sequence string }
	var pretty bytes.Buffer
	if json.Unmarshal(body, &event) != nil || json.Indent(&pretty, body, "", "  ") != nil {
		http.Error(w, "the body is not JSON", http.StatusBadRequest)
		return
	}
	fmt.Fprintf(l.out, "ok    %s %s\n%s\n", printable(r.Header.Get(calls.HeaderID)), printable(event.Type), pretty.String())
	if l.to == "" {
		w.WriteHeader(http.StatusNoContent)
		return
	}
	l.handOn(w, r, body)
}

func (l *listener) handOn(w http.ResponseWriter, r *http.Request, body []byte) {
	q, err := http.NewRequestWithContext(r.Context(), http.MethodPost, l.to, bytes.NewReader(body))
	if err == nil {
		for _, name := range []string{"Content-Type", calls.HeaderID, calls.HeaderTime, calls.HeaderSignature} {
			q.Header.Set(name, r.Header.Get(name))
		}
		var a *http.Response
		if a, err = http.DefaultClient.Do(q); err == nil {
			defer a.Body.Close()
			fmt.Fprintf(l.out, "      handed on: %s\n", a.Status)
			w.WriteHeader(a.StatusCode)
			_, err = io.Copy(w, io.LimitReader(a.Body, webhookMost))
			if err == nil {
				return
			}
		}
	}
	fmt.Fprintf(l.out, "      not handed on: %v\n", err)
	http.Error(w, "it could not be handed on", http.StatusBadGateway)
}

// printable is what a stranger sent, without what would move a terminal's cursor.
func printable(s string) string {
	return strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f {
			return '?'
		}
		return r
	}, s[:min(len(s), 200)])
}

// triggerCommand asks a running portal to send an example of an event to one of
// one's own webhooks, on the way that all events go.
func triggerCommand(ctx context.Context, c *call) error {
	hook := c.flags.String("webhook", "", "id of the webhook")
	token := c.flags.String("token", "", "key for the API; default: MOTCUA_TOKEN")
	if err := c.parse(); err != nil {
		return err
	}
	if err := c.want(1); err != nil {
		return err
	}
	if *token == "" {
		*token = os.Getenv("MOTCUA_TOKEN")
	}
	body, err := json.Marshal(map[string]string{"type": c.args[0]})
	if err != nil {
		return err
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, strings.TrimSuffix(c.URL, "/")+"/api/v1/webhooks/"+*hook+"/trial", bytes.NewReader(body))
	if err != nil {
		return err
	}
	r.Header.Set("Authorization", "Bearer "+*token)
	r.Header.Set("Content-Type", "application/json")
	a, err := http.DefaultClient.Do(r)
	if err != nil {
		return err
	}
	defer a.Body.Close()
	b, err := io.ReadAll(io.LimitReader(a.Body, webhookMost))
	if err != nil {
		return err
	}
	if a.StatusCode != http.StatusOK {
		return fmt.Errorf("%s: %s", a.Status, b)
	}
	_, err = fmt.Fprintf(c.out, "%s\n", bytes.TrimSpace(b))
	return err
}
