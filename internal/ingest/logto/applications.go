package logto

import (
	"context"
	"fmt"
	"net/url"
	"sync"
	"time"

	"github.com/gatehouse-authz/gatehouse/internal/authz"
	"github.com/gatehouse-authz/gatehouse/internal/ingest"
)

const (
	// known is how long an application is taken for what it was: Logto tells of no
	// change, and many users come by few applications.
	known = 10 * time.Second
	// mostKnown is how many are remembered.
	mostKnown = 1000
)

// applications are what was last told of some, by id.
type applications struct {
	mu   sync.Mutex
	told map[string]told
}

// A told is what Logto said at a time.
type told struct {
	facts authz.Facts
	until time.Time
}

var _ ingest.Applications = (*Source)(nil)

// Application implements [ingest.Applications]. Without a Client there is nobody to
// ask, which is Unavailable.
func (s *Source) Application(ctx context.Context, id string) (authz.Facts, error) {
	client := s.API()
	if client == nil {
		return nil, authz.Errorf(authz.Unavailable, "logto's management api is not connected")
	}
	return client.application(ctx, id)
}

func (c *Client) application(ctx context.Context, id string) (authz.Facts, error) {
	if !validID(id) { // of nobody's making, or none
		return applicationFacts("", nil), nil
	}
	c.applications.mu.Lock()
	last, is := c.applications.told[id]
	c.applications.mu.Unlock()
	if is && time.Now().Before(last.until) {
		return last.facts, nil
	}
	what := fmt.Sprintf("application %q", id)
	a, exists, err := c.one(ctx, "/applications/"+url.PathEscape(id), "entity.not_exists_with_id", what)
	if err != nil {
		return nil, err
	}
	var m message
	if exists {
		if m, err = decode(a.body); err != nil {
			return nil, a.strange()
		}
		if m.text("id") != id {
			return nil, a.unavailable("asked for %s, it answered with another", what)
		}
	}
	facts := applicationFacts(id, m)
	c.applications.mu.Lock()
	defer c.applications.mu.Unlock()
	if c.applications.told == nil || len(c.applications.told) >= mostKnown {
		c.applications.told = map[string]told{}
	}
	c.applications.told[id] = told{facts, time.Now().Add(known)}
	return facts, nil
}

// applicationFacts are what expressions see; of an application that is gone its id.
func applicationFacts(id string, m message) authz.Facts {
	f := authz.Facts{"id": id, "customData": objectOf(m["customData"])}
	for _, name := range []string{"name", "description", "type"} {
		f[name] = clean(m.text(name))
	}
	return f
}
