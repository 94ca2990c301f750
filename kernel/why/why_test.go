package why_test

import (
	"testing"
	"time"

	"motcua/base/db/dbtest"
	"motcua/kernel/kerneltest"
	"motcua/kernel/paper"
	"motcua/kernel/why"
)

func TestEveryStepIsToldWithItsArticle(t *testing.T) {
	dbtest.EachURL(t, func(t *testing.T, url string) {
		r := kerneltest.Open(t, url, []string{"birth"}, paper.System(), why.System())
		d := r.Do(t, "clerk", r.File(t, "1.001193").ID, "receive", nil)
		path := "/c/" + d.ID.String() + "/due"
		r.As(t, "applicant").Get(path).Want(t, 200, "Ngày hẹn được tính thế nào", "Ngày tiếp nhận", "Hết hạn lúc 17:00", "03/03/2020", "91/2015/QH13, điều 147", "60/2014/QH13, điều 16")
		r.As(t, "officer").Get("/work"+"/d/"+d.ID.String()+"/due").Want(t, 200, "Hết hạn lúc 17:00")
		r.As(t, "away").Get("/work/d/"+d.ID.String()+"/due").Want(t, 404)
		r.As(t, "clerk").Get(path).Want(t, 404) // not his: he reads it at his desk
		r.As(t, "clerk").Get("/c/nothing/due").Want(t, 404)

		r.Later(3 * time.Hour)
		r.Do(t, "officer", d.ID, "supplement", map[string]any{"reasons": []any{map[string]any{"ref": "child_name", "text": "chưa rõ", "fix": "ghi rõ"}}})
		r.As(t, "applicant").Get(path).Want(t, 200, "Đồng hồ đang dừng")
		r.Later(24 * time.Hour)
		r.Do(t, "applicant", d.ID, "supply", map[string]any{"child_name": "Nguyễn Thử An"})
		r.As(t, "applicant").Get(path).Want(t, 200, "tính lại từ đầu", "61/2018/NĐ-CP, điều 17", "04/03/2020")
	})
}
