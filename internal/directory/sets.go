package directory

import (
	"context"
	"encoding/json"
	"slices"
	"strings"

	"github.com/gatehouse-authz/gatehouse/internal/authz"
)

// A SetInput is a condition set as a caller of the API gives it. Nil fields of an
// update are kept; of a create they are empty. Kind and Resource are of a create
// only.
type SetInput struct {
	Kind        authz.SetKind
	Resource    authz.Ident // of a resource set
	Name        *string
	Description *string
	Parent      *authz.Ident // empty for none
	Conditions  *string
}

const userType, tenantType authz.ResourceKey = "__user", "__tenant"

// ofEveryUser are the attributes that a user has without their being declared.
var ofEveryUser = map[string]bool{"key": true, "email": true, "first_name": true, "last_name": true, "roles": true, "tenants": true}

// CreateConditionSet makes a condition set. It returns Conflict if the key or the
// name is taken.
func (d *Directory) CreateConditionSet(ctx context.Context, env authz.EnvID, actor string, key authz.SetKey, in SetInput) (s authz.ConditionSet, rev authz.Revision, err error) {
	rev, err = d.write(ctx, env, actor, func(ctx context.Context, v View) ([]authz.Change, error) {
		if _, taken, err := v.ConditionSet(ctx, authz.Ident(key)); err != nil || taken {
			return nil, orTaken(err, "condition set", string(key))
		}
		s = authz.ConditionSet{Key: key, ID: NewID(), Kind: in.Kind, CreatedAt: d.now()}
		if in.Kind == authz.ResourceSet {
			if in.Resource == "" {
				return nil, authz.InvalidField("resource_id", "a resource set needs a resource")
			}
			r, err := find(ctx, "resource", in.Resource, v.Resource)
			if err != nil {
				return nil, err
			}
			s.Resource = r.Key
		}
		return d.putSet(ctx, v, &s, in)
	})
	return s, rev, err
}

// UpdateConditionSet changes the fields that in gives.
func (d *Directory) UpdateConditionSet(ctx context.Context, env authz.EnvID, actor string, id authz.Ident, in SetInput) (s authz.ConditionSet, rev authz.Revision, err error) {
	rev, err = d.write(ctx, env, actor, func(ctx context.Context, v View) ([]authz.Change, error) {
		var err error
		if s, err = find(ctx, "condition set", id, v.ConditionSet); err != nil {
			return nil, err
		}
		return d.putSet(ctx, v, &s, in)
	})
	return s, rev, err
}

// DeleteConditionSet deletes a condition set with its rules, and the sets below
// it: without their parent they would select more than they were meant to.
func (d *Directory) DeleteConditionSet(ctx context.Context, env authz.EnvID, actor string, id authz.Ident) (authz.Revision, error) {
	return d.write(ctx, env, actor, func(ctx context.Context, v View) ([]authz.Change, error) {
		s, err := find(ctx, "condition set", id, v.ConditionSet)
		if err != nil {
			return nil, err
		}
		all, err := v.ConditionSets(ctx)
		return deleteSets(all, s.Key), err
	})
}

// ConditionSet returns a condition set.
func (d *Directory) ConditionSet(ctx context.Context, env authz.EnvID, id authz.Ident) (s authz.ConditionSet, err error) {
	err = d.Store.View(ctx, env, func(ctx context.Context, l Listing) error {
		s, err = find(ctx, "condition set", id, l.ConditionSet)
		return err
	})
	return s, err
}

// A SetFilter selects condition sets; the zero filter selects all.
type SetFilter struct {
	Kind   authz.SetKind
	Search string // part of the key or the name, ignoring case
}

// ConditionSets lists condition sets, oldest first.
func (d *Directory) ConditionSets(ctx context.Context, env authz.EnvID, f SetFilter, p Page) (list []authz.ConditionSet, total int, err error) {
	err = d.Store.View(ctx, env, func(ctx context.Context, l Listing) error {
		all, err := l.ConditionSets(ctx)
		search := strings.ToLower(f.Search)
		all, _ = without(all, func(s authz.ConditionSet) bool {
			return f.Kind != "" && s.Kind != f.Kind ||
				!strings.Contains(strings.ToLower(string(s.Key)), search) && !strings.Contains(strings.ToLower(s.Name), search)
		})
		list, total = pageOf(all, p), len(all)
		return err
	})
	return list, total, err
}

// putSet puts s with in laid over it, its parent and conditions checked.
func (d *Directory) putSet(ctx context.Context, v View, s *authz.ConditionSet, in SetInput) ([]authz.Change, error) {
	set(&s.Name, in.Name)
	set(&s.Description, in.Description)
	set(&s.Conditions, in.Conditions)
	s.UpdatedAt = d.now()
	all, err := v.ConditionSets(ctx)
	if err != nil {
		return nil, err
	}
	if slices.ContainsFunc(all, func(x authz.ConditionSet) bool { return x.Name == s.Name && x.Key != s.Key }) {
		return nil, authz.Errorf(authz.Conflict, "a condition set named %q already exists", s.Name)
	}
	if in.Parent != nil {
		if s.Parent, err = parentOf(ctx, v, *s, all, *in.Parent); err != nil {
			return nil, err
		}
	}
	if in.Conditions != nil {
		if err := d.readable(ctx, v, s.Conditions); err != nil {
			return nil, err
		}
	}
	return []authz.Change{authz.PutConditionSet{Set: *s}}, nil
}

// parentOf finds what s is to stand below: a set of its kind, about the same
// resource, and not one below s.
func parentOf(ctx context.Context, v View, s authz.ConditionSet, all []authz.ConditionSet, id authz.Ident) (authz.SetKey, error) {
	if id == "" {
		return "", nil
	}
	parent, err := find(ctx, "condition set", id, v.ConditionSet)
	if err != nil {
		return "", err
	}
	if parent.Kind != s.Kind || parent.Resource != s.Resource {
		return "", authz.InvalidField("parent_id", "condition set %q does not select what %q selects", parent.Key, s.Key)
	}
	if slices.Contains(below(all, s.Key), parent.Key) {
		return "", authz.InvalidField("parent_id", "condition set %q would stand below itself", s.Key)
	}
	return parent.Key, nil
}

// below are the given sets and those below them.
func below(all []authz.ConditionSet, keys ...authz.SetKey) []authz.SetKey {
	out := uniqueOf(keys)
	for i := 0; i < len(out); i++ {
		for _, s := range all {
			if s.Parent == out[i] && !slices.Contains(out, s.Key) {
				out = append(out, s.Key)
			}
		}
	}
	return out
}

// deleteSets deletes sets and those below them.
func deleteSets(all []authz.ConditionSet, keys ...authz.SetKey) []authz.Change {
	var changes []authz.Change
	for _, key := range below(all, keys...) {
		changes = append(changes, authz.DeleteConditionSet{Key: key})
	}
	return changes
}

// readable refuses conditions that the engine cannot read, and attributes of
// users that are not declared.
func (d *Directory) readable(ctx context.Context, v View, conditions string) error {
	if d.Readable != nil {
		if err := d.Readable(conditions); err != nil {
			return authz.InvalidField("conditions", "%v", err)
		}
	}
	user, _, err := v.Resource(ctx, authz.Ident(userType))
	if err != nil {
		return err
	}
	for _, path := range paths(conditions) {
		root, rest, _ := strings.Cut(path, ".")
		name, _, _ := strings.Cut(rest, ".")
		if root == "user" && name != "" && !ofEveryUser[name] && !declares(user, name) {
			return wrapped(ErrUndeclared, authz.Errorf(authz.Invalid, "users have no attribute %q; declare it first", name))
		}
	}
	return nil
}

// names reports whether the conditions of s name an attribute of the resource.
func names(s authz.ConditionSet, resource authz.ResourceKey, attribute string) bool {
	root := "resource"
	switch {
	case resource == userType:
		root = "user"
	case resource == tenantType:
		root = "tenant"
	case s.Resource != resource:
		return false
	}
	path := root + "." + attribute
	return slices.ContainsFunc(paths(s.Conditions), func(p string) bool { return p == path || strings.HasPrefix(p, path+".") })
}

// paths are the attributes that conditions name: the keys that hold operators,
// and references. Some of what it returns may be neither.
func paths(conditions string) []string {
	var v any
	if json.Unmarshal([]byte(conditions), &v) != nil {
		return nil
	}
	var out []string
	var walk func(v any)
	walk = func(v any) {
		switch v := v.(type) {
		case []any:
			for _, e := range v {
				walk(e)
			}
		case map[string]any:
			for key, e := range v {
				out = append(out, key)
				if ref, ok := e.(string); ok && key == "ref" {
					out = append(out, ref)
				}
				walk(e)
			}
		}
	}
	walk(v)
	slices.Sort(out)
	return out
}
