package server

import (
	"context"

	"github.com/gatehouse-authz/gatehouse/internal/authz"
	"github.com/gatehouse-authz/gatehouse/internal/httpapi/console"
)

// RawUser implements [console.Connections].
func (c *connector) RawUser(ctx context.Context, env authz.EnvID, user authz.UserKey) (console.RawUser, error) {
	if err := c.fed(env); err != nil {
		return console.RawUser{}, err
	}
	client := c.source.API()
	if client == nil {
		return console.RawUser{}, authz.Errorf(authz.Conflict, "logto's Management API is not connected: connect it, and it can be asked")
	}
	ctx, cancel := context.WithTimeout(ctx, checkupLimit)
	defer cancel()
	u, ok, err := client.RawUser(ctx, string(user))
	if err == nil && !ok {
		err = authz.Errorf(authz.NotFound, "logto has no user %q", user)
	}
	return console.RawUser{User: string(u.User), Organizations: string(u.Organizations), Roles: string(u.Roles)}, err
}
