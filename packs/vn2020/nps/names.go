package nps

import (
	"encoding/json"
	"fmt"
	"strconv"
	"time"
)

// zone is that of all national dates, which do not say it.
var zone = time.FixedZone("Asia/Ho_Chi_Minh", 7*3600)

// date is how they are written: yyyyMMddHHmmss.
const date = "20060102150405"

// A name is a field under its national name and ours, and how a value becomes ours.
type name struct {
	national, ours string
	as             func(v any) (any, error)
	many           []name // of the objects of a list
}

// dossier is the fields of DongBoHoSoMC, one to one with those of a line.
var dossier = []name{
	{"MaHoSo", "code", text, nil}, {"MaTTHC", "procedure", text, nil}, {"TenTTHC", "procedure_name", text, nil}, {"MaLinhVuc", "field", text, nil}, {"TenLinhVuc", "field_name", text, nil},
	{"KenhThucHien", "channel", code("1", "counter", "2", "online", "3", "post"), nil}, {"ChuHoSo", "applicant", text, nil},
	{"LoaiDoiTuong", "applicant_kind", code("1", "citizen", "2", "business", "3", "body", "4", "other"), nil}, {"MaDoiTuong", "applicant_number", text, nil},
	{"Email", "email", text, nil}, {"Fax", "fax", text, nil}, {"SoDienThoai", "phone", text, nil}, {"TrichYeuHoSo", "subject", text, nil},
	{"NgayNop", "filed_at", moment, nil}, {"NgayTiepNhan", "received_at", moment, nil}, {"NgayHenTra", "due_at", moment, nil}, {"TrangThaiHoSo", "state", whole, nil},
	{"NgayTra", "returned_at", moment, nil}, {"ThongTinTra", "return_note", text, nil}, {"HinhThuc", "returned_by", code("0", "counter", "1", "post"), nil},
	{"NgayKetThucXuLy", "ended_at", moment, nil}, {"DonViXuLy", "unit", text, nil}, {"GhiChu", "note", text, nil}, {"HoSoCoThanhPhanSoHoa", "digitised", flag, nil},
	{"TaiKhoanDuocXacThucVoiVNeID", "verified_account", flag, nil}, {"DuocThanhToanTrucTuyen", "paid_online", code("0", "", "1", "national", "2", "local"), nil},
	{"TaiLieuNop", "papers", nil, []name{{"TepDinhKemId", "id", text, nil}, {"TenTepDinhKem", "name", text, nil}, {"IsDeleted", "deleted", flag, nil}, {"MaThanhPhanHoSo", "component", text, nil},
		{"DuongDanTaiTepTin", "url", text, nil}, {"DuocSoHoa", "digitised", flag, nil}, {"DuocLayTuKhoDMQG", "from_store", flag, nil}, {"MaCSDL", "database", text, nil}, {"MaKetQua", "result_code", text, nil},
		{"LoaiBan", "copy", code("0", "original", "1", "copy", "2", "electronic"), nil}}},
	{"DanhSachLePhi", "fees", nil, []name{{"TenPhiLePhi", "name", text, nil}, {"MaPhiLePhi", "code", text, nil},
		{"HinhThucThu", "collected", code("1", "receipt", "2", "supplement", "4", "return"), nil}, {"Gia", "amount", whole, nil}, {"LoaiPhiLePhi", "kind", code("1", "fee", "2", "charge"), nil}}},
	{"DanhSachTepDinhKemKhac", "attachments", nil, []name{{"TepDinhKemId", "id", text, nil}, {"TenTepDinhKem", "name", text, nil}, {"DuongDanTaiTepTin", "url", text, nil}}},
	{"DanhSachHoSoBoSung", "supplements", nil, []name{{"NguoiYeuCauBoSung", "asked_by", text, nil}, {"NoiDungBoSung", "content", text, nil}, {"NgayBoSung", "asked_at", moment, nil},
		{"NguoiTiepNhanBoSung", "taken_by", text, nil}, {"NgayTiepNhanBoSung", "taken_at", moment, nil}, {"TrangThaiBoSung", "state", code("0", "waiting", "1", "supplied", "2", "lapsed"), nil},
		{"DanhSachGiayToBoSung", "papers", text, nil}, {"NgayHenTraTruoc", "due_before", moment, nil}, {"NgayHenTraMoi", "due_after", moment, nil}}},
	{"DanhSachGiayToKetQua", "results", nil, []name{{"TenGiayTo", "name", text, nil}, {"MaThanhPhanHoSo", "component", text, nil}, {"GiayToId", "id", text, nil},
		{"DuongDanTepTinKetQua", "url", text, nil}, {"MaKetQua", "code", text, nil}}},
}

// step is the fields of CapNhatTienDoHoSoMC beside MaHoSo: a row of progress.
var step = []name{{"NguoiXuLy", "by", text, nil}, {"ChucDanh", "title", text, nil}, {"ThoiDiemXuLy", "at", moment, nil}, {"PhongBanXuLy", "unit", text, nil},
	{"NoiDungXuLy", "content", text, nil}, {"TrangThai", "state", whole, nil}, {"NgayBatDau", "from", moment, nil}, {"NgayKetThucTheoQuyDinh", "until", moment, nil}}

// ours turns an object of national names into one of ours; what it does not
// know it leaves out, as those who connect send more than was agreed.
func ours(names []name, in map[string]any) (map[string]any, error) {
	out := map[string]any{}
	for _, n := range names {
		v, ok := in[n.national]
		if !ok || v == nil || v == "" {
			continue
		}
		var err error
		if n.many == nil {
			v, err = n.as(v)
		} else {
			v, err = list(n.many, v)
		}
		if err != nil {
			return nil, fmt.Errorf("%s: %w", n.national, err)
		}
		if v != "" {
			out[n.ours] = v
		}
	}
	return out, nil
}

func list(names []name, v any) (all []any, err error) {
	objects, ok := v.([]any)
	if !ok {
		return nil, fmt.Errorf("cần danh sách")
	}
	for _, o := range objects {
		m, ok := o.(map[string]any)
		if !ok {
			return nil, fmt.Errorf("cần danh sách đối tượng")
		}
		one, err := ours(names, m)
		if err != nil {
			return nil, err
		}
		all = append(all, one)
	}
	return all, nil
}

// national turns a line's object back.
func national(names []name, in map[string]any) map[string]any {
	out := map[string]any{}
	for _, n := range names {
		switch v := in[n.ours].(type) {
		case nil:
		case []any:
			var all []any
			for _, o := range v {
				if m, ok := o.(map[string]any); ok {
					all = append(all, national(n.many, m))
				}
			}
			out[n.national] = all
		case string:
			out[n.national] = back(n, v)
		default:
			out[n.national] = v
		}
	}
	return out
}

// back is one of our texts as the national format has it.
func back(n name, v string) string {
	if t, err := time.Parse(time.RFC3339, v); err == nil {
		return t.In(zone).Format(date)
	}
	for i := range 5 {
		if c, err := n.as(strconv.Itoa(i)); err == nil && c == v {
			return strconv.Itoa(i)
		}
	}
	return v
}

func text(v any) (any, error) {
	switch v := v.(type) {
	case string:
		return v, nil
	case json.Number:
		return v.String(), nil
	case []any, map[string]any:
		b, err := json.Marshal(v)
		return string(b), err
	}
	return fmt.Sprint(v), nil
}

func whole(v any) (any, error) {
	s, _ := text(v)
	n, err := strconv.ParseInt(s.(string), 10, 64)
	if err != nil {
		return nil, fmt.Errorf("cần số nguyên, nhận %q", s)
	}
	return n, nil
}

func flag(v any) (any, error) {
	switch s, _ := text(v); s {
	case "1", "true":
		return true, nil
	case "0", "false":
		return false, nil
	}
	return nil, fmt.Errorf("cần 0 hoặc 1")
}

func moment(v any) (any, error) {
	s, _ := text(v)
	t, err := time.ParseInLocation(date, s.(string), zone)
	if err != nil {
		return nil, fmt.Errorf("cần yyyyMMddHHmmss, nhận %q", s)
	}
	return t.Format(time.RFC3339), nil
}

// code reads a number by what it stands for: pairs of both.
func code(pairs ...string) func(any) (any, error) {
	return func(v any) (any, error) {
		s, _ := text(v)
		for i := 0; i < len(pairs); i += 2 {
			if s == pairs[i] {
				return pairs[i+1], nil
			}
		}
		return nil, fmt.Errorf("không có mã %q", s)
	}
}
