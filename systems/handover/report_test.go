package handover

import (
	"context"
	"fmt"
	"math/rand/v2"
	"strings"
	"sync"
	"testing"
	"time"

	"motcua/base/db/dbtest"
	"motcua/kernel/dossier"
	"motcua/kernel/kerneltest"
	"motcua/kernel/mirror"
	"motcua/systems/handover/register"
)

// about is a line of the body's software about d.
func about(d *dossier.Dossier, number string, version, state int, more string) string {
	if state == 3 || state >= 8 {
		more += `,"ended_at":"2020-03-05T09:00:00+07:00"`
	}
	return fmt.Sprintf(`{"code":%q,"version":%d,"origin":%q,"procedure":"1.001193","channel":"online","applicant":"Nguyễn Văn Thử","received_at":"2020-03-02T10:00:00+07:00","state":%d%s}`,
		number, version, d.Code, state, more)
}

// report gives lines to the stream's store, as officer and for sender, and tells what became of each.
func (s *stage) report(t *testing.T, sender string, texts ...string) string {
	t.Helper()
	parse := mirror.Parser{Sender: sender}
	var lines []mirror.Line
	for _, x := range texts {
		l, wrong := parse.Parse([]byte(x))
		if wrong != nil {
			t.Fatalf("%s: %v", x, wrong)
		}
		lines = append(lines, l)
	}
	answers, err := s.Mirror.Put(t.Context(), s.People["officer"], sender, lines)
	if err != nil {
		t.Fatal(err)
	}
	var all []string
	for _, a := range answers {
		text := string(a.Status)
		if a.Wrong != nil {
			text += " " + a.Wrong.At + " " + a.Wrong.Code
		}
		all = append(all, text)
	}
	return strings.Join(all, ", ")
}

// way is the acts on d, in order.
func (s *stage) way(t *testing.T, d *dossier.Dossier) string {
	t.Helper()
	d, err := s.Engine.Find(t.Context(), d.ID)
	if err != nil {
		t.Fatal(err)
	}
	var all []string
	for _, a := range d.Acts {
		all = append(all, a.Act)
	}
	return strings.Join(all, " ") + ": " + string(d.State)
}

func TestLinesMoveTheDossierThatWasHandedOver(t *testing.T) {
	each(t, register.Pull, func(t *testing.T, s *stage) {
		here := kerneltest.Here
		expect := func(what, got, want string) {
			t.Helper()
			if got != want {
				t.Errorf("%s: got %q, want %q", what, got, want)
			}
		}
		d := s.File(t, birth)
		expect("another body", s.report(t, kerneltest.Away, about(d, "HB-1", 1, 2, "")), "rejected origin mirror.wrong.origin")
		expect("no such dossier", s.report(t, here, strings.Replace(about(d, "HB-1", 1, 2, ""), d.Code, "H26-0", 1)), "rejected origin mirror.wrong.origin")
		expect("nothing moved", s.way(t, d), "submit: elsewhere-sent")

		expect("taken", s.report(t, here, about(d, "HB-1", 2, 2, "")), "stored")
		expect("acts", s.way(t, d), "submit acknowledge receive: elsewhere-received")
		s.As(t, "applicant").Get("/c/"+d.ID.String()).Want(t, 200, "Số tại UBND phường Hàng Bạc: HB-1")
		s.Later(time.Hour)
		doing := `,"progress":[{"at":"2020-03-02T11:00:00+07:00","content":"Cán bộ tư pháp đang xem"},{"at":"2020-03-02T10:30:00+07:00","content":"Chuyển phòng"}]`
		expect("again, older, newer, other words", s.report(t, here, about(d, "HB-1", 2, 2, ""), about(d, "HB-1", 1, 4, ""), about(d, "HB-1", 3, 4, doing), about(d, "HB-1", 3, 9, ""), about(d, "HB-2", 4, 4, "")),
			"unchanged, stale, stored, rejected version mirror.wrong.version, rejected code handover.othernumber")
		if got, err := s.Engine.Find(t.Context(), d.ID); err != nil || got.Desk["doing"] != "Cán bộ tư pháp đang xem" {
			t.Errorf("the desk says %v, %v", got.Desk, err)
		}
		same := `,"progress":[{"at":"2020-03-02T11:00:00+07:00","content":"Ca\u0301n bộ\n tư pháp đang xem "}]`
		before := s.way(t, d)
		expect("the same words otherwise written", s.report(t, here, about(d, "HB-1", 4, 4, same)), "stored")
		expect("nothing is done", s.way(t, d), before)
		expect("not accepted after all", s.report(t, here, about(d, "HB-1", 5, 3, "")), "rejected state handover.wrong.state")
		expect("the same version, mended", s.report(t, here, about(d, "HB-1", 5, 5, `,"supplements":[{"content":"Mang bản gốc giấy chứng sinh","state":"waiting"}]`)), "stored")
		s.As(t, "applicant").Get("/c/"+d.ID.String()).Want(t, 200, "Mang bản gốc giấy chứng sinh")
		expect("given back", s.report(t, here, about(d, "HB-1", 6, 4, ""), about(d, "HB-1", 7, 10, `,"results":[{"name":"Giấy khai sinh","code":"12/2020"}]`)), "stored, stored")
		expect("acts", s.way(t, d), "submit acknowledge receive progress call progress finish return: elsewhere-returned")
		expect("it has ended", s.report(t, here, about(d, "HB-1", 8, 4, "")), "rejected state handover.wrong.state")

		// Who did it is the software, whoever sent the stream.
		got, err := s.Engine.Find(t.Context(), d.ID)
		if err != nil || got.Acts[1].By != s.c.Account {
			t.Errorf("done by %v, %v", got.Acts[1].By, err)
		}
		second := s.File(t, birth)
		expect("not accepted", s.report(t, here, about(second, "HB-2", 1, 3, "")), "stored")
		expect("declined", s.way(t, second), "submit acknowledge decline: declined")
		third := s.File(t, birth)
		s.Do(t, "applicant", third.ID, "withdraw", nil)
		expect("withdrawn here", s.report(t, here, about(third, "HB-3", 1, 4, ""), about(third, "HB-3", 1, 7, "")), "rejected state handover.wrong.state, stored")
		expect("and known there", s.way(t, third), "submit withdraw acknowledge: withdrawn")
		fourth := s.File(t, birth)
		s.Do(t, "clerk", fourth.ID, "takeback", nil)
		expect("taken back", s.report(t, here, about(fourth, "HB-4", 1, 2, "")), "rejected origin mirror.wrong.origin")

		all, err := s.Stands(t.Context(), []string{"HB-1", "HB-2", "HB-4"})
		expect("as they stand", fmt.Sprint(all, err), fmt.Sprintf("[{HB-1 %s 7 10} {HB-2 %s 1 3}] <nil>", here, here))
		s.sound(t)
	})
}

func TestASupplementThatIsOnItsWayWaitsForItsLine(t *testing.T) {
	s := open(t, dbtest.SQLite(t), register.Pull)
	d := s.File(t, birth)
	s.report(t, kerneltest.Here, about(d, "HB-1", 1, 4, ""))
	s.call(t, s.token, "POST", "/api/v1/dossiers/"+d.ID.String()+"/acts", `{"act": "supplement", "answers": {"reasons": [{"ref": "mother_name", "text": "Sai dấu"}]}}`, 200, nil)
	if got := s.report(t, kerneltest.Here, about(d, "HB-1", 2, 5, "")); got != "stored" {
		t.Error(got)
	}
	s.Do(t, "applicant", d.ID, "supply", map[string]any{"mother_name": "Lê Thị Đúng"})
	if got := s.report(t, kerneltest.Here, about(d, "HB-1", 3, 5, "")); got != "stored" || !strings.HasSuffix(s.way(t, d), " supply: elsewhere-supplied") {
		t.Error(got, s.way(t, d))
	}
	if got := s.report(t, kerneltest.Here, about(d, "HB-1", 4, 4, "")); got != "stored" || !strings.HasSuffix(s.way(t, d), " supply acknowledge: elsewhere-carried") {
		t.Error(got, s.way(t, d))
	}
}

// TestVersionsAtOnceSettleToTheNewest: streams that race, each with all versions
// in an order of its own, twice.
func TestVersionsAtOnceSettleToTheNewest(t *testing.T) {
	each(t, register.Pull, func(t *testing.T, s *stage) {
		d := s.File(t, birth)
		var lines []mirror.Line
		parse := mirror.Parser{Sender: kerneltest.Here}
		for v, state := range []int{1, 2, 4, 5, 4, 6, 4, 9} {
			l, wrong := parse.Parse([]byte(about(d, "HB-1", v+1, state, "")))
			if wrong != nil {
				t.Fatal(wrong)
			}
			lines = append(lines, l)
		}
		var all sync.WaitGroup
		for range 3 {
			mine := append(append([]mirror.Line(nil), lines...), lines...)
			rand.Shuffle(len(mine), func(i, j int) { mine[i], mine[j] = mine[j], mine[i] })
			all.Go(func() {
				for _, l := range mine {
					a, err := s.Mirror.Put(context.Background(), s.People["officer"], kerneltest.Here, []mirror.Line{l})
					if err != nil || a[0].Status == mirror.Rejected {
						t.Errorf("version %d: %v %v", l.Version, a, err)
					}
				}
			})
		}
		all.Wait()
		if got := s.way(t, d); !strings.HasPrefix(got, "submit acknowledge ") || !strings.HasSuffix(got, " finish: elsewhere-finished") || strings.Count(got, "acknowledge")+strings.Count(got, "finish:") != 2 {
			t.Error(got)
		}
		all2, err := s.Stands(t.Context(), []string{"HB-1"})
		if err != nil || len(all2) != 1 || all2[0].Version != 8 || all2[0].State != 9 {
			t.Error(all2, err)
		}
		s.sound(t)
	})
}
