// Package register asks the population register whether a number, a name and a
// day of birth belong together, by the contract of docs/population-register.md.
//
// Only the answer comes back. What cannot be trusted to be one, for whatever
// reason, is no answer: nothing is known, and one asks again.
package register

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strconv"
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

// A Client is the register as one node knows it. Without a URL there is none.
type Client struct {
	URL    string // without a final slash
	Secret call.Secret
	Caller *call.Caller
	Now    func() time.Time
	Wait   time.Duration // for an answer; 0: four seconds, for somebody sits before the page
}

// Why there is no answer.
var (
	ErrSilent = errors.New("the register does not answer")
	ErrUntrue = errors.New("the register's answer is not to be trusted")
)

// Ask asks once. Its errors hold nothing about the person.
func (c *Client) Ask(ctx context.Context, q Question) (Match, error) {
	if c.URL == "" {
		return "", ErrSilent
	}
	body, err := json.Marshal(q)
	if err != nil {
		return "", err
	}
	h := http.Header{"Content-Type": {"application/json"}}
	call.Sign(h, q.ID, c.Now(), body, c.Secret)
	ctx, cancel := context.WithTimeout(ctx, cmp.Or(c.Wait, 4*time.Second))
	defer cancel()
	a, err := c.Caller.Post(ctx, c.URL+"/v1/match", h, body)
	switch {
	case err != nil:
		return "", fmt.Errorf("%w: %v", ErrSilent, err)
	case a.Status != http.StatusOK:
		return "", fmt.Errorf("%w: status %d", ErrSilent, a.Status)
	}
	return Read(a.Body, q.ID, c.Now(), c.Secret)
}

// Read takes the register's answer to the question of this id.
func Read(body []byte, id string, now time.Time, secret call.Secret) (Match, error) {
	var said struct {
		Answer    string `json:"answer"`
		At        int64  `json:"at"`
		Signature string `json:"signature"`
	}
	var answer struct {
		Question string `json:"question"`
		Match    Match  `json:"match"`
	}
	if json.Unmarshal(body, &said) != nil {
		return "", fmt.Errorf("%w: it cannot be read", ErrUntrue)
	}
	h := http.Header{call.HeaderID: {id}, call.HeaderTime: {strconv.FormatInt(said.At, 10)}, call.HeaderSignature: {said.Signature}}
	if err := call.Verify(h, []byte(said.Answer), now, secret); err != nil {
		return "", fmt.Errorf("%w: %v", ErrUntrue, err)
	}
	if json.Unmarshal([]byte(said.Answer), &answer) != nil || answer.Question != id {
		return "", fmt.Errorf("%w: it is about another question", ErrUntrue)
	}
	switch answer.Match {
	case Yes, No, Unknown:
		return answer.Match, nil
	}
	return "", fmt.Errorf("%w: there is no such answer", ErrUntrue)
}
