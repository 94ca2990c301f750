package demo

import (
	"errors"
	"io/fs"
	"os"
	"sync"
	"time"

	"motcua/base/fault"
	"motcua/base/web"
	"motcua/kernel"
	"motcua/kernel/who"
)

// A Clock is the demo's time: the machine's, put forward by who tries out what
// days do. It never goes back: what was done stands at its time.
type Clock struct {
	file string // keeps how far, so that a restart is not in the past
	mu   sync.Mutex
	on   time.Duration
}

// most is how far the clock is put forward at once.
const most = 366 * 24 * time.Hour

// OpenClock is the clock that file keeps; "" keeps none.
func OpenClock(file string) (*Clock, error) {
	c := &Clock{file: file}
	b, err := os.ReadFile(file)
	if err == nil {
		c.on, err = time.ParseDuration(string(b))
	}
	if errors.Is(err, fs.ErrNotExist) || file == "" {
		err = nil
	}
	return c, err
}

// Now is the demo's time.
func (c *Clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return time.Now().Add(c.on)
}

// Forward puts the clock forward.
func (c *Clock) Forward(d time.Duration) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.file != "" {
		if err := os.WriteFile(c.file, []byte((c.on + d).String()), 0o600); err != nil {
			return err
		}
	}
	c.on += d
	return nil
}

// forward is how programs put it forward; deadlines and what waits for them follow.
func (c *Clock) forward(r *kernel.Request) (web.Answer, error) {
	d, err := time.ParseDuration(r.FormValue("by"))
	if err != nil || d <= 0 || d > most {
		return web.Answer{}, fault.Wrong(fault.Field{Pointer: "/by", Code: "demo.clock.by"})
	}
	if err := c.Forward(d); err != nil {
		return web.Answer{}, err
	}
	return web.JSON(200, map[string]any{"now": c.Now().UTC().Format(time.RFC3339)})
}

func (c *Clock) routes() []kernel.Route {
	return []kernel.Route{{Pattern: "POST /api/v1/sandbox/clock", Who: kernel.Roles(who.Clerk, who.Officer, who.Leader, who.Admin), API: true, Do: c.forward}}
}
