package mirrortest

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/gatehouse-authz/gatehouse/internal/server"
)

const (
	// Key is the API key of every [Account].
	Key = "permit_key_of_the_account_that_is_mirrored_into"
	// OrgKey is its key for everything.
	OrgKey = Key + "_of_the_organization"
	// Facts and Schema are where the facts and the schema of an account are.
	Facts  = "/v2/facts/default/dev"
	Schema = "/v2/schema/default/dev"
)

// An Object is one of JSON.
type Object = map[string]any

// An Account is another Gatehouse, asked as Permit.io is.
type Account struct {
	T   testing.TB
	URL string
	Key string
}

// Begin starts an account, which ends with the test.
func Begin(t testing.TB, change func(*server.Config)) *Account {
	t.Helper()
	config := server.Config{
		Listen: "127.0.0.1:0", DataDir: t.TempDir(), APIKey: Key, OrgAPIKey: OrgKey, Log: slog.New(slog.DiscardHandler),
	}
	change(&config)
	s, err := server.New(t.Context(), config)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.WithoutCancel(t.Context()))
	done := make(chan error, 1)
	go func() { done <- s.Run(ctx) }()
	t.Cleanup(func() {
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
	a := &Account{t, "http://" + s.Addr(), Key}
	for tick := time.NewTicker(time.Millisecond); ; <-tick.C {
		if a.Send("GET", "/readyz", nil, nil) == http.StatusOK {
			return a
		}
	}
}

// Send asks the account itself, past any proxy, and returns the status of its answer.
func (a *Account) Send(method, path string, body, into any) int {
	a.T.Helper()
	text, err := json.Marshal(body)
	if err != nil {
		a.T.Fatal(err)
	}
	req, err := http.NewRequestWithContext(context.WithoutCancel(a.T.Context()), method, a.URL+path, bytes.NewReader(text))
	if err != nil {
		a.T.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+a.Key)
	req.Header.Set("Content-Type", "application/json")
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		a.T.Fatal(err)
	}
	defer res.Body.Close() //nolint:errcheck // the body is only read
	out, err := io.ReadAll(res.Body)
	if err != nil {
		a.T.Fatal(err)
	}
	if into != nil && len(out) > 0 {
		if err := json.Unmarshal(out, into); err != nil {
			a.T.Fatalf("%s %s: %v in %s", method, path, err, out)
		}
	}
	return res.StatusCode
}

// Must sends a request that must succeed.
func (a *Account) Must(method, path string, body, into any) {
	a.T.Helper()
	var said json.RawMessage
	if status := a.Send(method, path, body, &said); status/100 != 2 {
		a.T.Fatalf("%s %s: %d %s", method, path, status, said)
	}
	if into == nil {
		return
	}
	if err := json.Unmarshal(said, into); err != nil {
		a.T.Fatal(err)
	}
}

// All is a list of the account, every page of it.
func (a *Account) All(path string) []Object {
	a.T.Helper()
	var all []Object
	for page := 1; ; page++ {
		var text json.RawMessage
		sep := "?"
		if strings.Contains(path, "?") {
			sep = "&"
		}
		a.Must("GET", fmt.Sprintf("%s%sper_page=100&page=%d", path, sep, page), nil, &text)
		var list []Object
		if json.Unmarshal(text, &list) != nil {
			var counted struct{ Data []Object }
			if err := json.Unmarshal(text, &counted); err != nil {
				a.T.Fatal(err)
			}
			list = counted.Data
		}
		if all = append(all, list...); len(list) < 100 {
			return all
		}
	}
}
