package demo

import (
	"context"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"
)

// lookEvery is how soon the terminal tells of a role that is given or taken.
const lookEvery = 100 * time.Millisecond

// A change is what the console API tells of a role that was given or taken.
type change struct {
	Revision  int64
	Key, Verb string // user/role/tenant
	Actor     struct{ Name *string }
	Before    *struct{}
}

// follow tells of roles that are given and taken after a revision, whoever does it, until
// ctx ends.
func (d *demo) follow(ctx context.Context, told int64) {
	ticker := time.NewTicker(lookEvery)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
		list, err := d.rolesSince(ctx, told)
		if err != nil {
			continue // it is asked again
		}
		for _, c := range list {
			told = c.Revision
			d.tellRole(c)
		}
	}
}

// rolesSince are the latest roles that were given or taken after a revision, in order.
func (d *demo) rolesSince(ctx context.Context, told int64) (list []change, err error) {
	api := &permitAPI{base: d.Gatehouse, key: d.APIKey}
	var page struct{ Changes []change }
	_, err = api.call(ctx, http.MethodGet, "/console/v1/projects/default/envs/dev/changes?kind=assignment&limit=100", nil, &page)
	slices.Reverse(page.Changes)
	return slices.DeleteFunc(page.Changes, func(c change) bool { return c.Revision <= told }), err
}

// tellRole tells of a role that is given or taken, and not of another giver of it.
func (d *demo) tellRole(c change) {
	user, held, _ := strings.Cut(c.Key, "/")
	role, _, _ := strings.Cut(held, "/")
	by, done := "Gatehouse", "taken from"
	if c.Verb == "put" {
		done = "given to"
		if c.Before != nil {
			return
		}
	}
	if c.Actor.Name != nil {
		by = *c.Actor.Name
	}
	d.line("Gatehouse", "role %q is %s %q by %q  %susers/%s", role, done, user, by, d.Dashboard, url.PathEscape(user))
}
