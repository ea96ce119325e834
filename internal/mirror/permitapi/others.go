package permitapi

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"

	"github.com/gatehouse-authz/gatehouse/internal/mirror"
)

// An Other is something an account has that no [mirror.Kind] is for.
type Other struct {
	What string
	N    int
	Why  string // what becomes of it
}

// Others counts what the account has that is not read. What an account does not know of
// is none.
func (c *Client) Others(ctx context.Context) ([]Other, error) {
	var out []Other
	for _, o := range []struct{ what, path, why string }{
		{"invites of users", c.facts + "/user_invites", "invite them again: an invite is answered where it was made"},
		{"URL mappings", c.facts + "/proxy_configs", "make them again: they hold secrets"},
		{"Elements", "/v2/elements" + c.facts[len("/v2/facts"):] + "/config", "Gatehouse has no Elements"},
		{"policy repositories", "/v2/projects/" + c.project + "/repos", "Gatehouse runs no Rego"},
	} {
		var list page[json.RawMessage]
		err := c.get(ctx, o.path, &list)
		if r, refused := errors.AsType[*mirror.Refusal](err); refused && r.Status != http.StatusUnauthorized {
			continue
		}
		if err != nil {
			return out, err
		}
		if n := max(list.Total, len(list.Data)); n > 0 {
			out = append(out, Other{o.what, n, o.why})
		}
	}
	return out, nil
}
