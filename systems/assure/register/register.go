// Package register asks the population register whether a number, a name and a
// day of birth belong together, by the contract of docs/population-register.md.
// Only the answer comes back.
package register

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"motcua/base/call"
)

// A Match is what the register says.
type Match string

// The answers of the register.
const (
	Yes     Match = "yes"
	No      Match = "no"
	Unknown Match = "unknown" // the number is nobody's
)

// A Question is what a citizen says of himself.
type Question struct {
	ID     string `json:"question"` // unique at this node; the same is asked again with the same
	Asker  string `json:"asker"`
	Number string `json:"number"`
	Name   string `json:"name"`
	Born   string `json:"born"` // YYYY-MM-DD
}

// A Client is the register as one node knows it.
type Client struct{ call.Register }

// Ask asks once. Its errors hold nothing about the person.
func (c *Client) Ask(ctx context.Context, q Question) (Match, error) {
	text, err := c.Register.Ask(ctx, "/v1/match", q.ID, q)
	if err != nil {
		return "", err
	}
	return match(text)
}

// Read takes the register's answer to the question of this id.
func Read(body []byte, id string, now time.Time, secret call.Secret) (Match, error) {
	text, err := call.Said(body, id, now, secret)
	if err != nil {
		return "", err
	}
	return match(text)
}

func match(text []byte) (Match, error) {
	var answer struct {
		Match Match `json:"match"`
	}
	if err := json.Unmarshal(text, &answer); err != nil {
		return "", fmt.Errorf("%w: it cannot be read", call.ErrUntrue)
	}
	switch answer.Match {
	case Yes, No, Unknown:
		return answer.Match, nil
	}
	return "", fmt.Errorf("%w: there is no such answer", call.ErrUntrue)
}
