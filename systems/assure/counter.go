package assure

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"net/url"
	"strings"
	"time"

	"motcua/base/db"
	"motcua/base/fault"
	"motcua/base/id"
	"motcua/base/web"
	"motcua/kernel"
	"motcua/kernel/ask"
	"motcua/kernel/level"
	"motcua/kernel/who"
)

// codeLife is how long the code for a counter works: until the person has found the time to go there.
const codeLife = 7 * 24 * time.Hour

// code gives the person a code to show at a counter: whoever shows it has the
// account open, so that the clerk raises this account and not one that somebody
// else made with the same number. A new one ends the one before.
func (h *house) code(r *kernel.Request) (web.Answer, error) {
	if r.Me.Level.Reaches(who.High) {
		return web.Answer{}, fault.New(fault.Conflict, "assure.already")
	}
	p := &levelPage{Request: r, h: h, to: web.Inside(r.FormValue("to")), code: fresh()}
	err := h.app.DB.Write(r.Context(), func(tx *db.Tx) error {
		if _, err := tx.Exec(`delete from assure_code where person = $1`, r.Me.ID); err != nil {
			return err
		}
		_, err := tx.Exec(`insert into assure_code (digest, person, until) values ($1, $2, $3)`, digest(p.code), r.Me.ID, db.At(h.app.Now().Add(codeLife)))
		return err
	})
	if err != nil {
		return web.Answer{}, err
	}
	return h.page(p)
}

// fresh is a code of 8 letters and digits that are not mistaken for one another: 40 bits.
func fresh() string {
	const digits = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"
	b := make([]byte, 8)
	rand.Read(b)
	for i := range b {
		b[i] = digits[b[i]&31]
	}
	return string(b[:4]) + " " + string(b[4:])
}

func digest(code string) string {
	sum := sha256.Sum256([]byte("assure " + strings.ToUpper(strings.NewReplacer(" ", "", "-", "").Replace(code))))
	return hex.EncodeToString(sum[:])
}

// A counterPage is a clerk before whom somebody stands.
type counterPage struct {
	*kernel.Request
	h     *house
	typed url.Values
	wrong map[string]string
	name  string // who has been shown just now
}

func (h *house) showCounter(r *kernel.Request) (web.Answer, error) {
	return web.Show((&counterPage{Request: r, h: h}).show())
}

// prove raises the account whose code was shown, as the document says. Nobody
// proves himself.
func (h *house) prove(r *kernel.Request) (web.Answer, error) {
	c := &counterPage{Request: r, h: h}
	seen, err := h.shown.Read(r)
	if err == nil {
		code, _ := seen.More["code"].(string)
		err = h.app.DB.Write(r.Context(), func(tx *db.Tx) error {
			p, err := h.coded(tx, code)
			if err != nil {
				return err
			}
			if p.ID == r.Me.ID {
				return fault.New(fault.Forbidden, "assure.yourself")
			}
			c.name = seen.Name
			if err = h.reach(tx, r.Me, p, level.Proof{Level: who.High, Way: level.Counter, Ref: seen.Document, Body: seen.Body, Number: seen.Number, Name: seen.Name, Born: seen.Born}); err != nil {
				return err
			}
			_, err = tx.Exec(`delete from assure_code where person = $1`, p.ID)
			return err
		})
	}
	c.typed = r.PostForm
	c.wrong = ask.Wrong(r.Voice, err)
	var f *fault.Error
	if c.wrong == nil && errors.As(err, &f) && (f.Kind == fault.Conflict || f.Kind == fault.Forbidden) {
		c.wrong = map[string]string{"number": r.T(f.Code, f.Args...)}
	}
	switch {
	case c.wrong != nil:
		c.name = ""
		return web.ShowWrong(c.show())
	case err != nil:
		return web.Answer{}, err
	}
	c.typed = nil
	return web.Show(c.show())
}

// coded is the account whose code this is.
func (h *house) coded(tx *db.Tx, code string) (p who.Person, err error) {
	var n id.ID
	err = tx.Row(`select person from assure_code where digest = $1 and until > $2`, digest(code), db.At(h.app.Now())).Scan(&n)
	if errors.Is(err, fault.NotFound) {
		return p, fault.Wrong(fault.Field{Pointer: "/answers/code", Code: "assure.nocode"})
	}
	if err == nil {
		p, err = h.app.Book.Find(tx, n)
	}
	return p, err
}
