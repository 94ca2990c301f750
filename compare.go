package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"strings"
)

// compareFile gives a body's account to a portal and prints what differs, one
// line each, as diff does: with differences the command ends with 1.
func compareFile(ctx context.Context, c *call, name, address, token string) error {
	f, err := os.Open(name)
	if err != nil {
		return err
	}
	defer f.Close()
	media, body := "text/csv", io.Reader(f)
	if !strings.HasSuffix(strings.ToLower(name), ".csv") {
		media, body = "application/x-ndjson", short(f)
	}
	q, err := http.NewRequestWithContext(ctx, http.MethodPost, address, body)
	if err != nil {
		return err
	}
	q.Header.Set("Authorization", "Bearer "+token)
	q.Header.Set("Content-Type", media)
	a, err := http.DefaultClient.Do(q)
	if err != nil {
		return err
	}
	defer a.Body.Close()
	if a.StatusCode != http.StatusOK {
		b, _ := io.ReadAll(io.LimitReader(a.Body, 1<<16))
		return fmt.Errorf("the portal answered %d: %s", a.StatusCode, b)
	}
	type stand struct {
		Version int64
		State   int
	}
	var said struct {
		Said, Here, Open int
		Differences      []struct {
			Code, Body, What string
			There, Here      stand
		}
	}
	if err := json.NewDecoder(a.Body).Decode(&said); err != nil {
		return fmt.Errorf("not the portal's answer: %w", err)
	}
	for _, d := range said.Differences {
		fmt.Fprintf(c.out, "%-13s %s %s  there: version %d in state %d, here: version %d in state %d\n", d.What, d.Body, d.Code, d.There.Version, d.There.State, d.Here.Version, d.Here.State)
	}
	fmt.Fprintf(c.err, "%d in the file, %d at the portal, %d differ.\n", said.Said, said.Here, said.Open)
	if said.Open > 0 {
		return errDiffers
	}
	return nil
}

// errDiffers ends a comparison that found differences.
var errDiffers = errors.New("the portal has not what the file says")

// short is the lines of a file with no more than an account needs: whole lines
// of dossiers may be a thousand times as long.
func short(f io.Reader) io.Reader {
	out, w := io.Pipe()
	go func() {
		in := bufio.NewReaderSize(f, 64<<10)
		for {
			line, err := in.ReadBytes('\n')
			var x struct {
				Code    json.RawMessage `json:"code,omitempty"`
				Version json.RawMessage `json:"version,omitempty"`
				Body    json.RawMessage `json:"body,omitempty"`
				State   json.RawMessage `json:"state,omitempty"`
			}
			if json.Unmarshal(line, &x) == nil { // what is no object goes as it is, to be named by the portal
				line, _ = json.Marshal(x)
				line = append(line, '\n')
			}
			if _, wrong := w.Write(line); wrong != nil {
				return
			}
			if err != nil {
				if errors.Is(err, io.EOF) {
					err = nil
				}
				w.CloseWithError(err)
				return
			}
		}
	}()
	return out
}
