package permit

import (
	"net/http"

	"github.com/gatehouse-authz/gatehouse/internal/authz"
	"github.com/gatehouse-authz/gatehouse/internal/directory"
	"github.com/gatehouse-authz/gatehouse/internal/httpapi"
)

// ruleEdit creates a rule, and names one to delete.
type ruleEdit struct {
	UserSet     string `json:"user_set" api:"required"`
	Permission  string `json:"permission" api:"required"`
	ResourceSet string `json:"resource_set" api:"required"`
	IsRole      bool   `json:"is_role"`
	IsResource  bool   `json:"is_resource"`
}

type ruleRead struct {
	ID          authz.ID `json:"id"`
	Key         string   `json:"key"`
	UserSet     string   `json:"user_set"`
	Permission  string   `json:"permission"`
	ResourceSet string   `json:"resource_set"`
	belonging
	CreatedAt timestamp `json:"created_at"`
	UpdatedAt timestamp `json:"updated_at"` // a rule never changes
}

func (b ruleEdit) input() (directory.RuleInput, error) {
	in := directory.RuleInput{
		UserSet: authz.Ident(b.UserSet), IsRole: b.IsRole,
		ResourceSet: authz.Ident(b.ResourceSet), IsResource: b.IsResource,
	}
	list, err := readPermissions([]string{b.Permission})
	if err != nil {
		return in, err
	}
	in.Resource, in.Action = authz.Ident(list[0].Resource), authz.Ident(list[0].Action)
	return in, nil
}

func (a *API) createRule(w http.ResponseWriter, r *http.Request, c caller) error {
	body, err := httpapi.Read[ruleEdit](w, r)
	if err != nil {
		return err
	}
	in, err := body.input()
	if err != nil {
		return err
	}
	rule, rev, err := a.Directory.CreateRule(r.Context(), c.env.ID, c.key.Actor(), in)
	if err != nil {
		return err
	}
	return wrote(w, http.StatusOK, rev, []ruleRead{readRule(c.env, rule)})
}

func (a *API) deleteRule(w http.ResponseWriter, r *http.Request, c caller) error {
	body, err := httpapi.Read[ruleEdit](w, r)
	if err != nil {
		return err
	}
	in, err := body.input()
	if err != nil {
		return err
	}
	rev, err := a.Directory.DeleteRule(r.Context(), c.env.ID, c.key.Actor(), in)
	if err != nil {
		return err
	}
	return wrote(w, http.StatusNoContent, rev, nil)
}

func (a *API) listRules(w http.ResponseWriter, r *http.Request, c caller) error {
	q := httpapi.QueryOf(r)
	f := directory.RuleFilter{
		UserSet: authz.Ident(q.Text("user_set")), ResourceSet: authz.Ident(q.Text("resource_set")), Action: authz.Ident(q.Text("permission")),
	}
	page := q.Page(most)
	if err := q.Err(); err != nil {
		return err
	}
	if err := unfiltered(q); err != nil {
		return err
	}
	list, err := a.Directory.Rules(r.Context(), c.env.ID, f, rowsOf(page))
	if err != nil {
		return err
	}
	return httpapi.Write(w, http.StatusOK, each(list, func(x authz.Rule) ruleRead { return readRule(c.env, x) }))
}

func readRule(e authz.Environment, r authz.Rule) ruleRead {
	users, things := directory.UserSide(r), directory.ResourceSide(r)
	permission := string(r.Permission.Resource) + ":" + string(r.Permission.Action)
	return ruleRead{
		ID: r.ID, Key: users + "_" + permission + "_" + things, UserSet: users, Permission: permission, ResourceSet: things,
		belonging: belongs(e), CreatedAt: timestamp(r.CreatedAt), UpdatedAt: timestamp(r.CreatedAt),
	}
}
