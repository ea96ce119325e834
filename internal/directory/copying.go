package directory

import (
	"context"
	"fmt"
	"slices"

	"github.com/gatehouse-authz/gatehouse/internal/authz"
)

// add makes changes to the schema.
func (c *copying) add(changes ...authz.Change) {
	s := &c.into
	for _, ch := range changes {
		switch ch := ch.(type) {
		case authz.PutResource:
			s.Resources = put(s.Resources, ch.Resource, s.resource(ch.Resource.Key))
		case authz.PutRole:
			s.Roles = put(s.Roles, ch.Role, s.role(ch.Role.Key))
		case authz.PutConditionSet:
			s.Sets = put(s.Sets, ch.Set, s.set(ch.Set.Key))
		case authz.DeleteConditionSet:
			s.Sets = kept(s.Sets, func(x authz.ConditionSet) bool { return x.Key != ch.Key })
			s.Rules = kept(s.Rules, func(r authz.Rule) bool { return r.UserSet != ch.Key && r.ResourceSet != ch.Key })
		case authz.PutRule:
			s.Rules = append(slices.Clone(s.Rules), ch.Rule)
		case authz.DeleteRule:
			s.Rules = kept(s.Rules, func(r authz.Rule) bool { return !sameRule(r, ch.Rule) })
		case authz.PutUser, authz.DeleteUser, authz.PutTenant, authz.DeleteTenant, authz.PutInstance, authz.DeleteInstance,
			authz.PutTuple, authz.DeleteTuple, authz.PutAssignment, authz.DeleteAssignment, authz.PutPending, authz.DeletePending,
			authz.DeleteRole, authz.DeleteResource, authz.PutSettings, authz.PutURLMapping, authz.DeleteURLMapping,
			authz.PutMembership, authz.DeleteMembership, authz.PutInvite, authz.DeleteInvite, authz.PutSourceMapping:
			panic(fmt.Sprintf("directory: copying a schema makes no %T", ch))
		}
	}
	c.changes = append(c.changes, changes...)
}

// put is list with x in place i, or at its end if i is negative.
func put[T any](list []T, x T, i int) []T {
	list = slices.Clone(list)
	if i < 0 {
		return append(list, x)
	}
	list[i] = x
	return list
}

// AllResources implements [View].
func (c *copying) AllResources(context.Context) ([]authz.Resource, error) {
	return c.into.Resources, nil
}

// Roles implements [View].
func (c *copying) Roles(context.Context) ([]authz.Role, error) { return c.into.Roles, nil }

// ConditionSets implements [View].
func (c *copying) ConditionSets(context.Context) ([]authz.ConditionSet, error) {
	return c.into.Sets, nil
}

// Rules implements [View].
func (c *copying) Rules(context.Context) ([]authz.Rule, error) { return c.into.Rules, nil }

// Resource implements [View]. It is asked by key only.
func (c *copying) Resource(_ context.Context, id authz.Ident) (r authz.Resource, ok bool, err error) {
	if i := c.into.resource(authz.ResourceKey(id)); i >= 0 {
		return c.into.Resources[i], true, nil
	}
	return r, false, nil
}

// Role implements [View]. It is asked by key only.
func (c *copying) Role(_ context.Context, id authz.Ident) (r authz.Role, ok bool, err error) {
	if i := c.into.role(authz.RoleKey(id)); i >= 0 {
		return c.into.Roles[i], true, nil
	}
	return r, false, nil
}

// whole refuses a copy that names what is not there: it would mean something else
// than what was copied.
func (c *copying) whole(ctx context.Context, s Schema) error {
	for _, r := range s.Resources {
		if err := c.wholeResource(r); err != nil {
			return err
		}
	}
	for _, r := range s.Roles {
		for _, p := range r.Permissions {
			if !c.grantable(p) {
				return missing("role", string(r.Key), fmt.Sprintf("permission %q", p.Resource+":"+authz.ResourceKey(p.Action)))
			}
		}
		for _, parent := range r.Extends {
			if c.into.role(parent) < 0 {
				return missing("role", string(r.Key), fmt.Sprintf("role %q", parent))
			}
		}
		if err := noCircle(ctx, c, r); err != nil {
			return err
		}
	}
	for _, set := range s.Sets {
		if err := c.wholeSet(set); err != nil {
			return err
		}
	}
	for _, r := range s.Rules {
		if !c.permits(r.Permission) {
			return missing("rule of", UserSide(r), fmt.Sprintf("permission %q", r.Permission.Resource+":"+authz.ResourceKey(r.Permission.Action)))
		}
	}
	return nil
}

func (c *copying) wholeResource(r authz.Resource) error {
	for _, x := range r.Relations {
		if c.into.resource(x.Subject) < 0 {
			return missing("resource", string(r.Key), fmt.Sprintf("resource %q", x.Subject))
		}
	}
	for _, role := range r.Roles {
		for _, d := range role.Derivations {
			i := c.into.resource(d.On)
			if i < 0 || !slices.ContainsFunc(c.into.Resources[i].Roles, func(x authz.ResourceRole) bool { return x.Key == d.Role }) {
				return missing("resource", string(r.Key), fmt.Sprintf("role %q of resource %q", d.Role, d.On))
			}
		}
	}
	return nil
}

func (c *copying) wholeSet(set authz.ConditionSet) error {
	if set.Resource != "" && c.into.resource(set.Resource) < 0 {
		return missing("condition set", string(set.Key), fmt.Sprintf("resource %q", set.Resource))
	}
	if set.Parent != "" {
		i := c.into.set(set.Parent)
		if i < 0 || c.into.Sets[i].Kind != set.Kind || c.into.Sets[i].Resource != set.Resource {
			return missing("condition set", string(set.Key), fmt.Sprintf("condition set %q", set.Parent))
		}
		if slices.Contains(below(c.into.Sets, set.Key), set.Parent) {
			return authz.Errorf(authz.Conflict, "condition set %q would stand below itself", set.Key)
		}
	}
	for _, x := range c.into.Sets {
		if x.Key != set.Key && x.Name == set.Name {
			return authz.Errorf(authz.Conflict, "a condition set named %q is in the target already", set.Name)
		}
	}
	return nil
}

func (c *copying) permits(p authz.Permission) bool {
	i := c.into.resource(p.Resource)
	return i >= 0 && hasAction(c.into.Resources[i], p.Action)
}

// grantable reports whether roles may name p: it permits an action, or a group of
// them.
func (c *copying) grantable(p authz.Permission) bool {
	i := c.into.resource(p.Resource)
	return i >= 0 && slices.Contains(permissible(c.into.Resources[i]), p.Action)
}

func missing(kind, key, what string) error {
	return authz.Errorf(authz.NotFound, "%s %q names %s, which is neither copied nor in the target; copy it too", kind, key, what)
}
