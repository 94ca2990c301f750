package main

import (
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"time"
)

// page measures a service's page for a visitor who brings nothing, compressed.
//
// limit is a Go server that holds these bytes; peer is nginx with gzip_static on
// the same file, where nginx is on the path, and else the limit again.
func page(b *bench) error {
	if err := b.begin(nil); err != nil {
		return err
	}
	ours, err := b.start("ours", 0)
	if err != nil {
		return err
	}
	const path, takes = "/services/1.001193", "Accept-Encoding: gzip\r\n"
	pressed, header, err := fetch(ours.URL+path, takes)
	if err != nil {
		return err
	}
	if header.Get("Content-Encoding") != "gzip" {
		return fmt.Errorf("the page came uncompressed")
	}
	whole, _, err := fetch(ours.URL+path, "Accept-Encoding: identity\r\n")
	if err != nil {
		return err
	}
	b.More["page_bytes"], b.More["sent_bytes"] = float64(len(whole)), float64(len(pressed))
	root := filepath.Join(b.dir, "www")
	if err := os.MkdirAll(filepath.Join(root, "services"), 0o755); err != nil {
		return err
	}
	for name, text := range map[string][]byte{".html": whole, ".html.gz": pressed} {
		if err := os.WriteFile(filepath.Join(root, path+name), text, 0o644); err != nil {
			return err
		}
	}
	bytes, err := startSelf("bytes", "--file", filepath.Join(root, path+".html.gz"))
	if err != nil {
		return err
	}
	b.end(bytes.stop)
	to := func(path string) func(int, int) string { return func(int, int) string { return path } }
	arms := Arms{}
	if arms.Ours, err = b.pages(ours, takes, to(path)); err != nil {
		return err
	}
	if arms.Limit, err = b.pages(bytes, takes, to("/")); err != nil {
		return err
	}
	arms.Peer = arms.Limit
	if name, err := exec.LookPath("nginx"); err == nil {
		x, err := startNginx(name, b.dir, root)
		if err != nil {
			return err
		}
		b.end(func() { x.kill() })
		if arms.Peer, err = b.pages(x, takes, to(path+".html")); err != nil {
			return err
		}
	} else {
		b.Notes = append(b.Notes, "nginx is not on the path: the peer is the limit again")
	}
	if err := b.measure(arms); err != nil {
		return err
	}
	return b.latency(arms.Ours)
}

// startNginx serves root on a free port of the loopback, one worker a core.
func startNginx(name, dir, root string) (*child, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	address := l.Addr().String()
	l.Close()
	conf := filepath.Join(dir, "nginx.conf")
	text := fmt.Sprintf(`daemon off; master_process off; pid %[1]s/nginx.pid; error_log %[1]s/nginx.log;
events { worker_connections 4096; }
http { access_log off; sendfile on; tcp_nopush on; keepalive_requests 100000000; types { text/html html; }
client_body_temp_path %[1]s/b; proxy_temp_path %[1]s/p; fastcgi_temp_path %[1]s/f; uwsgi_temp_path %[1]s/u; scgi_temp_path %[1]s/s;
server { listen %[2]s; root %[3]s; gzip_static on; } }`, dir, address, root)
	if err := os.WriteFile(conf, []byte(text), 0o644); err != nil {
		return nil, err
	}
	cmd := exec.Command(name, "-c", conf, "-p", dir)
	cmd.Stderr = os.Stderr
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	k := &child{served: served{URL: "http://" + address}, cmd: cmd}
	for range 100 {
		if conn, err := net.Dial("tcp", address); err == nil {
			return k, conn.Close()
		}
		time.Sleep(20 * time.Millisecond)
	}
	return nil, fmt.Errorf("nginx did not come up: %w", k.kill())
}

// serveBytes is the limit of pages: a handler that has the bytes.
func serveBytes(name string) (http.Handler, error) {
	b, err := os.ReadFile(name)
	return http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		h := w.Header()
		h.Set("Content-Encoding", "gzip")
		h.Set("Content-Type", "text/html; charset=utf-8")
		h.Set("Content-Length", strconv.Itoa(len(b)))
		w.Write(b)
	}), err
}

// serveOnly serves bytes: the child that is the limit of pages.
func serveOnly(args []string) error {
	f := flag.NewFlagSet("bytes", flag.ContinueOnError)
	name := f.String("file", "", "")
	if err := f.Parse(args); err != nil {
		return err
	}
	h, err := serveBytes(*name)
	if err != nil {
		return err
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	b, err := json.Marshal(served{URL: "http://" + l.Addr().String()})
	if err != nil {
		return err
	}
	fmt.Println(string(b))
	go http.Serve(l, h)
	_, err = io.Copy(io.Discard, os.Stdin)
	return err
}

// cookie is a header that brings a session.
func cookie(secret string) string {
	return "Cookie: motcua=" + secret + "\r\n"
}
