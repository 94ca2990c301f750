package hours_test

import (
	"context"
	"net/url"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"
	"time"

	"motcua/base/db"
	"motcua/base/db/dbtest"
	"motcua/base/id"
	"motcua/kernel/clock"
	"motcua/kernel/dossier"
	"motcua/kernel/hours"
	"motcua/kernel/kerneltest"
	"motcua/kernel/paper"
	"motcua/kernel/watch"
	"motcua/kernel/why"
)

const birth = "1.001193"

func find(t *testing.T, r *kerneltest.Rig, n id.ID) *dossier.Dossier {
	t.Helper()
	d, err := r.Engine.Find(t.Context(), n)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func drain(t *testing.T, r *kerneltest.Rig) {
	t.Helper()
	if err := r.Jobs.Drain(t.Context()); err != nil {
		t.Fatal(err)
	}
}

// sound asks that rows and figures be what the acts add up to, also when counted anew.
func sound(t *testing.T, r *kerneltest.Rig) {
	t.Helper()
	for _, mend := range []bool{false, true} {
		if found, err := r.Engine.Projections(t.Context(), mend); err != nil || len(found) > 0 {
			t.Errorf("doctor: %v %v", found, err)
		}
	}
}

// steady asks that the dates of d be those that its calendars make of its acts.
func steady(t *testing.T, r *kerneltest.Rig, d *dossier.Dossier) {
	t.Helper()
	k, err := r.Kind(d.Kind, d.KindVersion)
	if err != nil {
		t.Fatal(err)
	}
	if x := k.Dates(d, r.Calendars.For); !x.DeskDue.Equal(d.DeskDue) || !x.Issued && !x.Due.Equal(d.Due) {
		t.Errorf("%s in %s: counted %v and %v for the desk, has %v and %v", d.Code, d.State, x.Due, x.DeskDue, d.Due, d.DeskDue)
	}
}

// alarms are when the jobs about a promise fall due, by stage.
func alarms(t *testing.T, r *kerneltest.Rig, n id.ID) map[string]time.Time {
	t.Helper()
	all := map[string]time.Time{}
	err := r.DB.Read(t.Context(), func(tx *db.Tx) error {
		_, err := db.List(tx, func(into func(...any) error) (x int, err error) {
			var key string
			var at db.Time
			err = into(&key, &at)
			all[key[strings.LastIndexByte(key, '/')+1:]] = at.Time
			return x, err
		}, `select key, at from job where name = 'promise' and key like $1`, n.String()+"/%")
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

func typed(kv ...string) url.Values {
	v := url.Values{"body": {kerneltest.Here}, "source": {"12/QĐ-UBND"}, "basis": {"13/QĐ-UBND"}}
	for i := 0; i < len(kv); i += 2 {
		v.Add(kv[i], kv[i+1])
	}
	return v
}

func hanoi(s string) time.Time {
	z, _ := time.LoadLocation("Asia/Ho_Chi_Minh")
	t, err := time.ParseInLocation("2006-01-02 15:04", s, z)
	if err != nil {
		panic(err)
	}
	return t
}

func TestChangeIsLookedAtThenDecided(t *testing.T) {
	dbtest.EachURL(t, func(t *testing.T, at string) {
		r := kerneltest.Open(t, at, []string{"birth"}, paper.System(), watch.System(), why.System(), hours.System())
		given := r.Do(t, "clerk", r.File(t, birth).ID, "receive", nil)
		asked := r.File(t, birth)
		drain(t, r)
		if want := hanoi("2020-03-03 17:00"); !given.Due.Equal(want) || !asked.Due.Equal(want) {
			t.Fatalf("due %v and %v, want %v", given.Due, asked.Due, want)
		}
		leader := r.As(t, "leader")
		flood := typed("sort", "days", "day.day", "3", "day.month", "3", "day.year", "2020", "works", "no", "name", "Nghỉ do lũ")

		// The first button decides nothing.
		leader.Post("/work/days", flood).Want(t, 200, given.Code, asked.Code, "/work/d/"+given.ID.String(), "giữ nguyên", "17:00, 04/03/2020", "đã hẹn với người dân", `name="sure"`)
		if c := r.Calendars.For(kerneltest.Here); !c.IsWorking(hanoi("2020-03-03 10:00")) {
			t.Fatal("the calendar changed before it was decided")
		}
		r.As(t, "clerk").Post("/work/days", flood).Want(t, 403)

		flood.Set("sure", "yes")
		leader.Post("/work/days", flood).Want(t, 303)
		drain(t, r)
		given, asked = find(t, r, given.ID), find(t, r, asked.ID)
		if !given.Due.Equal(hanoi("2020-03-03 17:00")) {
			t.Errorf("what was promised moved to %v", given.Due)
		}
		last := asked.Acts[len(asked.Acts)-1]
		if !asked.Due.Equal(hanoi("2020-03-04 17:00")) || last.Act != dossier.ActRecount || last.By != 0 || last.Entry.Note != "12/QĐ-UBND" {
			t.Errorf("not promised yet: due %v, last act %s by %s: %q", asked.Due, last.Act, last.By, last.Entry.Note)
		}
		steady(t, r, given)
		steady(t, r, asked)
		reminds, _ := watch.When(r.Calendars.For(kerneltest.Here), asked.Opened, asked.Due, 1)
		if got := alarms(t, r, asked.ID)["remind"]; got.Sub(reminds).Abs() > time.Millisecond {
			t.Errorf("reminder at %v, want %v", got, reminds)
		}
		leader.Get("/work/days").Want(t, 200, "Nghỉ do lũ", given.Code, "17:00, 03/03/2020", "17:00, 04/03/2020")
		leader.Get("/work/d/"+given.ID.String()+"/due").Want(t, 200, "17:00, 03/03/2020", "17:00, 04/03/2020")
		sound(t, r)

		// Nor does the first button take it back.
		var own []clock.Change
		if err := r.DB.Read(t.Context(), func(tx *db.Tx) (err error) { own, err = clock.Changes(tx, kerneltest.Here); return err }); err != nil || len(own) != 1 {
			t.Fatalf("changes %v %v", own, err)
		}
		back := "/work/days/" + own[0].ID.String() + "/undo"
		leader.Post(back, typed()).Want(t, 200, asked.Code, given.Code, "Bỏ quyết định")
		leader.Post(back, typed("sure", "yes")).Want(t, 303)
		drain(t, r)
		if asked = find(t, r, asked.ID); !asked.Due.Equal(hanoi("2020-03-03 17:00")) {
			t.Errorf("taken back: due %v", asked.Due)
		}
		if page := leader.Get("/work/days"); strings.Contains(page.Body, given.Code) {
			t.Error("a promise that the calendar agrees with is still listed")
		}
		sound(t, r)
	})
}

func TestHoursMoveDesks(t *testing.T) {
	dbtest.EachURL(t, func(t *testing.T, at string) {
		r := kerneltest.Open(t, at, []string{"birth"}, paper.System(), watch.System(), hours.System())
		d := r.Do(t, "clerk", r.File(t, birth).ID, "receive", nil)
		was := d.DeskDue // half a day from nine
		leader := r.As(t, "leader")
		short := typed("sort", "hours", "morning.from", "7:30", "morning.to", "11h30", "cutoff", "10:00", "since.day", "2", "since.month", "3", "since.year", "2020", "until.day", "31", "until.month", "3", "until.year", "2020")
		leader.Post("/work/days", typed("sort", "hours", "morning.from", "11", "since.day", "2", "since.month", "3", "since.year", "2020")).Want(t, 422, "07:30")
		leader.Post("/work/days", short).Want(t, 200, d.Code, "07:30–11:30")
		short.Set("sure", "yes")
		leader.Post("/work/days", short).Want(t, 303)
		drain(t, r)
		d = find(t, r, d.ID)
		if want := hanoi("2020-03-02 11:00"); !d.DeskDue.Truncate(time.Minute).Equal(want) || d.DeskDue.Equal(was) || !d.Due.Equal(hanoi("2020-03-03 17:00")) {
			t.Errorf("desk %v, want %v (was %v); promised %v", d.DeskDue, want, was, d.Due)
		}
		steady(t, r, d)
		leader.Get("/work/days").Want(t, 200, "07:30–11:30", "10:00", "Mọi ngày làm việc")

		// What waited goes on with what its desk had left, by the new hours.
		r.Do(t, "officer", d.ID, "supplement", map[string]any{"reasons": []any{map[string]any{"ref": "child_name", "text": "chưa rõ", "fix": "ghi rõ"}}})
		r.Later(24 * time.Hour)
		steady(t, r, r.Do(t, "applicant", d.ID, "supply", map[string]any{"child_name": "Nguyễn Thử An"}))
		sound(t, r)
	})
}

// TestKilledWhileCounting kills the program in the middle of counting anew, and
// another carries on: each dossier is counted once.
func TestKilledWhileCounting(t *testing.T) {
	const many, env = 70, "MOTCUA_HOURS_CHILD"
	systems := []string{"birth"}
	if at := os.Getenv(env); at != "" { // the program that is killed
		r := kerneltest.Open(t, at, systems, watch.System(), hours.System())
		for range many {
			r.File(t, birth)
		}
		v := typed("sort", "days", "day.day", "3", "day.month", "3", "day.year", "2020", "name", "Nghỉ do lũ", "sure", "yes")
		r.As(t, "leader").Post("/work/days", v).Want(t, 303)
		go func() {
			for n := 0; n < 5; time.Sleep(time.Millisecond) {
				n = counted(r)
			}
			syscall.Kill(os.Getpid(), syscall.SIGKILL) // by nobody else, who would come too late
		}()
		r.Jobs.Drain(context.Background())
		time.Sleep(time.Minute)
		return
	}
	dbtest.EachURL(t, func(t *testing.T, at string) {
		child := exec.Command(os.Args[0], "-test.run=^TestKilledWhileCounting$")
		child.Env = append(os.Environ(), env+"="+at)
		if out, err := child.CombinedOutput(); child.ProcessState.ExitCode() != -1 {
			t.Fatalf("it ended by itself: %v\n%s", err, out)
		}

		r := kerneltest.Reopen(t, at, systems, watch.System(), hours.System())
		if n := counted(r); n < 5 || n >= many {
			t.Fatalf("it was killed when %d of %d were counted", n, many)
		}
		r.Later(time.Hour) // the lease of what was being done is over
		drain(t, r)
		var all []id.ID
		if err := r.DB.Read(t.Context(), func(tx *db.Tx) (err error) {
			all, err = db.List(tx, func(into func(...any) error) (n id.ID, err error) { return n, into(&n) }, `select id from dossier`)
			return err
		}); err != nil || len(all) != many {
			t.Fatalf("%d dossiers, %v", len(all), err)
		}
		for _, n := range all {
			d := find(t, r, n)
			if !d.Due.Equal(hanoi("2020-03-04 17:00")) || dossier.Did(d.Acts, dossier.ActRecount) != 1 || d.Version != 2 {
				t.Errorf("%s: due %v, %d acts", d.Code, d.Due, d.Version)
			}
			steady(t, r, d)
		}
		sound(t, r)
	})
}

// counted is how many dossiers were counted anew.
func counted(r *kerneltest.Rig) (n int) {
	r.DB.Read(context.Background(), func(tx *db.Tx) error {
		return tx.Row(`select count(*) from act where act = $1`, dossier.ActRecount).Scan(&n)
	})
	return n
}
