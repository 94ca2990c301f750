package door_test

import (
	"net/url"
	"testing"
	"time"

	"motcua/base/db"
	"motcua/base/db/dbtest"
	"motcua/base/web"
	"motcua/kernel/kerneltest"
)

// TestWeakPasswords: who registers, or sets his password by a link, is told in
// words why one is refused that others would try first.
func TestWeakPasswords(t *testing.T) {
	dbtest.EachURL(t, func(t *testing.T, at string) {
		r := kerneltest.Open(t, at, nil, systems()...)
		open := serve(t, r)
		c := open("192.0.2.7")
		register := func(secret string) reply {
			return c.do("POST", "/register", url.Values{"name": {"Đỗ Hồng Mai"}, "number": {"001093000099"}, "phone": {"0987000123"}, "login": {"hongmai.93"}, "password": {secret}})
		}
		register("ngắn quá").want(t, 422, "ít nhất 10 ký tự")
		register("Matkhau1234").want(t, 422, "bị thử trước tiên")
		register("Đỗ Hồng Mai 93").want(t, 422, "ai biết bạn cũng đoán được")
		register("hongmai93-HONGMAI").want(t, 422, "ai biết bạn cũng đoán được")

		var link string
		err := r.DB.Write(t.Context(), func(tx *db.Tx) (err error) {
			link, err = r.Sessions.Make(tx, web.OneTime, r.People["clerk"].ID, "password", "", time.Hour)
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		path := "/welcome/" + link
		c.post(path, "password", r.People["clerk"].Name+" 20").want(t, 422, "ai biết bạn cũng đoán được")
		c.post(path, "password", "qwertyuiop").want(t, 422, "bị thử trước tiên")
		c.post("/welcome/"+link[1:]+"x", "password", "qwertyuiop").want(t, 410)
		c.post(path, "password", password).want(t, 303)
	})
}
