package main

import (
	"bufio"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"

	"motcua/base/db/dbtest"
	"motcua/base/id"
	"motcua/kernel"
	"motcua/kernel/dossier"
	"motcua/kernel/play"
	"motcua/kernel/procedure"
	"motcua/kernel/verify"
	"motcua/systems/pay/book"
	"motcua/walk"
)

// A money is the program with the sandbox bank beside it, a process of its own:
// what the bank books comes back as a statement in a folder.
type money struct {
	*kernel.App
	bank   string // its address
	folder string // where its statements are put
}

func openMoney(t *testing.T, database string) *money {
	t.Helper()
	m := &money{folder: filepath.Join(t.TempDir(), "statements", "H26.SKHDT")}
	program := filepath.Join(t.TempDir(), "sandboxbank")
	if out, err := exec.Command("go", "build", "-o", program, "./cmd/sandboxbank").CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	cmd := exec.CommandContext(t.Context(), program, "--listen", "127.0.0.1:0", "--statements", "3511260000="+m.folder)
	said, err := cmd.StderrPipe()
	if err == nil {
		err = cmd.Start()
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { cmd.Process.Kill(); cmd.Wait() })
	line, err := bufio.NewReader(said).ReadString('\n')
	if m.bank = line[strings.LastIndex(line, " ")+1 : max(len(line)-1, 0)]; err != nil || !strings.HasPrefix(m.bank, "http://") {
		t.Fatalf("the bank says %q: %v", line, err)
	}
	m.App = testAppWith(t, database, func(s *settings) {
		s.PayURL, s.PayMerchant, s.PaySecret, s.PayFolder = m.bank, "motcua", "a secret of sandboxes", filepath.Dir(m.folder)
	})
	return m
}

// arrive waits for the bank's statement and has it read, as the node does each minute.
func (m *money) arrive(t *testing.T) {
	t.Helper()
	for end := time.Now().Add(20 * time.Second); ; time.Sleep(100 * time.Millisecond) {
		if all, _ := filepath.Glob(filepath.Join(m.folder, "*.xml")); len(all) > 0 {
			break
		}
		if time.Now().After(end) {
			t.Fatal("the bank gives no statement")
		}
	}
	for _, s := range m.Systems {
		for _, task := range s.Every {
			if task.Name == "read bank statements" {
				if err := task.Do(t.Context(), m.App); err != nil {
					t.Fatal(err)
				}
			}
		}
	}
	if all, _ := filepath.Glob(filepath.Join(m.folder, "*.read")); len(all) == 0 {
		t.Fatal("the statement was not read")
	}
}

// subsidiary is how a company founds another: a service of level 4 with a fee,
// granted as it was filed, and its result had online.
func (m *money) subsidiary(t *testing.T) (x procedure.Example) {
	t.Helper()
	all := m.Procedures.Get("2.001583").Examples
	x = all[slices.IndexFunc(all, func(x procedure.Example) bool { return x.Applicant == "business" })]
	x.Story, x.Answers = all[0].Story, maps.Clone(x.Answers)
	x.Answers["receive"] = "online"
	return x
}

// nobodyCame makes sure that the dossier ended in a result without anybody at a counter.
func (m *money) nobodyCame(t *testing.T, d id.ID) {
	t.Helper()
	end, err := m.Engine.Find(t.Context(), d)
	if err != nil {
		t.Fatal(err)
	}
	orders, err := m.Engine.Children(t.Context(), d)
	if err != nil || len(orders) != 1 || orders[0].State != "paid" {
		t.Fatalf("orders %+v, %v; want one that is paid", orders, err)
	}
	order, err := m.Engine.Find(t.Context(), orders[0].ID)
	if err != nil {
		t.Fatal(err)
	}
	if p := m.Procedures.Get("2.001583"); p.Level != 4 || end.State != "returned" || end.Result == nil || end.Channel != "online" ||
		slices.ContainsFunc(end.Acts, func(a dossier.Act) bool { return a.Act == "return" && a.Entry.As != dossier.Clock }) || dossier.Did(order.Acts, "cash") > 0 {
		t.Errorf("level %d, %s by %s, result %+v: want a result of level 4 without an office", p.Level, end.State, end.Channel, end.Result)
	}
	if wrong, err := book.Check(t.Context(), m.Engine); err != nil || len(wrong) > 0 {
		t.Errorf("the books: %v, %v", wrong, err)
	}
}

// read is the text of the code in a picture, by a reader that is not ours.
func read(t *testing.T, picture []byte) string {
	t.Helper()
	zbar, err := exec.LookPath("zbarimg")
	if err != nil {
		if os.Getenv("MOTCUA_TEST_NEED_TOOLS") == "1" {
			t.Fatal(err)
		}
		t.Skip("zbarimg is not here")
	}
	file := filepath.Join(t.TempDir(), "seen.png")
	if err := os.WriteFile(file, picture, 0o600); err != nil {
		t.Fatal(err)
	}
	out, err := exec.Command(zbar, "--quiet", "--raw", file).Output()
	if err != nil {
		t.Fatalf("no code is seen in the picture: %v", err)
	}
	return strings.TrimSpace(string(out))
}

// TestPaidInTheBrowser: a business files a service of level 4, pays by the code
// on its screen at the bank, and has the signed result, at home, with scripts
// and without. The long run does both.
func TestPaidInTheBrowser(t *testing.T) {
	t.Parallel()
	for _, scripts := range []string{"without scripts", "with scripts"} {
		if scripts == "with scripts" && !long {
			continue
		}
		t.Run(scripts, func(t *testing.T) {
			m := openMoney(t, dbtest.SQLite(t))
			server := httptest.NewUnstartedServer(nil)
			m.URL = "http://" + server.Listener.Addr().String()
			w := newTownOf(t, m.App)
			server.Config.Handler = w.handler
			server.Start()
			t.Cleanup(server.Close)
			c := newChromium(t, server.URL)
			if scripts == "without scripts" {
				c.noScript()
			}
			x := m.subsidiary(t)
			all := w.told(t)
			k := all[slices.IndexFunc(all, func(k told) bool { return k.Name == "portal/2.001583" })]
			if _, err := c.Open("/?lang=vi"); err != nil {
				t.Fatal(err)
			}
			page, err := w.filing(t, k, x).Submit(c)
			if err != nil {
				c.shoot("failed " + scripts)
				t.Fatal(err)
			}
			d := w.receipt(t, w.signed(t, c, page))
			c.decide(w, d, x, func() { c.payByCode(m, d, scripts) })
			m.nobodyCame(t, d.ID)
			if got := c.errors(); len(got) > 0 {
				t.Errorf("the console says %q", got)
			}
			h := &house{App: m.App, t: t, server: server, cast: w.people, tokens: map[string]string{}}
			h.token("business")
			h.number()
			if r := h.check(h.pdf("business", "/api/v1/dossiers/"+d.ID.String()+"/result.pdf")); r.State != "valid" || r.Standing == nil {
				t.Errorf("the result's signature: %+v", r)
			}
		})
	}
}

// payByCode is what the payer does: he finds the code from his dossier's page,
// his phone sees it on the screen, he confirms at the bank and comes back.
func (c *chromium) payByCode(m *money, d *dossier.Dossier, scripts string) {
	c.t.Helper()
	open := func(to string) *walk.Page {
		c.t.Helper()
		p, err := c.Open(to)
		if err != nil || p.Status != 200 {
			c.t.Fatalf("%s: %+v, %v", to, p, err)
		}
		return p
	}
	press := func(f *walk.Form) *walk.Page {
		c.t.Helper()
		p, err := c.Press(f, f.Main())
		if err != nil {
			c.t.Fatal(err)
		}
		return p
	}
	c.leave()
	if err := signIn(c, "business"); err != nil {
		c.t.Fatal(err)
	}
	c.shoot("asked " + scripts)
	to := open("/c/" + d.ID.String()).Link("/pay/")
	if to == "" {
		c.t.Fatal("the dossier's page does not lead to paying")
	}
	open(to)
	c.looks("pay " + scripts)
	seen, err := chromedp.Run(c.ctx, chromedp.FullScreenshot(100))
	if err != nil {
		c.t.Fatal(err)
	}
	desk := open(m.bank).Form("code")
	if err := desk.Type("code", read(c.t, seen)); err != nil {
		c.t.Fatal(err)
	}
	c.looks("bank " + scripts)
	confirm := press(desk)
	c.looks("bank confirm " + scripts)
	if !confirm.Says("100.000 ₫") || !confirm.Says("3511260000") {
		c.t.Fatalf("the bank reads another transfer: %s", confirm.Text())
	}
	press(confirm.Form("words"))
	c.looks("bank sent " + scripts)
	paid := open(to)
	m.arrive(c.t)
	const done = "Đã nộp đủ"
	if scripts == "without scripts" {
		if paid = open(paid.Link(to)); !paid.Says(done) {
			c.t.Errorf("looked again, the page says: %s", paid.Text())
		}
	} else {
		for end := time.Now().Add(30 * time.Second); !eval[bool](c, `document.body.innerText.includes("`+done+`")`); time.Sleep(200 * time.Millisecond) {
			if time.Now().After(end) {
				c.t.Fatal("the page does not see by itself that the money has come")
			}
		}
	}
	c.looks("paid " + scripts)
	if open("/c/"+d.ID.String()).Link("/pay/") != "" {
		c.t.Error("the dossier still asks for money")
	}
}

// looks asks the page to fit, and keeps pictures of it at both widths and in both schemes.
func (c *chromium) looks(name string) {
	c.t.Helper()
	for _, width := range []int64{360, 1280} {
		c.do(chromedp.EmulateViewport(width, 900))
		if got := eval[int64](c, "document.documentElement.scrollWidth"); got > width {
			c.t.Errorf("%s scrolls sideways: %d wide in %d", name, got, width)
		}
		if os.Getenv("MOTCUA_SHOTS") == "" {
			continue
		}
		for _, scheme := range []string{"light", "dark"} {
			eval[bool](c, `document.documentElement.dataset.colorScheme = "`+scheme+`", true`)
			protocol(c, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: scheme}}})
			c.shoot(strings.Join([]string{name, scheme, map[int64]string{360: "phone", 1280: "desk"}[width]}, " "))
		}
	}
}

// TestPaidByProgram tells the same story through the API.
func TestPaidByProgram(t *testing.T) {
	t.Parallel()
	dbtest.EachURL(t, func(t *testing.T, database string) {
		m := openMoney(t, database)
		w := newWorldOf(t, m.App)
		mine := m.subsidiary(t)
		business := w.people["business"]
		s := &play.Stage{App: m.App, Engine: m.Engine, Blobs: m.Blobs, Cast: play.Cast{"applicant": w.cast["business"]}, Org: w.cast["business"].Mandates[0].Org}
		filed, err := s.Open(t.Context(), m.Procedures.Get("2.001583").Kind(), mine) // who founds a company signs, which no program can for him
		if err != nil {
			t.Fatal(err)
		}
		at := "/api/v1/dossiers/" + filed.ID.String()
		for _, turn := range mine.Story {
			if turn.By != procedure.Payer {
				w.people[turn.By].want(200, "POST", at+"/acts", map[string]any{"act": turn.Act, "answers": turn.Answers})
				continue
			}
			children := business.want(200, "GET", at, nil).json()["children"].([]any)
			order := "/api/v1/payments/" + children[0].(map[string]any)["id"].(string)
			owed := business.want(200, "GET", order, nil).json()
			shown, err := http.Get(m.bank + "/scan?" + url.Values{"code": {owed["vietqr"].(string)}}.Encode())
			if err != nil || shown.StatusCode != 200 {
				t.Fatal(shown, err)
			}
			shown.Body.Close()
			account := owed["account"].(map[string]any)["number"].(string)
			sent, err := http.PostForm(m.bank+"/transfer", url.Values{"account": {account}, "amount": {"100000"}, "words": {owed["code"].(string)}, "payer": {"CTY THU NGHIEM"}})
			if err != nil || sent.StatusCode != 200 {
				t.Fatal(sent, err)
			}
			sent.Body.Close()
			m.arrive(t)
			if owed = business.want(200, "GET", order, nil).json(); owed["state"] != "paid" || owed["rest"] != 0. {
				t.Errorf("the order is %v with %v to pay", owed["state"], owed["rest"])
			}
		}
		w.settle(t)
		if err := m.Log.Advance(t.Context()); err != nil {
			t.Fatal(err)
		}
		end := business.want(200, "GET", at, nil).json()
		result := business.want(200, "GET", at+"/result.pdf", nil)
		report, err := readWith(verify.File{Main: result.body}, w.people["nobody"].want(200, "GET", "/roots.pem", nil).body)
		if err != nil || report.State != "valid" || end["state"] != "returned" {
			t.Errorf("%v with %+v: %v", end["state"], report, err)
		}
		n, err := id.Parse(end["id"].(string))
		if err != nil {
			t.Fatal(err)
		}
		m.nobodyCame(t, n)
	})
}
