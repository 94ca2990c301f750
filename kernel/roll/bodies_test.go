package roll_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"motcua/base/db"
	"motcua/base/db/dbtest"
	"motcua/base/lang"
	"motcua/kernel/cutover"
	"motcua/kernel/doctor"
	"motcua/kernel/dossier"
	"motcua/kernel/kerneltest"
	"motcua/kernel/merger"
	"motcua/kernel/rights"
	"motcua/kernel/roll"
	"motcua/kernel/who"
)

const (
	school = "H26.002.00061.TH1"
	group  = "H26.002.00061.TH1.A-2" // stands before the body above it
)

// bodyList begins with what is taken.
const bodyList = `code,parent,name,level,name_en,name_fr,unit,address,phone,from,to,next
` + group + `,` + school + `,Tổ hộ tịch 2,commune,,,00061,,,,,
` + school + `,H26.002.00061,Điểm hộ tịch Hàng Bạc,commune,Hàng Bạc registry,Bureau Hàng Bạc,00061,2 phố Hàng Bạc,024 3825 0000,2020-01-01,,
`

// refusedBodies are its lines from 4 on, each with the columns that are wrong.
var refusedBodies = []struct{ line, wrong string }{
	{"H26.002,H26,Tên khác,district", "/code"},                                      // the pack has it
	{"H26.002.X,H26.003,Cơ quan,commune", "/code"},                                  // does not go on from the one above
	{"H26.009.Y,H26.009,Cơ quan,commune", "/parent"},                                // nobody has this code
	{"H26.002.P,H26.002.P.Q,Vòng,commune", "/code"},                                 // a ring,
	{"H26.002.P.Q,H26.002.P,Vòng,commune", "/parent"},                               // whose one half is refused
	{"H26.002.Ầ,H26.002,Cơ quan,commune", "/code"},                                  //
	{"H26.002.B,H26.002,Cơ\u202equan,commune", "/name"},                             // turns the direction of writing
	{"H26.002.C,H26.002,,empire,,,99999,,,2020-13-01", "/from,/name"},               //
	{"H26.002.D,H26.002,Cơ quan,empire,,,99999,,,2030-01-01", "/from,/level,/unit"}, //
	{"H26.002.E,H26.002,Cơ quan,commune,,,,,,,2020-02-01,", "/next"},                // ends without a successor
	{"H26.002.F,H26.002,Cơ quan,commune,,,,,,,2020-02-01,H26.002", "/next"},         // is not here yet
	{school + ",H26.002.00061,Hai lần,commune", "/code"},                            //
	{"H26.002.G,H26.002,Cơ quan,commune,,,,,,,,,thừa", ""},                          // more cells than columns
}

func TestBodies(t *testing.T) {
	dbtest.EachURL(t, func(t *testing.T, url string) {
		r := kerneltest.Open(t, url, []string{"birth"}, cutover.System(), rights.System(), roll.System())
		there := kerneltest.Reopen(t, url, []string{"birth"}, cutover.System(), rights.System(), roll.System())
		voice := lang.Voice{Lang: lang.VI, Zone: r.Zone, Catalogue: r.Texts}
		var bad []cutover.Reject
		p := &roll.Bodies{App: r.App, By: r.People["root"], DryRun: true, Voice: voice, Reject: func(x cutover.Reject) { bad = append(bad, x) }}
		run := func(text string) {
			t.Helper()
			bad = nil
			if err := p.Run(t.Context(), strings.NewReader(text)); err != nil {
				t.Fatal(err)
			}
		}
		whole := bodyList
		for _, x := range refusedBodies {
			whole += x.line + "\n"
		}
		run(whole)
		if want := (roll.Counted{Lines: 2 + len(refusedBodies), Bodies: 2, Rejected: len(refusedBodies)}); p.Counted != want {
			t.Fatalf("dry run: %+v, want %+v; %v", p.Counted, want, bad)
		}
		for i, x := range refusedBodies {
			var got []string
			for _, b := range bad {
				if b.Line == i+4 {
					got = append(got, b.Field)
				}
				if strings.HasPrefix(b.Reason, "roll.") || strings.HasPrefix(b.Reason, "cutover.") {
					t.Errorf("no words: %v", b)
				}
			}
			if slices.Sort(got); strings.Join(got, ",") != x.wrong || got == nil {
				t.Errorf("%s: refused %v, want %s", x.line, got, x.wrong)
			}
		}
		if _, ok := r.Country.Body(school); ok {
			t.Fatal("a dry run added a body")
		}

		// Who administers the district adds below it, and nowhere else.
		p.DryRun, p.By = false, r.People["clerk"]
		if run(bodyList); p.Rejected != 2 || p.Bodies != 0 {
			t.Errorf("a clerk: %+v", p.Counted)
		}
		p.By = r.People["admin"]
		if run("code,parent,name,level\nA9,,Bộ mới,ministry\nH26.STP.001.X,H26.STP.001,Phòng,department\n"); p.Rejected != 2 {
			t.Errorf("beyond the district: %+v %v", p.Counted, bad)
		}
		if run(bodyList); p.Bodies != 2 || p.Rejected != 0 {
			t.Fatalf("%+v %v", p.Counted, bad)
		}
		if run(bodyList); p.Bodies != 0 || p.Had != 2 {
			t.Errorf("again: %+v %v", p.Counted, bad)
		}
		b, ok := r.Country.Body(school)
		if !ok || b.Name.In(lang.FR) != "Bureau Hàng Bạc" || b.Zone == "" || b.Phone != "024 3825 0000" {
			t.Fatalf("%+v %v", b, ok)
		}
		if got := r.Country.Seek("diem ho tich", nil, 5); len(got) != 1 || got[0].Code != school {
			t.Errorf("found %v", got)
		}
		for end := time.Now().Add(5 * time.Second); ; time.Sleep(50 * time.Millisecond) { // another program hears of it
			if _, ok := there.Country.Body(group); ok {
				break
			}
			if time.Now().After(end) {
				t.Fatal("the other program does not know the body")
			}
		}

		// People come into it, and one of them receives what is filed there.
		staff := &roll.People{App: r.App, By: r.People["admin"], Voice: voice, Reject: func(x cutover.Reject) { t.Error(x) }, Invite: func(string, string, string) {}}
		if err := staff.Run(t.Context(), strings.NewReader("login,name,body,role\nhoa.lt,Lê Thị Hoa,"+school+",clerk\n")); err != nil || staff.Roles != 1 {
			t.Fatalf("%+v %v", staff.Report, err)
		}
		clerk := login(t, r, "hoa.lt")
		d := file(t, r, school)
		got, err := r.Engine.Act(t.Context(), dossier.Order{Me: clerk, Dossier: d.ID, Act: "receive"})
		if err != nil || got.Body != school || got.State == d.State {
			t.Fatalf("received: %+v %v", got, err)
		}

		// It ends, and the ward carries on: dossier and role follow.
		ended := strings.Replace(bodyList, "2020-01-01,,", "2020-01-01,2020-03-01,H26.002.00061", 1)
		if run(ended); p.Ended != 1 || p.Had != 1 || p.Rejected != 0 {
			t.Fatalf("end: %+v %v", p.Counted, bad)
		}
		if run(ended); p.Ended != 0 || p.Had != 2 {
			t.Errorf("end again: %+v %v", p.Counted, bad)
		}
		m := merger.Merger{App: r.App, By: r.People["root"], On: "2020-03-02", Note: "Nghị quyết 1", Failed: func(code string, err error) { t.Error(code, err) }}
		if sum, err := m.Run(t.Context()); err != nil || sum.Dossiers != 1 || sum.Roles != 1 {
			t.Fatalf("merger: %+v %v", sum, err)
		}
		if got, err = r.Engine.Find(t.Context(), d.ID); err != nil || got.Body != kerneltest.Here {
			t.Errorf("%+v %v", got, err)
		}

		// Doctor knows every body by its act.
		if found := wrong(t, r); len(found) != 0 {
			t.Errorf("doctor: %v", found)
		}
		for _, q := range []string{`insert into body select 'G99', id, '', name, level, unit, zone, address, phone, from_day, '', '', by, made from body where code = '` + group + `'`,
			`update body set parent = 'H26' where code = '` + school + `'`, `delete from body where code = '` + group + `'`} {
			if err := r.DB.Write(t.Context(), func(tx *db.Tx) error { _, err := tx.Exec(q); return err }); err != nil {
				t.Fatal(err)
			}
		}
		if found := wrong(t, r); len(found) != 3 {
			t.Errorf("doctor: %v", found)
		}
	})
}

func login(t *testing.T, r *kerneltest.Rig, name string) (p who.Person) {
	t.Helper()
	err := r.DB.Read(t.Context(), func(tx *db.Tx) (err error) {
		p, err = r.Book.ByLogin(tx, name)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// file files a birth with a body.
func file(t *testing.T, r *kerneltest.Rig, body string) *dossier.Dossier {
	t.Helper()
	p := r.Procedures.All()[0]
	x := p.Examples[0]
	x.Body = body
	d, err := r.Play.Open(t.Context(), p.Kind(), x)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// wrong is what doctor says of bodies.
func wrong(t *testing.T, r *kerneltest.Rig) (all []string) {
	t.Helper()
	found, err := doctor.Examine(t.Context(), r.App, false)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range found {
		if f.Check == "bodies" && !f.OK {
			all = append(all, f.Detail)
		}
	}
	return all
}
