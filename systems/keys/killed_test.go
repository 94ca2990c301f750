//go:build linux

package keys_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"os"
	"os/exec"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"

	"motcua/base/blob"
	"motcua/base/cms"
	"motcua/base/db"
	"motcua/base/db/dbtest"
	"motcua/base/id"
	"motcua/base/pades"
	"motcua/base/verdict"
	"motcua/base/verdict/verdicttest"
	"motcua/kernel/confirm"
	"motcua/kernel/kerneltest"
	"motcua/kernel/onetime"
	"motcua/kernel/paper"
	"motcua/kernel/passkey"
	"motcua/kernel/who"
	"motcua/systems/keys"
)

// What another process is told: the database, the folder, how much later it is,
// the page of the signing.
const victimAt, victimDir, victimLater, victimPage = "MOTCUA_TEST_VICTIM_DB", "MOTCUA_TEST_VICTIM_DIR", "MOTCUA_TEST_VICTIM_LATER", "MOTCUA_TEST_VICTIM_PAGE"

// TestVictim is the program that is killed, in a process of its own: the first
// lets the leader confirm, those after it find the job.
func TestVictim(t *testing.T) {
	at := os.Getenv(victimAt)
	if at == "" {
		t.Skip("is started by TestKilled")
	}
	s := &stage{kerneltest.Resume(t, at, os.Getenv(victimDir), []string{"leader"}, []string{"birth"},
		onetime.System(), passkey.System(), confirm.System(), paper.System(), keys.System()), t}
	s.Procedures.Get(service).Result.Signed = who.Substantial
	later, err := time.ParseDuration(os.Getenv(victimLater))
	if err != nil {
		t.Fatal(err)
	}
	s.Later(later)
	if page := os.Getenv(victimPage); page != "" {
		s.confirmed(s.leader(), page).Want(t, 303)
		return
	}
	if err := s.Jobs.Drain(t.Context()); err != nil {
		t.Error(err)
	}
}

// A leader signs many results, and the program is killed (kill -9) again and
// again in the middle: each is signed once, those signed before stay as they
// were byte by byte, and the signed list holds them all. MOTCUA_LONG: 200.
func TestKilled(t *testing.T) {
	n, kills := 16, 3
	if os.Getenv("MOTCUA_LONG") != "" {
		n, kills = 200, 3
	}
	dbtest.EachURL(t, func(t *testing.T, at string) {
		s := open(t, at)
		k := s.certified()
		all, acts := s.granted(n)
		page := s.begin(acts)
		signing, err := id.Parse(page[strings.LastIndex(page, "/")+1:])
		if err != nil {
			t.Fatal(err)
		}
		done := func() int {
			return s.count(`select count(*) from keys_item where state = 'done' and signing = $1`, signing)
		}
		kept := map[string]string{} // what was signed, by act
		cut := 0
		for round := range kills {
			victim := exec.Command(os.Args[0], "-test.run=^TestVictim$", "-test.count=1")
			var said bytes.Buffer
			victim.Stdout, victim.Stderr = &said, &said
			victim.Env = append(os.Environ(), victimAt+"="+at, victimDir+"="+s.Dir, fmt.Sprintf("%s=%dh", victimLater, round+1)) // the lease of who died is over
			if round == 0 {
				victim.Env = append(victim.Env, victimPage+"="+page)
			}
			victim.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
			if err := victim.Start(); err != nil {
				t.Fatal(err)
			}
			dead := make(chan error, 1)
			go func() { dead <- victim.Wait() }()
			goal := (round + 1) * n / 4 / (kills + 1) // early: what is left takes longer than seeing it
			for end := time.Now().Add(time.Minute); done() < goal && len(dead) == 0 && time.Now().Before(end); {
				time.Sleep(time.Millisecond)
			}
			if err := victim.Process.Kill(); err != nil {
				t.Fatalf("the victim was dead before it was killed: %s", &said)
			}
			<-dead
			if w := victim.ProcessState.Sys().(syscall.WaitStatus); !w.Signaled() || w.Signal() != syscall.SIGKILL {
				t.Fatalf("the victim was not killed: %v\n%s", victim.ProcessState, &said)
			}
			got := done()
			if got < goal {
				t.Fatalf("after a minute %d of %d were signed\n%s", got, n, &said)
			}
			if got < n {
				cut++
			}
			for act, sum := range s.papers() {
				if was := kept[act]; was != "" && was != sum {
					t.Errorf("the result of act %s was signed anew", act)
				}
				kept[act] = sum
			}
		}
		if cut == 0 {
			t.Fatal("nobody was killed in the middle")
		}
		s.Later(time.Duration(kills+1) * time.Hour)
		if err := s.Jobs.Drain(t.Context()); err != nil {
			t.Fatal(err)
		}

		if got := done(); got != n {
			t.Errorf("%d are done, want %d", got, n)
		}
		root, _ := certificates(t, s.Rig)
		for act, sum := range s.papers() {
			if was := kept[act]; was != "" && was != sum {
				t.Errorf("the result of act %s was signed anew", act)
			}
		}
		for _, d := range all {
			a := s.result(d)
			a.Want(t, 200)
			v, err := pades.Read([]byte(a.Body), root.Certificate)
			if err != nil || v.State != verdict.Valid || len(v.Signatures) != 1 || v.Signatures[0].Name != "Trần Quốc Toàn" {
				t.Fatalf("%s: %+v %v", d.Code, v, err)
			}
		}
		for what, q := range map[string]string{
			"papers":                      `select count(*) from paper where sort = 'result'`,
			"acts that issue one":         `select count(*) from act where act = 'paper.issue'`,
			"documents as they are kept":  `select count(*) from keys_item i join paper p on p.act = i.act and p.sort = 'result' and p.sum = i.signed`,
			"uses that were confirmed":    `select count(*) - 1 from sign_use`,
			"uses that were made":         `select count(*) - 1 from sign_use where done <> 0`,
			"more acts of a confirmation": `select count(*) from act where act = 'keys.confirm'`,
			"more lists that are signed":  `select count(*) from keys_signing where manifest <> '' and ended <> 0`,
			"results that wait no longer": `select count(*) from keys_wait`,
		} {
			want := n
			switch {
			case strings.HasPrefix(what, "more"):
				want = 1
			case strings.HasSuffix(what, "no longer"):
				want = 0
			}
			if got := s.count(q); got != want {
				t.Errorf("%d %s, want %d", got, what, want)
			}
		}
		s.whole(signing, n, k.Certificate.Raw)
		on := "sqlite"
		if strings.HasPrefix(at, "postgres") {
			on = "postgres"
		}
		verdicttest.Record(t, "batch killed, "+on, map[string]any{"results": n, "kills": kills, "in the middle": cut, "lost": 0, "doubled": 0})
	})
}

// papers are the results that are kept, by act.
func (s *stage) papers() map[string]string {
	s.t.Helper()
	all := map[string]string{}
	err := s.DB.Read(s.t.Context(), func(tx *db.Tx) error {
		clear(all)
		some, err := db.List(tx, func(scan func(...any) error) (x [2]string, err error) {
			err = scan(&x[0], &x[1])
			return x, err
		}, `select cast(act as text), sum from paper where sort = 'result'`)
		for _, x := range some {
			all[x[0]] = x[1]
		}
		return err
	})
	if err != nil {
		s.t.Fatal(err)
	}
	return all
}

// whole checks the signed list of a signing: a line for each document, with the
// digest of what its signature covers, under the signer's own signature.
func (s *stage) whole(signing id.ID, n int, certificate []byte) {
	s.t.Helper()
	page := "/me/keys/signings/" + signing.String()
	b := s.leader()
	list := b.Get(page + "/list.txt").Body
	if strings.Count(list, "\n") != n {
		s.t.Errorf("the list has %d lines, want %d", strings.Count(list, "\n"), n)
	}
	var text string
	var signed []string
	err := s.DB.Read(s.t.Context(), func(tx *db.Tx) (err error) {
		if err = tx.Row(`select manifest from keys_signing where id = $1`, signing).Scan(&text); err != nil {
			return err
		}
		signed, err = db.List(tx, func(scan func(...any) error) (sum string, err error) { err = scan(&sum); return sum, err },
			`select signed from keys_item where signing = $1 order by nth`, signing)
		return err
	})
	if err != nil {
		s.t.Fatal(err)
	}
	der, err := base64.StdEncoding.DecodeString(text)
	if err != nil {
		s.t.Fatal(err)
	}
	sum := sha256.Sum256([]byte(list))
	if m, err := cms.Read(der); err != nil || m.Check(sum[:]) != nil || !bytes.Equal(m.Certificate.Raw, certificate) {
		s.t.Errorf("the signed list: %v", err)
	}
	lines := strings.Split(list, "\n")
	for i, one := range signed {
		x, err := blob.Parse(one)
		if err != nil {
			s.t.Fatal(err)
		}
		file, err := s.Blobs.Bytes(x)
		if err != nil {
			s.t.Fatal(err)
		}
		inside := regexp.MustCompile(`/Contents\s*<([0-9A-Fa-f]+)>`).FindSubmatch(file)
		if inside == nil {
			s.t.Fatal("no signature in the file")
		}
		raw, err := hex.DecodeString(string(inside[1]))
		if err != nil {
			s.t.Fatal(err)
		}
		digest, err := hex.DecodeString(lines[i][:64])
		if err != nil {
			s.t.Fatal(err)
		}
		if m, err := cms.Read(raw); err != nil || m.Check(digest) != nil {
			s.t.Errorf("line %d of the list is not of document %d", i+1, i+1)
		}
	}
}
