package paper

import (
	"errors"
	"slices"
	"strings"

	"motcua/base/fault"
	"motcua/base/id"
	"motcua/base/lang"
	"motcua/kernel/dossier"
	"motcua/kernel/sign"
	"motcua/kernel/who"
)

// keyYears is how long an official's certificate holds.
const keyYears = 3

// after runs in the transaction of every act: who puts a result into force, or
// asks to be excused for a delay, has a key from then on, and the applicant is told.
func (m *maker) after(do *dossier.Doing) error {
	e := do.Act.Entry
	signs := e.Result != nil || e.More != "" && slices.ContainsFunc(Of(do.Dossier, do.Kind), func(p Paper) bool {
		return p.Sort == Apology && p.Act.ID == do.Act.ID
	})
	if signs && do.Act.By != 0 {
		if err := m.certify(do); err != nil {
			return err
		}
	}
	return m.tell(do)
}

// certify issues a certificate to who did the act, unless he has one for this
// body and role. Where no issuer is in force the node's seal will stand in: the
// decision does not wait for it.
func (m *maker) certify(do *dossier.Doing) error {
	want := m.request(do.Dossier, do.Act)
	some, err := m.Keys.Of(do.Tx, want.Serial)
	if err != nil {
		return err
	}
	for _, k := range some {
		if same(k, want) && k.Revoked.IsZero() && do.Act.At.Before(k.Certificate.NotAfter) {
			return nil
		}
	}
	k, err := m.Keys.Issue(do.Tx, want)
	if errors.Is(err, fault.Conflict) {
		return nil
	}
	if err != nil {
		return err
	}
	return do.Engine.Record(do.Tx, who.Person{}, "sign.issue", id.ID(do.Act.By), map[string]any{"key": k.ID, "until": k.Certificate.NotAfter})
}

// request is the certificate that the doer of a needs: his name as the act shows
// it, the body, and the role under which he did it.
func (m *maker) request(d *dossier.Dossier, a *dossier.Act) sign.Request {
	v := m.voice(d)
	return sign.Request{Kind: sign.Person, Name: a.Entry.Name, Body: m.bodyName(d, v), Role: Role(v, a), Serial: a.By.String(),
		From: a.At, Until: a.At.AddDate(keyYears, 0, 0)}
}

// same reports whether k says of its person what r asks for.
func same(k sign.Key, r sign.Request) bool {
	subject := k.Certificate.Subject
	title := ""
	for _, n := range subject.Names {
		if n.Type.String() == "2.5.4.12" {
			title, _ = n.Value.(string)
		}
	}
	return k.Kind == sign.Person && subject.CommonName == r.Name && title == r.Role && strings.Join(subject.Organization, "") == r.Body
}

// Role is what the role is called under which an act was done.
func Role(v lang.Voice, a *dossier.Act) string {
	role, _, _ := strings.Cut(string(a.Entry.As), "@")
	if v.Catalogue.Has("who.role." + role) {
		return v.T("who.role." + role)
	}
	return role
}

func (m *maker) bodyName(d *dossier.Dossier, v lang.Voice) string {
	b, ok := m.Country.Body(d.Body)
	if !ok {
		return d.Body
	}
	return v.Of(b.Name)
}
