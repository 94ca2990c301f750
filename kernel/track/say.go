package track

import (
	"time"

	"motcua/base/lang"
)

// When says t as people say it, seen from now: 17:00 today, 10:42 yesterday,
// 17:00 on Wednesday 25/11/2026.
func When(v lang.Voice, now, t time.Time) string {
	switch v.Day(t) {
	case v.Day(now):
		return v.T("track.today", v.Hour(t))
	case v.Day(now.AddDate(0, 0, -1)):
		return v.T("track.yesterday", v.Hour(t))
	case v.Day(now.AddDate(0, 0, 1)):
		return v.T("track.tomorrow", v.Hour(t))
	}
	return v.T("track.on", v.Hour(t), v.Weekday(t), v.Day(t))
}
