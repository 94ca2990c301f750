package call

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"time"
)

// A Register answers questions of this program, and signs what it says. What
// cannot be trusted to be an answer, for whatever reason, is none: nothing is
// known, and one asks again. Without a URL there is no register.
type Register struct {
	URL    string // without a final slash
	Secret Secret
	Caller *Caller
	Now    func() time.Time
	Wait   time.Duration // for an answer; 0: four seconds, for somebody sits before the page
}

// Why there is no answer.
var (
	ErrSilent = errors.New("the register does not answer")
	ErrUntrue = errors.New("the register's answer is not to be trusted")
)

// Ask asks a question of this id once, and gives the text of the answer. Its
// errors hold nothing of the question.
func (g *Register) Ask(ctx context.Context, path, id string, question any) ([]byte, error) {
	if g.URL == "" {
		return nil, ErrSilent
	}
	body, err := json.Marshal(question)
	if err != nil {
		return nil, err
	}
	h := http.Header{"Content-Type": {"application/json"}}
	Sign(h, id, g.Now(), body, g.Secret)
	ctx, cancel := context.WithTimeout(ctx, cmp.Or(g.Wait, 4*time.Second))
	defer cancel()
	a, err := g.Caller.Post(ctx, g.URL+path, h, body)
	switch {
	case err != nil:
		return nil, fmt.Errorf("%w: %v", ErrSilent, err)
	case a.Status != http.StatusOK:
		return nil, fmt.Errorf("%w: status %d", ErrSilent, a.Status)
	}
	return Said(a.Body, id, g.Now(), g.Secret)
}

// Said is the text of an answer that the register signed lately for the question of this id.
func Said(body []byte, id string, now time.Time, secret Secret) ([]byte, error) {
	var said struct {
		Answer    string `json:"answer"`
		At        int64  `json:"at"`
		Signature string `json:"signature"`
	}
	if json.Unmarshal(body, &said) != nil {
		return nil, fmt.Errorf("%w: it cannot be read", ErrUntrue)
	}
	h := http.Header{HeaderID: {id}, HeaderTime: {strconv.FormatInt(said.At, 10)}, HeaderSignature: {said.Signature}}
	if err := Verify(h, []byte(said.Answer), now, secret); err != nil {
		return nil, fmt.Errorf("%w: %v", ErrUntrue, err)
	}
	var about struct {
		Question string `json:"question"`
	}
	if json.Unmarshal([]byte(said.Answer), &about) != nil || about.Question != id {
		return nil, fmt.Errorf("%w: it is about another question", ErrUntrue)
	}
	return []byte(said.Answer), nil
}
