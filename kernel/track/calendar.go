package track

import (
	"strings"
	"time"
	"unicode/utf8"

	"motcua/base/fault"
	"motcua/base/web"
	"motcua/kernel"
)

// appointment is the promised day as a calendar file.
func appointment(r *kernel.Request) (web.Answer, error) {
	d, k, err := own(r)
	if err != nil {
		return web.Answer{}, err
	}
	if d.Due.IsZero() {
		return web.Answer{}, fault.New(fault.NotFound, "track.nodate")
	}
	b := calendar(event{
		ID: d.ID.String() + "@" + r.App.Node, Made: d.Changed, At: d.Due,
		Title: r.T("track.ics", r.Voice.Of(k.Title)), About: r.T("track.ics.about", d.Printed()), URL: r.App.URL + "/c/" + d.ID.String(),
	})
	return web.File(d.Code+".ics", "text/calendar; charset=utf-8", b, true), nil
}

// An event is one moment of a calendar.
type event struct {
	ID, Title, About, URL string
	Made, At              time.Time
}

// calendar writes the event as RFC 5545 has it: lines end with CRLF and have at
// most 75 octets, texts are escaped.
func calendar(e event) []byte {
	utc := func(t time.Time) string { return t.UTC().Format("20060102T150405Z") }
	escape := strings.NewReplacer(`\`, `\\`, ";", `\;`, ",", `\,`, "\r\n", `\n`, "\n", `\n`, "\r", "").Replace
	var b strings.Builder
	for _, line := range []string{
		"BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//motcua//motcua//VI", "METHOD:PUBLISH",
		"BEGIN:VEVENT", "UID:" + escape(e.ID), "DTSTAMP:" + utc(e.Made), "DTSTART:" + utc(e.At), "DTEND:" + utc(e.At),
		"SUMMARY:" + escape(e.Title), "DESCRIPTION:" + escape(e.About), "URL:" + e.URL, "TRANSP:TRANSPARENT",
		"END:VEVENT", "END:VCALENDAR",
	} {
		fold(&b, line)
	}
	return []byte(b.String())
}

// fold writes a line; one that is too long goes on after a break and a space,
// never in the middle of a character.
func fold(b *strings.Builder, line string) {
	for room := 75; len(line) > room; room = 74 {
		cut := room
		for !utf8.RuneStart(line[cut]) {
			cut--
		}
		b.WriteString(line[:cut] + "\r\n ")
		line = line[cut:]
	}
	b.WriteString(line + "\r\n")
}
