package nps_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"motcua/base/db"
	"motcua/base/db/dbtest"
	"motcua/kernel/kerneltest"
	"motcua/kernel/who"
	"motcua/packs/vn2020/nps"
)

// A line of one-stop software talks to the portal.
type software struct {
	t       testing.TB
	r       *kerneltest.Rig
	session string
}

func (s *software) call(service string, in map[string]any) (out struct {
	Error_code, Error_message, Session string
	Result                             []map[string]any
}) {
	s.t.Helper()
	if in["session"] == nil && s.session != "" {
		in["session"] = s.session
	}
	b, err := json.Marshal(in)
	if err != nil {
		s.t.Fatal(err)
	}
	w := httptest.NewRecorder()
	s.r.Handler.ServeHTTP(w, httptest.NewRequest("POST", "/api/nps/"+service, bytes.NewReader(b)))
	if err := json.Unmarshal(w.Body.Bytes(), &out); err != nil || w.Code != http.StatusOK {
		s.t.Fatalf("%s: %d %s", service, w.Code, w.Body)
	}
	return out
}

func connect(t testing.TB, url string) *software {
	r := kerneltest.Open(t, url, []string{"birth"}, nps.System())
	hash, err := r.Guard.Hash(t.Context(), who.Person{}, "mat khau rat dai")
	if err == nil {
		err = r.DB.Write(t.Context(), func(tx *db.Tx) error { return r.Book.SetPassword(tx, r.People["officer"], hash) })
	}
	if err != nil {
		t.Fatal(err)
	}
	s := &software{t: t, r: r}
	if out := s.call("login", map[string]any{"username": r.People["officer"].Login, "password": "sai"}); out.Error_code != "-1" || out.Session != "" {
		t.Errorf("a wrong password: %+v", out)
	}
	s.session = s.call("login", map[string]any{"username": r.People["officer"].Login, "password": "mat khau rat dai"}).Session
	return s
}

func dossier(state, note string) map[string]any {
	return map[string]any{"MaHoSo": "000.00.37.H26-200210-0007", "MaTTHC": "1.001193", "KenhThucHien": "1", "ChuHoSo": "Trần Thị Bình", "LoaiDoiTuong": "1", "MaDoiTuong": "001095000001",
		"NgayNop": "20200210083000", "NgayTiepNhan": "20200210090000", "NgayHenTra": "20200211170000", "TrangThaiHoSo": state, "GhiChu": note, "TruongLa": "bỏ qua",
		"TaiLieuNop":    []any{map[string]any{"TepDinhKemId": "77", "TenTepDinhKem": "chungsinh.pdf", "DuocSoHoa": "1", "IsDeleted": "0"}},
		"DanhSachLePhi": []any{map[string]any{"TenPhiLePhi": "Lệ phí", "Gia": "8000", "HinhThucThu": "1", "LoaiPhiLePhi": "1"}}}
}

func TestNationalNames(t *testing.T) {
	dbtest.EachURL(t, func(t *testing.T, url string) {
		s := connect(t, url)
		if out := s.call("LayDanhSachTTHC", map[string]any{}); len(out.Result) != 1 || out.Result[0]["MaTTHC"] != "1.001193" {
			t.Errorf("services: %+v", out)
		}
		if out := s.call("LayThuTuc", map[string]any{"maTTHC": "9.999999"}); out.Error_code != "-1" {
			t.Errorf("a service that is not there: %+v", out)
		}
		if out := s.call("LayThuTuc", map[string]any{"maTTHC": "1.001193", "session": "không"}); out.Error_code != "-1" {
			t.Errorf("without a session: %+v", out)
		}
		version := func() (v int64) {
			rows, err := s.r.Mirror.Coded(t.Context(), "000.00.37.H26-200210-0007")
			if err != nil || len(rows) > 1 {
				t.Fatal(rows, err)
			}
			for _, r := range rows {
				v = r.Version
			}
			return v
		}
		send := func(o map[string]any) string {
			return fmt.Sprint(s.call("DongBoHoSoMC", map[string]any{"isUpdating": true, "data": []any{o}}).Error_code, " ", version())
		}
		advance := func(state, at string) string {
			return fmt.Sprint(s.call("CapNhatTienDoHoSoMC", map[string]any{"data": []any{map[string]any{"MaHoSo": "000.00.37.H26-200210-0007", "NguoiXuLy": "Vũ An", "ChucDanh": "Chuyên viên",
				"ThoiDiemXuLy": at, "NoiDungXuLy": "Thẩm định", "TrangThai": state}}}).Error_code, " ", version())
		}
		for i, c := range []struct{ got, want string }{
			{advance("4", "20200210100000"), "1 0"}, {send(dossier("2", "")), "0 1"}, {send(dossier("2", "")), "0 1"}, {send(dossier("4", "đã chuyển")), "0 2"},
			{advance("4", "20200210100000"), "0 3"}, {advance("4", "20200210100000"), "0 3"}, {advance("9", "20200211080000"), "0 4"},
			{send(dossier("99", "")), "1 4"}, {send(map[string]any{"MaHoSo": "x"}), "1 4"},
		} {
			if c.got != c.want {
				t.Errorf("%d: got %s, want %s", i, c.got, c.want)
			}
		}
		out := s.call("TraCuuHoSo", map[string]any{"MaHoSo": "000.00.37.H26-200210-0007"})
		if len(out.Result) != 1 {
			t.Fatalf("got %+v", out)
		}
		got := out.Result[0]
		for name, want := range map[string]string{"TrangThaiHoSo": "9", "NgayTiepNhan": "20200210090000", "NgayKetThucXuLy": "20200211080000", "KenhThucHien": "1", "ChuHoSo": "Trần Thị Bình"} {
			if fmt.Sprint(got[name]) != want {
				t.Errorf("%s: got %v, want %s", name, got[name], want)
			}
		}
		if all, _ := got["TienDo"].([]any); len(all) != 2 {
			t.Errorf("progress: %v", got["TienDo"])
		}
		if b := fmt.Sprint(got["DanhSachLePhi"]); !strings.Contains(b, "Gia:8000") || !strings.Contains(b, "HinhThucThu:1") {
			t.Errorf("fees: %s", b)
		}
	})
}

// Whatever comes in, the answer is JSON with an error_code, and nothing is our fault.
func FuzzCall(f *testing.F) {
	s := connect(f, f.TempDir()+"/x.db")
	for _, o := range []map[string]any{dossier("4", "x"), {"MaHoSo": 7}, {"DanhSachLePhi": []any{1}}} {
		b, _ := json.Marshal(map[string]any{"data": []any{o}})
		f.Add("DongBoHoSoMC", string(b))
		f.Add("CapNhatTienDoHoSoMC", string(b))
	}
	f.Add("TraCuuHoSo", `{"MaHoSo":"x"}`)
	f.Fuzz(func(t *testing.T, service, body string) {
		if strings.ContainsAny(service, "/?#% \x7f") || service == "" || strings.ContainsFunc(service, func(r rune) bool { return r < 0x20 || r > 0x7e }) {
			return
		}
		if rest, ok := strings.CutPrefix(strings.TrimSpace(body), "{"); ok {
			body = `{"session":"` + s.session + `",` + rest
		}
		w := httptest.NewRecorder()
		s.r.Handler.ServeHTTP(w, httptest.NewRequest("POST", "http://x/api/nps/"+service, strings.NewReader(body)))
		var out struct{ Error_code string }
		if w.Code != http.StatusOK && w.Code != http.StatusTooManyRequests && w.Code != http.StatusTemporaryRedirect && w.Code != http.StatusMovedPermanently && w.Code != http.StatusNotFound {
			t.Errorf("%s %q: %d %s", service, body, w.Code, w.Body)
		}
		if err := json.Unmarshal(w.Body.Bytes(), &out); w.Code == http.StatusOK && (err != nil || out.Error_code == "") {
			t.Errorf("%s %q: %s", service, body, w.Body)
		}
	})
}
