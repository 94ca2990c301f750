package signing

import (
	"bytes"
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"strconv"
	"strings"

	"motcua/base/db"
	"motcua/base/fault"
	"motcua/base/id"
	"motcua/base/pades"
	"motcua/base/upload"
	"motcua/base/verdict"
	"motcua/base/web"
	"motcua/kernel"
	"motcua/kernel/confirm"
	"motcua/kernel/sign"
	"motcua/kernel/who"
)

// Largest is the biggest document that is sent to be signed, in bytes.
const Largest = 10 << 20

// Routes are the pages of signing.
func (x *Desk) Routes() []kernel.Route {
	me := kernel.SignedIn()
	return []kernel.Route{
		{Pattern: "GET /me/keys/sign", Who: me, Do: x.waiting},
		{Pattern: "POST /me/keys/sign", Who: me, Do: x.start},
		{Pattern: "POST /me/keys/documents", Who: me, Limit: Largest + 64<<10, Do: x.own},
		{Pattern: "GET /me/keys/signings/{signing}", Who: me, Do: x.show},
		{Pattern: "POST /me/keys/signings/{signing}/confirm", Who: me, Do: x.send},
		{Pattern: "GET /me/keys/signings/{signing}/{nth}", Who: me, Do: x.file},
		{Pattern: "POST /me/keys/signings/{signing}/{nth}", Who: me, Limit: 256 << 10, Do: x.upload},
	}
}

// A line is a result that waits, as its decider reads it.
type line struct {
	Waiting
	title, code, name, day string
}

func (x *Desk) waiting(r *kernel.Request) (web.Answer, error) {
	some, err := x.Waiting(r.Context(), r.Me.ID)
	if err != nil {
		return web.Answer{}, err
	}
	v := &list{Request: r}
	for _, w := range some {
		d, k, a, err := x.App.Engine.Done(r.Context(), w.Act)
		if err != nil {
			return web.Answer{}, err
		}
		v.lines = append(v.lines, line{w, r.Voice.Of(k.Title), d.Code, d.Name, r.Voice.Moment(a.At)})
	}
	err = r.App.DB.Read(r.Context(), func(tx *db.Tx) error {
		v.stops, err = r.App.Keys.Stops(tx)
		if err == nil {
			v.recent, err = recent(tx, r.Me.ID)
		}
		return err
	})
	if err != nil {
		return web.Answer{}, err
	}
	return web.Show(v.page())
}

// start draws the results that were picked, with their digests.
func (x *Desk) start(r *kernel.Request) (web.Answer, error) {
	if err := r.ParseForm(); err != nil {
		return web.Answer{}, fault.Wrong()
	}
	picked := r.PostForm["act"]
	if len(picked) > Most {
		return web.Answer{}, fault.New(fault.Invalid, "keys.many", Most)
	}
	at := r.App.Now()
	var wants []want
	for _, one := range picked {
		n, err := id.Parse(one)
		if err != nil {
			return web.Answer{}, fault.New(fault.NotFound, "keys.nowait")
		}
		w, err := x.result(r.Context(), r.Me, n, at)
		if err != nil {
			return web.Answer{}, err
		}
		wants = append(wants, w)
	}
	return x.opened(r, wants)
}

func (x *Desk) opened(r *kernel.Request, wants []want) (web.Answer, error) {
	if r.Session.Sort != web.Browser {
		return web.Answer{}, fault.New(fault.Forbidden, "web.notyours")
	}
	s, err := x.begin(r.Context(), r.Me, wants, r.App.Now())
	if err != nil {
		return web.Answer{}, err
	}
	return web.Goto("%s", Path(s.ID))
}

// own is a document of one's own: a PDF, or any file for a signature beside it.
func (x *Desk) own(r *kernel.Request) (web.Answer, error) {
	k, err := x.key(r.Context(), r.Me, "", r.App.Now())
	if err != nil {
		return web.Answer{}, err
	}
	return x.document(r, k)
}

// Seal is a document that who keeps the seal of a body wants to set it on. That he
// keeps it is for the caller to ask.
func (x *Desk) Seal(r *kernel.Request, body string) (web.Answer, error) {
	k, err := x.App.Keys.Sealing(r.Context(), body, r.App.Now())
	if err == nil && k.ID == 0 {
		err = fault.New(fault.Conflict, "keys.noseal")
	}
	if err != nil {
		return web.Answer{}, err
	}
	return x.document(r, k)
}

func (x *Desk) document(r *kernel.Request, k sign.Key) (web.Answer, error) {
	b, name, err := sent(r)
	if err == nil {
		err = r.App.Files.Look(r.Context(), bytes.NewReader(b))
	}
	if err != nil {
		return web.Answer{}, err
	}
	return x.opened(r, []want{{item: Item{Title: upload.Label(name), Key: k.ID}, level: who.Substantial, key: k, file: b}})
}

// sent is the file of the form.
func sent(r *kernel.Request) (b []byte, name string, err error) {
	parts, err := r.MultipartReader()
	for err == nil {
		part, e := parts.NextPart()
		if err = e; err == nil && part.FormName() == "file" {
			b, err := io.ReadAll(part)
			if err == nil && len(b) == 0 {
				err = fault.New(fault.Invalid, "keys.nofile")
			}
			return b, part.FileName(), err
		}
	}
	if errors.Is(err, io.EOF) {
		err = nil
	}
	return nil, "", errors.Join(err, fault.New(fault.Invalid, "keys.nofile"))
}

// mine is the signing in the address, if it is r's person's.
func (x *Desk) mine(r *kernel.Request) (*Signing, error) {
	none := fault.New(fault.NotFound, "keys.nosigning")
	n, err := id.Parse(r.PathValue("signing"))
	if err != nil {
		return nil, none
	}
	s, err := x.find(r.Context(), n)
	if errors.Is(err, fault.NotFound) || err == nil && s.Person != r.Me.ID && !s.kept(r) {
		return nil, none
	}
	return s, err
}

// kept reports whether r's person may look at what another keeper of the same seal
// had sealed. It is in the seal's journal.
func (s *Signing) kept(r *kernel.Request) bool {
	return s.Body != "" && !s.Confirmed.IsZero() && r.Method == http.MethodGet && (r.Me.Is(who.Sealer, s.Body) || r.Me.Is(who.Leader, s.Body))
}

func (x *Desk) show(r *kernel.Request) (web.Answer, error) {
	s, err := x.mine(r)
	if err != nil {
		return web.Answer{}, err
	}
	v := &view{Request: r, Signing: s}
	err = r.App.DB.Read(r.Context(), func(tx *db.Tx) error {
		if v.stops, err = r.App.Keys.Stops(tx); err == nil {
			v.key, err = r.App.Keys.Get(tx, s.Items[0].Key)
		}
		return err
	})
	if err != nil {
		return web.Answer{}, err
	}
	return web.Show(v.page())
}

// send leads to the page where the person confirms.
func (x *Desk) send(r *kernel.Request) (web.Answer, error) {
	s, err := x.mine(r)
	if err == nil && !s.Confirmed.IsZero() {
		err = fault.New(fault.Conflict, "keys.again")
	}
	if err != nil {
		return web.Answer{}, err
	}
	n, err := x.ask(r, s)
	if err != nil {
		return web.Answer{}, err
	}
	return web.Goto("%s", confirm.Path(n))
}

// Confirmed goes on when a person confirmed: what he said is made durable, then
// everything is signed before he sees the next page, or soon after by the job.
func (x *Desk) Confirmed(r *kernel.Request, matter id.ID) (web.Answer, error) {
	var s *Signing
	err := r.App.DB.Write(r.Context(), func(tx *db.Tx) (err error) {
		if s, err = read(tx, `matter = $1`, matter); err != nil {
			return err
		}
		if s.Person != r.Me.ID {
			return fault.New(fault.NotFound, "keys.nosigning")
		}
		return x.take(tx, r.Me, s, r.App.Now())
	})
	if err != nil {
		return web.Answer{}, err
	}
	if err := x.Run(context.WithoutCancel(r.Context()), s.ID); err != nil {
		slog.Error("the job signs what is left", "signing", s.ID.String(), "err", err)
	}
	return web.Goto("%s", Path(s.ID))
}

// file gives a document as it is: 1.pdf; what its signature covers, for tools:
// 1.bin; the list of all: list.txt, list.p7s.
func (x *Desk) file(r *kernel.Request) (web.Answer, error) {
	s, err := x.mine(r)
	if err != nil {
		return web.Answer{}, err
	}
	name, kind, _ := strings.Cut(r.PathValue("nth"), ".")
	switch {
	case name == "list" && kind == "txt":
		return web.File("list.txt", "text/plain; charset=utf-8", []byte(s.Manifest()), true), nil
	case name == "list" && kind == "p7s":
		var der []byte
		err := r.App.DB.Read(r.Context(), func(tx *db.Tx) (err error) {
			der, err = manifest(tx, s.ID)
			return err
		})
		if err == nil && len(der) == 0 {
			err = fault.New(fault.NotFound, "keys.nosigning")
		}
		return web.File("list.txt.p7s", "application/pkcs7-signature", der, true), err
	}
	i, err := s.item(name)
	if err != nil {
		return web.Answer{}, err
	}
	sum := i.Prepared
	if i.Signed != "" {
		sum = i.Signed
	}
	b, err := x.content(sum)
	if err != nil {
		return web.Answer{}, err
	}
	switch {
	case kind == "pdf" && i.Form == verdict.PDF:
		return web.File(fmt.Sprintf("%03d.pdf", i.Nth), "application/pdf", b, i.Signed != ""), nil
	case kind == "p7s" && i.Form == verdict.CMS && i.Signed != "":
		return web.File(i.Title+".p7s", "application/pkcs7-signature", b, true), nil
	case kind == "bin":
		if b, err = x.content(i.Prepared); err == nil && i.Form == verdict.PDF {
			b, err = pades.Covered(b)
		}
		return web.File(i.name(), "application/octet-stream", b, true), err
	}
	return web.Answer{}, fault.New(fault.NotFound, "keys.nosigning")
}

func (s *Signing) item(nth string) (Item, error) {
	n, err := strconv.Atoi(nth)
	if err != nil || n < 1 || n > len(s.Items) {
		return Item{}, fault.New(fault.NotFound, "keys.nosigning")
	}
	return s.Items[n-1], nil
}

// upload takes a signature that was made with a key on the person's side: over
// this very digest, by this very certificate. That is his confirmation.
func (x *Desk) upload(r *kernel.Request) (web.Answer, error) {
	s, err := x.mine(r)
	if err != nil {
		return web.Answer{}, err
	}
	i, err := s.item(strings.TrimSuffix(r.PathValue("nth"), ".p7s"))
	if err != nil {
		return web.Answer{}, err
	}
	der, _, err := sent(r)
	if err != nil {
		return web.Answer{}, err
	}
	if err := x.accept(r, s, i, der); err != nil {
		return web.Answer{}, err
	}
	return web.Goto("%s", Path(s.ID))
}

func (x *Desk) accept(r *kernel.Request, s *Signing, i Item, der []byte) error {
	digest, err := hex.DecodeString(i.Digest)
	if err != nil {
		return err
	}
	if i.State != Waits || !s.Confirmed.IsZero() {
		return fault.New(fault.Conflict, "keys.again")
	}
	if !who.Substantial.Reaches(s.Level) { // nobody here knows how that key is kept
		return fault.New(fault.Forbidden, "keys.low", string(s.Level))
	}
	var k sign.Key
	err = r.App.DB.Read(r.Context(), func(tx *db.Tx) (err error) {
		k, err = r.App.Keys.Get(tx, i.Key)
		return err
	})
	if err != nil {
		return err
	}
	if der, err = x.App.Keys.Made(r.Context(), k, der, [32]byte(digest), x.App.Now); err != nil {
		return err
	}
	file := der
	if i.Form == verdict.PDF {
		prepared, err := x.content(i.Prepared)
		if err == nil {
			file, err = pades.Embed(prepared, der)
		}
		if err != nil {
			return err
		}
	}
	at := r.App.Now()
	err = r.App.DB.Write(r.Context(), func(tx *db.Tx) error {
		use := sign.Use{Key: k.ID, Digest: [32]byte(digest), What: i.Title, Level: string(who.Substantial), Way: "tool", At: at}
		if _, err := r.App.Keys.Permit(tx, r.Me.ID.String(), use); err != nil {
			return err
		}
		return r.App.Engine.Record(tx, r.Me, "keys.confirm", s.ID, map[string]any{"key": k.ID, "sha256": i.Digest, "documents": []string{i.Digest}, "level": use.Level, "way": use.Way})
	})
	if err != nil {
		return err
	}
	signed, err := x.keep(r.Context(), i, file)
	if err != nil {
		return err
	}
	return x.finish(r.Context(), s, i, Done, "", signed)
}
