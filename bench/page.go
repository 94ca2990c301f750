package main

import (
	"fmt"
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
func page(args []string) (*Result, bool, error) {
	c := common{}
	f := c.flags("page")
	if err := f.Parse(args); err != nil {
		return nil, false, err
	}
	c.turn = max(c.turn, 2*time.Second)
	dir, err := os.MkdirTemp("", "bench")
	if err != nil {
		return nil, false, err
	}
	defer os.RemoveAll(dir)
	ours, err := start(filepath.Join(dir, "ours"), "", 0, 0)
	if err != nil {
		return nil, false, err
	}
	defer ours.in.Close()
	const path, takes = "/services/1.001193", "Accept-Encoding: gzip\r\n"
	pressed, header, err := fetch(ours.URL+path, takes)
	if err != nil {
		return nil, false, err
	}
	if header.Get("Content-Encoding") != "gzip" {
		return nil, false, fmt.Errorf("the page came uncompressed")
	}
	whole, _, err := fetch(ours.URL+path, "Accept-Encoding: identity\r\n")
	if err != nil {
		return nil, false, err
	}
	root := filepath.Join(dir, "www")
	if err := os.MkdirAll(filepath.Join(root, "services"), 0o755); err != nil {
		return nil, false, err
	}
	for name, b := range map[string][]byte{".html": whole, ".html.gz": pressed} {
		if err := os.WriteFile(filepath.Join(root, path+name), b, 0o644); err != nil {
			return nil, false, err
		}
	}
	bytes, err := startSelf("bytes", "--file", filepath.Join(root, path+".html.gz"))
	if err != nil {
		return nil, false, err
	}
	defer bytes.in.Close()
	r := &Result{Work: "page", More: map[string]float64{"clients": float64(c.clients), "page_bytes": float64(len(whole)), "sent_bytes": float64(len(pressed))}}
	arm := func(k *child, path string) (Arm, error) {
		l, err := get(k.URL, c.clients, takes, func(int, int) string { return path })
		return Arm{do: l.do, used: k.used}, err
	}
	arms := Arms{}
	if arms.Ours, err = arm(ours, path); err != nil {
		return nil, false, err
	}
	if arms.Limit, err = arm(bytes, "/"); err != nil {
		return nil, false, err
	}
	arms.Peer = arms.Limit
	if name, err := exec.LookPath("nginx"); err == nil {
		x, err := startNginx(name, dir, root)
		if err != nil {
			return nil, false, err
		}
		defer x.kill()
		if arms.Peer, err = arm(x, path+".html"); err != nil {
			return nil, false, err
		}
	} else {
		r.Notes = append(r.Notes, "nginx is not on the path: the peer is the limit again")
	}
	if err := c.measure(r, arms); err != nil {
		return nil, false, err
	}
	wait, err := c.waits(arms.Ours, r.Arms.Ours.Rate/2, c.turn)
	if err != nil {
		return nil, false, err
	}
	r.More["p50_ms"], r.More["p99_ms"] = quantile(wait, 0.5), quantile(wait, 0.99)
	return r, c.json, nil
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

// cookie is a header that brings a session.
func cookie(secret string) string {
	return "Cookie: motcua=" + secret + "\r\n"
}
