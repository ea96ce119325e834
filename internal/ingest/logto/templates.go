package logto

import (
	"context"
	"net/url"
	"slices"

	"github.com/gatehouse-authz/gatehouse/internal/authz"
)

// Templates implements [ingest.Census]. Scopes are those of the organization template
// and of API resources, but for the scope of the Management API itself.
func (c *Client) Templates(ctx context.Context) (list []authz.SourceRole, whole bool, err error) {
	list = []authz.SourceRole{} // nil would be that nobody asked
	whole, err = c.scan(ctx, "/organization-roles", true, func(rows []message) error {
		for _, r := range rows {
			scopes, ok := readRoles(r["scopes"])
			of, okToo := readRoles(r["resourceScopes"])
			if !ok || !okToo {
				return authz.Errorf(authz.Unavailable, "logto's organization role %q has no scopes as this version knows them", r.text("name"))
			}
			if r.text("type") == "User" {
				list = append(list, template(r, true, append(scopes, of...)))
			}
		}
		return nil
	})
	if err != nil {
		return nil, false, err
	}
	var roles []message
	all, err := c.scan(ctx, "/roles?type=User", true, func(rows []message) error {
		roles = append(roles, rows...)
		return nil
	})
	for _, r := range roles {
		if err != nil {
			return nil, false, err
		}
		var scopes []string
		var still bool
		still, err = c.scan(ctx, "/roles/"+url.PathEscape(r.text("id"))+"/scopes", true, func(rows []message) error {
			for _, scope := range rows {
				scopes = append(scopes, clean(scope.text("name")))
			}
			return nil
		})
		all = all && still
		list = append(list, template(r, false, scopes))
	}
	return list, whole && all, err
}

func template(r message, organization bool, scopes []string) authz.SourceRole {
	slices.Sort(scopes)
	return authz.SourceRole{Organization: organization, Name: clean(r.text("name")), Description: clean(r.text("description")), Scopes: slices.Compact(scopes)}
}
