package bank

import (
	"embed"
	"html/template"
	"net/http"
	"strconv"
	"strings"
)

//go:embed *.html
var files embed.FS

var pages = template.Must(template.New("").Funcs(template.FuncMap{"dots": dots}).ParseFS(files, "*.html"))

func (b *Bank) page(w http.ResponseWriter, r *http.Request) {
	b.mu.Lock()
	p := b.pays[r.PathValue("id")]
	if p == nil {
		b.mu.Unlock()
		http.NotFound(w, r)
		return
	}
	v := struct {
		About, Sum, Reference, Back string
		Done                        bool
	}{p.about, dots(p.Amount), p.Reference, p.back, p.Status == "paid"}
	b.mu.Unlock()
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	pages.ExecuteTemplate(w, "pay.html", v)
}

// pay is the button of the page; it leads back to the merchant.
func (b *Bank) pay(w http.ResponseWriter, r *http.Request) {
	id := r.PathValue("id")
	b.Pay(id, strings.TrimSpace(r.PostFormValue("payer")))
	b.mu.Lock()
	to := "/"
	if p := b.pays[id]; p != nil {
		to = p.back
	}
	b.mu.Unlock()
	http.Redirect(w, r, to, http.StatusSeeOther)
}

// A desk is the bank's first page: a code to scan, a transfer, what was sent.
type desk struct {
	Sent  string
	Wrong bool // what was scanned is no code
	Code  *scanned
}

func (b *Bank) home(w http.ResponseWriter, r *http.Request) {
	show(w, desk{Sent: r.URL.Query().Get("sent")})
}

// scan fills the transfer in from a code, to be confirmed.
func (b *Bank) scan(w http.ResponseWriter, r *http.Request) {
	code, err := scan(strings.TrimSpace(r.URL.Query().Get("code")))
	if err != nil {
		show(w, desk{Wrong: true})
		return
	}
	show(w, desk{Code: &code})
}

func show(w http.ResponseWriter, d desk) {
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	pages.ExecuteTemplate(w, "home.html", d)
}

func (b *Bank) transfer(w http.ResponseWriter, r *http.Request) {
	amount, err := strconv.ParseInt(strings.NewReplacer(".", "", ",", "", " ", "", "₫", "").Replace(r.PostFormValue("amount")), 10, 64)
	if err != nil || amount < 1 || r.PostFormValue("account") == "" {
		http.Error(w, "want an account and an amount", http.StatusUnprocessableEntity)
		return
	}
	ref := b.Transfer(r.PostFormValue("account"), r.PostFormValue("payer"), r.PostFormValue("words"), amount)
	http.Redirect(w, r, "/?sent="+ref, http.StatusSeeOther)
}

func dots(n int64) string {
	s := strconv.FormatInt(n, 10)
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "." + s[i:]
	}
	return s
}
