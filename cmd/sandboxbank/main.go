// Sandboxbank is a bank and a payment gateway to try payments on, by the
// contract of docs/payment-gateway.md. It holds no money and forgets everything
// when it ends. With a seed it misbehaves as real ones do.
package main

import (
	"flag"
	"fmt"
	"net/http"
	"os"
	"time"

	"motcua/cmd/sandboxbank/bank"
)

func main() {
	listen := flag.String("listen", "127.0.0.1:8090", "address to serve on")
	merchant := flag.String("merchant", "motcua", "name of the merchant")
	secret := flag.String("secret", "sandbox", "shared with the merchant")
	seed := flag.Uint64("seed", 0, "misbehave by this seed: late, doubled, reordered, wrong and lost; 0 behaves")
	flag.Parse()
	b := bank.New(bank.Settings{URL: "http://" + *listen, Merchant: *merchant, Secret: *secret, Seed: *seed})
	go b.Run(nil)
	fmt.Fprintln(os.Stderr, "sandbox bank serves on http://"+*listen)
	s := &http.Server{Addr: *listen, Handler: b, ReadHeaderTimeout: 10 * time.Second}
	if err := s.ListenAndServe(); err != nil {
		fmt.Fprintln(os.Stderr, "sandboxbank:", err)
		os.Exit(1)
	}
}
