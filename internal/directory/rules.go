package directory

import (
	"context"
	"slices"
	"strings"

	"github.com/gatehouse-authz/gatehouse/internal/authz"
)

// A RuleInput is a rule as a caller of the API gives it.
type RuleInput struct {
	UserSet     authz.Ident // a role if IsRole
	IsRole      bool
	ResourceSet authz.Ident // a resource if IsResource
	IsResource  bool
	Resource    authz.Ident // of the permission
	Action      authz.Ident
}

// Generated is what the Permit API puts before the key of a role or a resource
// that stands in the place of a condition set.
const Generated = "__autogen_"

// CreateRule makes a rule. It returns Conflict if there is one that says the same.
func (d *Directory) CreateRule(ctx context.Context, env authz.EnvID, actor string, in RuleInput) (r authz.Rule, rev authz.Revision, err error) {
	rev, err = d.write(ctx, env, actor, func(ctx context.Context, v View) ([]authz.Change, error) {
		var err error
		if r, err = ruleOf(ctx, v, in); err != nil {
			return nil, err
		}
		all, err := v.Rules(ctx)
		if err != nil {
			return nil, err
		}
		if slices.ContainsFunc(all, func(x authz.Rule) bool { return sameRule(x, r) }) {
			return nil, authz.Errorf(authz.Conflict, "this rule already exists")
		}
		r.ID, r.CreatedAt = NewID(), d.now()
		return []authz.Change{authz.PutRule{Rule: r}}, nil
	})
	return r, rev, err
}

// DeleteRule deletes a rule. One that is not there is no error, as the Permit API
// has it, and nor is one that names what is not there: there can be none.
func (d *Directory) DeleteRule(ctx context.Context, env authz.EnvID, actor string, in RuleInput) (authz.Revision, error) {
	return d.write(ctx, env, actor, func(ctx context.Context, v View) ([]authz.Change, error) {
		r, err := ruleOf(ctx, v, in)
		if err != nil && authz.KindOf(err) == authz.NotFound {
			return nil, nil
		}
		if err != nil {
			return nil, err
		}
		all, err := v.Rules(ctx)
		if err != nil || !slices.ContainsFunc(all, func(x authz.Rule) bool { return sameRule(x, r) }) {
			return nil, err
		}
		return []authz.Change{authz.DeleteRule{Rule: r}}, nil
	})
}

// A RuleFilter selects rules by what they name; empty idents select all. An ident
// that names nothing selects nothing.
type RuleFilter struct {
	UserSet     authz.Ident // a user set, or a role under its generated name
	ResourceSet authz.Ident // a resource set, or a resource under its generated name
	Action      authz.Ident
}

// Rules lists rules, oldest first.
func (d *Directory) Rules(ctx context.Context, env authz.EnvID, f RuleFilter, p Page) (list []authz.Rule, err error) {
	err = d.Store.View(ctx, env, func(ctx context.Context, l Listing) error {
		resources, err := l.AllResources(ctx)
		if err != nil {
			return err
		}
		sets, err := l.ConditionSets(ctx)
		if err != nil {
			return err
		}
		all, err := l.Rules(ctx)
		all, _ = without(all, func(r authz.Rule) bool { return !f.selects(r, sets, resources) })
		list = pageOf(all, p)
		return err
	})
	return list, err
}

func (f RuleFilter) selects(r authz.Rule, sets []authz.ConditionSet, resources []authz.Resource) bool {
	isSet := func(id authz.Ident, key authz.SetKey) bool {
		return slices.ContainsFunc(sets, func(s authz.ConditionSet) bool { return s.Key == key && s.ID == id.ID() })
	}
	users, things := UserSide(r), ResourceSide(r)
	if f.UserSet != "" && string(f.UserSet) != users && !isSet(f.UserSet, r.UserSet) {
		return false
	}
	if f.ResourceSet != "" && string(f.ResourceSet) != things && !isSet(f.ResourceSet, r.ResourceSet) {
		return false
	}
	if f.Action == "" || f.Action == authz.Ident(r.Permission.Action) {
		return true
	}
	i := slices.IndexFunc(resources, func(x authz.Resource) bool { return x.Key == r.Permission.Resource })
	return i >= 0 && slices.ContainsFunc(resources[i].Actions, func(a authz.Action) bool {
		return a.Key == r.Permission.Action && a.ID == f.Action.ID()
	})
}

// UserSide is the name of the user set of a rule, be it generated.
func UserSide(r authz.Rule) string {
	if r.UserSet == "" {
		return Generated + string(r.Role)
	}
	return string(r.UserSet)
}

// ResourceSide is the name of the resource set of a rule, be it generated.
func ResourceSide(r authz.Rule) string {
	if r.ResourceSet == "" {
		return Generated + string(r.Resource)
	}
	return string(r.ResourceSet)
}

func sameRule(a, b authz.Rule) bool {
	return a.UserSet == b.UserSet && a.Role == b.Role && a.ResourceSet == b.ResourceSet && a.Resource == b.Resource && a.Permission == b.Permission
}

// ruleOf is the rule that in describes, without an id.
func ruleOf(ctx context.Context, v View, in RuleInput) (r authz.Rule, err error) {
	on, err := find(ctx, "resource", in.Resource, v.Resource)
	if err != nil {
		return r, err
	}
	action, err := ActionOf(on, in.Action)
	if err != nil {
		return r, err
	}
	r.Permission = authz.Permission{Resource: on.Key, Action: action.Key}
	if r.UserSet, r.Role, err = userSide(ctx, v, in); err != nil {
		return r, err
	}
	if r.ResourceSet, r.Resource, err = resourceSide(ctx, v, in); err != nil {
		return r, err
	}
	about := r.Resource
	if r.ResourceSet != "" {
		s, _, err := v.ConditionSet(ctx, authz.Ident(r.ResourceSet))
		if err != nil {
			return r, err
		}
		about = s.Resource
	}
	if about != on.Key {
		return r, authz.Errorf(authz.Invalid, "the permission is on resource %q and the resource set is of %q", on.Key, about)
	}
	return r, nil
}

// userSide finds the user set or the role of a rule. A name that is not a set's
// may be the generated one of a role.
func userSide(ctx context.Context, v View, in RuleInput) (authz.SetKey, authz.RoleKey, error) {
	if !in.IsRole {
		s, ok, err := v.ConditionSet(ctx, in.UserSet)
		if err != nil || ok && s.Kind == authz.UserSet {
			return s.Key, "", err
		}
		role, generated := strings.CutPrefix(string(in.UserSet), Generated)
		if !generated {
			return "", "", authz.Errorf(authz.NotFound, "user set %q not found", in.UserSet)
		}
		in.UserSet = authz.Ident(role)
	}
	r, err := find(ctx, "role", in.UserSet, v.Role)
	return "", r.Key, err
}

// resourceSide finds the resource set or the resource of a rule.
func resourceSide(ctx context.Context, v View, in RuleInput) (authz.SetKey, authz.ResourceKey, error) {
	if !in.IsResource {
		s, ok, err := v.ConditionSet(ctx, in.ResourceSet)
		if err != nil || ok && s.Kind == authz.ResourceSet {
			return s.Key, "", err
		}
		resource, generated := strings.CutPrefix(string(in.ResourceSet), Generated)
		if !generated {
			return "", "", authz.Errorf(authz.NotFound, "resource set %q not found", in.ResourceSet)
		}
		in.ResourceSet = authz.Ident(resource)
	}
	r, err := find(ctx, "resource", in.ResourceSet, v.Resource)
	return "", r.Key, err
}
