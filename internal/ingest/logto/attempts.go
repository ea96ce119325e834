package logto

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/gatehouse-authz/gatehouse/internal/authz"
	"github.com/gatehouse-authz/gatehouse/internal/ingest"
)

var _ ingest.AttemptLog = (*Source)(nil)

// Attempts implements [ingest.AttemptLog]. Logto shows the last 24 hours by itself.
// The webhooks that are ours are those with one of our signing keys.
func (s *Source) Attempts(ctx context.Context, since time.Time, yield func([]ingest.Attempt) error) (known bool, err error) {
	client := s.API()
	if client == nil {
		return false, authz.Errorf(authz.Unavailable, "without a connection logto's log cannot be read")
	}
	hooks, err := s.ownHooks(ctx, client)
	for _, id := range hooks {
		path := "/hooks/" + url.PathEscape(id) + "/recent-logs"
		if !since.IsZero() {
			path += fmt.Sprintf("?start_time=%d", since.UnixMilli())
		}
		// A log that does not hold still has grown, and the next reading begins before
		// its end.
		if _, err = client.scan(ctx, path, true, func(rows []message) error {
			list := make([]ingest.Attempt, len(rows))
			for i, r := range rows {
				list[i] = readAttempt(r)
			}
			return yield(list)
		}); err != nil {
			break
		}
	}
	return len(hooks) > 0, err
}

// ownHooks are the ids of the webhooks that are signed with our keys.
func (s *Source) ownHooks(ctx context.Context, client *Client) (ids []string, err error) {
	a, err := client.get(ctx, "/hooks")
	if err != nil {
		return nil, err
	}
	if a.status != http.StatusOK {
		return nil, a.unavailable("asked for its webhooks")
	}
	hooks, err := decodeAs[[]message](a.body)
	if err != nil {
		return nil, a.strange()
	}
	for _, h := range hooks {
		id, key := h.text("id"), h.text("signingKey")
		if key != "" && validID(id) && slices.Contains(s.Keys(), key) {
			ids = append(ids, id)
		}
	}
	return ids, nil
}

// readAttempt reads an entry of the log. It holds the body as it was parsed, so the
// bytes are others than were sent.
func readAttempt(row message) ingest.Attempt {
	var a ingest.Attempt
	if at, ok := row["createdAt"].(json.Number); ok {
		if ms, err := at.Int64(); err == nil {
			a.At = time.UnixMilli(ms)
		}
	}
	v, _ := row.at("payload.hookRequest.body")
	m, isObject := v.(map[string]any)
	if !isObject || !strings.HasPrefix(row.text("key"), "TriggerHook.") {
		return a
	}
	body, err := json.Marshal(m)
	if err != nil {
		return a
	}
	r, err := read(body)
	if err != nil || r.SentAt.IsZero() {
		return a
	}
	a.Delivery, a.Readable = r.Delivery, true
	return a
}
