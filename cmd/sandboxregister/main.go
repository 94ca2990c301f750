// Sandboxregister is an invented population register to try levels of assurance
// on, by the contract of docs/population-register.md. It knows nobody and
// forgets everything when it ends. With a seed it misbehaves as real ones do.
package main

import (
	"flag"
	"fmt"
	"net"
	"net/http"
	"os"
	"time"

	"motcua/cmd/sandboxregister/people"
)

func main() {
	listen := flag.String("listen", "127.0.0.1:8091", "address to serve on")
	secret := flag.String("secret", "whsec_c2FuZGJveHNhbmRib3hzYW5kYm94c2FuZGJveA==", "shared with those who ask")
	seed := flag.Uint64("seed", 0, "misbehave by this seed: late, dead, unsigned, about another question, contradicting itself; 0 behaves")
	flag.Parse()
	r, err := people.New(people.Settings{Secret: *secret, Seed: *seed})
	if err == nil {
		var l net.Listener
		if l, err = net.Listen("tcp", *listen); err == nil {
			fmt.Fprintln(os.Stderr, "sandbox register serves on http://"+l.Addr().String())
			err = (&http.Server{Handler: r, ReadHeaderTimeout: 10 * time.Second}).Serve(l)
		}
	}
	fmt.Fprintln(os.Stderr, "sandboxregister:", err)
	os.Exit(1)
}
