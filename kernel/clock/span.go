package clock

import "time"

// After is the first moment by which the office worked n since t; t itself
// where n is nothing.
func (c *Calendar) After(t time.Time, n time.Duration) time.Time { return c.spend(t.In(c.zone), n) }
