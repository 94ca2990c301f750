// Package nps speaks to one-stop software in the names it already knows: those
// of the services by which bodies report to the national portal since 2019.
//
// JSON over HTTP, sessions by login, dates yyyyMMddHHmmss in Viet Nam's time,
// error_code "0" for success. The format has no versions: of two reports on one
// dossier the one that comes later is the newer.
package nps

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"reflect"
	"time"

	"motcua/base/db"
	"motcua/base/fault"
	"motcua/base/web"
	"motcua/kernel"
	"motcua/kernel/mirror"
	"motcua/kernel/procedure"
	"motcua/kernel/throttle"
	"motcua/kernel/who"
)

// life is how long a session is good for.
const life = 8 * time.Hour

// most is the bytes of one call.
const most = 16 << 20

// System is the five services and their login. Who calls is asked inside: the
// format carries its session in the body.
func System() kernel.System {
	return kernel.System{Name: "nps", Routes: func(*kernel.App) []kernel.Route {
		anyone := kernel.Anyone()
		return []kernel.Route{
			{Pattern: "POST /api/nps/login", Who: anyone, API: true, Do: login},
			{Pattern: "POST /api/nps/{service}", Who: anyone, API: true, Limit: most, Do: serve},
		}
	}}
}

// An object is a JSON object whose names are national.
type object = map[string]any

func answer(o object) (web.Answer, error) {
	if o["error_code"] == nil {
		o["error_code"] = "0"
	}
	return web.JSON(200, o)
}

func failed(why string) (web.Answer, error) {
	return answer(object{"error_code": "-1", "error_message": why})
}

// read decodes a call; numbers stay as they were written.
func read(in io.Reader) (o object, err error) {
	b, err := io.ReadAll(in)
	if err != nil {
		return nil, err
	}
	d := json.NewDecoder(bytes.NewReader(b))
	d.UseNumber()
	if err := d.Decode(&o); err != nil || o == nil {
		return nil, errors.New("nội dung không phải đối tượng JSON")
	}
	if _, err := d.Token(); err != io.EOF {
		return nil, errors.New("thừa chữ sau đối tượng JSON")
	}
	return o, nil
}

func login(r *kernel.Request) (web.Answer, error) {
	in, err := read(r.Body)
	if err != nil {
		return failed(err.Error())
	}
	name, _ := in["username"].(string)
	password, _ := in["password"].(string)
	p, err := r.App.Guard.SignIn(r.Context(), throttle.Try{Account: name, From: r.From()}, password)
	var f *fault.Error
	if errors.As(err, &f) && f.Kind != fault.Unavailable {
		return failed(r.T(f.Code, f.Args...))
	}
	if err != nil {
		return web.Answer{}, err
	}
	session := ""
	err = r.App.DB.Write(r.Context(), func(tx *db.Tx) (err error) {
		session, err = r.App.Sessions.Make(tx, web.Token, p.ID, "sync", "national names", life)
		return err
	})
	if err != nil {
		return web.Answer{}, err
	}
	return answer(object{"session": session})
}

// A caller is who calls and for which body.
type caller struct {
	*kernel.Request
	me   who.Person
	body string
	in   object
}

func serve(r *kernel.Request) (web.Answer, error) {
	in, err := read(r.Body)
	if err != nil {
		return failed(err.Error())
	}
	secret, _ := in["session"].(string)
	s, err := r.App.Sessions.Find(r.Context(), web.Token, secret)
	if err != nil {
		return web.Answer{}, err
	}
	if s.Scope != "sync" {
		return failed("phiên đăng nhập không đúng hoặc đã hết hạn")
	}
	c := caller{Request: r, in: in}
	if c.me, err = r.App.Book.Person(r.Context(), s.Subject); err != nil {
		return web.Answer{}, err
	}
	c.body, _ = in["MaDonVi"].(string)
	all := c.me.Bodies()
	if c.body == "" && len(all) == 1 {
		c.body = all[0]
	}
	may := false
	for _, b := range all {
		may = may || r.App.Mirror.May(b, c.body)
	}
	if !may {
		return failed("tài khoản không thuộc đơn vị này")
	}
	switch r.PathValue("service") {
	case "LayDanhSachTTHC":
		return answer(object{"result": services(r.App)})
	case "LayThuTuc":
		code, _ := in["maTTHC"].(string)
		if p := r.App.Procedures.Get(code); p != nil {
			return answer(object{"result": []object{service(p)}})
		}
		return failed("không có thủ tục " + code)
	case "DongBoHoSoMC":
		return c.each(c.report)
	case "CapNhatTienDoHoSoMC":
		return c.each(c.advance)
	case "TraCuuHoSo":
		return c.find()
	}
	return failed("không có dịch vụ này")
}

func services(a *kernel.App) (all []object) {
	for _, p := range a.Procedures.All() {
		all = append(all, service(p))
	}
	return all
}

func service(p *procedure.Procedure) object {
	return object{"MaTTHC": p.Code, "TenTTHC": p.Title["vi"]}
}

// each does one thing with every object of data and answers each.
func (c caller) each(do func(object) error) (web.Answer, error) {
	data, _ := c.in["data"].([]any)
	if len(data) == 0 || len(data) > 1000 {
		return failed("data cần từ 1 đến 1000 hồ sơ")
	}
	said, bad := []object{}, 0
	for _, v := range data {
		o, _ := v.(object)
		one := object{"MaHoSo": o["MaHoSo"], "error_code": "0"}
		if err := do(o); err != nil {
			if fault.Of(err) == "" && !errors.As(err, new(refused)) {
				return web.Answer{}, err
			}
			one["error_code"], one["error_message"], bad = "-1", c.why(err), bad+1
		}
		said = append(said, one)
	}
	out := object{"result": said}
	if bad > 0 {
		out["error_code"], out["error_message"] = "1", fmt.Sprintf("%d hồ sơ không nhận được", bad)
	}
	return answer(out)
}

// A refused is why one dossier was not taken.
type refused string

func (r refused) Error() string { return string(r) }

func (c caller) why(err error) string {
	var f *fault.Error
	if errors.As(err, &f) {
		return c.T(f.Code, f.Args...)
	}
	return err.Error()
}

// report stores a dossier as it was sent.
func (c caller) report(o object) error {
	m, err := ours(dossier, o)
	if err != nil {
		return refused(err.Error())
	}
	code, _ := m["code"].(string)
	was, version, err := c.stored(code)
	if err != nil {
		return err
	}
	if p, ok := was["progress"]; ok { // which this service does not carry
		m["progress"] = p
	}
	return c.put(m, was, version)
}

// advance adds a row of progress to a dossier that was reported.
func (c caller) advance(o object) error {
	code, _ := o["MaHoSo"].(string)
	m, version, err := c.stored(code)
	if err != nil {
		return err
	}
	if version == 0 {
		return refused("chưa có hồ sơ này: hãy gửi DongBoHoSoMC trước")
	}
	row, err := ours(step, o)
	if err != nil {
		return refused(err.Error())
	}
	was := object{}
	for k, v := range m {
		was[k] = v
	}
	rows, _ := m["progress"].([]any)
	b, err := json.Marshal(row)
	if err != nil {
		return err
	}
	for _, x := range rows {
		if have, err := json.Marshal(x); err == nil && bytes.Equal(same(have), same(b)) {
			return nil // this row was told before
		}
	}
	m["progress"] = append(append([]any{}, rows...), row)
	if state, ok := row["state"].(int64); ok {
		m["state"] = state
		delete(m, "ended_at")
		if at, ok := row["at"]; ok && mirror.Ends(int(state)) {
			m["ended_at"] = at
		}
	}
	return c.put(m, was, version)
}

// same is a row without what differs in writing alone: the zone of its moments.
func same(b []byte) []byte {
	var m map[string]any
	if json.Unmarshal(b, &m) != nil {
		return b
	}
	for k, v := range m {
		if s, ok := v.(string); ok {
			if t, err := time.Parse(time.RFC3339, s); err == nil {
				m[k] = t.UTC().Format(time.RFC3339)
			}
		}
	}
	b, _ = json.Marshal(m)
	return b
}

// stored is the line of a dossier of the caller's body, and its version; 0: there is none.
func (c caller) stored(code string) (m object, version int64, err error) {
	rows, err := c.App.Mirror.Coded(c.Context(), code)
	for _, r := range rows {
		if r.Body != c.body {
			continue
		}
		d := json.NewDecoder(bytes.NewReader([]byte(r.Line)))
		d.UseNumber()
		return m, r.Version, errors.Join(err, d.Decode(&m))
	}
	return object{}, 0, err
}

// put stores m as the version after the one that is here, unless it says the same.
func (c caller) put(m, was object, version int64) error {
	parse := mirror.Parser{Sender: c.body}
	line := func(m object, version int64) (mirror.Line, error) {
		m["version"] = version
		b, err := json.Marshal(m)
		if err != nil {
			return mirror.Line{}, err
		}
		l, wrong := parse.Parse(b)
		if wrong != nil {
			return l, refused(wrong.At + ": " + c.T(wrong.Code, wrong.Args...))
		}
		return l, nil
	}
	l, err := line(m, version+1)
	if err != nil {
		return err
	}
	if version > 0 {
		now, err := line(m, version)
		if err != nil {
			return err
		}
		old, err := line(was, version)
		if err == nil && reflect.DeepEqual(now, old) {
			return nil
		}
		m["version"] = version + 1
	}
	answers, err := c.App.Mirror.Put(c.Context(), c.me, c.body, []mirror.Line{l})
	if err != nil {
		return err
	}
	if w := answers[0].Wrong; w != nil {
		return refused(w.At + ": " + c.T(w.Code, w.Args...))
	}
	return nil
}

// find tells what is stored of a dossier of the caller's body.
func (c caller) find() (web.Answer, error) {
	code, _ := c.in["MaHoSo"].(string)
	m, version, err := c.stored(code)
	if err != nil {
		return web.Answer{}, err
	}
	if version == 0 {
		return failed("không có hồ sơ " + code)
	}
	out := national(dossier, m)
	rows, _ := m["progress"].([]any)
	var all []object
	for _, x := range rows {
		if row, ok := x.(map[string]any); ok {
			all = append(all, national(step, row))
		}
	}
	out["TienDo"] = all
	return answer(object{"result": []object{out}})
}
