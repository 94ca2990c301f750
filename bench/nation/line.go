package nation

import (
	"math/rand/v2"
	"strconv"
	"time"
)

// A line is one dossier being written.
type line struct {
	b []byte
	r *rand.Rand
}

func (l *line) raw(s string)        { l.b = append(l.b, s...) }
func (l *line) text(name, s string) { l.raw(`,"` + name + `":"` + s + `"`) }

func (l *line) time(name string, t time.Time) {
	l.raw(`,"` + name + `":"`)
	l.b = t.AppendFormat(l.b, time.RFC3339)
	l.raw(`"`)
}

func (l *line) many(n int, one func(i int)) {
	for i := range n {
		if i > 0 {
			l.raw(",")
		}
		one(i)
	}
}

func (l *line) person() {
	r := l.r
	name := surnames[r.IntN(len(surnames))] + " " + middles[r.IntN(len(middles))] + " " + givens[r.IntN(len(givens))]
	kind := "citizen"
	if r.IntN(8) == 0 {
		kind, name = "business", "Công ty TNHH "+name
	}
	l.text("applicant", name)
	l.text("applicant_kind", kind)
	l.text("applicant_number", "0"+strconv.Itoa(10_000_000_000+r.IntN(80_000_000_000)))
	l.text("phone", "09"+strconv.Itoa(10_000_000+r.IntN(80_000_000)))
	if r.IntN(3) == 0 {
		l.text("email", "nguoi.dan"+strconv.Itoa(r.IntN(1_000_000))+"@example.vn")
	}
}

// life is when it was received, is due and ended, and where it stands: what
// was filed in the last days is mostly still open, until a correction ends it.
func (l *line) life(filed time.Time, version int) {
	r := l.r
	limit := 1 + r.IntN(20)
	due := filed.AddDate(0, 0, limit)
	took := time.Duration(float64(limit*24)*(0.2+r.Float64())*float64(time.Hour)) / time.Second * time.Second
	end := filed.Add(took)
	luck := r.IntN(100)
	if luck < 2 && version == 1 { // refused at the door
		l.raw(`,"state":3`)
		return
	}
	l.time("received_at", filed.Add(30*time.Minute))
	l.time("due_at", due)
	open := end.After(To)
	if version > 1 && open {
		end, open = To.AddDate(0, 0, 1), false
	}
	switch {
	case open && luck < 10:
		l.raw(`,"state":5,"supplements":[{"asked_by":"`)
		l.raw(givens[r.IntN(len(givens))] + `","content":"` + words(r, 12))
		l.raw(`","asked_at":"` + filed.Add(26*time.Hour).Format(time.RFC3339) + `","state":"waiting"}]`)
	case open:
		l.raw(`,"state":4`)
	case luck < 6:
		l.time("ended_at", end)
		l.raw(`,"state":8`)
	case luck < 25 && version == 1:
		l.time("ended_at", end)
		l.raw(`,"state":9`)
	default:
		l.time("ended_at", end)
		l.time("returned_at", end.Add(20*time.Hour))
		l.raw(`,"state":10,"returned_by":"counter","results":[{"name":"` + papers[r.IntN(len(papers))] + `","component":"KQ` + strconv.Itoa(r.IntN(9000)) + `"}]`)
	}
}

// progress is who did what at which desk.
func (l *line) progress(at time.Time) {
	r := l.r
	l.raw(`,"progress":[`)
	l.many(1+r.IntN(5), func(i int) {
		at = at.Add(time.Duration(1+r.IntN(20*3600)) * time.Second)
		l.raw(`{"by":"` + surnames[r.IntN(len(surnames))] + " " + givens[r.IntN(len(givens))] + `","title":"` + titles[r.IntN(len(titles))])
		l.raw(`","at":"` + at.Format(time.RFC3339) + `","unit":"` + units[r.IntN(len(units))] + `","content":"` + words(r, 6+r.IntN(14)) + `","state":4}`)
	})
	l.raw(`]`)
}

// words are n syllables of Vietnamese.
func words(r *rand.Rand, n int) string {
	b := make([]byte, 0, n*7)
	for i := range n {
		if i > 0 {
			b = append(b, ' ')
		}
		b = append(b, syllables[r.IntN(len(syllables))]...)
	}
	return string(b)
}

var (
	services  = []string{"Đăng ký", "Cấp", "Cấp lại", "Cấp đổi", "Thẩm định", "Xác nhận", "Gia hạn", "Công nhận", "Phê duyệt", "Thu hồi"}
	fields    = []string{"HT", "DD", "XD", "KD", "LD", "YT", "GD", "GT", "NN", "MT", "VH", "TC"}
	surnames  = []string{"Nguyễn", "Trần", "Lê", "Phạm", "Hoàng", "Huỳnh", "Phan", "Vũ", "Võ", "Đặng", "Bùi", "Đỗ", "Hồ", "Ngô", "Dương", "Lý"}
	middles   = []string{"Văn", "Thị", "Hữu", "Đức", "Minh", "Ngọc", "Thanh", "Quang", "Xuân", "Hồng", "Thu", "Gia", "Bảo", "Khánh"}
	givens    = []string{"An", "Bình", "Chi", "Dũng", "Đạt", "Giang", "Hà", "Hải", "Hạnh", "Hiếu", "Hương", "Khôi", "Lan", "Linh", "Long", "Mai", "Nam", "Nga", "Phúc", "Quân", "Sơn", "Tâm", "Thảo", "Trang", "Tuấn", "Uyên", "Vy", "Yến"}
	units     = []string{"Bộ phận Một cửa", "Phòng Tư pháp", "Phòng Tài nguyên và Môi trường", "Phòng Quản lý đô thị", "Văn phòng HĐND và UBND", "Chi nhánh Văn phòng Đăng ký đất đai", "Phòng Kinh tế", "Phòng Nghiệp vụ 2"}
	titles    = []string{"Chuyên viên", "Phó Trưởng phòng", "Trưởng phòng", "Phó Chủ tịch", "Cán bộ tiếp nhận"}
	papers    = []string{"Tờ khai theo mẫu", "Giấy chứng sinh", "Bản sao hộ khẩu", "Giấy chứng nhận quyền sử dụng đất", "Bản vẽ thiết kế", "Giấy ủy quyền", "Hợp đồng thuê nhà", "Biên lai nộp phí", "Giấy khám sức khỏe"}
	syllables = []string{"giấy", "phép", "hoạt", "động", "quyền", "sử", "dụng", "đất", "nhà", "ở", "tài", "sản", "gắn", "liền", "với", "khai", "sinh", "kết", "hôn", "hộ", "tịch", "cư", "trú", "kinh", "doanh", "xây", "dựng", "công", "trình", "môi", "trường", "bảo", "hiểm", "xã", "hội", "lao", "nghề", "nghiệp", "chứng", "chỉ", "hành", "y", "dược", "thực", "phẩm", "an", "toàn", "giao", "thông", "vận", "tải", "phương", "tiện", "giáo", "dục", "đào", "tạo", "văn", "hóa", "thể", "thao", "du", "lịch", "nông", "lâm", "thủy", "khoáng", "nước", "điện", "năng", "lượng", "chuyển", "nhượng", "thừa", "kế", "tặng", "cho", "thế", "chấp", "đăng", "ký", "biến", "đổi", "cấp", "lại", "mất", "hỏng", "bổ", "sung", "điều", "chỉnh", "quy", "hoạch", "đô", "thị", "người", "nước", "ngoài", "cao", "tuổi", "khuyết", "tật", "trợ", "cấp", "ưu", "đãi", "chính", "sách", "hồ", "sơ", "trả", "kết", "quả", "theo", "đúng", "hạn"}
)
