package paper

import (
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"

	"motcua/base/db"
	"motcua/base/post"
	"motcua/kernel"
	"motcua/kernel/dossier"
	"motcua/kernel/outbox"
)

// news is what an act means to who asked: a key of texts, or "" for nothing.
func news(do *dossier.Doing) string {
	e, d := do.Act.Entry, do.Dossier
	was, now := do.Kind.Stands[do.Was], do.Kind.Stands[d.State]
	switch {
	case d.Parent != 0 || d.Applicant == 0: // among authorities
		return ""
	case e.Open != nil && now.Sent:
		return "sent"
	case e.Open != nil, do.Was != d.State && was.Sent && !now.Sent && was.Public == now.Public && now.Public == dossier.Submitted:
		return "filed"
	case do.Act.By == d.Applicant: // he knows what he did
		return ""
	case e.Result != nil && e.Result.Version > 1:
		return "corrected"
	case do.Was == d.State && e.Due != 0 && len(e.Reasons) > 0:
		return "moved"
	case do.Was == d.State:
		return ""
	case now.Public == dossier.Action && now.National == 6:
		return "fee"
	case was.Public == dossier.Action && was.National == 6 && now.Public == dossier.Progress:
		return "feepaid"
	case now.Public == dossier.Action:
		return "action"
	case now.Public == dossier.Closed:
		return "closed"
	case was.Public == dossier.Submitted && now.Public == dossier.Progress:
		return "received"
	case was.Public == dossier.Action:
		return "supplied"
	case now.Public == dossier.Ready && was.Public != dossier.Ready:
		return "ready"
	case do.Act.Act == "return" && do.Act.By != 0:
		return "returned"
	}
	return ""
}

// tell writes to the applicant what the act means to him, in his language, in
// the act's transaction. Of him a message says his name alone; reasons are said in
// the official's words.
func (m *maker) tell(do *dossier.Doing) error {
	what := news(do)
	if what == "" {
		return nil
	}
	d := do.Dossier
	p, known := m.Book.Known(d.Applicant)
	if !known {
		var err error
		if p, err = m.Book.Find(do.Tx, d.Applicant); err != nil {
			return err
		}
	}
	if p.Email == "" && p.Phone == "" {
		return nil
	}
	v := m.Voice(p.Lang, d.Zone)
	due := ""
	if !d.Due.IsZero() && !do.Kind.Stands[d.State].Ends && do.Kind.Stands[d.State].Waits == "" {
		due = v.T("paper.mail.due", moment(v, d.Due))
	}
	s, way := &sheet{maker: m, Dossier: d, kind: do.Kind, voice: v}, ""
	if service(do.Kind) != nil {
		way = v.T("paper.mail.way", s.way())
	}
	args := []any{p.Name, v.Of(do.Kind.Title), d.Code, due, m.URL + "/c/" + d.ID.String(), s.reasons(do.Act), m.bodyName(d, v), lower(kernel.StateTitle(v, do.Kind, d.State)), m.Help, way}
	at := db.At(do.Act.At)
	if err := outbox.Tell(do.Tx, m.App, post.Message{Kind: post.Mail, To: p.Email, Made: at, Subject: v.T("paper.mail."+what+".subject", args...),
		Body: tidy(v.T("paper.mail."+what, args...)) + "\n\n" + v.T("paper.mail.end", args...)}); err != nil {
		return err
	}
	return outbox.Tell(do.Tx, m.App, post.Message{Kind: post.SMS, To: digits(p.Phone), Made: at, Body: short(v.T("paper.sms."+what, args...))})
}

// reasons are those of an act, each with what to do.
func (s *sheet) reasons(a *dossier.Act) string {
	var b strings.Builder
	for _, r := range a.Entry.Reasons {
		b.WriteString("- " + said(kernel.About(s.voice, s.kind, r.Ref), r.Text))
		if r.Fix != "" {
			b.WriteString("\n  " + s.voice.T("paper.fix", r.Fix))
		}
		b.WriteByte('\n')
	}
	return strings.TrimSpace(b.String())
}

// tidy drops what an empty part of a message leaves behind.
func tidy(s string) string {
	for strings.Contains(s, "\n\n\n") {
		s = strings.ReplaceAll(s, "\n\n\n", "\n\n")
	}
	lines := strings.Split(strings.TrimSpace(s), "\n")
	for i, l := range lines {
		lines[i] = strings.TrimRight(l, " ")
	}
	return strings.Join(lines, "\n")
}

// most is how many characters one short message holds when none has a mark.
const most = 160

// short is s without marks, so that it travels as one message; what is too long
// loses the middle of its sentence, never the address at its end.
func short(s string) string {
	var b strings.Builder
	for _, r := range norm.NFD.String(strings.Join(strings.Fields(s), " ")) {
		switch {
		case r == '\u0111':
			b.WriteByte('d')
		case r == '\u0110':
			b.WriteByte('D')
		case r < unicode.MaxASCII:
			b.WriteRune(r)
		case r == '\u2019':
			b.WriteByte('\'')
		}
	}
	s = b.String()
	if at := strings.LastIndexByte(s, ' '); len(s) > most && at > 0 {
		s = s[:max(0, most-(len(s)-at)-2)] + ".." + s[at:]
	}
	return s
}

// digits is a telephone number without what people put between.
func digits(s string) string {
	return strings.Map(func(r rune) rune {
		if r == '+' || r >= '0' && r <= '9' {
			return r
		}
		return -1
	}, s)
}
