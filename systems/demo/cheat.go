package demo

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"sync"
	"time"
	"unicode"

	"motcua/base/fault"
	"motcua/base/ui"
	"motcua/base/web"
	"motcua/kernel"
	"motcua/kernel/vandal"
)

// A Copier makes a copy of what a has now that may be harmed; done removes it.
type Copier func(ctx context.Context, a *kernel.App) (c vandal.Copy, done func() error, err error)

// longest is how long one crime may take, the copy included.
const longest = time.Minute

// cheats are the crimes that were tried in this run of the demo, one at a time.
type cheats struct {
	copy Copier
	one  sync.Mutex // held while a crime is committed
	mu   sync.Mutex
	done map[string]*vandal.Verdict // the last of each
}

func (c *cheats) routes() []kernel.Route {
	anyone := kernel.Anyone()
	return []kernel.Route{
		{Pattern: "GET /demo/cheat", Who: anyone, Do: c.list},
		{Pattern: "POST /demo/cheat", Who: anyone, Do: c.commit},
		{Pattern: "GET /demo/cheat/{crime}", Who: anyone, Do: c.show},
	}
}

func (c *cheats) verdict(name string) *vandal.Verdict {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.done[name]
}

func (c *cheats) list(r *kernel.Request) (web.Answer, error) { return web.Show(c.listPage(r)) }

// of are the crimes of one kind.
func of(kind string) (all []vandal.Crime) {
	for _, x := range vandal.Crimes() {
		if x.Of == kind {
			all = append(all, x)
		}
	}
	return all
}

func (c *cheats) show(r *kernel.Request) (web.Answer, error) {
	x, ok := vandal.Find(r.PathValue("crime"))
	if !ok {
		return web.Answer{}, fault.New(fault.NotFound, "demo.cheat.none")
	}
	return web.Show(cheatPage(r, x, c.verdict(x.Name)))
}

// commit commits one crime on a copy of the demo as it is now.
func (c *cheats) commit(r *kernel.Request) (web.Answer, error) {
	x, ok := vandal.Find(r.FormValue("crime"))
	if !ok {
		return web.Answer{}, fault.New(fault.NotFound, "demo.cheat.none")
	}
	if !c.one.TryLock() {
		return web.Answer{}, fault.New(fault.Unavailable, "demo.cheat.busy")
	}
	defer c.one.Unlock()
	v, err := c.try(r, x)
	if err != nil {
		return web.Answer{}, err
	}
	c.mu.Lock()
	c.done[x.Name] = v
	c.mu.Unlock()
	if strings.HasPrefix(r.Header.Get("Accept"), "application/json") {
		return web.JSON(http.StatusOK, v)
	}
	return web.Goto("/demo/cheat/%s", x.Name)
}

func (c *cheats) try(r *kernel.Request, x vandal.Crime) (v *vandal.Verdict, err error) {
	ctx, stop := context.WithTimeout(r.Context(), longest)
	defer stop()
	copy, done, err := c.copy(ctx, r.App)
	if err != nil {
		return nil, err
	}
	v, err = vandal.Try(ctx, copy, x, r.Voice)
	return v, errors.Join(err, done())
}

// next is the crime after x.
func next(x vandal.Crime) vandal.Crime {
	all := vandal.Crimes()
	for i := range all {
		if all[i].Name == x.Name {
			return all[(i+1)%len(all)]
		}
	}
	return all[0]
}

// caught is the verdict in words: how soon, by whom, and why it could not be hidden.
func caught(r *kernel.Request, x vandal.Crime, v *vandal.Verdict) ui.Verdict {
	seconds := r.Voice.Decimal(v.Took.Seconds(), 1)
	if !v.Caught(x.Seen) {
		return ui.Verdict{Tone: ui.Bad, When: r.Voice.Moment(v.At), Title: r.T("demo.cheat.missed"), Text: r.T("demo.cheat.missed.text", r.T("vandal.guard."+x.Seen.Guard))}
	}
	return ui.Verdict{Tone: ui.Good, Icon: "shield", When: r.T("demo.cheat.took", r.Voice.Moment(v.At), seconds),
		Title: by(r, x), Text: r.T("vandal.proof." + x.Seen.Proof)}
}

// by says who catches a crime.
func by(r *kernel.Request, x vandal.Crime) string {
	name := []rune(r.T("vandal.guard." + x.Seen.Guard))
	name[0] = unicode.ToLower(name[0])
	return r.T("demo.cheat.caught", string(name))
}

// guards are what each guard said, those that saw it first.
func guards(r *kernel.Request, x vandal.Crime, v *vandal.Verdict) (all ui.Lines) {
	var blind ui.Lines
	for _, s := range v.Saw {
		name := r.T("vandal.guard." + s.Guard)
		if len(s.Proofs) == 0 {
			blind = append(blind, ui.Line{Icon: "eye", Text: r.T("demo.cheat.blind", name), More: r.T("vandal.guard." + s.Guard + ".task")})
			continue
		}
		why := make([]string, len(s.Proofs))
		for i, p := range s.Proofs {
			why[i] = r.T("vandal.proof." + p)
		}
		all = append(all, ui.Line{Tone: ui.Good, Text: r.T("demo.cheat.saw", name), More: strings.Join(why, " ")})
	}
	return append(all, blind...)
}

// evidence is what the guards put it in, line by line.
func evidence(v *vandal.Verdict) string {
	var b strings.Builder
	for _, s := range v.Saw {
		for _, w := range s.Words {
			b.WriteString(s.Guard + "  " + w + "\n")
		}
	}
	return b.String()
}
