package filing_test

import (
	"bytes"
	"context"
	"errors"
	"image"
	"image/png"
	"io"
	"mime/multipart"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"motcua/base/data"
	"motcua/base/db"
	"motcua/base/db/dbtest"
	"motcua/base/id"
	"motcua/base/lang"
	"motcua/base/web"
	"motcua/kernel"
	"motcua/kernel/clock"
	"motcua/kernel/dossier"
	"motcua/kernel/filing"
	"motcua/kernel/form"
	"motcua/kernel/my"
	"motcua/kernel/signed"
	"motcua/kernel/start"
	"motcua/kernel/track"
	"motcua/kernel/who"
)

const ward = "H1.1.1"

var say = lang.Say

// lamp is a small kind: somebody asks that a street lamp be mended.
func lamp(t *testing.T, name string, asks dossier.By) *dossier.Kind {
	f := &form.Form{Sections: []form.Section{
		{ID: "you", Title: say("Bạn"), Pages: []form.Page{
			{Title: say("Bạn tên gì?"), Fields: []form.Field{
				{Name: "name", Type: form.Text, Label: say("Họ tên"), From: "applicant.name"},
				{Name: "shop", Type: form.Text, Label: say("Tên tổ chức"), From: "org.name", When: data.Expr{Text: `applicant.kind == "business"`}},
				{Name: "phone", Type: form.Phone, Label: say("Điện thoại"), Optional: true}}},
		}},
		{ID: "lamp", Title: say("Cây đèn"), Pages: []form.Page{
			{Why: say("Để thợ tìm được"), Fields: []form.Field{{Name: "place", Type: form.Address, Label: say("Đèn ở đâu?")}}},
			{Title: say("Hỏng thế nào"), Fields: []form.Field{
				{Name: "since", Type: form.Date, Label: say("Hỏng từ ngày nào?"), Before: "today"},
				{Name: "danger", Type: form.Yes, Label: say("Có nguy hiểm không?")},
				{Name: "what", Type: form.Long, Label: say("Nguy hiểm thế nào?"), When: data.Expr{Text: "danger"}}}},
			{Fields: []form.Field{{Name: "seen", Type: form.Group, Label: say("Ai thấy nữa?"), Optional: true, Fields: []form.Field{
				{Name: "who", Type: form.Text, Label: say("Tên")}, {Name: "tel", Type: form.Phone, Label: say("Số"), Optional: true}}}}},
		}},
	}}
	if err := f.Compile("lamp"); err != nil {
		t.Fatal(err)
	}
	rate := form.Of(say("Bạn hài lòng không?"),
		form.Field{Name: "glad", Type: form.Yes, Label: say("Hài lòng không?")},
		form.Field{Name: "why", Type: form.Long, Label: say("Điều gì tốt?"), When: data.Expr{Text: "glad"}})
	if err := rate.Compile("rate"); err != nil {
		t.Fatal(err)
	}
	desk := []dossier.By{dossier.At(who.Clerk)}
	return &dossier.Kind{Name: name, Version: "1", Title: say("Sửa đèn đường"), Subject: []string{"since"},
		Takes:  func(b who.Body) bool { return b.Level == "commune" },
		Limit:  func(form.Answers, string) clock.Limit { return clock.Limit{Quarters: 8, Unit: clock.Days} },
		Papers: []dossier.Paper{{ID: "photo", Name: say("Ảnh cây đèn"), Reuse: "photo", Max: 2}, {ID: "plan", Name: say("Sơ đồ"), Optional: true}},
		Stands: map[dossier.State]dossier.Stand{
			"sent":      {Title: say("Chờ tiếp nhận"), Public: dossier.Submitted, National: 1, Desk: who.Clerk, Budget: clock.Limit{Quarters: 1, Unit: clock.Days}},
			"taken":     {Title: say("Đang sửa"), Public: dossier.Progress, National: 4, Desk: who.Officer, Budget: clock.Limit{Quarters: 4, Unit: clock.Days}},
			"waiting":   {Title: say("Chờ bổ sung"), Public: dossier.Action, National: 5, Waits: clock.Supplement},
			"done":      {Title: say("Đã sửa xong"), Public: dossier.Ready, National: 9, Ends: true, Result: true},
			"withdrawn": {Title: say("Đã rút"), Public: dossier.Closed, National: 7, Ends: true},
		},
		Steps: []dossier.Step{
			{Act: "send", Title: say("Nộp"), To: "sent", By: []dossier.By{asks}, Form: f, Papers: true},
			{Act: "take", Title: say("Tiếp nhận"), From: []dossier.State{"sent"}, To: "taken", By: desk, Starts: true, Claims: true},
			{Act: "supplement", Title: say("Yêu cầu bổ sung"), From: []dossier.State{"taken"}, To: "waiting", By: desk, Reasons: true, Opens: true},
			{Act: "supply", Title: say("Bổ sung"), From: []dossier.State{"waiting"}, To: "taken", By: []dossier.By{dossier.Applicant}, Papers: true},
			{Act: "finish", Title: say("Báo xong"), From: []dossier.State{"taken"}, To: "done", By: desk},
			{Act: "withdraw", Title: say("Rút hồ sơ"), From: []dossier.State{"sent", "taken", "waiting"}, To: "withdrawn", By: []dossier.By{dossier.Applicant}},
			{Act: "rate", Title: say("Đánh giá"), From: []dossier.State{"done"}, By: []dossier.By{asks}, Form: rate},
			{Act: "note", Title: say("Ghi chú"), From: []dossier.State{"sent", "taken", "waiting"}, By: desk},
		}}
}

// A rig is a program with one kind, its people and a server.
type rig struct {
	*kernel.App
	t      *testing.T
	server *httptest.Server
	now    time.Time
	people map[string]who.Person
}

func newRig(t *testing.T, url string) *rig {
	t.Helper()
	r := &rig{t: t, now: time.Date(2026, 3, 2, 2, 0, 0, 0, time.UTC), people: map[string]who.Person{}} // Monday 09:00 in Hanoi
	zone := "Asia/Ho_Chi_Minh"
	bodies := []who.Body{
		{Code: "H1", Name: say("UBND thành phố Thử"), Level: "province", Unit: "01", Zone: zone},
		{Code: "H1.1", Name: say("UBND quận Sen"), Level: "district", Parent: "H1", Unit: "001", Zone: zone},
		{Code: ward, Name: say("UBND phường Hàng Sen"), Level: "commune", Parent: "H1.1", Unit: "00001", Zone: zone},
		{Code: "H1.1.2", Name: say("UBND phường Hàng Đào"), Level: "commune", Parent: "H1.1", Unit: "00002", Zone: zone},
	}
	units := []who.Unit{{Code: "01", Name: "Thử"}, {Code: "001", Name: "Sen", Parent: "01"},
		{Code: "00001", Name: "Hàng Sen", Parent: "001"}, {Code: "00002", Name: "Hàng Đào", Parent: "001"}}
	cal, err := clock.Read("test", []byte("hours: [{from: '08:00', to: '12:00'}, {from: '13:00', to: '17:00'}]\ncutoff: '15:00'\nweekend: [saturday, sunday]\nzone: Asia/Ho_Chi_Minh\n"))
	if err != nil {
		t.Fatal(err)
	}
	kinds := []*dossier.Kind{lamp(t, "test/lamp", dossier.Applicant), lamp(t, "test/sign", dossier.Mandate)}
	test := kernel.System{Name: "test", Kinds: func(*kernel.App) ([]*dossier.Kind, error) { return kinds, nil }}
	r.App, err = kernel.Open(t.Context(), kernel.Config{DB: url, Dir: t.TempDir(), URL: "http://test.example", Node: "test.example", Now: func() time.Time { return r.now }, Secret: make([]byte, 32)},
		kernel.Pack{Country: who.NewCountry(bodies, units, nil), Person: func(string) bool { return true }, Zone: cal.Zone(), Calendar: cal,
			Patterns: []dossier.Pattern{{Pattern: "{code}-{yymmdd}-{seq4}", From: "2020-01-01"}}},
		kernel.Front{Path: func(s string) string { return "/assets/" + s }, Files: http.NotFoundHandler()},
		[]kernel.System{start.System(), filing.System(), track.System(), signed.System(), my.System(), test})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { r.Close() })
	h, err := r.Handler()
	if err != nil {
		t.Fatal(err)
	}
	r.server = httptest.NewServer(h)
	t.Cleanup(r.server.Close)
	for login, role := range map[string]who.Role{"lan": "", "other": "", "clerk": who.Clerk} {
		err := r.DB.Write(t.Context(), func(tx *db.Tx) error {
			p, err := r.Book.Add(tx, who.Person{}, who.Person{Login: login, Name: "Người " + login}, "")
			if err == nil && role != "" {
				err = r.Book.Grant(tx, who.Person{}, p.ID, role, ward, 0, time.Time{})
			}
			r.people[login] = p
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	return r
}

// person reads a person with his roles.
func (r *rig) person(login string) who.Person {
	p, err := r.Book.Person(r.t.Context(), r.people[login].ID)
	if err != nil {
		r.t.Fatal(err)
	}
	return p
}

// A browser is one device.
type browser struct {
	*rig
	client *http.Client
	at     string // path of the page it shows
	page   string
	status int
}

func (r *rig) browser() *browser {
	jar, _ := cookiejar.New(nil)
	return &browser{rig: r, client: &http.Client{Jar: jar}}
}

// signIn gives the browser the session of a person.
func (b *browser) signIn(login string) {
	b.t.Helper()
	var secret string
	err := b.DB.Write(b.t.Context(), func(tx *db.Tx) (err error) {
		secret, err = b.Sessions.Make(tx, web.Browser, b.people[login].ID, "", "", web.Life)
		return err
	})
	if err != nil {
		b.t.Fatal(err)
	}
	b.setSession(secret)
}

func (b *browser) setSession(secret string) {
	u, _ := url.Parse(b.server.URL)
	b.client.Jar.SetCookies(u, []*http.Cookie{{Name: "motcua", Value: secret, Path: "/"}})
}

func (b *browser) do(req *http.Request, want int) *browser {
	b.t.Helper()
	res, err := b.client.Do(req)
	if err != nil {
		b.t.Fatal(err)
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		b.t.Fatal(err)
	}
	b.page, b.status, b.at = string(body), res.StatusCode, res.Request.URL.Path
	if q := res.Request.URL.RawQuery; q != "" {
		b.at += "?" + q
	}
	if res.StatusCode != want {
		b.t.Fatalf("%s %s led to %s: status %d, want %d\n%s", req.Method, req.URL.Path, b.at, res.StatusCode, want, text(b.page))
	}
	if i := strings.Index(b.page, "["+"filing."); i >= 0 || strings.Contains(b.page, "[track.") || strings.Contains(b.page, "[kernel.") {
		b.t.Errorf("%s: a text is missing: %.60s", b.at, b.page[max(i, 0):])
	}
	return b
}

func (b *browser) get(path string, want int) *browser {
	b.t.Helper()
	req, _ := http.NewRequest("GET", b.server.URL+path, nil)
	return b.do(req, want)
}

// post sends pairs of names and values.
func (b *browser) post(path string, want int, pairs ...string) *browser {
	b.t.Helper()
	v := url.Values{}
	for i := 0; i < len(pairs); i += 2 {
		v.Add(pairs[i], pairs[i+1])
	}
	req, _ := http.NewRequest("POST", b.server.URL+path, strings.NewReader(v.Encode()))
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	return b.do(req, want)
}

// A sent is one file of a parcel; without a name it is a value.
type sent struct{ field, name, body string }

func (b *browser) send(path string, want int, all ...sent) *browser {
	b.t.Helper()
	var body bytes.Buffer
	w := multipart.NewWriter(&body)
	for _, s := range all {
		var part io.Writer
		var err error
		if s.name == "" {
			part, err = w.CreateFormField(s.field)
		} else {
			part, err = w.CreateFormFile(s.field, s.name)
		}
		if err != nil {
			b.t.Fatal(err)
		}
		io.WriteString(part, s.body)
	}
	w.Close()
	req, _ := http.NewRequest("POST", b.server.URL+path, &body)
	req.Header.Set("Content-Type", w.FormDataContentType())
	return b.do(req, want)
}

var tags = regexp.MustCompile(`(?s)<(script|style|svg).*?</(script|style|svg)>|<[^>]*>`)

func text(page string) string {
	return strings.Join(strings.Fields(tags.ReplaceAllString(page, " ")), " ")
}

// sees checks that the page says all of these.
func (b *browser) sees(all ...string) *browser {
	b.t.Helper()
	said := text(b.page)
	for _, s := range all {
		if !strings.Contains(b.page, s) && !strings.Contains(said, s) {
			b.t.Errorf("%s does not say %q:\n%s", b.at, s, said)
		}
	}
	return b
}

func (b *browser) seesNot(all ...string) *browser {
	b.t.Helper()
	for _, s := range all {
		if strings.Contains(b.page, s) {
			b.t.Errorf("%s says %q", b.at, s)
		}
	}
	return b
}

// on checks where the browser is.
func (b *browser) on(path string) *browser {
	b.t.Helper()
	if b.at != path {
		b.t.Fatalf("on %s, want %s\n%s", b.at, path, text(b.page))
	}
	return b
}

func photo(t *testing.T) string {
	var b bytes.Buffer
	if err := png.Encode(&b, image.NewGray(image.Rect(0, 0, 30, 20))); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// dossiers counts what was filed.
func (r *rig) dossiers() (n int) {
	r.t.Helper()
	if err := r.DB.Read(r.t.Context(), func(tx *db.Tx) error { return tx.Row(`select count(*) from dossier`).Scan(&n) }); err != nil {
		r.t.Fatal(err)
	}
	return n
}

func (r *rig) act(login string, n id.ID, act string, a form.Answers) *dossier.Dossier {
	r.t.Helper()
	r.now = r.now.Add(time.Minute)
	d, err := r.Engine.Act(context.Background(), dossier.Order{Me: r.person(login), Dossier: n, Act: act, Answers: a})
	if err != nil {
		r.t.Fatal(err)
	}
	return d
}

var place = []string{"place.province", "01", "place.district", "001", "place.commune", "00001", "place.line", "ngõ 5"}

func TestJourney(t *testing.T) {
	dbtest.EachURL(t, func(t *testing.T, url string) {
		r := newRig(t, url)
		pc := r.browser()

		// Choosing the office, without an account.
		pc.get("/start/test/lamp", 200).sees("Bạn nộp hồ sơ ở đâu?", "Thử")
		pc.get("/start/test/lamp?q=hang+sen", 200).sees("UBND phường Hàng Sen").seesNot("Hàng Đào")
		pc.get("/start/test/lamp?in=001", 200).sees("Hàng Sen", "Hàng Đào")
		pc.get("/start/test/lamp?in=00001", 200).sees("Bắt đầu", "2 ngày làm việc")
		pc.get("/start/test/lamp?body=H1", 200).sees("cơ quan này không nhận")
		pc.get("/start/test/nothing", 404)
		pc.post("/start/test/lamp", 422, "body", "H1")
		pc.post("/start/test/lamp", 200, "body", ward)
		d := pc.at
		pc.sees("Xong 0 trong 4 phần", "Chưa làm", "Mở khi xong phần 1, 2, 3", "02/03/2026"[:2])
		pc.get("/start/test/lamp", 200).sees("Nơi bạn chọn lần trước", "UBND phường Hàng Sen")

		// Questions: what is wrong is said, what was typed stays.
		pc.get(d+"/q/name", 200).sees("Phần 1 trong 4, câu 1 trong 1", "Bạn tên gì?", `name="phone"`)
		pc.post(d+"/q/name", 422, "_asked", "name phone", "name", "", "phone", "12").
			sees("Có 2 chỗ cần sửa", "Bạn chưa trả lời câu này.", `href="#f-name"`, `href="#f-phone"`, `value="12"`, "<title>Lỗi")
		pc.get(d, 200).sees("Đang làm dở")
		pc.get(d+"/q/name", 200).sees(`value="12"`)
		pc.post(d+"/q/name", 200, "_asked", "name phone", "name", "Lan Thử", "phone", "0912 345 678").on(d)
		pc.sees("Xong 1 trong 4 phần", "Làm tiếp phần 2")
		pc.get(d+"/q/place", 200).sees("<h1>", "Vì sao chúng tôi hỏi?", "Tỉnh, thành phố").seesNot("Sen</option>")
		pc.post(d+"/q/place", 200, "_asked", "place", "place.province", "01", "units", "place").sees("Sen</option>").seesNot("Hàng Đào")
		pc.post(d+"/q/place", 200, "_asked", "place", "place.province", "01", "place.district", "001", "units", "place").sees("Hàng Đào</option>")
		pc.post(d+"/q/place", 422, "_asked", "place", "place.province", "01", "place.district", "001").sees("Chọn xã, phường", `href="#f-place_commune"`)
		pc.post(d+"/q/place", 200, append([]string{"_asked", "place"}, place...)...).on(d + "/q/since")
		pc.post(d+"/q/since", 422, "_asked", "since danger", "since.day", "5", "since.month", "13", "since.year", "2026").
			sees("Ngày này không có trong lịch", `value="13"`)
		// A yes brings a question to the same page.
		pc.seesNot("Nguy hiểm thế nào?").post(d+"/q/since", 200, "_asked", "since danger", "since.day", "1", "since.month", "3", "since.year", "2026", "danger", "yes").
			on(d + "/q/since").sees("Nguy hiểm thế nào?").seesNot("ds-error-summary")
		pc.post(d+"/q/since", 200, "_asked", "since danger what", "since.day", "1", "since.month", "3", "since.year", "2026", "danger", "yes", "what", "dây điện hở").on(d + "/q/seen")
		// Rows come and go by buttons.
		pc.post(d+"/q/seen", 200, "_asked", "seen", "seen.add", "1").on(d + "/q/seen").sees(`name="seen.0.who"`)
		pc.post(d+"/q/seen", 200, "_asked", "seen", "seen.0.who", "Minh", "seen.add", "1").sees(`name="seen.1.who"`, `value="Minh"`)
		pc.post(d+"/q/seen", 422, "_asked", "seen", "seen.0.who", "Minh", "seen.1.tel", "0987654321").sees("Bạn chưa trả lời câu này.", `href="#f-seen_1_who"`, `value="0987654321"`)
		pc.post(d+"/q/seen", 200, "_asked", "seen", "seen.0.who", "Minh", "seen.1.tel", "0987654321", "seen.remove.1", "1").sees(`value="Minh"`).seesNot("0987654321")

		// Save for later asks for nothing more.
		pc.post(d+"/q/name", 200, "_asked", "name phone", "name", "", "_later", "1").on(d).sees("Xong 1 trong 4 phần")
		pc.post(d+"/q/name", 200, "_asked", "name phone", "name", "Lan Thử").on(d)
		pc.post(d+"/q/seen", 200, "_asked", "seen", "seen.0.who", "Minh").on(d).sees("Xong 2 trong 4 phần")

		// Too early: the check says exactly what is missing.
		pc.get(d+"/check", 200).sees("Còn 1 chỗ cần hoàn thành", "Ảnh cây đèn", "Chưa có tệp nào.", d+"/papers?back=check#f-photo", "dây điện hở", "ngõ 5").seesNot(d + "/submit")

		// The phone takes the photo.
		pc.post(d+"/link", 200).sees("http://test.example/resume/", "<svg class=\"qr\"")
		old := regexp.MustCompile(`http://test\.example(/resume/[^<"]+)`).FindStringSubmatch(pc.page)[1]
		pc.post(d+"/link", 200)
		link := regexp.MustCompile(`http://test\.example(/resume/[^<"]+)`).FindStringSubmatch(pc.page)[1]
		phone := r.browser()
		phone.get(d, 404)
		phone.get(old, 410)
		phone.post(old, 410)
		phone.get(link, 200).sees("Làm tiếp")
		phone.get(d, 404) // looking at the link opened nothing
		phone.post(link, 200).on(d)
		phone.send(d+"/papers", 422, sent{"photo", "đèn.pdf", photo(t)}, sent{"plan", "x.pdf", "MZ\x90"}, sent{"_next", "", "1"}).
			sees("đèn.pdf: Chúng tôi nhận ảnh", "x.pdf: ", `href="#f-photo"`)
		phone.send(d+"/papers", 422, sent{"photo", "đèn.png", photo(t)}, sent{"plan", "x.pdf", "MZ\x90"}, sent{"_next", "", "1"}).sees("đèn.png", "x.pdf: ").seesNot("Còn thiếu giấy tờ")
		phone.send(d+"/papers", 200, sent{"photo", "đèn 2.png", photo(t)}, sent{"_next", "", "1"}).on(d) // the same picture again is one
		files := regexp.MustCompile(d+`/file/\w+`).FindAllString(phone.get(d+"/papers", 200).page, -1)
		if len(files) != 2 || !strings.Contains(phone.page, "small=1") {
			t.Fatalf("files on the page: %v", files)
		}
		phone.get(files[0], 200)
		phone.get(files[0]+"?small=1", 200)
		r.browser().get(files[0], 404)
		phone.send(d+"/papers/photo", 200, sent{"remove", "", "photo/" + files[0][strings.LastIndex(files[0], "/")+1:]}).seesNot("đèn.png")
		phone.send(d+"/papers/photo", 200, sent{"photo", "đèn.png", photo(t)})

		// All there: sign in, declare, submit twice.
		pc.get(d+"/check", 200).sees("Đăng nhập để nộp", "đèn.png").seesNot("Còn 1 chỗ")
		pc.client.CheckRedirect = func(req *http.Request, _ []*http.Request) error {
			if req.URL.Path == "/sign-in" {
				return http.ErrUseLastResponse
			}
			return nil
		}
		pc.post(d+"/submit", 303, "declare", "yes")
		pc.signIn("lan")
		pc.get(d+"/check", 200).sees("Tôi cam đoan", "trước 17:00 thứ Tư 04/03/2026")
		pc.post(d+"/submit", 422).sees("Hãy đánh dấu vào lời cam đoan", `href="#f-declare"`)
		pc.post(d+"/submit", 200, "declare", "yes").sees("Đã nhận hồ sơ của bạn", "Có kết quả trước 17:00 thứ Tư 04/03/2026", "H1.1.1-260302-0001-")
		c := pc.at
		pc.post(d+"/submit", 200, "declare", "yes").on(c)
		pc.get(d, 200).on(c)
		if n := r.dossiers(); n != 1 {
			t.Fatalf("%d dossiers, want 1", n)
		}
		pc.sees("Chờ tiếp nhận", "Đang sửa", "Đã sửa xong", "Chưa cán bộ nào mở", "khoá vào sổ chung", "appointment.ics", "receipt.pdf", "Rút hồ sơ")
		phone.get(d, 404)

		// Others see nothing.
		stranger := r.browser()
		stranger.signIn("other")
		for _, path := range []string{c, c + "/act/withdraw", c + "/papers/photo/0", c + "/appointment.ics", d} {
			stranger.get(path, 404)
		}
		stranger.post(c+"/act/withdraw", 404)
		clerk := r.browser()
		clerk.signIn("clerk")
		clerk.get(c, 404) // officials read at their desk, where it is recorded

		// Tracking by the printed code.
		code := regexp.MustCompile(`H1\.1\.1-260302-0001-\w{4}`).FindString(pc.page)
		guest := r.browser()
		guest.get("/track", 200).sees("Không cần đăng nhập")
		guest.get("/track?code="+code, 200).sees("Đã nhận hồ sơ của bạn", "Bộ phận một cửa", code).seesNot("Lan", "Người", "đèn", "Hàng Sen")
		guest.get("/track?code="+code[:len(code)-5]+"&tail="+code[len(code)-4:], 200).sees(code)
		guest.get("/track?code="+code[:len(code)-4]+"0000", 422).sees("Không tìm thấy hồ sơ với mã này")
		pc.get("/track?code="+code, 200).on(c)
		pc.get("/my", 200).sees("Sửa đèn đường", code, "Đã nộp")
		pc.get("/my?state=ready", 200).sees("Chưa có hồ sơ nào ở đây.")
		ics := pc.get(c+"/appointment.ics", 200).page
		if !strings.HasPrefix(ics, "BEGIN:VCALENDAR\r\n") || !strings.Contains(ics, "DTSTART:20260304T100000Z\r\n") {
			t.Errorf("calendar: %q", ics)
		}

		// The office asks for more; the applicant supplies just that.
		n, err := id.Parse(strings.TrimPrefix(c, "/c/"))
		if err != nil {
			t.Fatal(err)
		}
		r.act("clerk", n, "take", nil)
		if _, _, err := r.Engine.See(t.Context(), r.person("clerk"), n); err != nil {
			t.Fatal(err)
		}
		r.act("clerk", n, "note", form.Answers{"note": "chuyện nội bộ"})
		pc.get(c, 200).sees("Người clerk", "Công chức thụ lý, đang giữ hồ sơ", "Bộ phận một cửa, UBND phường Hàng Sen").seesNot("nội bộ")
		r.act("clerk", n, "supplement", form.Answers{"reasons": []any{
			map[string]any{"ref": "what", "text": "Chưa rõ dây nào", "fix": "Ghi dây điện nhà số mấy"},
			map[string]any{"ref": "photo", "text": "Ảnh tối", "fix": "Chụp ban ngày"}}})
		pc.get(c, 200).sees("Bạn cần bổ sung hồ sơ", "Nguy hiểm thế nào?", "Chưa rõ dây nào", "Cách sửa: Chụp ban ngày", "Bổ sung ngay", "Đồng hồ đang tạm dừng")
		guest.get("/track?code="+code, 200).sees("Cần bổ sung").seesNot("dây nào")
		pc.get(c+"/act/supply", 200).sees("Chưa rõ dây nào", "dây điện hở", "Ảnh cây đèn").seesNot("Hỏng từ ngày nào?")
		version := regexp.MustCompile(`name="version" value="(\d+)"`).FindStringSubmatch(pc.page)[1]
		pc.send(c+"/act/supply", 422, sent{"version", "", version}, sent{"what", "", ""}, sent{"photo", "mới.png", photo(t)}).sees("Bạn chưa trả lời câu này.", "mới.png", "_kept.photo")
		kept := regexp.MustCompile(`name="_kept.photo" value="(\w+)"`).FindStringSubmatch(pc.page)[1]
		pc.send(c+"/act/supply", 422, sent{"version", "", "1"}, sent{"what", "", "dây nhà số 7"}, sent{"_kept.photo", "", kept}).sees("dây nhà số 7", "vừa được người khác cập nhật")
		pc.send(c+"/act/supply", 200, sent{"version", "", version}, sent{"what", "", "dây nhà số 7"}, sent{"_kept.photo", "", kept}).on(c)
		pc.sees("Đang xử lý", "dây nhà số 7", "mới.png")
		pc.send(c+"/act/supply", 200, sent{"version", "", version}, sent{"what", "", "dây nhà số 7"}, sent{"_kept.photo", "", kept}).on(c) // pressed twice
		pc.get(c+"/papers/photo/0", 200)
		pc.get(c+"/papers/photo/1", 404)

		// Giving it up asks once more.
		pc.get(c+"/act/withdraw", 200).sees("không mở lại được")
		pc.post(c+"/act/withdraw", 200, "version", "5", "note", "đã có người sửa").on(c).sees("Đã rút")
		pc.post(c+"/act/withdraw", 200, "version", "5").on(c)
		guest.get("/track?code="+code, 200).sees("Đã kết thúc").seesNot("có người sửa")
	})
}

func TestSessionEndsInTheMiddle(t *testing.T) {
	dbtest.EachURL(t, func(t *testing.T, url string) {
		r := newRig(t, url)
		b := r.browser()
		b.signIn("lan")
		b.post("/start/test/lamp", 200, "body", ward)
		d := b.at
		b.get(d+"/q/name", 200).sees(`value="Người lan"`, "Lấy từ tài khoản của bạn")
		b.setSession("")
		b.client.CheckRedirect = func(req *http.Request, _ []*http.Request) error {
			if req.URL.Path == "/sign-in" {
				return http.ErrUseLastResponse
			}
			return nil
		}
		b.get(d, 303)                                                        // to sign in: a draft of an account is not for the next person at this machine
		b.post(d+"/q/name", 303, "_asked", "name phone", "name", "Lan Khác") // kept, then to sign in
		b.send(d+"/papers", 303, sent{"photo", "a.png", photo(t)})
		b.post(d+"/submit", 303)
		other := r.browser()
		other.post(d+"/q/name", 401, "name", "Kẻ khác")
		other.signIn("other")
		other.post(d+"/q/name", 404, "name", "Kẻ khác")
		b.signIn("lan")
		b.get(d+"/q/name", 200).sees(`value="Lan Khác"`)
		b.get(d+"/papers", 200).sees("a.png")
	})
}

// finish answers what is left of a draft whose first page was answered.
func (b *browser) finish(d string) {
	b.t.Helper()
	b.post(d+"/q/place", 200, append([]string{"_asked", "place"}, place...)...)
	b.post(d+"/q/since", 200, "_asked", "since danger", "since.day", "1", "since.month", "3", "since.year", "2026", "danger", "no")
	b.post(d+"/q/seen", 200, "_asked", "seen")
	b.send(d+"/papers", 200, sent{"photo", "a.png", photo(b.t)}, sent{"_next", "", "1"})
}

func TestManyPressesAreOneDossier(t *testing.T) {
	dbtest.EachURL(t, func(t *testing.T, url string) {
		r := newRig(t, url)
		b := r.browser()
		b.signIn("lan")
		b.post("/start/test/lamp", 200, "body", ward)
		d := b.at
		b.post(d+"/q/name", 200, "_asked", "name phone", "name", "Lan Thử")
		b.finish(d)
		led := make(chan string)
		for range 12 {
			go func() {
				res, err := b.client.PostForm(r.server.URL+d+"/submit", map[string][]string{"declare": {"yes"}})
				if err != nil {
					led <- err.Error()
					return
				}
				res.Body.Close()
				led <- res.Request.URL.Path
			}()
		}
		first := <-led
		for range 11 {
			if got := <-led; got != first || !strings.HasPrefix(got, "/c/") {
				t.Errorf("one press led to %s, another to %s", first, got)
			}
		}
		if n := r.dossiers(); n != 1 {
			t.Errorf("%d dossiers, want 1", n)
		}
	})
}

func TestOrganisations(t *testing.T) {
	dbtest.EachURL(t, func(t *testing.T, url string) {
		r := newRig(t, url)
		var org id.ID
		err := r.DB.Write(t.Context(), func(tx *db.Tx) (err error) {
			if org, err = r.Book.AddOrg(tx, who.Person{}, "Cửa hàng Thử", "0101234567"); err != nil {
				return err
			}
			return r.Book.Mandate(tx, who.Person{}, r.people["lan"].ID, org)
		})
		if err != nil {
			t.Fatal(err)
		}
		// Somebody without a mandate cannot file for it.
		other := r.browser()
		other.signIn("other")
		other.post("/start/test/sign", 403, "body", ward, "org", org.String())
		other.post("/start/test/lamp", 403, "body", ward, "org", org.String())
		// A visitor begins; in whose name comes when he has signed in.
		b := r.browser()
		b.get("/start/test/sign?body="+ward, 200).seesNot("Cửa hàng Thử")
		b.post("/start/test/sign", 200, "body", ward)
		d := b.at
		b.post(d+"/q/name", 200, "_asked", "name phone", "name", "Lan Thử")
		b.get(d+"/check", 200).sees("Thủ tục này dành cho tổ chức", "/sign-in?to=")
		b.signIn("lan")
		b.get(d+"/check", 200).sees("Cửa hàng Thử", "0101234567")
		b.post(d+"/as", 403, "org", "me")
		b.post(d+"/as", 200, "org", org.String()).on(d + "/check").sees("Cửa hàng Thử").seesNot("dành cho tổ chức")
		b.get(d+"/q/name", 200).sees("Tên tổ chức", `value="Cửa hàng Thử"`, "Lấy từ tài khoản của bạn")
		b.finish(d)
		b.post(d+"/submit", 200, "declare", "yes").sees("Đã nhận hồ sơ của bạn")
		c := b.at
		b.get("/my", 200).sees("Cửa hàng Thử")
		other.get(c, 404)
		// The photo need not be taken again.
		b.get("/start/test/lamp?body="+ward, 200).sees("Bắt đầu")
		b.post("/start/test/lamp", 200, "body", ward)
		again := b.at
		use := regexp.MustCompile(`name="reuse" value="(photo/\w+)"`).FindStringSubmatch(b.get(again+"/papers", 200).page)
		if use == nil {
			t.Fatalf("nothing to use again:\n%s", text(b.page))
		}
		b.send(again+"/papers", 200, sent{"reuse", "", use[1]}).sees("a.png", "Bỏ tệp này")
		other.post("/start/test/lamp", 200, "body", ward)
		other.send(other.at+"/papers", 200, sent{"reuse", "", use[1]}).seesNot("a.png")
	})
}

// An act with questions of its own asks them, and asks again what an answer brings up.
func TestActWithItsOwnForm(t *testing.T) {
	r := newRig(t, dbtest.SQLite(t))
	b := r.browser()
	b.signIn("lan")
	b.post("/start/test/lamp", 200, "body", ward)
	d := b.at
	b.post(d+"/q/name", 200, "_asked", "name phone", "name", "Lan Thử")
	b.finish(d)
	b.post(d+"/submit", 200, "declare", "yes")
	c := b.at
	n, err := id.Parse(strings.TrimPrefix(c, "/c/"))
	if err != nil {
		t.Fatal(err)
	}
	b.get(c+"/act/rate", 200).on(c) // not yet
	r.act("clerk", n, "take", nil)
	r.act("clerk", n, "finish", nil)
	b.get(c, 200).sees("Đã có kết quả", "/act/rate", "result.pdf").seesNot("appointment.ics")
	b.get(c+"/act/rate", 200).sees("Hài lòng không?").seesNot("Điều gì tốt?")
	b.post(c+"/act/rate", 422, "version", "3").sees("Bạn chưa trả lời câu này.")
	b.post(c+"/act/rate", 422, "version", "3", "glad", "yes").sees("Điều gì tốt?")
	b.post(c+"/act/rate", 200, "version", "3", "glad", "yes", "why", "thợ đến sớm").on(c)
	if x, err := r.Engine.Find(t.Context(), n); err != nil || x.Version != 4 || x.Acts[3].Entry.Answers["why"] != "thợ đến sớm" {
		t.Errorf("the act: %+v %v", x.Acts[len(x.Acts)-1].Entry, err)
	}
}

func TestADraftIsFoundAgain(t *testing.T) {
	r := newRig(t, dbtest.SQLite(t))
	b := r.browser()
	b.post("/start/test/lamp", 200, "body", ward)
	d := b.at
	b.get("/start/test/lamp", 200).sees("Bạn đang làm dở thủ tục này.", `href="`+d+`"`)
	r.browser().get("/start/test/lamp", 200).seesNot("làm dở")
	// It goes to another office with everything in it.
	b.post(d+"/q/name", 200, "_asked", "name phone", "name", "Lan Thử")
	n := strings.TrimPrefix(d, "/d/")
	b.get("/start/test/lamp?draft="+n, 200).sees("Bạn nộp hồ sơ ở đâu?").seesNot("làm dở")
	b.get("/start/test/lamp?draft="+n+"&body=H1.1.2", 200).sees("Nộp ở nơi này")
	r.browser().post("/start/test/lamp", 404, "body", "H1.1.2", "draft", n)
	b.post("/start/test/lamp", 200, "body", "H1.1.2", "draft", n).on(d).sees("UBND phường Hàng Đào", "Xong 1 trong 4 phần")
	// 30 days after it was last saved it is gone.
	r.now = r.now.Add(dossier.Keep - time.Hour)
	if err := r.Sweep(t.Context()); err != nil {
		t.Fatal(err)
	}
	b.get(d, 200)
	r.now = r.now.Add(2 * time.Hour)
	if err := r.Sweep(t.Context()); err != nil {
		t.Fatal(err)
	}
	b.get(d, 404)
}

func TestAutosave(t *testing.T) {
	r := newRig(t, dbtest.SQLite(t))
	b := r.browser()
	b.post("/start/test/lamp", 200, "body", ward)
	d := b.at
	req, _ := http.NewRequest("POST", r.server.URL+d+"/q/name", strings.NewReader("_asked=name+phone&name=Lan&phone=1"))
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	req.Header.Set("X-Autosave", "1")
	b.do(req, 200).sees("Đã lưu lúc 09:00 hôm nay.")
	b.get(d+"/q/name", 200).sees(`value="Lan"`, `value="1"`)
	b.get(d, 200).sees("Đang làm dở")
	// What does not fit is refused, shown again, and nothing else is lost.
	b.post(d+"/q/name", 422, "_asked", "name phone", "name", strings.Repeat("a", 210_000)).sees("aaaa")
	b.get(d+"/q/name", 200).sees(`value="Lan"`)
	b.post(d+"/q/name", 413, "name", strings.Repeat("a", 2<<20))
	b.post(d+"/delete", 404) // the front page is not ours
	b.get(d, 404)
}

func TestTwoDevicesLoseNothing(t *testing.T) {
	dbtest.EachURL(t, func(t *testing.T, url string) {
		r := newRig(t, url)
		b := r.browser()
		b.post("/start/test/lamp", 200, "body", ward)
		n, err := id.Parse(strings.TrimPrefix(b.at, "/d/"))
		if err != nil {
			t.Fatal(err)
		}
		done := make(chan error)
		for _, field := range []string{"name", "phone", "what", "since"} {
			go func() {
				var all error
				for range 5 {
					_, err := r.Engine.Change(context.Background(), n, func(d *dossier.Draft) error {
						s, _ := d.Answers[field].(string)
						d.Answers[field] = s + "x"
						return nil
					})
					all = errors.Join(all, err)
				}
				done <- all
			}()
		}
		for range 4 {
			if err := <-done; err != nil {
				t.Fatal(err)
			}
		}
		d, err := r.Engine.FindDraft(t.Context(), n)
		if err != nil {
			t.Fatal(err)
		}
		for _, field := range []string{"name", "phone", "what", "since"} {
			if d.Answers[field] != "xxxxx" {
				t.Errorf("%s: got %v, want five times x", field, d.Answers[field])
			}
		}
	})
}

func TestTrackIsLimited(t *testing.T) {
	r := newRig(t, dbtest.SQLite(t))
	b := r.browser()
	for range 20 {
		b.get("/track?code=H1.1.1-260302-0001-AAAA", 422)
	}
	b.get("/track?code=H1.1.1-260302-0001-AAAA", 429).sees("quá nhiều lần")
	b.get("/track", 200)
	r.now = r.now.Add(time.Minute)
	b.get("/track?code=H1.1.1-260302-0001-AAAA", 422)
}
