package mydata_test

import (
	"archive/zip"
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"io"
	"regexp"
	"strings"
	"testing"
	"time"

	"motcua/base/db/dbtest"
	"motcua/kernel/desk"
	"motcua/kernel/device"
	"motcua/kernel/door"
	"motcua/kernel/doubt"
	"motcua/kernel/kerneltest"
	"motcua/kernel/mydata"
	"motcua/kernel/track"
)

func TestCopy(t *testing.T) {
	dbtest.EachURL(t, func(t *testing.T, at string) {
		r := kerneltest.Open(t, at, []string{"birth"}, door.System(), device.System(), track.System(), desk.System(), doubt.System(), mydata.System())
		d := r.File(t, "1.001193")
		r.As(t, "clerk").Get("/work/d/"+d.ID.String()).Want(t, 200)
		me := r.As(t, "applicant")
		me.Post("/me/data", nil).Want(t, 303)
		me.Post("/me/data", nil).Want(t, 303) // no second one
		me.Get("/me/data").Want(t, 200, "Đang chuẩn bị")
		if err := r.Jobs.Drain(t.Context()); err != nil {
			t.Fatal(err)
		}
		page := me.Get("/me/data")
		all := regexp.MustCompile(`/me/data/[a-z0-9]+`).FindAllString(page.Body, -1)
		if len(all) != 1 {
			t.Fatalf("copies %v\n%s", all, page.Body)
		}
		r.As(t, "clerk").Get(all[0]).Want(t, 404)
		a := me.Get(all[0])
		a.Want(t, 200)
		z, err := zip.NewReader(strings.NewReader(a.Body), int64(len(a.Body)))
		if err != nil {
			t.Fatal(err)
		}
		files := map[string][]byte{}
		for _, f := range z.File {
			in, err := f.Open()
			if err != nil {
				t.Fatal(err)
			}
			if files[f.Name], err = io.ReadAll(in); err != nil {
				t.Fatal(err)
			}
		}
		lines := strings.Split(strings.TrimSpace(string(files["manifest.sha256"])), "\n")
		if len(lines) != len(files)-1 {
			t.Errorf("the manifest names %d files of %d", len(lines), len(files)-1)
		}
		for _, l := range lines {
			sum, name, _ := strings.Cut(l, "  ")
			got := sha256.Sum256(files[name])
			if hex.EncodeToString(got[:]) != sum {
				t.Errorf("%s is not what the manifest says", name)
			}
		}
		var data mydata.Data
		in := json.NewDecoder(bytes.NewReader(files["data.json"]))
		in.DisallowUnknownFields()
		if err := in.Decode(&data); err != nil {
			t.Fatal(err)
		}
		if data.Schema != mydata.Schema || len(data.Dossiers) != 1 || data.Dossiers[0].Code != d.Code || len(data.Dossiers[0].Papers) == 0 || len(data.Readings) != 1 || len(data.Devices) != 1 {
			t.Errorf("%+v", data)
		}
		for _, p := range data.Dossiers[0].Papers {
			if got := sha256.Sum256(files[p.Path]); hex.EncodeToString(got[:]) != p.Sum {
				t.Errorf("%s is not the paper that was given", p.Path)
			}
		}
		if !bytes.Contains(files["index.html"], []byte(d.Code)) || bytes.Contains(files["data.json"], []byte("Vũ Minh Châu")) {
			t.Error("the page lacks the dossier, or the data names who read it")
		}
		r.Later(time.Hour)
		if a := me.Get(all[0]); a.Status != 303 || !strings.HasPrefix(a.To, "/sign-in?to=") {
			t.Errorf("an hour after signing in: %d to %s", a.Status, a.To)
		}
		r.Later(30 * 365 * 24 * time.Hour)
		if err := mydata.Sweep(t.Context(), r.App); err != nil {
			t.Fatal(err)
		}
		if a := r.As(t, "applicant").Get(all[0]); a.Status != 404 {
			t.Errorf("a copy of long ago: %d", a.Status)
		}
	})
}
