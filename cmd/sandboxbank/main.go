// Sandboxbank is a bank and a payment gateway to try payments on, by the
// contract of docs/payment-gateway.md. It holds no money and forgets everything
// when it ends. With a seed it misbehaves as real ones do.
package main

import (
	"errors"
	"flag"
	"fmt"
	"net"
	"net/http"
	"os"
	"strings"
	"time"

	"motcua/cmd/sandboxbank/bank"
)

func main() {
	listen := flag.String("listen", "127.0.0.1:8090", "address to serve on")
	merchant := flag.String("merchant", "motcua", "name of the merchant")
	secret := flag.String("secret", "a secret of sandboxes", "shared with the merchant")
	seed := flag.Uint64("seed", 0, "misbehave by this seed: late, doubled, reordered, wrong and lost; 0 behaves")
	folders := map[string]string{}
	flag.Func("statements", "ACCOUNT=FOLDER: put statements of the account there as money moves; may be said for several", func(s string) error {
		account, folder, ok := strings.Cut(s, "=")
		if !ok {
			return errors.New("want ACCOUNT=FOLDER")
		}
		folders[account] = folder
		return nil
	})
	flag.Parse()
	l, err := net.Listen("tcp", *listen)
	if err == nil {
		b := bank.New(bank.Settings{URL: "http://" + l.Addr().String(), Merchant: *merchant, Secret: *secret, Seed: *seed, Folders: folders})
		go b.Run(nil)
		fmt.Fprintln(os.Stderr, "sandbox bank serves on", b.URL)
		err = (&http.Server{Handler: b, ReadHeaderTimeout: 10 * time.Second}).Serve(l)
	}
	fmt.Fprintln(os.Stderr, "sandboxbank:", err)
	os.Exit(1)
}
