package logto

import (
	"context"
	"encoding/json"
	"fmt"
	"net/url"
)

// A RawUser is what the Management API says of a user, each as Logto wrote it.
type RawUser struct {
	User          json.RawMessage
	Organizations json.RawMessage // with the user's roles in each, the first page
	Roles         json.RawMessage // held everywhere, the first page
}

// RawUser asks for a user and where it is a member; ok is false if Logto has none. The
// error is Unavailable.
func (c *Client) RawUser(ctx context.Context, id string) (u RawUser, ok bool, err error) {
	if !validID(id) {
		return u, false, nil
	}
	path, what := "/users/"+url.PathEscape(id), fmt.Sprintf("user %q", id)
	a, ok, err := c.one(ctx, path, "entity.not_found", what)
	if err != nil || !ok {
		return u, false, err
	}
	if _, err := decode(a.body); err != nil {
		return u, false, a.strange()
	}
	u.User = a.body
	for rest, into := range map[string]*json.RawMessage{"/organizations": &u.Organizations, "/roles?page=1&page_size=100": &u.Roles} {
		a, ok, err := c.one(ctx, path+rest, "entity.not_found", what)
		if err != nil || !ok {
			return u, false, err
		}
		if !json.Valid(a.body) {
			return u, false, a.strange()
		}
		*into = a.body
	}
	return u, true, nil
}
